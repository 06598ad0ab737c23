// SPDX-License-Identifier: LGPL-2.1-or-later
#include "control/methods/list.h"

#include <string.h>

#include "base/clock.h"

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

void list_begin(struct list *l, struct buf *out)
{
	l->out = out;
	l->start_ns = clock_boot_ns();
	l->rows = 0;
	l->over = false;
	l->ok = true;
}

bool list_full(struct list *l)
{
	l->over = rpc_slice_over(l->start_ns, l->rows);
	return l->over;
}

bool list_row(struct list *l, const char *head, json_object *row)
{
	l->ok = list_put(l->out, l->n ? "," : head) && list_put_json(l->out, row);
	l->rows++;
	l->n++;
	l->left--;
	return l->ok;
}

int list_end(struct list *l, const char *tail, struct ras_err *err)
{
	if (l->ok && l->over)
		return RPC_SLICE_MORE;
	return l->ok && list_put(l->out, tail) ? RPC_SLICE_END :
						 ras_fail(err, RAS_E_NOMEM, "out of memory");
}
