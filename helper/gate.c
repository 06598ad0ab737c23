// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * Problem: whoever holds rasd's socket can ask for a search of every guest again and again. Each
 * takes up to 2 s of a processor and 0.4 MiB, and there may be 256 of them.
 *
 * Rule: GATE_PLACES searches run, the others wait. A search may hang in a read of its guest's
 * memory and must not keep its place for ever, so a place that is held for too long is given to the
 * next. A guest whose search hangs takes no second place, because its worker is not free.
 */
#include "helper/gate.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "base/clock.h"

#define LOOK_AGAIN_NS INT64_C(50000000)

struct place {
	uint64_t number; /* of the pass; 0: free */
	int64_t since_ns;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static struct place places[GATE_PLACES];
static uint64_t last_number;

/* Take a free place, or one whose holder hangs. Called with the lock held. */
static bool take(int64_t now_ns, int64_t held_ns, struct gate_pass *out)
{
	for (size_t i = 0; i < GATE_PLACES; i++) {
		struct place *p = &places[i];

		if (p->number && now_ns - p->since_ns <= held_ns)
			continue;
		*p = (struct place){ ++last_number, now_ns };
		out->number = p->number;
		return true;
	}
	return false;
}

int gate_enter(int64_t wait_ns, int64_t held_ns, struct gate_pass *out, struct ras_err *err)
{
	const int64_t until_ns = clock_boot_ns() + wait_ns;
	bool taken;

	pthread_mutex_lock(&lock);
	while (!(taken = take(clock_boot_ns(), held_ns, out)) && clock_boot_ns() < until_ns) {
		struct timespec t;

		/* A place also becomes free by time alone, so look again now and then. */
		clock_gettime(CLOCK_REALTIME, &t);
		t.tv_nsec += LOOK_AGAIN_NS;
		t.tv_sec += t.tv_nsec / 1000000000;
		t.tv_nsec %= 1000000000;
		pthread_cond_timedwait(&changed, &lock, &t);
	}
	pthread_mutex_unlock(&lock);
	return taken ? 0 : ras_fail(err, RAS_E_BUSY, "%u other guests are searched", GATE_PLACES);
}

void gate_leave(const struct gate_pass *pass)
{
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < GATE_PLACES; i++)
		if (places[i].number == pass->number)
			places[i].number = 0;
	pthread_mutex_unlock(&lock);
	pthread_cond_signal(&changed);
}
