// SPDX-License-Identifier: LGPL-2.1-or-later
/* Up to three guests on a simulated kernel, and questions about their pages. */
#pragma once

#include "base/cleanup.h"
#include "tests/unit/fake_kernel.h"

#define GIB (UINT64_C(1) << 30)

static struct fake_kernel k;
static struct xlate_host h;
static struct fake_mm mm[3];
static struct xlate_space *space[3];
static struct xlate_answer ans;
static struct ras_err err;
static size_t bytes, block;

/* A guest of n pages with one section: QEMU page first, guest address gpa. */
static void guest(int i, uint64_t first, size_t n, uint64_t gpa)
{
	struct xlate_section s = { gpa, n * bytes, first * bytes };

	fake_mm_init(&mm[i], &k, first, n);
	assert_int_equal(xlate_space_new(&fake_ops, &mm[i], 100u + (unsigned int)i, bytes, &s, 1,
					 &space[i], &err),
			 0);
}

static void begin(size_t page_bytes, bool has_scan)
{
	memset(&k, 0, sizeof(k));
	memset(mm, 0, sizeof(mm));
	memset(space, 0, sizeof(space));
	k.page_bytes = bytes = page_bytes;
	k.has_scan = has_scan;
	k.swap_pages = 0;
	fake_host(&k, &h);
	block = h.block_pages;
	assert_int_equal(block, bytes / 8);
}

static void end(void)
{
	for (size_t i = 0; i < ARRAY_LEN(mm); i++) {
		if (!space[i])
			continue;
		xlate_space_unref(space[i]);
		assert_int_equal(mm[i].closed, 1);
		fake_mm_fini(&mm[i]);
	}
	xlate_host_fini(&h);
}

static size_t n_spaces(void)
{
	return space[2] ? 3 : space[1] ? 2 : 1;
}

static inline int find(uint64_t hpa, const struct xlate_index *x)
{
	return xlate_find(&h, space, n_spaces(), x, (struct hpa){ hpa }, &ans, &err);
}

static inline struct xlate_index *build(const struct xlate_index *old)
{
	struct xlate_index *x = NULL;

	assert_int_equal(xlate_index_new(&h, space, n_spaces(), NULL, old, &x, &err), 0);
	return x;
}

static inline void one_owner(enum xlate_state state, uint64_t id, uint64_t gpa)
{
	assert_string_equal(xlate_state_name(ans.state), xlate_state_name(state));
	assert_int_equal(ans.n_owners, 1);
	assert_int_equal(ans.owner[0].id, id);
	assert_int_equal(ans.owner[0].gpa.v, gpa);
	assert_int_equal(ans.owner[0].state, state);
}
