// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to rmap*.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "xlate/io.h"

#define RMAP_STEPS 6

/* Offsets in bytes of what the programs read. */
struct rmap_layout {
	/* from the current task to the first page of one of its files: one pointer a step */
	int32_t step[RMAP_STEPS];
	int32_t mapping, index, head; /* in struct page */
	int32_t page_bytes;	      /* of struct page */
};

/* rmap_btf.c: read them from the kernel; step[3], the descriptor's place, stays 0. RAS_E_HELPER. */
int rmap_layout_read(struct rmap_layout *l, struct ras_err *err);

/*
 * rmap_code.c: make and load a program; returns its descriptor. RAS_E_HELPER.
 *
 * The finder gives the address of the struct page of the first page of the file at step[3]. The
 * look-up answers for the page number in struct xlate_rmap; first is the address of struct page 0.
 */
int rmap_load_finder(const struct rmap_layout *l, struct ras_err *err);
int rmap_load_lookup(const struct rmap_layout *l, uint64_t first, struct ras_err *err);

/* Run one on arg; false where the kernel refuses or the program gives nothing. */
bool rmap_run(int fd, struct xlate_rmap *arg);
