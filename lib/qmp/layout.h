// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where the guest's RAM is: guest physical addresses joined with QEMU's own. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "json/json.h"

#define QMP_SECTIONS_MAX 64
#define QMP_MEMDEVS_MAX 64
#define QMP_BLOCK_NAME_SIZE 64

/* One range of guest RAM. */
struct qmp_ram_section {
	uint64_t gpa;
	uint64_t len_bytes;
	uint64_t hva;			 /* of gpa, in QEMU; valid with has_hva */
	uint64_t block_offset;		 /* of gpa, in its RAM block */
	bool has_hva;			 /* false: ask with gpa2hva */
	char block[QMP_BLOCK_NAME_SIZE]; /* the memory region's name, as gpa2hva shows it */
};

/* The ids of the memory backends. */
struct qmp_memdevs {
	size_t n;
	char id[QMP_MEMDEVS_MAX][QMP_BLOCK_NAME_SIZE];
};

/* Reply of query-memdev. RAS_E_LAYOUT: malformed, too many, or an id of 64 bytes or more. */
int qmp_parse_memdevs(json_object *ret, struct qmp_memdevs *out, struct ras_err *err);

/*
 * Join "info mtree -f" and the ramblock table to the sections of guest RAM, in ascending order.
 * memdevs says which blocks are RAM. NULL: all blocks except those with a known name of firmware,
 * flash or video. out has room for QMP_SECTIONS_MAX. RAS_E_LAYOUT if anything does not fit or there
 * is no RAM; out is scratch then, *n untouched.
 */
int qmp_layout_join(const char *mtree, size_t mtree_len, const char *ramblocks,
		    size_t ramblocks_len, const struct qmp_memdevs *memdevs,
		    struct qmp_ram_section *out, size_t *n, struct ras_err *err);

/*
 * The text of gpa2hva for gpa: *hva and, if block is not NULL, the block's name. RAS_E_NOT_RAM:
 * QEMU says that it is not RAM. RAS_E_LAYOUT: another text, or about another address.
 */
int qmp_gpa2hva_parse(const char *text, size_t len, uint64_t gpa, uint64_t *hva,
		      char block[QMP_BLOCK_NAME_SIZE], struct ras_err *err);

/* The section that holds gpa, or NULL. */
const struct qmp_ram_section *qmp_section_at(const struct qmp_ram_section *s, size_t n,
					     uint64_t gpa);
