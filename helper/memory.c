// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * Reads go through one descriptor of /proc/PID/mem: it stays with the address space it was opened
 * on, so an exec ends it instead of showing another program's memory.
 *
 * Problem: what was guest RAM during the search may be something else when the status block is
 * read. QEMU unplugs memory, and its heap may grow into the place.
 *
 * Rule: what was read counts only if its mapping is still one that is known to be guest RAM. The
 * kernel describes the mapping of an address in a microsecond (PROCMAP_QUERY, Linux 6.11). If the
 * mapping is not known, or has changed, we judge all mappings again (mappings.c) and read again. An
 * older kernel cannot be asked: there all mappings are judged again if the last time is more than
 * RECHECK_NS ago, because that takes as long as ten reads of a status block.
 */
#include "helper/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "helper/mappings.h"

#define BUDGET_NS INT64_C(2000000000)
#define RECHECK_NS INT64_C(1000000000)
#define MAPS_NS INT64_C(1000000000) /* to read a list of mappings: 65,530 lines take 30 ms */
#define READ_TRIES 3		    /* each but the first follows a change of the mappings */

/* struct procmap_query of linux/fs.h, which is newer than the headers that we build with. */
struct mapping_query {
	uint64_t size, query_flags, query_addr;
	uint64_t from, to, flags, page_bytes, offset_bytes, ino;
	uint32_t dev_major, dev_minor;
	uint32_t name_bytes, build_id_bytes;
	uint64_t name, build_id;
};
#define MAPPING_QUERY _IOWR('f', 17, struct mapping_query)

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

/* What the mapping maps, by the kernel's own reference to it. */
static bool stat_mapped(const struct guest_memory *m, uint64_t from, uint64_t to, struct stat *out)
{
	char name[64];

	snprintf(name, sizeof(name), "map_files/%" PRIx64 "-%" PRIx64, from, to);
	return fstatat(m->procfd, name, out, 0) == 0;
}

static bool is_regular(void *ctx, uint64_t from, uint64_t to)
{
	struct stat st;

	return stat_mapped(ctx, from, to, &st) && S_ISREG(st.st_mode);
}

/* Called for each mapping; false ends the walk. */
typedef bool (*mapping_fn)(void *arg, const struct mapping *map);

/* Walk through the list of mappings. False: it cannot be read, or not in time, or fn ended it. */
static bool walk_maps(const struct guest_memory *m, mapping_fn fn, void *arg)
{
	const int64_t until_ns = clock_boot_ns() + MAPS_NS;
	int fd = openat(m->procfd, "maps", O_RDONLY | O_CLOEXEC);
	_fclose_ FILE *f = fd >= 0 ? fdopen(fd, "r") : NULL;
	_free_ char *line = NULL;
	size_t size = 0;

	if (!f) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	for (size_t i = 1; getline(&line, &size, f) > 0; i++) {
		struct mapping map;

		if (!mapping_parse(line, &map) || (i % 1024 == 0 && clock_boot_ns() >= until_ns) ||
		    !fn(arg, &map))
			return false;
	}
	return true;
}

static bool judge_line(void *arg, const struct mapping *map)
{
	ram_walk_line(arg, map);
	return true;
}

/* Which of n sections lie in guest RAM now? */
static int judge(struct guest_memory *m, const struct ram_section *s, size_t n,
		 struct ram_section *out, size_t *n_out, struct ras_err *err)
{
	struct ram_walk w = { .section = s,
			      .n = n,
			      .is_regular = is_regular,
			      .ctx = m,
			      .page_bytes = (size_t)sysconf(_SC_PAGESIZE) };

	if (!walk_maps(m, judge_line, &w))
		return ras_fail(err, RAS_E_HELPER, "cannot read the process's maps");
	return ram_walk_end(&w, out, n_out, err);
}

int memory_use(struct guest_memory *m, struct ram_section *s, size_t *n, struct ras_err *err)
{
	struct ram_section kept[HELPER_MAX_SECTIONS];
	size_t n_kept = 0;
	int r;

	m->n = 0;
	memset(m->known, 0, sizeof(m->known));
	r = judge(m, s, *n, kept, &n_kept, err);
	if (r < 0)
		return r;
	memcpy(s, kept, n_kept * sizeof(*s));
	*n = n_kept;
	m->section = s;
	m->n = n_kept;
	m->checked_ns = clock_boot_ns();
	return 0;
}

struct file_wanted {
	const struct guest_memory *m;
	struct stat st;
	uint64_t hva, len;
	bool found;
};

static bool look_for_file(void *arg, const struct mapping *map)
{
	struct file_wanted *w = arg;
	struct stat st;

	if (map->from != w->hva)
		return true;
	if (map->backing != BACKING_FILE || !map->shared || map->offset_bytes != 0 ||
	    map->to - map->from < w->len)
		return false;
	w->found = stat_mapped(w->m, map->from, map->to, &st) && st.st_dev == w->st.st_dev &&
		   st.st_ino == w->st.st_ino;
	return false;
}

bool memory_maps_file(struct guest_memory *m, int fd, uint64_t hva, uint64_t len)
{
	struct file_wanted w = { .m = m, .hva = hva, .len = len };

	if (fstat(fd, &w.st) == 0)
		walk_maps(m, look_for_file, &w);
	return w.found;
}

/* All that may be read is still guest RAM. */
static bool judge_again(struct guest_memory *m)
{
	struct ram_section kept[HELPER_MAX_SECTIONS];
	size_t n_kept = 0;

	if (m->n == 0 || judge(m, m->section, m->n, kept, &n_kept, NULL) < 0 || n_kept != m->n) {
		m->n = 0;
		return false;
	}
	m->checked_ns = clock_boot_ns();
	return true;
}

/* The mapping at hva; false: none, or the kernel cannot be asked like that. */
static bool mapping_at(struct guest_memory *m, uint64_t hva, struct known_mapping *out)
{
	struct mapping_query q = { .size = sizeof(q), .query_addr = hva };

	if (ioctl(m->maps_fd, MAPPING_QUERY, &q) < 0) {
		m->checked_slowly |= errno == ENOTTY || errno == EPERM;
		return false;
	}
	*out = (struct known_mapping){ .from = q.from,
				       .to = q.to,
				       .flags = q.flags,
				       .offset_bytes = q.offset_bytes,
				       .ino = q.ino,
				       .device = (uint64_t)q.dev_major << 32 | q.dev_minor };
	return true;
}

static bool is_known(const struct guest_memory *m, const struct known_mapping *map)
{
	for (size_t i = 0; i < KNOWN_MAPPINGS; i++)
		if (memcmp(&m->known[i], map, sizeof(*map)) == 0)
			return true;
	return false;
}

/* The mapping at hva is not known. It becomes so if it is the same before and after a judgement. */
static bool learn(struct guest_memory *m, uint64_t hva, const struct known_mapping *before)
{
	struct known_mapping after;

	if (!judge_again(m) || !mapping_at(m, hva, &after) ||
	    memcmp(before, &after, sizeof(after)) != 0)
		return false;
	m->known[m->next_known++ % KNOWN_MAPPINGS] = after;
	return true;
}

/* Judge what was read at [hva, hva+len). *last: a mapping that was just found to be known. */
static enum ram_check check_one(struct guest_memory *m, uint64_t hva, size_t len,
				struct known_mapping *last)
{
	const uint64_t end = hva + len;
	enum ram_check result = RAM_SAME;

	while (hva < end) {
		if (hva < last->from || hva >= last->to) {
			if (!mapping_at(m, hva, last))
				return RAM_GONE;
			if (!is_known(m, last)) {
				if (!learn(m, hva, last))
					return RAM_GONE;
				result = RAM_LEARNT;
			}
		}
		hva = last->to;
	}
	return result;
}

enum ram_check memory_settle(struct guest_memory *m)
{
	struct known_mapping last = { 0 };
	enum ram_check result = m->n > 0 ? RAM_SAME : RAM_GONE;

	for (size_t i = 0; i < m->n_noted && !m->checked_slowly && result != RAM_GONE; i++) {
		enum ram_check one = check_one(m, m->noted[i].hva, m->noted[i].len, &last);

		result = one > result ? one : result;
	}
	m->n_noted = 0;
	if (!m->checked_slowly)
		return result;
	if (clock_boot_ns() - m->checked_ns <= RECHECK_NS)
		return m->n > 0 ? RAM_SAME : RAM_GONE;
	return judge_again(m) ? RAM_LEARNT : RAM_GONE;
}

static bool io_read_noted(void *ctx, uint64_t hva, void *buf, size_t len)
{
	struct guest_memory *m = ctx;

	if (m->n == 0 || m->n_noted == NOTED_READS)
		return false;
	m->noted[m->n_noted++] = (struct noted_read){ hva, len };
	return read_all(m->mem_fd, buf, len, hva);
}

static bool io_read(void *ctx, uint64_t hva, void *buf, size_t len)
{
	struct guest_memory *m = ctx;
	enum ram_check now = RAM_LEARNT;

	for (int i = 0; i < READ_TRIES && now == RAM_LEARNT; i++) {
		m->n_noted = 0;
		if (!io_read_noted(m, hva, buf, len))
			return false;
		now = memory_settle(m);
	}
	return now == RAM_SAME;
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
	_close_ int maps = openat(procfd, "maps", O_RDONLY | O_CLOEXEC);

	if (mem < 0 || pagemap < 0 || maps < 0)
		return ras_fail(err, RAS_E_HELPER, "cannot open the process's memory: %s",
				strerror(errno));
	*m = (struct guest_memory){ .procfd = procfd,
				    .mem_fd = TAKE_FD(mem),
				    .pagemap_fd = TAKE_FD(pagemap),
				    .maps_fd = TAKE_FD(maps) };
	return 0;
}

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void memory_close(struct guest_memory *m)
{
	close_one(&m->mem_fd);
	close_one(&m->pagemap_fd);
	close_one(&m->maps_fd);
	m->n = 0;
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

struct hest_io memory_io_noted(struct guest_memory *m)
{
	struct hest_io io = memory_io(m);

	m->n_noted = 0;
	io.read = io_read_noted;
	return io;
}
