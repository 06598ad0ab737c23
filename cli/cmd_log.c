// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasctl log: the journal, newest first; with --host the errors of the host and what was decided.
 */
#include <inttypes.h>

#include "base/cleanup.h"
#include "client.h"
#include "json/json.h"
#include "out.h"
#include "verb.h"

#define MAX_LIMIT 1000

static const char *domain;
static uint64_t limit = 20;
static bool host;

static void add_injection(struct table *t, json_object *row)
{
	int64_t ack_ns = member_number(row, "ack_ns");
	char when[32], ack[32] = "", text[256];

	local_time(member_number(row, "created_ns"), when, sizeof(when), "-");
	if (ack_ns > 0)
		snprintf(ack, sizeof(ack), "%.3f", (double)ack_ns / 1e6);
	table_add(t, when);
	table_add(t, member_str(row, "id", "?"));
	table_add(t, member_str(row, "domain", "?"));
	table_add(t, member_str(row, "severity", "-"));
	table_add(t, member_str(row, "gpa", "-"));
	table_add(t, member_str(row, "state", "?"));
	table_add(t, ack);
	table_add(t, member_str(row, "request_id", "-"));
	table_add(t, detail_text(row, text, sizeof(text)));
}

static void add_event(struct table *t, json_object *e)
{
	char when[32], count[24];

	local_time(member_number(e, "decided_ns"), when, sizeof(when), "-");
	snprintf(count, sizeof(count), "%" PRId64, member_number(e, "count"));
	table_add(t, when);
	table_add(t, member_str(e, "source", "?"));
	table_add(t, member_str(e, "severity", "?"));
	table_add(t, count);
	table_add(t, member_str(e, "hpa", "-"));
	table_add(t, member_str(e, "decision", "?"));
	table_add(t, member_str(e, "domain", "-"));
	table_add(t, member_str(e, "gpa", "-"));
	table_add(t, member_str(e, "injection", "-"));
	table_add(t, member_str(e, "reason", ""));
}

/* What the journal is asked for, and its table. */
struct log {
	const char *method, *key;
	const char *const *head;
	size_t n_columns;
	void (*add)(struct table *t, json_object *row);
};

static void print_log(const struct options *o, const struct log *l, json_object *result)
{
	json_object *rows = member_of(result, l->key, json_type_array);
	struct table t;

	table_init(&t, l->n_columns);
	for (size_t i = 0; i < l->n_columns; i++)
		table_add(&t, l->head[i]);
	for (size_t i = 0; rows && i < json_object_array_length(rows); i++) {
		json_object *row = json_object_array_get_idx(rows, i);

		if (json_object_is_type(row, json_type_object))
			l->add(&t, row);
	}
	table_print(&t, !o->no_color);
}

static int run(const struct options *o)
{
	static const char *const injection_head[] = { "WHEN",	  "ID",		"DOMAIN",
						      "SEVERITY", "GPA",	"STATE",
						      "ACK MS",	  "REQUEST ID", "DETAIL" };
	static const char *const event_head[] = { "DECIDED",   "SOURCE",   "SEVERITY", "COUNT",
						  "HPA",       "DECISION", "DOMAIN",   "GPA",
						  "INJECTION", "REASON" };
	static const struct log injections = { "injection.list", "injections", injection_head,
					       ARRAY_LEN(injection_head), add_injection },
				events = { "event.list", "events", event_head,
					   ARRAY_LEN(event_head), add_event };
	const struct log *l = host ? &events : &injections;
	json_object *params = json_object_new_object();
	_json_ json_object *result = NULL;
	struct ras_err err;

	if (domain)
		json_object_object_add(params, "domain", json_object_new_string(domain));
	json_object_object_add(params, "limit", json_object_new_uint64(limit));
	if (client_ask(o->socket, l->method, params, &result, &err))
		return out_error(o, &err);
	if (o->json)
		out_json(result);
	else
		print_log(o, l, result);
	return EX_DONE;
}

static const struct verb_option options[] = {
	{ .name = "domain",
	  .value = "NAME",
	  .help = "of this guest only",
	  .text = &domain,
	  .from = VALUE_DOMAIN },
	{ .name = "limit",
	  .value = "N",
	  .help = "the newest N (20)",
	  .number = &limit,
	  .min = 1,
	  .max = MAX_LIMIT },
	{ .name = "host", .help = "errors of this host, not injections", .flag = &host },
	{ 0 },
};

const struct verb verb_log = {
	.name = "log",
	.summary = "injections, or errors of this host, newest first",
	.group = GROUP_LOOK,
	.options = options,
	.examples = { "rasctl log --domain vm1", "rasctl log --host --limit 100" },
	.run = run,
};
