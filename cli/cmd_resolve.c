// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl resolve: an operator decides an injection whose outcome rasd could not prove. */
#include "base/cleanup.h"
#include "client.h"
#include "json/json.h"
#include "out.h"
#include "rasctl.h"

int cmd_resolve(const struct options *o)
{
	_json_ json_object *result = NULL;
	_json_ json_object *params = json_object_new_object();
	struct ras_err err;

	if (!o->resolve.state || !o->resolve.reason) {
		ras_fail(&err, RAS_E_PARAMS, "resolve needs --state and --reason");
		ras_hint(&err,
			 "--state acknowledged|consumed|refused|lost, as far as you know it; the "
			 "reason is kept");
		out_error(o, &err);
		return EX_USAGE_ERROR;
	}
	json_object_object_add(params, "id", json_object_new_string(o->operand));
	json_object_object_add(params, "state", json_object_new_string(o->resolve.state));
	json_object_object_add(params, "reason", json_object_new_string(o->resolve.reason));
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
