// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a dry run of inject shows: what Linux would do, what each rule says, the record itself. */
#include <string.h>

#include "base/num.h"
#include "cli/show/out.h"
#include "cli/verbs/inject/inject.h"
#include "cperjson/cperjson.h"
#include "json/json.h"

#define MAX_RECORD 4096

static void print_rules(json_object *policy)
{
	json_object *rules = member_of(policy, "rules", json_type_array);

	for (size_t i = 0; rules && i < json_object_array_length(rules); i++) {
		json_object *r = json_object_array_get_idx(rules, i);

		out_format("  rule %s %s: %s", member_str(r, "rule", "?"),
			   member_str(r, "verdict", "?"), member_str(r, "text", ""));
		putchar('\n');
	}
}

void out_dry_run(json_object *row)
{
	const char *hex = member_str(row, "record_hex", "");
	uint8_t record[MAX_RECORD];
	struct ras_err err;
	size_t len = 0;

	out_effects(row);
	print_rules(member_of(row, "policy", json_type_object));
	if (!*hex || hex_decode(hex, strlen(hex), record, sizeof(record), &len, &err) < 0)
		return; /* an older rasd does not send it */
	printf("  the %zu bytes that would be sent:\n", len);
	cper_text_whole(record, len, stdout);
}
