// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The journal's writer in a thread of its own.
 *
 * A commit waits for the disk, and the loop may not. So the loop puts items into struct work, under
 * the mutex, and the thread takes what is due and commits it without the lock. Finished items go
 * back through a mailbox; their callbacks run in the loop, never in the thread. Nobody waits to
 * hear that a transition is stored, so it does not wake the loop.
 *
 * With nothing queued the thread sleeps without a timer. Work seldom comes alone: for ATTENTIVE_NS
 * after some it looks again every NAP_NS by itself. So a transition, which may wait that long, need
 * not wake it (a wake-up costs the loop 5-10 us).
 *
 * The mutex protects struct work, wakes_ns and stop. The writer belongs to the thread alone.
 */
#include "journal/thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define NAP_NS 50000000LL /* no longer than a transition may wait (CHANGE_DELAY_NS) */
#define ATTENTIVE_NS 250000000LL

struct journal_thread {
	struct writer *writer;
	struct mailbox *box;
	journal_finished_fn fn;
	void *arg;
	pthread_t thread;
	bool running;
	int64_t worked_ns;	  /* the thread's: when it last had something to store */
	atomic_bool wakes_always; /* somebody waits for transitions */
	pthread_mutex_t lock;
	pthread_cond_t cond;
	struct work work; /* under lock */
	int64_t wakes_ns; /* under lock: when the thread looks again by itself; 0 = it is at work */
	bool stop;	  /* under lock */
};

static void init_cond(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

static struct timespec timespec_of(int64_t ns)
{
	return (struct timespec){ ns / 1000000000LL, ns % 1000000000LL };
}

static int64_t min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* With the lock held: sleep until something is due; false = stop, and nothing is left. */
static bool wait_for_work(struct journal_thread *t, int64_t writer_due_ns)
{
	int64_t due, now;

	while (!t->stop) {
		due = min(work_due_ns(&t->work), writer_due_ns);
		now = clock_mono_ns();
		if (due <= now)
			break;
		if (due > now + NAP_NS && now < t->worked_ns + ATTENTIVE_NS)
			due = now + NAP_NS;

		struct timespec until = timespec_of(due);

		t->wakes_ns = due;
		if (due == INT64_MAX)
			pthread_cond_wait(&t->cond, &t->lock);
		else
			pthread_cond_timedwait(&t->cond, &t->lock, &until);
	}
	t->wakes_ns = 0;
	return work_due_ns(&t->work) != INT64_MAX || !t->stop;
}

static void hand_over(struct journal_thread *t, struct list *finished)
{
	struct item *it;

	while ((it = list_pop(finished))) {
		if (!it->failed && (it->kind == IT_TRANSITION || it->kind == IT_CURSOR) &&
		    !atomic_load(&t->wakes_always))
			mailbox_put_quietly(t->box, &it->mail);
		else
			mailbox_put(t->box, &it->mail);
	}
}

static void *serve(void *arg)
{
	struct journal_thread *t = arg;
	struct list group, finished;
	int64_t due_ns = writer_due_ns(t->writer);

	list_init(&group);
	list_init(&finished);
	pthread_mutex_lock(&t->lock);
	while (wait_for_work(t, due_ns)) {
		bool idle;

		work_take(&t->work, clock_mono_ns(), t->stop, &group);
		pthread_mutex_unlock(&t->lock);
		if (group.head)
			t->worked_ns = clock_mono_ns();
		writer_commit(t->writer, &group, &finished);
		hand_over(t, &finished);

		pthread_mutex_lock(&t->lock);
		idle = work_due_ns(&t->work) > clock_mono_ns();
		pthread_mutex_unlock(&t->lock);
		writer_tidy(t->writer, idle);
		due_ns = writer_due_ns(t->writer);
		pthread_mutex_lock(&t->lock);
	}
	pthread_mutex_unlock(&t->lock);
	writer_finish(t->writer, &finished);
	hand_over(t, &finished);
	return NULL;
}

static void on_mail(void *arg, struct mail *m)
{
	const struct journal_thread *t = arg;

	/* The mail is the first member of its item. */
	t->fn(t->arg, (struct item *)(void *)m);
}

int journal_thread_start(struct journal_thread **out, struct event_base *base, struct writer *w,
			 journal_finished_fn fn, void *arg, struct ras_err *err)
{
	struct journal_thread *t = calloc(1, sizeof(*t));
	sigset_t all, old;
	int ret;

	if (!t)
		return ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
	t->writer = w;
	t->fn = fn;
	t->arg = arg;
	work_init(&t->work);
	pthread_mutex_init(&t->lock, NULL);
	init_cond(&t->cond);
	ret = mailbox_new(&t->box, base, on_mail, t, err);
	if (ret == 0) {
		/* Signals are the loop's. */
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &old);
		ret = pthread_create(&t->thread, NULL, serve, t);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
		t->running = ret == 0;
		if (ret)
			ret = ras_fail(err, RAS_E_INTERNAL, "journal: no thread: %s",
				       strerror(ret));
	}
	if (ret) {
		journal_thread_stop(t);
		return ret;
	}
	*out = t;
	return 0;
}

void journal_thread_put(struct journal_thread *t, struct item *it, int64_t delay_ns)
{
	int64_t due_ns = clock_mono_ns() + delay_ns;
	bool wake;

	pthread_mutex_lock(&t->lock);
	work_put(&t->work, it, due_ns);
	/* What is not due before the thread looks again need not interrupt its sleep. */
	wake = due_ns < t->wakes_ns;
	pthread_mutex_unlock(&t->lock);
	if (wake)
		pthread_cond_signal(&t->cond);
}

void journal_thread_wake(struct journal_thread *t, bool always)
{
	atomic_store(&t->wakes_always, always);
}

void journal_thread_hurry(struct journal_thread *t)
{
	pthread_mutex_lock(&t->lock);
	work_hurry(&t->work);
	if (t->wakes_ns)
		pthread_cond_signal(&t->cond);
	pthread_mutex_unlock(&t->lock);
}

void journal_thread_stop(struct journal_thread *t)
{
	if (!t)
		return;
	if (t->running) {
		pthread_mutex_lock(&t->lock);
		t->stop = true;
		pthread_cond_signal(&t->cond);
		pthread_mutex_unlock(&t->lock);
		pthread_join(t->thread, NULL);
	}
	mailbox_free(t->box);
	work_free(&t->work);
	pthread_cond_destroy(&t->cond);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

struct watchdog {
	struct timespec until; /* CLOCK_MONOTONIC */
	void (*stop)(void *arg);
	void *arg;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool over, fired; /* under lock */
};

static void *watch(void *arg)
{
	struct watchdog *w = arg;
	int rc = 0;

	pthread_mutex_lock(&w->lock);
	while (!w->over && rc != ETIMEDOUT)
		rc = pthread_cond_timedwait(&w->cond, &w->lock, &w->until);
	if (!w->over) {
		w->fired = true;
		w->stop(w->arg);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

int journal_run_within(int64_t budget_ns, void (*run)(void *arg), void (*stop)(void *arg),
		       void *arg)
{
	struct watchdog w = { .stop = stop, .arg = arg, .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t thread;

	w.until = timespec_of(clock_mono_ns() + budget_ns);
	init_cond(&w.cond);
	if (pthread_create(&thread, NULL, watch, &w)) {
		pthread_cond_destroy(&w.cond);
		return -RAS_E_INTERNAL;
	}
	run(arg);
	pthread_mutex_lock(&w.lock);
	w.over = true;
	pthread_cond_signal(&w.cond);
	pthread_mutex_unlock(&w.lock);
	pthread_join(thread, NULL);
	pthread_cond_destroy(&w.cond);
	return w.fired;
}
