// SPDX-License-Identifier: LGPL-2.1-or-later
/* A database of rasdaemon in a directory of the test's own. Include after cmocka. */
#pragma once

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define RASDAEMON_FILE "ras-mc_event.db"
#define RASDAEMON_DATA "tests/data/host-events/rasdaemon-"

static char ras_dir[64], ras_path[96];
static sqlite3 *ras_writer; /* as rasdaemon: one connection, autocommit, no busy timeout */

static inline void ras_exec(const char *sql)
{
	char *why = NULL;

	if (sqlite3_exec(ras_writer, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s: %.200s", why, sql);
}

static inline void ras_exec_file(const char *path)
{
	FILE *f = fopen(path, "re");
	char *text = calloc(1, 1 << 16);

	if (!f)
		fail_msg("cannot open %s", path);
	assert_non_null(text);
	assert_in_range(fread(text, 1, (1 << 16) - 1, f), 1, (1 << 16) - 2);
	fclose(f);
	ras_exec(text);
	free(text);
}

/* A row now, in the table mc_event of the newest schema. */
static inline void ras_insert(const char *type, uint64_t address)
{
	char sql[256], stamp[32];
	time_t now = time(NULL);

	strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S %z", localtime(&now));
	snprintf(sql, sizeof(sql),
		 "INSERT INTO mc_event(timestamp,err_count,err_type,label,address,grain) "
		 "VALUES('%s',1,'%s','DIMM_A1',%lld,6)",
		 stamp, type, (long long)address);
	ras_exec(sql);
}

static inline void ras_open_writer(void)
{
	assert_int_equal(sqlite3_open_v2(ras_path, &ras_writer,
					 SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_READWRITE |
						 SQLITE_OPEN_CREATE,
					 NULL),
			 SQLITE_OK);
	/* The test's own files need not survive a power cut. */
	ras_exec("PRAGMA synchronous=OFF");
}

static inline void ras_make_directory(void)
{
	strcpy(ras_dir, "/tmp/rasd-rasdaemon-XXXXXX");
	assert_non_null(mkdtemp(ras_dir));
	assert_int_equal(chmod(ras_dir, 0755), 0);
	snprintf(ras_path, sizeof(ras_path), "%s/" RASDAEMON_FILE, ras_dir);
}

/* NULL: no table. */
static inline void ras_make(const char *schema)
{
	ras_make_directory();
	ras_open_writer();
	if (schema)
		ras_exec_file(schema);
}

static inline void ras_close_writer(void)
{
	sqlite3_close(ras_writer);
	ras_writer = NULL;
}

static inline void ras_unmake(void)
{
	static const char *const end[] = { "", "-journal", "-wal", "-shm" };
	char name[128];

	ras_close_writer();
	for (size_t i = 0; i < sizeof(end) / sizeof(end[0]); i++) {
		snprintf(name, sizeof(name), "%s%s", ras_path, end[i]);
		unlink(name);
	}
	rmdir(ras_dir);
}
