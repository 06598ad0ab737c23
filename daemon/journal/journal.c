// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The journal as the loop sees it: items go to the writer's queue, answers come back through an
 * eventfd. What is queued and not known to be on disk is laid over the rows that are read, so that
 * nobody is told less than he was told before.
 */
#include "journal/journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "journal/private.h"

#define MAX_INTENTS 4096 /* queued or in the thread */
#define MAX_IMPORTS 16
#define CHANGE_DELAY_NS 50000000LL

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

static void overlay(const struct journal *j, struct journal_row *row)
{
	for (const struct item *it = j->pending; it; it = it->pending_next) {
		const struct journal_step *c = &it->step;

		if (inj_state_final(row->state) || !uuid_equal(&c->id, &row->id))
			continue;
		row->state = c->state;
		row->read = c->read;
		row->ack_ns = c->ack_ns;
		row->decided_real_ns = c->real_ns;
		memcpy(row->detail, c->detail, sizeof(row->detail));
	}
}

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
		if (it->kind == IT_IMPORT)
			j->n_imports--;
		if (it->kind == IT_TRANSITION)
			pending_drop(j, it);
		if (it->done)
			it->done(it->arg, it->failed ? &it->err : NULL);
		item_free(it);
	}
}

/* After delay_ns at the latest it is to be committed. */
static void enqueue(struct journal *j, struct item *it, int64_t delay_ns)
{
	bool intent = it->kind != IT_TRANSITION && it->kind != IT_BARRIER;
	struct list *l = intent ? &j->intents : &j->changes;
	int64_t *due_ns = intent ? &j->intents_due_ns : &j->changes_due_ns;
	int64_t due = journal_mono_ns() + delay_ns;
	bool wake;

	it->boot_ns = clock_boot_ns();
	pthread_mutex_lock(&j->lock);
	if (!l->head || due < *due_ns)
		*due_ns = due;
	list_add(l, it);
	/*
	 * What joins others, or is not due before the thread looks again, need not interrupt its
	 * nap.
	 */
	wake = due < j->wakes_ns;
	pthread_mutex_unlock(&j->lock);
	if (wake)
		pthread_cond_signal(&j->cond);
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

int journal_intent(struct journal *j, const struct journal_row *row, int64_t may_wait_ns,
		   journal_done_fn done, void *arg, struct ras_err *err)
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
	enqueue(j, it, may_wait_ns);
	return 0;
}

uint64_t journal_transition(struct journal *j, const struct uuid *id,
			    const struct journal_change *c)
{
	struct item *it = new_item(IT_TRANSITION, NULL, NULL);

	if (!it) {
		log_error("journal: out of memory");
		_exit(1);
	}
	it->number = ++j->n_changes;
	it->step = (struct journal_step){ .id = *id,
					  .state = c->state,
					  .read = c->read,
					  .ack_ns = c->ack_ns,
					  .real_ns = clock_real_ns(),
					  .boot_ns = clock_boot_ns() };
	snprintf(it->step.detail, sizeof(it->step.detail), "%s", c->detail ? c->detail : "");
	*j->pending_tail = it;
	j->pending_tail = &it->pending_next;
	enqueue(j, it, CHANGE_DELAY_NS);
	return j->n_changes;
}

bool journal_stored(const struct journal *j, uint64_t number)
{
	return atomic_load(&j->n_stored) >= number;
}

void journal_hurry(struct journal *j)
{
	pthread_mutex_lock(&j->lock);
	j->intents_due_ns = 0;
	if (j->wakes_ns)
		pthread_cond_signal(&j->cond);
	pthread_mutex_unlock(&j->lock);
}

static int queue_mark(struct journal *j, enum kind kind, journal_done_fn done, void *arg,
		      struct ras_err *err)
{
	struct item *it = new_item(kind, done, arg);

	if (!it)
		return ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
	enqueue(j, it, 0);
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

int journal_poison_import(struct journal *j, const char *domain, const struct poison_page *pages,
			  size_t n, journal_done_fn done, void *arg, struct ras_err *err)
{
	struct item *it;

	if (n > POISON_MAX_IMPORT)
		return ras_fail(err, RAS_E_PARAMS, "at most %u pages at a time", POISON_MAX_IMPORT);
	if (j->n_imports >= MAX_IMPORTS)
		return ras_fail(err, RAS_E_BUSY, "%d imports wait for the journal", MAX_IMPORTS);
	it = new_item(IT_IMPORT, done, arg);
	if (it)
		it->import = malloc(sizeof(*it->import) + n * sizeof(*pages));
	if (!it || !it->import) {
		free(it);
		return ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
	}
	snprintf(it->import->domain, sizeof(it->import->domain), "%s", domain);
	it->import->n = n;
	memcpy(it->import->pages, pages, n * sizeof(*pages));
	j->n_imports++;
	enqueue(j, it, 0);
	return 0;
}

int journal_poison_list(struct journal *j, const char *domain, const struct gpa *after,
			size_t limit, int (*fn)(void *arg, const struct poison_page *page),
			void *arg, struct ras_err *err)
{
	return journal_reader_poison_list(j->reader, domain, after, limit, fn, arg, err);
}

int journal_poison_count(struct journal *j, const char *domain, uint64_t *out, struct ras_err *err)
{
	return journal_reader_poison_count(j->reader, domain, out, err);
}

int journal_poison_has(struct journal *j, const char *domain, struct gpa gpa, bool *out,
		       struct ras_err *err)
{
	return journal_reader_poison_has(j->reader, domain, gpa, out, err);
}

int journal_get(struct journal *j, const struct uuid *id, struct journal_row *out,
		struct ras_err *err)
{
	int r = journal_reader_get(j->reader, id, out, err);

	if (r == 0)
		overlay(j, out);
	return r;
}

int journal_find_request(struct journal *j, uid_t uid, const char *request_id,
			 struct journal_row *out, struct ras_err *err)
{
	int r = journal_reader_find(j->reader, uid, request_id, out, err);

	if (r == 0)
		overlay(j, out);
	return r;
}

struct listing {
	const struct journal *j;
	int (*fn)(void *arg, const struct journal_row *row);
	void *arg;
};

static int list_one(void *arg, struct journal_row *row)
{
	const struct listing *l = arg;

	overlay(l->j, row);
	return l->fn(l->arg, row);
}

int journal_list(struct journal *j, const char *domain, size_t limit,
		 int (*fn)(void *arg, const struct journal_row *row), void *arg,
		 struct ras_err *err)
{
	struct listing l = { j, fn, arg };

	return journal_reader_list(j->reader, domain, limit, list_one, &l, err);
}

int journal_undecided(struct journal *j, int (*fn)(void *arg, const struct journal_row *row),
		      void *arg, struct ras_err *err)
{
	struct listing l = { j, fn, arg };

	return journal_reader_undecided(j->reader, list_one, &l, err);
}

int journal_sent_before(struct journal *j, const struct journal_row *row, struct journal_row *out,
			struct ras_err *err)
{
	return journal_reader_sent_before(j->reader, row, out, err);
}

int journal_open(struct journal **out, struct event_base *base, const char *dir,
		 size_t *n_undecided, struct ras_err *err)
{
	struct journal *j = calloc(1, sizeof(*j));
	pthread_condattr_t attr;
	size_t n = 0;
	int ret;

	if (!j)
		return ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
	list_init(&j->kept);
	list_init(&j->changes);
	list_init(&j->intents);
	list_init(&j->finished);
	j->pending_tail = &j->pending;
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
		ret = journal_thread_start(j, err);
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
	list_free(&j->changes);
	list_free(&j->intents);
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
