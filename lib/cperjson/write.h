// SPDX-License-Identifier: LGPL-2.1-or-later
/* Pieces of the neutral form that block and record share. */
#pragma once

#include "cper/fields.h"
#include "cperjson/out.h"

/* "section":{...} of an entry whose section has been checked. */
void cperjson_section(struct jout *o, const struct cper_entry *e, unsigned int flags);

/* "fru_text":"...", and "fru_text_raw" if the text does not hold all of the n bytes. */
void cperjson_padded_text(struct jout *o, const char *name, const uint8_t *t, size_t n);

/* A table's fields as members of the open object. len: how many bytes are present. */
void cperjson_fields(struct jout *o, const struct cper_table *t, const uint8_t *p, uint32_t len);

/* "warnings":[...] of a whole block or record, if there are any. */
void cperjson_warnings(struct jout *o, const void *buf, size_t len);

/*
 * An element of an open array: "kind"; what the caller adds; "section" ({"length","missing"} if its
 * bytes are not there) and "words".
 */
void cperjson_entry_open(struct jout *o, const struct cper_guid *type);
void cperjson_entry_close(struct jout *o, const struct cper_entry *e, unsigned int flags);

/* "words":{...} of an entry. */
void cperjson_entry_words(struct jout *o, const struct cper_entry *e);

/* A UEFI record as {"record","entries","total_length"}; 0 or -1. */
int cperjson_write_record(struct jout *o, const void *buf, size_t len, unsigned int flags,
			  struct cper_err *cerr);

/* The same of what is whole. -1 if the header is not. */
int cperjson_write_record_whole(struct jout *o, const void *buf, size_t len, unsigned int flags);

/* Elements of an open array: a warning or error as {"code","offset","entry","message"}. */
void cperjson_error_body(struct jout *o, const struct cper_err *e);
