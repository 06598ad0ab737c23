// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl watch: what happens next, in words. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/feed.h"
#include "cli/show/out.h"
#include "json/json.h"

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

static int print_answer(void *arg, json_object *answer)
{
	json_object *list = member_of(answer, "events", json_type_array);
	const struct options *o = arg;

	feed_marks(o, answer);
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		json_object *n = json_object_array_get_idx(list, i);

		if (json_object_is_type(n, json_type_object))
			print_news(o, n);
	}
	return 0;
}

static int run(const struct options *o)
{
	return feed_follow(o, from ? from : "", print_answer, (void *)(uintptr_t)o);
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
	.summary = "errors of this host and injections, as they happen",
	.group = GROUP_LOOK,
	.options = options,
	.examples = { "rasctl watch", "rasctl watch -o json" },
	.run = run,
};
