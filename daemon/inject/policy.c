// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The gate as a whole: a table of rules, asked in this order, of which the first that refuses
 * decides. A rule is one function that sees the question and what rasd.conf says now, so the same
 * rule answers an injection, a dry run, what waits in a queue, and policy.check.
 */
#include "inject/policy.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "inject/rules.h"

/* When a rule is asked. */
enum {
	RULE_AGAIN = 1, /* also before the record is sent */
	RULE_ABSENT = 2 /* also of a guest that is away */
};

static const struct {
	const char *name;
	rule_fn ask;
	unsigned int when;
} rules[] = {
	{ "safety-lever", rule_safety, RULE_AGAIN | RULE_ABSENT },
	{ "injector", rule_person, RULE_AGAIN | RULE_ABSENT },
	{ "host-ceiling", rule_ceiling, RULE_AGAIN | RULE_ABSENT },
	{ "grant", rule_grant, RULE_AGAIN },
	{ "confirmation", rule_confirm, 0 },
	{ "concurrent", rule_concurrent, 0 },
	{ "guests-per-hour", rule_guests, 0 },
	{ "guest-per-minute", rule_guest_rate, 0 },
	{ "host-per-minute", rule_host_rate, 0 },
	{ "injector-per-minute", rule_person_rate, 0 },
};

_Static_assert(ARRAY_LEN(rules) == POLICY_RULES, "policy_explain() answers for each rule");

int policy_new(struct policy **out, const struct conf *conf, struct journal *j, struct ras_err *err)
{
	struct policy *p = calloc(1, sizeof(*p));
	int r;

	if (!p)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	p->conf = conf;
	p->journal = j;
	r = journal_lever_get(j, &p->lever, err);
	if (r == 0)
		r = limits_new(&p->limits, &conf->limits, j, err);
	if (r < 0) {
		policy_free(p);
		return r;
	}
	if (p->lever.engaged)
		log_warn("the safety lever is engaged%s: %s",
			 p->lever.also_forwarding ? ", for errors of this host, too" : "",
			 p->lever.reason);
	*out = p;
	return 0;
}

void policy_free(struct policy *p)
{
	if (p)
		limits_free(p->limits);
	free(p);
}

int policy_check(struct policy *p, const struct guest *g, const struct policy_question *q,
		 struct ras_err *err)
{
	int r = 0;

	if (q->origin == ORIGIN_HOST_EVENT) {
		r = policy_lever_check(p, q->origin, err);
		return r == 0 && g ? rule_forward(p, g, q, NULL, err) : r;
	}
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(rules); i++)
		if ((!q->again || rules[i].when & RULE_AGAIN) && (g || rules[i].when & RULE_ABSENT))
			r = rules[i].ask(p, g, q, NULL, err);
	return r;
}

int policy_explain(struct policy *p, const struct guest *g, const struct policy_question *q,
		   struct policy_answer out[POLICY_RULES])
{
	int decides = -1;

	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		struct policy_answer *a = &out[i];
		struct rule_words w = { a->why, sizeof(a->why) };

		*a = (struct policy_answer){ .rule = rules[i].name, .verdict = POLICY_NOT_ASKED };
		if (q->again && !(rules[i].when & RULE_AGAIN))
			continue;
		a->verdict =
			rules[i].ask(p, g, q, &w, &a->err) < 0 ? POLICY_REFUSES : POLICY_ALLOWS;
		if (a->verdict == POLICY_REFUSES && decides < 0)
			decides = (int)i;
	}
	return decides;
}

void policy_take(struct policy *p, const struct policy_question *q)
{
	if (q->origin == ORIGIN_HOST_EVENT)
		return;
	limits_take(p->limits, q->domain, q->caller ? q->caller->person : 0,
		    q->caller ? rule_per_minute(p, q) : 0);
}

void policy_used(const struct policy *p, struct policy_used *out)
{
	out->host = limits_host_used(p->limits);
	out->guests_per_hour = limits_guests_used(p->limits);
}
