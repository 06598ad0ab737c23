// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl show: one injection whole, with every state that it had and when. */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"
#include "cli/show/out.h"
#include "json/json.h"

#define INDENT 14 /* columns of the names */
#define STATE_AT (INDENT + sizeof("2026-01-31 23:59:59.123456 "))
#define STATE_WIDTH 14 /* "acknowledged" is the longest */

static void print_line(const char *name, const char *value)
{
	if (!*value)
		return;
	printf("%-*s", INDENT, name);
	out_text(value, INDENT, INDENT);
	putchar('\n');
}

static void print_member(const char *name, json_object *o, const char *key)
{
	json_object *v = NULL;

	if (o && json_object_object_get_ex(o, key, &v) && v)
		print_line(name, json_object_get_string(v));
}

static void print_times(json_object *row)
{
	json_object *list = member_of(row, "transitions", json_type_array);
	int64_t before = 0;

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		json_object *t = json_object_array_get_idx(list, i);
		int64_t ns = member_number(t, "time_ns"), ms = (ns - before) / 1000000;
		char when[32], after[40] = "", text[256], line[320];

		local_time(ns, when, sizeof(when), "-");
		if (before && ns >= before)
			snprintf(after, sizeof(after), " (after %" PRId64 ".%03" PRId64 " s)",
				 ms / 1000, ms % 1000);
		snprintf(line, sizeof(line), "%s%s", detail_text(t, text, sizeof(text)), after);
		out_format("%-*s%s.%06" PRId64 "  %-*s", INDENT, i ? "" : "States:", when,
			   ns % 1000000000 / 1000, *line ? STATE_WIDTH : 0,
			   member_str(t, "state", "?"));
		out_text(line, STATE_AT + STATE_WIDTH, STATE_AT + 2);
		putchar('\n');
		before = ns;
	}
}

static void print_who(json_object *row)
{
	char text[96];
	int64_t uid = member_number(row, "uid"), as = member_number(row, "as_uid");

	snprintf(text, sizeof(text), "%s, uid %" PRId64, member_str(row, "origin", "?"), uid);
	if (as)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), " as %" PRId64, as);
	print_line("Asked by:", text);
	print_member("Of:", row, "origin_ref");
}

static void print_guest(json_object *row)
{
	json_object *g = member_of(row, "guest", json_type_object);
	char text[160];

	print_member("Domain:", row, "domain");
	if (!g)
		return;
	snprintf(text, sizeof(text), "%s%sQEMU %" PRId64 ", reset %" PRId64 " times",
		 member_str(g, "uuid", ""), *member_str(g, "uuid", "") ? ", " : "",
		 member_number(g, "pid"), member_number(g, "reset_count"));
	print_line("Guest:", text);
}

static void print_row(json_object *row)
{
	int64_t ack_ns = member_number(row, "ack_ns");
	char text[96];

	print_member("Injection:", row, "id");
	print_guest(row);
	print_member("State:", row, "state");
	print_member("Severity:", row, "severity");
	print_line("Guest page:", member_str(row, "gpa", "-"));
	print_member("Host page:", row, "hpa");
	snprintf(text, sizeof(text), "%s, source %" PRId64 "%s%s", member_str(row, "backend", "?"),
		 member_number(row, "source"), *member_str(row, "monitor", "") ? ", by " : "",
		 member_str(row, "monitor", ""));
	print_line("Sent to:", text);
	if (ack_ns > 0) {
		snprintf(text, sizeof(text), "%.3f ms after it was sent", (double)ack_ns / 1e6);
		print_line("Acknowledged:", text);
	}
	print_who(row);
	print_member("Tag:", row, "tag");
	print_member("Request id:", row, "request_id");
	print_times(row);
	snprintf(text, sizeof(text),
		 "%" PRId64 " bytes: rasctl show %.8s -o json | rasctl decode -",
		 member_number(row, "record_bytes"), member_str(row, "id", "ID"));
	print_line("Record:", text);
}

static int run(const struct options *o)
{
	_json_ json_object *row = NULL;
	json_object *params = json_object_new_object();
	struct ras_err err;

	json_object_object_add(params, "id", json_object_new_string(o->operand));
	if (client_ask(o->socket, "injection.get", params, &row, &err) < 0)
		return out_error(o, &err);
	if (o->json)
		out_json(row);
	else
		print_row(row);
	return EX_DONE;
}

const struct verb verb_show = {
	.name = "show",
	.summary = "one injection whole, with every state that it had",
	.text = "ID is what inject and log show, or its first 8 characters or more.",
	.group = GROUP_LOOK,
	.operands = { { .name = "ID" } },
	.min_operands = 1,
	.examples = { "rasctl show 6f0b6f2a", "rasctl show 6f0b6f2a -o json" },
	.run = run,
};
