// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

/*
 * A process that ends gives up its memory before it closes its files. So whoever sees a connection
 * closed and asks here gets 0 at once, although the process is not a zombie yet: field 23, the size
 * of its memory, is 0 by then.
 */
uint64_t process_start_time(pid_t pid)
{
	char path[40], line[1024], *p;
	uint64_t start;
	_fclose_ FILE *f = NULL;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f || !fgets(line, sizeof(line), f))
		return 0;
	p = strrchr(line, ')'); /* the name may hold anything, ')' too */
	if (!p || !p[1] || strchr("ZXx", p[2]))
		return 0;
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	if (!p)
		return 0;
	start = strtoull(p + 1, &p, 10);
	return strtoull(p, NULL, 10) ? start : 0;
}

bool process_alive(pid_t pid, uint64_t start_time)
{
	return pid > 0 && process_start_time(pid) == start_time;
}

/* Each line of /proc/PID/status until take() likes one. */
static bool status_line(pid_t pid, bool (*take)(const char *line, void *out), void *out)
{
	char path[40], line[256];
	_fclose_ FILE *f = NULL;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (take(line, out))
			return true;
	return false;
}

static bool is_uid(const char *line, void *out)
{
	return sscanf(line, "Uid: %*u %u", (uid_t *)out) == 1;
}

bool process_uid(pid_t pid, uid_t *uid)
{
	return status_line(pid, is_uid, uid);
}

static bool is_tgid(const char *line, void *out)
{
	return sscanf(line, "Tgid: %d", (pid_t *)out) == 1;
}

pid_t process_of_thread(pid_t tid)
{
	pid_t pid;

	return status_line(tid, is_tgid, &pid) ? pid : -1;
}
