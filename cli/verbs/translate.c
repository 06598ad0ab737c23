// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl translate: host physical address <-> guest physical address. */
#include <stdio.h>
#include <time.h>

#include "base/num.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"
#include "cli/show/out.h"
#include "json/json.h"

static const char *hpa, *gpa, *domain;

static int make_params(const struct options *o, json_object *p, struct ras_err *err)
{
	const char *text = hpa ? hpa : gpa;
	uint64_t addr;

	if (hpa ? gpa || domain : !gpa || !domain) {
		ras_fail(err, RAS_E_PARAMS, "give either --hpa, or --domain and --gpa");
		return ras_hint(err, "rasctl translate --hpa 0x10e241000");
	}
	if (num_parse_u64(text, &addr, err))
		return ras_field(err, hpa ? "hpa" : "gpa");
	json_object_object_add(p, hpa ? "hpa" : "gpa", json_new_hex64(addr, 0));
	if (domain)
		json_object_object_add(p, "domain", json_object_new_string(domain));
	if (o->has_timeout)
		json_object_object_add(p, "timeout_ms", json_object_new_uint64(o->timeout_ms));
	return 0;
}

static void print_time(json_object *a, const char *key, const char *label)
{
	int64_t ns = member_number(a, key);
	time_t s = (time_t)(ns / 1000000000);
	struct tm tm;
	char text[32];

	if (ns && gmtime_r(&s, &tm) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
		printf("%s%s.%06lldZ\n", label, text, (long long)(ns % 1000000000 / 1000));
}

static void print_line(json_object *a, const char *key, const char *label)
{
	const char *s = member_str(a, key, NULL);

	if (!s)
		return;
	fputs(label, stdout);
	out_str(stdout, s);
	putchar('\n');
}

static void print_answer(json_object *a)
{
	json_object *owners = member_of(a, "owners", json_type_array);
	int64_t mappings = member_number(a, "mappings");

	print_line(a, "hpa", "host page:  ");
	print_line(a, "state", "state:      ");
	print_line(a, "detail", "            ");
	print_line(a, "found", "found by:   ");
	if (member_number(a, "page_bytes")) {
		fputs("backing:    ", stdout);
		out_str(stdout, member_str(a, "backing", "unknown"));
		printf(", %lld KiB\n", (long long)member_number(a, "page_bytes") / 1024);
	}
	if (mappings)
		printf("mappings:   %lld\n", (long long)mappings);
	print_time(a, "read_ns", "read at:    ");
	print_time(a, "seen_ns", "seen at:    ");
	print_line(a, "hpa_now", "now at:     ");
	for (size_t i = 0; owners && i < json_object_array_length(owners); i++) {
		json_object *w = json_object_array_get_idx(owners, i);

		out_format("owner:      %s gpa %s, %s%s", member_str(w, "domain", "?"),
			   member_str(w, "gpa", "none"), member_str(w, "state", "?"),
			   member_true(w, "alias") ? " (the same memory again)" : "");
		putchar('\n');
	}
}

static int run(const struct options *o)
{
	_json_ json_object *answer = NULL;
	json_object *params = json_object_new_object();
	struct ras_err err;

	if (make_params(o, params, &err)) {
		json_object_put(params);
		return out_error(o, &err);
	}
	/* rasd's own limit must end first, because its error says more. */
	if (o->has_timeout)
		client_set_timeout((int64_t)o->timeout_ms + 3000);
	else
		client_set_timeout(15000);
	if (client_ask(o->socket, "address.translate", params, &answer, &err))
		return out_error(o, &err);
	if (o->json)
		out_json(answer);
	else
		print_answer(answer);
	return EX_DONE;
}

static const struct verb_option options[] = {
	{ .name = "hpa",
	  .value = "ADDRESS",
	  .help = "a host physical address: who has this page",
	  .text = &hpa },
	{ .name = "domain",
	  .value = "NAME",
	  .help = "the guest of --gpa",
	  .text = &domain,
	  .from = VALUE_DOMAIN },
	{ .name = "gpa",
	  .value = "ADDRESS",
	  .help = "a guest physical address: which host page is it",
	  .text = &gpa },
	{ 0 },
};

const struct verb verb_translate = {
	.name = "translate",
	.summary = "owner of a host page, or host page of a guest's",
	.usage = "--hpa ADDRESS\n--domain NAME --gpa ADDRESS",
	.group = GROUP_PAGES,
	.options = options,
	.examples = { "rasctl translate --hpa 0x10e241000",
		      "rasctl translate --domain vm1 --gpa 0x48000000" },
	.run = run,
};
