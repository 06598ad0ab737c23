// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A socket's file stays when its process ends, and nobody can bind to it again. So a file that no
 * process holds is nothing to wait for. The kernel tells by how it refuses a socket of another type
 * (net/unix: unix_find_bsd()): ECONNREFUSED if no process holds the file, EPROTOTYPE if one does.
 * Without this, thousands of dead files would cost as much as thousands of guests.
 *
 * bind() makes the file first and takes it then, and inotify tells of the first.
 */
#include "qmp/holder.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "base/cleanup.h"

#define YOUNG_S 5 /* bind() takes microseconds; this is for clocks that disagree */

static int is_young(const struct stat *st)
{
	time_t now = time(NULL);

	return st->st_ctime > now - YOUNG_S && st->st_ctime < now + YOUNG_S;
}

enum qmp_holder qmp_holder(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	_close_ int fd = -1;
	struct stat st;

	if (strlen(path) >= sizeof(sa.sun_path) || lstat(path, &st) < 0 || !S_ISSOCK(st.st_mode))
		return HOLDER_NONE;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return HOLDER_THERE; /* the monitor's connection says what is wrong */
	memcpy(sa.sun_path, path, strlen(path));
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0)
		return HOLDER_NONE; /* one for datagrams */
	if (errno == EPROTOTYPE || errno == EACCES || errno == EPERM)
		return HOLDER_THERE;
	return errno == ECONNREFUSED && is_young(&st) ? HOLDER_MAYBE : HOLDER_NONE;
}
