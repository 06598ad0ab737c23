// SPDX-License-Identifier: LGPL-2.1-or-later
/* libcper's names for the fields of our sections. Private to libcper*.c. */
#pragma once

enum libcper_style {
	NUMBER,
	VALUE_NAME, /* {"value","name"} */
	FLAG,	    /* bit 0 as a boolean */
	BASE64,	    /* {"data"} */
	BASE64_TEXT,
	GUID,
	TEXT,
	HEX64,	     /* a number, and NAMEHex beside it */
	BITS_FROM_3, /* a slot */
	ERROR_STATUS,
	BANK,
	BITS,	      /* an object of flags and values */
	BITS_BY_TYPE, /* the same, in "cacheError", "tlbError" or "busError" */
};

/* Our field, libcper's member, and the object it is under (NULL: the section itself). */
struct libcper_map {
	const char *field, *under, *name;
	enum libcper_style style;
};

struct libcper_kind {
	const char *kind, *name;
	const struct libcper_map *fixed;
	/* Of the section's parts, in their order. */
	struct {
		const char *name;
		const struct libcper_map *map;
	} parts[3];
};

/* The names of the section type kind ("mem"). NULL: there are none here. */
const struct libcper_kind *libcper_kind(const char *kind);
