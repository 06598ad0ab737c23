// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl status, domains, explain: which guests there are and what can be done to each. */
#include <inttypes.h>
#include <string.h>

#include "base/cleanup.h"
#include "client.h"
#include "json/json.h"
#include "out.h"
#include "rasctl.h"

static size_t length(json_object *array)
{
	return array ? json_object_array_length(array) : 0;
}

static bool available(json_object *backend)
{
	return member_true(backend, "available");
}

/* The first backend that is usable. If there is none, the first one, with its reason. */
static json_object *best_backend(json_object *domain)
{
	json_object *list = member_of(domain, "backends", json_type_array);

	for (size_t i = 0; i < length(list); i++) {
		json_object *b = json_object_array_get_idx(list, i);

		if (available(b))
			return b;
	}
	return length(list) ? json_object_array_get_idx(list, 0) : NULL;
}

static const char *grant_of(json_object *domain)
{
	json_object *grant = NULL;

	json_object_object_get_ex(domain, "grant", &grant);
	return member_str(grant, "target_max_severity", "none");
}

/* False: domains that do not run are left out. */
static bool complete(json_object *list)
{
	json_object *v = NULL;

	return !json_object_object_get_ex(list, "complete", &v) || json_object_get_boolean(v);
}

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

int cmd_status(const struct options *o)
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
		ret = client_call(c, "domain.list", NULL, &list, &err);
	if (ret)
		return out_error(o, &err);
	domains = member_of(list, "domains", json_type_array);
	for (size_t i = 0; i < length(domains); i++) {
		json_object *d = json_object_array_get_idx(domains, i);

		ready += available(best_backend(d));
		granted += strcmp(grant_of(d), "none") != 0;
	}
	if (o->json) {
		_json_ json_object *all = json_object_new_object();

		json_object_object_add(all, "daemon", json_object_get(ping));
		json_object_object_add(all, "domains", json_object_new_uint64(length(domains)));
		json_object_object_add(all, "ready", json_object_new_uint64(ready));
		json_object_object_add(all, "granted", json_object_new_uint64(granted));
		out_json(all);
		return EX_DONE;
	}
	fputs("rasd     ", stdout);
	out_str(stdout, member_str(ping, "version", "?"));
	fputs(" at ", stdout);
	out_str(stdout, o->socket);
	printf("\ndomains  %zu%s, %zu can take errors, %zu granted\n", length(domains),
	       complete(list) ? "" : " (not all)", ready, granted);
	status_pages(ping);
	status_journal(ping);
	return EX_DONE;
}

/* Guests that an error of this host keeps from being migrated. */
static void print_blocked(json_object *domains)
{
	for (size_t i = 0; i < length(domains); i++) {
		json_object *d = json_object_array_get_idx(domains, i), *m = NULL;

		if (!json_object_object_get_ex(d, "migration", &m))
			continue;
		out_str(stdout, member_str(d, "name", "?"));
		fputs(": ", stdout);
		out_str(stdout, member_str(m, "reason", "cannot be migrated"));
		putchar('\n');
	}
}

int cmd_domains(const struct options *o)
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
	for (size_t i = 0; i < length(domains); i++) {
		json_object *d = json_object_array_get_idx(domains, i);
		json_object *b = best_backend(d);

		table_add(&t, member_str(d, "name", "?"));
		table_add(&t, member_str(d, "state", "?"));
		table_add(&t, member_str(d, "arch", "-"));
		table_add(&t, member_str(d, "qemu_version", "-"));
		table_add(&t, available(b) ? member_str(b, "name", "?") : "none");
		table_add(&t, grant_of(d));
		table_add(&t, available(b) ? "" : member_str(b, "reason", "no backend fits"));
	}
	table_print(&t, !o->no_color);
	print_blocked(domains);
	if (!complete(list))
		fprintf(stderr,
			"rasctl: rasd keeps %zu guests at most: some that do not run are not "
			"shown\n",
			length(domains));
	return EX_DONE;
}

/* Print any JSON as indented "key: value" lines. The parser bounds the depth. */
static void print_tree(json_object *v, int indent)
{
	if (json_object_is_type(v, json_type_object)) {
		json_object_object_foreach(v, key, val)
		{
			bool nested = json_object_is_type(val, json_type_object) ||
				      json_object_is_type(val, json_type_array);

			printf("%*s", indent, "");
			out_str(stdout, key);
			fputs(nested ? ":\n" : ": ", stdout);
			print_tree(val, nested ? indent + 2 : 0);
		}
	} else if (json_object_is_type(v, json_type_array)) {
		for (size_t i = 0; i < json_object_array_length(v); i++) {
			json_object *item = json_object_array_get_idx(v, i);
			bool nested = json_object_is_type(item, json_type_object);

			if (!nested)
				printf("%*s- ", indent, "");
			else if (i)
				putchar('\n');
			print_tree(item, nested ? indent : 0);
		}
	} else {
		out_str(stdout, v ? json_object_get_string(v) : "-");
		putchar('\n');
	}
}

int cmd_explain(const struct options *o)
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
		print_tree(result, 0);
	return EX_DONE;
}
