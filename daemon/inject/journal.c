// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The journal's queue and its writer thread.
 *
 * The loop appends items to a list; the thread takes the whole list and commits it as one
 * transaction (group commit). An intent or a flush wakes it at once, since somebody waits to send;
 * transitions alone wait up to 50 ms for company. With nothing queued the thread sleeps without a
 * timer. Finished items go back through an eventfd and their callbacks run in the loop, never in
 * the thread.
 *
 * When a group fails (disk full, I/O error) it is tried again item by item, so that one bad item
 * does not fail the others. A transition that still cannot be stored is kept and goes first in
 * the next group, or is retried every second; an intent is told to its caller, who sends nothing.
 *
 * Only the list heads, their counters and stop are shared, under the mutex. The writing connection
 * and the kept transitions belong to the thread; the reading connection belongs to the loop.
 */
#include "inject/journal.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "inject/journal_db.h"

#define MAX_INTENTS 4096	/* queued or in the thread */
#define MAX_KEPT 8192		/* transitions that await a disk that works */
#define GROUP_DELAY_NS 50000000LL
#define RETRY_NS 1000000000LL
#define GIVE_UP_AFTER 8		/* failures in a row: the disk, not the items */

enum kind { IT_INTENT, IT_TRANSITION, IT_FLUSH };

struct item {
	struct item *next;
	enum kind kind;
	bool stored, failed;
	journal_done_fn done;
	void *arg;
	struct ras_err err;
	int64_t boot_ns;
	struct journal_row *row;	/* IT_INTENT, owned */
	struct journal_change change;	/* IT_TRANSITION */
};

struct list {
	struct item *head, **tail;
};

struct journal {
	struct journal_db *db;		/* the thread's */
	struct list kept;		/* the thread's */
	size_t n_kept;			/* the thread's */
	struct journal_reader *reader;	/* the loop's */
	struct event *ev;		/* the loop's */
	size_t n_intents;		/* the loop's: queued and not answered */
	int fd;
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t cond;
	struct list queue, finished;	/* under lock */
	size_t n_urgent;		/* under lock: intents and flushes in queue */
	bool stop;			/* under lock */
};

static const char *const state_names[INJ__MAX] = {
	[INJ_INTENT] = "intent",	     [INJ_WRITTEN] = "written",
	[INJ_CONSUMED] = "consumed",	     [INJ_ACKNOWLEDGED] = "acknowledged",
	[INJ_REFUSED] = "refused",	     [INJ_LOST] = "lost",
	[INJ_UNKNOWN] = "unknown",
};

const char *inj_state_name(enum inj_state s)
{
	return (unsigned int)s < INJ__MAX ? state_names[s] : "unknown";
}

bool inj_state_final(enum inj_state s)
{
	return s != INJ_INTENT && s != INJ_WRITTEN;
}

enum inj_state inj_state_parse(const char *word)
{
	for (int i = 0; word && i < INJ__MAX; i++)
		if (!strcmp(word, state_names[i]))
			return (enum inj_state)i;
	return INJ__MAX;
}

static void list_init(struct list *l)
{
	l->head = NULL;
	l->tail = &l->head;
}

static void list_add(struct list *l, struct item *it)
{
	it->next = NULL;
	*l->tail = it;
	l->tail = &it->next;
}

static struct item *list_pop(struct list *l)
{
	struct item *it = l->head;

	if (it) {
		l->head = it->next;
		if (!l->head)
			l->tail = &l->head;
	}
	return it;
}

/* All of from goes to the end of to. */
static void list_splice(struct list *to, struct list *from)
{
	if (!from->head)
		return;
	*to->tail = from->head;
	to->tail = from->tail;
	list_init(from);
}

static void item_free(struct item *it)
{
	if (it)
		free(it->row);
	free(it);
}

static void list_free(struct list *l)
{
	struct item *it;

	while ((it = list_pop(l)))
		item_free(it);
}

/* ---- the thread ---- */

/* 0: stored or settled for itself (it->failed); -RAS_E_JOURNAL: the transaction must go. */
static int store(struct journal *j, struct item *it)
{
	int ret = 0;

	it->stored = it->failed = false;
	if (it->kind == IT_INTENT)
		ret = journal_db_intent(j->db, it->row, it->boot_ns, &it->err);
	else if (it->kind == IT_TRANSITION)
		ret = journal_db_change(j->db, &it->change, &it->err);
	it->failed = ret != 0;
	it->stored = ret == 0;
	return ret == -RAS_E_REQUEST_ID || ret == -RAS_E_NOT_FOUND ? 0 : ret;
}

static int commit_group(struct journal *j, struct list *group)
{
	struct ras_err err;
	int ret = journal_db_begin(j->db, &err);

	if (ret)
		return ret;
	for (struct item *it = group->head; it && ret == 0; it = it->next)
		ret = store(j, it);
	if (ret) {
		journal_db_rollback(j->db);
		return ret;
	}
	return journal_db_commit(j->db, &err);
}

static void commit_one_by_one(struct journal *j, struct list *group)
{
	int failures = 0;

	for (struct item *it = group->head; it; it = it->next) {
		struct ras_err err;
		int ret;

		it->stored = false;
		it->failed = true;
		if (it->kind == IT_FLUSH)
			continue;
		if (failures >= GIVE_UP_AFTER) {
			ras_fail(&it->err, RAS_E_JOURNAL, "journal: the disk keeps failing");
			continue;
		}
		ret = journal_db_begin(j->db, &err);
		if (ret == 0) {
			ret = store(j, it);
			if (ret) {
				err = it->err;
				journal_db_rollback(j->db);
			} else {
				ret = journal_db_commit(j->db, &err);
			}
		}
		failures = ret ? failures + 1 : 0;
		if (ret) {
			it->stored = false;
			it->failed = true;
			it->err = err;
			ras_hint(&it->err, "free disk space or mend the file system of the journal");
		}
	}
}

/* Keep a transition for the next try, within bounds: the row on disk stays undecided, no lie. */
static void keep(struct journal *j, struct item *it)
{
	if (it->err.code == RAS_E_NOT_FOUND) {
		log_warn("%s", it->err.text);
		free(it);
		return;
	}
	if (j->n_kept == 0)
		log_error("%s; transitions are kept and tried again", it->err.text);
	list_add(&j->kept, it);
	if (++j->n_kept > MAX_KEPT) {
		log_error("journal: a transition is dropped, its injection stays undecided on disk");
		free(list_pop(&j->kept));
		j->n_kept--;
	}
}

/* Commit a group, kept transitions first; answers go to finished. */
static void do_group(struct journal *j, struct list *queue, struct list *finished)
{
	bool had_kept = j->n_kept > 0;
	struct list group;
	struct item *it;

	list_init(&group);
	list_splice(&group, &j->kept);
	list_splice(&group, queue);
	j->n_kept = 0;
	if (commit_group(j, &group))
		commit_one_by_one(j, &group);
	while ((it = list_pop(&group))) {
		if (it->kind == IT_TRANSITION) {
			if (it->failed)
				keep(j, it);
			else
				free(it);
			continue;
		}
		if (it->kind == IT_FLUSH) {
			it->failed = j->n_kept > 0;
			if (it->failed)
				ras_fail(&it->err, RAS_E_JOURNAL,
					 "journal: %zu transitions are not stored", j->n_kept);
		}
		list_add(finished, it);
	}
	if (had_kept && j->n_kept == 0)
		log_info("journal: the kept transitions are stored now");
}

static struct timespec after_ns(int64_t ns)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	ns += ts.tv_nsec;
	ts.tv_sec += ns / 1000000000LL;
	ts.tv_nsec = ns % 1000000000LL;
	return ts;
}

/* With the lock held: sleep until there is something to commit; false = stop and nothing left. */
static bool wait_for_work(struct journal *j)
{
	struct timespec until;

	while (!j->queue.head && !j->stop) {
		if (j->n_kept) {
			until = after_ns(RETRY_NS);
			if (pthread_cond_timedwait(&j->cond, &j->lock, &until) == ETIMEDOUT)
				return true;
		} else {
			pthread_cond_wait(&j->cond, &j->lock);
		}
	}
	if (!j->queue.head)
		return false;
	until = after_ns(GROUP_DELAY_NS);
	while (!j->n_urgent && !j->stop)
		if (pthread_cond_timedwait(&j->cond, &j->lock, &until) == ETIMEDOUT)
			break;
	return true;
}

static void *writer(void *arg)
{
	struct journal *j = arg;
	struct list queue, finished;

	list_init(&queue);
	list_init(&finished);
	pthread_mutex_lock(&j->lock);
	while (wait_for_work(j)) {
		bool idle, wake;

		list_splice(&queue, &j->queue);
		j->n_urgent = 0;
		pthread_mutex_unlock(&j->lock);

		do_group(j, &queue, &finished);

		pthread_mutex_lock(&j->lock);
		wake = finished.head != NULL;
		list_splice(&j->finished, &finished);
		idle = j->n_urgent == 0;
		pthread_mutex_unlock(&j->lock);
		if (wake)
			eventfd_write(j->fd, 1);
		/* Nobody waits for this: the answers are out and no intent is queued. */
		if (journal_db_wants_checkpoint(j->db, !idle))
			journal_db_checkpoint(j->db);
		pthread_mutex_lock(&j->lock);
	}
	pthread_mutex_unlock(&j->lock);
	if (j->n_kept) {
		do_group(j, &queue, &finished);
		if (j->n_kept)
			log_error("journal: %zu transitions are lost, their injections will be "
				  "unknown", j->n_kept);
	}
	return NULL;
}

/* ---- the loop ---- */

static void on_finished(evutil_socket_t fd, short what, void *arg)
{
	struct journal *j = arg;
	struct list done;
	struct item *it;
	eventfd_t n;

	(void)what;
	eventfd_read(fd, &n);
	list_init(&done);
	pthread_mutex_lock(&j->lock);
	list_splice(&done, &j->finished);
	pthread_mutex_unlock(&j->lock);
	while ((it = list_pop(&done))) {
		if (it->kind == IT_INTENT)
			j->n_intents--;
		if (it->done)
			it->done(it->arg, it->failed ? &it->err : NULL);
		item_free(it);
	}
}

static void enqueue(struct journal *j, struct item *it)
{
	bool urgent = it->kind != IT_TRANSITION, first;

	it->boot_ns = clock_boot_ns();
	pthread_mutex_lock(&j->lock);
	first = !j->queue.head;
	list_add(&j->queue, it);
	j->n_urgent += urgent;
	/* A transition that joins others need not interrupt the thread's nap. */
	if (urgent || first)
		pthread_cond_signal(&j->cond);
	pthread_mutex_unlock(&j->lock);
}

static struct item *new_item(enum kind kind, journal_done_fn done, void *arg)
{
	struct item *it = calloc(1, sizeof(*it));

	if (it) {
		it->kind = kind;
		it->done = done;
		it->arg = arg;
	}
	return it;
}

int journal_intent(struct journal *j, const struct journal_row *row, journal_done_fn done, void *arg,
		   struct ras_err *err)
{
	struct item *it;

	if (row->record_len > sizeof(row->record))
		return ras_fail(err, RAS_E_RECORD, "journal: record of %zu bytes", row->record_len);
	if (j->n_intents >= MAX_INTENTS)
		return ras_fail(err, RAS_E_BUSY, "%d injections wait for the journal", MAX_INTENTS);
	it = new_item(IT_INTENT, done, arg);
	if (it)
		it->row = malloc(sizeof(*row));
	if (!it || !it->row) {
		free(it);
		return ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
	}
	*it->row = *row;
	if (!it->row->created_real_ns)
		it->row->created_real_ns = clock_real_ns();
	j->n_intents++;
	enqueue(j, it);
	return 0;
}

void journal_transition(struct journal *j, const struct uuid *id, enum inj_state state,
			const char *detail, int64_t ack_ns)
{
	struct item *it = new_item(IT_TRANSITION, NULL, NULL);

	if (!it) {
		log_error("journal: out of memory, a transition is dropped");
		return;
	}
	it->change = (struct journal_change){ .id = *id, .state = state, .ack_ns = ack_ns,
					      .real_ns = clock_real_ns(), .boot_ns = clock_boot_ns() };
	snprintf(it->change.detail, sizeof(it->change.detail), "%s", detail ? detail : "");
	enqueue(j, it);
}

int journal_flush(struct journal *j, journal_done_fn done, void *arg, struct ras_err *err)
{
	struct item *it = new_item(IT_FLUSH, done, arg);

	if (!it)
		return ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
	enqueue(j, it);
	return 0;
}

int journal_get(struct journal *j, const struct uuid *id, struct journal_row *out, struct ras_err *err)
{
	return journal_reader_get(j->reader, id, out, err);
}

int journal_find_request(struct journal *j, uid_t uid, const char *request_id,
			 struct journal_row *out, struct ras_err *err)
{
	return journal_reader_find(j->reader, uid, request_id, out, err);
}

int journal_list(struct journal *j, const char *domain, size_t limit,
		 int (*fn)(void *arg, const struct journal_row *row), void *arg, struct ras_err *err)
{
	return journal_reader_list(j->reader, domain, limit, fn, arg, err);
}

int journal_undecided(struct journal *j, int (*fn)(void *arg, const struct journal_row *row), void *arg,
		      struct ras_err *err)
{
	return journal_reader_undecided(j->reader, fn, arg, err);
}

int journal_sent_before(struct journal *j, const struct journal_row *row, struct journal_row *out,
			struct ras_err *err)
{
	return journal_reader_sent_before(j->reader, row, out, err);
}

/* The thread takes no signals: they are the loop's. */
static int start_thread(struct journal *j, struct ras_err *err)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&j->thread, NULL, writer, j);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (rc)
		return ras_fail(err, RAS_E_INTERNAL, "journal: no thread: %s", strerror(rc));
	j->running = true;
	return 0;
}

int journal_open(struct journal **out, struct event_base *base, const char *dir, size_t *n_undecided,
		 struct ras_err *err)
{
	struct journal *j = calloc(1, sizeof(*j));
	pthread_condattr_t attr;
	size_t n = 0;
	int ret;

	if (!j)
		return ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
	list_init(&j->kept);
	list_init(&j->queue);
	list_init(&j->finished);
	pthread_mutex_init(&j->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&j->cond, &attr);
	pthread_condattr_destroy(&attr);
	j->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (j->fd < 0)
		ret = ras_fail(err, RAS_E_JOURNAL, "journal: eventfd: %m");
	else
		ret = journal_db_open(&j->db, dir, &n, err);
	if (ret == 0)
		ret = journal_reader_open(&j->reader, dir, err);
	if (ret == 0) {
		j->ev = event_new(base, j->fd, EV_READ | EV_PERSIST, on_finished, j);
		if (!j->ev || event_add(j->ev, NULL) < 0)
			ret = ras_fail(err, RAS_E_NOMEM, "journal: no event");
	}
	if (ret == 0)
		ret = start_thread(j, err);
	if (ret) {
		journal_close(j);
		return ret;
	}
	if (n_undecided)
		*n_undecided = n;
	*out = j;
	return 0;
}

void journal_close(struct journal *j)
{
	if (!j)
		return;
	if (j->running) {
		pthread_mutex_lock(&j->lock);
		j->stop = true;
		pthread_cond_signal(&j->cond);
		pthread_mutex_unlock(&j->lock);
		pthread_join(j->thread, NULL);
	}
	/* Callbacks that have not run will not: their owners may be gone already. */
	list_free(&j->finished);
	list_free(&j->queue);
	list_free(&j->kept);
	if (j->ev)
		event_free(j->ev);
	journal_reader_close(j->reader);
	journal_db_close(j->db);
	if (j->fd >= 0)
		close(j->fd);
	pthread_cond_destroy(&j->cond);
	pthread_mutex_destroy(&j->lock);
	free(j);
}
