// SPDX-License-Identifier: LGPL-2.1-or-later
#include "control/methods/list.h"

#include <string.h>

bool list_put(struct buf *b, const char *text)
{
	return text && buf_add(b, text, strlen(text));
}

bool list_put_json(struct buf *b, json_object *o)
{
	size_t len;
	const char *text = json_object_to_json_string_length(
		o, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);

	return text && buf_add(b, text, len);
}
