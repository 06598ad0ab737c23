// SPDX-License-Identifier: LGPL-2.1-or-later
/* Memory mapped as QEMU maps a block of guest RAM (its qemu_ram_mmap()). */
#pragma once

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define QEMU_RAM_ALIGN (UINT64_C(2) << 20)

/*
 * bytes of memory at a multiple of 2 MiB, and a page without access behind it. flags: MAP_PRIVATE
 * or MAP_SHARED, with MAP_ANONYMOUS and others. NULL: no memory.
 */
static inline uint8_t *qemu_ram(uint64_t bytes, int flags, int fd)
{
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t total = bytes + QEMU_RAM_ALIGN + page, at, start;
	void *all =
		mmap(NULL, total, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (all == MAP_FAILED)
		return NULL;
	at = (uint64_t)(uintptr_t)all;
	start = (at + QEMU_RAM_ALIGN - 1) / QEMU_RAM_ALIGN * QEMU_RAM_ALIGN;
	if (start > at)
		munmap(all, start - at);
	munmap((uint8_t *)all + (start - at) + bytes + page, total - (start - at) - bytes - page);
	all = mmap((uint8_t *)all + (start - at), bytes, PROT_READ | PROT_WRITE, flags | MAP_FIXED,
		   fd, 0);
	return all == MAP_FAILED ? NULL : all;
}

static inline void qemu_ram_free(uint8_t *ram, uint64_t bytes)
{
	munmap(ram, bytes + (uint64_t)sysconf(_SC_PAGESIZE));
}
