// SPDX-License-Identifier: LGPL-2.1-or-later
/* A qualified process's guest RAM, read only. The descriptors never leave the helper. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "helper/hest.h"

#define KNOWN_MAPPINGS 4u

/* A mapping as the kernel describes it: struct procmap_query without what we do not ask for. */
struct known_mapping {
	uint64_t from, to, flags, offset_bytes, ino, device;
};

struct guest_memory {
	int procfd; /* the process's; borrowed */
	int mem_fd, pagemap_fd, maps_fd;
	const struct ram_section *section; /* what may be read: n, of the process */
	size_t n;
	bool checked_slowly; /* the kernel has no PROCMAP_QUERY */
	int64_t checked_ns;  /* when the sections were last seen to be guest RAM */
	/* Mappings that the sections lie in, as they were when they were seen to be guest RAM. */
	struct known_mapping known[KNOWN_MAPPINGS];
	size_t next_known;
};

/*
 * Open through an O_PATH descriptor of /proc/PID, which stays open as long as m. RAS_E_HELPER where
 * the kernel refuses.
 */
int memory_open(struct guest_memory *m, int procfd, struct ras_err *err);
void memory_close(struct guest_memory *m);

/*
 * Keep those of *n checked sections that lie in guest RAM (mappings.h), in place, and use them: only
 * they can be read from now on. s must stay. Errors as of ram_walk_end(): then nothing can be read.
 */
int memory_use(struct guest_memory *m, struct ram_section *s, size_t *n, struct ras_err *err);

/* An io for hest.h over m with the budget of the hest verb. It reads what memory_use() allows. */
struct hest_io memory_io(struct guest_memory *m);
