// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The oracle: the simulated guest's own account against the journal.
 *
 * At each write: the intent was durable and named this guest and its process, and the record
 * before had been cleared by the guest, long ago where it was not acknowledged.
 * At each send: nothing that was sent before to this guest is still on its way to QEMU, and its
 * grant was not taken back before.
 * At the end, for each row: the state is what happened to the bytes; the transitions are a legal
 * chain; what clients were told is what is stored; each record was written at most once.
 * The oracle reads the journal by its own connection, so it sees what is committed and no more.
 */
#include "oracle.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/source.h"
#include "backends.h"
#include "clients.h"
#include "guest.h"

#define ROWS_MAX 128
/* The question whether a job is in progress may be asked between the gate and the send. */
#define ASKED_BEFORE_NS (100 * SIM_MS)

struct row {
	struct uuid id;
	char request_id[64], domain[64], detail[160], read[16], backend[16];
	enum inj_state state;
	size_t len;
	uint8_t record[SIM_BLOCK];
};

static sqlite3 *db;
static struct row rows[ROWS_MAX];
static size_t n_rows;

sqlite3_stmt *oracle_query(const char *sql)
{
	char path[256];
	sqlite3_stmt *st = NULL;

	snprintf(path, sizeof(path), "%s/journal.db", sim_daemon.conf.state_directory);
	if (!db && sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
		sim_fail("oracle: %s", sqlite3_errmsg(db));
	/* There is no table yet where rasd has never been able to commit. */
	sqlite3_prepare_v2(db, sql, -1, &st, NULL);
	return st;
}

void oracle_clear(void)
{
	sqlite3_close(db);
	db = NULL;
	n_rows = 0;
}

/* How long the guest has run without a pause, at most since t_ns. */
static int64_t ran_since(const struct sim_guest *g, int64_t t_ns)
{
	return sim_now() - (g->kernel.resumed_ns > t_ns ? g->kernel.resumed_ns : t_ns);
}

void oracle_write(const struct sim_write *w)
{
	const struct sim_source *s = sim_source(w->guest, w->source);
	const struct sim_write *old = s->in_block;
	sqlite3_stmt *st;

	if (w->foreign)
		return;
	if (old && !old->foreign && !old->cleared_ns && w->source != SIM_RAISED)
		sim_fail("%s: a record that the guest had not cleared is overwritten",
			 w->guest->name);
	if (old && !old->foreign && w->source == SIM_PAGE && old->cleared_ns && !old->acked_ns &&
	    old->end == END_REPLACED && ran_since(w->guest, old->cleared_ns) < SOURCE_ACK_LONG_NS)
		sim_fail("%s: a record is overwritten that the guest may still acknowledge",
			 w->guest->name);
	st = oracle_query("SELECT 1 FROM injection WHERE record = ?1");
	sqlite3_bind_blob(st, 1, w->bytes, (int)w->len, SQLITE_STATIC);
	if (sqlite3_step(st) != SQLITE_ROW)
		sim_fail("%s: a record is written whose intent is not durable", w->guest->name);
	sqlite3_finalize(st);
	st = oracle_query("SELECT 1 FROM injection WHERE record = ?1 AND domain = ?2 "
			  "AND qemu_pid = ?3");
	sqlite3_bind_blob(st, 1, w->bytes, (int)w->len, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, w->guest->name, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 3, w->guest->proc.pid);
	if (sqlite3_step(st) != SQLITE_ROW)
		sim_fail("%s: another guest's record is written", w->guest->name);
	sqlite3_finalize(st);
	if (w->guest->is_other && sim_daemon.conf.grant[0].has_uuid)
		sim_fail("%s: a record is written into a QEMU of another uuid", w->guest->name);
}

void oracle_send(const struct sim_guest *guest, bool earlier_on_its_way)
{
	if (earlier_on_its_way)
		sim_fail("%s: a record is sent while an earlier one may still reach QEMU",
			 guest->name);
	if (guest->revoked_ns && sim_now() > guest->revoked_ns + ASKED_BEFORE_NS)
		sim_fail("%s: a record is sent though the grant was taken back", guest->name);
	if (sim_daemon_is_stopped(sim_daemon.host_events))
		sim_fail("%s: a record is sent though the safety lever is engaged", guest->name);
}

static void copy_text(char *out, size_t size, sqlite3_stmt *st, int column)
{
	const char *s = (const char *)sqlite3_column_text(st, column);

	snprintf(out, size, "%s", s ? s : "");
}

static bool has_column(const char *name)
{
	sqlite3_stmt *st =
		oracle_query("SELECT 1 FROM pragma_table_info('injection') WHERE name = ?1");
	bool has;

	sqlite3_bind_text(st, 1, name, -1, SQLITE_STATIC);
	has = sqlite3_step(st) == SQLITE_ROW;
	sqlite3_finalize(st);
	return has;
}

#define SELECT_ROWS(read)                                                         \
	"SELECT id, request_id, domain, state, detail, record, " read ", backend" \
	" FROM injection ORDER BY rowid"

static void load_rows(void)
{
	sqlite3_stmt *st =
		oracle_query(has_column("read") ? SELECT_ROWS("read") : SELECT_ROWS("''"));

	n_rows = 0;
	while (st && sqlite3_step(st) == SQLITE_ROW && n_rows < ROWS_MAX) {
		struct row *r = &rows[n_rows++];

		memset(r, 0, sizeof(*r));
		memcpy(r->id.b, sqlite3_column_blob(st, 0), sizeof(r->id.b));
		copy_text(r->request_id, sizeof(r->request_id), st, 1);
		copy_text(r->domain, sizeof(r->domain), st, 2);
		r->state = inj_state_parse((const char *)sqlite3_column_text(st, 3));
		copy_text(r->detail, sizeof(r->detail), st, 4);
		r->len = (size_t)sqlite3_column_bytes(st, 5);
		if (r->len > sizeof(r->record))
			r->len = sizeof(r->record);
		memcpy(r->record, sqlite3_column_blob(st, 5), r->len);
		copy_text(r->read, sizeof(r->read), st, 6);
		copy_text(r->backend, sizeof(r->backend), st, 7);
	}
	sqlite3_finalize(st);
}

static bool same(const struct row *r, const struct sim_write *w)
{
	return !w->foreign && strcmp(r->domain, w->guest->name) == 0 && r->len == w->len &&
	       memcmp(r->record, w->bytes, r->len) == 0;
}

static size_t count_writes(const struct row *r, const struct sim_write **last)
{
	size_t n = 0;

	*last = NULL;
	for (const struct sim_write *w = sim_writes; w; w = w->next)
		if (same(r, w)) {
			n++;
			*last = *last ? *last : w;
		}
	return n;
}

static size_t count_twins(const struct row *r, enum inj_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < n_rows; i++)
		n += strcmp(rows[i].domain, r->domain) == 0 && rows[i].len == r->len &&
		     memcmp(rows[i].record, r->record, r->len) == 0 &&
		     (state == INJ__MAX || rows[i].state == state);
	return n;
}

/* The record lies in a block of a QEMU that goes on, so the guest may still acknowledge it. */
static bool still_there(const struct sim_write *w)
{
	return w && !w->acked_ns && w->guest->proc.exists &&
	       sim_source(w->guest, w->source)->in_block == w;
}

bool oracle_settled(const struct oracle_terms *t)
{
	bool settled = true;

	load_rows();
	for (size_t i = 0; i < n_rows; i++) {
		const struct sim_write *w;

		count_writes(&rows[i], &w);
		if (!inj_state_final(rows[i].state) &&
		    !(t->may_stay_written && rows[i].state == INJ_WRITTEN && still_there(w)))
			settled = false;
	}
	return settled;
}

static void bad(const struct row *r, const char *why)
{
	sim_fail("%s into %s is %s (%s): %s", r->request_id, r->domain, inj_state_name(r->state),
		 r->detail, why);
}

/* Records of one kind that several rows may have sent: only their numbers can be compared. */
static void judge_twins(const struct row *r, size_t n_writes, size_t n_twins)
{
	size_t acked = 0;

	if (n_writes > n_twins - count_twins(r, INJ_REFUSED))
		bad(r, "its bytes were written more often than there are rows that may have");
	for (const struct sim_write *w = sim_writes; w; w = w->next)
		acked += same(r, w) && w->cleared_ns && w->acked_ns;
	if (acked < count_twins(r, INJ_ACKNOWLEDGED))
		bad(r, "fewer of its kind were acknowledged than rows say so");
}

static void judge_lost(const struct row *r, const struct sim_write *w)
{
	if (!w)
		bad(r, "it was never written");
	else if (w->acked_ns)
		bad(r, "the guest acknowledged it");
	else if (w->end == END_NOT)
		bad(r, "the guest has not come to an end");
	else if (strcmp(r->read, "no") == 0 && (w->read_ns || w->was_running))
		bad(r, w->read_ns ? "read: no, but the guest read it" :
				    "read: no, but the guest ran meanwhile");
	else if (strstr(r->detail, "before it read the record") && w->read_ns)
		bad(r, "the guest read it (fault 12)");
}

static void judge_state(const struct row *r, const struct sim_write *w,
			const struct oracle_terms *t)
{
	if (inj_state_final(r->state) && !(t->states & 1u << r->state))
		bad(r, "a state that this scenario cannot end in");
	if (w && strcmp(sim_backend_of(w->source), r->backend) != 0)
		bad(r, "another backend wrote it than its row names");
	if (t->one_is_deaf && strcmp(r->backend, t->one_is_deaf) != 0 &&
	    r->state != (strcmp(r->backend, "sim-event") == 0 ? INJ_DELIVERED : INJ_ACKNOWLEDGED))
		bad(r, "another error source of the guest holds it up");
	switch (r->state) {
	case INJ_ACKNOWLEDGED:
		if (!w || !w->cleared_ns || !w->acked_ns)
			bad(r, !w	      ? "it was never written" :
			       !w->cleared_ns ? "the guest did not clear it" :
						"the guest did not acknowledge it");
		break;
	case INJ_REFUSED:
		/*
		 * A snapshot that is loaded while rasd is dead brings back the record before: that
		 * looks as if this one had never been written, and nothing can tell rasd.
		 */
		if (w && !(w->end == END_RESTORED && sim_daemon.life > 1))
			bad(r, "it was written");
		break;
	case INJ_CONSUMED:
		if (!w || !w->cleared_ns || w->acked_ns || w->end == END_NOT)
			bad(r, !w	      ? "it was never written" :
			       !w->cleared_ns ? "the guest did not clear it" :
			       w->acked_ns    ? "the guest acknowledged it" :
						"the guest has not come to an end");
		break;
	case INJ_LOST:
		judge_lost(r, w);
		break;
	case INJ_WRITTEN:
		if (!t->may_stay_written || !still_there(w))
			bad(r, "nothing keeps it from being decided");
		break;
	case INJ_INTENT:
		bad(r, "nothing keeps it from being decided");
		break;
	case INJ_DELIVERED:
		if (!w || w->source != SIM_RAISED || !w->raised_ns)
			bad(r, "QEMU did not raise it, or the guest could acknowledge it");
		break;
	case INJ_UNKNOWN:
		break;
	default:
		bad(r, "no such state here");
	}
}

/* Whether the guest, at t_ns, has run without a pause for so long since it cleared the record. */
static bool ran_on(const struct sim_write *w, int64_t t_ns)
{
	int64_t from_ns = w->cleared_ns, to_ns = t_ns;

	if (w->resumed_ns > from_ns && w->resumed_ns <= t_ns)
		from_ns = w->resumed_ns;
	if (w->paused_ns > from_ns && w->paused_ns <= t_ns)
		to_ns = w->paused_ns;
	return to_ns - from_ns >= SOURCE_ACK_LONG_NS;
}

/* rasd may not say that the guest did something before the guest has done it. */
static void judge_time(const struct row *r, const struct sim_write *w, enum inj_state state,
		       int64_t t_ns)
{
	if (!w)
		return;
	if (state == INJ_UNKNOWN && strstr(r->detail, "did not acknowledge it") &&
	    (!w->cleared_ns || !ran_on(w, t_ns) || (w->acked_ns && w->acked_ns < t_ns)))
		bad(r, "it was acknowledged, or could still be");
	if ((state == INJ_ACKNOWLEDGED && w->acked_ns && t_ns < w->acked_ns) ||
	    (state == INJ_DELIVERED && w->raised_ns && t_ns < w->raised_ns) ||
	    (state == INJ_CONSUMED && w->cleared_ns && t_ns < w->cleared_ns) ||
	    (state == INJ_LOST && w->end_ns && t_ns < w->end_ns))
		bad(r, "rasd said so before it was so");
}

static void judge_chain(const struct row *r, const struct sim_write *w)
{
	sqlite3_stmt *st = oracle_query(
		"SELECT t.state, t.t_boot_ns, t.boot_id FROM transition t JOIN injection i "
		"ON i.rowid = t.injection WHERE i.id = ?1 ORDER BY seq");
	enum inj_state at = INJ__MAX, next;

	sqlite3_bind_blob(st, 1, r->id.b, sizeof(r->id.b), SQLITE_STATIC);
	while (sqlite3_step(st) == SQLITE_ROW) {
		next = inj_state_parse((const char *)sqlite3_column_text(st, 0));
		if (at == INJ__MAX ? next != INJ_INTENT : !inj_transition_legal(at, next, false))
			bad(r, "its transitions are no legal chain");
		judge_time(r, w, next,
			   sim_time_of((const char *)sqlite3_column_text(st, 2),
				       sqlite3_column_int64(st, 1)));
		at = next;
	}
	if (at != r->state)
		bad(r, "its last transition is another state");
	sqlite3_finalize(st);
}

static const struct row *row_of(const struct sim_request *rq)
{
	for (size_t i = 0; i < n_rows; i++)
		if (strcmp(rows[i].request_id, rq->request_id) == 0)
			return &rows[i];
	return NULL;
}

/*
 * An outcome is told before it is durable, at most the 50 ms that transitions are gathered. If rasd
 * killed in that time, its next life looks again. It may find no proof any more, but never another.
 */
void oracle_rasd_ends(void)
{
	if (!sim_n_requests)
		return;
	load_rows();
	for (size_t i = 0; i < sim_n_requests; i++) {
		struct sim_request *rq = &sim_request[i];
		const struct row *r = row_of(rq);

		if (rq->accepted && inj_state_final(rq->told) && r && !inj_state_final(r->state))
			rq->told_too_early = true;
	}
}

static void judge_request(const struct sim_request *rq)
{
	const struct row *r = row_of(rq);

	if (rq->dry && r)
		sim_fail("request %s: a dry run has a row", rq->request_id);
	if (!rq->answered || rq->pending)
		sim_fail("request %s: never answered", rq->request_id);
	if (rq->accepted && !r)
		sim_fail("request %s: told %s, and the journal has no row of it", rq->request_id,
			 inj_state_name(rq->told));
	if (rq->accepted && r && inj_state_final(rq->told) && r->state != rq->told &&
	    !(rq->told_too_early && r->state == INJ_UNKNOWN))
		sim_fail("request %s: told %s, the journal says %s", rq->request_id,
			 inj_state_name(rq->told), inj_state_name(r->state));
}

bool oracle_unknown(const struct sim_guest *g)
{
	for (size_t i = 0; i < n_rows; i++)
		if (rows[i].state == INJ_UNKNOWN && strcmp(rows[i].domain, g->name) == 0)
			return true;
	return false;
}

void oracle_judge(const struct oracle_terms *t)
{
	load_rows();
	for (size_t i = 0; i < n_rows; i++) {
		const struct row *r = &rows[i];
		const struct sim_write *w;
		size_t n_writes = count_writes(r, &w), n_twins = count_twins(r, INJ__MAX);

		sim_trace(
			"oracle: %s into %s: %s (%s); written %zu, read %d, cleared %d, acked %d, "
			"end %s",
			r->request_id, r->domain, inj_state_name(r->state), r->detail, n_writes,
			w && w->read_ns, w && w->cleared_ns, w && w->acked_ns,
			w ? sim_end_name(w->end) : "-");
		judge_chain(r, n_twins > 1 ? NULL : w);
		if (n_twins > 1) {
			judge_twins(r, n_writes, n_twins);
			continue;
		}
		if (n_writes > 1)
			bad(r, "it was written more than once");
		judge_state(r, w, t);
	}
	for (size_t i = 0; i < sim_n_requests; i++)
		judge_request(&sim_request[i]);
	for (const struct sim_write *w = sim_writes; w; w = w->next) {
		bool has_row = w->foreign;

		for (size_t i = 0; i < n_rows; i++)
			has_row |= same(&rows[i], w);
		if (!has_row)
			sim_fail("%s: a record was written, and the journal has no row of it",
				 w->guest->name);
	}
}
