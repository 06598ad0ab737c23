// SPDX-License-Identifier: LGPL-2.1-or-later
/* JSON-RPC 2.0 over a listening unix stream socket: framing, batches, roles, limits. */
#pragma once

#include <event2/event.h>

#include "base/err.h"
#include "conf/conf.h"
#include "control/listen.h"

struct server;

/*
 * Serve on the sockets (taken, also on failure). conf (borrowed, outlives the server) names the
 * groups of the roles; user is handed to the handlers by rpc_call_user().
 */
int server_new(struct server **out, struct event_base *base, const struct listeners *fds,
	       const struct conf *conf, void *user, struct ras_err *err);

/* rasd.conf was read again: what the callers of open connections may do is decided again. */
void server_roles(struct server *s);

/*
 * Close all connections and free (NULL allowed). Calls still pending stay answerable (into
 * nothing).
 */
void server_free(struct server *s);
