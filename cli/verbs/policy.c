// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl policy: whether an injection would be allowed, and what the rules go by. */
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"
#include "cli/show/out.h"
#include "json/json.h"

#define MAX_GROUPS 256

static const char *domain, *severity, *user;
static bool confirmed;

/* --user: NSS is asked here, because rasd must not wait for it. */
static int add_user(json_object *params, struct ras_err *err)
{
	const struct passwd *pw = getpwnam(user);
	json_object *list;
	gid_t gids[MAX_GROUPS];
	int n = MAX_GROUPS;

	if (!pw)
		return ras_fail(err, RAS_E_NOT_FOUND, "there is no user \"%.40s\"", user);
	if (getgrouplist(user, pw->pw_gid, gids, &n) < 0)
		return ras_fail(err, RAS_E_PARAMS, "%.40s is in more than %d groups", user,
				MAX_GROUPS);
	list = json_object_new_array();
	for (int i = 0; i < n; i++)
		json_object_array_add(list, json_object_new_int64(gids[i]));
	json_object_object_add(params, "uid", json_object_new_int64(pw->pw_uid));
	json_object_object_add(params, "gids", list);
	return 0;
}

static void print_rules(json_object *rules)
{
	struct table t;

	table_init(&t, 3);
	table_add(&t, "RULE");
	table_add(&t, "VERDICT");
	table_add(&t, "WHY");
	for (size_t i = 0; rules && i < json_object_array_length(rules); i++) {
		json_object *r = json_object_array_get_idx(rules, i);

		table_add(&t, member_str(r, "rule", "?"));
		table_add(&t, member_str(r, "verdict", "?"));
		table_add(&t, member_str(r, "text", ""));
	}
	table_print(&t, !cmdline.no_color);
}

/* The rule that decides, as the error that injection.create would answer. */
static void print_decision(json_object *result, json_object *rules)
{
	const char *decides = member_str(result, "decided_by", "");

	out_format("%s: a %s injection into %s by uid %lld",
		   member_true(result, "allowed") ? "allowed" : "refused",
		   member_str(result, "severity", "?"), member_str(result, "domain", "?"),
		   (long long)member_number(result, "uid"));
	for (size_t i = 0; rules && i < json_object_array_length(rules); i++) {
		json_object *r = json_object_array_get_idx(rules, i);

		if (strcmp(member_str(r, "rule", ""), decides) != 0)
			continue;
		printf(": ");
		out_str(stdout, member_str(r, "text", "?"));
		printf("\nhint: ");
		out_str(stdout, member_str(r, "hint", "?"));
	}
	putchar('\n');
}

static int check(const struct options *o)
{
	_json_ json_object *params = json_object_new_object();
	_json_ json_object *result = NULL;
	json_object *rules;
	struct ras_err err;

	if (!domain) {
		ras_fail(&err, RAS_E_PARAMS, "no domain given");
		ras_hint(&err, "give --domain NAME; 'rasctl domains' lists the guests");
		return out_error(o, &err);
	}
	json_object_object_add(params, "domain", json_object_new_string(domain));
	if (severity)
		json_object_object_add(params, "severity", json_object_new_string(severity));
	if (confirmed)
		json_object_object_add(params, "confirm", json_object_new_boolean(1));
	if ((user && add_user(params, &err) < 0) ||
	    client_ask(o->socket, "policy.check", TAKE(params), &result, &err) < 0)
		return out_error(o, &err);
	rules = member_of(result, "rules", json_type_array);
	if (o->json) {
		out_json(result);
	} else {
		print_decision(result, rules);
		print_rules(rules);
	}
	return member_true(result, "allowed") ? EX_DONE : EX_REFUSED;
}

static void print_limit(json_object *limits, const char *text, const char *key, const char *used)
{
	const int64_t n = member_number(limits, key);

	printf("  %-32s ", text);
	if (n)
		printf("%lld", (long long)n);
	else
		printf("no limit");
	if (used)
		printf("   (now %lld)", (long long)member_number(limits, used));
	putchar('\n');
}

static void print_limits(json_object *l)
{
	printf("limits of this host, [limits] of rasd.conf:\n");
	out_format("  %-32s %s", "worst severity", member_str(l, "max_severity", "?"));
	putchar('\n');
	print_limit(l, "a guest, a minute", "guest_per_minute", NULL);
	print_limit(l, "a guest, at once", "guest_burst", NULL);
	print_limit(l, "all guests, a minute", "host_per_minute", NULL);
	print_limit(l, "all guests, at once", "host_burst", "host_used");
	print_limit(l, "different guests, an hour", "guests_per_hour", "guests_used");
	print_limit(l, "injections under way", "concurrent", "concurrent_used");
}

static void print_injectors(json_object *list)
{
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		json_object *in = json_object_array_get_idx(list, i);
		json_object *globs = member_of(in, "domains", json_type_array);
		const int64_t n = member_number(in, "per_minute");

		out_format("[injector %s]%s: up to %s,", member_str(in, "name", "?"),
			   member_true(in, "applies") ? ", about you" : "",
			   member_str(in, "max_severity", "?"));
		for (size_t k = 0; globs && k < json_object_array_length(globs); k++)
			out_format(" %s", item_str(globs, k));
		if (n)
			printf(", %lld a minute", (long long)n);
		putchar('\n');
	}
}

static int show(const struct options *o)
{
	_json_ json_object *result = NULL;
	json_object *lever, *groups;
	struct ras_err err;

	if (client_ask(o->socket, "policy.get", json_object_new_object(), &result, &err) < 0)
		return out_error(o, &err);
	if (o->json) {
		out_json(result);
		return EX_DONE;
	}
	lever = member_of(result, "safety", json_type_object);
	groups = member_of(result, "groups", json_type_object);
	out_format("you: uid %lld, role %s", (long long)member_number(result, "uid"),
		   member_str(result, "role", "?"));
	printf("\nsafety lever: %s%s\n", member_true(lever, "engaged") ? "engaged" : "released",
	       member_true(lever, "also_forwarding") ? ", for errors of this host, too" : "");
	out_format("groups: view %s, inject %s, admin %s", member_str(groups, "view", "?"),
		   member_str(groups, "inject", "?"), member_str(groups, "admin", "?"));
	putchar('\n');
	print_injectors(member_of(result, "injectors", json_type_array));
	print_limits(member_of(result, "limits", json_type_object));
	return EX_DONE;
}

static int run(const struct options *o)
{
	struct ras_err err;

	if (!strcmp(o->operand, "check"))
		return check(o);
	if (!strcmp(o->operand, "show") && !domain && !severity && !user && !confirmed)
		return show(o);
	ras_fail(&err, RAS_E_PARAMS, "policy takes show, or check --domain NAME");
	return out_error(o, &err);
}

static const char *const actions[] = { "show", "check", NULL };
static const char *const severities[] = { "info", "corrected", "recoverable", "fatal", NULL };

static const struct verb_option options[] = {
	{ .name = "domain",
	  .value = "NAME",
	  .help = "the guest",
	  .text = &domain,
	  .from = VALUE_DOMAIN },
	{ .name = "severity",
	  .value = "SEVERITY",
	  .help = "info, corrected (the default), recoverable or fatal",
	  .text = &severity,
	  .words = severities },
	{ .name = "user",
	  .value = "USER",
	  .help = "ask about this user and its groups instead of you (role admin)",
	  .text = &user },
	{ .name = "yes", .help = "as with the --yes of inject", .flag = &confirmed },
	{ 0 },
};

const struct verb verb_policy = {
	.name = "policy",
	.summary = "whether an injection would be allowed, and why not",
	.text = "check asks every rule, and changes and counts nothing. Exit code 0: allowed, 5: "
		"refused.",
	.usage = "show\ncheck --domain NAME [OPTION...]",
	.group = GROUP_INJECT,
	.operands = { { .name = "ACTION", .words = actions } },
	.min_operands = 1,
	.options = options,
	.examples = { "rasctl policy check --domain vm1 --severity fatal",
		      "rasctl policy check --domain vm1 --user alice" },
	.run = run,
};
