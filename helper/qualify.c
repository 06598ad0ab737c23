// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * The pidfd is opened first and polled last: while it is alive the number cannot have been given to
 * another process, so what was read through /proc/PID in between was this process. The QMP socket
 * is never connected to (QEMU serves one client): the kernel's list of unix sockets names listeners
 * and inodes, and the process must hold a descriptor of that inode.
 */
#include "helper/qualify.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"

#define MAX_PID_FILES 65536
#define MAX_LISTENERS 1024

/* For tests only: whose pid files count. */
uid_t pid_file_owner;

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

static int check_uid(const struct conf *conf, int procfd, struct ras_err *err)
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
	return 0;
}

bool unix_line_matches(const struct conf *conf, char *line, uint64_t *inode)
{
	unsigned int refs, proto, flags, type, state;
	int path_at = 0;
	uint64_t ino;
	const char *path, *slash;
	size_t len;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%*[^:]: %x %x %x %x %x %" SCNu64 " %n", &refs, &proto, &flags, &type,
		   &state, &ino, &path_at) != 6 ||
	    path_at == 0 || !(flags & 0x10000))
		return false;
	path = line + path_at;
	slash = strrchr(path, '/');
	len = strlen(path);
	if (path[0] != '/' || !slash || len < 5 || strcmp(path + len - 4, ".qmp") != 0 ||
	    slash[1] == '.')
		return false;
	for (size_t i = 0; i < conf->n_qmp_directories; i++) {
		const char *dir = conf->qmp_directory[i];
		size_t dir_len = strlen(dir);

		while (dir_len > 1 && dir[dir_len - 1] == '/')
			dir_len--;
		if (dir_len == (size_t)(slash - path) && memcmp(dir, path, dir_len) == 0) {
			*inode = ino;
			return true;
		}
	}
	return false;
}

/* Inodes of all listening sockets of configured names. */
static int listeners(const struct conf *conf, uint64_t *inode, size_t *n, struct ras_err *err)
{
	_fclose_ FILE *f = fopen("/proc/net/unix", "re");
	_free_ char *line = NULL;
	size_t size = 0;

	if (!f)
		return ras_fail(err, RAS_E_HELPER, "cannot read /proc/net/unix");
	*n = 0;
	while (*n < MAX_LISTENERS && getline(&line, &size, f) > 0)
		if (unix_line_matches(conf, line, &inode[*n]))
			(*n)++;
	return 0;
}

static bool holds_one(int procfd, const uint64_t *inode, size_t n)
{
	int fd = openat(procfd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	bool found = false;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	while (!found && (e = readdir(d))) {
		char link[64];
		uint64_t ino;
		ssize_t len = readlinkat(fd, e->d_name, link, sizeof(link) - 1);

		if (len <= 0)
			continue;
		link[len] = '\0';
		if (sscanf(link, "socket:[%" SCNu64 "]", &ino) != 1)
			continue;
		for (size_t i = 0; i < n && !found; i++)
			found = inode[i] == ino;
	}
	closedir(d);
	return found;
}

/*
 * The pid in one of libvirt's pid files: a regular file of root's that nobody else may write or has
 * linked elsewhere (the directory itself belongs to QEMU's user), written when that very process
 * had begun: a stale file names no successor.
 */
bool pid_file_names(int dirfd, const char *file, pid_t pid, int64_t started_real_s)
{
	_close_ int fd = openat(dirfd, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	char text[24], *end;
	ssize_t n;
	long v;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != pid_file_owner ||
	    st.st_nlink != 1 || (st.st_mode & 022) || st.st_mtime + 1 < started_real_s)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return false;
	text[n] = '\0';
	errno = 0;
	v = strtol(text, &end, 10);
	return errno == 0 && end != text && (*end == '\0' || *end == '\n') && v == pid;
}

/* When a process started, in seconds of the real-time clock, give or take one. */
static int64_t started_at(uint64_t start_time)
{
	struct timespec real, boot;

	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_BOOTTIME, &boot);
	return real.tv_sec - boot.tv_sec + (int64_t)(start_time / (uint64_t)sysconf(_SC_CLK_TCK));
}

static bool named_by_libvirt(const struct conf *conf, pid_t pid, uint64_t start_time)
{
	int fd = open(conf->libvirt_run_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	bool found = false;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	for (size_t n = 0; !found && n < MAX_PID_FILES && (e = readdir(d)); n++) {
		size_t len = strlen(e->d_name);

		if (len > 4 && strcmp(e->d_name + len - 4, ".pid") == 0)
			found = pid_file_names(fd, e->d_name, pid, started_at(start_time));
	}
	closedir(d);
	return found;
}

int qualify(const struct conf *conf, pid_t pid, uint64_t start_time, int *pidfd, int *procfd,
	    struct ras_err *err)
{
	_close_ int pfd = pid > 1 ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
	_close_ int dir = -1;
	uint64_t inode[MAX_LISTENERS];
	uint64_t started;
	char text[1024];
	size_t n = 0;
	int r;

	if (pfd < 0)
		return ras_fail(err, RAS_E_GONE, "no process %d", (int)pid);
	snprintf(text, sizeof(text), "/proc/%d", (int)pid);
	dir = open(text, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0 || !read_text(dir, "stat", text, sizeof(text)))
		return ras_fail(err, RAS_E_GONE, "no process %d", (int)pid);
	if (!stat_start_time(text, &started) || started != start_time)
		return ras_fail(err, RAS_E_HELPER, "process %d has another start time", (int)pid);
	r = check_uid(conf, dir, err);
	if (r < 0)
		return r;
	r = listeners(conf, inode, &n, err);
	if (r < 0)
		return r;
	if (!holds_one(dir, inode, n) &&
	    !(conf->libvirt_uri[0] && named_by_libvirt(conf, pid, start_time))) {
		ras_fail(
			err, RAS_E_HELPER,
			"process %d listens on no configured QMP socket and libvirt names it in no "
			"pid file",
			(int)pid);
		return ras_hint(err,
				"put its DIR/NAME.qmp into a qmp-directory of rasd.conf, or set "
				"libvirt-run-directory to where libvirt keeps NAME.pid");
	}
	if (!pidfd_alive(pfd))
		return ras_fail(err, RAS_E_GONE, "process %d is gone", (int)pid);
	*pidfd = TAKE_FD(pfd);
	*procfd = TAKE_FD(dir);
	return 0;
}
