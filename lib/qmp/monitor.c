// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the transports share. */
#include "qmp/monitor.h"

#include <string.h>

void qmp_reply_error(json_object *error, struct ras_err *err)
{
	const char *desc = NULL, *class = NULL;

	if (json_object_is_type(error, json_type_object)) {
		json_get_str(error, "desc", &desc, NULL);
		json_get_str(error, "class", &class, NULL);
	}
	ras_fail(err,
		 class && !strcmp(class, "CommandNotFound") ? RAS_E_NOT_CAPABLE : RAS_E_MONITOR,
		 "%s", desc ? desc : "an error without description");
}

static struct monitor_stat stat;

void monitor_count(enum monitor_by by, enum qmp_outcome outcome, int64_t ns)
{
	stat.ended[outcome]++;
	if (outcome == QMP_OK || outcome == QMP_ERROR)
		histogram_add(&stat.answered[by], ns);
}

void monitor_count_again(void)
{
	stat.again++;
}

const struct monitor_stat *monitor_stat(void)
{
	return &stat;
}
