// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Pages of long lists.
 *
 * Problem: a filter may name several columns, each with several values. One SQL statement for all
 * would make sqlite choose one index and pass over every row in it that fails the rest of the
 * filter, a million perhaps; or sort.
 * Rule: each column has an index that ends in the time, so for each value "the newest row before
 * that place" is one look-up. The columns of the filter are asked in turn; each answer that is
 * older than the place moves the place there, and a row that all of them give is one of the list.
 * So rows that one column excludes are jumped over, and a look-up costs the same anywhere. What
 * remains expensive are columns that exclude each other row by row; there the number of look-ups
 * ends the page (journal/page.h).
 *
 * A row enters the indexes only a while after it was decided (listed.c). Those that have not are
 * few, and an index has them by time: before a column is asked, the newest of them before the place
 * is looked up. If it is newer than the answer of the column, it is the next row of the list, or is
 * passed over. This order of the two look-ups matters: a row that becomes listed between them is
 * found by the second, while in the other order it would be missed.
 *
 * INDEXED BY makes opening the journal fail where an index is not there, instead of a slow list.
 */
#include "journal/page.h"

#include <string.h>

#include "journal/reader.h"

#define SLICE_LOOKS 64u /* about 0.2 ms */

#define LOOK(table, time, more, index, which)                                                      \
	"SELECT " time ", rowid" more " FROM " table " INDEXED BY " index " WHERE " which "(" time \
	", rowid) < (?1, ?2) ORDER BY " time " DESC, rowid DESC LIMIT 1"
#define INJECTION(index, which) \
	LOOK("injection", "created_real_ns", "", "injection_by_" index, which "listed = 1 AND ")
#define HOST(index, which)                                                \
	LOOK("host_event", "decided_real_ns", "", "host_event_by_" index, \
	     which "seq IS NOT NULL AND ")
#define AT(stmt) ((stmt)-RD_PAGE_TIME)

const char *const journal_page_sql[] = {
	[AT(RD_PAGE_TIME)] = INJECTION("time", ""),
	[AT(RD_PAGE_DOMAIN)] = INJECTION("domain", "domain = ?3 AND "),
	[AT(RD_PAGE_STATE)] = INJECTION("state", "state = ?3 AND "),
	[AT(RD_PAGE_SEVERITY)] = INJECTION("severity", "severity = ?3 AND "),
	[AT(RD_PAGE_ORIGIN)] = INJECTION("origin", "origin = ?3 AND "),
	[AT(RD_PAGE_TAG)] = INJECTION("tag", "tag = ?3 AND tag <> '' AND "),
	[AT(RD_PAGE_HOST_TIME)] = HOST("time", ""),
	[AT(RD_PAGE_HOST_DOMAIN)] = HOST("domain", "domain = ?3 AND "),
	[AT(RD_PAGE_HOST_STATE)] = HOST("decision", "decision = ?3 AND "),
	[AT(RD_PAGE_HOST_SEVERITY)] = HOST("severity", "severity = ?3 AND "),
	[AT(RD_PAGE_HOST_ORIGIN)] = HOST("source", "source = ?3 AND "),
	[AT(RD_PAGE_UNLISTED)] =
		LOOK("injection", "created_real_ns", ", domain, tag, severity, origin",
		     "injection_unlisted_by_time", "listed = 0 AND "),
};

/* A column of the filter. */
struct column {
	sqlite3_stmt *st;
	const struct journal_words *words; /* NULL: the time alone */
};

#define MAX_COLUMNS 5

/* The newest injection before the place that is not listed. */
struct unlisted {
	enum { NOT_LOOKED, IS_THERE, IS_NONE } known;
	struct journal_mark at;
	bool asked_for; /* whatever its state is, which may have changed: the caller looks at it */
};

struct walk {
	struct journal_reader *r;
	struct journal_page *p;
	struct column column[MAX_COLUMNS];
	size_t n_columns, looks; /* of this slice */
	struct unlisted unlisted;
};

static bool older(const struct journal_mark *a, const struct journal_mark *b)
{
	return a->time_ns < b->time_ns || (a->time_ns == b->time_ns && a->row < b->row);
}

static void add_column(struct walk *w, int stmt, const struct journal_words *words)
{
	if (words && !words->n)
		return;
	w->column[w->n_columns++] = (struct column){ w->r->st[stmt], words };
}

static void walk_begin(struct walk *w, struct journal_reader *r, struct journal_page *p, bool host)
{
	const struct journal_filter *f = &p->filter;
	int base = host ? RD_PAGE_HOST_TIME : RD_PAGE_TIME;

	*w = (struct walk){ .r = r, .p = p };
	if (host)
		w->unlisted.known = IS_NONE;
	else
		add_column(w, RD_PAGE_TAG, &f->tag);
	add_column(w, base + AT(RD_PAGE_DOMAIN), &f->domain);
	add_column(w, base + AT(RD_PAGE_STATE), &f->state);
	add_column(w, base + AT(RD_PAGE_SEVERITY), &f->severity);
	add_column(w, base + AT(RD_PAGE_ORIGIN), &f->origin);
	if (!w->n_columns)
		add_column(w, base, NULL);
}

/* The newest row before a place that has this value. 1: found, 0: there is none; RAS_E_JOURNAL. */
static int look(struct walk *w, sqlite3_stmt *st, const char *value,
		const struct journal_mark *before, struct journal_mark *out, struct ras_err *err)
{
	int rc;

	w->looks++;
	sqlite3_bind_int64(st, 1, before->time_ns);
	sqlite3_bind_int64(st, 2, before->row);
	if (value)
		sqlite3_bind_text(st, 3, value, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*out = (struct journal_mark){ sqlite3_column_int64(st, 0),
					      sqlite3_column_int64(st, 1) };
	sqlite3_reset(st);
	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		return rc == SQLITE_ROW;
	return journal_read_fail(w->r, err);
}

/* The same for the newest of a column's values. */
static int look_column(struct walk *w, const struct column *c, const struct journal_mark *before,
		       struct journal_mark *out, struct ras_err *err)
{
	struct journal_mark one;
	int found = 0, ret;

	if (!c->words)
		return look(w, c->st, NULL, before, out, err);
	for (size_t i = 0; i < c->words->n; i++) {
		ret = look(w, c->st, c->words->v[i], before, &one, err);
		if (ret < 0)
			return ret;
		if (ret && (!found || older(out, &one)))
			*out = one;
		found |= ret;
	}
	return found;
}

/* No value, too, is none that a filter can name: it is in no index either. */
static bool has_word(const struct journal_words *words, sqlite3_stmt *st, int col)
{
	const char *text = (const char *)sqlite3_column_text(st, col);

	for (size_t i = 0; i < words->n; i++)
		if (text && *text && strcmp(words->v[i], text) == 0)
			return true;
	return !words->n;
}

/* Look for the newest row before the place that is not listed, where the last one is used up. */
static int look_unlisted(struct walk *w, struct ras_err *err)
{
	const struct journal_filter *f = &w->p->filter;
	sqlite3_stmt *st = w->r->st[RD_PAGE_UNLISTED];
	struct unlisted *u = &w->unlisted;
	int rc;

	if (u->known == IS_NONE || (u->known == IS_THERE && older(&u->at, &w->p->at)))
		return 0;
	w->looks++;
	sqlite3_bind_int64(st, 1, w->p->at.time_ns);
	sqlite3_bind_int64(st, 2, w->p->at.row);
	rc = sqlite3_step(st);
	u->known = rc == SQLITE_ROW ? IS_THERE : IS_NONE;
	if (rc == SQLITE_ROW) {
		u->at = (struct journal_mark){ sqlite3_column_int64(st, 0),
					       sqlite3_column_int64(st, 1) };
		u->asked_for = has_word(&f->domain, st, 2) && has_word(&f->tag, st, 3) &&
			       has_word(&f->severity, st, 4) && has_word(&f->origin, st, 5);
	}
	sqlite3_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : journal_read_fail(w->r, err);
}

/* Whether the look-ups of this slice, or of the page, are used up. */
static bool tired(const struct walk *w, enum page_end *why)
{
	*why = w->looks >= w->p->looks ? PAGE_SPENT : PAGE_SLICE;
	return w->looks >= w->p->looks || w->looks >= SLICE_LOOKS;
}

/*
 * The next row: 1 and *out, or 0 and *why; RAS_E_JOURNAL. p->at is moved past what all columns
 * leave out.
 */
static int walk_next(struct walk *w, struct journal_mark *out, enum page_end *why,
		     struct ras_err *err)
{
	struct journal_mark *at = &w->p->at, got = *at;
	size_t agreed = 0;

	for (size_t i = 0; agreed < w->n_columns; i = (i + 1) % w->n_columns) {
		const struct unlisted *u = &w->unlisted;
		bool unlisted;
		int ret;

		if (tired(w, why))
			return 0;
		ret = look_unlisted(w, err);
		if (ret == 0)
			ret = look_column(w, &w->column[i], at, &got, err);
		if (ret < 0)
			return ret;
		unlisted = u->known == IS_THERE && (!ret || older(&got, &u->at));
		if (unlisted)
			got = u->at;
		if ((!ret && !unlisted) || got.time_ns < w->p->filter.since_ns) {
			*why = PAGE_END;
			return 0;
		}
		if (unlisted && !u->asked_for) {
			agreed = 0;
			*at = got;
			continue;
		}
		if (unlisted)
			agreed = w->n_columns;
		else if (agreed && got.time_ns == at->time_ns && got.row + 1 == at->row)
			agreed++; /* right before the place: on this row the others agree */
		else
			agreed = 1;
		*at = (struct journal_mark){ got.time_ns, got.row + 1 };
	}
	*out = got;
	return 1;
}

void journal_page_begin(struct journal_page *p)
{
	p->looks = JOURNAL_PAGE_LOOKS;
	p->at = (struct journal_mark){ INT64_MAX, INT64_MAX };
	if (p->filter.until_ns)
		p->at = (struct journal_mark){ p->filter.until_ns, INT64_MIN };
}

/* show: call fn with the row; 0 on, 1 stop, RAS_E_JOURNAL, or RAS_E_NOT_FOUND: it is gone. */
static int walk_all(struct walk *w,
		    int (*show)(struct walk *w, int64_t row, void *arg, struct ras_err *err),
		    void *arg, struct ras_err *err)
{
	struct journal_mark at;
	enum page_end why;
	int ret;

	while ((ret = walk_next(w, &at, &why, err)) > 0) {
		ret = show(w, at.row, arg, err);
		if (ret > 0 || ret == -RAS_E_JOURNAL)
			break;
		w->p->at = at;
	}
	w->p->looks -= w->looks < w->p->looks ? w->looks : w->p->looks;
	if (ret < 0)
		return ret;
	return ret ? PAGE_STOPPED : (int)why;
}

struct injections {
	int (*fn)(void *arg, struct journal_row *row);
	void *arg;
};

static int show_injection(struct walk *w, int64_t row, void *arg, struct ras_err *err)
{
	const struct injections *l = arg;
	struct journal_row out;
	int ret = journal_reader_row(w->r, row, &out, err);

	return ret ? ret : l->fn(l->arg, &out);
}

int journal_reader_page(struct journal_reader *r, struct journal_page *p,
			int (*fn)(void *arg, struct journal_row *row), void *arg,
			struct ras_err *err)
{
	struct injections l = { fn, arg };
	struct walk w;

	walk_begin(&w, r, p, false);
	return walk_all(&w, show_injection, &l, err);
}

struct host_events {
	int (*fn)(void *arg, const struct host_event *e);
	void *arg;
};

static int show_host(struct walk *w, int64_t row, void *arg, struct ras_err *err)
{
	const struct host_events *l = arg;
	struct host_event out;
	int ret = journal_reader_host_row(w->r, row, &out, err);

	return ret ? ret : l->fn(l->arg, &out);
}

int journal_reader_host_page(struct journal_reader *r, struct journal_page *p,
			     int (*fn)(void *arg, const struct host_event *e), void *arg,
			     struct ras_err *err)
{
	struct host_events l = { fn, arg };
	struct walk w;

	walk_begin(&w, r, p, true);
	return walk_all(&w, show_host, &l, err);
}
