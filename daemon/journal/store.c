// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the writing connection stores: intents, transitions, cursors, imports.
 *
 * An injection's state is stored twice: as its newest transition and, for look-ups, in its row.
 * Both change in one transaction, so they never disagree. Whether a state may follow the stored one
 * is decided in that transaction, too. A state that the loop read before may be out of date: a
 * transition in the queue can overtake it.
 */
#include <string.h>

#include "base/utf8.h"
#include "journal/private.h"

static const char *const stmt_sql[DB_ST__MAX] = {
	[ST_BEGIN] = "BEGIN IMMEDIATE",
	[ST_COMMIT] = "COMMIT",
	[ST_ROLLBACK] = "ROLLBACK",
	[ST_INTENT] =
		"INSERT INTO injection(id, request_id, params_digest, peer_uid, peer_pid, domain,"
		" tag, qemu_pid, qemu_start_time, reset_count, gpa, severity, backend, source_id,"
		" record, detail, created_real_ns, decided_real_ns, monitor, origin, origin_ref,"
		" place, as_uid, guest_name, guest_uuid, guest_uid, hpa, state, ack_ns, listed)"
		" VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?17,?18,?19,"
		"?20,?21,?22,?23,?24,?25,?26,'intent',0,0)",
	[ST_FIND] = "SELECT rowid, state, decided_real_ns, detail FROM injection "
		    "WHERE id = ?1",
	[ST_TRANSITION] =
		"INSERT INTO transition(seq, injection, state, read, t_real_ns, t_boot_ns, boot_id,"
		" detail) VALUES(" JOURNAL_NEXT_SEQ ",?1,?2,?3,?4,?5,?6,?7)",
	[ST_UPDATE] = "UPDATE injection SET state = ?2, read = ?3, detail = ?4, ack_ns = ?5,"
		      " decided_real_ns = ?6 WHERE rowid = ?1",
	[ST_RECORD] = "SELECT domain, record, id, qemu_pid, qemu_start_time, (SELECT boot_id"
		      " FROM transition t WHERE t.injection = i.rowid ORDER BY seq LIMIT 1)"
		      " FROM injection i WHERE rowid = ?1",
	[ST_POISON] = journal_poison_insert,
	[ST_POISON_OF] = "SELECT boot_id, qemu_pid, qemu_start_time FROM poison_of WHERE"
			 " domain = ?1",
	[ST_POISON_OF_PUT] = "INSERT INTO poison_of(domain, boot_id, qemu_pid, qemu_start_time)"
			     " VALUES(?1,?2,?3,?4) ON CONFLICT(domain) DO UPDATE SET"
			     " boot_id = excluded.boot_id, qemu_pid = excluded.qemu_pid,"
			     " qemu_start_time = excluded.qemu_start_time",
	[ST_POISON_ANY] = "SELECT EXISTS(SELECT 1 FROM poison WHERE domain = ?1) OR"
			  " " JOURNAL_HAS_DOMAIN,
	[ST_POISON_CLEAR] = "DELETE FROM poison WHERE domain = ?1",
	[ST_CURSOR] = "INSERT INTO cursor(source, position) VALUES(?1,?2) "
		      "ON CONFLICT(source) DO UPDATE SET position = excluded.position",
	[ST_COUNTS] = "SELECT newest, counted + newest - counted_rowid, deleted_seq FROM retention,"
		      " (SELECT ifnull(max(rowid), 0) AS newest FROM injection)",
	[ST_OLD] = "SELECT rowid, created_real_ns, decided_real_ns, state <> 'refused' AND ?3 ="
		   " (SELECT boot_id FROM transition t WHERE t.injection = i.rowid ORDER BY seq"
		   " LIMIT 1),"
		   " domain, qemu_pid, qemu_start_time, backend, source_id, state FROM injection i"
		   " WHERE rowid > ?1 ORDER BY rowid LIMIT ?2",
	[ST_LATER_SENT] =
		"SELECT 1 FROM (SELECT qemu_pid, qemu_start_time, backend, source_id, state"
		" FROM injection INDEXED BY injection_place WHERE domain = ?2 AND " JOURNAL_PLACED
		" AND (place, rowid) > (SELECT place, rowid FROM injection WHERE rowid = ?1)"
		" ORDER BY place, rowid LIMIT ?7)"
		" WHERE qemu_pid = ?3 AND qemu_start_time = ?4 AND backend = ?5 AND source_id = ?6"
		" AND state NOT IN ('intent','refused') LIMIT 1",
	[ST_LAST_SEQ] = "SELECT ifnull(max(seq), 0) FROM transition WHERE injection = ?1",
	[ST_PERMIT] = "UPDATE retention SET permit = ?1",
	[ST_DELETE_TRANSITIONS] = "DELETE FROM transition WHERE injection = ?1",
	[ST_DELETE_INJECTION] = "DELETE FROM injection WHERE rowid = ?1",
	[ST_COUNTED] = "UPDATE retention SET deleted_seq = ?1, counted = ?2, counted_rowid = ?3",
	[ST_LIST] = "UPDATE injection SET listed = 1 WHERE rowid IN (SELECT rowid FROM injection"
		    " INDEXED BY injection_unlisted_by_time WHERE listed = 0 AND"
		    " state NOT IN ('intent','written') ORDER BY created_real_ns LIMIT ?1)",
};

int journal_db_prepare(struct journal_db *d, struct ras_err *err)
{
	for (int i = 0; i < DB_ST__MAX; i++) {
		const char *sql = i >= ST_HOST_FIND && i <= ST_HOST_DELETE ?
					  journal_host_sql[i - ST_HOST_FIND] :
					  stmt_sql[i];

		if (sqlite3_prepare_v3(d->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &d->st[i],
				       NULL) != SQLITE_OK)
			return ras_fail(err, RAS_E_JOURNAL, "journal: cannot prepare: %s",
					sqlite3_errmsg(d->db));
	}
	return 0;
}

static int store_fail(struct journal_db *d, const char *what, struct ras_err *err)
{
	return ras_fail(err, RAS_E_JOURNAL, "journal: cannot store %s: %s", what,
			sqlite3_errmsg(d->db));
}

/* Run a statement that returns no rows and make it ready for the next use. */
static int run(sqlite3_stmt *st)
{
	int rc = sqlite3_step(st);

	sqlite3_reset(st);
	return rc;
}

/* What is no UTF-8, such as a text that was cut, is stored as it would be shown. */
static void bind_str(sqlite3_stmt *st, int at, const char *s, size_t size)
{
	char copy[4 * sizeof(((struct journal_row *)0)->outcome.detail)];
	size_t len = strnlen(s, size);

	if (utf8_is_valid(s, len)) {
		sqlite3_bind_text(st, at, s, (int)len, SQLITE_STATIC);
	} else {
		utf8_copy(copy, sizeof(copy), s, len);
		sqlite3_bind_text(st, at, copy, -1, SQLITE_TRANSIENT);
	}
}

static int add_transition(struct journal_db *d, int64_t rowid, const struct journal_step *c,
			  struct ras_err *err)
{
	sqlite3_stmt *st = d->st[ST_TRANSITION];

	sqlite3_bind_int64(st, 1, rowid);
	sqlite3_bind_text(st, 2, inj_state_name(c->state), -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 3, record_read_name(c->read), -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 4, c->real_ns);
	sqlite3_bind_int64(st, 5, c->boot_ns);
	sqlite3_bind_text(st, 6, d->boot_id, -1, SQLITE_STATIC);
	bind_str(st, 7, c->detail, sizeof(c->detail));
	if (run(st) != SQLITE_DONE)
		return store_fail(d, "a transition", err);
	d->in_transaction.newest_seq = sqlite3_last_insert_rowid(d->db);
	return 0;
}

static void bind_row(sqlite3_stmt *st, const struct journal_row *row)
{
	sqlite3_bind_blob(st, 1, row->id.b, sizeof(row->id.b), SQLITE_STATIC);
	bind_str(st, 2, row->asked.request_id, sizeof(row->asked.request_id));
	bind_str(st, 3, row->asked.params_digest, sizeof(row->asked.params_digest));
	sqlite3_bind_int64(st, 4, row->asked.uid);
	sqlite3_bind_int64(st, 5, row->asked.pid);
	bind_str(st, 6, row->target.domain, sizeof(row->target.domain));
	bind_str(st, 7, row->asked.tag, sizeof(row->asked.tag));
	sqlite3_bind_int64(st, 8, row->gen.pid);
	sqlite3_bind_int64(st, 9, (int64_t)row->gen.start_time);
	sqlite3_bind_int64(st, 10, (int64_t)row->gen.reset_count);
	sqlite3_bind_int64(st, 11, (int64_t)row->target.gpa.v);
	bind_str(st, 12, row->severity, sizeof(row->severity));
	bind_str(st, 13, row->target.backend, sizeof(row->target.backend));
	sqlite3_bind_int64(st, 14, row->target.source_id);
	sqlite3_bind_blob(st, 15, row->record, (int)row->record_len, SQLITE_STATIC);
	bind_str(st, 16, row->outcome.detail, sizeof(row->outcome.detail));
	sqlite3_bind_int64(st, 17, row->created_real_ns);
	bind_str(st, 18, row->target.monitor, sizeof(row->target.monitor));
	sqlite3_bind_text(st, 19, origin_name(row->asked.origin), -1, SQLITE_STATIC);
	bind_str(st, 20, row->asked.origin_ref, sizeof(row->asked.origin_ref));
	sqlite3_bind_int64(st, 21, row->place);
	if (row->asked.as_uid == row->asked.uid)
		sqlite3_bind_null(st, 22);
	else
		sqlite3_bind_int64(st, 22, row->asked.as_uid);
	bind_str(st, 23, row->guest.name, sizeof(row->guest.name));
	sqlite3_bind_blob(st, 24, row->guest.has_uuid ? row->guest.uuid.b : NULL,
			  sizeof(row->guest.uuid.b), SQLITE_STATIC);
	sqlite3_bind_int64(st, 25, row->guest.uid);
	if (row->target.has_hpa)
		sqlite3_bind_int64(st, 26, (int64_t)row->target.hpa.v);
	else
		sqlite3_bind_null(st, 26);
}

int journal_db_intent(struct journal_db *d, const struct journal_row *row, int64_t boot_ns,
		      struct ras_err *err)
{
	struct journal_step first = { .id = row->id,
				      .state = INJ_INTENT,
				      .real_ns = row->created_real_ns,
				      .boot_ns = boot_ns };
	int rc;

	bind_row(d->st[ST_INTENT], row);
	rc = run(d->st[ST_INTENT]);
	if (rc == SQLITE_CONSTRAINT_UNIQUE && strstr(sqlite3_errmsg(d->db), "request_id")) {
		ras_fail(err, RAS_E_REQUEST_ID, "request id '%.63s' was used before",
			 row->asked.request_id);
		return ras_field(err, "request_id");
	}
	if (rc != SQLITE_DONE)
		return store_fail(d, "the intent", err);
	memcpy(first.detail, row->outcome.detail, sizeof(first.detail));
	if (d->in_transaction.rows++ == 0)
		d->in_transaction.oldest_real_ns = row->created_real_ns;
	d->in_transaction.undecided++;
	return add_transition(d, sqlite3_last_insert_rowid(d->db), &first, err);
}

/* The guest has heard of it: the pages that its kernel took out of use are bad from now on. */
static int learned(struct journal_db *d, int64_t rowid, int64_t real_ns, struct ras_err *err)
{
	sqlite3_stmt *st = d->st[ST_RECORD];
	struct poison_of of = { .pid = 0 };
	const unsigned char *text;
	bool ok = false;
	int ret;

	sqlite3_bind_int64(st, 1, rowid);
	if (sqlite3_step(st) != SQLITE_ROW) {
		ret = store_fail(d, "bad pages", err);
		sqlite3_reset(st);
		return ret;
	}
	of.pid = (pid_t)sqlite3_column_int64(st, 3);
	of.start_time = (uint64_t)sqlite3_column_int64(st, 4);
	text = sqlite3_column_text(st, 5);
	snprintf(of.boot_id, sizeof(of.boot_id), "%s", text ? (const char *)text : "");
	text = sqlite3_column_text(st, 0);
	ret = journal_poison_may_add(d, text ? (const char *)text : "", &of, &ok, err);
	if (ret == 0 && ok)
		ret = journal_poison_record(d->st[ST_POISON], st, real_ns, err);
	sqlite3_reset(st);
	return ret;
}

static int illegal(enum inj_state from, const struct journal_step *c, bool by_operator,
		   struct ras_err *err)
{
	char id[UUID_TEXT_SIZE];

	uuid_format(&c->id, id);
	if (!by_operator)
		return ras_fail(err, RAS_E_PARAMS,
				"journal: injection %s is %s, which \"%s\" may not follow: dropped "
				"(%.60s)",
				id, inj_state_name(from), inj_state_name(c->state), c->detail);
	if (from == INJ_UNKNOWN)
		ras_fail(err, RAS_E_PARAMS, "an injection cannot be resolved as %s",
			 inj_state_name(c->state));
	else
		ras_fail(err, RAS_E_PARAMS,
			 "the injection is %s: only an unknown one can be resolved",
			 inj_state_name(from));
	return ras_field(err, "id");
}

/* The row as found by ST_FIND. */
struct found {
	int64_t rowid;
	enum inj_state state;
	bool same; /* the step is stored already */
};

static int find(struct journal_db *d, const struct journal_step *c, struct found *f,
		struct ras_err *err)
{
	sqlite3_stmt *st = d->st[ST_FIND];
	int rc;

	sqlite3_bind_blob(st, 1, c->id.b, sizeof(c->id.b), SQLITE_STATIC);
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		f->rowid = sqlite3_column_int64(st, 0);
		f->state = inj_state_parse((const char *)sqlite3_column_text(st, 1));
		/* A commit that reported failure may have reached the disk all the same. */
		f->same = f->state == c->state && sqlite3_column_int64(st, 2) == c->real_ns &&
			  strcmp((const char *)sqlite3_column_text(st, 3), c->detail) == 0;
	}
	sqlite3_reset(st);
	if (rc == SQLITE_DONE)
		return ras_fail(err, RAS_E_NOT_FOUND, "journal: no such injection");
	return rc == SQLITE_ROW ? 0 : store_fail(d, "a transition", err);
}

static int undecided(enum inj_state state)
{
	return state == INJ_INTENT || state == INJ_WRITTEN;
}

int journal_db_change(struct journal_db *d, const struct journal_step *c, bool by_operator,
		      struct ras_err *err)
{
	sqlite3_stmt *st = d->st[ST_UPDATE];
	struct found f = { 0 };
	int ret = find(d, c, &f, err);

	if (ret || f.same)
		return ret;
	if (!inj_transition_legal(f.state, c->state, by_operator))
		return illegal(f.state, c, by_operator, err);
	ret = add_transition(d, f.rowid, c, err);
	if (ret)
		return ret;
	sqlite3_bind_int64(st, 1, f.rowid);
	sqlite3_bind_text(st, 2, inj_state_name(c->state), -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 3, record_read_name(c->read), -1, SQLITE_STATIC);
	bind_str(st, 4, c->detail, sizeof(c->detail));
	sqlite3_bind_int64(st, 5, c->ack_ns);
	sqlite3_bind_int64(st, 6, c->real_ns);
	if (run(st) != SQLITE_DONE)
		return store_fail(d, "a state", err);
	d->in_transaction.undecided += undecided(c->state) - undecided(f.state);
	d->in_transaction.unlisted += undecided(f.state) && !undecided(c->state);
	if (c->state == INJ_CONSUMED || c->state == INJ_ACKNOWLEDGED || c->state == INJ_DELIVERED)
		return learned(d, f.rowid, c->real_ns, err);
	return 0;
}

int journal_db_cursors(struct journal_db *d, const struct cursor_moves *moves, struct ras_err *err)
{
	sqlite3_stmt *st = d->st[ST_CURSOR];

	for (size_t i = 0; i < moves->n; i++) {
		const struct journal_cursor *c = &moves->cursor[i];

		bind_str(st, 1, c->source, sizeof(c->source));
		bind_str(st, 2, c->position, sizeof(c->position));
		if (run(st) != SQLITE_DONE)
			return store_fail(d, "a cursor", err);
	}
	return 0;
}

int journal_db_import(struct journal_db *d, const struct poison_import *im, struct ras_err *err)
{
	struct poison_of of = { .pid = im->pid, .start_time = im->start_time };
	bool ok;
	int ret = 0;

	/* A list that belongs to nobody is this guest's, which is there; else it stays as it is. */
	snprintf(of.boot_id, sizeof(of.boot_id), "%s", d->boot_id);
	if (im->pid > 0)
		ret = journal_poison_may_add(d, im->domain, &of, &ok, err);
	return ret ? ret : journal_poison_add(d->st[ST_POISON], im, err);
}
