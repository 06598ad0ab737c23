// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl status: the page that an operator looks at first. */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "client.h"
#include "domain.h"
#include "json/json.h"
#include "out.h"
#include "verb.h"

/* How rasd finds the owner of a host page, and the reason if it is not the fastest method. */
static void status_pages(json_object *ping)
{
	const char *pages = member_str(ping, "pages", "?"),
		   *why = member_str(ping, "pages_why", "");

	fputs("pages    ", stdout);
	if (strcmp(pages, "rmap") == 0)
		fputs("found by what the kernel records of them", stdout);
	else if (strcmp(pages, "search") == 0)
		fputs("found by searching", stdout);
	else if (strcmp(pages, "none") == 0)
		fputs("cannot be found", stdout);
	else
		out_str(stdout, pages);
	if (*why) {
		fputs(": ", stdout);
		out_str(stdout, why);
	}
	putchar('\n');
}

static void status_journal(json_object *ping)
{
	json_object *j = NULL;
	char day[32];

	if (!json_object_object_get_ex(ping, "journal", &j) ||
	    !json_object_is_type(j, json_type_object))
		return;
	printf("journal  %" PRId64 " injections", member_number(j, "rows"));
	if (*local_time(member_number(j, "oldest_ns"), day, sizeof(day), ""))
		printf(" since %s", day);
	printf(", %" PRId64 " undecided", member_number(j, "undecided"));
	if (*member_str(j, "damage", "")) {
		fputs("\n         DAMAGED: ", stdout);
		out_str(stdout, member_str(j, "damage", ""));
		fputs("; rasd's log says what to do", stdout);
	}
	putchar('\n');
}

static int run(const struct options *o)
{
	_json_ json_object *ping = NULL, *list = NULL;
	_client_ struct client *c = NULL;
	size_t ready = 0, granted = 0;
	struct ras_err err;
	json_object *domains;
	int ret = client_open(&c, o->socket, &err);

	if (ret == 0)
		ret = client_call(c, "rpc.ping", NULL, &ping, &err);
	if (ret == 0)
		ret = domain_list(c, &list, &err);
	if (ret)
		return out_error(o, &err);
	domains = domain_array(list);
	for (size_t i = 0; i < json_length(domains); i++) {
		json_object *d = json_object_array_get_idx(domains, i);

		ready += domain_is_ready(d);
		granted += strcmp(domain_grant(d), "none") != 0;
	}
	if (o->json) {
		_json_ json_object *all = json_object_new_object();

		json_object_object_add(all, "daemon", json_object_get(ping));
		json_object_object_add(all, "domains",
				       json_object_new_uint64(json_length(domains)));
		json_object_object_add(all, "ready", json_object_new_uint64(ready));
		json_object_object_add(all, "granted", json_object_new_uint64(granted));
		out_json(all);
		return EX_DONE;
	}
	fputs("rasd     ", stdout);
	out_str(stdout, member_str(ping, "version", "?"));
	fputs(" at ", stdout);
	out_str(stdout, o->socket);
	printf("\ndomains  %zu%s, %zu can take errors, %zu granted\n", json_length(domains),
	       list_missing(list) ? " (not all)" : "", ready, granted);
	status_pages(ping);
	status_journal(ping);
	return EX_DONE;
}

const struct verb verb_status = {
	.name = "status",
	.summary = "whether rasd runs, how many guests can take errors",
	.group = GROUP_LOOK,
	.examples = { "rasctl status", "rasctl status -o json" },
	.run = run,
};
