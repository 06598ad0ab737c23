// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The journal's reading connection: index look-ups from the loop. It can never write (read-only
 * open, query_only) and every statement is reset before return, so that it does not keep the log
 * from starting over.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "journal/private.h"
#include "journal/reader.h"

#define FIRST_BOOT                                                               \
	"(SELECT boot_id FROM transition t WHERE t.injection = injection.rowid " \
	"ORDER BY seq LIMIT 1)"

#define COLUMNS                                                                            \
	"id, request_id, params_digest, peer_uid, peer_pid, domain, tag, qemu_pid, "       \
	"qemu_start_time, reset_count, gpa, severity, backend, source_id, record, state, " \
	"detail, created_real_ns, decided_real_ns, ack_ns, " FIRST_BOOT                    \
	", monitor, origin, origin_ref, read, place, ifnull(as_uid, peer_uid), "           \
	"guest_name, guest_uuid, guest_uid, hpa"

#define MIN_RECORD 20 /* a status block without entries */

static const char *const stmt_sql[RD_HOST_PENDING] = {
	[RD_GET] = "SELECT " COLUMNS " FROM injection WHERE id = ?1",
	[RD_FIND] = "SELECT " COLUMNS " FROM injection WHERE peer_uid = ?1 AND request_id = ?2",
	[RD_HAS_DOMAIN] = "SELECT " JOURNAL_HAS_DOMAIN,
	[RD_ROW] = "SELECT " COLUMNS " FROM injection WHERE rowid = ?1",
	[RD_TRANSITIONS] = "SELECT seq, id, domain, t.state, t.read, t_real_ns, t.detail "
			   "FROM injection i JOIN transition t ON t.injection = i.rowid "
			   "WHERE id = ?1 ORDER BY seq LIMIT ?2",
	[RD_IDS] = "SELECT id FROM injection WHERE id BETWEEN ?1 AND ?2 LIMIT 2",
	[RD_COUNT_INJECTIONS] = "SELECT origin, severity, state, n, 0, 0 FROM injection_count",
	[RD_COUNT_HOST] = "SELECT source, severity, decision, n, 0, 0 FROM host_event_count",
	[RD_COUNT_ACKS] = "SELECT '', '', '', n, le_ns, sum_ns FROM ack_count ORDER BY le_ns",
	[RD_IDENTITY] = "SELECT uuid FROM identity",
	[RD_UNDECIDED] =
		"SELECT " COLUMNS
		" FROM injection INDEXED BY injection_unlisted_by_time WHERE listed = 0 AND "
		"state IN ('intent','written') ORDER BY rowid LIMIT ?1",
	[RD_BEFORE] =
		"SELECT " COLUMNS " FROM injection INDEXED BY injection_place "
		"WHERE domain = ?1 AND qemu_pid = ?2 AND qemu_start_time = ?3 AND backend = ?5 AND "
		"source_id = ?6 AND state NOT IN ('intent','refused') AND " JOURNAL_PLACED " AND "
		"(place, rowid) < (SELECT place, rowid FROM injection WHERE id = ?4) "
		"ORDER BY place DESC, rowid DESC LIMIT 1",
	[RD_POISON] = "SELECT gpa, seen_real_ns, origin FROM poison WHERE domain = ?1 AND gpa > ?2 "
		      "ORDER BY gpa LIMIT ?3",
	[RD_POISON_COUNT] = "SELECT count(*) FROM poison WHERE domain = ?1",
	[RD_POISON_COUNT_FROM] =
		"SELECT count(*), max(gpa) FROM (SELECT gpa FROM poison WHERE domain = ?1 AND "
		"gpa >= ?2 ORDER BY gpa LIMIT ?3)",
	[RD_POISON_OF] = "SELECT boot_id, qemu_pid, qemu_start_time FROM poison_of"
			 " WHERE domain = ?1",
	[RD_POISON_HAS] = "SELECT count(*) FROM poison WHERE domain = ?1 AND gpa = ?2",
	[RD_FEED] = "SELECT seq, id, domain, t.state, t.read, t_real_ns, t.detail "
		    "FROM transition t JOIN injection i ON i.rowid = t.injection "
		    "WHERE seq > ?1 ORDER BY seq LIMIT ?2",
	[RD_BOUNDS] = "SELECT deleted_seq + 1, max(deleted_seq, "
		      "(SELECT ifnull(max(seq), 0) FROM transition), "
		      "(SELECT ifnull(max(seq), 0) FROM host_event)) FROM retention",
	[RD_CURSOR] = "SELECT source, position FROM cursor WHERE source = ?1",
};

int journal_read_fail(struct journal_reader *r, struct ras_err *err)
{
	return ras_fail(err, RAS_E_JOURNAL, "journal: cannot read: %s", sqlite3_errmsg(r->db));
}

int journal_reader_open(struct journal_reader **out, const char *dir, struct ras_err *err)
{
	_free_ char *path = NULL;
	struct journal_reader *r = calloc(1, sizeof(*r));
	int ret = 0;

	if (!r || asprintf(&path, "%s/journal.db", dir) < 0) {
		path = NULL;
		free(r);
		return ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
	}
	clock_boot_id(r->boot_id);
	if (sqlite3_open_v2(path, &r->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) ||
	    sqlite3_exec(r->db, "PRAGMA query_only = ON; PRAGMA cache_size = -512", NULL, NULL,
			 NULL))
		ret = journal_read_fail(r, err);
	for (int i = 0; ret == 0 && i < RD__MAX; i++) {
		const char *sql = i < RD_HOST_PENDING ? stmt_sql[i] :
				  i < RD_PAGE_TIME    ? journal_host_read_sql[i - RD_HOST_PENDING] :
							journal_page_sql[i - RD_PAGE_TIME];

		if (sqlite3_prepare_v3(r->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &r->st[i],
				       NULL) != SQLITE_OK)
			ret = journal_read_fail(r, err);
	}
	if (ret == 0 && sqlite3_step(r->st[RD_IDENTITY]) == SQLITE_ROW)
		journal_column_id(r->st[RD_IDENTITY], 0, &r->identity);
	if (ret) {
		journal_reader_close(r);
		return ret;
	}
	sqlite3_reset(r->st[RD_IDENTITY]);
	*out = r;
	return 0;
}

void journal_reader_close(struct journal_reader *r)
{
	if (!r)
		return;
	for (int i = 0; i < RD__MAX; i++)
		sqlite3_finalize(r->st[i]);
	sqlite3_close(r->db);
	free(r);
}

void journal_column(sqlite3_stmt *st, int col, char *out, size_t size)
{
	const unsigned char *s = sqlite3_column_text(st, col);

	utf8_copy(out, size, s ? (const char *)s : "", s ? strlen((const char *)s) : 0);
}

bool journal_column_id(sqlite3_stmt *st, int col, struct uuid *out)
{
	if (sqlite3_column_bytes(st, col) != (int)sizeof(out->b))
		return false;
	memcpy(out->b, sqlite3_column_blob(st, col), sizeof(out->b));
	return true;
}

/* The file may have been edited by hand: everything is bounded, nothing is believed. */
static int load_row(const struct journal_reader *r, sqlite3_stmt *st, struct journal_row *row,
		    struct ras_err *err)
{
	char boot_id[UUID_TEXT_SIZE];
	const void *id = sqlite3_column_blob(st, 0), *record = sqlite3_column_blob(st, 14);
	int id_len = sqlite3_column_bytes(st, 0), len = sqlite3_column_bytes(st, 14);

	memset(row, 0, sizeof(*row));
	row->outcome.state = inj_state_parse((const char *)sqlite3_column_text(st, 15));
	row->asked.origin = origin_parse((const char *)sqlite3_column_text(st, 22));
	row->outcome.read = record_read_parse((const char *)sqlite3_column_text(st, 24));
	if (!id || id_len != (int)sizeof(row->id.b) || len < MIN_RECORD ||
	    len > JOURNAL_MAX_RECORD || row->outcome.state == INJ__MAX ||
	    row->asked.origin == ORIGIN__MAX || row->outcome.read == READ__MAX)
		return ras_fail(err, RAS_E_JOURNAL, "journal: a row is damaged");
	memcpy(row->id.b, id, sizeof(row->id.b));
	if (record && len)
		memcpy(row->record, record, (size_t)len);
	row->record_len = (size_t)len;
	journal_column(st, 1, row->asked.request_id, sizeof(row->asked.request_id));
	journal_column(st, 2, row->asked.params_digest, sizeof(row->asked.params_digest));
	row->asked.uid = (uid_t)sqlite3_column_int64(st, 3);
	row->asked.pid = (pid_t)sqlite3_column_int64(st, 4);
	journal_column(st, 5, row->target.domain, sizeof(row->target.domain));
	journal_column(st, 6, row->asked.tag, sizeof(row->asked.tag));
	row->gen.pid = (pid_t)sqlite3_column_int64(st, 7);
	row->gen.start_time = (uint64_t)sqlite3_column_int64(st, 8);
	row->gen.reset_count = (uint64_t)sqlite3_column_int64(st, 9);
	row->target.gpa.v = (uint64_t)sqlite3_column_int64(st, 10);
	journal_column(st, 11, row->severity, sizeof(row->severity));
	journal_column(st, 12, row->target.backend, sizeof(row->target.backend));
	row->target.source_id = (uint32_t)sqlite3_column_int64(st, 13);
	journal_column(st, 16, row->outcome.detail, sizeof(row->outcome.detail));
	row->created_real_ns = sqlite3_column_int64(st, 17);
	row->outcome.decided_real_ns = sqlite3_column_int64(st, 18);
	row->outcome.ack_ns = sqlite3_column_int64(st, 19);
	journal_column(st, 20, boot_id, sizeof(boot_id));
	row->other_boot = strcmp(boot_id, r->boot_id) != 0;
	journal_column(st, 21, row->target.monitor, sizeof(row->target.monitor));
	journal_column(st, 23, row->asked.origin_ref, sizeof(row->asked.origin_ref));
	row->place = sqlite3_column_int64(st, 25);
	row->asked.as_uid = (uid_t)sqlite3_column_int64(st, 26);
	journal_column(st, 27, row->guest.name, sizeof(row->guest.name));
	row->guest.has_uuid = journal_column_id(st, 28, &row->guest.uuid);
	row->guest.uid = sqlite3_column_int64(st, 29);
	row->target.has_hpa = sqlite3_column_type(st, 30) != SQLITE_NULL;
	row->target.hpa.v = (uint64_t)sqlite3_column_int64(st, 30);
	return 0;
}

/* Step a bound statement to its only row; out is written only on success. */
static int one_row(struct journal_reader *r, sqlite3_stmt *st, struct journal_row *out,
		   struct ras_err *err)
{
	int rc = sqlite3_step(st), ret;
	struct journal_row row;

	if (rc == SQLITE_ROW) {
		ret = load_row(r, st, &row, err);
		if (ret == 0)
			*out = row;
	} else if (rc == SQLITE_DONE) {
		ret = ras_fail(err, RAS_E_NOT_FOUND, "no such injection");
	} else {
		ret = journal_read_fail(r, err);
	}
	sqlite3_reset(st);
	return ret;
}

int journal_reader_get(struct journal_reader *r, const struct uuid *id, struct journal_row *out,
		       struct ras_err *err)
{
	sqlite3_stmt *st = r->st[RD_GET];

	sqlite3_bind_blob(st, 1, id->b, sizeof(id->b), SQLITE_STATIC);
	return one_row(r, st, out, err);
}

int journal_reader_only_id(struct journal_reader *r, const struct uuid *from, const struct uuid *to,
			   struct uuid *out, struct ras_err *err)
{
	sqlite3_stmt *st = r->st[RD_IDS];
	int rc, n = 0;

	sqlite3_bind_blob(st, 1, from->b, sizeof(from->b), SQLITE_STATIC);
	sqlite3_bind_blob(st, 2, to->b, sizeof(to->b), SQLITE_STATIC);
	while ((rc = sqlite3_step(st)) == SQLITE_ROW && journal_column_id(st, 0, out))
		n++;
	sqlite3_reset(st);
	if (rc != SQLITE_DONE)
		return journal_read_fail(r, err);
	if (n == 1)
		return 0;
	if (!n)
		return ras_fail(err, RAS_E_NOT_FOUND, "no such injection");
	ras_fail(err, RAS_E_PARAMS, "the ids of several injections begin so");
	return ras_hint(err, "give more of it");
}

int journal_reader_row(struct journal_reader *r, int64_t row, struct journal_row *out,
		       struct ras_err *err)
{
	sqlite3_bind_int64(r->st[RD_ROW], 1, row);
	return one_row(r, r->st[RD_ROW], out, err);
}

int journal_reader_find(struct journal_reader *r, uid_t uid, const char *request_id,
			struct journal_row *out, struct ras_err *err)
{
	sqlite3_stmt *st = r->st[RD_FIND];

	sqlite3_bind_int64(st, 1, uid);
	sqlite3_bind_text(st, 2, request_id, -1, SQLITE_STATIC);
	return one_row(r, st, out, err);
}

/* Every row of a bound statement, until fn says stop. */
static int each_row(struct journal_reader *r, sqlite3_stmt *st,
		    int (*fn)(void *arg, struct journal_row *row), void *arg, struct ras_err *err)
{
	struct journal_row row;
	int rc, ret = 0;

	while ((rc = sqlite3_step(st)) == SQLITE_ROW) {
		ret = load_row(r, st, &row, err);
		if (ret || fn(arg, &row)) {
			rc = SQLITE_DONE;
			break;
		}
	}
	if (rc != SQLITE_DONE)
		ret = journal_read_fail(r, err);
	sqlite3_reset(st);
	return ret;
}

int journal_reader_undecided(struct journal_reader *r,
			     int (*fn)(void *arg, struct journal_row *row), void *arg,
			     struct ras_err *err)
{
	sqlite3_bind_int64(r->st[RD_UNDECIDED], 1, INT32_MAX);
	return each_row(r, r->st[RD_UNDECIDED], fn, arg, err);
}

int journal_reader_sent_before(struct journal_reader *r, const struct journal_row *row,
			       struct journal_row *out, struct ras_err *err)
{
	sqlite3_stmt *st = r->st[RD_BEFORE];

	sqlite3_bind_text(st, 1, row->target.domain, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 2, row->gen.pid);
	sqlite3_bind_int64(st, 3, (int64_t)row->gen.start_time);
	sqlite3_bind_blob(st, 4, row->id.b, sizeof(row->id.b), SQLITE_STATIC);
	sqlite3_bind_text(st, 5, row->target.backend, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 6, row->target.source_id);
	return one_row(r, st, out, err);
}
