// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Private to the audit: one message for journald in its native protocol, and its socket.
 *
 * sd_journal_send() waits while journald's socket is full, and the loop must not wait. So the few
 * lines of the protocol that rasd needs are here: a datagram of NAME=value lines.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define JOURNALD_VALUE_SIZE 512 /* of one value, with NUL: what is longer is cut */
#define JOURNALD_MESSAGE_BYTES 4096

struct journald_message {
	size_t len;
	char text[JOURNALD_MESSAGE_BYTES];
};

/*
 * Append NAME=value. Whatever value says, it stays one line and one field: control characters and
 * what is no UTF-8 become \xNN (base/utf8.h). An empty or NULL value, and one for which there is no
 * room, adds nothing.
 */
void journald_field(struct journald_message *m, const char *name, const char *value);

/* The same of a number, and of an address in hex. */
void journald_number(struct journald_message *m, const char *name, int64_t value);
void journald_hex(struct journald_message *m, const char *name, uint64_t value);

enum journald_sent {
	JOURNALD_SENT,
	JOURNALD_FULL,	/* it has not read what was sent before: try again later */
	JOURNALD_ABSENT /* there is no journald, or it may not be reached */
};

/* A socket to send from. Returns the descriptor, RAS_E_IO. */
int journald_open(struct ras_err *err);

/* Send m to the journald that serves path. Never waits. */
enum journald_sent journald_send(int fd, const char *path, const struct journald_message *m);
