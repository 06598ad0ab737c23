// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the reading connection lists beside injections: bad pages, the feed, cursors. */
#include <string.h>

#include "journal/reader.h"

int journal_reader_poison_list(struct journal_reader *r, const char *domain,
			       const struct gpa *after, size_t limit,
			       int (*fn)(void *arg, const struct poison_page *page), void *arg,
			       struct ras_err *err)
{
	sqlite3_stmt *st = r->st[RD_POISON];
	struct poison_page page;
	int rc;

	sqlite3_bind_text(st, 1, domain, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2,
			   !after		? -1 :
			   after->v > INT64_MAX ? INT64_MAX :
						  (int64_t)after->v);
	sqlite3_bind_int64(st, 3, limit > INT32_MAX ? INT32_MAX : (int64_t)limit);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		page.gpa.v = (uint64_t)sqlite3_column_int64(st, 0);
		page.seen_real_ns = sqlite3_column_int64(st, 1);
		journal_column(st, 2, page.origin, sizeof(page.origin));
		if (fn(arg, &page)) {
			rc = SQLITE_DONE;
			break;
		}
	}
	rc = rc == SQLITE_DONE ? 0 : journal_read_fail(r, err);
	sqlite3_reset(st);
	return rc;
}

/* The only value of a bound statement. */
static int one_number(struct journal_reader *r, sqlite3_stmt *st, uint64_t *out,
		      struct ras_err *err)
{
	int ret = 0;

	if (sqlite3_step(st) == SQLITE_ROW)
		*out = (uint64_t)sqlite3_column_int64(st, 0);
	else
		ret = journal_read_fail(r, err);
	sqlite3_reset(st);
	return ret;
}

int journal_reader_poison_count(struct journal_reader *r, const char *domain, uint64_t *out,
				struct ras_err *err)
{
	sqlite3_bind_text(r->st[RD_POISON_COUNT], 1, domain, -1, SQLITE_STATIC);
	return one_number(r, r->st[RD_POISON_COUNT], out, err);
}

int journal_reader_poison_count_from(struct journal_reader *r, const char *domain, struct gpa *from,
				     size_t limit, uint64_t *out, struct ras_err *err)
{
	sqlite3_stmt *st = r->st[RD_POISON_COUNT_FROM];
	int ret = 0;

	sqlite3_bind_text(st, 1, domain, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, (int64_t)from->v);
	sqlite3_bind_int64(st, 3, (int64_t)limit);
	if (sqlite3_step(st) == SQLITE_ROW) {
		*out = (uint64_t)sqlite3_column_int64(st, 0);
		if (*out)
			from->v = (uint64_t)sqlite3_column_int64(st, 1) + 1;
	} else {
		ret = journal_read_fail(r, err);
	}
	sqlite3_reset(st);
	return ret;
}

/* Whether a bound statement says so. */
static int one_bool(struct journal_reader *r, sqlite3_stmt *st, bool *out, struct ras_err *err)
{
	uint64_t n = 0;
	int ret = one_number(r, st, &n, err);

	if (ret == 0)
		*out = n != 0;
	return ret;
}

int journal_reader_poison_has(struct journal_reader *r, const char *domain, struct gpa gpa,
			      bool *out, struct ras_err *err)
{
	sqlite3_stmt *st = r->st[RD_POISON_HAS];

	sqlite3_bind_text(st, 1, domain, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, (int64_t)gpa.v);
	return one_bool(r, st, out, err);
}

int journal_reader_has_injection(struct journal_reader *r, const char *domain, bool *out,
				 struct ras_err *err)
{
	sqlite3_bind_text(r->st[RD_HAS_DOMAIN], 1, domain, -1, SQLITE_STATIC);
	return one_bool(r, r->st[RD_HAS_DOMAIN], out, err);
}

int journal_reader_poison_of(struct journal_reader *r, const char *domain, struct poison_of *out,
			     struct ras_err *err)
{
	sqlite3_stmt *st = r->st[RD_POISON_OF];
	int rc, ret = 0;

	sqlite3_bind_text(st, 1, domain, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		journal_column(st, 0, out->boot_id, sizeof(out->boot_id));
		out->pid = (pid_t)sqlite3_column_int64(st, 1);
		out->start_time = (uint64_t)sqlite3_column_int64(st, 2);
	} else {
		ret = rc == SQLITE_DONE ? ras_fail(err, RAS_E_NOT_FOUND, "it has no list") :
					  journal_read_fail(r, err);
	}
	sqlite3_reset(st);
	return ret;
}

int journal_load_entry(sqlite3_stmt *st, struct journal_feed_entry *e, struct ras_err *err)
{
	const void *id = sqlite3_column_blob(st, 1);

	memset(e, 0, sizeof(*e));
	e->seq = (uint64_t)sqlite3_column_int64(st, 0);
	e->state = inj_state_parse((const char *)sqlite3_column_text(st, 3));
	e->read = record_read_parse((const char *)sqlite3_column_text(st, 4));
	if (!id || sqlite3_column_bytes(st, 1) != (int)sizeof(e->id.b) || e->state == INJ__MAX ||
	    e->read == READ__MAX)
		return ras_fail(err, RAS_E_JOURNAL, "journal: a transition is damaged");
	memcpy(e->id.b, id, sizeof(e->id.b));
	journal_column(st, 2, e->domain, sizeof(e->domain));
	e->real_ns = sqlite3_column_int64(st, 5);
	journal_column(st, 6, e->detail, sizeof(e->detail));
	return 0;
}

/* Every entry of a bound statement, until fn says stop. */
static int each_entry(struct journal_reader *r, sqlite3_stmt *st,
		      int (*fn)(void *arg, const struct journal_feed_entry *e), void *arg,
		      struct ras_err *err)
{
	struct journal_feed_entry e;
	int rc, ret = 0;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		ret = journal_load_entry(st, &e, err);
		if (ret || fn(arg, &e)) {
			rc = SQLITE_DONE;
			break;
		}
	}
	if (rc != SQLITE_DONE)
		ret = journal_read_fail(r, err);
	sqlite3_reset(st);
	return ret;
}

int journal_reader_transitions(struct journal_reader *r, const struct uuid *id,
			       int (*fn)(void *arg, const struct journal_feed_entry *e), void *arg,
			       struct ras_err *err)
{
	sqlite3_bind_blob(r->st[RD_TRANSITIONS], 1, id->b, sizeof(id->b), SQLITE_STATIC);
	sqlite3_bind_int(r->st[RD_TRANSITIONS], 2, JOURNAL_MAX_TRANSITIONS);
	return each_entry(r, r->st[RD_TRANSITIONS], fn, arg, err);
}

int journal_reader_feed(struct journal_reader *r, uint64_t after, size_t limit,
			int (*fn)(void *arg, const struct journal_feed_entry *e), void *arg,
			struct ras_err *err)
{
	struct journal_feed_bounds bounds;
	int ret;

	sqlite3_bind_int64(r->st[RD_FEED], 1, after > INT64_MAX ? INT64_MAX : (int64_t)after);
	sqlite3_bind_int64(r->st[RD_FEED], 2, limit > INT32_MAX ? INT32_MAX : (int64_t)limit);
	ret = each_entry(r, r->st[RD_FEED], fn, arg, err);
	/* Read after the entries: what was deleted in between counts as missing, too. */
	if (ret == 0)
		ret = journal_reader_feed_bounds(r, &bounds, err);
	return ret ? ret : after < bounds.oldest - 1;
}

int journal_reader_feed_bounds(struct journal_reader *r, struct journal_feed_bounds *out,
			       struct ras_err *err)
{
	sqlite3_stmt *st = r->st[RD_BOUNDS];
	int ret = 0;

	if (sqlite3_step(st) == SQLITE_ROW) {
		out->oldest = (uint64_t)sqlite3_column_int64(st, 0);
		out->newest = (uint64_t)sqlite3_column_int64(st, 1);
	} else {
		ret = journal_read_fail(r, err);
	}
	sqlite3_reset(st);
	return ret;
}

int journal_reader_cursor(struct journal_reader *r, const char *source, struct journal_cursor *out,
			  struct ras_err *err)
{
	sqlite3_stmt *st = r->st[RD_CURSOR];
	int rc, ret = 0;

	sqlite3_bind_text(st, 1, source, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		journal_column(st, 0, out->source, sizeof(out->source));
		journal_column(st, 1, out->position, sizeof(out->position));
	} else if (rc == SQLITE_DONE) {
		ret = ras_fail(err, RAS_E_NOT_FOUND, "\"%.31s\" has no cursor", source);
	} else {
		ret = journal_read_fail(r, err);
	}
	sqlite3_reset(st);
	return ret;
}
