// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * Problem: a provisioned guest has files that QEMU opens by name: the page that it shares with
 * rasd, and the tables that it gives to the guest. QEMU runs as another user than rasd, libvirt may
 * give the files to that user, and rasd may be in an attacker's hands.
 *
 * Rule: only rasd-pagemap writes in their directory (conf.ghes_directory), and the names are made
 * here of a UUID. rasd gets descriptors. A file appears under its name when it is complete: room on
 * the disk (a guest that writes to a page without room would be killed by SIGBUS), and an ACL for
 * QEMU's users and for ourselves. Ours counts after libvirt has given the file away: we have no
 * capability to write what is not ours. Nobody else can reach the files.
 *
 * Without the ACL either every user of the host could read and write the page, or libvirt's chown
 * would lock rasd out of it.
 */
#include "helper/shm.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "acpi/ghes_page.h"
#include "base/cleanup.h"
#include "helper/shm_acl.h"

#define NAME_SIZE (UUID_TEXT_SIZE + 16)
#define TABLE_MAX_BYTES (64 << 10)
/* libvirt's command lines have 3 to 20 KiB. A longer one is not searched: it may be right. */
#define CMDLINE_MAX (128u << 10)

/* systemd makes it for the unit. Where rasd is started by hand, root makes it when needed. */
static void make_directory(const struct conf *conf)
{
	mode_t before = umask(0);

	mkdir(conf->ghes_directory, 0711);
	umask(before);
}

static int open_directory(const struct conf *conf, bool make, struct ras_err *err)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	_close_ int dir = open(conf->ghes_directory, flags);
	struct stat st;

	if (dir < 0 && errno == ENOENT && make) {
		make_directory(conf);
		dir = open(conf->ghes_directory, flags);
	}
	if (dir < 0 || fstat(dir, &st) < 0)
		return ras_fail(err, RAS_E_HELPER, "cannot open %.80s: %s", conf->ghes_directory,
				strerror(errno));
	if (st.st_uid != geteuid() || (st.st_mode & 022))
		return ras_fail(err, RAS_E_HELPER,
				"others than rasd-pagemap (uid %u) may write in %.80s",
				(unsigned int)geteuid(), conf->ghes_directory);
	return TAKE_FD(dir);
}

static void file_name(const struct helper_request *req, uint32_t file, const char *end,
		      char out[NAME_SIZE])
{
	static const char *const suffix[] = { "page", "hest", "ssdt" };
	struct uuid uuid;
	char text[UUID_TEXT_SIZE];

	memcpy(uuid.b, req->uuid, sizeof(uuid.b));
	uuid_format(&uuid, text);
	snprintf(out, NAME_SIZE, "%s.%s%s", text, suffix[file], end);
}

static bool may_own(const struct conf *conf, uid_t uid)
{
	if (uid == geteuid() || uid == 0)
		return true;
	for (size_t i = 0; i < conf->n_qemu_uids; i++)
		if (conf->qemu_uid[i] == uid)
			return true;
	return false;
}

/* An open file is one that was made here. QEMU may have cut it, which is no reason to crash. */
static int check_file(const struct conf *conf, int fd, uint32_t file, const char *name,
		      struct ras_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1 ||
	    !may_own(conf, st.st_uid))
		return ras_fail(err, RAS_E_HELPER, "%s is not a file of rasd-pagemap's", name);
	if (file == HELPER_SHM_PAGE ? st.st_size != (off_t)GHES_PAGE_BYTES :
				      st.st_size > TABLE_MAX_BYTES)
		return ras_fail(err, RAS_E_HELPER, "%s has %lld bytes now: somebody changed that",
				name, (long long)st.st_size);
	return 0;
}

static int open_existing(const struct conf *conf, int dir, const struct helper_request *req,
			 struct ras_err *err)
{
	char name[NAME_SIZE];
	_close_ int fd = -1;
	int r;

	file_name(req, req->index, "", name);
	fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return ras_fail(err, errno == ENOENT ? RAS_E_NOT_FOUND : RAS_E_HELPER,
				"cannot open %s: %s", name, strerror(errno));
	r = check_file(conf, fd, req->index, name, err);
	return r < 0 ? r : TAKE_FD(fd);
}

/* Fill the new file and let its users reach it. */
static int complete(const struct conf *conf, int fd, uint32_t file, struct ras_err *err)
{
	uint8_t acl[SHM_ACL_MAX_BYTES];
	size_t len = shm_acl(conf, geteuid(), file == HELPER_SHM_PAGE, acl);
	int e = 0;

	if (file == HELPER_SHM_PAGE)
		e = posix_fallocate(fd, 0, (off_t)GHES_PAGE_BYTES);
	if (e)
		return ras_fail(err, RAS_E_HELPER, "no room for the page: %s", strerror(e));
	if (fsetxattr(fd, "system.posix_acl_access", acl, len, 0) < 0)
		return ras_fail(err, RAS_E_HELPER, "cannot let QEMU's users reach the file: %s",
				errno == EOPNOTSUPP ? "its file system has no ACLs" :
						      strerror(errno));
	if (fsync(fd) < 0)
		return ras_fail(err, RAS_E_HELPER, "cannot store the file: %s", strerror(errno));
	return 0;
}

/* Make the file under another name, then give it its own if nobody has it. */
static int make(const struct conf *conf, int dir, const struct helper_request *req,
		struct ras_err *err)
{
	char name[NAME_SIZE], made[NAME_SIZE];
	_close_ int fd = -1;
	int r;

	file_name(req, req->index, "", name);
	file_name(req, req->index, ".new", made);
	if (unlinkat(dir, made, 0) < 0 && errno != ENOENT)
		return ras_fail(err, RAS_E_HELPER, "cannot remove %s: %s", made, strerror(errno));
	fd = openat(dir, made, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return ras_fail(err, RAS_E_HELPER, "cannot make %s: %s", made, strerror(errno));
	r = complete(conf, fd, req->index, err);
	if (r == 0 && renameat2(dir, made, dir, name, RENAME_NOREPLACE) < 0)
		r = ras_fail(err, RAS_E_HELPER, "cannot name %s: %s", name, strerror(errno));
	if (r < 0) {
		unlinkat(dir, made, 0);
		return r;
	}
	fsync(dir);
	return TAKE_FD(fd);
}

int shm_open_file(const struct conf *conf, const struct helper_request *req, struct ras_err *err)
{
	_close_ int dir = open_directory(conf, req->source_id == HELPER_SHM_MAKE, err);
	int fd;

	if (dir < 0)
		return dir;
	fd = open_existing(conf, dir, req, err);
	if (fd == -RAS_E_NOT_FOUND && req->source_id == HELPER_SHM_MAKE)
		fd = make(conf, dir, req, err);
	return fd;
}

/* Is it in the value of an argument -acpitable? The arguments end with NUL. */
static bool names_table(const char *cmdline, size_t len, const char *table)
{
	const char *end = cmdline + len, *arg = cmdline, *at;
	bool is_value = false;

	while (arg < end) {
		size_t n = strnlen(arg, (size_t)(end - arg));

		at = is_value ? memmem(arg, n, table, strlen(table)) : NULL;
		if (at && at > arg && at[-1] == '/')
			return true;
		is_value = n == sizeof("-acpitable") - 1 && memcmp(arg, "-acpitable", n) == 0;
		arg += n + 1;
	}
	return false;
}

int shm_check_table(const struct conf *conf, int procfd, const struct helper_request *req,
		    struct ras_err *err)
{
	_close_ int fd = openat(procfd, "cmdline", O_RDONLY | O_CLOEXEC);
	_free_ char *text = malloc(CMDLINE_MAX);
	char table[NAME_SIZE];
	ssize_t n = fd >= 0 && text ? read(fd, text, CMDLINE_MAX) : -1;

	if (n < 0)
		return ras_fail(err, RAS_E_HELPER, "cannot read the process's command line");
	file_name(req, HELPER_SHM_HEST, "", table);
	if ((size_t)n == CMDLINE_MAX || names_table(text, (size_t)n, table))
		return 0;
	return ras_fail(err, RAS_E_NOT_CAPABLE, "it was not started with -acpitable file=%.80s/%s",
			conf->ghes_directory, table);
}

static int remove_files(const struct conf *conf, const struct helper_request *req,
			struct ras_err *err)
{
	_close_ int dir = open_directory(conf, false, err);
	char name[NAME_SIZE];

	if (dir < 0)
		return dir;
	for (uint32_t file = HELPER_SHM_PAGE; file <= HELPER_SHM_SSDT; file++) {
		file_name(req, file, "", name);
		if (unlinkat(dir, name, 0) < 0 && errno != ENOENT)
			return ras_fail(err, RAS_E_HELPER, "cannot remove %s: %s", name,
					strerror(errno));
	}
	fsync(dir);
	return 0;
}

void shm_answer(const struct conf *conf, struct conn *c, const struct helper_request *req)
{
	struct ras_err err = RAS_ERR_NULL;
	struct helper_reply rep;
	_close_ int fd = -1;
	int r;

	if (req->source_id == HELPER_SHM_REMOVE)
		r = remove_files(conf, req, &err);
	else
		r = fd = shm_open_file(conf, req, &err);
	if (r < 0) {
		conn_refuse(c, req->id, &err);
		return;
	}
	memset(&rep, 0, offsetof(struct helper_reply, block));
	rep.id = req->id;
	conn_reply(c, &rep, fd);
}
