// SPDX-License-Identifier: LGPL-2.1-or-later
/* A qualified process's guest RAM, read only. The descriptors never leave the helper. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "helper/hest.h"

#define KNOWN_MAPPINGS 4u
#define NOTED_READS 8u /* of a status block: three reads, which may cross sections */

/* A mapping as the kernel describes it: struct procmap_query without what we do not ask for. */
struct known_mapping {
	uint64_t from, to, flags, offset_bytes, ino, device;
};

/* Bytes that were read and are still to be judged. */
struct noted_read {
	uint64_t hva;
	size_t len;
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
	struct noted_read noted[NOTED_READS];
	size_t n_noted;
};

/*
 * Open through an O_PATH descriptor of /proc/PID, which stays open as long as m. RAS_E_HELPER where
 * the kernel refuses.
 */
int memory_open(struct guest_memory *m, int procfd, struct ras_err *err);
void memory_close(struct guest_memory *m);

/*
 * Keep those of *n checked sections that lie in guest RAM (mappings.h), in place, and use them:
 * only they can be read from now on. s must stay. Errors as of ram_walk_end(): then nothing can
 * be read.
 */
int memory_use(struct guest_memory *m, struct ram_section *s, size_t *n, struct ras_err *err);

/*
 * True where the process has the file of fd mapped at hva, from its start for len bytes, shared,
 * readable and writable. The device and inode of the mapping itself are compared, not its name.
 */
bool memory_maps_file(struct guest_memory *m, int fd, uint64_t hva, uint64_t len);

/* An io for hest.h over m with the budget of the hest verb. It reads only what is guest RAM. */
struct hest_io memory_io(struct guest_memory *m);

/*
 * The same for a few short reads. What they gave counts only if memory_settle() then says RAM_SAME.
 * One question about all of them costs a microsecond, one a read three.
 */
struct hest_io memory_io_noted(struct guest_memory *m);

/* Was all that was read since the last call guest RAM? */
enum ram_check {
	RAM_SAME,
	RAM_LEARNT, /* it is now, but may not have been then: read again */
	RAM_GONE
};
enum ram_check memory_settle(struct guest_memory *m);
