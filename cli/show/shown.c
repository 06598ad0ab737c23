// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Text of others on a terminal. rasd's answers quote guests, QEMU and libvirt; what they chose must
 * not move the cursor, change colours or make one name look like another.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "base/utf8.h"
#include "cli/show/out.h"
#include "json/json.h"

#define USUAL_WIDTH 80 /* where the terminal does not say */
#define MIN_WIDTH 40   /* narrower than that nothing is readable in lines that are indented */
#define MAX_WIDTH 10000

char *clean_copy(const char *s)
{
	size_t size = 4 * strlen(s) + 1;
	char *copy = malloc(size);

	if (!copy)
		abort();
	utf8_clean(copy, size, s, strlen(s));
	return copy;
}

void out_str(FILE *f, const char *s)
{
	_free_ char *copy = clean_copy(s);

	fputs(copy, f);
}

void out_format(const char *format, ...)
{
	_free_ char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, format);
	n = vasprintf(&text, format, ap);
	va_end(ap);
	if (n < 0)
		abort();
	out_str(stdout, text);
}

size_t columns(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

size_t terminal_width(void)
{
	const char *said = getenv("COLUMNS");
	struct winsize w = { 0 };
	uint64_t n;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (said && num_parse_range(said, MIN_WIDTH, MAX_WIDTH, &n, NULL) == 0)
		return n;
	ioctl(STDOUT_FILENO, TIOCGWINSZ, &w);
	return w.ws_col >= MIN_WIDTH ? w.ws_col : USUAL_WIDTH;
}

/* A word, in pieces where it is too long. *at: the column of the cursor, before and behind it. */
static void fold_word(const char *word, size_t len, size_t width, size_t indent, size_t *at)
{
	for (size_t i = 0; i < len; i++) {
		bool begins = ((unsigned char)word[i] & 0xc0) != 0x80;

		if (begins && *at == width) {
			printf("\n%*s", (int)indent, "");
			*at = indent;
		}
		putchar(word[i]);
		*at += begins;
	}
}

/* Words of a clean text from column at on; the next lines begin with indent blanks. */
static void fold_words(char *text, size_t at, size_t indent, size_t width)
{
	bool first = true;

	for (char *save = NULL, *w = strtok_r(text, " ", &save); w;
	     w = strtok_r(NULL, " ", &save)) {
		if (!first && at + 1 + columns(w) > width) {
			printf("\n%*s", (int)indent, "");
			at = indent;
		} else if (!first) {
			putchar(' ');
			at++;
		}
		fold_word(w, strlen(w), width, indent, &at);
		first = false;
	}
}

void out_text(const char *text, size_t at, size_t indent)
{
	_free_ char *copy = clean_copy(text);
	size_t width = cmdline.wide ? 0 : terminal_width();

	if (width > indent && width > at)
		fold_words(copy, at, indent, width);
	else
		fputs(copy, stdout);
}

void out_folded(const char *text, size_t indent)
{
	out_text(text, 0, indent);
	putchar('\n');
}

void out_fold_at(const char *text, size_t at, size_t screen)
{
	_free_ char *copy = clean_copy(text);

	fold_words(copy, at, at, screen);
}

void out_wrapped(FILE *f, const char *text, size_t indent, size_t at)
{
	_free_ char *copy = clean_copy(text);
	bool first = true;

	for (const char *w = copy; *w;) {
		size_t n = strcspn(w, " "), wide;
		char word[512];

		utf8_copy(word, sizeof(word), w, n);
		wide = columns(word);
		if (!first && at + 1 + wide > PAGE_WIDTH) {
			fprintf(f, "\n%*s", (int)indent, "");
			at = indent;
		} else if (!first) {
			fputc(' ', f);
			at++;
		}
		fputs(word, f);
		at += wide;
		w += n + strspn(w + n, " ");
		first = false;
	}
	fputc('\n', f);
}

/* A character of a JSON string by its number: json-c escapes only those below 0x20. */
static void print_escape(uint32_t rune)
{
	if (rune > 0xffff) {
		printf("\\u%04x", (unsigned int)(0xd800 + ((rune - 0x10000) >> 10)));
		rune = 0xdc00 + ((rune - 0x10000) & 0x3ff);
	}
	printf("\\u%04x", (unsigned int)rune);
}

static void print_json(json_object *o, int flags)
{
	const char *s = json_object_to_json_string_ext(o, flags | JSON_C_TO_STRING_NOSLASHESCAPE);
	size_t left = strlen(s), n;

	for (; left; s += n, left -= n) {
		uint32_t rune;

		n = utf8_char(s, left, &rune);
		if (!n) {
			fputs("\\ufffd", stdout);
			n = 1;
		} else if (rune == '\n' || utf8_is_shown(rune)) {
			fwrite(s, 1, n, stdout);
		} else {
			print_escape(rune);
		}
	}
	putchar('\n');
}

void out_json(json_object *o)
{
	print_json(o, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED);
}

void out_json_line(json_object *o)
{
	print_json(o, JSON_C_TO_STRING_PLAIN);
}
