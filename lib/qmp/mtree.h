// SPDX-License-Identifier: LGPL-2.1-or-later
/* "info mtree -f": what the guest's physical address space is made of. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define QMP_FLAT_LINES_MAX 128

/* How the view begins that the guest's CPUs see: the line of its address space, its last line. */
#define QMP_MTREE_MEMORY " AS \"memory\", root: system"
#define QMP_MTREE_ROOT " Root memory region:"

/* A range of the flat view that is RAM, or that reads like RAM. */
struct qmp_flat_line {
	uint64_t gpa;
	uint64_t len_bytes; /* never 0; gpa + len_bytes does not wrap */
	uint64_t offset;    /* into the memory region */
	const char *name;   /* name_len bytes, borrowed from the text */
	size_t name_len;
};

/*
 * The ram and rom lines of the one flat view of address space "memory", in ascending order and
 * without overlap. out has room for QMP_FLAT_LINES_MAX. RAS_E_LAYOUT for any other text.
 */
int qmp_mtree_parse(const char *text, size_t len, struct qmp_flat_line *out, size_t *n,
		    struct ras_err *err);

/* True: a line of a view, without its end, that is surely neither RAM nor ROM. */
bool qmp_mtree_line_is_other(const char *line, size_t len);
