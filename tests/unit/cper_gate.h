// SPDX-License-Identifier: LGPL-2.1-or-later
/* Shared by the tests of what lib/cper accepts. */
#ifndef RASD_TEST_CPER_GATE_H
#define RASD_TEST_CPER_GATE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cper_make.h"

#define SECTION 92u

struct edit {
	uint32_t at;
	uint8_t width;
	uint64_t value;
};

struct row {
	const char *kind;
	struct edit edit[3];
	size_t len; /* 0: the block's length */
	int code;
	uint32_t offset;
};

/*
 * The block of a kind with the edits made, in memory of exactly its size, so that asan sees a read
 * beyond it.
 */
static inline uint8_t *edited(const struct row *r, size_t *len)
{
	uint8_t buf[4096] = { 0 };
	uint8_t *exact;

	*len = make_block(maker_of(r->kind), buf, sizeof(buf));
	if (r->len)
		*len = r->len;
	for (size_t i = 0; i < ARRAY_LEN(r->edit) && r->edit[i].width; i++)
		le_store(buf + r->edit[i].at, r->edit[i].width, r->edit[i].value);
	exact = malloc(*len ? *len : 1);
	memcpy(exact, buf, *len);
	return exact;
}

#endif
