// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to lib/cperform: one line of a dump. */
#pragma once

#include "cperform/private.h"

#define MAX_LINE 64u /* bytes of one line */

struct line {
	const char *text;
	size_t len;
	uint64_t offset, octal; /* the offset read as hex and as octal (od) */
	bool colon, prefixed;	/* "OFFSET:", words with 0x */
	size_t digits;		/* of the offset */
	unsigned int width;	/* digits of a group */
	unsigned int n;
	uint8_t bytes[MAX_LINE]; /* as written, groups not swapped */
	const char *column;	 /* the text beside the bytes, or NULL */
	size_t column_len;
};

/* The line at pos, without its end. Returns where the next one begins. */
size_t get_line(const struct cperform *f, size_t pos, const char **text, size_t *len);

/* Digits of an offset, with the backquote of WinDbg. Returns their length, 0 if there is none. */
size_t parse_offset(const char *t, size_t len, struct line *l);

/* The groups of a line. False if there are none. */
bool parse_groups(const char *t, size_t len, struct line *l);

/* A line of a dump, behind any prefix. */
bool parse_line(const char *t, size_t len, struct line *l);
