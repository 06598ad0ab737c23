// SPDX-License-Identifier: LGPL-2.1-or-later
/* What journals of measurements are filled with. */
#pragma once

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "bench/tool.h"
#include "journal/db.h"

#define PER_COMMIT 500

static inline struct journal_db *journal_of(const char *dir)
{
	struct journal_db *db;
	struct ras_err err;
	size_t left;

	if (journal_db_open(&db, dir, false, &left, &err) < 0)
		die_of(dir, &err);
	return db;
}

/* Row n: of one of 100 guests, whose QEMU is gone. */
static inline struct journal_row journal_row_of(int n)
{
	struct journal_row row = { .asked.uid = 1000,
				   .asked.pid = 77,
				   .gen.pid = 999999999,
				   .gen.start_time = 1,
				   .target.gpa = { 0x48000000 },
				   .target.source_id = 1,
				   .record_len = 228 };

	memcpy(row.id.b, &n, sizeof(n));
	row.created_real_ns = clock_real_ns();
	snprintf(row.asked.request_id, sizeof(row.asked.request_id),
		 "6b2e0b4c-0000-4000-8000-%012d", n);
	snprintf(row.asked.params_digest, sizeof(row.asked.params_digest), "%032d", n);
	snprintf(row.target.domain, sizeof(row.target.domain), "vm%d", n % 100);
	strcpy(row.asked.tag, "bench");
	strcpy(row.severity, "corrected");
	strcpy(row.target.backend, "qemu-ghes");
	memset(row.record, n & 0xff, row.record_len);
	return row;
}
