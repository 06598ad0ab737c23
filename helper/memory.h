// SPDX-License-Identifier: LGPL-2.1-or-later
/* A qualified process's memory, read only. The descriptors never leave the helper. */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "helper/hest.h"

struct guest_memory {
	int mem_fd;
	int pagemap_fd;
};

/* Open through an O_PATH descriptor of /proc/PID. RAS_E_HELPER where the kernel refuses. */
int memory_open(struct guest_memory *m, int procfd, struct ras_err *err);
void memory_close(struct guest_memory *m);

/* An io for hest.h over m with the budget of the hest verb. */
struct hest_io memory_io(struct guest_memory *m);

/* RAS_E_HELPER unless every section's HVA range is covered by rw mappings in /proc/PID/maps. */
int memory_check_maps(int procfd, const struct ram_section *s, size_t n, struct ras_err *err);
