// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the next rasd says of a journal that has lost its log.
 *
 * Whenever rasd was killed and the host lives on, the log is taken away in a copy of the journal:
 * what remains is journal.db as it was synced last, and journal.lock. journal_db_open() must then
 * complain if, and only if, a change of state is missing. The run goes on with the whole journal.
 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "journal/db.h"

#define WHOLE "whole"
#define LOST "lost"

static const char *const names[] = { "journal.db", "journal.db-wal", "journal.db-shm",
				     "journal.lock" };

static void copy(const char *from, const char *dir, const char *name)
{
	char to[64], buf[65536];
	FILE *in = fopen(from, "re"), *out = NULL;
	size_t n;

	snprintf(to, sizeof(to), "%s/%s", dir, name);
	if (in)
		out = fopen(to, "we");
	while (out && (n = fread(buf, 1, sizeof(buf), in)) > 0)
		if (fwrite(buf, 1, n, out) != n)
			sim_fail("cannot copy %s", from);
	if (out)
		fclose(out);
	if (in)
		fclose(in);
}

static void remove_dir(const char *dir)
{
	char path[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

/* The newest change of state in DIR/journal.db; 0 if there is none. */
static int64_t newest(const char *dir)
{
	char path[64];
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	int64_t seq = 0;

	snprintf(path, sizeof(path), "%s/journal.db", dir);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, "SELECT max(seq) FROM transition", -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		seq = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return seq;
}

void sim_disk_check_loss(void)
{
	struct journal_db *d = NULL;
	struct ras_err err = RAS_ERR_NULL;
	bool said, missing;
	size_t n;

	if (!sim_disk.loses_unsynced)
		return;
	mkdir(WHOLE, 0700);
	mkdir(LOST, 0700);
	for (size_t i = 0; i < 2; i++) {
		char from[64];

		snprintf(from, sizeof(from), "state/%s", names[i]);
		copy(from, WHOLE, names[i]);
	}
	copy("state/journal.db.synced", LOST, "journal.db");
	copy("state/journal.lock", LOST, "journal.lock");
	missing = newest(LOST) < newest(WHOLE);
	/* rasd is dead in this world: a journal that has nothing to complain of fails later. */
	said = journal_db_open(&d, LOST, false, &n, &err) < 0 && strstr(err.hint, "--new-journal");
	if (said != missing)
		sim_fail("the log is gone, changes of state are%s missing, and rasd says: %s",
			 missing ? "" : " not", err.text);
	journal_db_close(d);
	remove_dir(WHOLE);
	remove_dir(LOST);
}
