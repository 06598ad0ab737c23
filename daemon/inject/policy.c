// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The grant is compared with what the record does, not only with what it calls itself: a corrected
 * record may take a page offline (lib/cper/effect.c). A refusal because of an effect names it.
 */
#include "inject/policy.h"

#include "guests/guest.h"

static int not_granted(const struct policy_question *q, enum conf_severity limit,
		       struct ras_err *err)
{
	const char *word = conf_severity_name(q->needs.severity);
	const char *no = q->again ? "no longer allows" : "does not allow";
	char text[CPER_EFFECT_TEXT_SIZE];

	if (q->needs.by_effect) {
		cper_effect_text(&q->needs.effect, text);
		ras_fail(err, RAS_E_NOT_GRANTED,
			 "with this record Linux %s, which counts as %s; %s %s %s "
			 "injections (its limit is %s)",
			 text, word, q->domain, no, word, conf_severity_name(limit));
	} else {
		ras_fail(err, RAS_E_NOT_GRANTED, "%s %s %s injections (its limit is %s)", q->domain,
			 no, word, conf_severity_name(limit));
	}
	return ras_hint(err,
			"its owner allows it: rasctl allow %s --target-max-severity %s (libvirt), "
			"or in rasd.conf: [domain %s] target-max-severity = %s",
			q->domain, word, q->domain, word);
}

static int not_confirmed(const struct policy_question *q, struct ras_err *err)
{
	char text[CPER_EFFECT_TEXT_SIZE];

	if (q->needs.by_effect) {
		cper_effect_text(&q->needs.effect, text);
		ras_fail(err, RAS_E_NEED_CONFIRM, "with this record Linux %s", text);
	} else {
		ras_fail(err, RAS_E_NEED_CONFIRM, "a fatal record ends the guest's kernel");
	}
	return ras_hint(err, "say so: rasctl inject --yes, or \"confirm\":true");
}

/* Neither grant implies the other: who may test a guest may not forward to it, and vice versa. */
static int check_forward(const struct conf_grant *gr, const struct policy_question *q,
			 struct ras_err *err)
{
	bool corrected =
		q->needs.severity <= CONF_SEV_CORRECTED ||
		(q->needs.by_effect && q->needs.effect.kind == CPER_EFFECT_PAGE_SOFT_OFFLINE);
	const char *word = corrected ? "corrected" : "uncorrected";

	if (corrected ? gr->forward_corrected : gr->forward_uncorrected)
		return 0;
	ras_fail(err, RAS_E_NOT_GRANTED, "%s %s %s errors of the host", q->domain,
		 q->again ? "no longer gets" : "does not get", word);
	return ras_hint(err,
			"its owner allows it: rasctl allow %s --forward-%s (libvirt), or in "
			"rasd.conf: [domain %s] forward-%s = yes",
			q->domain, word, q->domain, word);
}

int policy_check(const struct guest *g, const struct policy_question *q, struct ras_err *err)
{
	const struct conf_grant gr = guest_grant(g);

	if (q->origin == ORIGIN_HOST_EVENT)
		return check_forward(&gr, q, err);

	/* Deny by default: without a grant the limit is "none". */
	if (gr.target_max_severity < q->needs.severity)
		return not_granted(q, gr.target_max_severity, err);
	if (q->needs.severity == CONF_SEV_FATAL && !q->confirmed)
		return not_confirmed(q, err);
	return 0;
}
