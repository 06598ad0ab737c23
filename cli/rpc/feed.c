// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/rpc/feed.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/rpc/client.h"
#include "cli/show/out.h"
#include "json/json.h"

#define WAIT_MS 20000
#define ANSWER_MS (WAIT_MS + 10000) /* how long an answer may take: rasd may be busy */
#define RECONNECT_S 1

void feed_marks(const struct options *o, json_object *answer)
{
	bool gap = member_true(answer, "gap"), rebooted = member_true(answer, "rebooted");

	if (o->json && (gap || rebooted))
		printf("{\"gap\":%s,\"rebooted\":%s}\n", gap ? "true" : "false",
		       rebooted ? "true" : "false");
	if (!o->json && gap)
		puts("-- some of what happened meanwhile is deleted already (journal-keep-days)");
	if (!o->json && rebooted)
		puts("-- the host was started again");
}

/* One request and its answer; cursor is moved on. */
static int ask_once(struct client *c, char *cursor, int wait_ms, json_object **answer,
		    struct ras_err *err)
{
	json_object *params = json_object_new_object();
	_json_ json_object *result = NULL;
	int r;

	if (cursor[0])
		json_object_object_add(params, "cursor", json_object_new_string(cursor));
	json_object_object_add(params, "wait_ms", json_object_new_int(wait_ms));
	r = client_call(c, "event.subscribe", params, &result, err);
	if (r < 0)
		return r;
	if (!json_object_is_type(result, json_type_object))
		return ras_fail(err, RAS_E_INTERNAL, "rasd sent an odd answer");
	snprintf(cursor, FEED_CURSOR_SIZE, "%s", member_str(result, "cursor", cursor));
	*answer = TAKE(result);
	return 0;
}

/* rasd is being restarted: go on where it was. */
static bool worth_waiting(const struct ras_err *err, const char *cursor)
{
	return cursor[0] &&
	       (err->code == RAS_E_GONE || err->code == RAS_E_TIMEOUT || err->code == RAS_E_BUSY);
}

int feed_now(const struct options *o, char out[FEED_CURSOR_SIZE], struct ras_err *err)
{
	_client_ struct client *c = NULL;
	_json_ json_object *answer = NULL;
	int r = client_open(&c, o->socket, err);

	out[0] = '\0';
	return r ? r : ask_once(c, out, 0, &answer, err);
}

int feed_follow(const struct options *o, const char *from,
		int (*fn)(void *arg, json_object *answer), void *arg)
{
	_client_ struct client *c = NULL;
	char cursor[FEED_CURSOR_SIZE];
	struct ras_err err;
	int r = 0, code;

	snprintf(cursor, sizeof(cursor), "%s", from);
	client_set_timeout(ANSWER_MS);
	for (;;) {
		_json_ json_object *answer = NULL;

		if (!c)
			r = client_open(&c, o->socket, &err);
		if (r == 0)
			r = ask_once(c, cursor, WAIT_MS, &answer, &err);
		if (r == 0) {
			code = fn(arg, answer);
			fflush(stdout);
			if (code || ferror(stdout))
				return code ? code : EX_FAILED;
			continue;
		}
		if (!worth_waiting(&err, cursor))
			return out_error(o, &err);
		client_close(TAKE(c));
		sleep(RECONNECT_S);
		r = 0;
	}
}
