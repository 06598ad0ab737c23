// SPDX-License-Identifier: LGPL-2.1-or-later
/* Host events, forwards and counters as the reading connection sees them: what is committed. */
#include <string.h>

#include "journal/private.h"
#include "journal/reader.h"

#define EVENT                                                                              \
	"e.id, e.seq, e.source, e.report, e.kind, e.severity, e.boot_id, e.boot_ns, "      \
	"e.real_ns, e.flags, e.hpa, e.len_bytes, e.count, e.label, e.detail, e.decision, " \
	"e.reason, e.domain, e.gpa, e.pages, e.injection, e.corrected, e.uncorrected, "    \
	"e.decided_real_ns"
#define N_EVENT 24
#define FORWARD                                                                                \
	"f.boot_id, f.pfn, f.qemu_pid, f.qemu_start_time, f.event, f.domain, f.gpa, f.pages, " \
	"f.done, f.injection, f.stored_boot_ns, f.poisoned, f.begun"
#define EVENTS "SELECT " EVENT " FROM host_event e WHERE "
#define AT(stmt) ((stmt)-RD_HOST_PENDING)

const char *const journal_host_read_sql[] = {
	[AT(RD_HOST_PENDING)] = EVENTS "e.decision = 'pending'"
				       " ORDER BY e.rowid LIMIT ?1",
	[AT(RD_HOST_ROW)] = EVENTS "e.rowid = ?1",
	[AT(RD_HOST_COUNTS)] =
		"SELECT corrected, uncorrected, last_real_ns FROM host_count WHERE domain = ?1",
	/* By the page: sqlite would go through all events of the domain, newest first. */
	[AT(RD_HOST_SETTLED)] =
		"SELECT boot_ns FROM host_event INDEXED BY host_event_page"
		" WHERE hpa >= ?2 AND hpa < ?3 AND uncorrected > 0"
		" AND domain = ?1 AND boot_id = ?4 AND (gpa >> 12) - (hpa >> 12) = ?5"
		" AND decision IN ('forwarded', 'not-granted',"
		" 'guest-told', 'consumed') ORDER BY seq DESC LIMIT 1",
	[AT(RD_HOST_LOST)] = EVENTS "e.domain = ?1 AND"
				    " e.uncorrected > 0 AND e.boot_id = ?2 AND e.boot_ns >= ?3"
				    " ORDER BY e.seq DESC LIMIT 1",
	/* A count may be anything: it is bounded before it is added. */
	[AT(RD_HOST_DAY)] =
		"SELECT hpa / ?2 AS page, sum(min(max(count, 0), 4294967295)), min(boot_ns),"
		" max(decision = 'forwarded') FROM host_event WHERE severity = 'corrected' AND"
		" hpa >= 0 AND boot_id = ?1 AND boot_ns > ?3 AND seq IS NOT NULL GROUP BY page"
		" ORDER BY max(seq) DESC LIMIT ?4",
	[AT(RD_HOST_NEWS)] = EVENTS "e.seq > ?1"
				    " ORDER BY e.seq LIMIT ?2",
	[AT(RD_FORWARD)] = "SELECT " FORWARD " FROM forward f WHERE f.boot_id = ?1 AND f.pfn = ?2"
			   " AND f.qemu_pid = ?3 AND f.qemu_start_time = ?4 AND f.gpa = ?5",
	[AT(RD_FORWARDS_OPEN)] =
		"SELECT " EVENT ", " FORWARD " FROM forward f JOIN host_event e ON e.id = f.event"
		" LEFT JOIN injection i ON i.id = f.injection WHERE f.boot_id = ?1 AND"
		" (f.done < f.pages OR i.state IN ('refused', 'intent', 'written'))"
		" ORDER BY f.stored_boot_ns",
};

static bool present(sqlite3_stmt *st, int col)
{
	return sqlite3_column_type(st, col) != SQLITE_NULL;
}

/* The file may have been edited by hand: everything is bounded. */
static void load_event(sqlite3_stmt *st, struct host_event *e)
{
	struct host_seen *s = &e->seen;
	struct host_verdict *v = &e->verdict;
	int64_t flags = sqlite3_column_int64(st, 9);

	memset(e, 0, sizeof(*e));
	journal_column_id(st, 0, &e->id);
	e->seq = (uint64_t)sqlite3_column_int64(st, 1);
	journal_column(st, 2, s->source, sizeof(s->source));
	journal_column(st, 3, s->report, sizeof(s->report));
	journal_column(st, 4, s->kind, sizeof(s->kind));
	journal_column(st, 5, s->severity, sizeof(s->severity));
	journal_column(st, 6, s->boot_id, sizeof(s->boot_id));
	s->boot_ns = sqlite3_column_int64(st, 7);
	s->real_ns = sqlite3_column_int64(st, 8);
	s->catch_up = flags & HOST_FLAG_CATCH_UP;
	s->action_required = flags & HOST_FLAG_ACTION_REQUIRED;
	s->no_struct_page = flags & HOST_FLAG_NO_STRUCT_PAGE;
	s->has_hpa = present(st, 10);
	s->hpa.v = (uint64_t)sqlite3_column_int64(st, 10);
	s->len_bytes = (uint64_t)sqlite3_column_int64(st, 11);
	s->count = (uint64_t)sqlite3_column_int64(st, 12);
	journal_column(st, 13, s->label, sizeof(s->label));
	journal_column(st, 14, s->detail, sizeof(s->detail));
	v->decision = host_decision_parse((const char *)sqlite3_column_text(st, 15));
	journal_column(st, 16, v->reason, sizeof(v->reason));
	journal_column(st, 17, v->domain, sizeof(v->domain));
	v->has_gpa = present(st, 18);
	v->gpa.v = (uint64_t)sqlite3_column_int64(st, 18);
	v->pages = (uint32_t)sqlite3_column_int64(st, 19);
	v->has_injection = present(st, 20);
	journal_column_id(st, 20, &v->injection);
	v->corrected = (uint64_t)sqlite3_column_int64(st, 21);
	v->uncorrected = (uint64_t)sqlite3_column_int64(st, 22);
	v->decided_real_ns = sqlite3_column_int64(st, 23);
}

static void load_forward(sqlite3_stmt *st, int at, struct host_forward *fw)
{
	memset(fw, 0, sizeof(*fw));
	journal_column(st, at, fw->key.boot_id, sizeof(fw->key.boot_id));
	fw->key.pfn = (uint64_t)sqlite3_column_int64(st, at + 1);
	fw->key.pid = (pid_t)sqlite3_column_int64(st, at + 2);
	fw->key.start_time = (uint64_t)sqlite3_column_int64(st, at + 3);
	journal_column_id(st, at + 4, &fw->event);
	journal_column(st, at + 5, fw->domain, sizeof(fw->domain));
	fw->key.gpa.v = (uint64_t)sqlite3_column_int64(st, at + 6);
	fw->pages = (uint32_t)sqlite3_column_int64(st, at + 7);
	fw->done = (uint32_t)sqlite3_column_int64(st, at + 8);
	journal_column_id(st, at + 9, &fw->injection);
	fw->stored_boot_ns = sqlite3_column_int64(st, at + 10);
	fw->poisoned = sqlite3_column_int64(st, at + 11);
	fw->begun = (uint32_t)sqlite3_column_int64(st, at + 12);
}

static int each_event(struct journal_reader *r, sqlite3_stmt *st,
		      int (*fn)(void *arg, const struct host_event *e), void *arg,
		      struct ras_err *err)
{
	struct host_event e;
	int rc;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		load_event(st, &e);
		if (fn(arg, &e)) {
			rc = SQLITE_DONE;
			break;
		}
	}
	rc = rc == SQLITE_DONE ? 0 : journal_read_fail(r, err);
	sqlite3_reset(st);
	return rc;
}

int journal_reader_host_pending(struct journal_reader *r, size_t limit,
				int (*fn)(void *arg, const struct host_event *e), void *arg,
				struct ras_err *err)
{
	sqlite3_bind_int64(r->st[RD_HOST_PENDING], 1, (int64_t)limit);
	return each_event(r, r->st[RD_HOST_PENDING], fn, arg, err);
}

static int take_one(void *arg, const struct host_event *e)
{
	*(struct host_event *)arg = *e;
	return 1;
}

int journal_reader_host_row(struct journal_reader *r, int64_t row, struct host_event *out,
			    struct ras_err *err)
{
	struct host_event e = { .id = { { 0 } } };
	int ret;

	sqlite3_bind_int64(r->st[RD_HOST_ROW], 1, row);
	ret = each_event(r, r->st[RD_HOST_ROW], take_one, &e, err);
	if (ret)
		return ret;
	if (!e.seq)
		return ras_fail(err, RAS_E_NOT_FOUND, "no such event");
	*out = e;
	return 0;
}

int journal_reader_host_counts(struct journal_reader *r, const char *domain,
			       struct host_counts *out, struct ras_err *err)
{
	sqlite3_stmt *st = r->st[RD_HOST_COUNTS];
	struct host_counts c = { 0 };
	int rc;

	sqlite3_bind_text(st, 1, domain, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		c = (struct host_counts){ (uint64_t)sqlite3_column_int64(st, 0),
					  (uint64_t)sqlite3_column_int64(st, 1),
					  sqlite3_column_int64(st, 2) };
	sqlite3_reset(st);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return journal_read_fail(r, err);
	*out = c;
	return 0;
}

int journal_reader_host_settled(struct journal_reader *r, const char *domain, struct hpa from,
				struct gpa first, uint64_t len, int64_t *when_ns,
				struct ras_err *err)
{
	sqlite3_stmt *st = r->st[RD_HOST_SETTLED];
	int rc, ret = 0;

	sqlite3_bind_text(st, 1, domain, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, (int64_t)from.v);
	sqlite3_bind_int64(st, 3, (int64_t)(from.v + len));
	sqlite3_bind_text(st, 4, r->boot_id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 5, (int64_t)(first.v >> 12) - (int64_t)(from.v >> 12));
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*when_ns = sqlite3_column_int64(st, 0);
	else
		ret = rc == SQLITE_DONE ? ras_fail(err, RAS_E_NOT_FOUND, "not dealt with") :
					  journal_read_fail(r, err);
	sqlite3_reset(st);
	return ret;
}

int journal_reader_host_lost(struct journal_reader *r, const char *domain, int64_t since_ns,
			     struct host_event *out, struct ras_err *err)
{
	sqlite3_stmt *st = r->st[RD_HOST_LOST];
	int rc, ret = 0;

	sqlite3_bind_text(st, 1, domain, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, r->boot_id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 3, since_ns);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		load_event(st, out);
	else
		ret = rc == SQLITE_DONE ? ras_fail(err, RAS_E_NOT_FOUND, "no error was seen") :
					  journal_read_fail(r, err);
	sqlite3_reset(st);
	return ret;
}

int journal_reader_host_day(struct journal_reader *r, int64_t page_bytes, int64_t since_ns,
			    size_t limit, void (*fn)(void *arg, const struct host_day *d),
			    void *arg, struct ras_err *err)
{
	sqlite3_stmt *st = r->st[RD_HOST_DAY];
	int rc;

	sqlite3_bind_text(st, 1, r->boot_id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, page_bytes);
	sqlite3_bind_int64(st, 3, since_ns);
	sqlite3_bind_int64(st, 4, (int64_t)limit);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW)
		fn(arg, &(struct host_day){ .pfn = (uint64_t)sqlite3_column_int64(st, 0),
					    .corrected = (uint64_t)sqlite3_column_int64(st, 1),
					    .first_boot_ns = sqlite3_column_int64(st, 2),
					    .forwarded = sqlite3_column_int64(st, 3) });
	rc = rc == SQLITE_DONE ? 0 : journal_read_fail(r, err);
	sqlite3_reset(st);
	return rc;
}

int journal_reader_forward(struct journal_reader *r, const struct host_forward_key *key,
			   struct host_forward *out, struct ras_err *err)
{
	sqlite3_stmt *st = r->st[RD_FORWARD];
	int rc, ret = 0;

	sqlite3_bind_text(st, 1, key->boot_id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, (int64_t)key->pfn);
	sqlite3_bind_int64(st, 3, key->pid);
	sqlite3_bind_int64(st, 4, (int64_t)key->start_time);
	sqlite3_bind_int64(st, 5, (int64_t)key->gpa.v);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		load_forward(st, 0, out);
	else
		ret = rc == SQLITE_DONE ? ras_fail(err, RAS_E_NOT_FOUND, "not forwarded") :
					  journal_read_fail(r, err);
	sqlite3_reset(st);
	return ret;
}

int journal_reader_forwards_open(struct journal_reader *r,
				 int (*fn)(void *arg, const struct host_forward *fw,
					   const struct host_event *e),
				 void *arg, struct ras_err *err)
{
	sqlite3_stmt *st = r->st[RD_FORWARDS_OPEN];
	struct host_forward fw;
	struct host_event e;
	int rc;

	sqlite3_bind_text(st, 1, r->boot_id, -1, SQLITE_STATIC);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		load_event(st, &e);
		load_forward(st, N_EVENT, &fw);
		if (fn(arg, &fw, &e)) {
			rc = SQLITE_DONE;
			break;
		}
	}
	rc = rc == SQLITE_DONE ? 0 : journal_read_fail(r, err);
	sqlite3_reset(st);
	return rc;
}

/* Two lists in order of their numbers, merged. */
struct merge {
	struct journal_reader *r;
	sqlite3_stmt *st[2]; /* transitions, host events */
	int rc[2];
};

static void merge_begin(struct merge *m, struct journal_reader *r, uint64_t after, size_t limit)
{
	*m = (struct merge){ .r = r, .st = { r->st[RD_FEED], r->st[RD_HOST_NEWS] } };
	for (int i = 0; i < 2; i++) {
		sqlite3_bind_int64(m->st[i], 1, after > INT64_MAX ? INT64_MAX : (int64_t)after);
		sqlite3_bind_int64(m->st[i], 2, (int64_t)limit);
		m->rc[i] = sqlite3_step(m->st[i]);
	}
}

/* Which of the two is next; -1: none. */
static int merge_next(const struct merge *m)
{
	int col[2] = { 0, 1 }; /* of the number */
	int64_t seq[2];

	for (int i = 0; i < 2; i++)
		seq[i] =
			m->rc[i] == SQLITE_ROW ? sqlite3_column_int64(m->st[i], col[i]) : INT64_MAX;
	if (seq[0] == INT64_MAX && seq[1] == INT64_MAX)
		return -1;
	return seq[1] < seq[0];
}

static int merge_one(struct merge *m, int which, int (*fn)(void *arg, const struct journal_news *n),
		     void *arg, bool *stop, struct ras_err *err)
{
	struct journal_feed_entry entry;
	struct host_event event;
	struct journal_news n = { .seq = 0 };
	int ret = 0;

	if (which == 0) {
		ret = journal_load_entry(m->st[0], &entry, err);
		n.injection = &entry;
		n.seq = entry.seq;
	} else {
		load_event(m->st[1], &event);
		n.host = &event;
		n.seq = event.seq;
	}
	if (ret)
		return ret;
	*stop = fn(arg, &n);
	m->rc[which] = sqlite3_step(m->st[which]);
	return 0;
}

int journal_reader_news(struct journal_reader *r, uint64_t after, size_t limit,
			int (*fn)(void *arg, const struct journal_news *n), void *arg,
			struct ras_err *err)
{
	struct journal_feed_bounds bounds;
	struct merge m;
	bool stop = false;
	int which, ret = 0;

	merge_begin(&m, r, after, limit);
	for (size_t i = 0; i < limit && !stop && ret == 0 && (which = merge_next(&m)) >= 0; i++)
		ret = merge_one(&m, which, fn, arg, &stop, err);
	for (int i = 0; i < 2; i++) {
		if (ret == 0 && m.rc[i] != SQLITE_ROW && m.rc[i] != SQLITE_DONE)
			ret = journal_read_fail(r, err);
		sqlite3_reset(m.st[i]);
	}
	/* Read after the entries: what was deleted in between counts as missing, too. */
	if (ret == 0)
		ret = journal_reader_feed_bounds(r, &bounds, err);
	return ret ? ret : after < bounds.oldest - 1;
}
