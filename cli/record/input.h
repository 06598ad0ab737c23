// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a file of rasctl decode, encode or inject --record holds, in whatever form. */
#pragma once

#include "cli/rasctl.h"
#include "cper/scan.h"
#include "cperform/form.h"

/* A section without a record around it, beside the kinds of enum cper_item_kind. */
#define FOUND_SECTION 100

/* One thing in the input, in its order. */
struct found {
	int kind;
	size_t offset; /* from the start of its bytes */
	size_t at;     /* where these bytes begin in the text */
	const uint8_t *bytes;
	size_t len, room; /* room: with all that follows it */
	struct cper_err err;
	bool cut; /* lines of a dump are missing */
	/* Of a section: its type, and its severities, -1 if they are not known. */
	struct cper_guid type;
	int severity, block_severity;
};

struct record_input {
	int form; /* enum cperform_kind */
	uint8_t *in, *out;
	size_t in_len;
	struct found *found;
	size_t n, cap;
	size_t records;	     /* blocks, records and sections among them */
	struct cper_err why; /* if input_load() fails because of the content: code and place */
};

#define _input_ __attribute__((cleanup(input_free)))

/*
 * Read a file ("-": standard input) of at most INPUT_MAX bytes and a byte more. The caller frees
 * *data.
 */
#define INPUT_MAX ((size_t)64 << 20)
int input_slurp(const char *path, uint8_t **data, size_t *len, struct ras_err *err);

/*
 * Read path as o says. RAS_E_RECORD with the form's name in the error if there is nothing to
 * read in it; in->form is set then, too.
 */
int input_load(struct record_input *in, const struct file_options *o, const char *path,
	       struct ras_err *err);

/* Free what input_load() made. */
void input_free(struct record_input *in);

/* Is f a block, a record or a section? */
bool found_record(const struct found *f);

/*
 * A block of f, which must be whole: a record's sections become the block's. severity: of a section
 * whose text does not say it, -1 if it is not known. RAS_E_RECORD.
 */
int found_block(const struct found *f, int severity, uint8_t *out, size_t cap, size_t *len,
		struct ras_err *err);

/* Is format (NULL: not given) one of formats, which ends with NULL? RAS_E_PARAMS. */
int input_format(const char *format, const char *const *formats, struct ras_err *err);

/* The names of forms for --format-in; ends with NULL. */
extern const char *const input_forms[];
