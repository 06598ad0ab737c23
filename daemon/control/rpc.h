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

#include "base/err.h"
#include "json/json.h"

struct rpc_call; /* one request that waits for its answer; survives its client */

enum rpc_role { RPC_NONE, RPC_VIEW, RPC_INJECT, RPC_ADMIN };

/* Answer the call, exactly once; result is taken. The call is gone afterwards. */
void rpc_reply(struct rpc_call *c, json_object *result);
void rpc_reply_text(struct rpc_call *c, const char *result); /* one line of JSON */
void rpc_reply_error(struct rpc_call *c, const struct ras_err *err);

/* The caller as the kernel names it, its role, and the server's user pointer. */
uid_t rpc_call_uid(const struct rpc_call *c);
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
	const char *const *words; /* enum, NULL-terminated, or NULL */
};

struct rpc_method {
	const char *name;
	rpc_handler handler;
	enum rpc_role role;
	bool mutating; /* not executed when sent as a notification */
	const struct rpc_param *params;
	size_t n_params;
};

extern const struct rpc_method rpc_methods[];
extern const size_t rpc_n_methods;
extern const char rpc_document[]; /* proto/ras-rpc.json, for rpc.discover */
