// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a section type is: one file exports one struct cper_section whose field
 * table drives encode, decode, JSON and text. To add a type: write
 * lib/cper/section_<kind>.c, declare it here, list it in registry.c.
 */
#pragma once

#include "cper/cper.h"
#include "cper/le.h"

#define CPER_NO_BIT (-1)

enum cper_field_type {
	CPER_FIELD_UINT,	/* width 1..8; 8 is shown as "0x%016x" */
	CPER_FIELD_BYTES,	/* hex text */
	CPER_FIELD_GUID,
};

struct cper_field {
	const char *name;	/* the word Linux prints, where it prints one */
	uint16_t offset;	/* in the section */
	uint16_t width;		/* bytes */
	int16_t valid_bit;	/* CPER_NO_BIT: always valid */
	uint8_t type;		/* enum cper_field_type */
	uint16_t host;		/* offsetof in the section's host struct */
	const char *unit;	/* NULL, or what the number counts */
};

struct cper_section {
	struct cper_guid guid;
	const char *kind;
	const char *title;		/* for people */
	uint32_t min_size;
	uint32_t full_size;		/* what is written */
	const char *short_form;		/* name of the form below full_size, or NULL */
	const struct cper_field *fields; /* NULL: checked, but shown as raw bytes */
	size_t nr_fields;		/* fields[0] is validation_bits where has_valid */
	bool has_valid;
	/* Beyond min_size; NULL where there is nothing. The offsets in *err are the block's. */
	int (*check)(const struct cper_entry *e, struct cper_err *err);
};

extern const struct cper_section cper_section_memory;
extern const struct cper_section cper_section_arm;
extern const struct cper_section cper_section_cxl_protocol;

/* The section of a type, or NULL where we do not know it. */
const struct cper_section *cper_section_find(const struct cper_guid *g);

/* The section named kind ("mem"), or NULL. */
const struct cper_section *cper_section_by_kind(const char *kind);

/* Fill *err (may be NULL) and return -1. */
int cper_fail(struct cper_err *err, int code, uint64_t offset, uint16_t entry, const char *what);

/* Move a section between wire and host struct by its table; encode zeroes fields without a bit. */
void cper_section_encode(const struct cper_section *s, const void *host, uint8_t *wire);
void cper_section_decode(const struct cper_section *s, const uint8_t *wire, uint32_t len,
			 void *host);
