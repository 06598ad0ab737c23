// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl safety: the lever that stops all injections of this host. */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"
#include "cli/show/out.h"
#include "json/json.h"

static const char *reason;
static bool also_forwarding;

static void print_lever(json_object *lever)
{
	const bool engaged = member_true(lever, "engaged");
	const char *why = member_str(lever, "reason", NULL);
	const long long held = engaged ? member_number(lever, "held") : 0;
	char when[32];

	printf("%s", engaged ? "engaged" : "released");
	if (engaged)
		printf(": %s",
		       member_true(lever, "also_forwarding") ?
			       "nothing is injected, and real errors of this host are not "
			       "forwarded" :
			       "nothing is injected; real errors of this host are forwarded");
	putchar('\n');
	if (held)
		printf("%lld real error%s of this host %s for its release\n", held,
		       held == 1 ? "" : "s", held == 1 ? "waits" : "wait");
	if (!why)
		return;
	printf("%s by uid %lld: ",
	       local_time(member_number(lever, "since_ns"), when, sizeof(when), "?"),
	       (long long)member_number(lever, "uid"));
	out_str(stdout, why);
	putchar('\n');
}

static int show(const struct options *o, const char *method, json_object *params)
{
	_json_ json_object *result = NULL;
	struct ras_err err;

	if (client_ask(o->socket, method, params, &result, &err) < 0)
		return out_error(o, &err);
	if (o->json) {
		out_json(result);
		return EX_DONE;
	}
	print_lever(result);
	if (member_of(result, "refused", json_type_int))
		printf("%lld waiting injections %s refused\n",
		       (long long)member_number(result, "refused"),
		       o->dry_run ? "would be" : "are");
	if (o->dry_run)
		puts("dry run: nothing was changed");
	return EX_DONE;
}

static int wrong(const struct options *o, const char *what)
{
	struct ras_err err;

	ras_fail(&err, RAS_E_PARAMS, "%s", what);
	ras_hint(&err, "rasctl safety --help");
	return out_error(o, &err);
}

static int run(const struct options *o)
{
	const bool engage = !strcmp(o->operand, "engage");
	json_object *params;

	if (!engage && also_forwarding)
		return wrong(o, "--also-forwarding goes with engage");
	if (!strcmp(o->operand, "status"))
		return reason || o->dry_run ? wrong(o, "safety status takes no options") :
					      show(o, "safety.get", json_object_new_object());
	if (!engage && strcmp(o->operand, "release"))
		return wrong(o, "safety takes status, engage or release");
	if (!reason)
		return wrong(o, "--reason is missing: others will want to know why");
	params = json_object_new_object();
	json_object_object_add(params, "reason", json_object_new_string(reason));
	if (also_forwarding)
		json_object_object_add(params, "also_forwarding", json_object_new_boolean(1));
	if (o->dry_run)
		json_object_object_add(params, "dry_run", json_object_new_boolean(1));
	return show(o, engage ? "safety.engage" : "safety.release", params);
}

static const char *const actions[] = { "status", "engage", "release", NULL };

static const struct verb_option options[] = {
	{ .name = "reason",
	  .value = "TEXT",
	  .help = "why, for those who find it; the journal keeps it",
	  .text = &reason },
	{ .name = "also-forwarding",
	  .help = "engage: hold back real errors of this host, too (role admin)",
	  .flag = &also_forwarding },
	OPTION_DRY_RUN,
	{ 0 },
};

const struct verb verb_safety = {
	.name = "safety",
	.summary = "the lever that stops all injections",
	.text = "While it is engaged, injections are refused at once, also those that wait; it "
		"stays engaged when rasd or the host starts again. Real errors of this host still "
		"reach their guests. Whoever may inject may engage it; role admin releases it.",
	.usage = "status\nengage --reason TEXT [--also-forwarding] [--dry-run]\n"
		 "release --reason TEXT [--dry-run]",
	.group = GROUP_INJECT,
	.changes = true,
	.operands = { { .name = "ACTION", .words = actions } },
	.min_operands = 1,
	.options = options,
	.examples = { "rasctl safety engage --reason 'vm7 has panicked twice'",
		      "rasctl safety release --reason 'vm7 is repaired'" },
	.run = run,
};
