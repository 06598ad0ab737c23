// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * Problem: a process counts as a guest's QEMU if it serves a configured QMP socket. The socket
 * cannot be connected to for that, because QEMU serves one client. Other users must not be able to
 * make a process qualify, nor to hide one that does.
 *
 * Rule: start from the process, not from a list of all sockets. For each socket that it holds, ask
 * the kernel (sockdiag.h). It is the one if it listens, if it was created by the process's own user
 * or by root, and if it is bound to the very file that DIR/NAME.qmp names now: same inode, same
 * device, not a symbolic link. NAME comes from the socket's own name, which is only a hint where to
 * look. The file does not count if nobody but its owner may connect: then it is no monitor of
 * rasd's. (An ACL that lets others in shows in the bits of the group.)
 *
 * Without it: rasd could pass a listening socket of its own to any QEMU whose serial console it can
 * reach, and the QEMU would hold it. A name with a line break could forge an entry of
 * /proc/net/unix. A local user could fill any table of listeners.
 *
 * What it costs: one question for each socket that the process holds, and the kernel looks through
 * all unix sockets for each. A process with very many sockets spends its own worker's time, up to
 * LOOK_NS.
 */
#include "helper/listener.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "helper/sockdiag.h"

/* For thousands of sockets. rasd waits 100 ms; what is found later serves its next try. */
#define LOOK_NS INT64_C(1000000000)

/* The last part of a socket's name, if it is NAME.qmp. */
static bool file_name(const struct unix_socket *s, char *out, size_t size)
{
	size_t len = s->name_len, at;

	if (len > 0 && s->name[len - 1] == '\0')
		len--;
	for (at = len; at > 0 && s->name[at - 1] != '/'; at--)
		if (s->name[at - 1] == '\0')
			return false;
	len -= at;
	if (len < 5 || len >= size || s->name[at] == '.' ||
	    memcmp(s->name + at + len - 4, ".qmp", 4) != 0)
		return false;
	memcpy(out, s->name + at, len);
	out[len] = '\0';
	return true;
}

/* The device of a directory's mount, which is not what stat() says on btrfs. */
static bool mount_device(int dirfd, dev_t *out)
{
	_fclose_ FILE *f = NULL;
	_free_ char *line = NULL;
	struct statx sx;
	size_t size = 0;

	if (statx(dirfd, "", AT_EMPTY_PATH, STATX_MNT_ID, &sx) < 0 ||
	    !(sx.stx_mask & STATX_MNT_ID) || !(f = fopen("/proc/self/mountinfo", "re")))
		return false;
	while (getline(&line, &size, f) > 0) {
		unsigned int major_no, minor_no;
		uint64_t id;

		if (sscanf(line, "%" SCNu64 " %*u %u:%u ", &id, &major_no, &minor_no) != 3 ||
		    id != sx.stx_mnt_id)
			continue;
		*out = makedev(major_no, minor_no);
		return true;
	}
	return false;
}

/* dev is the kernel's own form: 12 bits major, 20 bits minor. */
static bool same_device(uint32_t dev, dev_t user)
{
	return dev >> 20 == major(user) && (dev & 0xfffff) == minor(user);
}

/* May anybody but the file's owner connect, or is rasd the owner? */
static bool others_connect(const struct conf *conf, const struct stat *st)
{
	struct passwd pw, *found = NULL;
	char buf[4096];

	if (st->st_mode & (S_IWGRP | S_IWOTH))
		return true;
	return getpwnam_r(conf->user, &pw, buf, sizeof(buf), &found) == 0 && found &&
	       pw.pw_uid == st->st_uid;
}

static bool is_file_of(const struct conf *conf, const struct unix_socket *s, const char *dir,
		       const char *name)
{
	_close_ int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	dev_t dev;

	if (fd < 0 || fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISSOCK(st.st_mode) ||
	    (uint32_t)st.st_ino != s->file_ino || !others_connect(conf, &st))
		return false;
	return same_device(s->file_dev, st.st_dev) ||
	       (mount_device(fd, &dev) && same_device(s->file_dev, dev));
}

static bool is_configured(const struct conf *conf, const struct unix_socket *s, uid_t uid)
{
	char name[SOCKDIAG_NAME_MAX];

	if (s->type != SOCK_STREAM || s->state != TCP_LISTEN || !s->has_file || !s->has_uid ||
	    (s->uid != uid && s->uid != 0) || !file_name(s, name, sizeof(name)))
		return false;
	for (size_t i = 0; i < conf->n_qmp_directories; i++)
		if (is_file_of(conf, s, conf->qmp_directory[i], name))
			return true;
	return false;
}

/* The inode of the socket that a link in /proc/PID/fd names; 0: it is none. */
static uint32_t socket_ino(int dirfd, const char *link_name)
{
	char link[64];
	ssize_t len = readlinkat(dirfd, link_name, link, sizeof(link) - 1);
	uint32_t ino;
	int end = 0;

	if (len <= 0)
		return 0;
	link[len] = '\0';
	return sscanf(link, "socket:[%" SCNu32 "]%n", &ino, &end) == 1 && end == (int)len ? ino : 0;
}

static int look(const struct conf *conf, DIR *d, int diag, uid_t uid, struct ras_err *err)
{
	const int64_t until_ns = clock_boot_ns() + LOOK_NS;
	struct dirent *e;

	while ((e = readdir(d))) {
		uint32_t ino = socket_ino(dirfd(d), e->d_name);
		struct unix_socket s;

		if (ino && sockdiag_ask(diag, ino, &s) && is_configured(conf, &s, uid))
			return 0;
		if (clock_boot_ns() >= until_ns)
			return ras_fail(err, RAS_E_TIMEOUT,
					"the process holds too many descriptors to look at");
	}
	if (!sockdiag_works(diag)) {
		ras_fail(err, RAS_E_HELPER, "the kernel does not describe unix sockets");
		return ras_hint(err, "load the module unix_diag (CONFIG_UNIX_DIAG, Linux 5.3)");
	}
	return ras_fail(err, RAS_E_NOT_FOUND, "the process listens on no configured QMP socket");
}

int listener_find(const struct conf *conf, int procfd, uid_t uid, struct ras_err *err)
{
	_close_ int diag = sockdiag_open();
	int fd, r;
	DIR *d;

	if (diag < 0)
		return ras_fail(err, RAS_E_HELPER, "cannot ask the kernel about sockets: %s",
				strerror(errno));
	fd = openat(procfd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = fd >= 0 ? fdopendir(fd) : NULL;
	if (!d) {
		if (fd >= 0)
			close(fd);
		return ras_fail(err, RAS_E_GONE, "process is gone");
	}
	r = look(conf, d, diag, uid, err);
	closedir(d);
	return r;
}
