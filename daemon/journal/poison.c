// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which pages a guest knows to be bad. The rasd of the host that it migrates to needs the list,
 * too.
 *
 * The table poison holds one row a 4 KiB page and domain: filled in the transaction that stores how
 * an injection ended, from the record's own bytes, and by imports. What is known is never
 * overwritten, so an import may be repeated, and the first report of a page is the one that stays.
 */
#include <stdio.h>
#include <string.h>

#include "cper/cper.h"
#include "cper/effect.h"
#include "journal/private.h"

#define MAX_PAGES_PER_RECORD (JOURNAL_MAX_RECORD / 32) /* 32 bytes: an ARM error information */

const char journal_poison_insert[] =
	"INSERT INTO poison(domain, gpa, seen_real_ns, origin) VALUES(?1,?2,?3,?4) "
	"ON CONFLICT(domain, gpa) DO NOTHING";

static int fail(sqlite3 *db, struct ras_err *err)
{
	return ras_fail(err, RAS_E_JOURNAL, "journal: bad pages: %s", sqlite3_errmsg(db));
}

static int add(sqlite3_stmt *insert, const char *domain, struct gpa gpa, int64_t seen_real_ns,
	       const char *origin, struct ras_err *err)
{
	int rc;

	sqlite3_bind_text(insert, 1, domain, -1, SQLITE_STATIC);
	sqlite3_bind_int64(insert, 2, (int64_t)gpa.v);
	sqlite3_bind_int64(insert, 3, seen_real_ns);
	sqlite3_bind_text(insert, 4, origin, -1, SQLITE_STATIC);
	rc = sqlite3_step(insert);
	sqlite3_reset(insert);
	return rc == SQLITE_DONE ? 0 : fail(sqlite3_db_handle(insert), err);
}

struct page_list {
	struct gpa *out;
	size_t n, cap;
};

static void add_page(void *ctx, const struct cper_effect *x)
{
	struct page_list *l = ctx;

	if (x->kind != CPER_EFFECT_PAGE_SOFT_OFFLINE && x->kind != CPER_EFFECT_PAGE_OFFLINE)
		return;
	if (l->n < l->cap && x->gpa < POISON_MAX_GPA)
		l->out[l->n++].v = x->gpa & ~(uint64_t)(POISON_PAGE_BYTES - 1);
}

/*
 * The 4 KiB pages that Linux takes out of use for record[len] (any bytes): the addresses of the
 * effects, each rounded down, the first cap of them, maybe with duplicates. Returns how many; 0 for
 * a record that Linux refuses.
 */
static size_t bad_pages(const uint8_t *record, size_t len, struct gpa *out, size_t cap)
{
	struct page_list l = { .out = out, .cap = cap };

	return cper_effects(record, len, add_page, &l) < 0 ? 0 : l.n;
}

int journal_poison_record(sqlite3_stmt *insert, sqlite3_stmt *row, int64_t seen_real_ns,
			  struct ras_err *err)
{
	const char *domain = (const char *)sqlite3_column_text(row, 0);
	const void *record = sqlite3_column_blob(row, 1), *id_bytes = sqlite3_column_blob(row, 2);
	int len = sqlite3_column_bytes(row, 1), ret = 0;
	char origin[POISON_ORIGIN_SIZE] = "injection ";
	struct gpa pages[MAX_PAGES_PER_RECORD];
	struct uuid id;
	size_t n;

	if (!domain || !record || !id_bytes || len > JOURNAL_MAX_RECORD ||
	    sqlite3_column_bytes(row, 2) != (int)sizeof(id.b))
		return 0;
	memcpy(id.b, id_bytes, sizeof(id.b));
	uuid_format(&id, origin + strlen(origin));
	n = bad_pages(record, (size_t)len, pages, MAX_PAGES_PER_RECORD);
	for (size_t i = 0; i < n && ret == 0; i++)
		ret = add(insert, domain, pages[i], seen_real_ns, origin, err);
	return ret;
}

int journal_poison_fill(sqlite3 *db, struct ras_err *err)
{
	sqlite3_stmt *insert = NULL, *row = NULL;
	int rc = SQLITE_ERROR, ret = 0;

	if (sqlite3_prepare_v2(db, journal_poison_insert, -1, &insert, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db,
			       "SELECT domain, record, id, decided_real_ns FROM injection WHERE "
			       "state IN ('consumed','acknowledged','delivered') "
			       "ORDER BY rowid",
			       -1, &row, NULL) == SQLITE_OK)
		while (ret == 0 && (rc = sqlite3_step(row)) == SQLITE_ROW)
			ret = journal_poison_record(insert, row, sqlite3_column_int64(row, 3), err);
	if (ret == 0 && rc != SQLITE_DONE)
		ret = fail(db, err);
	sqlite3_finalize(row);
	sqlite3_finalize(insert);
	return ret;
}

int journal_poison_add(sqlite3_stmt *insert, const struct poison_import *im, struct ras_err *err)
{
	int ret = 0;

	for (size_t i = 0; i < im->n && ret == 0; i++)
		ret = add(insert, im->domain, im->pages[i].gpa, im->pages[i].seen_real_ns,
			  im->pages[i].origin, err);
	return ret;
}
