// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasd-trigger: run by rasdaemon or mcelog for an error of this host; tells rasd.
 *
 * Problem: rasdaemon waits for its triggers in its only loop. A trigger that waits for something
 * delays every row that rasdaemon stores after it.
 * Rule: one datagram is made of the variables that rasdaemon and mcelog set, and sent once without
 * waiting. Whatever comes of that, the program ends at once, and with status 0. rasd may be away,
 * busy or not installed; it has the same errors from other sources.
 *
 * The datagram is TRIGGER_HELLO and NAME=VALUE for each variable, each with its NUL.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "daemon/sources/trigger/wire.h"

#ifndef RASD_TRIGGER_SOCKET
#define RASD_TRIGGER_SOCKET "/run/rasd/trigger.sock"
#endif

static char packet[TRIGGER_PACKET_MAX];
static size_t used;

static void add(const char *name)
{
	const char *value = getenv(name);
	size_t name_len = strlen(name), len;

	if (!value)
		return;
	len = strnlen(value, TRIGGER_VALUE_MAX);
	if (used + name_len + len + 2 > sizeof(packet))
		return;
	memcpy(packet + used, name, name_len);
	packet[used + name_len] = '=';
	memcpy(packet + used + name_len + 1, value, len);
	packet[used + name_len + 1 + len] = '\0';
	used += name_len + len + 2;
}

int main(int argc, char **argv)
{
	static const char *const names[] = { TRIGGER_NAMES };
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	/* rasdaemon gives no arguments; a test gives another socket. */
	const char *path = argc > 1 ? argv[1] : RASD_TRIGGER_SOCKET;
	int fd;

	if (strlen(path) >= sizeof(sa.sun_path))
		return 0;
	strcpy(sa.sun_path, path);
	used = sizeof(TRIGGER_HELLO);
	memcpy(packet, TRIGGER_HELLO, used);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		add(names[i]);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0)
		sendto(fd, packet, used, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)&sa,
		       sizeof(sa));
	return 0;
}
