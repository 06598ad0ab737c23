// SPDX-License-Identifier: LGPL-2.1-or-later
/* A status block with one section, as the backends of single devices take it. */
#pragma once

#include "tests/unit/cper_make.h"

struct one_record {
	uint8_t bytes[512];
	size_t len;
};

/* The caller puts its section into the builder. */
static inline struct cper_builder one_begin(struct one_record *r)
{
	struct cper_builder b;

	cper_build_begin(&b, r->bytes, sizeof(r->bytes));
	return b;
}

static inline void one_end(struct one_record *r, struct cper_builder *b)
{
	assert_int_equal(cper_build_end(b, &r->len, NULL), 0);
}
