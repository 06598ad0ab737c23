// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl provision, unprovision: error sources of rasd's own for a guest. rasd does it. */
#include <string.h>

#include "base/cleanup.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"
#include "cli/show/out.h"
#include "json/json.h"

static const char *notify;
static bool error_device;

/* Each item on a line of its own. */
static void print_list(json_object *result, const char *key, const char *before)
{
	json_object *list = member_of(result, key, json_type_array);

	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		out_format("%s%s", before, item_str(list, i));
		putchar('\n');
	}
}

/* QEMU's arguments as a shell takes them: an option and its value on a line. */
static void print_arguments(json_object *result)
{
	json_object *list = member_of(result, "qemu_arguments", json_type_array);
	size_t n = list ? json_object_array_length(list) : 0;

	for (size_t i = 0; i + 1 < n; i += 2) {
		out_format("  %s %s", item_str(list, i), item_str(list, i + 1));
		puts(i + 3 < n ? " \\" : "");
	}
}

static void print_member(json_object *result, const char *key, const char *label)
{
	const char *text = member_str(result, key, "");

	if (!*text)
		return;
	printf("%-7s ", label);
	out_str(stdout, text);
	putchar('\n');
}

static int change(const struct options *o, const char *method)
{
	_json_ json_object *result = NULL;
	_json_ json_object *params = json_object_new_object();
	struct ras_err err;

	json_object_object_add(params, "domain", json_object_new_string(o->operand));
	if (notify)
		json_object_object_add(params, "notify", json_object_new_string(notify));
	if (error_device)
		json_object_object_add(params, "acpi_error_device", json_object_new_boolean(true));
	if (o->dry_run)
		json_object_object_add(params, "dry_run", json_object_new_boolean(1));
	if (client_ask(o->socket, method, TAKE(params), &result, &err) < 0)
		return out_error(o, &err);
	if (o->json) {
		out_json(result);
		return EX_DONE;
	}
	print_member(result, "page", "page");
	print_member(result, "table", "table");
	print_member(result, "gpa", "address");
	print_member(result, "notify", "notify");
	print_list(result, "changes", "change  ");
	print_arguments(result);
	print_member(result, "next", "next");
	if (o->dry_run)
		puts("dry run: nothing was changed");
	return EX_DONE;
}

static int provision(const struct options *o)
{
	return change(o, "domain.provision");
}

static int unprovision(const struct options *o)
{
	return change(o, "domain.unprovision");
}

static const char *const notifications[] = { "poll", "nmi", NULL };

static const struct verb_option options[] = {
	{ .name = "notify",
	  .value = "poll|nmi",
	  .help = "how the guest hears of an error that is not corrected (poll)",
	  .text = &notify,
	  .words = notifications },
	{ .name = "acpi-error-device",
	  .help = "also an ACPI device PNP0C33 and _OSC, for systems that insist on them",
	  .flag = &error_device },
	OPTION_DRY_RUN,
	{ 0 },
};

const struct verb verb_provision = {
	.name = "provision",
	.summary = "give an x86_64 guest error sources of rasd's own",
	.text = "It takes effect when the guest is shut down and started. Role admin.",
	.group = GROUP_GUESTS,
	.operands = { { .name = "DOMAIN", .from = VALUE_DOMAIN } },
	.min_operands = 1,
	.changes = true,
	.options = options,
	.examples = { "rasctl provision vx --dry-run", "rasctl provision vx --notify nmi" },
	.run = provision,
};

static const struct verb_option unprovision_options[] = {
	OPTION_DRY_RUN,
	{ 0 },
};

const struct verb verb_unprovision = {
	.name = "unprovision",
	.summary = "take back what provision has done",
	.text = "Refused while the guest runs with it. Role admin.",
	.group = GROUP_GUESTS,
	.operands = { { .name = "DOMAIN", .from = VALUE_DOMAIN } },
	.min_operands = 1,
	.changes = true,
	.options = unprovision_options,
	.examples = { "rasctl unprovision vx --dry-run", "rasctl unprovision vx" },
	.run = unprovision,
};
