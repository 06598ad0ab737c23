// SPDX-License-Identifier: LGPL-2.1-or-later
#include "provision/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"

#define NAME_SIZE (UUID_TEXT_SIZE + 16)

static int fail(const char *what, const char *name, struct ras_err *err)
{
	return ras_fail(err, RAS_E_IO, "%s %.120s: %s", what, name, strerror(errno));
}

int ghes_directory_make(const char *directory, mode_t mode, struct ras_err *err)
{
	if (mkdir(directory, 0700) < 0)
		return errno == EEXIST ? 0 : fail("cannot make", directory, err);
	if (chmod(directory, mode) < 0)
		return fail("cannot set the mode of", directory, err);
	return 0;
}

int ghes_directory_open(const char *directory, struct ras_err *err)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 ? fd : fail("cannot open", directory, err);
}

static void name_of(const struct uuid *uuid, const char *suffix, char out[NAME_SIZE])
{
	char text[UUID_TEXT_SIZE];

	uuid_format(uuid, text);
	snprintf(out, NAME_SIZE, "%s.%s", text, suffix);
}

void ghes_file_path(const char *directory, const struct uuid *uuid, const char *suffix, char *out,
		    size_t size)
{
	char name[NAME_SIZE];

	name_of(uuid, suffix, name);
	snprintf(out, size, "%s/%s", directory, name);
}

int ghes_content_write(int fd, const void *data, size_t len, uint64_t size, struct ras_err *err)
{
	ssize_t n = pwrite(fd, data, len, 0);

	if (n != (ssize_t)len) {
		if (n >= 0)
			errno = ENOSPC;
		return fail("cannot write", "a file", err);
	}
	if (ftruncate(fd, (off_t)size) < 0 || fsync(fd) < 0)
		return fail("cannot write", "a file", err);
	return 0;
}

int ghes_file_write(int dir_fd, const struct uuid *uuid, const char *suffix, const void *data,
		    size_t len, struct ras_err *err)
{
	char name[NAME_SIZE], temporary[NAME_SIZE + 4];
	_close_ int fd = -1;
	int r;

	name_of(uuid, suffix, name);
	snprintf(temporary, sizeof(temporary), ".%s", name);
	if (unlinkat(dir_fd, temporary, 0) < 0 && errno != ENOENT)
		return fail("cannot write", name, err);
	fd = openat(dir_fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail("cannot write", name, err);
	r = ghes_content_write(fd, data, len, len, err);
	if (r == 0 && (renameat(dir_fd, temporary, dir_fd, name) < 0 || fsync(dir_fd) < 0))
		r = fail("cannot write", name, err);
	if (r < 0)
		unlinkat(dir_fd, temporary, 0);
	return r;
}

int ghes_file_read(int dir_fd, const char *name, void *data, size_t size, size_t *len,
		   struct ras_err *err)
{
	_close_ int fd = openat(dir_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : pread(fd, data, size, 0);

	if (n < 0 && errno == ENOENT)
		return ras_fail(err, RAS_E_NOT_FOUND, "there is no %.80s", name);
	if (n < 0)
		return fail("cannot read", name, err);
	*len = (size_t)n;
	return 0;
}

int ghes_file_remove(int dir_fd, const struct uuid *uuid, const char *suffix, struct ras_err *err)
{
	char name[NAME_SIZE];

	name_of(uuid, suffix, name);
	if (unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT)
		return fail("cannot remove", name, err);
	return 0;
}
