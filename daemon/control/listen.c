// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The control socket and the read-only socket.
 *
 * Under systemd both are passed, with the names of their units' FileDescriptorName=. Without
 * systemd rasd makes them while it is still root. The control socket gets mode 0660 and the group
 * of those who may inject. The read-only socket is open to everybody: the roles of its callers are
 * decided like those of the other one, and then cut down to viewer (server.c).
 */
#include "control/listen.h"

#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/passed.h"
#include "base/systemd.h"

#define BACKLOG 128

static int fill_address(struct sockaddr_un *sa, const char *path, struct ras_err *err)
{
	*sa = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(sa->sun_path))
		return ras_fail(err, RAS_E_CONFIG, "socket path too long: %s", path);
	strcpy(sa->sun_path, path);
	return 0;
}

static gid_t group_id(const char *name, gid_t fallback)
{
	const struct group *gr = getgrnam(name);

	return gr ? gr->gr_gid : fallback;
}

/*
 * The directory of the socket, where there is none: 0755 whatever the umask is, so that members of
 * the group reach the socket, whose own mode says who may connect. One that exists stays as it is.
 */
static int make_directory(const char *socket_path, struct ras_err *err)
{
	_free_ char *dir = strdup(socket_path);
	char *slash = dir ? strrchr(dir, '/') : NULL;

	if (!dir)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	if (!slash || slash == dir)
		return 0;
	*slash = '\0';
	if (mkdir(dir, 0700) < 0)
		return errno == EEXIST ? 0 :
					 ras_fail(err, RAS_E_IO, "%s: %s", dir, strerror(errno));
	if (chmod(dir, 0755) < 0)
		return ras_fail(err, RAS_E_IO, "%s: %s", dir, strerror(errno));
	return 0;
}

static int make(const char *path, gid_t group, mode_t mode, int *out, struct ras_err *err)
{
	struct sockaddr_un sa;
	_close_ int fd = -1;
	int r = fill_address(&sa, path, err);

	if (r == 0)
		r = make_directory(path, err);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return ras_fail(err, RAS_E_IO, "socket: %s", strerror(errno));
	if (connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) == 0)
		return ras_fail(err, RAS_E_BUSY, "another rasd serves %s", path);
	unlink(path);
	if (bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0)
		return ras_fail(err, RAS_E_IO, "%s: %s", path, strerror(errno));
	if (geteuid() == 0 && chown(path, 0, group) < 0)
		return ras_fail(err, RAS_E_IO, "%s: %s", path, strerror(errno));
	if (chmod(path, mode) < 0 || listen(fd, BACKLOG) < 0)
		return ras_fail(err, RAS_E_IO, "%s: %s", path, strerror(errno));
	*out = TAKE_FD(fd);
	return 0;
}

/* A control socket needs no name: systemd-socket-activate passes it so. */
static void take_passed(struct listeners *out)
{
	const int end = SYSTEMD_FIRST_FD + systemd_fds();
	int named = passed_fd(PASSED_READ_ONLY);

	if (systemd_is_listener(named))
		out->read_only = named;
	for (int fd = SYSTEMD_FIRST_FD; fd < end && out->control < 0; fd++)
		if (fd != named && systemd_is_listener(fd))
			out->control = fd;
}

int listeners_open(struct listeners *out, const struct conf *c, struct ras_err *err)
{
	const gid_t group = group_id(c->roles.inject_group, 0);
	int r = 0;

	take_passed(out);
	if (out->control >= 0)
		return 0;
	r = make(c->sockets.control, group, 0660, &out->control, err);
	if (r == 0 && out->read_only < 0 && c->sockets.read_only[0])
		r = make(c->sockets.read_only, group, 0666, &out->read_only, err);
	return r;
}
