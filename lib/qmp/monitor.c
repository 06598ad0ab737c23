// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the transports share. */
#include "qmp/monitor.h"

#include <string.h>

/* QEMU's words become an error text. It is printable ASCII, whoever shows it. */
static void clean_text(const char *in, char *out, size_t size)
{
	size_t i = 0;

	for (; in[i] && i + 1 < size; i++)
		out[i] = in[i] >= ' ' && in[i] <= '~' ? in[i] : '?';
	out[i] = '\0';
}

void qmp_reply_error(json_object *error, struct ras_err *err)
{
	const char *desc = NULL, *class = NULL;
	char text[sizeof(err->text)];

	if (json_object_is_type(error, json_type_object)) {
		json_get_str(error, "desc", &desc, NULL);
		json_get_str(error, "class", &class, NULL);
	}
	clean_text(desc ? desc : "an error without description", text, sizeof(text));
	ras_fail(err,
		 class && !strcmp(class, "CommandNotFound") ? RAS_E_NOT_CAPABLE : RAS_E_MONITOR,
		 "%s", text);
}
