// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sources/rasdaemon/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* sqlite wants some 100 KiB of stack at most. */
#define STACK_BYTES (512 * 1024)

struct rasdaemon_worker {
	struct mail mail; /* of the pass that is over */
	struct mailbox *box;
	struct rasdaemon_db *db;
	struct rasdaemon_news news; /* the thread's while a pass is under way, then the loop's */
	rasdaemon_news_fn fn;
	void *arg;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	bool asked, stop; /* under lock */
};

static void *serve(void *arg)
{
	struct rasdaemon_worker *w = arg;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (!w->asked && !w->stop)
			pthread_cond_wait(&w->cond, &w->lock);
		if (w->stop)
			break;
		w->asked = false;
		pthread_mutex_unlock(&w->lock);
		rasdaemon_db_pass(w->db, &w->news);
		mailbox_put(w->box, &w->mail);
		pthread_mutex_lock(&w->lock);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

static void on_mail(void *arg, struct mail *m)
{
	struct rasdaemon_worker *w = arg;

	(void)m;
	if (w->fn)
		w->fn(w->arg, &w->news);
}

int rasdaemon_worker_start(struct rasdaemon_worker **out, struct event_base *base,
			   struct rasdaemon_db *db, rasdaemon_news_fn fn, void *arg,
			   struct ras_err *err)
{
	struct rasdaemon_worker *w = calloc(1, sizeof(*w));
	pthread_attr_t attr;
	sigset_t all, old;
	int r;

	if (!w)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	w->db = db;
	w->fn = fn;
	w->arg = arg;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->cond, NULL);
	r = mailbox_new(&w->box, base, on_mail, w, err);
	if (r == 0) {
		pthread_attr_init(&attr);
		pthread_attr_setstacksize(&attr, STACK_BYTES);
		/* Signals are the loop's. */
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &old);
		r = pthread_create(&w->thread, &attr, serve, w);
		pthread_sigmask(SIG_SETMASK, &old, NULL);
		pthread_attr_destroy(&attr);
		w->running = r == 0;
		if (r)
			r = ras_fail(err, RAS_E_INTERNAL, "rasdaemon: no thread: %s", strerror(r));
	}
	if (r) {
		rasdaemon_worker_stop(w);
		return r;
	}
	*out = w;
	return 0;
}

void rasdaemon_worker_ask(struct rasdaemon_worker *w)
{
	free(w->news.event);
	memset(&w->news, 0, sizeof(w->news));
	pthread_mutex_lock(&w->lock);
	w->asked = true;
	pthread_cond_signal(&w->cond);
	pthread_mutex_unlock(&w->lock);
}

void rasdaemon_worker_stop(struct rasdaemon_worker *w)
{
	if (!w)
		return;
	if (w->running) {
		atomic_store(&w->db->stop, true);
		pthread_mutex_lock(&w->lock);
		w->stop = true;
		pthread_cond_signal(&w->cond);
		pthread_mutex_unlock(&w->lock);
		pthread_join(w->thread, NULL);
	}
	w->fn = NULL;
	mailbox_free(w->box);
	free(w->news.event);
	pthread_cond_destroy(&w->cond);
	pthread_mutex_destroy(&w->lock);
	free(w);
}
