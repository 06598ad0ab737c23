// SPDX-License-Identifier: LGPL-2.1-or-later
/* The gate: its lever, and what its rules say. */
#include "control/views/views.h"

#include "base/cleanup.h"

json_object *view_lever(const struct journal_lever *l)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "engaged", json_object_new_boolean(l->engaged));
	json_object_object_add(o, "also_forwarding", json_object_new_boolean(l->also_forwarding));
	if (!l->real_ns)
		return o; /* nobody has ever touched it */
	json_object_object_add(o, "reason", json_new_text(l->reason));
	json_object_object_add(o, "uid", json_object_new_int64(l->uid));
	if (l->as_uid != l->uid)
		json_object_object_add(o, "as_uid", json_object_new_int64(l->as_uid));
	json_object_object_add(o, "since_ns", json_object_new_int64(l->real_ns));
	return o;
}

static json_object *answer(const struct policy_answer *a)
{
	static const char *const verdicts[] = { "allows", "refuses", "not-asked" };
	json_object *o = json_object_new_object();
	const bool no = a->verdict == POLICY_REFUSES;

	json_object_object_add(o, "rule", json_new_text(a->rule));
	json_object_object_add(o, "verdict", json_new_text(verdicts[a->verdict]));
	json_object_object_add(o, "text", json_new_text(no ? a->err.text : a->why));
	if (!no)
		return o;
	json_object_object_add(o, "reason", json_object_new_string(ras_err_reason(a->err.code)));
	json_object_object_add(o, "hint", json_new_text(a->err.hint));
	if (a->err.code == RAS_E_RATE)
		json_object_object_add(o, "retry_after_ms",
				       json_object_new_int64(a->err.retry_after_ms));
	return o;
}

json_object *view_policy(const struct policy_answer a[POLICY_RULES], int decides)
{
	json_object *o = json_object_new_object(), *list = json_object_new_array();

	for (size_t i = 0; i < POLICY_RULES; i++)
		json_object_array_add(list, answer(&a[i]));
	json_object_object_add(o, "allowed", json_object_new_boolean(decides < 0));
	if (decides >= 0)
		json_object_object_add(o, "decided_by", json_new_text(a[decides].rule));
	json_object_object_add(o, "rules", list);
	return o;
}

static json_object *injector(const struct conf_injector *in, const struct caller *c)
{
	json_object *o = json_object_new_object(), *list = json_object_new_array();

	for (size_t i = 0; i < in->n_domains; i++)
		json_object_array_add(list, json_new_text(in->domains[i]));
	json_object_object_add(o, "name", json_new_text(in->name));
	json_object_object_add(o, "domains", list);
	json_object_object_add(o, "max_severity",
			       json_object_new_string(conf_severity_name(in->max_severity)));
	json_object_object_add(o, "per_minute", json_object_new_int64(in->per_minute));
	json_object_object_add(o, "applies", json_object_new_boolean(caller_is_in(c, in)));
	return o;
}

json_object *view_injectors(const struct conf_roles *r, const struct caller *c)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; i < r->n_injectors; i++)
		json_object_array_add(list, injector(&r->injector[i], c));
	return list;
}

json_object *view_limits(const struct conf_limits *l, const struct policy_used *used)
{
	const struct {
		const char *name;
		int64_t value;
	} numbers[] = {
		{ "guest_per_minute", l->guest_per_minute },
		{ "guest_burst", l->guest_burst },
		{ "host_per_minute", l->host_per_minute },
		{ "host_burst", l->host_burst },
		{ "guests_per_hour", l->guests_per_hour },
		{ "concurrent", l->concurrent },
		{ "host_used", used->host },
		{ "guests_used", used->guests_per_hour },
		{ "concurrent_used", used->concurrent },
	};
	json_object *o = json_object_new_object();

	json_object_object_add(o, "max_severity",
			       json_object_new_string(conf_severity_name(l->max_severity)));
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		json_object_object_add(o, numbers[i].name, json_object_new_int64(numbers[i].value));
	return o;
}
