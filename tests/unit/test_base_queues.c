// SPDX-License-Identifier: LGPL-2.1-or-later
/* lib/base: mailbox, backoff, notify. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/backoff.h"
#include "base/mailbox.h"
#include "base/notify.h"

#include "tests/unit/loop_turn.h"

#define N_THREADS 4
#define N_MAILS 1000

struct numbered {
	struct mail mail;
	int thread, n;
};

static struct numbered mails[N_THREADS][N_MAILS];

struct got {
	int next[N_THREADS], total;
	struct event_base *base;
};

static void on_mail(void *arg, struct mail *m)
{
	const struct numbered *x = (const struct numbered *)m;
	struct got *g = arg;

	assert_int_equal(x->n, g->next[x->thread]);
	g->next[x->thread]++;
	if (++g->total == N_THREADS * N_MAILS)
		event_base_loopbreak(g->base);
}

static struct mailbox *box;

static void *put_all(void *arg)
{
	struct numbered *x = arg;

	for (int i = 0; i < N_MAILS; i++)
		mailbox_put(box, &x[i].mail);
	return NULL;
}

static void mailboxes(void **state)
{
	struct got g = { .base = event_base_new() };
	pthread_t t[N_THREADS];

	(void)state;
	assert_int_equal(mailbox_new(&box, g.base, on_mail, &g, NULL), 0);
	for (int i = 0; i < N_THREADS; i++) {
		for (int k = 0; k < N_MAILS; k++)
			mails[i][k] = (struct numbered){ .thread = i, .n = k };
		assert_int_equal(pthread_create(&t[i], NULL, put_all, mails[i]), 0);
	}
	event_base_dispatch(g.base);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(t[i], NULL);
	assert_int_equal(g.total, N_THREADS * N_MAILS);
	/*
	 * A mail put without waking is delivered with the next one. What is left is delivered at
	 * the end.
	 */
	g.total = 0;
	mails[0][0].n = g.next[0];
	mailbox_put_quietly(box, &mails[0][0].mail);
	loop_turn(g.base, EVLOOP_NONBLOCK);
	assert_int_equal(g.total, 0);
	mailbox_drain(box);
	assert_int_equal(g.total, 1);
	mails[0][1].n = g.next[0];
	mailbox_put(box, &mails[0][1].mail);
	mailbox_free(box);
	assert_int_equal(g.total, 2);
	event_base_free(g.base);
}

/* Without a descriptor for the eventfd there is no mailbox, and no descriptor is left open. */
static void no_descriptor(void **state)
{
	struct rlimit old, low = { 0 };
	struct got g = { .base = event_base_new() };
	struct mailbox *b = NULL;
	struct ras_err err;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	low.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(mailbox_new(&b, g.base, on_mail, &g, &err), -RAS_E_IO);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	assert_null(b);
	assert_non_null(strstr(err.text, "eventfd"));
	mailbox_free(NULL);
	event_base_free(g.base);
}

static void backoffs(void **state)
{
	struct backoff b = { .min_us = 100, .max_us = 1000 };
	static const int want[] = { 100, 200, 400, 800, 1000, 1000 };

	(void)state;
	for (int turn = 0; turn < 2; turn++) {
		for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
			assert_int_equal(backoff_next_us(&b), want[i]);
		backoff_reset(&b);
	}
	b = (struct backoff){ .min_us = INT64_MAX / 2 + 1, .max_us = INT64_MAX };
	assert_true(backoff_next_us(&b) > 0);
	assert_true(backoff_next_us(&b) == INT64_MAX);
}

struct hearer {
	struct notify_sub sub;
	struct notify *source;
	struct hearer *removes, *adds;
	int heard, retell;
};

static void on_event(void *arg, const void *what)
{
	struct hearer *h = arg;

	h->heard += *(const int *)what;
	if (h->removes)
		notify_remove(h->source, &h->removes->sub);
	if (h->adds)
		notify_add(h->source, &h->adds->sub, on_event, h->adds);
	h->adds = NULL;
	if (h->retell) {
		const int again = h->retell;

		h->retell = 0;
		notify_tell(h->source, &again);
	}
}

static void subscribers(void **state)
{
	struct notify n = { 0 };
	struct hearer h[4];
	const int one = 1;

	(void)state;
	memset(h, 0, sizeof(h));
	for (int i = 0; i < 4; i++)
		h[i].source = &n;
	for (int i = 0; i < 3; i++)
		notify_add(&n, &h[i].sub, on_event, &h[i]);
	notify_tell(&n, &one);
	for (int i = 0; i < 3; i++)
		assert_int_equal(h[i].heard, 1);
	/*
	 * The subscriber added last is called first. It removes the next one and adds one that gets
	 * only later events.
	 */
	h[2].removes = &h[1];
	h[2].adds = &h[3];
	notify_tell(&n, &one);
	assert_int_equal(h[2].heard, 2);
	assert_int_equal(h[1].heard, 1);
	assert_int_equal(h[0].heard, 2);
	assert_int_equal(h[3].heard, 0);
	notify_remove(&n, &h[1].sub);
	/* A subscriber removes itself inside an event inside an event. */
	h[3].retell = 10;
	h[2].removes = &h[2];
	notify_tell(&n, &one);
	assert_int_equal(h[3].heard, 11);
	assert_int_equal(h[2].heard, 12);
	assert_int_equal(h[0].heard, 13);
	assert_null(n.walk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mailboxes),
		cmocka_unit_test(no_descriptor),
		cmocka_unit_test(backoffs),
		cmocka_unit_test(subscribers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
