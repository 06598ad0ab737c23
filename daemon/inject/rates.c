// SPDX-License-Identifier: LGPL-2.1-or-later
/* The rules of the gate about how much: [limits] of rasd.conf, and per-minute of an [injector]. */
#include "inject/rules.h"

/* When one that is under way will be decided is not known: it may be asked again soon. */
#define CONCURRENT_RETRY_MS 1000

static int limited(int64_t wait_ms, const char *key, const char *section, struct ras_err *err)
{
	if (err)
		err->retry_after_ms = wait_ms;
	return ras_hint(err, "try again in %lld.%03lld s; %s in [%s] of rasd.conf sets the limit",
			(long long)wait_ms / 1000, (long long)wait_ms % 1000, key, section);
}

int rule_concurrent(struct policy *p, const struct guest *g, const struct policy_question *q,
		    struct rule_words *w, struct ras_err *err)
{
	const int64_t most = p->conf->limits.concurrent;

	(void)g;
	rule_say(w, "%zu injections are under way, at most %lld%s", q->n_open, (long long)most,
		 most ? "" : " (no limit)");
	if (!most || (int64_t)q->n_open < most)
		return 0;
	ras_fail(err, RAS_E_RATE, "%zu injections of this host are under way already", q->n_open);
	return limited(CONCURRENT_RETRY_MS, "concurrent", "limits", err);
}

int rule_guests(struct policy *p, const struct guest *g, const struct policy_question *q,
		struct rule_words *w, struct ras_err *err)
{
	const int64_t most = p->conf->limits.guests_per_hour;
	const int64_t wait_ms = limits_guests_wait_ms(p->limits, q->domain);

	(void)g;
	if (w)
		rule_say(w, "%lld guests in the last hour, at most %lld%s",
			 (long long)limits_guests_used(p->limits), (long long)most,
			 most ? "" : " (no limit)");
	if (!wait_ms)
		return 0;
	ras_fail(err, RAS_E_RATE, "%lld guests of this host had an injection in the last hour",
		 (long long)most);
	return limited(wait_ms, "guests-per-hour", "limits", err);
}

int rule_guest_rate(struct policy *p, const struct guest *g, const struct policy_question *q,
		    struct rule_words *w, struct ras_err *err)
{
	const struct conf_limits *c = &p->conf->limits;
	const int64_t wait_ms = limits_guest_wait_ms(p->limits, q->domain);

	(void)g;
	if (w)
		rule_say(w, "%lld of %lld used, %lld a minute come back%s",
			 (long long)limits_guest_used(p->limits, q->domain),
			 (long long)c->guest_burst, (long long)c->guest_per_minute,
			 c->guest_per_minute ? "" : " (no limit)");
	if (!wait_ms)
		return 0;
	ras_fail(err, RAS_E_RATE, "%s has had %lld injections, and gets %lld more a minute",
		 q->domain, (long long)c->guest_burst, (long long)c->guest_per_minute);
	return limited(wait_ms, "guest-per-minute", "limits", err);
}

int rule_host_rate(struct policy *p, const struct guest *g, const struct policy_question *q,
		   struct rule_words *w, struct ras_err *err)
{
	const struct conf_limits *c = &p->conf->limits;
	const int64_t wait_ms = limits_host_wait_ms(p->limits);

	(void)g, (void)q;
	if (w)
		rule_say(w, "%lld of %lld used, %lld a minute come back%s",
			 (long long)limits_host_used(p->limits), (long long)c->host_burst,
			 (long long)c->host_per_minute, c->host_per_minute ? "" : " (no limit)");
	if (!wait_ms)
		return 0;
	ras_fail(err, RAS_E_RATE,
		 "the guests of this host have had %lld injections, and get %lld more a minute",
		 (long long)c->host_burst, (long long)c->host_per_minute);
	return limited(wait_ms, "host-per-minute", "limits", err);
}

int rule_person_rate(struct policy *p, const struct guest *g, const struct policy_question *q,
		     struct rule_words *w, struct ras_err *err)
{
	const int64_t per_minute = rule_per_minute(p, q);
	int64_t wait_ms;

	(void)g;
	if (per_minute)
		rule_say(w, "at most %lld a minute", (long long)per_minute);
	else
		rule_say(w, "no limit");
	if (!per_minute)
		return 0;
	wait_ms = limits_person_wait_ms(p->limits, q->caller->person, per_minute);
	if (!wait_ms)
		return 0;
	ras_fail(err, RAS_E_RATE, "uid %u may inject %lld times a minute",
		 (unsigned int)q->caller->uid, (long long)per_minute);
	return limited(wait_ms, "per-minute", "injector", err);
}
