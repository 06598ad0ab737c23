// SPDX-License-Identifier: LGPL-2.1-or-later
/* The kernel's own description of an event: where its fields are, what its numbers are called. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define TRACE_FORMAT_MAX 32768 /* bytes of a format text: the longest of Linux 7.3 has 9 KiB */
#define TRACE_FIELDS_MAX 64
#define TRACE_NAME_SIZE 40

enum trace_field_kind {
	TRACE_FIELD_PLAIN,
	TRACE_FIELD_DATA_LOC, /* a u32: offset in the record, and length << 16 */
	TRACE_FIELD_REL_LOC   /* the same, counted from the end of this field */
};

struct trace_field {
	char name[TRACE_NAME_SIZE];
	uint16_t offset, size;
	bool is_signed;
	enum trace_field_kind kind;
};

struct trace_format {
	char name[TRACE_NAME_SIZE];
	uint16_t id; /* common_type of its records */
	size_t n_fields;
	struct trace_field field[TRACE_FIELDS_MAX];
	char *print_fmt; /* owned */
};

/*
 * Parse text[len], the file events/SYSTEM/NAME/format. RAS_E_PARSE: it is not one, or it has more
 * than our limits. RAS_E_NOMEM.
 */
int trace_format_parse(struct trace_format *out, const char *text, size_t len, struct ras_err *err);

/* Free what trace_format_parse() allocated, and make it empty. */
void trace_format_clear(struct trace_format *f);

/* The field of that name, or NULL. */
const struct trace_field *trace_format_field(const struct trace_format *f, const char *name);

/*
 * What the event's own __print_symbolic() calls this value of a field. False (out untouched): it
 * has no word for it.
 */
bool trace_format_word(const struct trace_format *f, const char *field, int64_t value, char *out,
		       size_t size);

/* Where things are in a page of the ring buffer, from the file events/header_page. */
struct trace_layout {
	uint16_t time_offset;	/* of a u64 */
	uint16_t commit_offset; /* of a u64: how many bytes of data, and flags */
	uint16_t data_offset;
	uint32_t page_bytes; /* of the whole page */
};

/* Parse the file events/header_page. RAS_E_PARSE: not one of a 64-bit kernel. */
int trace_layout_parse(struct trace_layout *out, const char *text, size_t len, struct ras_err *err);

/* One record of the ring buffer, with the format that it was written in. Borrowed. */
struct trace_record {
	const struct trace_format *format;
	const uint8_t *data;
	size_t len;
};

/* The value of a field of 1, 2, 4 or 8 bytes, sign-extended if it has a sign. False: none there. */
bool trace_u64(const struct trace_record *r, const char *name, uint64_t *out);

/* The same for a field that a kernel may lack: otherwise is its value then. */
uint64_t trace_u64_or(const struct trace_record *r, const char *name, uint64_t otherwise);

/* The bytes of an array, of fixed or dynamic length. NULL: there is none inside the record. */
const uint8_t *trace_bytes(const struct trace_record *r, const char *name, size_t *len);

/* The text of a character array, made printable; "" where there is none. */
void trace_text(const struct trace_record *r, const char *name, char *out, size_t size);
