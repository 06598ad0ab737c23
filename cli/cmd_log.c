// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl log: the journal, newest first. */

#include "base/cleanup.h"
#include "client.h"
#include "json/json.h"
#include "out.h"
#include "rasctl.h"

static void add_row(struct table *t, json_object *row)
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

int cmd_log(const struct options *o)
{
	static const char *const head[] = { "WHEN",  "ID",     "DOMAIN",     "SEVERITY", "GPA",
					    "STATE", "ACK MS", "REQUEST ID", "DETAIL" };
	json_object *params = json_object_new_object(), *rows = NULL;
	_json_ json_object *result = NULL;
	_client_ struct client *c = NULL;
	struct ras_err err;
	struct table t;
	int ret;

	if (o->host) {
		json_object_put(params);
		return cmd_log_host(o);
	}
	if (o->domain)
		json_object_object_add(params, "domain", json_object_new_string(o->domain));
	json_object_object_add(params, "limit", json_object_new_uint64(o->limit));
	ret = client_open(&c, o->socket, &err);
	if (ret)
		json_object_put(params);
	else
		ret = client_call(c, "injection.list", params, &result, &err);
	if (ret)
		return out_error(o, &err);
	if (o->json) {
		out_json(result);
		return EX_DONE;
	}
	table_init(&t, ARRAY_LEN(head));
	for (size_t i = 0; i < ARRAY_LEN(head); i++)
		table_add(&t, head[i]);
	if (result && json_object_is_type(result, json_type_object))
		json_object_object_get_ex(result, "injections", &rows);
	for (size_t i = 0; rows && json_object_is_type(rows, json_type_array) &&
			   i < json_object_array_length(rows);
	     i++) {
		json_object *row = json_object_array_get_idx(rows, i);

		if (row && json_object_is_type(row, json_type_object))
			add_row(&t, row);
	}
	table_print(&t, !o->no_color);
	return EX_DONE;
}
