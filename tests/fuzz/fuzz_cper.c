// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A block that the gate accepts must decode to JSON, encode to the same bytes, and decode to the
 * same JSON again. With an FRU Id it must still be accepted. lib/json's strict gate must accept the
 * JSON. What Linux does with it is asked of every input.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cper/effect.h"
#include "cperjson/cperjson.h"
#include "json/json.h"

#include "cper_mutate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void twice(const uint8_t *data, size_t size, const char *text, size_t need)
{
	_free_ char *again = malloc(need);
	struct cper_err ce;
	size_t n = 0;

	/* A buffer that is one byte short is an error, and nothing is written behind it. */
	if (cperjson_write(data, size, CPERJSON_WORDS, again, need - 1, &n, &ce) == 0 ||
	    ce.code != CPER_NO_SPACE || n != need)
		abort();
	if (cperjson_write(data, size, CPERJSON_WORDS, again, need, &n, &ce) < 0 || n != need ||
	    memcmp(again, text, need) != 0)
		abort();
}

static void count_effect(void *ctx, const struct cper_effect *x)
{
	char text[CPER_EFFECT_TEXT_SIZE];
	size_t *n = ctx;

	cper_effect_text(x, text);
	if (x->kind >= CPER_EFFECT_MAX || strlen(text) + 1 >= sizeof(text))
		abort();
	++*n;
}

/* Any bytes have fewer effects than bytes, and a block fit for Linux is sound. */
static void effects(const uint8_t *data, size_t size)
{
	size_t n = 0;
	int sound = cper_effects(data, size, count_effect, &n);

	if (n > size || (sound < 0 && !cper_validate(data, size, CPER_LINUX_GUEST, NULL)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[1 << 20];
	struct cper_guid id = { { 1 } };
	_json_ json_object *o = NULL;
	_free_ uint8_t *back = malloc(size + 1);
	struct ras_err err;
	struct cper_err ce;
	struct cper_view v;
	size_t len = 0, need = 0;

	effects(data, size);
	if (cper_validate(data, size, CPER_SPEC, &ce) < 0) {
		if (!cper_view_init(&v, data, size, NULL) &&
		    !cperjson_decode(data, size, &o, &ce) && memcmp(data, "CPER", 4) != 0)
			abort();
		return 0;
	}
	if (cperjson_write(data, size, CPERJSON_WORDS, text, sizeof(text), &need, &ce) < 0)
		return 0; /* too large, or a UEFI record: fuzz_cper_record does these */
	if (json_parse(text, need - 1, &o, &err) < 0 || cper_view_init(&v, data, size, &ce) < 0)
		abort();
	if (cperjson_encode(o, back, size, &len, &err) < 0 || len != v.total)
		abort();
	if (memcmp(back, data, len) != 0)
		abort();
	if (len == size)
		twice(back, len, text, need);
	if (cper_set_fru(back, len, &id, "fuzz", &ce) < 0 ||
	    cper_validate(back, len, CPER_SPEC, &ce) < 0)
		abort();
	return 0;
}
