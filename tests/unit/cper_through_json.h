// SPDX-License-Identifier: LGPL-2.1-or-later
/* A block to JSON and back. Include after cmocka. */
#pragma once

#include "cper_make.h"
#include "cperjson/cperjson.h"
#include "json/json.h"

/* The JSON of buf[len] must encode to the same bytes. */
static inline void through_json(const char *kind, const uint8_t *buf, size_t len,
				unsigned int flags)
{
	static char text[65536];
	_json_ json_object *o = NULL;
	struct ras_err err = RAS_ERR_NULL;
	_free_ uint8_t *back = malloc(len); /* so that asan sees a write behind it */
	size_t need = 0, n = 0;

	assert_int_equal(cperjson_write(buf, len, flags, text, sizeof(text), &need, NULL), 0);
	if (json_parse(text, need - 1, &o, &err) < 0 || cperjson_encode(o, back, len, &n, &err) < 0)
		fail_msg("%s: %s", kind, err.text);
	assert_int_equal(n, len);
	assert_memory_equal(back, buf, len);
}
