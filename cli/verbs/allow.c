// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasctl allow: the grants of a libvirt domain. rasd stores them. rasctl never speaks to libvirt.
 */
#include <string.h>

#include "base/cleanup.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"
#include "cli/show/out.h"
#include "json/json.h"

static struct {
	const char *target, *corrected, *uncorrected, *label;
} grant;

static int add_yes_no(json_object *params, const char *key, const char *option, const char *word,
		      struct ras_err *err)
{
	if (!word)
		return 0;
	if (strcmp(word, "yes") != 0 && strcmp(word, "no") != 0)
		return ras_fail(err, RAS_E_PARAMS, "--%s takes yes or no", option);
	json_object_object_add(params, key, json_object_new_boolean(word[0] == 'y'));
	return 0;
}

static void print_grant(const char *when, json_object *result)
{
	json_object *g = NULL, *ce = NULL, *ue = NULL, *label = NULL;

	json_object_object_get_ex(result, when, &g);
	json_object_object_get_ex(g, "forward_corrected", &ce);
	json_object_object_get_ex(g, "forward_uncorrected", &ue);
	json_object_object_get_ex(g, "forward_label", &label);
	printf("%-7s target up to ", when);
	out_str(stdout, member_str(g, "target_max_severity", "?"));
	printf(", forward corrected %s, uncorrected %s, label %s\n",
	       json_object_get_boolean(ce) ? "yes" : "no",
	       json_object_get_boolean(ue) ? "yes" : "no",
	       json_object_get_boolean(label) ? "yes" : "no");
}

static int run(const struct options *o)
{
	_json_ json_object *result = NULL;
	_json_ json_object *params = json_object_new_object();
	struct ras_err err;

	json_object_object_add(params, "domain", json_object_new_string(o->operand));
	if (grant.target)
		json_object_object_add(params, "target_max_severity",
				       json_object_new_string(grant.target));
	if (o->dry_run)
		json_object_object_add(params, "dry_run", json_object_new_boolean(1));
	if (add_yes_no(params, "forward_corrected", "forward-corrected", grant.corrected, &err) <
		    0 ||
	    add_yes_no(params, "forward_uncorrected", "forward-uncorrected", grant.uncorrected,
		       &err) < 0 ||
	    add_yes_no(params, "forward_label", "forward-label", grant.label, &err) < 0 ||
	    client_ask(o->socket, "domain.allow", TAKE(params), &result, &err) < 0)
		return out_error(o, &err);
	if (o->json) {
		out_json(result);
		return EX_DONE;
	}
	print_grant("before", result);
	print_grant("after", result);
	if (o->dry_run)
		puts("dry run: nothing was changed");
	return EX_DONE;
}

static const char *const severities[] = {
	"none", "info", "corrected", "recoverable", "fatal", NULL
};
static const char *const yes_no[] = { "yes", "no", NULL };

static const struct verb_option options[] = {
	{ .name = "target-max-severity",
	  .value = "SEVERITY",
	  .help = "the worst error that may be injected: none, info, corrected, recoverable or "
		  "fatal",
	  .text = &grant.target,
	  .words = severities },
	{ .name = "forward-corrected",
	  .value = "yes|no",
	  .help = "corrected errors of this host's pages",
	  .text = &grant.corrected,
	  .words = yes_no },
	{ .name = "forward-uncorrected",
	  .value = "yes|no",
	  .help = "uncorrected errors of this host's pages",
	  .text = &grant.uncorrected,
	  .words = yes_no },
	{ .name = "forward-label",
	  .value = "yes|no",
	  .help = "the name of the failing DIMM goes with them",
	  .text = &grant.label,
	  .words = yes_no },
	OPTION_DRY_RUN,
	{ 0 },
};

const struct verb verb_allow = {
	.name = "allow",
	.summary = "set the grants of a libvirt domain",
	.text = "Grants that are not given stay as they are. rasd keeps them in the domain's "
		"metadata. Role admin.",
	.group = GROUP_GUESTS,
	.operands = { { .name = "DOMAIN", .from = VALUE_DOMAIN } },
	.min_operands = 1,
	.changes = true,
	.options = options,
	.examples = { "rasctl allow vm1 --target-max-severity recoverable",
		      "rasctl allow vm1 --forward-uncorrected yes --dry-run" },
	.run = run,
};
