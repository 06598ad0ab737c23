// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * The pidfd is opened first and polled last: while it is alive the number cannot have been given to
 * another process, so what was read through /proc/PID in between was this process. It must run as
 * a configured user, and either serve a configured QMP socket (listener.c) or be named by libvirt
 * (pidfile.c).
 */
#include "helper/qualify.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "helper/listener.h"
#include "helper/pidfile.h"

static bool read_text(int dirfd, const char *name, char *buf, size_t size)
{
	_close_ int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, buf, size - 1);
	if (n <= 0)
		return false;
	buf[n] = '\0';
	return true;
}

bool pidfd_alive(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) == 0;
}

bool stat_start_time(const char *stat, uint64_t *out)
{
	const char *p = strrchr(stat, ')');
	char *end;

	if (!p)
		return false;
	p++;
	/* p is before field 3. */
	for (int field = 3; field < 22; field++) {
		p += strspn(p, " ");
		p += strcspn(p, " ");
	}
	p += strspn(p, " ");
	if (!isdigit((unsigned char)*p))
		return false;
	errno = 0;
	*out = strtoull(p, &end, 10);
	return errno == 0 && (*end == ' ' || *end == '\n' || *end == '\0');
}

static bool uid_is_listed(const struct conf *conf, uid_t uid)
{
	for (size_t i = 0; i < conf->n_qemu_uids; i++)
		if (uid != 0 && conf->qemu_uid[i] == uid)
			return true;
	return false;
}

static int check_uid(const struct conf *conf, int procfd, uid_t *out, struct ras_err *err)
{
	char text[4096];
	const char *line;
	unsigned int uid[4];

	if (!read_text(procfd, "status", text, sizeof(text)))
		return ras_fail(err, RAS_E_GONE, "process is gone");
	/* The Name line before it has its newlines escaped by the kernel. */
	line = strstr(text, "\nUid:");
	if (!line || sscanf(line, "\nUid: %u %u %u %u", &uid[0], &uid[1], &uid[2], &uid[3]) != 4)
		return ras_fail(err, RAS_E_HELPER, "cannot read the process's uid");
	if (uid[0] != uid[1] || uid[0] != uid[2] || uid[0] != uid[3])
		return ras_fail(err, RAS_E_HELPER, "process has mixed uids");
	if (!uid_is_listed(conf, uid[0])) {
		ras_fail(err, RAS_E_HELPER, "uid %u is not a configured QEMU user", uid[0]);
		return ras_hint(err, "add qemu-user = %u to [guests] of rasd.conf", uid[0]);
	}
	*out = uid[0];
	return 0;
}

static int check_named(const struct conf *conf, int procfd, pid_t pid, uint64_t start_time,
		       uid_t uid, struct ras_err *err)
{
	int r = listener_find(conf, procfd, uid, err);

	if (r == 0 || (conf->libvirt_uri[0] && pidfile_found(conf, procfd, pid, start_time)))
		return 0;
	if (r != -RAS_E_NOT_FOUND)
		return r;
	ras_fail(err, RAS_E_HELPER,
		 "process %d listens on no configured QMP socket and libvirt names it in no pid "
		 "file",
		 (int)pid);
	return ras_hint(err, "put its DIR/NAME.qmp into a qmp-directory of rasd.conf, or set "
			     "libvirt-run-directory to where libvirt keeps NAME.pid");
}

int qualify(const struct conf *conf, pid_t pid, uint64_t start_time, int *pidfd, int *procfd,
	    struct ras_err *err)
{
	_close_ int pfd = pid > 1 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	_close_ int dir = -1;
	uint64_t started;
	char text[1024];
	uid_t uid = 0;
	int r;

	if (pfd < 0)
		return ras_fail(err, RAS_E_GONE, "no process %d", (int)pid);
	snprintf(text, sizeof(text), "/proc/%d", (int)pid);
	dir = open(text, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || !read_text(dir, "stat", text, sizeof(text)))
		return ras_fail(err, RAS_E_GONE, "no process %d", (int)pid);
	if (!stat_start_time(text, &started) || started != start_time)
		return ras_fail(err, RAS_E_HELPER, "process %d has another start time", (int)pid);
	r = check_uid(conf, dir, &uid, err);
	if (r == 0)
		r = check_named(conf, dir, pid, start_time, uid, err);
	if (r < 0)
		return r;
	if (!pidfd_alive(pfd))
		return ras_fail(err, RAS_E_GONE, "process %d is gone", (int)pid);
	*pidfd = TAKE_FD(pfd);
	*procfd = TAKE_FD(dir);
	return 0;
}
