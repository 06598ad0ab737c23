// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The journal as the loop sees it: items go to the writer, answers come back from it.
 */
#include "journal/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "journal/loop.h"
#include "journal/reader.h"
#include "journal/rest.h"
#include "journal/thread.h"

#define MAX_INTENTS 4096 /* queued or in the thread */
#define MAX_IMPORTS 16
#define CHANGE_DELAY_NS 50000000LL
#define CURSOR_DELAY_NS 1000000000LL /* a stream of events syncs the disk no more often */

struct journal {
	struct journal_db *db;
	struct writer *writer;
	struct journal_thread *thread;
	struct journal_reader *reader;
	struct rest *rest; /* the reader's */
	struct journal_options options;
	bool closing;
	bool ended;		     /* on_fatal was called */
	bool looking;		     /* the writer is asked to look at the files */
	size_t n_intents, n_imports; /* queued and not answered */
	struct notify news;
	size_t n_subscribers;
	struct item *pending,
		**pending_tail; /* transitions not known to be on disk, oldest first */
	uint64_t n_changes;	/* numbers given */
};

/* Its item is back: the disk has it (or never will). They come back in order, but for kept ones. */
static void pending_drop(struct journal *j, const struct item *it)
{
	struct item **at = &j->pending;

	while (*at && *at != it)
		at = &(*at)->pending_next;
	if (!*at)
		return;
	if (!(*at)->pending_next)
		j->pending_tail = at;
	*at = it->pending_next;
}

/* Going on could lie, or only a restart mends it: see files.c. */
static void end_if_damaged(struct journal *j)
{
	enum files_fault fault = writer_fault(j->writer);
	enum files_remedy remedy = files_fault_remedy(fault);
	struct ras_err err;

	if (j->ended || !j->options.on_fatal || remedy == REMEDY_NONE || remedy == REMEDY_WAIT)
		return;
	j->ended = true;
	ras_fail(&err, RAS_E_JOURNAL, "journal: %s", files_fault_text(fault));
	ras_hint(&err, "%s", files_fault_hint(fault));
	j->options.on_fatal(j->options.arg, &err);
}

/* It has a number in the feed. */
static bool is_news(const struct item *it)
{
	return it->kind == IT_INTENT || it->kind == IT_TRANSITION || it->kind == IT_RESOLVE ||
	       (it->kind == IT_HOST && it->host->has_event &&
		it->host->event.verdict.decision != HOST_PENDING);
}

static void on_finished(void *arg, struct item *it)
{
	struct journal *j = arg;

	if (it->kind == IT_INTENT || it->kind == IT_HOST)
		j->n_intents--;
	if (it->kind == IT_IMPORT)
		j->n_imports--;
	if (it->kind == IT_TRANSITION)
		pending_drop(j, it);
	if (it->failed && !j->closing)
		end_if_damaged(j);
	/* At the end callbacks do not run: their owners may be gone already. */
	if (it->done && !j->closing)
		it->done(it->arg, it->failed ? &it->err : NULL);
	if (j->n_subscribers && !it->failed && !j->closing && is_news(it))
		notify_tell(&j->news, NULL);
	item_free(it);
}

struct item *journal_new_item(enum item_kind kind, journal_done_fn done, void *arg)
{
	struct item *it = calloc(1, sizeof(*it));

	if (it) {
		it->kind = kind;
		it->done = done;
		it->arg = arg;
		it->boot_ns = clock_boot_ns();
	}
	return it;
}

static int no_memory(struct ras_err *err)
{
	return ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
}

struct cursor_moves *journal_copy_cursors(const struct journal_cursor *v, size_t n)
{
	struct cursor_moves *m = n <= JOURNAL_MAX_CURSORS ? calloc(1, sizeof(*m)) : NULL;

	if (m) {
		memcpy(m->cursor, v, n * sizeof(*v));
		m->n = n;
	}
	return m;
}

int journal_put_counted(struct journal *j, struct item *it, int64_t may_wait_ns,
			struct ras_err *err)
{
	if (j->n_intents >= MAX_INTENTS) {
		item_free(it);
		return ras_fail(err, RAS_E_BUSY, "%d injections wait for the journal", MAX_INTENTS);
	}
	j->n_intents++;
	journal_thread_put(j->thread, it, may_wait_ns);
	return 0;
}

void journal_put(struct journal *j, struct item *it)
{
	journal_thread_put(j->thread, it, 0);
}

struct journal_reader *journal_reader_of(const struct journal *j)
{
	rest_used(j->rest);
	return j->reader;
}

const struct item *journal_first_pending(const struct journal *j)
{
	return j->pending;
}

static void on_looked(void *arg, const struct ras_err *err)
{
	struct journal *j = arg;

	(void)err;
	j->looking = false;
}

/* A read failed: were the files changed? The writer looks, tells, and ends rasd if they were. */
int journal_after_read(struct journal *j, int ret)
{
	if (ret == -RAS_E_JOURNAL && !j->looking)
		j->looking = journal_flush(j, on_looked, j, NULL) == 0;
	return ret;
}

/* What is stored beside an intent; false without memory. */
static bool copy_with(struct item *it, const struct journal_with *with)
{
	const struct journal_host *h = &with->host;

	if (with->moved.n && !(it->moves = journal_copy_cursors(with->moved.v, with->moved.n)))
		return false;
	if (!h->event && !h->forward)
		return true;
	it->host = calloc(1, sizeof(*it->host));
	if (!it->host)
		return false;
	it->host->has_event = h->event;
	it->host->has_forward = h->forward;
	if (h->event)
		it->host->event = *h->event;
	if (h->forward)
		it->host->forward = *h->forward;
	return true;
}

int journal_intent(struct journal *j, const struct journal_row *row,
		   const struct journal_with *with, int64_t may_wait_ns, journal_done_fn done,
		   void *arg, struct ras_err *err)
{
	struct item *it;

	if (row->record_len > sizeof(row->record))
		return ras_fail(err, RAS_E_RECORD, "journal: record of %zu bytes", row->record_len);
	if (with && with->moved.n > JOURNAL_MAX_CURSORS)
		return ras_fail(err, RAS_E_PARAMS, "journal: at most %d cursors",
				JOURNAL_MAX_CURSORS);
	it = journal_new_item(IT_INTENT, done, arg);
	if (it)
		it->row = malloc(sizeof(*row));
	if (!it || !it->row || (with && !copy_with(it, with))) {
		item_free(it);
		return no_memory(err);
	}
	*it->row = *row;
	if (!it->row->created_real_ns)
		it->row->created_real_ns = clock_real_ns();
	return journal_put_counted(j, it, may_wait_ns, err);
}

static void fill_step(struct item *it, const struct uuid *id, const struct journal_change *c)
{
	it->step = (struct journal_step){ .id = *id,
					  .state = c->state,
					  .read = c->state == INJ_LOST ? c->read : READ_NOT_SAID,
					  .ack_ns = c->ack_ns,
					  .real_ns = clock_real_ns(),
					  .boot_ns = it->boot_ns };
	utf8_format(it->step.detail, sizeof(it->step.detail), "%s", c->detail ? c->detail : "");
}

uint64_t journal_transition(struct journal *j, const struct uuid *id,
			    const struct journal_change *c)
{
	struct item *it = journal_new_item(IT_TRANSITION, NULL, NULL);
	struct ras_err err;

	if (!it) {
		/* What rasd knows of the guest cannot be kept; the next life reads it back. */
		no_memory(&err);
		log_error("%s", err.text);
		if (j->options.on_fatal)
			j->options.on_fatal(j->options.arg, &err);
		return UINT64_MAX;
	}
	it->number = ++j->n_changes;
	fill_step(it, id, c);
	*j->pending_tail = it;
	j->pending_tail = &it->pending_next;
	journal_thread_put(j->thread, it, CHANGE_DELAY_NS);
	return j->n_changes;
}

int journal_resolve(struct journal *j, const struct uuid *id, enum inj_state state,
		    const char *detail, journal_done_fn done, void *arg, struct ras_err *err)
{
	struct item *it = journal_new_item(IT_RESOLVE, done, arg);

	if (!it)
		return no_memory(err);
	fill_step(it, id, &(struct journal_change){ .state = state, .detail = detail });
	journal_thread_put(j->thread, it, 0);
	return 0;
}

void journal_stat(const struct journal *j, struct journal_stat *out)
{
	writer_counts(j->writer, &out->rows, &out->undecided, &out->oldest_real_ns);
	out->damage = writer_damage(j->writer);
}

uint64_t journal_illegal(const struct journal *j)
{
	return writer_illegal(j->writer);
}

bool journal_stored(const struct journal *j, uint64_t number)
{
	return writer_stored(j->writer) >= number;
}

void journal_hurry(struct journal *j)
{
	journal_thread_hurry(j->thread);
}

static int queue_mark(struct journal *j, enum item_kind kind, journal_done_fn done, void *arg,
		      struct ras_err *err)
{
	struct item *it = journal_new_item(kind, done, arg);

	if (!it)
		return no_memory(err);
	journal_thread_put(j->thread, it, 0);
	return 0;
}

int journal_flush(struct journal *j, journal_done_fn done, void *arg, struct ras_err *err)
{
	return queue_mark(j, IT_FLUSH, done, arg, err);
}

int journal_barrier(struct journal *j, journal_done_fn done, void *arg, struct ras_err *err)
{
	return queue_mark(j, IT_BARRIER, done, arg, err);
}

int journal_cursor_put(struct journal *j, const struct journal_cursor *c, struct ras_err *err)
{
	struct item *it = journal_new_item(IT_CURSOR, NULL, NULL);

	if (it)
		it->moves = journal_copy_cursors(c, 1);
	if (!it || !it->moves) {
		item_free(it);
		return no_memory(err);
	}
	journal_thread_put(j->thread, it, CURSOR_DELAY_NS);
	return 0;
}

/* An item with an import of room for n pages; NULL without memory. */
static struct item *new_import(enum item_kind kind, const char *domain, pid_t pid,
			       uint64_t start_time, size_t n, journal_done_fn done, void *arg)
{
	struct item *it = journal_new_item(kind, done, arg);

	if (it)
		it->import = calloc(1, sizeof(*it->import) + n * sizeof(it->import->pages[0]));
	if (!it || !it->import) {
		item_free(it);
		return NULL;
	}
	snprintf(it->import->domain, sizeof(it->import->domain), "%s", domain);
	it->import->pid = pid;
	it->import->start_time = start_time;
	return it;
}

int journal_poison_belongs(struct journal *j, const char *domain, pid_t pid, uint64_t start_time,
			   bool fresh, struct ras_err *err)
{
	struct item *it = new_import(IT_BELONGS, domain, pid, start_time, 0, NULL, NULL);

	if (!it)
		return no_memory(err);
	it->import->fresh = fresh;
	journal_thread_put(j->thread, it, CURSOR_DELAY_NS);
	return 0;
}

int journal_poison_import(struct journal *j, const char *domain, pid_t pid, uint64_t start_time,
			  const struct poison_page *pages, size_t n, journal_done_fn done,
			  void *arg, struct ras_err *err)
{
	struct item *it;

	if (n > POISON_MAX_IMPORT)
		return ras_fail(err, RAS_E_PARAMS, "at most %u pages at a time", POISON_MAX_IMPORT);
	if (j->n_imports >= MAX_IMPORTS)
		return ras_fail(err, RAS_E_BUSY, "%d imports wait for the journal", MAX_IMPORTS);
	it = new_import(IT_IMPORT, domain, pid, start_time, n, done, arg);
	if (!it)
		return no_memory(err);
	it->import->n = n;
	memcpy(it->import->pages, pages, n * sizeof(*pages));
	j->n_imports++;
	journal_thread_put(j->thread, it, 0);
	return 0;
}

void journal_subscribe(struct journal *j, struct notify_sub *sub, notify_fn fn, void *arg)
{
	notify_add(&j->news, sub, fn, arg);
	journal_thread_wake(j->thread, ++j->n_subscribers > 0);
}

void journal_unsubscribe(struct journal *j, struct notify_sub *sub)
{
	if (!sub->prev)
		return;
	notify_remove(&j->news, sub);
	journal_thread_wake(j->thread, --j->n_subscribers > 0);
}

int journal_open(struct journal **out, struct event_base *base, const char *dir,
		 const struct journal_options *o, size_t *n_undecided, struct ras_err *err)
{
	struct journal *j = calloc(1, sizeof(*j));
	size_t n = 0;
	int ret;

	if (!j)
		return no_memory(err);
	j->pending_tail = &j->pending;
	if (o)
		j->options = *o;
	ret = journal_db_open(&j->db, dir, j->options.accept_loss, &n, err);
	if (ret == 0)
		ret = journal_reader_open(&j->reader, dir, err);
	if (ret == 0)
		ret = rest_new(&j->rest, base, j->reader->db, err);
	if (ret == 0)
		ret = writer_new(&j->writer, j->db, &j->options.keep, err);
	if (ret == 0)
		ret = journal_thread_start(&j->thread, base, j->writer, on_finished, j, err);
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
	j->closing = true;
	journal_thread_stop(j->thread);
	writer_free(j->writer);
	rest_free(j->rest);
	journal_reader_close(j->reader);
	journal_db_close(j->db);
	free(j);
}
