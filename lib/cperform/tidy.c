// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a terminal, a mail program and a chat add to text that is copied out of them: colours,
 * carriage returns, "> " of a quoted mail, fences, non-breaking blanks, typographic quotes. The
 * readers of forms know none of it; it goes here, in place, since it only ever gets shorter.
 *
 * Problem: bytes that are no text must not change. Rule: text has no byte 0, and a record always
 * has many.
 */
#include "cperform/private.h"

#include "base/cleanup.h"

#define ESCAPE '\x1b'

/* Bytes of a terminal's escape sequence at t[0]. */
static size_t escape_len(const char *t, size_t len)
{
	size_t i = 2;

	if (len < 3)
		return len;
	if (t[1] == '[') {
		while (i < len && t[i] >= 0x20 && t[i] < 0x40)
			i++;
		return i < len ? i + 1 : i;
	}
	if (t[1] == ']') { /* a title, up to BEL or ESC \ */
		while (i < len && t[i] != '\a' && t[i] != ESCAPE && t[i] != '\n')
			i++;
		if (i + 1 < len && t[i] == ESCAPE)
			return i + 2;
		return i < len && t[i] == '\a' ? i + 1 : i;
	}
	return t[1] == '(' || t[1] == ')' ? 3 : 2;
}

/* A character of UTF-8 that stands for one of ASCII. 0 bytes: it is none of these. */
static size_t plain_char(const char *t, size_t len, bool quotes, bool ticks, char *out)
{
	static const struct {
		const char *from;
		char to; /* 0: nothing */
	} chars[] = { { "\xc2\xa0", ' ' },	{ "\xe2\x80\x87", ' ' },
		      { "\xe2\x80\x89", ' ' },	{ "\xe2\x80\xaf", ' ' },
		      { "\xe3\x80\x80", ' ' },	{ "\xe2\x80\x8b", 0 },
		      { "\xe2\x94\x82", ' ' },	/* hexyl's borders */ { "\xe2\x94\x8a", 0 },
		      { "\xc2\xad", 0 },	{ "\xef\xbb\xbf", 0 },
		      { "\xe2\x80\x90", '-' },	{ "\xe2\x80\x91", '-' },
		      { "\xe2\x80\x93", '-' },	{ "\xe2\x80\x9c", '"' },
		      { "\xe2\x80\x9d", '"' },	{ "\xe2\x80\x9e", '"' },
		      { "\xe2\x80\x98", '\'' }, { "\xe2\x80\x99", '\'' } };

	for (size_t i = 0; i < ARRAY_LEN(chars); i++) {
		size_t n = strlen(chars[i].from);

		if (n > len || memcmp(t, chars[i].from, n) != 0)
			continue;
		*out = chars[i].to;
		return (*out == '"' && !quotes) || (*out == '\'' && !ticks) ? 0 : n;
	}
	return 0;
}

/* Characters: escapes go, "\r\n" and "\r" become "\n", UTF-8 outside of JSON strings is ASCII. */
static size_t tidy_chars(char *t, size_t len)
{
	bool quotes = !memchr(t, '"', len), ticks = !memchr(t, '\'', len), inside = false;
	size_t i = 0, n = 0, k;
	char c = 0;

	while (i < len) {
		if (t[i] == ESCAPE) {
			i += escape_len(t + i, len - i);
		} else if (t[i] == '\r') {
			while (i < len && t[i] == '\r')
				i++;
			if (i == len || t[i] != '\n')
				t[n++] = '\n';
		} else if (t[i] == '\b') {
			n -= n ? 1 : 0;
			i++;
		} else if (t[i] == '\a') {
			i++;
		} else if (!inside && (t[i] & 0x80) &&
			   (k = plain_char(t + i, len - i, quotes, ticks, &c)) != 0) {
			if (c)
				t[n++] = c;
			i += k;
		} else {
			if (t[i] == '"' && !(i && t[i - 1] == '\\'))
				inside = !inside;
			else if (t[i] == '\n')
				inside = false;
			t[n++] = t[i++];
		}
	}
	return n;
}

static bool begins(const char *t, size_t len, const char *word)
{
	return len >= strlen(word) && !strncmp(t, word, strlen(word));
}

/* A line that only frames what is between: a fence, "-----BEGIN X-----". */
static bool is_frame(const char *t, size_t len)
{
	while (len && is_blank(t[0])) {
		t++;
		len--;
	}
	return begins(t, len, "```") || begins(t, len, "~~~") || begins(t, len, "-----BEGIN ") ||
	       begins(t, len, "-----END ");
}

/* Lines: quoting of mail goes, and frames do. */
static size_t tidy_lines(char *t, size_t len)
{
	size_t i = 0, n = 0, k;

	while (i < len) {
		const char *nl;
		size_t end;

		while (i < len && t[i] == '>')
			i += i + 1 < len && is_blank(t[i + 1]) ? 2 : 1;
		nl = memchr(t + i, '\n', len - i);
		end = nl ? (size_t)(nl - t) + 1 : len;
		k = is_frame(t + i, end - i) ? 0 : end - i;
		memmove(t + n, t + i, k);
		n += k;
		i = end;
	}
	return n;
}

/* The text of the JSON string behind the quote at t[from]; "\n" behind it. Writes at t[to]. */
static size_t unescape(char *t, size_t len, size_t *from, size_t to)
{
	static const char letters[] = "n\nt\tr\nb\bf\f";
	size_t i = *from;

	for (; i < len && t[i] != '"'; i++) {
		const char *as;

		if (t[i] != '\\' || i + 1 == len) {
			t[to++] = t[i];
			continue;
		}
		i++;
		as = strchr(letters, t[i]);
		if (t[i] == 'u' && len - i > 4 && hex_run(t + i + 1, 4) == 4) {
			int c = hex_digit(t[i + 3]) << 4 | hex_digit(t[i + 4]);

			t[to++] =
				t[i + 1] == '0' && t[i + 2] == '0' && c && c < 0x80 ? (char)c : '?';
			i += 4;
		} else {
			t[to++] = as && t[i] >= 'a' ? as[1] : t[i];
		}
	}
	*from = i < len ? i + 1 : i;
	t[to++] = '\n'; /* in the place of the quote, or of one before it */
	return to;
}

/* Where word is in t[len], from pos on; len if nowhere. Upper and lower case are different. */
static size_t find_exact(const char *t, size_t len, size_t pos, const char *word)
{
	const char *at = pos < len ? memmem(t + pos, len - pos, word, strlen(word)) : NULL;

	return at ? (size_t)(at - t) : len;
}

/* journalctl -o json and dmesg --json: the messages, a line each. */
static size_t messages_of_json(char *t, size_t len, const char *key)
{
	size_t i = 0, n = 0;

	while ((i = find_exact(t, len, i, key)) < len) {
		i += strlen(key);
		while (i < len && is_space(t[i]))
			i++;
		if (i == len || t[i++] != ':')
			continue;
		while (i < len && is_space(t[i]))
			i++;
		if (i < len && t[i++] == '"')
			n = unescape(t, len, &i, n);
	}
	return n;
}

/* journalctl -o export and -o verbose: the same. */
static size_t messages_of_export(char *t, size_t len)
{
	static const char field[] = "MESSAGE=";
	size_t i = 0, n = 0;

	while (i < len) {
		const char *nl;
		size_t end;

		while (i < len && is_blank(t[i]))
			i++;
		nl = memchr(t + i, '\n', len - i);
		end = nl ? (size_t)(nl - t) + 1 : len;
		if (begins(t + i, end - i, field)) {
			i += strlen(field);
			memmove(t + n, t + i, end - i);
			n += end - i;
		}
		i = end;
	}
	return n;
}

static size_t messages(char *t, size_t len)
{
	if (find_exact(t, len, 0, "\"__REALTIME_TIMESTAMP\"") < len &&
	    find_exact(t, len, 0, "\"MESSAGE\"") < len)
		return messages_of_json(t, len, "\"MESSAGE\"");
	if (find_exact(t, len, 0, "\"dmesg\"") < len && find_exact(t, len, 0, "\"msg\"") < len)
		return messages_of_json(t, len, "\"msg\"");
	if (find_exact(t, len, 0, "\"stream\"") < len && find_exact(t, len, 0, "\"log\"") < len)
		return messages_of_json(t, len, "\"log\""); /* of a container */
	if (find_exact(t, len, 0, "_BOOT_ID=") < len && find_exact(t, len, 0, "MESSAGE=") < len)
		return messages_of_export(t, len);
	return len;
}

void tidy_text(char *t, size_t *len)
{
	size_t n;

	if (memchr(t, 0, *len))
		return;
	*len = tidy_lines(t, tidy_chars(t, *len));
	for (n = 0; n < *len && is_space(t[n]); n++)
		;
	/* a record in another member of a journal's JSON is found without this */
	if (n == *len || t[n] != '{' || json_kind(t + n, *len - n) == CPERFORM_JSON)
		*len = messages(t, *len);
}
