// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasctl watch: what happens next. The daemon keeps nothing for a watcher: each answer has a
 * cursor, and the next request names it. So a restart of rasd, or of this program with --cursor,
 * misses nothing.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "client.h"
#include "json/json.h"
#include "out.h"
#include "verb.h"

#define WAIT_MS 20000
#define ANSWER_MS (WAIT_MS + 10000) /* how long an answer may take: rasd may be busy */
#define RECONNECT_S 1

#define INDENT sizeof("2026-01-31 23:59:59") /* below what stands behind the time */

static const char *from;

static void print_field(FILE *f, const char *before, json_object *o, const char *key)
{
	const char *s = member_str(o, key, "");

	if (s[0])
		fprintf(f, "%s%s", before, s);
}

static void print_host(FILE *f, json_object *e)
{
	char when[32];

	local_time(member_number(e, "decided_ns"), when, sizeof(when), "-");
	fprintf(f, "%s host %s", when, member_str(e, "severity", "?"));
	if (member_number(e, "count") > 1)
		fprintf(f, " x%" PRId64, member_number(e, "count"));
	print_field(f, " at ", e, "hpa");
	print_field(f, " (", e, "source");
	fprintf(f, "): %s", member_str(e, "decision", "?"));
	print_field(f, ", ", e, "domain");
	print_field(f, " ", e, "gpa");
	print_field(f, ", injection ", e, "injection");
	print_field(f, ": ", e, "reason");
}

static void print_injection(FILE *f, json_object *i)
{
	char when[32];

	local_time(member_number(i, "time_ns"), when, sizeof(when), "-");
	fprintf(f, "%s injection ", when);
	print_field(f, "", i, "id");
	print_field(f, " into ", i, "domain");
	print_field(f, ": ", i, "state");
	print_field(f, ": ", i, "detail");
}

/* In words: one line, folded on a terminal. */
static void print_line(json_object *o, void (*print)(FILE *f, json_object *o))
{
	_free_ char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return;
	print(f, o);
	if (fclose(f) == 0)
		out_folded(text, INDENT);
}

static void print_news(const struct options *o, json_object *n)
{
	json_object *inner = NULL;

	if (o->json)
		out_json_line(n);
	else if (json_object_object_get_ex(n, "host", &inner) &&
		 json_object_is_type(inner, json_type_object))
		print_line(inner, print_host);
	else if (json_object_object_get_ex(n, "injection", &inner) &&
		 json_object_is_type(inner, json_type_object))
		print_line(inner, print_injection);
}

static void print_marks(const struct options *o, json_object *result)
{
	bool gap = member_true(result, "gap"), rebooted = member_true(result, "rebooted");

	if (o->json && (gap || rebooted))
		printf("{\"gap\":%s,\"rebooted\":%s}\n", gap ? "true" : "false",
		       rebooted ? "true" : "false");
	if (!o->json && gap)
		puts("-- some of what happened meanwhile is deleted already (journal-keep-days)");
	if (!o->json && rebooted)
		puts("-- the host was started again");
}

static void print_answer(const struct options *o, json_object *result)
{
	json_object *list = member_of(result, "events", json_type_array);

	print_marks(o, result);
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		json_object *n = json_object_array_get_idx(list, i);

		if (json_object_is_type(n, json_type_object))
			print_news(o, n);
	}
	fflush(stdout);
}

/* One request and its answer; cursor is moved on. */
static int watch_once(const struct options *o, struct client *c, char *cursor, size_t size,
		      struct ras_err *err)
{
	json_object *params = json_object_new_object();
	_json_ json_object *result = NULL;
	int r;

	if (cursor[0])
		json_object_object_add(params, "cursor", json_object_new_string(cursor));
	json_object_object_add(params, "wait_ms", json_object_new_int(WAIT_MS));
	r = client_call(c, "event.subscribe", params, &result, err);
	if (r < 0)
		return r;
	if (!json_object_is_type(result, json_type_object))
		return ras_fail(err, RAS_E_INTERNAL, "rasd sent an odd answer");
	print_answer(o, result);
	snprintf(cursor, size, "%s", member_str(result, "cursor", cursor));
	return 0;
}

/* rasd is being restarted: go on where it was. */
static bool worth_waiting(const struct ras_err *err, const char *cursor)
{
	return cursor[0] &&
	       (err->code == RAS_E_GONE || err->code == RAS_E_TIMEOUT || err->code == RAS_E_BUSY);
}

static int run(const struct options *o)
{
	_client_ struct client *c = NULL;
	char cursor[80] = "";
	struct ras_err err;
	int r = 0;

	if (from)
		snprintf(cursor, sizeof(cursor), "%s", from);
	client_set_timeout(ANSWER_MS);
	for (;;) {
		if (!c)
			r = client_open(&c, o->socket, &err);
		if (r == 0)
			r = watch_once(o, c, cursor, sizeof(cursor), &err);
		if (r == 0 && !ferror(stdout))
			continue;
		if (r == 0 || !worth_waiting(&err, cursor))
			break;
		client_close(TAKE(c));
		sleep(RECONNECT_S);
		r = 0;
	}
	return r < 0 ? out_error(o, &err) : EX_FAILED;
}

static const struct verb_option options[] = {
	{ .name = "cursor",
	  .value = "CURSOR",
	  .help = "go on behind it: BOOT-ID:SEQ, as the answers of event.subscribe have it",
	  .text = &from },
	{ 0 },
};

const struct verb verb_watch = {
	.name = "watch",
	.summary = "the same, as it happens",
	.group = GROUP_LOOK,
	.options = options,
	.examples = { "rasctl watch", "rasctl watch -o json" },
	.run = run,
};
