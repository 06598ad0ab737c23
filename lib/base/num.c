// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/num.h"

#include <string.h>

#include "base/hex.h"

int num_parse_u64(const char *s, uint64_t *out, struct ras_err *err)
{
	uint64_t v = 0;
	unsigned int base = 10;
	const char *p = s;

	if (p[0] == '0' && (p[1] == 'x' || p[1] == 'X')) {
		base = 16;
		p += 2;
	}
	if (!*p)
		return ras_fail(err, RAS_E_PARAMS, "\"%.40s\" is not a number", s);
	for (; *p; p++) {
		int d = hex_digit(*p);

		if (d < 0 || (unsigned int)d >= base)
			return ras_fail(err, RAS_E_PARAMS, "\"%.40s\" is not a number", s);
		if (v > (UINT64_MAX - (unsigned int)d) / base)
			return ras_fail(err, RAS_E_PARAMS, "\"%.40s\" does not fit in 64 bits", s);
		v = v * base + (unsigned int)d;
	}
	*out = v;
	return 0;
}

int num_parse_range(const char *s, uint64_t min, uint64_t max, uint64_t *out, struct ras_err *err)
{
	uint64_t v;
	int r = num_parse_u64(s, &v, err);

	if (r < 0)
		return r;
	if (v < min || v > max)
		return ras_fail(err, RAS_E_PARAMS, "%s is out of range %llu..%llu", s,
				(unsigned long long)min, (unsigned long long)max);
	*out = v;
	return 0;
}

size_t num_leading(const char *text, size_t len, unsigned int base, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	size_t n = 0;

	for (; n < len; n++) {
		char c = text[n];
		unsigned int digit;

		if (c >= '0' && c <= '9')
			digit = (unsigned int)(c - '0');
		else if (base == 16 && (c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (unsigned int)((c | 0x20) - 'a') + 10;
		else
			break;
		if (v > (max - digit) / base)
			return 0;
		v = v * base + digit;
	}
	if (n)
		*out = v;
	return n;
}

void hex_encode(const void *data, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *d = data;

	for (size_t i = 0; i < len; i++) {
		out[2 * i] = digits[d[i] >> 4];
		out[2 * i + 1] = digits[d[i] & 15];
	}
	out[2 * len] = '\0';
}

int hex_decode(const char *hex, size_t hexlen, void *out, size_t cap, size_t *len,
	       struct ras_err *err)
{
	uint8_t *o = out;

	if (hexlen % 2)
		return ras_fail(err, RAS_E_PARAMS, "odd number of hex digits (%zu)", hexlen);
	if (hexlen / 2 > cap)
		return ras_fail(err, RAS_E_PARAMS, "%zu bytes of hex, at most %zu allowed",
				hexlen / 2, cap);
	for (size_t i = 0; i < hexlen; i++)
		if (hex_digit(hex[i]) < 0)
			return ras_fail(err, RAS_E_PARAMS, "bad hex digit at %zu", i);
	for (size_t i = 0; i < hexlen / 2; i++)
		o[i] = (uint8_t)(hex_digit(hex[2 * i]) << 4 | hex_digit(hex[2 * i + 1]));
	*len = hexlen / 2;
	return 0;
}

static const char b64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				 "abcdefghijklmnopqrstuvwxyz0123456789+/";

size_t b64_size(size_t len)
{
	return (len + 2) / 3 * 4 + 1;
}

void b64_encode(const void *data, size_t len, char *out)
{
	const char *t = b64_digits;
	const uint8_t *d = data;
	size_t i;

	for (i = 0; i < len; i += 3) {
		uint32_t left = len - i > 2 ? 3 : (uint32_t)(len - i);
		uint32_t v = (uint32_t)d[i] << 16;

		if (left > 1)
			v |= (uint32_t)d[i + 1] << 8;
		if (left > 2)
			v |= d[i + 2];
		*out++ = t[v >> 18];
		*out++ = t[v >> 12 & 63];
		*out++ = left > 1 ? t[v >> 6 & 63] : '=';
		*out++ = left > 2 ? t[v & 63] : '=';
	}
	*out = '\0';
}

int b64_decode(const char *text, size_t textlen, void *out, size_t cap, size_t *len)
{
	uint8_t *o = out;
	size_t n = 0, pad = 0;

	if (textlen % 4)
		return -1;
	while (pad < 2 && pad < textlen && text[textlen - 1 - pad] == '=')
		pad++;
	for (size_t i = 0; i < textlen; i += 4) {
		size_t digits = i + 4 == textlen ? 4 - pad : 4;
		uint32_t v = 0;

		for (size_t k = 0; k < digits; k++) {
			const char *at = text[i + k] ? strchr(b64_digits, text[i + k]) : NULL;

			if (!at)
				return -1;
			v |= (uint32_t)(at - b64_digits) << (18 - 6 * k);
		}
		if (digits - 1 > cap - n || (v & ((1u << (24 - 8 * (digits - 1))) - 1)))
			return -1;
		for (size_t k = 0; k + 1 < digits; k++)
			o[n++] = (uint8_t)(v >> (16 - 8 * k));
	}
	*len = n;
	return 0;
}
