// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Text that others chose: names of files, what QEMU, libvirt, clients and older journals say.
 *
 * Problem: such text may hold any bytes. Bytes that are not UTF-8 make a JSON answer unreadable for
 * everybody; control characters drive a terminal or forge a line of the log; characters that turn
 * the direction of writing make one name look like another.
 * Rule: text passes one of these functions before it is kept or shown. What may not stand in a
 * result stands there as \xNN, a byte each, which is plain ASCII. So cleaning a text again does not
 * change it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The character that text[len] begins with: returns its bytes and sets *rune (may be NULL). 0: that
 * is no UTF-8 (shortest form, no surrogates, at most U+10FFFF), or len is 0.
 */
size_t utf8_char(const char *text, size_t len, uint32_t *rune);

/*
 * False for what drives a terminal or does not show: C0, DEL, C1, line and paragraph separators,
 * marks of zero width, characters that turn the direction of writing, tags, noncharacters.
 */
bool utf8_is_shown(uint32_t rune);

/* True if text[len] is UTF-8 without NUL. */
bool utf8_is_valid(const char *text, size_t len);

/* True if text[len] is UTF-8, and all of it may be shown. */
bool utf8_is_clean(const char *text, size_t len);

/*
 * Copy text[len] to out with a NUL, as UTF-8: bytes that are none become \xNN, and so does NUL. It
 * is cut to size - 1 bytes, between characters. A character that is cut at the end of text is left
 * out. Returns the bytes that all of it takes; text and out do not overlap.
 */
size_t utf8_copy(char *out, size_t size, const char *text, size_t len);

/* As utf8_copy(), and what must not be shown becomes \xNN, too. */
size_t utf8_clean(char *out, size_t size, const char *text, size_t len);

/* utf8_clean() of a printf text. */
void utf8_format(char *out, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * A name as it is shown: as utf8_clean(), and backslash becomes \x5c. Two names that differ have
 * shown names that differ. Returns false, with out "", if it does not fit or is empty.
 */
bool utf8_name(char *out, size_t size, const char *name, size_t len);
