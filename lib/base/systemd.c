// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The protocols are a few lines each and systemd keeps them stable for those who do not link
 * libsystemd. That library brings six others into the process (1 MiB of it resident), also into
 * rasd-pagemap, which is privileged.
 */
#include "base/systemd.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"

#define FDS_MAX 64

static struct {
	void (*fn)(void *arg);
	void *arg;
} status;

/* A number in the environment that is for this process alone, if pid_name says so. */
static uint64_t number_for_us(const char *name, const char *pid_name, bool pid_required)
{
	const char *text = getenv(name), *pid_text = getenv(pid_name);
	uint64_t n, pid;

	if (!text || num_parse_u64(text, &n, NULL) < 0)
		return 0;
	if (!pid_text)
		return pid_required ? 0 : n;
	if (num_parse_u64(pid_text, &pid, NULL) < 0 || pid != (uint64_t)getpid())
		return 0;
	return n;
}

int systemd_fds(void)
{
	uint64_t n = number_for_us("LISTEN_FDS", "LISTEN_PID", true);

	if (n > FDS_MAX)
		n = FDS_MAX;
	for (int fd = SYSTEMD_FIRST_FD; fd < SYSTEMD_FIRST_FD + (int)n; fd++)
		fcntl(fd, F_SETFD, FD_CLOEXEC);
	return (int)n;
}

bool systemd_fd_name(int n, char *out, unsigned int size)
{
	const char *at = getenv("LISTEN_FDNAMES");
	size_t len;

	for (; at && n > 0; n--) {
		at = strchr(at, ':');
		at = at ? at + 1 : NULL;
	}
	len = at ? strcspn(at, ":") : 0;
	if (len == 0 || len >= size)
		return false;
	memcpy(out, at, len);
	out[len] = '\0';
	return true;
}

static int option(int fd, int name)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, name, &value, &len) < 0 ? -1 : value;
}

bool systemd_is_listener(int fd)
{
	return option(fd, SO_DOMAIN) == AF_UNIX && option(fd, SO_TYPE) == SOCK_STREAM &&
	       option(fd, SO_ACCEPTCONN) == 1;
}

bool systemd_listens(void)
{
	return getenv("NOTIFY_SOCKET") != NULL;
}

/* False: it does not read now. Other failures are as if nobody listened: nothing mends them. */
static bool send_to(const char *text, int flags)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	size_t len = path ? strlen(path) : 0;
	_close_ int fd = -1;
	ssize_t n;

	/* A name that begins with @ is an abstract socket's. */
	if (len < 2 || len >= sizeof(sa.sun_path) || (path[0] != '/' && path[0] != '@'))
		return true;
	memcpy(sa.sun_path, path, len);
	if (path[0] == '@')
		sa.sun_path[0] = '\0';
	len += offsetof(struct sockaddr_un, sun_path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	do {
		n = fd < 0 ? -1 :
			     sendto(fd, text, strlen(text), MSG_NOSIGNAL | flags,
				    (const struct sockaddr *)&sa, (socklen_t)len);
	} while (n < 0 && errno == EINTR);
	return n >= 0 || errno != EAGAIN;
}

void systemd_tell(const char *text)
{
	send_to(text, 0);
}

bool systemd_try_tell(const char *text)
{
	return send_to(text, MSG_DONTWAIT);
}

int64_t systemd_watchdog_us(void)
{
	uint64_t us = number_for_us("WATCHDOG_USEC", "WATCHDOG_PID", false);

	return us > INT64_MAX ? 0 : (int64_t)us;
}

void systemd_status_changed(void)
{
	if (status.fn)
		status.fn(status.arg);
}

void systemd_status_watch(void (*fn)(void *arg), void *arg)
{
	status.fn = fn;
	status.arg = arg;
}
