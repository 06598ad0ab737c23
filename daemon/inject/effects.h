// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a record does to its guest, as the policy needs it. */
#pragma once

#include "conf/conf.h"
#include "cper/effect.h"

/* What an injection needs to be granted. */
struct record_needs {
	enum conf_severity severity;
	bool by_effect; /* effect counts as more than the record's own severities */
	struct cper_effect effect;
};

/*
 * severity is the worst of record[len] by its own words; the result is at least that, and at least
 * what its worst effect counts as.
 */
void record_needs(const uint8_t *record, size_t len, enum conf_severity severity,
		  struct record_needs *out);
