// SPDX-License-Identifier: LGPL-2.1-or-later
#include "inject/policy.h"

#include "guests/guest.h"

int policy_check(const struct guest *g, const struct policy_question *q, struct ras_err *err)
{
	const struct conf_grant gr = guest_grant(g);
	const char *word = conf_severity_name(q->severity);

	/* Deny by default: without a grant the limit is "none". */
	if (gr.target_max_severity < q->severity) {
		ras_fail(err, RAS_E_NOT_GRANTED,
			 "%s does not allow %s injections (its limit is %s)", q->domain, word,
			 conf_severity_name(gr.target_max_severity));
		return ras_hint(err,
				"its owner allows it: rasctl allow %s --target-max-severity %s "
				"(libvirt), or in rasd.conf: [domain %s] target-max-severity = %s",
				q->domain, word, q->domain, word);
	}
	if (q->severity == CONF_SEV_FATAL && !q->confirmed) {
		ras_fail(err, RAS_E_NEED_CONFIRM, "a fatal record ends the guest's kernel");
		return ras_hint(err, "say so: rasctl inject --yes, or \"confirm\":true");
	}
	return 0;
}
