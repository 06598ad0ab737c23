// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Shared by the tests of the journal: a journal in a real file in a directory of its own, rows,
 * waiting.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "journal/journal.h"
#include "tests/unit/loop_turn.h"
#include "tests/unit/patience.h"

struct env {
	char dir[64], sub[96];
	struct event_base *base;
	struct journal *j;
	size_t n_undecided;
};

struct result {
	int calls, order;
	int code;
};

static int calls_total;

static inline void on_done(void *arg, const struct ras_err *err)
{
	struct result *r = arg;

	r->calls++;
	r->order = calls_total++;
	r->code = err ? err->code : 0;
}

struct resolved {
	struct result result;
	struct ras_err why;
};

static inline void on_resolved(void *arg, const struct ras_err *err)
{
	struct resolved *r = arg;

	if (err)
		r->why = *err;
	on_done(&r->result, err);
}

static inline void no_log(int level, const char *line)
{
	(void)level;
	(void)line;
}

static inline void open_journal(struct env *e)
{
	struct ras_err err = RAS_ERR_NULL;

	if (journal_open(&e->j, e->base, e->sub, NULL, &e->n_undecided, &err))
		fail_msg("%s", err.text);
}

static inline void reopen(struct env *e)
{
	journal_close(e->j);
	open_journal(e);
}

static inline int setup(void **state)
{
	struct env *e = calloc(1, sizeof(*e));

	snprintf(e->dir, sizeof(e->dir), "/tmp/test-journal-XXXXXX");
	if (!mkdtemp(e->dir))
		return -1;
	snprintf(e->sub, sizeof(e->sub), "%s/state", e->dir);
	e->base = event_base_new();
	calls_total = 0;
	log_set_sink(no_log);
	open_journal(e);
	*state = e;
	return 0;
}

static inline int teardown(void **state)
{
	static const char *const names[] = { "journal.db", "journal.db-wal", "journal.db-shm",
					     "journal.lock" };
	struct env *e = *state;
	char path[192];

	journal_close(e->j);
	event_base_free(e->base);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", e->sub, names[i]);
		unlink(path);
	}
	rmdir(e->sub);
	rmdir(e->dir);
	free(e);
	return 0;
}

static inline struct journal_row make_row(int n)
{
	struct journal_row row = { 0 };

	memcpy(row.id.b, &n, sizeof(n));
	row.id.b[15] = 0xaa;
	snprintf(row.asked.request_id, sizeof(row.asked.request_id), "req-%d", n);
	snprintf(row.asked.params_digest, sizeof(row.asked.params_digest), "%064d", n);
	row.asked.uid = 1000;
	row.asked.pid = 77;
	snprintf(row.target.domain, sizeof(row.target.domain), "vm%d", n % 2 + 1);
	strcpy(row.asked.tag, "rack 7");
	row.gen.pid = 4321;
	row.gen.start_time = 0x8000000000000001;
	row.gen.reset_count = 3;
	row.target.gpa.v = 0x48000000;
	strcpy(row.severity, "corrected");
	strcpy(row.target.backend, "qemu-ghes");
	strcpy(row.target.monitor, n % 2 ? "libvirt" : "socket");
	row.target.source_id = 1;
	memset(row.record, n & 0xff, 1500);
	row.record_len = 1500;
	return row;
}

/* Run the loop until r has been called. */
static inline void wait_for(struct env *e, const struct result *r)
{
	int64_t deadline = patience_end_ns();

	while (!r->calls && clock_boot_ns() < deadline) {
		loop_turn(e->base, EVLOOP_NONBLOCK);
		usleep(200);
	}
	assert_int_equal(r->calls, 1);
}

static inline int add(struct env *e, const struct journal_row *row)
{
	struct result r = { 0 };
	struct ras_err err;

	assert_int_equal(journal_intent(e->j, row, NULL, 0, on_done, &r, &err), 0);
	assert_int_equal(r.calls, 0); /* never called inside the call */
	wait_for(e, &r);
	return r.code;
}

static inline int flush(struct env *e)
{
	struct result r = { 0 };
	struct ras_err err;

	assert_int_equal(journal_flush(e->j, on_done, &r, &err), 0);
	wait_for(e, &r);
	return r.code;
}

static inline void change(struct env *e, const struct uuid *id, enum inj_state state,
			  const char *detail, int64_t ack_ns)
{
	journal_transition(
		e->j, id,
		&(struct journal_change){ .state = state, .ack_ns = ack_ns, .detail = detail });
}

static inline int resolve(struct env *e, const struct uuid *id, enum inj_state state,
			  const char *detail, struct ras_err *why)
{
	struct resolved r = { 0 };
	struct ras_err err;

	assert_int_equal(journal_resolve(e->j, id, state, detail, on_resolved, &r, &err), 0);
	assert_int_equal(r.result.calls, 0);
	wait_for(e, &r.result);
	if (why)
		*why = r.why;
	return r.result.code;
}

/* The message sqlite refuses sql with, "" if it does not. */
static inline const char *sql_refusal(struct env *e, const char *sql)
{
	static char msg[128];
	char *text = NULL, path[192];
	sqlite3 *db = NULL;

	snprintf(path, sizeof(path), "%s/journal.db", e->sub);
	assert_int_equal(sqlite3_open(path, &db), 0);
	sqlite3_exec(db, sql, NULL, NULL, &text);
	snprintf(msg, sizeof(msg), "%s", text ? text : "");
	sqlite3_free(text);
	sqlite3_close(db);
	return msg;
}

/* The first column of the first row; -1 if there is no row. */
static inline int64_t db_int(sqlite3 *db, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int64_t v = -1;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), 0);
	if (sqlite3_step(st) == SQLITE_ROW)
		v = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	return v;
}

/* The same, on a connection of its own. */
static inline int64_t sql_int(struct env *e, const char *sql)
{
	sqlite3 *db = NULL;
	char path[192];
	int64_t v;

	snprintf(path, sizeof(path), "%s/journal.db", e->sub);
	assert_int_equal(sqlite3_open(path, &db), 0);
	v = db_int(db, sql);
	sqlite3_close(db);
	return v;
}

#define UNLISTED \
	"SELECT count(*) FROM injection WHERE listed = 0 AND state NOT IN ('intent','written')"

/* Until all that is decided is in the indexes of the lists. */
static inline void wait_listed(struct env *e)
{
	int64_t deadline = patience_end_ns();

	while (sql_int(e, UNLISTED) && clock_boot_ns() < deadline)
		usleep(10000);
	assert_int_equal(sql_int(e, UNLISTED), 0);
}
