// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The journal's writer thread.
 *
 * The loop appends items to two lists; the thread takes what is due and commits it as one
 * transaction (group commit):
 *   intent somebody waits to send, flush    at once, synced to the disk
 *   intent with others ahead of it          shortly before its turn, synced: many share one sync
 *   import of bad pages                     at once, synced
 *   transitions                             within 50 ms, synced
 *   barrier                                 at once, what was queued before it; not synced
 * A barrier lets the next record be sent: the outcome of the one before must survive the death of
 * rasd (a write to the log does), not that of the host (the guest is gone then, too). A transition
 * never belongs to an intent that is still queued, so a barrier need not wait for intents. With
 * nothing queued the thread sleeps without a timer. Finished items go back through an eventfd;
 * their callbacks run in the loop, never in the thread.
 *
 * When a group fails (disk full, I/O error) it is tried again item by item, so that one bad item
 * does not fail the others. A transition that still cannot be stored is kept and goes first in
 * the next group, or is retried every second; an intent is told to its caller, who sends nothing.
 *
 * Only the list heads, their counters and stop are shared, under the mutex. The writing connection
 * and the kept transitions belong to the thread; the reading connection belongs to the loop.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "journal/private.h"

#define MAX_KEPT 8192		 /* transitions that await a disk that works */
#define SYNC_AFTER_NS 50000000LL /* barriers in a row: sync this often all the same */
#define RETRY_NS 1000000000LL
#define NAP_NS 50000000LL
#define ATTENTIVE_NS 250000000LL
#define DISK_HINT "free disk space or mend the file system of the journal"
#define GIVE_UP_AFTER 8 /* failures in a row: the disk, not the items */

void list_init(struct list *l)
{
	l->head = NULL;
	l->tail = &l->head;
}

void list_add(struct list *l, struct item *it)
{
	it->next = NULL;
	*l->tail = it;
	l->tail = &it->next;
}

struct item *list_pop(struct list *l)
{
	struct item *it = l->head;

	if (it) {
		l->head = it->next;
		if (!l->head)
			l->tail = &l->head;
	}
	return it;
}

void list_splice(struct list *to, struct list *from)
{
	if (!from->head)
		return;
	*to->tail = from->head;
	to->tail = from->tail;
	list_init(from);
}

void item_free(struct item *it)
{
	if (it) {
		free(it->row);
		free(it->import);
	}
	free(it);
}

void list_free(struct list *l)
{
	struct item *it;

	while ((it = list_pop(l)))
		item_free(it);
}

/* 0: stored or settled for itself (it->failed); -RAS_E_JOURNAL: the transaction must go. */
static int store(struct journal *j, struct item *it)
{
	int ret = 0;

	it->stored = it->failed = false;
	if (it->kind == IT_INTENT)
		ret = journal_db_intent(j->db, it->row, it->boot_ns, &it->err);
	else if (it->kind == IT_TRANSITION)
		ret = journal_db_change(j->db, &it->step, &it->err);
	else if (it->kind == IT_IMPORT)
		ret = journal_db_import(j->db, it->import, &it->err);
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
	FAILPOINT(journal_begun);
	for (struct item *it = group->head; it && ret == 0; it = it->next)
		ret = store(j, it);
	FAILPOINT(journal_stored);
	if (ret) {
		journal_db_rollback(j->db);
		return ret;
	}
	ret = journal_db_commit(j->db, &err);
	FAILPOINT(journal_committed);
	return ret;
}

static void commit_one_by_one(struct journal *j, struct list *group)
{
	int failures = 0;
	bool gap = false;

	for (struct item *it = group->head; it; it = it->next) {
		struct ras_err err;
		int ret;

		it->stored = false;
		it->failed = true;
		if (it->kind == IT_FLUSH || it->kind == IT_BARRIER)
			continue;
		/*
		 * An intent tells that all transitions before it are stored: send.c and settle.c
		 * rely on that.
		 */
		if (failures >= GIVE_UP_AFTER || (gap && it->kind == IT_INTENT)) {
			ras_fail(&it->err, RAS_E_JOURNAL, "journal: the disk keeps failing");
			ras_hint(&it->err, DISK_HINT);
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
			gap |= it->kind == IT_TRANSITION;
			ras_hint(&it->err, DISK_HINT);
		}
	}
}

/* Keep a transition for the next try, within bounds: the row on disk stays undecided, no lie. */
static void keep(struct journal *j, struct item *it, struct list *finished)
{
	if (it->err.code == RAS_E_NOT_FOUND) {
		log_warn("%s", it->err.text);
		list_add(finished, it);
		return;
	}
	if (j->n_kept == 0)
		log_error("%s; transitions are kept and tried again", it->err.text);
	list_add(&j->kept, it);
	if (++j->n_kept > MAX_KEPT) {
		log_error(
			"journal: a transition is dropped, its injection stays undecided on disk");
		list_add(finished, list_pop(&j->kept));
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
			if (j->n_kept == 0 && !it->failed)
				atomic_store(&j->n_stored, it->number);
			if (it->failed)
				keep(j, it, finished);
			else
				list_add(finished, it);
			continue;
		}
		if (it->kind == IT_FLUSH || it->kind == IT_BARRIER) {
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

int64_t journal_mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

/* With the lock held: when there is something to commit next. */
static int64_t due_ns(const struct journal *j)
{
	int64_t due = j->n_kept ? j->retry_ns : INT64_MAX;

	if (j->changes.head && j->changes_due_ns < due)
		due = j->changes_due_ns;
	if (j->intents.head && j->intents_due_ns < due)
		due = j->intents_due_ns;
	return due;
}

/* With the lock held: sleep until something is due; false = stop and nothing left. */
static bool wait_for_work(struct journal *j)
{
	int64_t due, now;

	while (!j->stop && (due = due_ns(j)) > (now = journal_mono_ns())) {
		/*
		 * Just after work there is more: look again before a transition is due, so that
		 * none need wake us.
		 */
		if (due > now + NAP_NS && now < j->worked_ns + ATTENTIVE_NS)
			due = now + NAP_NS;

		struct timespec until = { due / 1000000000LL, due % 1000000000LL };

		j->wakes_ns = due;
		if (due == INT64_MAX)
			pthread_cond_wait(&j->cond, &j->lock);
		else
			pthread_cond_timedwait(&j->cond, &j->lock, &until);
	}
	j->wakes_ns = 0;
	return j->changes.head || j->intents.head || !j->stop;
}

/* With the lock held: what is due now, and whether it is to be synced. */
static bool take_work(struct journal *j, struct list *group)
{
	int64_t now = journal_mono_ns();
	bool sync = true;

	for (const struct item *it = j->changes.head; it && sync; it = it->next)
		if (it->kind == IT_BARRIER)
			sync = now - j->synced_ns >= SYNC_AFTER_NS;
	j->worked_ns = now;
	list_splice(group, &j->changes);
	if (j->intents.head && (j->stop || j->intents_due_ns <= now)) {
		list_splice(group, &j->intents);
		sync = true;
	}
	if (sync)
		j->synced_ns = now;
	return sync;
}

static void *writer(void *arg)
{
	struct journal *j = arg;
	struct list group, finished;
	const struct item *it;

	list_init(&group);
	list_init(&finished);
	pthread_mutex_lock(&j->lock);
	while (wait_for_work(j)) {
		bool sync = take_work(j, &group), idle, wake;

		pthread_mutex_unlock(&j->lock);
		journal_db_sync(j->db, sync);
		do_group(j, &group, &finished);
		j->retry_ns = journal_mono_ns() + RETRY_NS;

		pthread_mutex_lock(&j->lock);
		/* That a transition is stored nobody waits to hear. */
		for (it = finished.head; it && it->kind == IT_TRANSITION; it = it->next)
			;
		wake = it != NULL;
		list_splice(&j->finished, &finished);
		idle = due_ns(j) > journal_mono_ns();
		pthread_mutex_unlock(&j->lock);
		if (wake)
			eventfd_write(j->fd, 1);
		/* Nobody waits for this: the answers are out and nothing is due. */
		if (journal_db_wants_checkpoint(j->db, !idle))
			journal_db_checkpoint(j->db);
		pthread_mutex_lock(&j->lock);
	}
	pthread_mutex_unlock(&j->lock);
	if (j->n_kept) {
		do_group(j, &group, &finished);
		if (j->n_kept)
			log_error("journal: %zu transitions are lost, their injections will be "
				  "unknown",
				  j->n_kept);
		list_splice(&j->finished, &finished);
	}
	return NULL;
}

int journal_thread_start(struct journal *j, struct ras_err *err)
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
