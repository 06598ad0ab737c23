// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Judges the order in which records were written, after the run.
 *
 * Durable order: what the journal says of the order (place, number) is the order of the writes.
 * rasd's next life reads the outcome of a whole queue from one block by it.
 * Fair shares: while a record of one person waits, no other person has more than two records
 * written, besides one for each record that this person has waiting before it.
 */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "guest.h"
#include "oracle.h"

#define ROWS_MAX 128

struct share {
	uid_t uid;
	int64_t place, rowid;
	int64_t accepted_ns; /* its intent was stored */
	int64_t ended_ns;    /* its last transition */
	char boot[40];
	const struct sim_write *write; /* NULL: none, or not the only one with these bytes */
};

static struct share shares[ROWS_MAX];
static size_t n_shares;

static const struct sim_write *only_write(const char *domain, const void *bytes, size_t len)
{
	const struct sim_write *found = NULL;

	for (const struct sim_write *w = sim_writes; w; w = w->next) {
		if (w->foreign || strcmp(w->guest->name, domain) != 0 || w->len != len ||
		    memcmp(w->bytes, bytes, len) != 0)
			continue;
		if (found)
			return NULL;
		found = w;
	}
	return found;
}

static void load(void)
{
	sqlite3_stmt *st = oracle_query(
		"SELECT i.peer_uid, i.place, i.rowid, i.domain, i.record,"
		" (SELECT t_boot_ns FROM transition t WHERE t.injection = i.rowid ORDER BY seq"
		"  LIMIT 1),"
		" (SELECT t_boot_ns FROM transition t WHERE t.injection = i.rowid ORDER BY seq DESC"
		"  LIMIT 1),"
		" (SELECT boot_id FROM transition t WHERE t.injection = i.rowid ORDER BY seq"
		"  LIMIT 1),"
		" (SELECT count(*) FROM injection o WHERE o.domain = i.domain AND"
		"  o.record = i.record) FROM injection i ORDER BY i.rowid");

	n_shares = 0;
	while (st && sqlite3_step(st) == SQLITE_ROW && n_shares < ROWS_MAX) {
		const char *boot = (const char *)sqlite3_column_text(st, 7);
		struct share *a = &shares[n_shares++];

		*a = (struct share){
			.uid = (uid_t)sqlite3_column_int64(st, 0),
			.place = sqlite3_column_int64(st, 1),
			.rowid = sqlite3_column_int64(st, 2),
			.accepted_ns = sim_time_of(boot, sqlite3_column_int64(st, 5)),
			.ended_ns = sim_time_of(boot, sqlite3_column_int64(st, 6)),
			.write = only_write((const char *)sqlite3_column_text(st, 3),
					    sqlite3_column_blob(st, 4),
					    (size_t)sqlite3_column_bytes(st, 4)),
		};
		snprintf(a->boot, sizeof(a->boot), "%s", boot);
		if (sqlite3_column_int(st, 8) != 1)
			a->write = NULL;
	}
	sqlite3_finalize(st);
}

static bool same_block(const struct share *a, const struct share *b)
{
	return a->write->guest == b->write->guest && a->write->source == b->write->source;
}

static bool is_before(const struct share *a, const struct share *b)
{
	return a->place < b->place || (a->place == b->place && a->rowid < b->rowid);
}

static void judge_order(const struct share *a, const struct share *b)
{
	if (strcmp(a->boot, b->boot) == 0 && is_before(a, b) &&
	    a->write->written_ns > b->write->written_ns)
		sim_fail("rows %lld and %lld of %s were not written in the order of the journal",
			 (long long)a->rowid, (long long)b->rowid, a->write->guest->name);
}

/* Records of the person that were accepted before it and not decided by then. */
static size_t n_own_before(const struct share *a)
{
	size_t n = 0;

	for (size_t i = 0; i < n_shares; i++)
		n += shares[i].uid == a->uid && shares[i].rowid < a->rowid &&
		     shares[i].ended_ns > a->accepted_ns;
	return n;
}

static void judge_wait(const struct share *a)
{
	size_t most = 2 + n_own_before(a);

	for (size_t p = 0; p < n_shares; p++) {
		size_t n = 0;

		if (shares[p].uid == a->uid)
			continue;
		for (size_t i = 0; i < n_shares; i++)
			n += shares[i].uid == shares[p].uid && shares[i].write &&
			     same_block(&shares[i], a) &&
			     shares[i].write->written_ns > a->accepted_ns &&
			     shares[i].write->written_ns < a->write->written_ns;
		if (n > most)
			sim_fail("row %lld of uid %u waited for %zu records of uid %u, "
				 "%zu are its share",
				 (long long)a->rowid, (unsigned int)a->uid, n,
				 (unsigned int)shares[p].uid, most);
	}
}

void shares_judge(void)
{
	load();
	for (size_t i = 0; i < n_shares; i++) {
		if (!shares[i].write)
			continue;
		for (size_t k = 0; k < n_shares; k++)
			if (shares[k].write && same_block(&shares[i], &shares[k]))
				judge_order(&shares[i], &shares[k]);
		judge_wait(&shares[i]);
	}
}
