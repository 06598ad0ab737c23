// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the journal's writer does with a group of items, and when there is none.
 *
 * A group is one transaction, so many items share one sync of the disk (group commit):
 *   intent, resolve, import, host event,
 *   cursors, flush                            synced
 *   transitions                               synced
 *   transitions up to a barrier               written to the log; synced every SYNC_AFTER_NS
 * A barrier lets the next record be sent: the outcome of the one before must survive the death of
 * rasd (a write to the log does), not that of the host (the guest is gone then, too).
 *
 * When a group fails (disk full, I/O error) it is tried again item by item, so that one bad item
 * does not fail the others. A transition that still cannot be stored is kept and goes first in the
 * next group, or is tried again every second. The caller of an intent gets the error, and sends
 * nothing.
 *
 * An illegal transition is a bug of rasd or two causes that crossed. It is logged with both states
 * and dropped: what is stored stays true. The transitions behind it are not held up by it.
 */
#include "journal/writer.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "journal/listed.h"
#include "journal/rest.h"
#include "journal/retain.h"

#define MAX_KEPT 8192		 /* transitions that await a disk that works: 7 MiB of memory */
#define SYNC_AFTER_NS 50000000LL /* as long as a transition without a barrier waits */
#define RETRY_NS 1000000000LL
#define DISK_HINT "free disk space or mend the file system of the journal"
#define GIVE_UP_AFTER 8 /* failures in a row: the disk, not the items */

/* What was said of the disk. Each try fails while it is full: once is enough. */
enum disk {
	DISK_WORKS,
	DISK_FAILS,	 /* what is to be stored is refused, transitions are kept */
	DISK_FAILS_LONG, /* more than can be kept */
};

struct writer {
	struct journal_db *db;
	struct retain retain;
	struct lister lister;
	struct list kept;
	size_t n_kept;
	enum disk disk;
	int64_t retry_ns, synced_ns, worked_ns; /* clock_mono_ns() */
	bool rested;				/* nothing was stored since memory was given back */
	_Atomic uint64_t n_stored, n_illegal;
	_Atomic int64_t rows, undecided, oldest_real_ns;
	_Atomic int fault;    /* enum files_fault */
	_Atomic bool failing; /* disk is not DISK_WORKS */
};

/* What the loop may know of the database. */
static void publish(struct writer *w)
{
	int64_t rows, undecided, oldest_real_ns;

	journal_db_counts(w->db, &rows, &undecided, &oldest_real_ns);
	atomic_store(&w->rows, rows);
	atomic_store(&w->undecided, undecided);
	atomic_store(&w->oldest_real_ns, oldest_real_ns);
}

/* Whether something may be stored. */
static enum files_fault look(struct writer *w)
{
	enum files_fault fault = journal_db_look(w->db);

	atomic_store(&w->fault, (int)fault);
	return fault;
}

int writer_new(struct writer **out, struct journal_db *d, const struct journal_keep *keep,
	       struct ras_err *err)
{
	struct writer *w = calloc(1, sizeof(*w));

	if (!w)
		return ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
	w->db = d;
	list_init(&w->kept);
	publish(w);
	retain_init(&w->retain, keep);
	*out = w;
	return 0;
}

void writer_free(struct writer *w)
{
	if (w)
		list_free(&w->kept);
	free(w);
}

/* The outcome concerns this item alone; the transaction is as good as without it. */
static bool harmless(int ret)
{
	return ret == -RAS_E_REQUEST_ID || ret == -RAS_E_NOT_FOUND || ret == -RAS_E_PARAMS;
}

/* 0: stored, or refused for itself (it->failed); -RAS_E_JOURNAL: the transaction must go. */
static int store(struct journal_db *d, struct item *it)
{
	int ret = 0;

	switch (it->kind) {
	case IT_INTENT:
		if (it->host && it->host->has_forward)
			ret = journal_db_may_forward(d, &it->host->forward, &it->err);
		if (ret == 0)
			ret = journal_db_intent(d, it->row, it->boot_ns, &it->err);
		if (ret == 0 && it->host)
			ret = journal_db_host(d, it->host, &it->err);
		if (ret == 0 && it->moves)
			ret = journal_db_cursors(d, it->moves, &it->err);
		break;
	case IT_HOST:
		ret = journal_db_host(d, it->host, &it->err);
		if (ret == 0 && it->moves)
			ret = journal_db_cursors(d, it->moves, &it->err);
		break;
	case IT_TRANSITION:
		ret = journal_db_change(d, &it->step, false, &it->err);
		break;
	case IT_RESOLVE:
		ret = journal_db_change(d, &it->step, true, &it->err);
		break;
	case IT_IMPORT:
		ret = journal_db_import(d, it->import, &it->err);
		break;
	case IT_BELONGS:
		ret = journal_db_belongs(d, it->import, &it->err);
		break;
	case IT_CURSOR:
		ret = journal_db_cursors(d, it->moves, &it->err);
		break;
	case IT_LEVER:
		ret = journal_db_lever(d, it->lever, &it->err);
		break;
	case IT_BARRIER:
	case IT_FLUSH:
		break;
	}
	it->failed = ret != 0;
	return harmless(ret) ? 0 : ret;
}

static int commit_group(struct journal_db *d, struct list *group)
{
	struct ras_err err;
	int ret = journal_db_begin(d, &err);

	if (ret)
		return ret;
	FAILPOINT(journal_begun);
	for (struct item *it = group->head; it && ret == 0; it = it->next)
		ret = store(d, it);
	FAILPOINT(journal_stored);
	if (ret) {
		journal_db_rollback(d);
		return ret;
	}
	ret = journal_db_commit(d, &err);
	FAILPOINT(journal_committed);
	return ret;
}

static int commit_item(struct journal_db *d, struct item *it)
{
	struct ras_err err;
	int ret = journal_db_begin(d, &err);

	if (ret == 0) {
		ret = store(d, it);
		if (ret) {
			err = it->err;
			journal_db_rollback(d);
		} else {
			ret = journal_db_commit(d, &err);
		}
	}
	if (ret)
		it->err = err;
	return ret;
}

static void commit_one_by_one(struct journal_db *d, struct list *group)
{
	int failures = 0;
	bool gap = false;

	for (struct item *it = group->head; it; it = it->next) {
		it->failed = true;
		if (it->kind == IT_FLUSH || it->kind == IT_BARRIER)
			continue;
		/*
		 * A stored intent means that all transitions before it are stored: inject/ relies
		 * on that. A stored cursor means that all intents before it are stored.
		 */
		if (failures >= GIVE_UP_AFTER ||
		    (gap && (it->kind == IT_INTENT || it->kind == IT_CURSOR))) {
			ras_fail(&it->err, RAS_E_JOURNAL, "journal: the disk keeps failing");
			ras_hint(&it->err, DISK_HINT);
			continue;
		}
		if (commit_item(d, it) == 0) {
			failures = 0;
			continue;
		}
		failures++;
		it->failed = true;
		gap |= it->kind == IT_TRANSITION || it->kind == IT_INTENT || it->kind == IT_HOST;
		ras_hint(&it->err, DISK_HINT);
	}
}

/* The files are not those that rasd opened: nothing may be stored. */
static void refuse_all(struct list *group, enum files_fault fault)
{
	for (struct item *it = group->head; it; it = it->next) {
		it->failed = true;
		ras_fail(&it->err, RAS_E_JOURNAL, "journal: %s", files_fault_text(fault));
		ras_hint(&it->err, "%s", files_fault_hint(fault));
	}
}

/* Tell of a disk that fails, and of one that works again: once each, not at each try. */
static void judge_disk(struct writer *w, const struct list *tried)
{
	const struct item *bad = NULL;
	bool stored = false;

	for (const struct item *it = tried->head; it && !bad; it = it->next) {
		if (it->kind == IT_FLUSH || it->kind == IT_BARRIER)
			continue;
		if (it->failed && it->err.code == RAS_E_JOURNAL)
			bad = it;
		stored = true;
	}
	if (bad && w->disk == DISK_WORKS) {
		w->disk = DISK_FAILS;
		log_limited(LOG_ERR, "disk",
			    "%s; nothing is injected until it can be stored, changes of state are "
			    "kept and tried again. hint: " DISK_HINT,
			    bad->err.text);
	} else if (!bad && stored && w->disk != DISK_WORKS) {
		w->disk = DISK_WORKS;
		log_limited(LOG_INFO, "disk",
			    "journal: it can be written again, and what was kept is stored");
	}
	atomic_store(&w->failing, w->disk != DISK_WORKS);
}

/* Keep a transition for the next try, within bounds: the row on disk stays undecided, no lie. */
static void keep(struct writer *w, struct item *it, struct list *finished)
{
	list_add(&w->kept, it);
	if (++w->n_kept > MAX_KEPT) {
		if (w->disk != DISK_FAILS_LONG)
			log_error("journal: more than %d transitions cannot be stored: the oldest "
				  "are dropped, their injections stay undecided on disk",
				  MAX_KEPT);
		w->disk = DISK_FAILS_LONG;
		list_add(finished, list_pop(&w->kept));
		w->n_kept--;
	}
}

/* Only the next rasd can store again. */
static bool ends(const struct writer *w)
{
	enum files_remedy remedy = files_fault_remedy(writer_fault(w));

	return remedy == REMEDY_SAVE || remedy == REMEDY_STOP;
}

/* Tell what became of a transition of the group. */
static void end_transition(struct writer *w, struct item *it, struct list *finished)
{
	if (it->failed && ends(w)) {
		list_add(finished, it); /* the loop hears of it, and ends */
		return;
	}
	if (it->failed && it->err.code == RAS_E_JOURNAL) {
		keep(w, it, finished);
		return;
	}
	if (it->failed) {
		log_limited(LOG_ERR, "journal", "%s", it->err.text);
		atomic_fetch_add(&w->n_illegal, it->err.code == RAS_E_PARAMS);
	}
	if (w->n_kept == 0)
		atomic_store(&w->n_stored, it->number);
	list_add(finished, it);
}

static void end_item(struct writer *w, struct item *it, struct list *finished)
{
	bool mark = it->kind == IT_FLUSH || it->kind == IT_BARRIER;

	/* Where the files are at fault it has failed already, and says so. */
	if (mark && !atomic_load(&w->fault)) {
		it->failed = w->n_kept > 0;
		if (it->failed)
			ras_fail(&it->err, RAS_E_JOURNAL, "journal: %zu transitions are not stored",
				 w->n_kept);
	}
	/* Files that are at fault are named once, where that was noticed. */
	if (it->moves && it->failed && it->kind != IT_INTENT && !atomic_load(&w->fault))
		log_limited(LOG_WARNING, "journal",
			    "%s; host events are read again after a restart", it->err.text);
	list_add(finished, it);
}

/* Whether the commit of a group is to be synced to the disk. */
static bool wants_sync(const struct writer *w, const struct list *group, int64_t now_ns)
{
	bool barrier = false;

	for (const struct item *it = group->head; it; it = it->next) {
		if (it->kind != IT_TRANSITION && it->kind != IT_BARRIER)
			return true;
		barrier |= it->kind == IT_BARRIER;
	}
	return !barrier || now_ns - w->synced_ns >= SYNC_AFTER_NS;
}

void writer_commit(struct writer *w, struct list *group, struct list *finished)
{
	bool had_kept = w->n_kept > 0, sync;
	enum files_fault fault;
	int64_t now_ns = clock_mono_ns();
	struct list all;
	struct item *it;

	if (!group->head && (!had_kept || now_ns < w->retry_ns))
		return;
	fault = look(w);
	sync = wants_sync(w, group, now_ns);
	if (sync)
		w->synced_ns = now_ns;
	if (!fault)
		journal_db_sync(w->db, sync);
	list_init(&all);
	list_splice(&all, &w->kept);
	list_splice(&all, group);
	w->n_kept = 0;
	if (fault)
		refuse_all(&all, fault);
	else if (commit_group(w->db, &all))
		commit_one_by_one(w->db, &all);
	if (!fault)
		judge_disk(w, &all);
	while ((it = list_pop(&all))) {
		if (it->kind == IT_TRANSITION)
			end_transition(w, it, finished);
		else
			end_item(w, it, finished);
	}
	publish(w);
	w->worked_ns = clock_mono_ns();
	w->rested = false;
	w->retry_ns = w->worked_ns + RETRY_NS;
}

static int64_t rest_due_ns(const struct writer *w)
{
	return w->rested ? INT64_MAX : w->worked_ns + REST_AFTER_NS;
}

/* Synced where nobody waits: otherwise the next intent would have to write these pages as well. */
static void list_decided(struct writer *w, bool idle)
{
	if (clock_mono_ns() < lister_due_ns(&w->lister, w->db, w->worked_ns))
		return;
	if (look(w)) {
		lister_later(&w->lister);
		return;
	}
	w->rested = false;
	journal_db_sync(w->db, idle);
	lister_step(&w->lister, w->db);
}

void writer_tidy(struct writer *w, bool idle)
{
	if (journal_db_wants_checkpoint(w->db, !idle) && !look(w))
		journal_db_checkpoint(w->db);
	if (idle || lister_is_behind(w->db))
		list_decided(w, idle);
	if (!idle)
		return;
	if (rest_due_ns(w) <= clock_mono_ns()) {
		w->rested = true;
		journal_db_rest(w->db);
	}
	if (clock_mono_ns() < retain_due_ns(&w->retain, w->worked_ns))
		return;
	w->rested = false;
	if (look(w)) {
		retain_later(&w->retain);
		return;
	}
	journal_db_sync(w->db, true);
	retain_step(&w->retain, w->db);
	publish(w);
}

int64_t writer_due_ns(const struct writer *w)
{
	int64_t due = retain_due_ns(&w->retain, w->worked_ns);
	int64_t list = lister_due_ns(&w->lister, w->db, w->worked_ns);

	if (list < due)
		due = list;
	if (rest_due_ns(w) < due)
		due = rest_due_ns(w);
	return w->n_kept && w->retry_ns < due ? w->retry_ns : due;
}

void writer_finish(struct writer *w, struct list *finished)
{
	struct list none;

	list_init(&none);
	w->retry_ns = 0;
	writer_commit(w, &none, finished);
	if (w->n_kept)
		log_error("journal: %zu transitions could not be stored: the next start has to "
			  "read from the guests what became of these injections",
			  w->n_kept);
	list_splice(finished, &w->kept);
	w->n_kept = 0;
}

uint64_t writer_stored(const struct writer *w)
{
	return atomic_load(&w->n_stored);
}

enum files_fault writer_fault(const struct writer *w)
{
	return (enum files_fault)atomic_load(&w->fault);
}

const char *writer_damage(const struct writer *w)
{
	enum files_fault fault = writer_fault(w);

	if (fault)
		return files_fault_text(fault);
	return atomic_load(&w->failing) ? "journal.db cannot be written" : NULL;
}

void writer_counts(const struct writer *w, int64_t *rows, int64_t *undecided,
		   int64_t *oldest_real_ns)
{
	*rows = atomic_load(&w->rows);
	*undecided = atomic_load(&w->undecided);
	*oldest_real_ns = atomic_load(&w->oldest_real_ns);
}

uint64_t writer_illegal(const struct writer *w)
{
	return atomic_load(&w->n_illegal);
}
