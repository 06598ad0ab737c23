// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl explain: everything that decides whether a guest can take errors. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"
#include "cli/show/out.h"
#include "json/json.h"

/* Print any JSON as indented "key: value" lines, from column at on. The parser bounds the depth. */
static void print_tree(json_object *v, int indent, size_t at)
{
	if (json_object_is_type(v, json_type_object)) {
		json_object_object_foreach(v, key, val)
		{
			bool nested = json_object_is_type(val, json_type_object) ||
				      json_object_is_type(val, json_type_array);

			printf("%*s", indent, "");
			out_str(stdout, key);
			fputs(nested ? ":\n" : ": ", stdout);
			print_tree(val, indent + 2, (size_t)indent + strlen(key) + 2);
		}
	} else if (json_object_is_type(v, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(v); i++) {
			json_object *item = json_object_array_get_idx(v, i);
			bool nested = json_object_is_type(item, json_type_object);

			if (!nested)
				printf("%*s- ", indent, "");
			else if (i)
				putchar('\n');
			print_tree(item, nested ? indent : indent + 2, (size_t)indent + 2);
		}
	} else {
		out_text(v ? json_object_get_string(v) : "-", at, (size_t)indent);
		putchar('\n');
	}
}

static int run(const struct options *o)
{
	_json_ json_object *result = NULL;
	json_object *params = json_object_new_object();
	struct ras_err err;

	json_object_object_add(params, "domain", json_object_new_string(o->operand));
	if (client_ask(o->socket, "domain.explain", params, &result, &err))
		return out_error(o, &err);
	if (o->json)
		out_json(result);
	else
		print_tree(result, 0, 0);
	return EX_DONE;
}

const struct verb verb_explain = {
	.name = "explain",
	.summary = "all that decides whether it can take errors",
	.group = GROUP_LOOK,
	.operands = { { .name = "DOMAIN", .from = VALUE_DOMAIN } },
	.min_operands = 1,
	.examples = { "rasctl explain vm1", "rasctl explain vm1 -o json" },
	.run = run,
};
