// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to control/: connections, calls and batches; tests reach the method table through it. */
#pragma once

#include <event2/event.h>
#include <sys/queue.h>

#include "base/buf.h"
#include "control/rpc.h"
#include "control/server.h"
#include "inject/caller.h"

/*
 * Places. The last ones are kept for those who can mend what the others do: who may do less is
 * refused earlier. Only root may have more than MAX_CONNS_PER_PERSON.
 */
#define MAX_CONNS 512
#define MAX_CONNS_ADMIN 496
#define MAX_CONNS_INJECT 448
#define MAX_CONNS_VIEW 384
#define MAX_CONNS_NO_ROLE 128
#define MAX_CONNS_PER_PERSON 64
/* A record of 64 KiB as JSON, the longest request there is, takes some 400 KiB. */
#define MAX_LINE_BYTES ((size_t)1 << 20)
/* No method is open to a peer without a role, and a refusal needs no long request. */
#define MAX_LINE_BYTES_NO_ROLE ((size_t)16 << 10)
#define MAX_OUT_BYTES ((size_t)8 << 20)
#define OUT_PAUSE_BYTES ((size_t)256 << 10) /* stop reading while so much waits for the client */
/*
 * What rasd holds for one person (requests, answers) before only one connection of that person at a
 * time goes on: 4 answers that wait at OUT_PAUSE_BYTES.
 */
#define MAX_HELD_BYTES ((size_t)1 << 20)
#define FREE_BYTES ((size_t)4 << 10) /* a connection that holds no more goes on always */
#define MAX_CALLS_PER_CONN 64
/*
 * Calls of one person that are not over, also those whose client has gone. Each keeps up to some
 * 10 KiB in its handler, so a person has 3 MiB. Beyond it a connection that has none open may still
 * have one, so that a program that waits does not hold up another one of the same person.
 */
#define MAX_CALLS_PER_PERSON 256
#define MAX_BATCH 100
#define HALF_LINE_SECONDS 10
/*
 * A connection that asks nothing for so long is closed: its program has forgotten it, and it takes
 * a place. Without a role there is nothing to wait for.
 */
#define IDLE_SECONDS 900
#define IDLE_SECONDS_NO_ROLE 10
#define IDLE_LOOK_SECONDS 10 /* how often it is looked for; a look costs 5 us */
/*
 * A client has to take something of its answers in this time. A person who stops rasctl in a pager
 * has them in rasctl already, so only a program that hangs waits longer.
 */
#define UNREAD_SECONDS 30

TAILQ_HEAD(conn_queue, conn);
TAILQ_HEAD(account_queue, account);

/* What belongs to all connections of one person. */
struct account {
	struct account *next;
	uid_t person;
	struct server *server; /* NULL: it is gone, and calls are still open */
	size_t n_conns;
	size_t n_calls;	       /* that are not over */
	bool calls_wait;       /* a connection goes on when there are fewer */
	size_t held_bytes;     /* of all its connections */
	struct conn *favoured; /* goes on although the person holds MAX_HELD_BYTES */
	/* turn.c: its connections that have something to do; then it is among turns.waiting */
	struct conn_queue waiting;
	TAILQ_ENTRY(account) turn;
};

/* turn.c: persons with connections that have something to do. */
struct turns {
	struct account_queue waiting;
	struct event *ev;
	struct conn *current; /* its step is being done */
	bool scheduled;	      /* ev is active, or pending with time 0 */
};

/* A socket that is listened on. */
struct listener {
	struct server *server;
	int fd;		     /* -1: there is none */
	enum rpc_role limit; /* what a caller may be here at most */
	struct event *ev;
};

struct server {
	struct event_base *base;
	struct listener control, read_only;
	struct event *accept_again, *idle_ev;
	const struct conf *conf;
	void *user;
	const struct rpc_method *methods;
	size_t n_methods;
	struct persons *persons;
	struct account *accounts;
	struct conn *conns;
	size_t n_conns;
	struct turns turns;
	struct buf spare_in, spare_out; /* lent to connections while they have something in them */
};

enum conn_state {
	CONN_OPEN,
	CONN_EOF, /* sends no more, or may not: goes when all that it has asked for is answered */
	CONN_DEAD /* nothing can be written any more: goes at its next step */
};

/* An answer that is complete or can be made now, and waits until those before it are written. */
struct pending {
	STAILQ_ENTRY(pending) next;
	struct rpc_call *call; /* one of these two */
	struct batch *batch;
};

/* conn.c: bytes and what is waited for. */
struct conn_io {
	int fd;
	struct event *rd, *wr, *half_line, *unread;
	/* Which of them are added: asking libevent would be a cache miss each. */
	bool reads, writes, times_half_line, times_unread;
	struct buf in, out;
	size_t scanned; /* bytes of in known to hold no newline */
	size_t line;	/* bytes of the first line, its newline included; 0: not known, or none */
	bool readable;	/* the kernel has something for us */
	bool took;	/* a line was completed since the time of the half line was set */
};

/* dispatch.c, answer.c: requests and their answers. */
struct conn_calls {
	struct rpc_call *open; /* with a handler */
	size_t n_open;
	struct batch *batch; /* the batch at the front of in, not dispatched to its end yet */
	size_t batch_line;   /* bytes of its line, with the newline */
	STAILQ_HEAD(, pending) answers;
	size_t text_bytes; /* of answers that are held */
};

struct conn {
	struct server *server;
	struct conn *next, **prev;
	TAILQ_ENTRY(conn) waiting;
	bool queued;		 /* among account->waiting */
	bool used;		 /* a line came since the last look for idle ones */
	unsigned int idle_looks; /* so often there was nothing */
	enum conn_state state;
	uid_t uid; /* as the kernel says; the person is account->person */
	pid_t pid;
	enum rpc_role role;
	enum rpc_role limit; /* what it may be here at most */
	bool cut;	     /* ... which has made it less */
	struct caller *caller;
	struct account *account;
	size_t held_bytes; /* as counted in account */
	struct conn_io io;
	struct conn_calls calls;
};

enum call_state {
	CALL_OPEN,  /* its handler has it */
	CALL_TEXT,  /* answered; the answer is held in text */
	CALL_STREAM /* answered; the answer is made slice by slice when its turn comes */
};

struct rpc_call {
	struct conn *conn; /* NULL once the client has gone */
	struct account *account;
	struct rpc_call *next, **prev;
	void *user; /* the server's: it may be gone before the call */
	struct batch *batch;
	size_t batch_at;
	struct pending pending;
	enum call_state state;
	struct buf text;
	const struct rpc_stream *stream;
	void *stream_arg;
	bool begun; /* the stream's first bytes are written */
	bool notification;
	pid_t pid;
	enum rpc_role role;
	struct caller *caller; /* one reference */
	struct {
		size_t method; /* for tally.h */
		int64_t ns;    /* when it was read; 0: there is no such method */
	} asked;
	size_t id_len; /* 0: null */
	char id[];     /* JSON text, as it came */
};

/* Requests of one line that was an array: their answers leave as one array, in that order. */
struct batch {
	struct pending pending;
	size_t n, next; /* items, and the first that is not dispatched */
	size_t open;	/* answers still to come, +1 while items are left */
	size_t written; /* items whose answer is in out */
	bool any;	/* there is an answer in out */
	struct {
		size_t at, len;	       /* in the line */
		struct rpc_call *call; /* NULL: not dispatched, or a notification that is done */
	} item[];
};

/* role.c: who the peer is (SO_PEERCRED, SO_PEERGROUPS), NULL without memory; what it may do. */
struct caller *role_caller(const struct server *s, int fd, const struct ucred *cred);
enum rpc_role role_of(const struct server *s, const struct caller *c);

/* turn.c: the connection has something to do, at the next turn. */
void conn_wake(struct conn *c);
/* turn.c: as conn_wake(), but at once where nobody else waits and its first line is short. */
void conn_run(struct conn *c);
/* turn.c: nothing is waited for any more (the connection is about to be freed). */
void conn_forget_turn(struct conn *c);
int turns_init(struct server *s);
void turns_fini(struct server *s);

/* server.c: there are connections from now on, which may be idle. */
void idle_start(struct server *s);
/* conn.c: a new connection by l; takes fd. NULL: no place, or no memory (fd is left open). */
struct conn *conn_new(const struct listener *l, int fd, const struct ucred *cred);
void conn_free(struct conn *c);
/* conn.c: one piece of work: a slice, an answer, a line, an item. What it cost. */
enum step_cost {
	STEP_NONE,  /* there was nothing to do */
	STEP_SHORT, /* a short line: microseconds */
	STEP_LINE,
	STEP_SLICE /* up to RPC_SLICE_NS */
};
enum step_cost conn_step(struct conn *c);
/* conn.c: there is work that can be done now. */
bool conn_has_work(struct conn *c);
/* conn.c: write what is in out. */
void conn_flush(struct conn *c);
/* conn.c: after its last piece of work: set what is waited for. The connection may be gone then. */
void conn_settle(struct conn *c);
/* conn.c: it takes no answers, or cannot: it goes at its next step. */
void conn_kill(struct conn *c, const char *why);
/* conn.c: a look for connections that are not used: this one goes if it was not for long. */
void conn_look_idle(struct conn *c);

/* account.c: the account of uid's person, one more connection in it. NULL: full, or no memory. */
struct account *account_join(struct server *s, uid_t uid);
void account_leave(struct conn *c);
/* account.c: count what the connection holds now; wakes others of the person that may go on. */
void account_update(struct conn *c);
/* account.c: the connection may take more. */
bool account_allows(struct conn *c);
/* account.c: the connection may have one more call, as far as its person's calls go. */
bool account_allows_call(struct conn *c);
/* account.c: a call begins; it is over, and the account may be gone. */
void account_call(struct account *a);
void account_call_end(struct account *a);
/* account.c: the server ends; accounts with open calls outlive it. */
void accounts_leave_server(struct server *s);

/* dispatch.c: one line of text into calls; a batch is left in c->calls.batch. */
void dispatch_line(struct conn *c, const char *line, size_t len);
/* dispatch.c: the next item of c->calls.batch, whose line is line. */
void dispatch_item(struct conn *c, const char *line);
/* dispatch.c: answer a line that is no request at all. */
void dispatch_error(struct conn *c, const struct ras_err *err);

/* answer.c: the first pending answer can be made or written; then a piece of it into out. */
bool answer_ready(struct conn *c);
enum step_cost answer_step(struct conn *c);
/* answer.c: all items are dispatched. */
void batch_dispatched(struct conn *c, struct batch *b);
/* answer.c: the client is gone; its calls answer into nothing. */
void answer_orphan(struct conn *c);
/* answer.c: the call waits in a handler from now on. */
void call_open(struct conn *c, struct rpc_call *call);
