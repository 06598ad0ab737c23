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
