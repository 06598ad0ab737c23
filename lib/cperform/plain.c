// SPDX-License-Identifier: LGPL-2.1-or-later
/* Forms without offsets: plain hex, base64, RawData of a WHEA event. */
#include "cperform/private.h"

#include "base/le.h"
#include "cper/record.h"

size_t find_text(const char *text, size_t len, const char *needle)
{
	size_t n = strlen(needle);

	for (size_t i = 0; i + n <= len; i++)
		if (!strncasecmp(text + i, needle, n))
			return i;
	return len;
}

bool find_guid(const char *text, size_t len, struct cper_guid *out)
{
	char guid[CPER_GUID_TEXT_SIZE];

	for (size_t i = 8; i + 28 <= len; i++) {
		if (text[i] != '-' || text[i + 5] != '-' || text[i + 10] != '-')
			continue;
		memcpy(guid, text + i - 8, sizeof(guid) - 1);
		guid[sizeof(guid) - 1] = '\0';
		if (!cper_guid_parse(guid, out))
			return true;
	}
	return false;
}

size_t hex_run(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && hex_digit(text[n]) >= 0)
		n++;
	return n;
}

int base64_digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	return c == '/' || c == '_' ? 63 : -1;
}

/* Characters that base64 text may have between digits. */
static size_t base64_gap(const char *t, size_t len)
{
	if (len && is_space(t[0]))
		return 1;
	if (len > 1 && t[0] == '\\' && (t[1] == 'n' || t[1] == 'r'))
		return 2;
	return len > 1 && t[0] == '\\' && t[1] == '/' ? 1 : 0;
}

size_t base64_run(const char *t, size_t len, struct sink *s)
{
	uint32_t bits = 0;
	unsigned int have = 0;
	size_t i = 0, gap;

	while (i < len) {
		int d = base64_digit(t[i]);

		if (d < 0 && (gap = base64_gap(t + i, len - i)) != 0) {
			i += gap;
			/* the next record of a list of them */
			if (is_space(t[i - 1]) && s->len && len - i > 5 &&
			    !strncmp(t + i, "Q1BFU", 5))
				return i;
			continue;
		}
		if (d < 0)
			break;
		bits = bits << 6 | (uint32_t)d;
		have += 6;
		if (have >= 8) {
			have -= 8;
			sink_byte(s, (uint8_t)(bits >> have));
		}
		i++;
	}
	while (i < len && (t[i] == '=' || is_space(t[i])))
		i++;
	return i;
}

/* What may stand between two pairs of hex digits. */
static size_t hex_gap(const char *t, size_t len)
{
	if (is_space(t[0]) || (t[0] && strchr(":,;-", t[0])))
		return 1;
	if (len > 2 && (t[0] == '0' || t[0] == '\\') && (t[1] | 32) == 'x' && hex_digit(t[2]) >= 0)
		return 2;
	if (len > 1 && t[0] == '\\' && (t[1] == '\n' || t[1] == 'n'))
		return 2;
	return 0;
}

size_t hex_text(const char *t, size_t len, struct sink *s)
{
	size_t i = 0, end = 0, n, gap;

	while (i < len) {
		if ((gap = hex_gap(t + i, len - i)) != 0) {
			i += gap;
			continue;
		}
		n = hex_run(t + i, len - i);
		/* a word such as "face" in a sentence goes on with other letters */
		if (!n || n % 2 ||
		    (i + n < len && (t[i + n] | 32) >= 'g' && (t[i + n] | 32) <= 'z'))
			break;
		for (size_t k = 0; k < n; k += 2)
			sink_byte(s, (uint8_t)(hex_digit(t[i + k]) << 4 | hex_digit(t[i + k + 1])));
		i += n;
		end = i;
	}
	return i == len ? len : end;
}

bool begins_as_record(const uint8_t *p, size_t len)
{
	if (cper_is_record(p, len))
		return true;
	return len >= CPER_BLOCK_SIZE && le32(p) && !(le32(p) >> 14) &&
	       cper_block_severity(p) <= CPER_SEV_INFO && le32(p + 12) >= CPER_ENTRY_SIZE_V2 &&
	       le32(p + 12) < 1u << 24;
}

bool record_in_text(const char *t, size_t len, struct sink *s)
{
	uint8_t first[48];
	struct sink look = { first, sizeof(first), 0 };
	size_t part = len < 64 ? len : 64;

	if (hex_run(t, part < 2 ? part : 2) == 2 && hex_text(t, part, &look) + 3 >= part &&
	    look.len >= CPER_BLOCK_SIZE) {
		if (begins_as_record(first, look.len < sizeof(first) ? look.len : sizeof(first))) {
			hex_text(t, len, s);
			return true;
		}
	}
	look.len = 0;
	base64_run(t, part, &look);
	if (!begins_as_record(first, look.len < sizeof(first) ? look.len : sizeof(first)))
		return false;
	base64_run(t, len, s);
	return true;
}

/* Only base64, with padding behind digits? */
static bool pure_base64(const char *t, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (base64_digit(t[i]) < 0 && !is_space(t[i]) &&
		    !(t[i] == '=' && i && (t[i - 1] == '=' || base64_digit(t[i - 1]) >= 0)))
			return false;
	return true;
}

size_t base64_start(const char *t, size_t len, size_t pos)
{
	uint8_t first[48];

	for (size_t i = pos; i < len; i++) {
		struct sink s = { first, sizeof(first), 0 };
		size_t n = 0;

		if (base64_digit(t[i]) < 0)
			continue;
		if (len - i > 5 && !strncmp(t + i, "Q1BFU", 5))
			return i;
		if (i && base64_digit(t[i - 1]) >= 0)
			continue;
		while (i + n < len && n < 40 && base64_digit(t[i + n]) >= 0)
			n++;
		if (n < 40)
			continue;
		base64_run(t + i, n, &s);
		if (begins_as_record(first, s.len))
			return i;
	}
	return len;
}

/*
 * Where base64 at t[0] ends in other text: its lines are as long as the first, and the last one is
 * shorter. Words that follow are of the same characters.
 */
static size_t base64_end(const char *t, size_t len)
{
	size_t width = 0, n, i = 0, next;

	for (;;) {
		for (n = 0; i + n < len && (base64_digit(t[i + n]) >= 0 || t[i + n] == '='); n++)
			;
		if (width && n > width)
			return i;
		i += n;
		if (i < len && t[i] == '\\') /* escapes of JSON: no lines */
			return len;
		if ((width && n < width) || t[i - 1] == '=' || i == len || t[i] != '\n')
			return i;
		width = n;
		for (next = i + 1; next < len && is_blank(t[next]); next++)
			;
		for (n = 0;
		     next + n < len && (base64_digit(t[next + n]) >= 0 || t[next + n] == '='); n++)
			;
		/* a line of something else, or an empty one */
		if (!n || (next + n < len && t[next + n] != '\n'))
			return i;
		i = next;
	}
}

static int base64_next(struct cperform *f, struct sink *s, struct cperform_piece *p)
{
	const char *t = f->in;
	size_t start = base64_start(t, f->len, f->pos), len;

	/*
	 * Base64 alone may be a section, or have other bytes before its record. In other text, also
	 * if that is words, it must begin as a record does.
	 */
	if (!f->pos)
		f->pure = pure_base64(t, f->len) &&
			  (start == f->len || (start && base64_digit(t[start - 1]) >= 0));
	if (f->pure)
		start = f->pos;
	while (start < f->len && is_space(t[start]))
		start++;
	if (start == f->len)
		return 0;
	p->at = start;
	len = f->pure ? f->len - start : base64_end(t + start, f->len - start);
	f->pos = start + base64_run(t + start, len, s);
	if (f->pos == start)
		f->pos = f->len;
	return s->len ? 1 : 0;
}

size_t hex_start(const char *t, size_t len, size_t pos)
{
	uint8_t first[48];

	for (size_t i = pos; i < len; i++) {
		struct sink s = { first, sizeof(first), 0 };
		size_t part = len - i < 96 ? len - i : 96;

		if (hex_digit(t[i]) < 0 || (i && hex_digit(t[i - 1]) >= 0))
			continue;
		hex_text(t + i, part, &s);
		if (s.len >= CPER_BLOCK_SIZE &&
		    begins_as_record(first, s.len < sizeof(first) ? s.len : sizeof(first)))
			return i;
	}
	return len;
}

/* Hex of a record in any text around it: rows with text beside them, or all that goes on. */
static int hex_next(struct cperform *f, struct sink *s, struct cperform_piece *p)
{
	struct sink none = { NULL, 0, 0 };
	const char *t = f->in;
	struct cperform look;
	size_t start;

	if (!f->pos && hex_text(t, f->len, &none) == f->len) {
		f->pos = f->len;
		hex_text(t, f->len, s);
		return s->len ? 1 : 0;
	}
	/* which of both comes first; looked for again only behind the last place */
	if (!f->pos || f->rows_at < f->pos) {
		look = *f;
		f->rows_at = rows_next(&look, &none, &start) ? start : f->len;
	}
	if (!f->pos || f->hex_at < f->pos)
		f->hex_at = hex_start(t, f->len, f->pos);
	if (f->rows_at < f->len && f->rows_at <= f->hex_at) {
		f->pos = f->rows_at;
		return rows_next(f, s, &p->at);
	}
	p->at = start = f->hex_at;
	f->pos = start == f->len ? start : start + hex_text(t + start, f->len - start, s);
	return s->len ? 1 : 0;
}

/* <Data Name="RawData">4350...</Data>, <RawData>, or an event as text with "RawData". */
static int whea_next(struct cperform *f, struct sink *s, struct cperform_piece *p)
{
	struct sink none = { NULL, 0, 0 };
	const char *t = f->in;
	size_t at, n;

	while (!s->len) {
		at = f->pos + find_text(t + f->pos, f->len - f->pos, "RawData");
		if (at >= f->len)
			return 0;
		at += strlen("RawData");
		while (at < f->len && t[at] && strchr("\"'>: \t\r\n=", t[at]))
			at++;
		n = base64_run(t + at, f->len - at, &none);
		p->at = at;
		f->pos = at;
		if (!record_in_text(t + at, n, s))
			hex_text(t + at, f->len - at, s);
	}
	return 1;
}

int plain_next(struct cperform *f, struct sink *s, struct cperform_piece *p)
{
	switch (f->kind) {
	case CPERFORM_BASE64:
		return base64_next(f, s, p);
	case CPERFORM_WHEA:
		return whea_next(f, s, p);
	default:
		return hex_next(f, s, p);
	}
}
