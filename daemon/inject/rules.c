// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The rules of the gate about who, where and how severe. The grant is compared with what the record
 * does, not only with what it calls itself: a corrected record may take a page offline
 * (lib/cper/effect.c). A refusal because of an effect names it.
 */
#include "inject/rules.h"

#include <string.h>

#include "guests/guest.h"

int rule_safety(struct policy *p, const struct guest *g, const struct policy_question *q,
		struct rule_words *w, struct ras_err *err)
{
	(void)g;
	rule_say(w, "it is released");
	return policy_lever_check(p, q->origin, err);
}

/* --- who --- */

static bool allows(const struct conf_injector *in, const struct policy_question *q)
{
	return conf_injector_covers(in, q->domain) && q->needs.severity <= in->max_severity;
}

int64_t rule_per_minute(const struct policy *p, const struct policy_question *q)
{
	const struct conf_roles *roles = &p->conf->roles;
	int64_t most = 0;

	if (!q->caller || caller_role(roles, q->caller) != CALLER_INJECT)
		return 0;
	for (size_t i = 0; i < roles->n_injectors; i++) {
		const struct conf_injector *in = &roles->injector[i];

		if (!caller_is_in(q->caller, in) || !allows(in, q))
			continue;
		if (!in->per_minute)
			return 0;
		most = in->per_minute > most ? in->per_minute : most;
	}
	return most;
}

static int not_an_injector(const struct policy *p, const struct policy_question *q,
			   struct ras_err *err)
{
	const char *group = p->conf->roles.inject_group;

	ras_fail(err, RAS_E_PERMISSION, "uid %u may %sinject", (unsigned int)q->caller->uid,
		 q->again ? "no longer " : "not ");
	return ras_hint(err, "members of group %s may: usermod -aG %s USER, then log in again",
			group, group);
}

static int not_by_section(const struct conf_injector *in, const struct policy_question *q,
			  struct ras_err *err)
{
	bool covered = conf_injector_covers(in, q->domain);
	const char *word = conf_severity_name(q->needs.severity);

	if (covered)
		ras_fail(err, RAS_E_NOT_GRANTED,
			 "[injector %s] of rasd.conf allows no %s injections (max-severity = %s)",
			 in->name, word, conf_severity_name(in->max_severity));
	else
		ras_fail(err, RAS_E_NOT_GRANTED,
			 "[injector %s] of rasd.conf does not cover %s (domains = %s%s)", in->name,
			 q->domain, in->domains[0], in->n_domains > 1 ? " ..." : "");
	return ras_hint(err,
			"an administrator adds %s%s to [injector %s] of rasd.conf, and calls "
			"rasctl reload",
			covered ? "max-severity = " : "domains = ", covered ? word : q->domain,
			in->name);
}

int rule_person(struct policy *p, const struct guest *g, const struct policy_question *q,
		struct rule_words *w, struct ras_err *err)
{
	const struct conf_roles *roles = &p->conf->roles;
	const struct conf_injector *no = NULL;
	enum caller_role role;

	(void)g;
	if (!q->caller) {
		rule_say(w, "rasd itself asks");
		return 0;
	}
	role = caller_role(roles, q->caller);
	if (role == CALLER_ADMIN) {
		rule_say(w, "uid %u is an administrator", (unsigned int)q->caller->uid);
		return 0;
	}
	if (role != CALLER_INJECT)
		return not_an_injector(p, q, err);
	/* Sections say less than the group: who is in one has what these say. */
	for (size_t i = 0; i < roles->n_injectors; i++) {
		const struct conf_injector *in = &roles->injector[i];

		if (!caller_is_in(q->caller, in))
			continue;
		if (allows(in, q)) {
			rule_say(w, "[injector %s] covers %s up to %s", in->name, q->domain,
				 conf_severity_name(in->max_severity));
			return 0;
		}
		if (!no || conf_injector_covers(in, q->domain))
			no = in;
	}
	if (no)
		return not_by_section(no, q, err);
	rule_say(w, "uid %u is in group %s", (unsigned int)q->caller->uid, roles->inject_group);
	return 0;
}

/* --- how severe --- */

/* What the record needs, in words: "with this record Linux ..., which counts as". */
static const char *needs_text(const struct policy_question *q, char *out, size_t size)
{
	char text[CPER_EFFECT_TEXT_SIZE];

	out[0] = '\0';
	if (q->needs.by_effect) {
		cper_effect_text(&q->needs.effect, text);
		snprintf(out, size, "with this record Linux %s, which counts as %s; ", text,
			 conf_severity_name(q->needs.severity));
	}
	return out;
}

int rule_ceiling(struct policy *p, const struct guest *g, const struct policy_question *q,
		 struct rule_words *w, struct ras_err *err)
{
	const enum conf_severity limit = p->conf->limits.max_severity;
	const char *word = conf_severity_name(q->needs.severity);
	char needs[CPER_EFFECT_TEXT_SIZE + 64];

	(void)g;
	if (q->needs.severity <= limit) {
		rule_say(w, "max-severity = %s in [limits]", conf_severity_name(limit));
		return 0;
	}
	ras_fail(err, RAS_E_NOT_GRANTED, "%sthis host allows no %s injections (its limit is %s)",
		 needs_text(q, needs, sizeof(needs)), word, conf_severity_name(limit));
	return ras_hint(err,
			"an administrator writes max-severity = %s into [limits] of rasd.conf, and "
			"calls rasctl reload",
			word);
}

/* Deny by default: without a grant the limit is "none". */
int rule_grant(struct policy *p, const struct guest *g, const struct policy_question *q,
	       struct rule_words *w, struct ras_err *err)
{
	const enum conf_severity limit = guest_grant(g).target_max_severity;
	const char *word = conf_severity_name(q->needs.severity);
	const char *no = q->again ? "no longer allows" : "does not allow";
	char needs[CPER_EFFECT_TEXT_SIZE + 64];

	(void)p;
	if (q->needs.severity <= limit) {
		rule_say(w, "%s allows up to %s", q->domain, conf_severity_name(limit));
		return 0;
	}
	ras_fail(err, RAS_E_NOT_GRANTED, "%s%s %s %s injections (its limit is %s)",
		 needs_text(q, needs, sizeof(needs)), q->domain, no, word,
		 conf_severity_name(limit));
	return ras_hint(err,
			"its owner allows it: rasctl allow %s --target-max-severity %s (libvirt), "
			"or in rasd.conf: [domain %s] target-max-severity = %s",
			q->domain, word, q->domain, word);
}

int rule_confirm(struct policy *p, const struct guest *g, const struct policy_question *q,
		 struct rule_words *w, struct ras_err *err)
{
	char text[CPER_EFFECT_TEXT_SIZE];

	(void)p, (void)g;
	if (q->needs.severity != CONF_SEV_FATAL || q->confirmed) {
		rule_say(w, "%s", q->confirmed ? "it is confirmed" : "it needs none");
		return 0;
	}
	if (q->needs.by_effect) {
		cper_effect_text(&q->needs.effect, text);
		ras_fail(err, RAS_E_NEED_CONFIRM, "with this record Linux %s", text);
	} else {
		ras_fail(err, RAS_E_NEED_CONFIRM, "a fatal record ends the guest's kernel");
	}
	return ras_hint(err, "say so: rasctl inject --yes, or \"confirm\":true");
}

/* Neither grant implies the other: who may test a guest may not forward to it, and vice versa. */
int rule_forward(struct policy *p, const struct guest *g, const struct policy_question *q,
		 struct rule_words *w, struct ras_err *err)
{
	const struct conf_grant gr = guest_grant(g);
	bool corrected =
		q->needs.severity <= CONF_SEV_CORRECTED ||
		(q->needs.by_effect && q->needs.effect.kind == CPER_EFFECT_PAGE_SOFT_OFFLINE);
	const char *word = corrected ? "corrected" : "uncorrected";

	(void)p, (void)w;
	if (corrected ? gr.forward_corrected : gr.forward_uncorrected)
		return 0;
	ras_fail(err, RAS_E_NOT_GRANTED, "%s %s %s errors of the host", q->domain,
		 q->again ? "no longer gets" : "does not get", word);
	return ras_hint(err,
			"its owner allows it: rasctl allow %s --forward-%s (libvirt), or in "
			"rasd.conf: [domain %s] forward-%s = yes",
			q->domain, word, q->domain, word);
}
