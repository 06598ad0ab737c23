// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fsync(2) and fdatasync(2) of the journal's files, for the death of the host.
 *
 * A commit that is not synced survives the death of rasd, not that of the host. So at each sync the
 * file's bytes are kept beside it, and when the host has died the files are replaced by what was
 * kept. What was written later is all lost here; of a real disk some of it may be there. So the
 * mark in journal.lock, which is seldom synced, is drawn: as synced last, or as written last.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disk.h"
#include "oracle.h"

#define MARK "state/journal.lock"

static const char *const files[] = { "state/journal.db", "state/journal.db-wal", MARK };

#define N_FILES (sizeof(files) / sizeof(files[0]))
#define KEPT ".synced"

static void copy(int from, const char *to)
{
	int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	char buf[65536];
	off_t at = 0;
	ssize_t n;

	while (fd >= 0 && (n = pread(from, buf, sizeof(buf), at)) > 0) {
		if (write(fd, buf, (size_t)n) != n)
			sim_fail("cannot keep %s", to);
		at += n;
	}
	if (fd >= 0)
		close(fd);
}

static bool is_file(int fd, const char *path)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino &&
	       a.st_dev == b.st_dev;
}

static int sync_file(int fd)
{
	char kept[64];

	/* After its death rasd's rooms are freed, and sqlite syncs as it closes. */
	if (!sim_disk.loses_unsynced || !sim_rasd_alive())
		return 0;
	for (size_t i = 0; i < N_FILES; i++)
		if (is_file(fd, files[i])) {
			snprintf(kept, sizeof(kept), "%s" KEPT, files[i]);
			copy(fd, kept);
		}
	return 0;
}

int fsync(int fd)
{
	return sync_file(fd);
}

int fdatasync(int fd)
{
	return sync_file(fd);
}

void sim_disk_lose_unsynced(void)
{
	char kept[64];

	oracle_clear(); /* its connection */
	for (size_t i = 0; i < N_FILES; i++) {
		int fd;

		if (strcmp(files[i], MARK) == 0 && sim_percent(50))
			continue;
		snprintf(kept, sizeof(kept), "%s" KEPT, files[i]);
		unlink(files[i]);
		fd = open(kept, O_RDONLY | O_CLOEXEC);
		if (fd >= 0) {
			copy(fd, files[i]);
			close(fd);
		}
	}
	unlink("state/journal.db-shm");
}
