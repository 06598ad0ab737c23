// SPDX-License-Identifier: LGPL-2.1-or-later
/* Inside of the JSON-RPC server: what server.c, conn.c, dispatch.c, check.c, role.c and the tests share. */
#pragma once

#include <event2/event.h>
#include <event2/event_struct.h>

#include "base/buf.h"
#include "control/rpc.h"
#include "control/server.h"

#define SERVER_MAX_CONNS 512
#define SERVER_ROOT_RESERVE 8		/* of these, so that root always gets in */
#define SERVER_MAX_CONNS_PER_UID 64
#define SERVER_MAX_LINE JSON_MAX_BYTES
#define SERVER_READ_BYTES ((size_t)65536)
#define SERVER_MAX_OUT ((size_t)4 << 20)
#define SERVER_OUT_HIGH ((size_t)256 << 10) /* more pending output than this: stop reading */
#define SERVER_MAX_IN_FLIGHT 64
#define SERVER_MAX_BATCH 100
#define SERVER_MAX_BATCH_BYTES ((size_t)2 << 20)
#define SERVER_MAX_ID 128
#define SERVER_HALF_LINE_MS 10000
#define SERVER_LINGER_MS 1000

/* The methods served: rpc_methods in the daemon, a table of its own in the unit test. */
struct rpc_table {
	const struct rpc_method *methods;
	size_t n;
};

/* Group ids of the roles; (gid_t)-1 = nobody has it. */
struct role_groups {
	gid_t view, inject, admin;
};

struct conn;

struct server {
	struct event_base *base;
	const struct conf *conf;
	void *user;
	struct rpc_table table;
	struct role_groups groups;
	int fd;
	struct event listen_ev, retry_ev;	/* retry: accept again after descriptors ran out */
	struct conn *conns;
	size_t n_conns;
	int half_line_ms;			/* SERVER_HALF_LINE_MS; tests make it short */
	char scratch[SERVER_READ_BYTES];	/* one read; whole lines are parsed in place */
};

/* One client. */
struct conn {
	struct server *srv;
	struct conn *next, **at;	/* list of the server */
	struct rpc_call *calls;		/* started and not answered */
	unsigned int in_flight;		/* their number */
	int fd;
	uid_t uid;
	pid_t pid;
	enum rpc_role role;
	struct buf in, out;
	size_t scanned;		/* bytes of in known to hold no newline */
	struct event rd, wr, timer, kick;
	bool reading, timing;	/* rd, timer are added */
	bool corked;		/* lines are being processed: output is sent afterwards */
	bool eof;		/* no more input */
	bool closing;		/* an unforgivable error was told: no more input, close when all is sent */
	bool lingering;		/* said goodbye: input is thrown away until the peer closes too */
	bool dead;		/* the socket failed */
};

struct batch;

/* One request. Keeps what a handler may ask for, because it may outlive its client. */
struct rpc_call {
	struct conn *conn;		/* NULL: the client is gone */
	struct rpc_call *next, **at;	/* list of the connection */
	void *user;
	json_object *id;		/* NULL is a null id where has_id */
	bool has_id;			/* false: notification */
	struct batch *batch;
	size_t slot;
	uid_t uid;
	pid_t pid;
	enum rpc_role role;
};

/* As server_new(), for another table (borrowed). */
int server_new_table(struct server **out, struct event_base *base, int listen_fd, const struct conf *conf,
		     const struct rpc_table *table, void *user, struct ras_err *err);

/* conn.c: serve a connected non-blocking socket (taken, also on failure). */
int conn_new(struct server *s, int fd, uid_t uid, pid_t pid, enum rpc_role role);

/* conn.c: close and free; calls under way stay answerable. */
void conn_free(struct conn *c);

/* conn.c: send what there is, unless lines are being processed: then that is done once, afterwards. */
void conn_push(struct conn *c);

/* dispatch.c: one line of input (no newline, not blank). */
void dispatch_line(struct conn *c, const char *text, size_t len);

/* dispatch.c: answer with an error and a null id. */
void dispatch_error(struct conn *c, const struct ras_err *err);

/* dispatch.c: a line with that error and a null id, for a peer that gets no connection. */
void dispatch_refusal(struct buf *out, const struct ras_err *err);

/* check.c: params (an object) against the table. RAS_E_PARAMS with .field. */
int check_params(const struct rpc_method *m, json_object *params, struct ras_err *err);

/* check.c: edits that make b of a, at most 99 (strings over 64 bytes are never near). */
unsigned int check_distance(const char *a, const char *b);

/* role.c: look the groups of conf up; a group that does not exist gives its role to nobody. */
void role_groups_load(const struct conf *conf, struct role_groups *out);

/* role.c: the highest role of a peer with these groups. */
enum rpc_role role_of(const struct role_groups *g, uid_t uid, gid_t gid, const gid_t *groups, size_t n);

/* role.c: who is at the other end of a connected unix socket. RAS_E_IO. */
int role_of_peer(const struct role_groups *g, int fd, uid_t *uid, pid_t *pid, enum rpc_role *role,
		 struct ras_err *err);

/* role.c: 0, or RAS_E_PERMISSION with the group to join as hint. */
int role_check(const struct conf *conf, enum rpc_role have, enum rpc_role want, const char *what,
	       struct ras_err *err);

/* role.c: "none", "view", "inject" or "admin". */
const char *role_name(enum rpc_role role);
