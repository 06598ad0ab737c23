// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to control/: connections, calls and batches; tests reach the method table through it. */
#pragma once

#include <event2/event.h>

#include "base/buf.h"
#include "control/rpc.h"
#include "control/server.h"

#define MAX_CONNS 512
#define MAX_CONNS_PER_UID 64
#define MAX_LINE_BYTES ((size_t)1 << 20)
#define MAX_OUT_BYTES ((size_t)8 << 20)
#define OUT_PAUSE_BYTES ((size_t)256 << 10) /* stop reading while so much waits for the client */
#define MAX_CALLS_PER_CONN 64
#define MAX_BATCH 100
#define HALF_LINE_SECONDS 10

struct server {
	struct event_base *base;
	int fd;
	struct event *accept_ev, *accept_again;
	const struct conf *conf;
	void *user;
	const struct rpc_method *methods;
	size_t n_methods;
	gid_t view_gid, inject_gid, admin_gid; /* (gid_t)-1: no such group */
	struct conn *conns;
	size_t n_conns;
	struct buf spare_in, spare_out; /* lent to connections while they have something in them */
};

struct conn {
	struct server *server;
	struct conn *next, **prev;
	int fd;
	struct event *rd, *wr, *half_line;
	struct buf in, out;
	size_t scanned; /* bytes of in known to hold no newline */
	uid_t uid;
	pid_t pid;
	enum rpc_role role;
	struct rpc_call *calls; /* not answered yet */
	size_t n_calls;
	bool eof, dead, busy; /* busy: inside a function that still needs the conn */
};

/* Requests of one line that was an array: their answers leave as one array. */
struct batch {
	size_t open; /* answers still to come, +1 while the line is being read */
	size_t n, n_bytes;
	struct buf slot[MAX_BATCH]; /* empty: notification */
};

struct rpc_call {
	struct conn *conn; /* NULL once the client has gone */
	struct rpc_call *next, **prev;
	struct server *server;
	struct batch *batch;
	size_t batch_at;
	bool notification;
	uid_t uid;
	pid_t pid;
	enum rpc_role role;
	void *user;
	size_t id_len; /* 0: null */
	char id[];     /* JSON text, as it came */
};

/* role.c: what a peer may do, from its uid and groups (SO_PEERCRED, SO_PEERGROUPS). */
enum rpc_role role_of(const struct server *s, int fd, uid_t uid, gid_t gid);
void role_init(struct server *s);

/* dispatch.c: one line of text into calls. */
void dispatch_line(struct conn *c, const char *line, size_t len);
/* dispatch.c: answer a line that is no request at all. */
void dispatch_error(struct conn *c, const struct ras_err *err);
/* dispatch.c: the client is gone; its calls answer into nothing. */
void dispatch_orphan(struct conn *c);

/*
 * server.c: a message was put into c->out, which is written at once or, while lines are worked off,
 * after the last of them. ok false: it could not be put there; the client is dropped.
 */
void conn_send(struct conn *c, bool ok);
/* server.c: a call ended; reading may go on, a half-closed connection may end. */
void conn_call_done(struct conn *c);
