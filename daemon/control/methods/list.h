// SPDX-License-Identifier: LGPL-2.1-or-later
/* Rows of a long answer, written as text: as json-c values a thousand would take megabytes. */
#pragma once

#include "base/buf.h"
#include "json/json.h"

/* Append text, or o (borrowed) as text; false over the buffer's cap or out of memory. */
bool list_put(struct buf *b, const char *text);
bool list_put_json(struct buf *b, json_object *o);
