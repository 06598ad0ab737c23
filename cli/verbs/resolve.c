// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl resolve: an operator decides an injection whose outcome rasd could not prove. */
#include <string.h>

#include "base/cleanup.h"
#include "base/uuid.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"
#include "cli/show/out.h"
#include "json/json.h"

static const char *state, *reason;

/* What log and show print is the beginning of an id; injection.resolve takes a whole one only. */
static int whole_id(const struct options *o, char id[UUID_TEXT_SIZE], struct ras_err *err)
{
	_json_ json_object *params = json_object_new_object();
	_json_ json_object *row = NULL;

	json_object_object_add(params, "id", json_object_new_string(o->operand));
	if (client_ask(o->socket, "injection.get", TAKE(params), &row, err) < 0)
		return -err->code;
	snprintf(id, UUID_TEXT_SIZE, "%s", member_str(row, "id", ""));
	return 0;
}

static int run(const struct options *o)
{
	_json_ json_object *result = NULL;
	_json_ json_object *params = json_object_new_object();
	char id[UUID_TEXT_SIZE] = "";
	struct ras_err err;

	if (!state || !reason) {
		ras_fail(&err, RAS_E_PARAMS, "resolve needs --state and --reason");
		ras_hint(&err,
			 "--state acknowledged|consumed|refused|lost, as far as you know it; the "
			 "reason is kept");
		out_error(o, &err);
		return EX_USAGE_ERROR;
	}
	if (strlen(o->operand) < UUID_TEXT_SIZE - 1 && whole_id(o, id, &err) < 0)
		return out_error(o, &err);
	json_object_object_add(params, "id", json_object_new_string(*id ? id : o->operand));
	json_object_object_add(params, "state", json_object_new_string(state));
	json_object_object_add(params, "reason", json_object_new_string(reason));
	if (o->dry_run)
		json_object_object_add(params, "dry_run", json_object_new_boolean(1));
	if (client_ask(o->socket, "injection.resolve", TAKE(params), &result, &err) < 0)
		return out_error(o, &err);
	if (o->json) {
		out_json(result);
		return EX_DONE;
	}
	out_str(stdout, member_str(result, "id", "?"));
	printf("  ");
	out_str(stdout, member_str(result, "state", "?"));
	printf("  ");
	out_str(stdout, member_str(result, "detail", ""));
	puts(o->dry_run ? " (dry run: nothing was changed)" : "");
	return EX_DONE;
}

static const char *const states[] = { "acknowledged", "consumed", "refused", "lost", NULL };

static const struct verb_option options[] = {
	{ .name = "state",
	  .value = "STATE",
	  .help = "acknowledged, consumed, refused or lost, as far as you know it",
	  .text = &state,
	  .words = states },
	{ .name = "reason",
	  .value = "TEXT",
	  .help = "how you know it; the journal keeps it",
	  .text = &reason },
	OPTION_DRY_RUN,
	{ 0 },
};

const struct verb verb_resolve = {
	.name = "resolve",
	.summary = "decide an injection whose state is unknown",
	.group = GROUP_INJECT,
	.usage = "ID --state STATE --reason TEXT [--dry-run]",
	.operands = { { .name = "ID" } },
	.min_operands = 1,
	.changes = true,
	.options = options,
	.examples = { "rasctl resolve 6f0b6f2a --state lost --reason 'the guest was shut down'",
		      "rasctl resolve 6f0b6f2a --state consumed --reason 'its log' --dry-run" },
	.run = run,
};
