// SPDX-License-Identifier: LGPL-2.1-or-later
/* A thread with a queue; what is finished comes back to the loop by a mailbox. */
#include "translate/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/clock.h"

#define STACK_BYTES (256u << 10)

struct xlate_worker {
	char name[16];
	struct xlate_host host;
	struct xlate_linux_host linux_host;
	pthread_t thread;
	struct mailbox *finished;
	size_t n; /* the loop's: queued, running, or not delivered yet */

	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct xlate_job *queue, **tail; /* under lock, as the next one */
	bool stop;

	const struct xlate_job *running; /* the thread's own */
};

static bool cancelled(void *ctx)
{
	/* linux_host is what the host's context is. */
	struct xlate_worker *w =
		(struct xlate_worker *)((char *)ctx - offsetof(struct xlate_worker, linux_host));
	bool stop;

	pthread_mutex_lock(&w->lock);
	stop = w->stop;
	pthread_mutex_unlock(&w->lock);
	return stop || (w->running->deadline_ns && clock_boot_ns() > w->running->deadline_ns);
}

/* The next job; waits for one. NULL: the worker ends. */
static struct xlate_job *take(struct xlate_worker *w)
{
	struct xlate_job *j = NULL;

	pthread_mutex_lock(&w->lock);
	while (!w->stop && !w->queue)
		pthread_cond_wait(&w->wake, &w->lock);
	if (!w->stop) {
		j = w->queue;
		w->queue = j->next;
		if (!w->queue)
			w->tail = &w->queue;
	}
	pthread_mutex_unlock(&w->lock);
	return j;
}

static void *worker_main(void *arg)
{
	struct xlate_worker *w = arg;
	struct xlate_job *j;

	/* Pauses are short; the default slack would double them. */
	prctl(PR_SET_TIMERSLACK, 1000UL);
	prctl(PR_SET_NAME, w->name);
	while ((j = take(w))) {
		w->running = j;
		j->run(j, &w->host);
		mailbox_put(w->finished, &j->mail);
	}
	return NULL;
}

static void on_finished(void *arg, struct mail *m)
{
	struct xlate_worker *w = arg;
	struct xlate_job *j = (struct xlate_job *)(void *)m;

	_Static_assert(offsetof(struct xlate_job, mail) == 0, "a mail is a job");
	w->n--;
	j->done(j);
}

static int start_thread(struct xlate_worker *w, struct ras_err *err)
{
	sigset_t all, old;
	pthread_attr_t attr;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	r = pthread_create(&w->thread, &attr, worker_main, w);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return r == 0 ? 0 : ras_fail(err, RAS_E_INTERNAL, "no thread: %s", strerror(r));
}

static void worker_release(struct xlate_worker *w)
{
	mailbox_free(w->finished);
	xlate_host_fini(&w->host);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

int xlate_worker_new(struct xlate_worker **out, struct event_base *base, const char *name,
		     const struct xlate_linux_host *lh, int64_t burst, struct ras_err *err)
{
	struct xlate_worker *w = calloc(1, sizeof(*w));
	int r;

	if (!w)
		return ras_fail(err, RAS_E_NOMEM, "no memory for a translation thread");
	snprintf(w->name, sizeof(w->name), "%s", name);
	w->linux_host = *lh;
	w->tail = &w->queue;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	r = xlate_linux_host_init(&w->host, &w->linux_host, err);
	w->host.cancelled = cancelled;
	w->host.burst = burst;
	if (r == 0)
		r = mailbox_new(&w->finished, base, on_finished, w, err);
	if (r == 0)
		r = start_thread(w, err);
	if (r < 0) {
		worker_release(w);
		return r;
	}
	*out = w;
	return 0;
}

void xlate_worker_free(struct xlate_worker *w)
{
	struct xlate_job *j;

	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	mailbox_drain(w->finished);
	/* Never begun: run() sees that it is cancelled, at the latest at its first pause. */
	while ((j = w->queue)) {
		w->queue = j->next;
		w->running = j;
		j->run(j, &w->host);
		j->done(j);
	}
	worker_release(w);
}

/* At the end, or behind the last of those that go first. Under lock. */
static void enqueue(struct xlate_worker *w, struct xlate_job *j)
{
	struct xlate_job **at = w->tail;

	if (j->first)
		for (at = &w->queue; *at && (*at)->first; at = &(*at)->next)
			;
	j->next = *at;
	*at = j;
	if (!j->next)
		w->tail = &j->next;
}

int xlate_worker_submit(struct xlate_worker *w, struct xlate_job *j, size_t max,
			struct ras_err *err)
{
	if (w->n >= max) {
		ras_fail(err, RAS_E_BUSY, "%zu translations are waiting already", max);
		return ras_hint(err, "try again later");
	}
	w->n++;
	pthread_mutex_lock(&w->lock);
	enqueue(w, j);
	pthread_cond_signal(&w->wake);
	pthread_mutex_unlock(&w->lock);
	return 0;
}
