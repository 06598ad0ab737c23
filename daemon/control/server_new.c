// SPDX-License-Identifier: LGPL-2.1-or-later
/* Apart from server.c, so that a program with a table of its own does not link all the handlers. */
#include "control/server_private.h"

int server_new(struct server **out, struct event_base *base, int listen_fd, const struct conf *conf,
	       void *user, struct ras_err *err)
{
	const struct rpc_table table = { .methods = rpc_methods, .n = rpc_n_methods };

	return server_new_table(out, base, listen_fd, conf, &table, user, err);
}
