// SPDX-License-Identifier: LGPL-2.1-or-later
/* address.translate: whose is a host page, or which host page has a guest address. */
#include <stdlib.h>

#include "control/methods/methods.h"
#include "control/views/views.h"
#include "daemon.h"
#include "guests/guests.h"
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

/* A guest address whose guest may not be known yet. */
struct by_guest {
	struct rpc_call *call;
	struct daemon *d;
	char domain[64];
	struct gpa gpa;
	int64_t timeout_ms;
};

static void on_found(void *arg, struct guest *g, const struct ras_err *err)
{
	struct by_guest *b = arg;

	(void)g;
	if (err)
		rpc_reply_error(b->call, err);
	else
		translate_gpa(b->d->translator, b->domain, b->gpa, b->timeout_ms, on_translated,
			      b->call);
	free(b);
}

static void translate_guest_address(struct rpc_call *c, const char *domain, struct gpa gpa,
				    uint64_t timeout_ms)
{
	struct by_guest *b = malloc(sizeof(*b));
	struct ras_err err;

	if (!b) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		rpc_reply_error(c, &err);
		return;
	}
	*b = (struct by_guest){
		.call = c, .d = rpc_call_user(c), .gpa = gpa, .timeout_ms = (int64_t)timeout_ms
	};
	snprintf(b->domain, sizeof(b->domain), "%s", domain);
	guests_seek(b->d->guests, b->domain, (int)timeout_ms, on_found, b);
}

static int parse(json_object *params, bool by_host, const char **domain, uint64_t *addr,
		 uint64_t *timeout_ms, struct ras_err *err)
{
	int r = json_opt_str(params, "domain", domain, err);

	if (r < 0)
		return r;
	if (by_host == (*domain || json_object_object_get_ex(params, "gpa", NULL))) {
		ras_fail(err, RAS_E_PARAMS, "give either hpa, or domain and gpa");
		return ras_field(err, "hpa");
	}
	if (!by_host && !*domain) {
		ras_fail(err, RAS_E_PARAMS, "a guest address needs its domain");
		return ras_field(err, "domain");
	}
	r = json_get_hex64(params, by_host ? "hpa" : "gpa", addr, err);
	return r < 0 ? r : json_opt_u64(params, "timeout_ms", 1, 600000, timeout_ms, err);
}

void rpc_address_translate(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	bool by_host = json_object_object_get_ex(params, "hpa", NULL);
	uint64_t addr = 0, timeout_ms = DEFAULT_TIMEOUT_MS;
	const char *domain = NULL;
	struct ras_err err;

	if (parse(params, by_host, &domain, &addr, &timeout_ms, &err) < 0)
		rpc_reply_error(c, &err);
	else if (by_host)
		translate_hpa(d->translator, FOR_CLIENT, (struct hpa){ addr }, (int64_t)timeout_ms,
			      on_translated, c);
	else
		translate_guest_address(c, domain, (struct gpa){ addr }, timeout_ms);
}
