// SPDX-License-Identifier: LGPL-2.1-or-later
/* address.translate: whose is a host page, or which host page has a guest address. */
#include "control/methods/methods.h"
#include "control/views/views.h"
#include "daemon.h"
#include "translate/translate.h"

#define DEFAULT_TIMEOUT_MS 10000

static void on_translated(void *arg, const struct xlate_answer *ans, const struct ras_err *err)
{
	struct rpc_call *c = arg;
	const struct daemon *d = rpc_call_user(c);

	if (err)
		rpc_reply_error(c, err);
	else
		rpc_reply(c, view_translation(d->translator, ans));
}

void rpc_address_translate(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	bool by_host = json_object_object_get_ex(params, "hpa", NULL);
	uint64_t addr = 0, timeout_ms = DEFAULT_TIMEOUT_MS;
	const char *domain = NULL;
	struct ras_err err;
	int r = json_opt_str(params, "domain", &domain, &err);

	if (r == 0 && by_host == (domain || json_object_object_get_ex(params, "gpa", NULL))) {
		r = ras_fail(&err, RAS_E_PARAMS, "give either hpa, or domain and gpa");
		ras_field(&err, "hpa");
	} else if (r == 0 && !by_host && !domain) {
		r = ras_fail(&err, RAS_E_PARAMS, "a guest address needs its domain");
		ras_field(&err, "domain");
	}
	if (r == 0)
		r = json_get_hex64(params, by_host ? "hpa" : "gpa", &addr, &err);
	if (r == 0)
		r = json_opt_u64(params, "timeout_ms", 1, 600000, &timeout_ms, &err);
	if (r < 0)
		rpc_reply_error(c, &err);
	else if (by_host)
		translate_hpa(d->translator, (struct hpa){ addr }, (int64_t)timeout_ms,
			      on_translated, c);
	else
		translate_gpa(d->translator, domain, (struct gpa){ addr }, (int64_t)timeout_ms,
			      on_translated, c);
}
