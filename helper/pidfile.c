// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * libvirt writes NAME.pid as root, but into a directory of QEMU's user. That user can put any
 * number of files there, so a search through the directory could be made to take for ever. The name
 * in the process's command line says which file to look at. It is only a hint: a file counts only
 * by what it is (pid_file_names()). A QEMU whose command line does not help is looked for in the
 * directory, for SEARCH_NS.
 */
#include "helper/pidfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"

#define SEARCH_NS INT64_C(500000000)
#define CMDLINE_MAX 65536u /* libvirt's command lines have 3 to 20 KiB; the name comes first */

/* For tests only: whose pid files count. */
uid_t pid_file_owner;

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

/* Copy the value of guest= up to its single comma. */
static bool copy_name(const char *arg, const char *end, char *out, size_t size)
{
	size_t n = 0;

	while (arg < end) {
		if (*arg == ',' && (++arg == end || *arg != ','))
			break;
		if (*arg == '/' || n + 1 >= size)
			return false;
		out[n++] = *arg++;
	}
	out[n] = '\0';
	return n > 0 && out[0] != '.';
}

bool pidfile_guest_name(const char *cmdline, size_t len, char *out, size_t size)
{
	static const char key[] = "guest=";
	const char *end = cmdline + len, *arg = cmdline;
	bool is_value = false;

	while (arg < end) {
		const char *stop = memchr(arg, '\0', (size_t)(end - arg));

		if (!stop)
			return false;
		if (is_value && (size_t)(stop - arg) > sizeof(key) - 1 &&
		    memcmp(arg, key, sizeof(key) - 1) == 0)
			return copy_name(arg + sizeof(key) - 1, stop, out, size);
		is_value = strcmp(arg, "-name") == 0;
		arg = stop + 1;
	}
	return false;
}

/* The file of the guest that the command line names. */
static bool named_file(int procfd, int dirfd, pid_t pid, int64_t started_s)
{
	_close_ int fd = openat(procfd, "cmdline", O_RDONLY | O_CLOEXEC);
	_free_ char *text = malloc(CMDLINE_MAX);
	char name[256 - 4], file[256];
	ssize_t n;

	if (fd < 0 || !text)
		return false;
	n = read(fd, text, CMDLINE_MAX);
	if (n <= 0 || !pidfile_guest_name(text, (size_t)n, name, sizeof(name)))
		return false;
	snprintf(file, sizeof(file), "%s.pid", name);
	return pid_file_names(dirfd, file, pid, started_s);
}

bool pidfile_found(const struct conf *conf, int procfd, pid_t pid, uint64_t start_time)
{
	const int64_t until_ns = clock_boot_ns() + SEARCH_NS, started_s = started_at(start_time);
	int fd = open(conf->libvirt_run_directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	bool found;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	found = named_file(procfd, fd, pid, started_s);
	while (!found && clock_boot_ns() < until_ns && (e = readdir(d))) {
		size_t len = strlen(e->d_name);

		if (len > 4 && strcmp(e->d_name + len - 4, ".pid") == 0)
			found = pid_file_names(fd, e->d_name, pid, started_s);
	}
	closedir(d);
	return found;
}
