// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which QEMU a domain's list of bad pages belongs to.
 *
 * Problem: the list is kept by the domain's name, and the name outlives the guest. A guest that is
 * shut down and started again has other pages, and an OS that was told of none of them. A guest
 * that was reset has the same pages. A guest that was migrated here, or restored from a file, has
 * another QEMU and an OS that still knows.
 *
 * Rule: the list belongs to one process. When another QEMU of that name is seen, the list is
 * cleared if that one began with memory of its own, else it goes over to it. A page that a QEMU
 * learned of which ran before the list's is not added: its outcome was only decided late.
 */
#include <string.h>

#include "base/log.h"
#include "journal/private.h"

static int fail(struct journal_db *d, struct ras_err *err)
{
	return ras_fail(err, RAS_E_JOURNAL, "journal: bad pages: %s", sqlite3_errmsg(d->db));
}

static int run(struct journal_db *d, sqlite3_stmt *st, struct ras_err *err)
{
	int rc = sqlite3_step(st);

	sqlite3_reset(st);
	return rc == SQLITE_DONE ? 0 : fail(d, err);
}

/* *found: false where it belongs to nobody yet. */
static int get(struct journal_db *d, const char *domain, struct poison_of *out, bool *found,
	       struct ras_err *err)
{
	sqlite3_stmt *st = d->st[ST_POISON_OF];
	int rc;

	sqlite3_bind_text(st, 1, domain, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	*found = rc == SQLITE_ROW;
	if (*found) {
		const unsigned char *boot = sqlite3_column_text(st, 0);

		snprintf(out->boot_id, sizeof(out->boot_id), "%s", boot ? (const char *)boot : "");
		out->pid = (pid_t)sqlite3_column_int64(st, 1);
		out->start_time = (uint64_t)sqlite3_column_int64(st, 2);
	}
	sqlite3_reset(st);
	return *found || rc == SQLITE_DONE ? 0 : fail(d, err);
}

static int put(struct journal_db *d, const char *domain, const struct poison_of *of,
	       struct ras_err *err)
{
	sqlite3_stmt *st = d->st[ST_POISON_OF_PUT];

	sqlite3_bind_text(st, 1, domain, -1, SQLITE_STATIC);
	sqlite3_bind_text(st, 2, of->boot_id, -1, SQLITE_STATIC);
	sqlite3_bind_int64(st, 3, of->pid);
	sqlite3_bind_int64(st, 4, (int64_t)of->start_time);
	return run(d, st, err);
}

bool poison_of_is(const struct poison_of *a, const struct poison_of *b)
{
	return strcmp(a->boot_id, b->boot_id) == 0 && a->pid == b->pid &&
	       a->start_time == b->start_time;
}

int journal_poison_may_add(struct journal_db *d, const char *domain, const struct poison_of *of,
			   bool *ok, struct ras_err *err)
{
	struct poison_of now;
	bool found, same_boot;
	int ret = get(d, domain, &now, &found, err);

	*ok = true;
	if (ret || (found && poison_of_is(&now, of)))
		return ret;
	same_boot = found && strcmp(now.boot_id, of->boot_id) == 0;
	if (found &&
	    (same_boot ? of->start_time < now.start_time : strcmp(of->boot_id, d->boot_id) != 0)) {
		*ok = false;
		return 0;
	}
	return put(d, domain, of, err);
}

/* So that a QEMU with any name cannot fill the table: only what has a list, or may get one. */
static int may_have_list(struct journal_db *d, const char *domain, bool *out, struct ras_err *err)
{
	sqlite3_stmt *st = d->st[ST_POISON_ANY];
	int rc;

	sqlite3_bind_text(st, 1, domain, -1, SQLITE_STATIC);
	rc = sqlite3_step(st);
	*out = rc == SQLITE_ROW && sqlite3_column_int(st, 0);
	sqlite3_reset(st);
	return rc == SQLITE_ROW ? 0 : fail(d, err);
}

int journal_db_belongs(struct journal_db *d, const struct poison_import *im, struct ras_err *err)
{
	struct poison_of now, of = { .pid = im->pid, .start_time = im->start_time };
	bool found, any;
	int n, ret = get(d, im->domain, &now, &found, err);

	snprintf(of.boot_id, sizeof(of.boot_id), "%s", d->boot_id);
	if (ret || (found && poison_of_is(&now, &of)))
		return ret;
	ret = may_have_list(d, im->domain, &any, err);
	if (ret || !any)
		return ret;
	if (found && im->fresh) {
		sqlite3_bind_text(d->st[ST_POISON_CLEAR], 1, im->domain, -1, SQLITE_STATIC);
		ret = run(d, d->st[ST_POISON_CLEAR], err);
		n = sqlite3_changes(d->db);
		if (ret == 0 && n > 0)
			log_limited(LOG_INFO, im->domain,
				    "guest %s: another QEMU with memory of its own: its list of %d "
				    "bad pages is cleared",
				    im->domain, n);
	}
	return ret ? ret : put(d, im->domain, &of, err);
}
