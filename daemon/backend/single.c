// SPDX-License-Identifier: LGPL-2.1-or-later
#include "backend/single.h"

const char *single_entry(const uint8_t *record, size_t len, struct cper_entry *e,
			 uint32_t *severity)
{
	struct cper_entry more;
	struct cper_view v;

	if (cper_view_init(&v, record, len, NULL) < 0 || cper_view_next(&v, e, NULL) != 1)
		return "this one cannot be read";
	if (cper_view_next(&v, &more, NULL) != 0)
		return "this one has several sections";
	*severity = cper_block_severity(record);
	if (cper_severity_rank(e->severity) > cper_severity_rank(*severity))
		*severity = e->severity;
	return NULL;
}
