// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reads go through one descriptor of /proc/PID/mem: it stays with the address space it was opened
 * on, so an exec ends it instead of showing another program's memory.
 */
#include "helper/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define BUDGET_NS INT64_C(2000000000)

static bool read_all(int fd, void *buf, size_t len, uint64_t at)
{
	uint8_t *to = buf;

	if (at > INT64_MAX - len)
		return false;
	while (len > 0) {
		ssize_t n = pread(fd, to, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		to += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return true;
}

static bool io_read(void *ctx, uint64_t hva, void *buf, size_t len)
{
	const struct guest_memory *m = ctx;

	return read_all(m->mem_fd, buf, len, hva);
}

static bool io_pagemap(void *ctx, uint64_t first_page, size_t n, uint64_t *entry)
{
	const struct guest_memory *m = ctx;

	return first_page < INT64_MAX / 8 &&
	       read_all(m->pagemap_fd, entry, n * sizeof(*entry), first_page * sizeof(*entry));
}

static int64_t io_now(void *ctx)
{
	(void)ctx;
	return clock_boot_ns();
}

int memory_open(struct guest_memory *m, int procfd, struct ras_err *err)
{
	_close_ int mem = openat(procfd, "mem", O_RDONLY | O_CLOEXEC);
	_close_ int pagemap = openat(procfd, "pagemap", O_RDONLY | O_CLOEXEC);

	if (mem < 0 || pagemap < 0)
		return ras_fail(err, RAS_E_HELPER, "cannot open the process's memory: %s",
				strerror(errno));
	m->mem_fd = TAKE_FD(mem);
	m->pagemap_fd = TAKE_FD(pagemap);
	return 0;
}

void memory_close(struct guest_memory *m)
{
	if (m->mem_fd >= 0)
		close(m->mem_fd);
	if (m->pagemap_fd >= 0)
		close(m->pagemap_fd);
	m->mem_fd = m->pagemap_fd = -1;
}

struct hest_io memory_io(struct guest_memory *m)
{
	return (struct hest_io){ .ctx = m,
				 .read = io_read,
				 .pagemap = io_pagemap,
				 .now_ns = io_now,
				 .page_bytes = (size_t)sysconf(_SC_PAGESIZE),
				 .budget_ns = BUDGET_NS };
}

int memory_check_maps(int procfd, const struct ram_section *s, size_t n, struct ras_err *err)
{
	uint64_t covered[HELPER_MAX_SECTIONS]; /* each section is covered up to here */
	int fd = openat(procfd, "maps", O_RDONLY | O_CLOEXEC);
	_fclose_ FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
	_free_ char *line = NULL;
	size_t size = 0;

	if (!f) {
		if (fd >= 0)
			close(fd);
		return ras_fail(err, RAS_E_HELPER, "cannot read the process's maps");
	}
	for (size_t i = 0; i < n; i++)
		covered[i] = s[i].hva;
	/* Lines come in address order, so one pass is enough. */
	while (getline(&line, &size, f) > 0) {
		uint64_t from, to;
		char perm[5];

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &from, &to, perm) != 3 ||
		    perm[0] != 'r' || perm[1] != 'w')
			continue;
		for (size_t i = 0; i < n; i++)
			if (from <= covered[i] && covered[i] < to)
				covered[i] = to;
	}
	for (size_t i = 0; i < n; i++)
		if (covered[i] < s[i].hva + s[i].len_bytes)
			return ras_fail(err, RAS_E_HELPER, "RAM section %zu is not mapped rw", i);
	return 0;
}
