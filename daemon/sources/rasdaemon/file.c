// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sources/rasdaemon/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

/* The database's header, as sqlite's file format says. */
#define HEAD_BYTES 100
#define HEAD_WRITE_VERSION 18 /* 2: WAL */
#define HEAD_READ_VERSION 19
#define HEAD_COUNTER 24
#define HEAD_PAGES 28
#define HEAD_PAGE_BYTES 16

#define JOURNAL_SMALL (128 * 1024) /* a row changes some pages of 4 KiB */

static bool is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/*
 * True if the database may be half-written: there is a journal, and its transaction may have begun
 * to change the database. It has not as long as the journal was written after the database, which
 * is half of the time of a commit (first the journal is synced, then the database). That holds for
 * transactions that are written in one go at their end, as each row of rasdaemon is. A large one
 * is written in pieces: its journal is larger, or the file is longer than its header says.
 */
static bool is_being_written(const char *path, const struct stat *db, uint64_t pages_bytes)
{
	char name[PATH_MAX];
	struct stat st;

	if ((size_t)snprintf(name, sizeof(name), "%s-journal", path) >= sizeof(name))
		return true;
	/* PRAGMA journal_mode = truncate leaves it there, empty. */
	if (lstat(name, &st) < 0 || st.st_size == 0)
		return false;
	return st.st_size > JOURNAL_SMALL || pages_bytes != (uint64_t)db->st_size ||
	       !is_before(&db->st_mtim, &st.st_mtim);
}

/* Which file it is: an inode is used again for the next file, at another time. */
static uint64_t identity(int fd, const struct stat *st)
{
	struct statx x = { .stx_mask = 0 };

	if (statx(fd, "", AT_EMPTY_PATH, STATX_BTIME, &x) < 0 || !(x.stx_mask & STATX_BTIME))
		return st->st_ino;
	return (st->st_ino * UINT64_C(1000003) + (uint64_t)x.stx_btime.tv_sec) * UINT64_C(1000003) +
	       x.stx_btime.tv_nsec;
}

static uint32_t big_endian(const uint8_t *at, int bytes)
{
	uint32_t v = 0;

	for (; bytes; bytes--)
		v = v << 8 | *at++;
	return v;
}

/* How long the file is by its header. */
static uint64_t header_bytes(const uint8_t *head)
{
	uint32_t page = big_endian(head + HEAD_PAGE_BYTES, 2);

	return (uint64_t)(page == 1 ? 65536 : page) * big_endian(head + HEAD_PAGES, 4);
}

static enum pass_result say(enum pass_result r, char *why, size_t size, const char *text)
{
	snprintf(why, size, "%s", text);
	return r;
}

static enum pass_result no_file(int error, char *why, size_t size)
{
	switch (error) {
	case ENOENT:
		return say(PASS_ABSENT, why, size, strerror(error));
	case EACCES:
	case EPERM:
		return say(PASS_UNREADABLE, why, size, strerror(error));
	case ELOOP:
		return say(PASS_DAMAGED, why, size, "it is a symbolic link");
	default:
		return say(PASS_FAILED, why, size, strerror(error));
	}
}

enum pass_result rasdaemon_file_look(const char *path, struct rasdaemon_file *out, char *why,
				     size_t size)
{
	_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	uint8_t head[HEAD_BYTES];
	struct stat st;
	ssize_t got;

	if (fd < 0)
		return no_file(errno, why, size);
	if (fstat(fd, &st) < 0)
		return say(PASS_FAILED, why, size, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return say(PASS_DAMAGED, why, size, "it is no file");
	got = pread(fd, head, sizeof(head), 0);
	if (got < 0)
		return say(PASS_FAILED, why, size, strerror(errno));
	if (got && (got < HEAD_BYTES || memcmp(head, "SQLite format 3", 16) != 0))
		return say(PASS_DAMAGED, why, size, "it is no sqlite database");
	*out = (struct rasdaemon_file){ .identity = identity(fd, &st),
					.size = (uint64_t)st.st_size,
					.mtime = st.st_mtim,
					.ctime = st.st_ctim,
					.empty = got == 0 };
	if (got) {
		out->wal = head[HEAD_WRITE_VERSION] == 2 || head[HEAD_READ_VERSION] == 2;
		memcpy(out->counter, head + HEAD_COUNTER, sizeof(out->counter));
	}
	out->writing = !out->wal && is_being_written(path, &st, got ? header_bytes(head) : 0);
	return say(PASS_DONE, why, size, "");
}

bool rasdaemon_file_same(const struct rasdaemon_file *a, const struct rasdaemon_file *b)
{
	return a->identity == b->identity && a->size == b->size &&
	       memcmp(&a->mtime, &b->mtime, sizeof(a->mtime)) == 0 &&
	       memcmp(&a->ctime, &b->ctime, sizeof(a->ctime)) == 0 &&
	       memcmp(a->counter, b->counter, sizeof(a->counter)) == 0 && a->wal == b->wal;
}
