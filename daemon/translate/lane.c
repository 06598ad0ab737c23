// SPDX-License-Identifier: LGPL-2.1-or-later
#include "translate/lane.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define STACK_BYTES (256u << 10)

struct xlate_lane {
	char name[16];
	struct xlate_host host;
	struct xlate_linux_host linux_host;
	pthread_t thread;
	int efd;
	struct event *ev;

	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct xlate_job *queue, **tail; /* under lock, as all below */
	struct xlate_job *ready, **ready_tail;
	size_t n; /* queued or running */
	bool stop;

	const struct xlate_job *running; /* the thread's own */
};

static bool cancelled(void *ctx)
{
	/* linux_host is what the host's context is. */
	struct xlate_lane *l =
		(struct xlate_lane *)((char *)ctx - offsetof(struct xlate_lane, linux_host));
	bool stop;

	pthread_mutex_lock(&l->lock);
	stop = l->stop;
	pthread_mutex_unlock(&l->lock);
	return stop || (l->running->deadline_ns && clock_boot_ns() > l->running->deadline_ns);
}

static void *lane_main(void *arg)
{
	struct xlate_lane *l = arg;

	/* Pauses are short; the default slack would double them. */
	prctl(PR_SET_TIMERSLACK, 1000UL);
	prctl(PR_SET_NAME, l->name);
	pthread_mutex_lock(&l->lock);
	while (!l->stop) {
		struct xlate_job *j = l->queue;
		uint64_t one = 1;

		if (!j) {
			pthread_cond_wait(&l->wake, &l->lock);
			continue;
		}
		l->queue = j->next;
		if (!l->queue)
			l->tail = &l->queue;
		pthread_mutex_unlock(&l->lock);
		l->running = j;
		j->run(j, &l->host);
		pthread_mutex_lock(&l->lock);
		j->next = NULL;
		*l->ready_tail = j;
		l->ready_tail = &j->next;
		if (write(l->efd, &one, sizeof(one)) < 0)
			continue; /* cannot be: the counter never gets full */
	}
	pthread_mutex_unlock(&l->lock);
	return NULL;
}

static struct xlate_job *take_ready(struct xlate_lane *l)
{
	struct xlate_job *j;

	pthread_mutex_lock(&l->lock);
	j = l->ready;
	if (j) {
		l->ready = j->next;
		if (!l->ready)
			l->ready_tail = &l->ready;
		l->n--;
	}
	pthread_mutex_unlock(&l->lock);
	return j;
}

static void on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct xlate_lane *l = arg;
	struct xlate_job *j;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof(count)) < 0)
		return;
	while ((j = take_ready(l)))
		j->done(j);
}

static int start_thread(struct xlate_lane *l, struct ras_err *err)
{
	sigset_t all, old;
	pthread_attr_t attr;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	r = pthread_create(&l->thread, &attr, lane_main, l);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r == 0 ? 0 : ras_fail(err, RAS_E_INTERNAL, "no thread: %s", strerror(r));
}

static void lane_release(struct xlate_lane *l)
{
	if (l->ev)
		event_free(l->ev);
	if (l->efd >= 0)
		close(l->efd);
	xlate_host_fini(&l->host);
	pthread_cond_destroy(&l->wake);
	pthread_mutex_destroy(&l->lock);
	free(l);
}

int xlate_lane_new(struct xlate_lane **out, struct event_base *base, const char *name,
		   const struct xlate_linux_host *lh, int64_t burst, struct ras_err *err)
{
	struct xlate_lane *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return ras_fail(err, RAS_E_NOMEM, "no memory for a translation thread");
	snprintf(l->name, sizeof(l->name), "%s", name);
	l->linux_host = *lh;
	l->tail = &l->queue;
	l->ready_tail = &l->ready;
	pthread_mutex_init(&l->lock, NULL);
	pthread_cond_init(&l->wake, NULL);
	l->efd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = xlate_linux_host_init(&l->host, &l->linux_host, err);
	l->host.cancelled = cancelled;
	l->host.burst = burst;
	if (r == 0 && l->efd >= 0)
		l->ev = event_new(base, l->efd, EV_READ | EV_PERSIST, on_ready, l);
	if (r == 0 && (!l->ev || event_add(l->ev, NULL) < 0))
		r = ras_fail(err, RAS_E_NOMEM, "no memory for a translation thread");
	if (r == 0)
		r = start_thread(l, err);
	if (r < 0) {
		lane_release(l);
		return r;
	}
	*out = l;
	return 0;
}

void xlate_lane_free(struct xlate_lane *l)
{
	struct xlate_job *j;

	if (!l)
		return;
	pthread_mutex_lock(&l->lock);
	l->stop = true;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
	pthread_join(l->thread, NULL);
	while ((j = take_ready(l)))
		j->done(j);
	/* Never begun: run() sees that it is cancelled, at the latest at its first pause. */
	while ((j = l->queue)) {
		l->queue = j->next;
		l->running = j;
		j->run(j, &l->host);
		j->done(j);
	}
	lane_release(l);
}

int xlate_lane_submit(struct xlate_lane *l, struct xlate_job *j, size_t max, struct ras_err *err)
{
	pthread_mutex_lock(&l->lock);
	if (l->n >= max) {
		pthread_mutex_unlock(&l->lock);
		ras_fail(err, RAS_E_BUSY, "%zu translations are waiting already", max);
		return ras_hint(err, "try again later");
	}
	l->n++;
	j->next = NULL;
	*l->tail = j;
	l->tail = &j->next;
	pthread_cond_signal(&l->wake);
	pthread_mutex_unlock(&l->lock);
	return 0;
}
