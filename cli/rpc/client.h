// SPDX-License-Identifier: LGPL-2.1-or-later
/* A blocking JSON-RPC client with deadlines. It has one connection; requests may be pipelined. */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct client;

/* How long to wait for an answer, on all connections of this process. 10 s at the start. */
void client_set_timeout(int64_t ms);
int64_t client_timeout_ms(void);

/* Connect. RAS_E_GONE or RAS_E_PERMISSION, both with field "socket". */
int client_open(struct client **out, const char *path, struct ras_err *err);
void client_close(struct client *c);

static inline void client_cleanup(struct client **c)
{
	client_close(*c);
}
#define _client_ __attribute__((cleanup(client_cleanup)))

/* Send one request (params is borrowed). *id: the number that its answer will carry. */
int client_send(struct client *c, const char *method, json_object *params, uint64_t *id,
		struct ras_err *err);

/*
 * Wait for the next answer to any request. 0: there is an answer, and either *result (owned by the
 * caller, may be JSON null) or *rpc_err (code != 0) is filled. Otherwise the connection cannot be
 * used any more.
 */
int client_recv(struct client *c, int64_t timeout_ms, uint64_t *id, json_object **result,
		struct ras_err *rpc_err, struct ras_err *err);

/* Has an answer come, or does one come within ms? It stays to be received. */
bool client_has_answer(struct client *c, int ms);

/* One request and its answer. params is consumed. err gets errors of the connection and of rasd. */
int client_call(struct client *c, const char *method, json_object *params, json_object **result,
		struct ras_err *err);

/* client_call() on a connection of its own. */
int client_ask(const char *path, const char *method, json_object *params, json_object **result,
	       struct ras_err *err);

/* Wait so long, with nothing to receive. RAS_E_INTERNAL: Ctrl-C. */
int client_pause(int64_t ms, struct ras_err *err);

/* Let Ctrl-C end a wait with an error of its own instead of the process. */
void client_catch_interrupt(void);
