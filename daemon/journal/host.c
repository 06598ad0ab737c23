// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Host events as the writer stores them.
 *
 * A decided event never changes, but for the injection that it names: where a record was refused
 * before it was written, the page is forwarded again by another injection. The key of a forward is
 * looked up inside the transaction, so that two reports of one error cannot both be forwarded,
 * whatever the loop believes.
 */
#include "journal/host.h"

#include <string.h>

#include "base/clock.h"
#include "journal/private.h"
#include "journal/reader.h"

static const char *const decision_names[HOST__MAX] = {
	[HOST_PENDING] = "pending",	  [HOST_FORWARDED] = "forwarded",
	[HOST_COUNTED] = "counted",	  [HOST_NOT_GRANTED] = "not-granted",
	[HOST_GUEST_TOLD] = "guest-told", [HOST_CONSUMED] = "consumed",
	[HOST_SAME] = "same-error",	  [HOST_SECONDARY] = "secondary",
	[HOST_STALE] = "stale",		  [HOST_NO_GUEST] = "no-guest",
	[HOST_UNPROVED] = "unproved",	  [HOST_NO_ADDRESS] = "no-address",
	[HOST_NOTED] = "noted",		  [HOST_OWN] = "own-error",
	[HOST_FAILED] = "failed",	  [HOST_STORM] = "storm",
};

const char *host_decision_name(enum host_decision d)
{
	return (unsigned int)d < HOST__MAX ? decision_names[d] : "unknown";
}

enum host_decision host_decision_parse(const char *word)
{
	unsigned int i = 0;

	while (i < HOST__MAX && (!word || strcmp(word, decision_names[i]) != 0))
		i++;
	return (enum host_decision)i;
}

#define AT(stmt) ((stmt)-ST_HOST_FIND)
#define KEY                                                                    \
	"boot_id = ?1 AND pfn = ?2 AND qemu_pid = ?3 AND qemu_start_time = ?4" \
	" AND gpa = ?7"

const char *const journal_host_sql[] = {
	[AT(ST_HOST_FIND)] = "SELECT rowid, decision FROM host_event WHERE id = ?1",
	[AT(ST_HOST_INSERT)] =
		"INSERT INTO host_event(id, source, report, kind, severity, boot_id, boot_ns,"
		" real_ns, flags, hpa, len_bytes, count, label, detail, seq, decision, reason,"
		" domain, gpa, pages, injection, corrected, uncorrected, decided_real_ns)"
		" VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,"
		" CASE WHEN ?15 = 'pending' THEN NULL ELSE " JOURNAL_NEXT_SEQ " END,"
		" ?15,?16,?17,?18,?19,?20,?21,?22,?23)",
	[AT(ST_HOST_DECIDE)] =
		"UPDATE host_event SET seq = " JOURNAL_NEXT_SEQ ", label = ?13,"
		" decision = ?15, reason = ?16, domain = ?17, gpa = ?18, pages = ?19,"
		" injection = ?20, corrected = ?21, uncorrected = ?22,"
		" decided_real_ns = ?23 WHERE id = ?1",
	[AT(ST_HOST_INJECTION)] =
		"UPDATE host_event SET injection = ?2 WHERE id = ?1 AND injection = ?3",
	[AT(ST_HOST_COUNT)] = "INSERT INTO host_count(domain, corrected, uncorrected, last_real_ns)"
			      " VALUES(?1,?2,?3,?4) ON CONFLICT(domain) DO UPDATE SET"
			      " corrected = corrected + excluded.corrected,"
			      " uncorrected = uncorrected + excluded.uncorrected,"
			      " last_real_ns = excluded.last_real_ns",
	[AT(ST_FORWARD_FIND)] = "SELECT event, done, injection, (SELECT state FROM injection i"
				" WHERE i.id = forward.injection) FROM forward WHERE " KEY,
	[AT(ST_FORWARD_INSERT)] =
		"INSERT INTO forward(boot_id, pfn, qemu_pid, qemu_start_time, event, domain, gpa,"
		" pages, done, injection, stored_boot_ns, poisoned, begun)"
		" VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13)",
	[AT(ST_FORWARD_UPDATE)] = "UPDATE forward SET done = ?9, injection = ?10,"
				  " stored_boot_ns = ?11, begun = ?13 WHERE " KEY,
	[AT(ST_FORWARD_SEEN)] = "UPDATE forward SET poisoned = 1 WHERE " KEY,
	/* Of the oldest 16 rows those that are too old, or too many; never the newest. */
	[AT(ST_HOST_OLD)] =
		"SELECT ifnull(max(seq), 0) FROM (SELECT seq, decided_real_ns,"
		" (SELECT max(seq) FROM host_event) AS newest,"
		" (SELECT max(rowid) FROM host_event) - (SELECT min(rowid) FROM host_event) >= ?2"
		" AS many"
		" FROM host_event WHERE seq IS NOT NULL ORDER BY seq LIMIT 16)"
		" WHERE seq < newest AND decided_real_ns < ?3 AND (decided_real_ns < ?1 OR many)",
	[AT(ST_HOST_DELETED)] = "UPDATE retention SET deleted_seq = max(deleted_seq, ?1)",
	[AT(ST_HOST_DELETE)] = "DELETE FROM host_event WHERE seq <= ?1",
	[AT(ST_FORWARD_GONE)] = "DELETE FROM forward WHERE poisoned = 1 AND " KEY,
};

static int host_fail(struct journal_db *d, const char *what, struct ras_err *err)
{
	return ras_fail(err, RAS_E_JOURNAL, "journal: cannot store %s: %s", what,
			sqlite3_errmsg(d->db));
}

static int run(struct journal_db *d, enum db_stmt at, const char *what, struct ras_err *err)
{
	int rc = sqlite3_step(d->st[at]);

	sqlite3_reset(d->st[at]);
	return rc == SQLITE_DONE ? 0 : host_fail(d, what, err);
}

static void bind_str(sqlite3_stmt *st, int at, const char *s, size_t size)
{
	sqlite3_bind_text(st, at, s, (int)strnlen(s, size), SQLITE_STATIC);
}

static void bind_id(sqlite3_stmt *st, int at, const struct uuid *id)
{
	sqlite3_bind_blob(st, at, id->b, sizeof(id->b), SQLITE_STATIC);
}

static void bind_seen(sqlite3_stmt *st, const struct host_seen *s)
{
	bind_str(st, 2, s->source, sizeof(s->source));
	bind_str(st, 3, s->report, sizeof(s->report));
	bind_str(st, 4, s->kind, sizeof(s->kind));
	bind_str(st, 5, s->severity, sizeof(s->severity));
	bind_str(st, 6, s->boot_id, sizeof(s->boot_id));
	sqlite3_bind_int64(st, 7, s->boot_ns);
	sqlite3_bind_int64(st, 8, s->real_ns);
	sqlite3_bind_int64(st, 9,
			   (s->catch_up ? HOST_FLAG_CATCH_UP : 0) |
				   (s->action_required ? HOST_FLAG_ACTION_REQUIRED : 0) |
				   (s->no_struct_page ? HOST_FLAG_NO_STRUCT_PAGE : 0));
	if (s->has_hpa)
		sqlite3_bind_int64(st, 10, (int64_t)s->hpa.v);
	else
		sqlite3_bind_null(st, 10);
	sqlite3_bind_int64(st, 11, (int64_t)s->len_bytes);
	sqlite3_bind_int64(st, 12, (int64_t)s->count);
	bind_str(st, 14, s->detail, sizeof(s->detail));
}

static void bind_verdict(sqlite3_stmt *st, const struct host_verdict *v)
{
	sqlite3_bind_text(st, 15, host_decision_name(v->decision), -1, SQLITE_STATIC);
	bind_str(st, 16, v->reason, sizeof(v->reason));
	bind_str(st, 17, v->domain, sizeof(v->domain));
	if (v->has_gpa)
		sqlite3_bind_int64(st, 18, (int64_t)v->gpa.v);
	else
		sqlite3_bind_null(st, 18);
	sqlite3_bind_int64(st, 19, v->pages);
	if (v->has_injection)
		bind_id(st, 20, &v->injection);
	else
		sqlite3_bind_null(st, 20);
	sqlite3_bind_int64(st, 21, (int64_t)v->corrected);
	sqlite3_bind_int64(st, 22, (int64_t)v->uncorrected);
	sqlite3_bind_int64(st, 23, v->decided_real_ns);
}

static int add_counts(struct journal_db *d, const struct host_verdict *v, struct ras_err *err)
{
	sqlite3_stmt *st = d->st[ST_HOST_COUNT];

	if (!v->domain[0] || (!v->corrected && !v->uncorrected))
		return 0;
	bind_str(st, 1, v->domain, sizeof(v->domain));
	sqlite3_bind_int64(st, 2, (int64_t)v->corrected);
	sqlite3_bind_int64(st, 3, (int64_t)v->uncorrected);
	sqlite3_bind_int64(st, 4, v->decided_real_ns);
	return run(d, ST_HOST_COUNT, "a counter", err);
}

static int store_event(struct journal_db *d, const struct host_event *e, struct ras_err *err)
{
	sqlite3_stmt *find = d->st[ST_HOST_FIND];
	bool known, decided;
	enum db_stmt at;
	int rc;

	bind_id(find, 1, &e->id);
	rc = sqlite3_step(find);
	known = rc == SQLITE_ROW;
	decided = known &&
		  host_decision_parse((const char *)sqlite3_column_text(find, 1)) != HOST_PENDING;
	sqlite3_reset(find);
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		return host_fail(d, "a host event", err);
	if (decided || (known && e->verdict.decision == HOST_PENDING))
		return 0;
	at = known ? ST_HOST_DECIDE : ST_HOST_INSERT;
	bind_id(d->st[at], 1, &e->id);
	if (!known)
		bind_seen(d->st[at], &e->seen);
	bind_str(d->st[at], 13, e->seen.label, sizeof(e->seen.label));
	bind_verdict(d->st[at], &e->verdict);
	rc = run(d, at, "a host event", err);
	return rc == 0 ? add_counts(d, &e->verdict, err) : rc;
}

static void bind_key(sqlite3_stmt *st, const struct host_forward_key *k)
{
	bind_str(st, 1, k->boot_id, sizeof(k->boot_id));
	sqlite3_bind_int64(st, 2, (int64_t)k->pfn);
	sqlite3_bind_int64(st, 3, k->pid);
	sqlite3_bind_int64(st, 4, (int64_t)k->start_time);
	sqlite3_bind_int64(st, 7, (int64_t)k->gpa.v);
}

/* The forward of a key as it is stored. */
struct stored {
	bool known, refused;
	struct uuid event, injection;
	uint32_t done;
};

static int find_forward(struct journal_db *d, const struct host_forward_key *key,
			struct stored *out, struct ras_err *err)
{
	sqlite3_stmt *st = d->st[ST_FORWARD_FIND];
	int rc;

	*out = (struct stored){ 0 };
	bind_key(st, key);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		out->known = true;
		journal_column_id(st, 0, &out->event);
		out->done = (uint32_t)sqlite3_column_int64(st, 1);
		journal_column_id(st, 2, &out->injection);
		out->refused =
			inj_state_parse((const char *)sqlite3_column_text(st, 3)) == INJ_REFUSED;
	}
	sqlite3_reset(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : host_fail(d, "a forward", err);
}

int journal_db_may_forward(struct journal_db *d, const struct host_forward *fw, struct ras_err *err)
{
	struct stored s;
	int ret = find_forward(d, &fw->key, &s, err);

	if (ret || !s.known)
		return ret;
	/* The next block of the same forward, or the same once more: nothing was written. */
	if (uuid_equal(&s.event, &fw->event) && (fw->begun >= s.done || s.refused))
		return 0;
	ras_fail(err, RAS_E_REQUEST_ID, "host page 0x%llx was forwarded to this QEMU before",
		 (unsigned long long)fw->key.pfn);
	return ras_field(err, "hpa");
}

static int store_forward(struct journal_db *d, const struct host_forward *fw, struct ras_err *err)
{
	enum db_stmt at;
	struct stored s;
	int ret = find_forward(d, &fw->key, &s, err);

	if (ret)
		return ret;
	at = s.known ? ST_FORWARD_UPDATE : ST_FORWARD_INSERT;
	bind_key(d->st[at], &fw->key);
	if (!s.known) {
		bind_id(d->st[at], 5, &fw->event);
		bind_str(d->st[at], 6, fw->domain, sizeof(fw->domain));
		sqlite3_bind_int64(d->st[at], 8, fw->pages);
		sqlite3_bind_int64(d->st[at], 12, fw->poisoned);
	}
	sqlite3_bind_int64(d->st[at], 9, fw->done);
	bind_id(d->st[at], 10, &fw->injection);
	sqlite3_bind_int64(d->st[at], 11, fw->stored_boot_ns);
	sqlite3_bind_int64(d->st[at], 13, fw->begun);
	ret = run(d, at, "a forward", err);
	if (ret || !s.refused)
		return ret;
	bind_id(d->st[ST_HOST_INJECTION], 1, &fw->event);
	bind_id(d->st[ST_HOST_INJECTION], 2, &fw->injection);
	bind_id(d->st[ST_HOST_INJECTION], 3, &s.injection);
	return run(d, ST_HOST_INJECTION, "a host event", err);
}

int journal_db_host(struct journal_db *d, const struct host_item *h, struct ras_err *err)
{
	enum db_stmt at = h->gone ? ST_FORWARD_GONE : ST_FORWARD_SEEN;
	int ret = 0;

	if (h->seen || h->gone) {
		bind_key(d->st[at], &h->forward.key);
		return run(d, at, "a forward", err);
	}
	if (h->has_event)
		ret = store_event(d, &h->event, err);
	if (ret == 0 && h->has_forward)
		ret = store_forward(d, &h->forward, err);
	return ret;
}

void journal_db_host_begin(struct journal_db *d)
{
	sqlite3_stmt *st = NULL;

	if (sqlite3_prepare_v2(d->db, "DELETE FROM forward WHERE boot_id <> ?1", -1, &st, NULL) ==
	    SQLITE_OK) {
		bind_str(st, 1, d->boot_id, sizeof(d->boot_id));
		sqlite3_step(st);
	}
	sqlite3_finalize(st);
}
