// SPDX-License-Identifier: LGPL-2.1-or-later
/* A section while its options become JSON. Private to cli/section. */
#pragma once

#include "cli/section/sections.h"

/* A section under construction. JSON members are borrowed from entry, except block. */
struct draft {
	const char *word;		 /* the value of --type */
	const struct cper_section *type; /* NULL: a vendor's type */
	json_object *entry, *header, *section, *fields;
	json_object *error, *context; /* fields of the current error and context, or NULL */
	json_object *context_element;
	json_object *block; /* of all sections */
	/* validation bits that the presence of a field does not set */
	uint64_t add_bits, drop_bits;
	uint8_t aer[96];
	bool has_aer, precise, revision;
	const char *severity;
};

/* The place that an option's value is written to. */
enum target_where { TO_FIELD, TO_ERROR, TO_CONTEXT, TO_HEADER, TO_SECTION_HEX, TO_FN };

typedef int (*draft_fn)(struct draft *d, const char *arg, struct ras_err *err);

struct section_target {
	const char *kind; /* kind in the neutral JSON; "*": every kind */
	enum target_where where;
	const char *name; /* member, or name of the field */
	draft_fn fn;	  /* TO_FN */
};

struct section_opt {
	const char *name;
	const char *arg; /* the word for its value in help; NULL: it takes no value */
	const char *help;
	struct section_target to[6];
};

extern const struct section_opt section_table[];
extern const size_t section_table_len;

/* The neutral JSON's kind for a word of --type. NULL: there is none. */
const char *section_kind(const char *word);

/* The word of --type for a kind; where there is none, the kind. */
const char *section_kind_word(const char *kind);

/* A type of EINJ, by its words or its number: the word of --type and the severity that it means. */
bool section_einj(const char *arg, const char **type, const char **severity);

/* RAS_E_PARAMS: there is no such type. */
int section_no_type(const char *word, struct ras_err *err);

/* What the option sets in a section of this kind. NULL: they do not go together. */
const struct section_target *section_find_target(const struct section_opt *o, const char *kind);

/*
 * values.c: text of the command line as JSON values. Errors are RAS_E_PARAMS and name opt.
 */

/*
 * Are these words equal without case, blanks, '-', '_' and '/'? With prefix: does b begin with a?
 */
bool value_same_word(const char *a, const char *b, bool prefix);

/* A number, one of words, or names of bits with commas between. words and bits may be NULL. */
int value_number(const char *opt, const char *arg, const struct cper_word *words,
		 const struct cper_bits *bits, uint64_t max, uint64_t *out, struct ras_err *err);

/*
 * Append a word to the hint of a value that cannot be: "BEFORE A, B". All words that an option
 * takes go through this function, so the completion gets them by giving a wrong one.
 */
void value_hint(struct ras_err *err, const char *before, const char *word);

/* Give each such word to fn, too. NULL: no more. */
void value_words_to(void (*fn)(const char *word));

/* The JSON value of a field. The caller owns it. */
int value_field(const char *opt, const char *arg, const struct cper_field *f, json_object **out,
		struct ras_err *err);

/*
 * Numbers of width bytes each with commas between, or "hex:" and digits. Single bytes may be hex
 * digits without "hex:".
 */
int value_bytes(const char *opt, const char *arg, unsigned int width, uint8_t *out, size_t cap,
		size_t *len, struct ras_err *err);

/*
 * draft.c: set a field of the fixed part, or of the current error or context, which is created if
 * there is none.
 */
int draft_set(struct draft *d, enum target_where where, const char *name, const char *opt,
	      const char *arg, struct ras_err *err);
int draft_set_number(struct draft *d, const char *name, uint64_t n, struct ras_err *err);

/* Set a number of the section's header. */
void draft_set_header(struct draft *d, const char *name, uint64_t n);

/* 0..99 as two BCD digits. */
uint8_t draft_bcd(unsigned int n);

/* header.c, special.c, draft.c */
int special_aer(struct draft *d, const char *arg, struct ras_err *err);
int special_aer_mask(struct draft *d, const char *arg, struct ras_err *err);
int special_aer_severity(struct draft *d, const char *arg, struct ras_err *err);
int special_bank_address(struct draft *d, const char *arg, struct ras_err *err);
int special_bank_group(struct draft *d, const char *arg, struct ras_err *err);
int special_bdf(struct draft *d, const char *arg, struct ras_err *err);
int special_block_status(struct draft *d, const char *arg, struct ras_err *err);
int special_chip_id(struct draft *d, const char *arg, struct ras_err *err);
int special_class_code(struct draft *d, const char *arg, struct ras_err *err);
int special_context(struct draft *d, const char *arg, struct ras_err *err);
int special_context_size(struct draft *d, const char *arg, struct ras_err *err);
int special_entry_valid(struct draft *d, const char *arg, struct ras_err *err);
int special_error(struct draft *d, const char *arg, struct ras_err *err);
int special_error_valid(struct draft *d, const char *arg, struct ras_err *err);
int special_flags(struct draft *d, const char *arg, struct ras_err *err);
int special_gpa(struct draft *d, const char *arg, struct ras_err *err);
int special_pcie_version(struct draft *d, const char *arg, struct ras_err *err);
int special_precise(struct draft *d, const char *arg, struct ras_err *err);
int special_raw_data(struct draft *d, const char *arg, struct ras_err *err);
int special_record_id(struct draft *d, const char *arg, struct ras_err *err);
int special_registers(struct draft *d, const char *arg, struct ras_err *err);
int special_row(struct draft *d, const char *arg, struct ras_err *err);
int special_running(struct draft *d, const char *arg, struct ras_err *err);
int special_section_valid(struct draft *d, const char *arg, struct ras_err *err);
int special_set(struct draft *d, const char *arg, struct ras_err *err);
int special_severity(struct draft *d, const char *arg, struct ras_err *err);
int special_slot(struct draft *d, const char *arg, struct ras_err *err);
int special_stopped(struct draft *d, const char *arg, struct ras_err *err);
int special_timestamp(struct draft *d, const char *arg, struct ras_err *err);
int special_tlp_header(struct draft *d, const char *arg, struct ras_err *err);

/* The defaults of a type, and the rules that need all options of a section. */
int special_finish(struct draft *d, struct ras_err *err);
