// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl domains: the guests, and why one cannot take errors. */
#include <stdio.h>

#include "base/cleanup.h"
#include "client.h"
#include "domain.h"
#include "json/json.h"
#include "out.h"
#include "verb.h"

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

static int run(const struct options *o)
{
	_json_ json_object *list = NULL;
	struct ras_err err;
	json_object *domains;
	struct table t;

	if (client_ask(o->socket, "domain.list", NULL, &list, &err))
		return out_error(o, &err);
	if (o->json) {
		out_json(list);
		return EX_DONE;
	}
	domains = member_of(list, "domains", json_type_array);
	table_init(&t, 7);
	table_add(&t, "DOMAIN");
	table_add(&t, "STATE");
	table_add(&t, "ARCH");
	table_add(&t, "QEMU");
	table_add(&t, "BACKEND");
	table_add(&t, "GRANT");
	table_add(&t, "WHY NOT");
	for (size_t i = 0; i < json_length(domains); i++) {
		json_object *d = json_object_array_get_idx(domains, i);
		json_object *b = domain_backend(d);

		table_add(&t, member_str(d, "name", "?"));
		table_add(&t, member_str(d, "state", "?"));
		table_add(&t, member_str(d, "arch", "-"));
		table_add(&t, member_str(d, "qemu_version", "-"));
		table_add(&t, backend_available(b) ? member_str(b, "name", "?") : "none");
		table_add(&t, domain_grant(d));
		table_add(&t,
			  backend_available(b) ? "" : member_str(b, "reason", "no backend fits"));
	}
	table_print(&t, !o->no_color);
	print_blocked(domains);
	if (!list_complete(list))
		fprintf(stderr,
			"rasctl: rasd keeps %zu guests at most: some that do not run are not "
			"shown\n",
			json_length(domains));
	return EX_DONE;
}

const struct verb verb_domains = {
	.name = "domains",
	.summary = "the guests, and why one cannot take errors",
	.group = GROUP_LOOK,
	.examples = { "rasctl domains", "rasctl domains -o json" },
	.run = run,
};
