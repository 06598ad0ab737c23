// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to lib/qmp: bounded scanning of monitor text, line by line, word by word. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define QMP_TEXT_MAX ((size_t)1 << 20)

/* len bytes, no NUL at the end, not owned. */
struct span {
	const char *p;
	size_t len;
};

/* Take the next line off *rest, without its end (LF or CR LF). False at the end. */
bool text_line(struct span *rest, struct span *line);

/* Take the next word (no blanks) off *rest. False if only blanks are left. */
bool text_word(struct span *rest, struct span *word);

/* Take literal off the front of *rest. False (unchanged) if it is not there. */
bool text_skip(struct span *rest, const char *literal);

/* Take 1..16 hex digits off the front of *rest. False (unchanged) otherwise. */
bool text_hex(struct span *rest, uint64_t *out);

/* Take 1..19 decimal digits off the front of *rest. False (unchanged) otherwise. */
bool text_dec(struct span *rest, uint64_t *out);

/* Is s equal to the literal, or does it end with it? */
bool text_equal(struct span s, const char *literal);
bool text_ends_with(struct span s, const char *literal);

/* Is s equal to name, or does it end with "/" and name? */
bool text_path_tail(struct span s, struct span name);
