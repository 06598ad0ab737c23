// SPDX-License-Identifier: LGPL-2.1-or-later
/* The bare client, and the requests to rasd that it is compared with. */
#include "bench/bare.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "cper/cper.h"

size_t make_record(const char *gpa, const struct uuid *id, uint8_t *rec, size_t cap)
{
	struct cper_entry_info info = { .severity = CPER_SEV_CORRECTED };
	struct cper_memory m = { .validation_bits = CPER_MEM_VALID_PA | CPER_MEM_VALID_PA_MASK |
						    CPER_MEM_VALID_ERROR_TYPE,
				 .physical_address_mask = ~UINT64_C(0xfff),
				 .memory_error_type = 2 };
	struct cper_builder b;
	struct cper_guid guid;
	struct cper_err ce;
	size_t len;

	if (bare_by_page)
		return make_urgent(id, rec, cap);
	if (num_parse_u64(gpa, &m.physical_address, NULL) < 0)
		die(gpa);
	cper_build_begin(&b, rec, cap);
	cper_put_memory(&b, &info, &m);
	cper_guid_from_uuid(id, &guid);
	if (cper_build_end(&b, &len, &ce) < 0 || cper_set_fru(rec, len, &guid, "bench", &ce) < 0)
		die("record");
	return len;
}

const char *request(const char *domain, const char *gpa)
{
	static char line[2048];
	char id[UUID_TEXT_SIZE], what[1024];
	struct uuid u;

	uuid_generate(&u, NULL);
	uuid_format(&u, id);
	if (bare_by_page)
		urgent_words(what, sizeof(what));
	else
		snprintf(what, sizeof(what), "\"gpa\":\"%s\"", gpa);
	snprintf(line, sizeof(line),
		 "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"injection.create\","
		 "\"params\":{\"request_id\":\"%s\","
		 "\"domain\":\"%s\",%s,\"tag\":\"bench\","
		 "\"wait\":true,\"timeout_ms\":60000}}\n",
		 id, domain, what);
	return line;
}

sqlite3_stmt *open_db(const char *dir)
{
	char path[300];
	sqlite3 *db;
	sqlite3_stmt *st;

	snprintf(path, sizeof(path), "%s/bare.db", dir);
	if (sqlite3_open(path, &db) ||
	    sqlite3_exec(db,
			 "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
			 "CREATE TABLE t(id INTEGER PRIMARY KEY, rec BLOB, rest BLOB);",
			 NULL, NULL, NULL) ||
	    sqlite3_prepare_v2(db, "INSERT INTO t(rec, rest) VALUES(?, ?)", -1, &st, NULL))
		die(path);
	return st;
}

void commit_row(sqlite3_stmt *st, const uint8_t *rec, size_t len)
{
	/* The other columns of rasd's row are about 300 bytes of text and numbers. */
	static const char rest[300] = "the rest of a row";

	sqlite3_bind_blob(st, 1, rec, (int)len, SQLITE_STATIC);
	sqlite3_bind_blob(st, 2, rest, sizeof(rest), SQLITE_STATIC);
	if (sqlite3_step(st) != SQLITE_DONE)
		die("sqlite");
	sqlite3_reset(st);
}

static void send_by_qmp(FILE *q, const uint8_t *rec, size_t len)
{
	char b64[2048], line[2400];

	b64_encode(rec, len, b64);
	snprintf(line, sizeof(line),
		 "{\"execute\":\"inject-ghes-v2-error\",\"arguments\":{\"cper\":\"%s\"}}\n", b64);
	if (!strstr(ask(q, line), "\"return\""))
		die("QEMU refused the bare client's record");
}

int64_t bare(FILE *q, sqlite3_stmt *st, const char *gpa, const struct slot_at *at, bool tight)
{
	uint8_t rec[1024], slot[1024];
	uint64_t reg = 0;
	struct uuid u;
	int64_t t0 = clock_boot_ns();
	useconds_t delay = 200;
	size_t len;

	uuid_generate(&u, NULL);
	len = make_record(gpa, &u, rec, sizeof(rec));
	if (st)
		commit_row(st, rec, len);
	if (bare_by_page)
		send_by_page(q, at, rec, len);
	else
		send_by_qmp(q, rec, len);
	for (;;) {
		usleep(delay);
		if (pread(at->mem, slot, len, at->block) != (ssize_t)len ||
		    pread(at->mem, &reg, sizeof(reg), at->ack) != 8)
			die("/proc/PID/mem");
		if (memcmp(slot + 4, rec + 4, len - 4) == 0 && !slot[0] && (reg & 1))
			break;
		if (!tight)
			delay += delay / 2;
		if (delay > 5000)
			delay = 5000;
	}
	return clock_boot_ns() - t0;
}
