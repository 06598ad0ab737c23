// SPDX-License-Identifier: LGPL-2.1-or-later
#include "inject/effects.h"

#include "cper/cper.h"

static enum conf_severity counts_as(const struct cper_effect *x)
{
	return cper_effect_severity(x->kind) == CPER_SEV_RECOVERABLE ? CONF_SEV_RECOVERABLE :
								       CONF_SEV_FATAL;
}

static void add_needs(void *ctx, const struct cper_effect *x)
{
	struct record_needs *n = ctx;

	if (counts_as(x) <= n->severity)
		return;
	n->severity = counts_as(x);
	n->by_effect = true;
	n->effect = *x;
}

void record_needs(const uint8_t *record, size_t len, enum conf_severity severity,
		  struct record_needs *out)
{
	*out = (struct record_needs){ .severity = severity };
	/* Also of a record that Linux refuses: other kernels may not. */
	cper_effects(record, len, add_needs, out);
}
