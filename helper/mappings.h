// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which mappings of a QEMU are guest RAM: judged by the lines of /proc/PID/maps. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "helper/protocol.h"

/* A block of guest RAM has at least this: QEMU's thread stacks have 8 MiB. */
#define RAM_BLOCK_MIN_BYTES (UINT64_C(16) << 20)
/* A section of a block that is searched: the guest's low 640 KiB on a PC are not. */
#define RAM_SECTION_MIN_BYTES (UINT64_C(1) << 20)

/* What backs a mapping. */
enum backing {
	BACKING_NONE, /* not readable and writable memory of a kind that guest RAM has */
	BACKING_ANONYMOUS,
	BACKING_FILE
};

struct mapping {
	uint64_t from, to;
	uint64_t offset_bytes, ino;
	uint32_t dev_major, dev_minor;
	enum backing backing;
	bool guard; /* no access at all */
	bool shared;
};

/* Take a line of maps apart. False: it is none. */
bool mapping_parse(const char *line, struct mapping *out);

/* A walk through all lines, in their order. */
struct ram_walk {
	const struct ram_section *section; /* n, checked by ram_check() */
	size_t n;
	/* True where the mapping of a file is one of a regular file. */
	bool (*is_regular)(void *ctx, uint64_t from, uint64_t to);
	void *ctx;
	size_t page_bytes;
	struct mapping run;		     /* adjacent mappings of one kind; from == to: none */
	uint64_t block[HELPER_MAX_SECTIONS]; /* of each section: where its block begins; 0: none */
};

/* The next line. */
void ram_walk_line(struct ram_walk *w, const struct mapping *m);

/*
 * After the last line: give the sections that lie in guest RAM, at most w->n. RAS_E_HELPER: there
 * is none, or two of them contradict each other (ranges that overlap, or in another order than
 * in the guest).
 */
int ram_walk_end(const struct ram_walk *w, struct ram_section *out, size_t *n, struct ras_err *err);
