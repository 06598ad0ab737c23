// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the sections look like, as data. Each section type has one field table. It drives encode,
 * decode, JSON, text, fuzzing and the manual. A tool that shows records can walk these tables as
 * rasctl does.
 */
#pragma once

#include "cper/cper.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CPER_NO_BIT (-1)
#define CPER_NO_FIELD (-1)
#define CPER_NO_HOST UINT16_MAX
#define CPER_MAX_PARTS 4

/* A number and its word. Tables of them end with a NULL word. */
struct cper_word {
	uint64_t value;
	const char *word;
};

/* Bits lo .. lo+width-1 of a number. Shown if bit valid of the same number is set (or NO_BIT). */
struct cper_bits {
	const char *name;
	uint8_t lo, width;
	int8_t valid;
	const struct cper_word *words; /* NULL: a flag (width 1) or a plain number */
};

/* A GUID, its word, and what a field beside it means with that GUID. */
struct cper_guid_word {
	struct cper_guid guid;
	const char *word;
	const struct cper_bits *bits;
};

enum cper_field_type {
	CPER_FIELD_UINT,  /* width 1..8; over 4 it is shown as "0x%016x" */
	CPER_FIELD_BYTES, /* shown as hex digits */
	CPER_FIELD_GUID,
	CPER_FIELD_TEXT, /* ASCII, padded with NUL */
};

/* How people are shown a value, where its type alone does not say it. */
enum cper_show {
	CPER_SHOW_PLAIN,
	CPER_SHOW_HEX,	   /* a number as 0x and two digits a byte: 0x8086 */
	CPER_SHOW_DIGITS,  /* the same without 0x, as Linux prints a class code: 060400 */
	CPER_SHOW_DWORDS,  /* bytes as little-endian numbers of 32 bits, as Linux prints a TLP */
	CPER_SHOW_TEXT,	   /* bytes, a number or a GUID as text, if its bytes are printable */
	CPER_SHOW_DECIMAL, /* a number inside bytes, which else is shown in hex */
	CPER_SHOW_TIME,	   /* bytes: a timestamp as a date, see cper_timestamp_read() */
};

/* One field at a fixed place of a structure. */
struct cper_field {
	const char *name;	       /* the word Linux prints, where it prints one */
	uint16_t offset;	       /* bytes from the start of the structure */
	uint16_t width;		       /* bytes */
	int16_t valid_bit;	       /* CPER_NO_BIT: always valid */
	uint8_t type;		       /* enum cper_field_type */
	bool reserved;		       /* must be 0 */
	uint8_t name_len;	       /* strlen(name), or 0 if nobody counted */
	uint64_t also;		       /* more validation bits that make the field meaningful */
	uint16_t host;		       /* offsetof in the host struct, or CPER_NO_HOST */
	uint8_t host_width;	       /* bytes there, for CPER_FIELD_UINT */
	const char *unit;	       /* NULL, or what this number counts */
	const struct cper_word *words; /* NULL, or names of values */
	const struct cper_bits *bits;  /* NULL, or names of bits; ends with a NULL name */
	const struct cper_guid_word *guids; /* NULL, or names of GUIDs; ends with a NULL word */
	/* NULL, or picks bits by another field of the same structure. */
	const struct cper_bits *(*choose)(const uint8_t *structure);
	const struct cper_field
		*sub; /* NULL, or fields inside CPER_FIELD_BYTES; ends with a NULL name */
	uint8_t show; /* enum cper_show */
	/* A field inside bytes: NULL, or is it there in the structure that holds those bytes? */
	bool (*present)(const uint8_t *structure);
};

#define CPER_VALUE_SIZE 32u /* bytes of a value's text, with NUL */

/*
 * A value that follows from several fields, such as a row of a memory section and its two bits in
 * "extended". People are shown it instead of those fields. It is not read back.
 */
struct cper_value {
	const char *name;
	uint64_t of; /* a bit for the index of each field that it stands for */
	/* One of the two. False: this structure does not have the value. */
	bool (*number)(const uint8_t *structure, uint64_t bits, uint64_t *n);
	bool (*text)(const uint8_t *structure, uint64_t bits, char out[CPER_VALUE_SIZE]);
};

#define CPER_TABLE_MAX 512u /* bytes of the largest structure */

/* A structure of fixed size. */
struct cper_table {
	const struct cper_field *fields;
	uint16_t nr_fields;
	uint16_t size;
	int16_t valid_field;		 /* index of validation_bits, or CPER_NO_FIELD */
	const struct cper_value *values; /* NULL, or they; ends with a NULL name */
};

/* Known fields in the payload of a context, or in bytes. */
struct cper_inside {
	const struct cper_field *fields; /* ends with a NULL name */
	uint32_t stride;		 /* 0: once; else they repeat every stride bytes */
};

enum cper_part_kind {
	CPER_PART_STRUCTS,  /* count structures of table's size */
	CPER_PART_CONTEXTS, /* count headers of table's form, each followed by its payload */
	CPER_PART_BYTES,
};

/* The bytes that may follow a section's fixed part. */
struct cper_part {
	const char *name;
	uint8_t kind;  /* enum cper_part_kind */
	bool flat;     /* JSON: the fields are directly in the element */
	bool optional; /* JSON: left out if it is empty */
	const struct cper_table *table;
	const struct cper_field *sub; /* bytes: NULL, or fields inside; ends with a NULL name */
	const char *payload;	      /* contexts: what the payload is called */
	/*
	 * NULL, or says what is in the *len bytes of a context's payload or of bytes (NULL:
	 * unknown). header: the context's, or the bytes themselves. It may lower *len.
	 */
	const struct cper_inside *(*inside)(const uint8_t *section, const uint8_t *header,
					    uint32_t *len);
	bool text; /* bytes: they are a text of lines */
	/*
	 * Contexts: index of the field with the payload's size. Structs: the field with their own
	 * size, 0 = none.
	 */
	uint8_t size_field;
	uint8_t size_adds; /* contexts: bytes that the size counts in addition to the payload */
};

/* Where a part lies in a section. */
struct cper_extent {
	uint32_t offset, len; /* bytes, from the start of the section */
	uint32_t count;	      /* elements */
};

struct cper_layout {
	struct cper_extent parts[CPER_MAX_PARTS];
	uint32_t fixed; /* bytes of the fixed part that this section has */
	uint32_t end;	/* bytes from here to the section's end belong to no part */
	bool odd;	/* parts overlap or leave gaps: JSON shows the bytes too */
};

/* A section type. */
struct cper_section {
	struct cper_guid guid;
	const char *kind;  /* its word in JSON ("mem") */
	const char *title; /* for people */
	const char *spec;  /* where it is defined */
	uint32_t min_size;
	struct cper_table table; /* the fixed part; its size is what is written */
	const char *short_form;	 /* name of the form below table.size, or NULL */
	const struct cper_part *parts;
	size_t nr_parts;
	/*
	 * Check a section of at least min_size bytes and find its parts. *l is zeroed and l->end is
	 * the end of the fixed part. NULL: there are no parts and nothing to check.
	 */
	int (*layout)(const struct cper_entry *e, struct cper_layout *l, struct cper_err *err);
	/* NULL, or says what is in the *len bytes behind all parts (NULL: unknown). */
	const struct cper_inside *(*behind)(const uint8_t *section, uint32_t *len);
	/*
	 * NULL, or the size of the fixed part of a section of len bytes that is at least min_size:
	 * at most len and table.size. NULL: the smaller of these two.
	 */
	uint32_t (*fixed)(const uint8_t *section, uint32_t len);
	/*
	 * Set the counts and lengths of the fixed part, except those of field indexes in given, and
	 * the validation bits of parts, unless validation_bits is given.
	 */
	void (*seal)(uint8_t *wire, const struct cper_layout *l, uint64_t given);
};

/* error_status of memory and PCI sections, UEFI 2.10 N.2.5 table "error status fields". */
extern const struct cper_bits cper_error_status_bits[];

/* Words of severities. */
extern const struct cper_word cper_severity_words[];

/* The section type of a GUID, or NULL if it is unknown. */
const struct cper_section *cper_section_find(const struct cper_guid *g);

/*
 * The name of a section type for people, also of one that is known by name alone. NULL: it is
 * unknown.
 */
const char *cper_section_title(const struct cper_guid *g);

/* The section type named kind ("mem"), or NULL. */
const struct cper_section *cper_section_by_kind(const char *kind);

/* Section type i = 0, 1, ... in the order of UEFI's appendix; NULL after the last. */
const struct cper_section *cper_section_at(size_t i);

/* Index of a table's field, or CPER_NO_FIELD. */
int cper_field_index(const struct cper_table *t, const char *name);

/* The structure's validation bits, all ones if it has none. len: how many bytes are present. */
uint64_t cper_table_bits(const struct cper_table *t, const uint8_t *structure, uint32_t len);

/* Is f meaningful, given the structure's validation bits? */
bool cper_field_valid(const struct cper_field *f, uint64_t bits);

/* The word of a value, or NULL. words may be NULL. */
const char *cper_word(const struct cper_word *words, uint64_t value);

/* Bits that name f's value in this structure, or NULL. */
const struct cper_bits *cper_field_bits(const struct cper_field *f, const uint8_t *structure);

/*
 * How many of n bytes are text: printable ASCII, at least 3 of it, with nothing but NUL behind it.
 * 0: they are not.
 */
size_t cper_text_len(const uint8_t *p, size_t n);

#define CPER_SHOWN_SIZE 160u /* bytes of a field's text, with NUL */

/*
 * "2026-12-31 23:59:58 (precise)" of a timestamp. Its length, or 0 with "" in out if it is no date.
 */
size_t cper_time_text(const uint8_t t[8], char out[CPER_SHOWN_SIZE]);

/*
 * How many bytes of a field inside bytes are among the first len of them: all, or none. A text may
 * be cut.
 */
uint16_t cper_inside_width(const struct cper_field *f, uint32_t len);

/* The text of a field that has one by its show. Its length, or 0 with "" in out. */
size_t cper_shown(const struct cper_field *f, const uint8_t *structure, char out[CPER_SHOWN_SIZE]);

/* The entry of a GUID table for 16 bytes in wire order, or NULL. */
const struct cper_guid_word *cper_guid_word(const struct cper_guid_word *t, const uint8_t *guid);

/* How much of a section of len bytes is its fixed part. */
uint32_t cper_section_fixed(const struct cper_section *s, const uint8_t *section, uint32_t len);

/* Check a section of type s and find its parts. 0 or -1 with *err (may be NULL). */
int cper_section_layout(const struct cper_section *s, const struct cper_entry *e,
			struct cper_layout *l, struct cper_err *err);

/*
 * Walk the elements of a part. *pos starts at 0. Gives the element's offset in the section and the
 * bytes of its payload (0 unless it is a context). False at the end.
 */
bool cper_part_next(const struct cper_part *p, const struct cper_extent *x, const uint8_t *section,
		    uint32_t *pos, uint32_t *element, uint32_t *payload);

/*
 * Called for each field that is inside an entry's section. 0 goes on; another value ends the walk
 * with it.
 */
typedef int cper_field_fn(void *ctx, const char *part, uint32_t element, const struct cper_field *f,
			  const uint8_t *structure, bool valid);

/*
 * Call fn for every field of the fixed part (part NULL) and of all parts. 0, fn's value, or -1 with
 * *err.
 */
int cper_for_each_field(const struct cper_entry *e, cper_field_fn *fn, void *ctx,
			struct cper_err *err);

#ifdef __cplusplus
}
#endif
