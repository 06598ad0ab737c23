// SPDX-License-Identifier: LGPL-2.1-or-later
/* A peer's socket, shared by the main loop and the workers; closed with its last reference. */
#pragma once

#include "base/err.h"
#include "helper/protocol.h"

struct conn;

/* Take fd, with one reference. NULL: no memory, and fd is still the caller's. */
struct conn *conn_new(int fd);
int conn_fd(const struct conn *c);
struct conn *conn_ref(struct conn *c);
void conn_unref(struct conn *c);

/*
 * Send a reply, and fd with it unless it is -1 (it stays the caller's). A reply is one packet and
 * never waits: a peer that does not read loses it.
 */
void conn_reply(struct conn *c, struct helper_reply *rep, int fd);

/* Make rep an error: status and text; what else it says is kept. */
void reply_error(struct helper_reply *rep, const struct ras_err *err);

/* Send a reply that has only an error. */
void conn_refuse(struct conn *c, uint64_t id, const struct ras_err *err);
