// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * Problem: rasdaemon commits each row by itself and never waits for a lock. If any reader holds one
 * at that moment, the row is lost for ever. A short read is no cure: with one every millisecond, 4
 * of 1,000 rows were lost.
 * Rule: no lock at all. sqlite takes none on a file that it is told is immutable, and does nothing
 * about a journal either. The file is not immutable, so what was read counts only if nothing was
 * written to it meanwhile: before and after it was not half-written (rasdaemon's sqlite makes a
 * journal before it changes the first byte, and deletes it as the commit), and the file's change
 * counter, size and time are the same. If not, all is thrown away and read again later. A database
 * that an administrator has put into WAL mode is read in the ordinary way, because there a reader's
 * lock stops no writer.
 * Otherwise: rasd would cost the administrator error reports, or take half-written pages for rows.
 *
 * The file is not trusted. It is opened read-only, through no link, with limits on the length of
 * values and on time; views, triggers and functions of its schema are off, and only real tables
 * with the columns of rasdaemon are read. A row that is too long is stepped over.
 */
#include "sources/rasdaemon/db.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sources/rasdaemon/file.h"

#define SECOND_NS INT64_C(1000000000)
/* rasdaemon's times are off by about a second: so close to an edge a row may be of either side. */
#define TIME_MARGIN_S 5
#define FIRST_ROWS 1024 /* of each table when it was never read: more than a boot usually has */
#define VALUE_MAX (256 * 1024) /* the longest that rasdaemon stores, a CPER section, is 64 KiB */
#define SQL_MAX 1024
#define PASS_MAX_NS (2 * SECOND_NS) /* an ordinary pass takes a millisecond */
#define STAMP_BYTES 256		    /* of each value */
#define PROGRESS_STEPS 10000	    /* of sqlite's machine, some 0.1 ms */
#define MEMORY_MAX (32 << 20)	    /* a schema of 100,000 tables, say; rasdaemon's takes 100 KiB */

struct pass {
	struct rasdaemon_db *db;
	struct rasdaemon_news *news;
	struct rasdaemon_cursor cursor; /* as it will be, if the pass counts */
	uint32_t since_s[RASDAEMON_TABLES];
	sqlite3 *sql;
	int64_t until_ns, memory;
	bool moved; /* the file is another than before */
	bool more;
};

void rasdaemon_db_init(struct rasdaemon_db *db, const char *path, const char *position)
{
	*db = (struct rasdaemon_db){ .path = path };
	rasdaemon_cursor_parse(position, &db->cursor);
	db->boot_real_ns = clock_real_ns() - clock_boot_ns();
	db->boot_id = uuid_of_boot();
}

static enum pass_result say(struct rasdaemon_news *n, enum pass_result r, const char *why)
{
	n->result = r;
	snprintf(n->why, sizeof(n->why), "%s", why);
	return r;
}

/* --- sqlite --- */

static int on_progress(void *arg)
{
	const struct pass *p = arg;

	return atomic_load(&p->db->stop) || clock_mono_ns() > p->until_ns ||
	       sqlite3_memory_used() - p->memory > MEMORY_MAX;
}

/* "file:PATH?immutable=1"; false where it does not fit. */
static bool make_uri(const char *path, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size, "file:");

	for (; *path && n + sizeof("%00?immutable=1") < size; path++) {
		bool plain = strchr("/._-", *path) || (*path >= '0' && *path <= '9') ||
			     (*path >= 'A' && *path <= 'Z') || (*path >= 'a' && *path <= 'z');

		n += (size_t)snprintf(out + n, size - n, plain ? "%c" : "%%%02x",
				      (unsigned char)*path);
	}
	snprintf(out + n, size - n, "?immutable=1");
	return !*path;
}

static int open_sql(struct pass *p, bool wal)
{
	const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
	char uri[3 * PATH_MAX];
	int rc = SQLITE_CANTOPEN;

	if (wal)
		rc = sqlite3_open_v2(p->db->path, &p->sql, flags, NULL);
	else if (make_uri(p->db->path, uri, sizeof(uri)))
		rc = sqlite3_open_v2(uri, &p->sql, flags | SQLITE_OPEN_URI, NULL);
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_limit(p->sql, SQLITE_LIMIT_LENGTH, VALUE_MAX);
	sqlite3_limit(p->sql, SQLITE_LIMIT_SQL_LENGTH, 64 * 1024); /* of the schema, too */
	sqlite3_limit(p->sql, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_db_config(p->sql, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(p->sql, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(p->sql, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(p->sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_busy_timeout(p->sql, 100); /* WAL: somebody recovers it */
	sqlite3_progress_handler(p->sql, PROGRESS_STEPS, on_progress, p);
	/* The schema is read here: what asks for columns does not tell a broken one from none. */
	return sqlite3_exec(p->sql, "SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL, NULL);
}

static bool has_column(struct pass *p, const char *table, const char *column)
{
	return sqlite3_table_column_metadata(p->sql, "main", table, column, NULL, NULL, NULL, NULL,
					     NULL) == SQLITE_OK;
}

/* Without an id that is sqlite's own row number there is no order to go by. */
static bool is_table(struct pass *p, const char *table)
{
	const char *type = NULL;
	int key = 0;

	return sqlite3_table_column_metadata(p->sql, "main", table, "id", &type, NULL, NULL, &key,
					     NULL) == SQLITE_OK &&
	       key && type && sqlite3_stricmp(type, "INTEGER") == 0 &&
	       has_column(p, table, "timestamp");
}

/* Rows of t from an id on; NULL with SQLITE_OK where there is no such table. */
static int select_rows(struct pass *p, const struct rasdaemon_table *t, uint64_t id,
		       sqlite3_stmt **out)
{
	char sql[SQL_MAX];
	int n, rc;

	*out = NULL;
	if (!is_table(p, t->name))
		return SQLITE_OK;
	n = snprintf(sql, sizeof(sql), "SELECT id,timestamp");
	for (size_t i = 0; i < RASDAEMON_COLUMNS && t->column[i]; i++)
		n += snprintf(sql + n, sizeof(sql) - (size_t)n,
			      has_column(p, t->name, t->column[i]) ? ",\"%s\"" : ",NULL",
			      t->column[i]);
	snprintf(sql + n, sizeof(sql) - (size_t)n, " FROM \"%s\" WHERE id>=?1 ORDER BY id LIMIT %d",
		 t->name, RASDAEMON_PASS_ROWS + 1);
	rc = sqlite3_prepare_v2(p->sql, sql, -1, out, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(*out, 1, (sqlite3_int64)id);
	if (rc != SQLITE_OK) {
		sqlite3_finalize(*out);
		*out = NULL;
	}
	return rc;
}

/* One number of a table. */
static int ask(struct pass *p, const char *table, const char *what, uint64_t id, int64_t *out)
{
	sqlite3_stmt *st = NULL;
	char sql[SQL_MAX];
	int rc;

	snprintf(sql, sizeof(sql), "SELECT %s FROM \"%s\" WHERE id>=?1", what, table);
	rc = sqlite3_prepare_v2(p->sql, sql, -1, &st, NULL);
	if (rc != SQLITE_OK)
		return rc;
	sqlite3_bind_int64(st, 1, (sqlite3_int64)id);
	rc = sqlite3_step(st);
	*out = rc == SQLITE_ROW && sqlite3_column_type(st, 0) == SQLITE_INTEGER ?
		       sqlite3_column_int64(st, 0) :
		       0;
	sqlite3_finalize(st);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* --- rows --- */

/* Which boot it is of, as far as that can be known. */
static void date(const struct pass *p, size_t table, struct ras_event *e)
{
	const struct rasdaemon_db *db = p->db;
	int64_t margin = TIME_MARGIN_S * SECOND_NS;
	bool in_boot = e->when.real_ns > db->boot_real_ns + margin &&
		       e->when.real_ns < clock_real_ns() + margin;

	e->when.catch_up = !db->caught_up;
	/*
	 * What rasdaemon writes while rasd looks on is of this boot: the kernel's buffers do not
	 * outlive one. Not so mce_record, which 0.8.4 also reads from what the firmware has kept of
	 * a crash.
	 */
	if (in_boot || (db->caught_up && strcmp(rasdaemon_tables[table].name, "mce_record") != 0))
		e->when.boot_id = db->boot_id;
}

static struct ras_event *room(struct rasdaemon_news *n)
{
	if (n->n == n->room) {
		size_t room = n->room ? 2 * n->room : 16;
		struct ras_event *more = reallocarray(n->event, room, sizeof(*more));

		if (!more)
			return NULL;
		n->event = more;
		n->room = room;
	}
	return &n->event[n->n];
}

/* What tells this row from another that has the same id one day; never 0. */
static uint16_t stamp_of(sqlite3_stmt *row)
{
	uint32_t h = 2166136261u;

	for (int i = 0; i < sqlite3_column_count(row); i++) {
		const uint8_t *at = sqlite3_column_blob(row, i); /* a number: its digits */
		int len = sqlite3_column_bytes(row, i);

		for (int k = 0; at && k < len && k < STAMP_BYTES; k++)
			h = (h ^ at[k]) * 16777619u;
		h = (h ^ 0xff) * 16777619u;
	}
	h ^= h >> 16;
	return (uint16_t)h ? (uint16_t)h : 1;
}

/* A row behind the place: it becomes an event, or is left out. False without memory. */
static bool take(struct pass *p, size_t table, uint32_t id, sqlite3_stmt *row)
{
	struct rasdaemon_place *place = &p->cursor.place[table];
	struct ras_event *e = room(p->news);
	enum rasdaemon_verdict v;
	int64_t s, now_s = clock_real_ns() / SECOND_NS;

	if (!e)
		return false;
	v = rasdaemon_row(&rasdaemon_tables[table], row, e);
	s = e->when.real_ns / SECOND_NS;
	*place = (struct rasdaemon_place){ .id = id, .stamp = stamp_of(row) };
	/* A time to come would make rows look old that are not. */
	if (s > p->cursor.newest_s && s <= now_s)
		p->cursor.newest_s = (uint32_t)s;
	if (v == ROW_MALFORMED)
		p->news->malformed++;
	if (v != ROW_EVENT || (p->since_s[table] && s < p->since_s[table]))
		return true;
	date(p, table, e);
	rasdaemon_cursor_format(&p->cursor, e->position);
	p->news->n++;
	return true;
}

/* The table's ids have begun again: read it from its beginning, except for what was seen. */
static void restart(struct pass *p, size_t table)
{
	p->cursor.place[table] = (struct rasdaemon_place){ .id = 0 };
	p->since_s[table] = !p->moved && p->cursor.newest_s > TIME_MARGIN_S ?
				    p->cursor.newest_s - TIME_MARGIN_S :
				    0;
	p->more = true;
}

/* A row that is too long to be read: go on behind it. */
static int step_over(struct pass *p, size_t table)
{
	struct rasdaemon_place *place = &p->cursor.place[table];
	int64_t id;
	int rc = ask(p, rasdaemon_tables[table].name, "min(id)", (uint64_t)place->id + 1, &id);

	if (rc != SQLITE_OK || id <= place->id || id >= UINT32_MAX)
		return rc;
	p->news->malformed++;
	*place = (struct rasdaemon_place){ .id = (uint32_t)id };
	p->more = true;
	return SQLITE_OK;
}

/* Never read before: the last rows, and of those only what is of this boot. */
static int begin(struct pass *p, size_t table)
{
	int64_t max;
	int rc = ask(p, rasdaemon_tables[table].name, "max(id)", 0, &max);

	if (max > FIRST_ROWS && max < UINT32_MAX)
		p->cursor.place[table].id = (uint32_t)(max - FIRST_ROWS);
	if (p->db->boot_real_ns > TIME_MARGIN_S * SECOND_NS)
		p->since_s[table] = (uint32_t)(p->db->boot_real_ns / SECOND_NS - TIME_MARGIN_S);
	return rc;
}

/* The first row from the place on: does it show that ids have begun again? */
static bool is_other(const struct pass *p, const struct rasdaemon_place *place, int64_t id,
		     sqlite3_stmt *row)
{
	if (!place->stamp)
		return false;
	/* In the same file the row at the place may have been deleted, that is all. */
	return id == place->id ? stamp_of(row) != place->stamp : p->moved;
}

/* Nothing was found from the place on. Is the table shorter than it was? */
static int look_at_end(struct pass *p, size_t table)
{
	const struct rasdaemon_place *place = &p->cursor.place[table];
	int64_t max = 0;
	int rc = SQLITE_OK;

	if (!place->stamp)
		rc = ask(p, rasdaemon_tables[table].name, "max(id)", 0, &max);
	if (rc == SQLITE_OK && max < place->id)
		restart(p, table);
	return rc;
}

/*
 * A place with a stamp is that of a row which should still be there, so the table is read from that
 * row on. A place without one was guessed, or its row cannot be read: from behind it.
 */
static int read_table(struct pass *p, size_t table, bool first)
{
	struct rasdaemon_place *place = &p->cursor.place[table];
	const uint32_t from = place->id;
	sqlite3_stmt *row;
	size_t seen = 0;
	int rc = select_rows(p, &rasdaemon_tables[table], from + (place->stamp ? 0 : 1ull), &row);

	if (rc != SQLITE_OK || !row)
		return rc;
	while ((rc = sqlite3_step(row)) == SQLITE_ROW) {
		sqlite3_int64 id = sqlite3_column_int64(row, 0);

		if (!seen++ && from && is_other(p, place, id, row)) {
			restart(p, table);
			break;
		}
		if (id == from && from)
			continue;
		/* Four thousand million rows: not rasdaemon's. */
		if (id < 1 || id >= UINT32_MAX)
			break;
		if (!take(p, table, (uint32_t)id, row))
			rc = SQLITE_NOMEM;
		if (rc == SQLITE_NOMEM)
			break;
	}
	sqlite3_finalize(row);
	if (seen > RASDAEMON_PASS_ROWS)
		p->more = true;
	else if (rc == SQLITE_DONE)
		p->since_s[table] = 0;
	if (rc == SQLITE_DONE && !seen && from && !first)
		return look_at_end(p, table);
	if (rc == SQLITE_TOOBIG)
		return step_over(p, table);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int read_tables(struct pass *p)
{
	bool first = !p->cursor.known;

	for (size_t i = 0; i < RASDAEMON_TABLES; i++) {
		int rc = SQLITE_OK;

		if (first && is_table(p, rasdaemon_tables[i].name))
			rc = begin(p, i);
		if (rc == SQLITE_OK)
			rc = read_table(p, i, first);
		if (rc != SQLITE_OK)
			return rc;
	}
	p->cursor.known = true;
	return SQLITE_OK;
}

static enum pass_result failed(struct pass *p, int rc)
{
	switch (rc & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_ERROR:
	case SQLITE_TOOBIG:
		return say(p->news, PASS_DAMAGED, sqlite3_errstr(rc));
	case SQLITE_INTERRUPT:
		return say(p->news, PASS_FAILED, "reading it takes too long");
	case SQLITE_BUSY:
	case SQLITE_READONLY:
	case SQLITE_SCHEMA:
		return say(p->news, PASS_AGAIN, sqlite3_errstr(rc));
	default:
		return say(p->news, PASS_FAILED, sqlite3_errstr(rc));
	}
}

void rasdaemon_db_pass(struct rasdaemon_db *db, struct rasdaemon_news *news)
{
	struct pass p = { .db = db,
			  .news = news,
			  .until_ns = clock_mono_ns() + PASS_MAX_NS,
			  .memory = sqlite3_memory_used() };
	struct rasdaemon_file before, after;
	char why[sizeof(news->why)];
	int rc;

	*news = (struct rasdaemon_news){ .n = 0 };
	news->result = rasdaemon_file_look(db->path, &before, news->why, sizeof(news->why));
	if (news->result != PASS_DONE)
		return;
	if (before.empty) {
		say(news, PASS_EMPTY, "rasdaemon has made the file and no table yet");
		return;
	}
	if (before.writing) {
		say(news, PASS_AGAIN, "a transaction is being written, or was left half-written");
		return;
	}
	p.cursor = db->cursor;
	memcpy(p.since_s, db->since_s, sizeof(p.since_s));
	p.cursor.file = (uint32_t)before.identity;
	p.moved = db->cursor.known && db->cursor.file != p.cursor.file;
	if (p.moved)
		db->caught_up = false;
	rc = open_sql(&p, before.wal);
	if (rc == SQLITE_OK)
		rc = read_tables(&p);
	/* The last look comes after the last read. */
	if (rasdaemon_file_look(db->path, &after, why, sizeof(why)) != PASS_DONE || after.writing ||
	    (!before.wal && !rasdaemon_file_same(&before, &after)))
		say(news, PASS_AGAIN, "it was written while it was read");
	else if (rc != SQLITE_OK)
		failed(&p, rc);
	else
		say(news, p.more ? PASS_MORE : PASS_DONE, "");
	sqlite3_close(p.sql);
	if (news->result != PASS_DONE && news->result != PASS_MORE) {
		news->n = 0;
		news->malformed = 0;
		return;
	}
	db->cursor = p.cursor;
	memcpy(db->since_s, p.since_s, sizeof(db->since_s));
	if (news->result == PASS_DONE)
		db->caught_up = true;
}
