// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a method handler sees of the JSON-RPC server. Parameters have been checked against
 * proto/ras-rpc.json (types, ranges, unknown names, role) before the handler runs.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "json/json.h"

struct rpc_call; /* one request that waits for its answer; survives its client */

enum rpc_role { RPC_NONE, RPC_VIEW, RPC_INJECT, RPC_ADMIN };

/*
 * Answer the call, exactly once; result is taken. The call is gone afterwards. The answer leaves on
 * the next turn of the loop: nothing of the client's is read, run or written from inside.
 */
void rpc_reply(struct rpc_call *c, json_object *result);
void rpc_reply_text(struct rpc_call *c, const char *result); /* one line of JSON */
void rpc_reply_error(struct rpc_call *c, const struct ras_err *err);

/* One slice of a long answer has at most so many rows, and ends after so much time. */
#define RPC_SLICE_ROWS 32u
#define RPC_SLICE_NS 250000

enum rpc_slice {
	RPC_SLICE_MORE, /* there is more: on a later turn */
	RPC_SLICE_END,	/* the result is complete */
	RPC_SLICE_LATER /* rpc_reply() or a sister answers the call, later; nothing was appended */
};

/* A long answer, or a long piece of work before the answer. */
struct rpc_stream {
	/*
	 * Append the next part of the result's text to out: enum rpc_slice, or < 0 with err (the
	 * call is answered with it if nothing was appended so far, else the client is dropped).
	 */
	int (*next)(void *arg, struct buf *out, struct ras_err *err);
	/* Free arg: exactly once, when it is over or the client has gone. */
	void (*free)(void *arg);
};

/*
 * Answer the call slice by slice, each on a turn of its own and only while the client takes its
 * answers. arg is the stream's from now on. The call is gone when arg is freed, except for
 * RPC_SLICE_LATER.
 */
void rpc_reply_stream(struct rpc_call *c, const struct rpc_stream *stream, void *arg);

/*
 * Whether a slice that began at start_ns (clock_boot_ns()) and has n rows must end. Each has one
 * row at least, however slow the machine is: an answer gets on, and its head is written once.
 */
bool rpc_slice_over(int64_t start_ns, size_t n);

/* The caller: the person (persons.h), the uid as the kernel names it, and both as text. */
uid_t rpc_call_person(const struct rpc_call *c);
uid_t rpc_call_uid(const struct rpc_call *c);
const char *rpc_call_who(const struct rpc_call *c);	  /* "uid 1000", "uid 1000 as 165536" */
struct caller;						  /* inject/caller.h */
struct caller *rpc_call_caller(const struct rpc_call *c); /* borrowed */
pid_t rpc_call_pid(const struct rpc_call *c);
enum rpc_role rpc_call_role(const struct rpc_call *c);
void *rpc_call_user(const struct rpc_call *c); /* the server's user pointer: struct daemon */

typedef void (*rpc_handler)(struct rpc_call *c, json_object *params);

/* One parameter of a method; generated from proto/ras-rpc.json. */
enum rpc_type { RPC_STR, RPC_U64, RPC_BOOL, RPC_HEX64, RPC_OBJ, RPC_ARR };
struct rpc_param {
	const char *name;
	enum rpc_type type;
	bool required;
	uint64_t min,
		max; /* integers: value; strings: length in bytes; hex64: value; arrays: items */
	const char *const *words; /* enum (of an array: of its items), NULL-terminated, or NULL */
};

struct rpc_method {
	const char *name;
	rpc_handler handler;
	enum rpc_role role;
	bool mutating; /* not executed when sent as a notification */
	const struct rpc_param *params;
	size_t n_params;
};

/* Clients that are connected now. */
size_t rpc_connections(const struct rpc_call *c);

extern const struct rpc_method rpc_methods[];
extern const size_t rpc_n_methods;
extern const char rpc_document[]; /* proto/ras-rpc.json, for rpc.discover */
