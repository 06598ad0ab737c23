// SPDX-License-Identifier: LGPL-2.1-or-later
#include "audit/journald.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/utf8.h"

void journald_field(struct journald_message *m, const char *name, const char *value)
{
	char clean[JOURNALD_VALUE_SIZE];
	int n;

	if (!value || !*value)
		return;
	utf8_clean(clean, sizeof(clean), value, strlen(value));
	n = snprintf(m->text + m->len, sizeof(m->text) - m->len, "%s=%s\n", name, clean);
	if (n > 0 && (size_t)n < sizeof(m->text) - m->len)
		m->len += (size_t)n;
}

void journald_number(struct journald_message *m, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRId64, value);
	journald_field(m, name, text);
}

void journald_hex(struct journald_message *m, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, value);
	journald_field(m, name, text);
}

int journald_open(struct ras_err *err)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd >= 0 ? fd : ras_fail(err, RAS_E_IO, "socket: %s", strerror(errno));
}

enum journald_sent journald_send(int fd, const char *path, const struct journald_message *m)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(sa.sun_path))
		return JOURNALD_ABSENT;
	strcpy(sa.sun_path, path);
	if (sendto(fd, m->text, m->len, MSG_NOSIGNAL | MSG_DONTWAIT, (const struct sockaddr *)&sa,
		   sizeof(sa)) >= 0)
		return JOURNALD_SENT;
	/* No buffers: the kernel is as full as a queue is. */
	if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)
		return JOURNALD_FULL;
	return JOURNALD_ABSENT;
}
