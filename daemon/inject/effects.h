// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a record does to its guest, as the policy and the list of bad pages need it. */
#pragma once

#include "base/addr.h"
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

/*
 * The 4 KiB pages that Linux takes out of use for record[len] (any bytes): the addresses of the
 * effects, each rounded down, the first cap of them, maybe with duplicates. Returns how many; 0
 * for a record that Linux refuses.
 */
size_t record_bad_pages(const uint8_t *record, size_t len, struct gpa *out, size_t cap);
