// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Text of the command line as values of fields. Widths, words and names of bits come from
 * lib/cper's tables.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "cli/section/draft.h"
#include "json/json.h"

static int letter(char c)
{
	return c == ' ' || c == '_' || c == '/' ? '-' : tolower((unsigned char)c);
}

bool value_same_word(const char *a, const char *b, bool prefix)
{
	for (; *a && *b; a++, b++)
		if (letter(*a) != letter(*b))
			return false;
	return !*a && (prefix || !*b);
}

static void (*words_to)(const char *word);

void value_words_to(void (*fn)(const char *word))
{
	words_to = fn;
}

void value_hint(struct ras_err *err, const char *before, const char *word)
{
	size_t at = strlen(err->hint);

	snprintf(err->hint + at, sizeof(err->hint) - at, "%s%s", at ? ", " : before, word);
	if (words_to)
		words_to(word);
}

static void hint_word(struct ras_err *err, const char *word)
{
	value_hint(err, "a number or one of ", word);
}

static bool find_word(const char *arg, const struct cper_word *words, uint64_t *out)
{
	unsigned int near = 0;

	for (; words && words->word; words++) {
		if (value_same_word(arg, words->word, false)) {
			*out = words->value;
			return true;
		}
		if (value_same_word(arg, words->word, true)) {
			*out = words->value;
			near++;
		}
	}
	return near == 1;
}

static bool find_flags(const char *arg, const struct cper_bits *bits, uint64_t *out)
{
	_free_ char *copy = strdup(arg);
	char *rest = copy, *name;
	uint64_t n = 0;

	while (copy && bits && (name = strsep(&rest, ",")) != NULL) {
		const struct cper_bits *b, *found = NULL;
		unsigned int near = 0;

		for (b = bits; b->name; b++) {
			if (b->width != 1 || !value_same_word(name, b->name, true))
				continue;
			near++;
			found = b;
			if (value_same_word(name, b->name, false)) {
				near = 1;
				break;
			}
		}
		if (near != 1)
			return false;
		n |= UINT64_C(1) << found->lo;
		if (!rest) {
			*out = n;
			return true;
		}
	}
	return false;
}

int value_number(const char *opt, const char *arg, const struct cper_word *words,
		 const struct cper_bits *bits, uint64_t max, uint64_t *out, struct ras_err *err)
{
	uint64_t n = 0;

	/* Flags first: ARM's "cache" is one, and the beginning of the old word for no flag. */
	if (num_parse_u64(arg, &n, NULL) < 0 && !find_flags(arg, bits, &n) &&
	    !find_word(arg, words, &n)) {
		if (!err)
			return -RAS_E_PARAMS;
		ras_fail(err, RAS_E_PARAMS, "--%s cannot be \"%.60s\"", opt, arg);
		for (; words && words->word; words++)
			hint_word(err, words->word);
		for (; bits && bits->name; bits++)
			if (bits->width == 1)
				hint_word(err, bits->name);
		if (!err->hint[0])
			ras_hint(err, "a number, decimal or 0x...");
		return -RAS_E_PARAMS;
	}
	if (n > max)
		return ras_fail(err, RAS_E_PARAMS, "--%s is at most 0x%llx", opt,
				(unsigned long long)max);
	*out = n;
	return 0;
}

static uint64_t max_of(unsigned int width)
{
	return width >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * width) - 1;
}

int value_bytes(const char *opt, const char *arg, unsigned int width, uint8_t *out, size_t cap,
		size_t *len, struct ras_err *err)
{
	_free_ char *copy = strdup(arg);
	char *rest = copy, *item;
	size_t n = 0;

	if (!copy)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	if (!strncmp(arg, "hex:", 4) ||
	    (width == 1 && !strchr(arg, ',') && strncmp(arg, "0x", 2) != 0)) {
		arg += strncmp(arg, "hex:", 4) ? 0 : 4;
		if (hex_decode(arg, strlen(arg), out, cap, len, NULL) < 0) {
			ras_fail(err, RAS_E_PARAMS,
				 "--%s: not an even number of hex digits, or over %zu bytes", opt,
				 cap);
			return ras_hint(err,
					"hex digits (0011ff), or numbers with commas (0,0x11,255)");
		}
		return 0;
	}
	while ((item = strsep(&rest, ",")) != NULL) {
		uint64_t v;

		if (num_parse_u64(item, &v, NULL) < 0 || v > max_of(width))
			return ras_fail(err, RAS_E_PARAMS,
					"--%s: \"%.40s\" is no number of %u bytes", opt, item,
					width);
		if (n + width > cap)
			return ras_fail(err, RAS_E_PARAMS, "--%s holds at most %zu bytes", opt,
					cap);
		for (unsigned int i = 0; i < width; i++)
			out[n++] = (uint8_t)(v >> 8 * i);
	}
	*len = n;
	return 0;
}

int value_field(const char *opt, const char *arg, const struct cper_field *f, json_object **out,
		struct ras_err *err)
{
	uint8_t bytes[256] = { 0 };
	char hex[2 * sizeof(bytes) + 1];
	struct cper_guid guid;
	uint64_t n = 0;
	size_t len;
	int r;

	switch (f->type) {
	case CPER_FIELD_UINT:
		r = value_number(opt, arg, f->words, f->bits, max_of(f->width), &n, err);
		if (r == 0)
			*out = f->width > 4 ? json_new_hex64(n, 16) : json_object_new_uint64(n);
		return r;
	case CPER_FIELD_BYTES:
		r = value_bytes(opt, arg, 1, bytes, f->width, &len, err);
		if (r < 0)
			return r;
		hex_encode(bytes, f->width, hex);
		*out = json_object_new_string(hex);
		return 0;
	case CPER_FIELD_GUID:
		if (cper_guid_parse(arg, &guid) < 0)
			return ras_fail(err, RAS_E_PARAMS, "--%s takes a GUID", opt);
		break;
	default:
		if (strlen(arg) > f->width)
			return ras_fail(err, RAS_E_PARAMS, "--%s holds at most %u characters", opt,
					f->width);
	}
	*out = json_object_new_string(arg);
	return 0;
}
