// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl domains: the guests, and why one cannot take errors. */
#include <stdio.h>

#include "base/cleanup.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"
#include "cli/rpc/domain.h"
#include "cli/show/out.h"
#include "json/json.h"

/* Guests that an error of this host keeps from being migrated. */
static void print_blocked(json_object *domains)
{
	for (size_t i = 0; i < json_length(domains); i++) {
		json_object *d = json_object_array_get_idx(domains, i), *m = NULL;

		if (!json_object_object_get_ex(d, "migration", &m))
			continue;
		out_str(stdout, member_str(d, "name", "?"));
		fputs(": ", stdout);
		out_str(stdout, member_str(m, "reason", "cannot be migrated"));
		putchar('\n');
	}
}

static void add_guest(struct table *t, json_object *d)
{
	char pid[24];

	table_add(t, member_str(d, "name", "?"));
	table_add(t, member_str(d, "state", "?"));
	table_add(t, member_str(d, "arch", "-"));
	table_add(t, member_str(d, "qemu_version", "-"));
	table_add(t, domain_ready(d));
	table_add(t, domain_is_ready(d) ? member_str(d, "backend", "?") : "-");
	table_add(t, domain_grant(d));
	table_add(t, member_str(d, "machine", "-"));
	snprintf(pid, sizeof(pid), "%lld", (long long)member_number(d, "pid"));
	table_add(t, member_number(d, "pid") > 0 ? pid : "-");
	table_add(t, member_str(d, "uuid", "-"));
	table_add(t, domain_is_ready(d) ? "" : member_str(d, "reason", "?"));
}

static void print_missing(json_object *list)
{
	json_object *missing = member_of(list, "missing", json_type_object);

	if (!missing)
		return;
	fflush(stdout);
	fputs("note: there may be more guests: ", stderr);
	out_str(stderr, member_str(missing, "reason", "?"));
	fputs(". hint: ", stderr);
	out_str(stderr, member_str(missing, "hint", "?"));
	fputc('\n', stderr);
}

static int run(const struct options *o)
{
	static const char *const head[] = { "DOMAIN", "STATE",	 "ARCH",   "QEMU",
					    "READY",  "BACKEND", "GRANT",  "MACHINE",
					    "PID",    "UUID",	 "WHY NOT" };
	_json_ json_object *list = NULL;
	_client_ struct client *c = NULL;
	struct ras_err err;
	json_object *domains;
	struct table t;

	if (client_open(&c, o->socket, &err) || domain_list(c, &list, &err))
		return out_error(o, &err);
	if (o->json) {
		out_json(list);
		return EX_DONE;
	}
	domains = domain_array(list);
	table_init(&t, ARRAY_LEN(head));
	for (size_t i = 0; i < ARRAY_LEN(head); i++)
		table_add(&t, head[i]);
	table_only_wide(&t, "MACHINE");
	table_only_wide(&t, "PID");
	table_only_wide(&t, "UUID");
	for (size_t i = 0; i < json_length(domains); i++)
		add_guest(&t, json_object_array_get_idx(domains, i));
	table_print(&t, !o->no_color);
	print_blocked(domains);
	print_missing(list);
	return EX_DONE;
}

const struct verb verb_domains = {
	.name = "domains",
	.summary = "the guests, and why one cannot take errors",
	.group = GROUP_LOOK,
	.examples = { "rasctl domains", "rasctl domains -o json" },
	.run = run,
};
