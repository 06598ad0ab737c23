// SPDX-License-Identifier: LGPL-2.1-or-later
/* Words beside the numbers of a structure, as JSON members named "words". */
#pragma once

#include "cper/fields.h"
#include "cperjson/out.h"

/* Bits and values of a data entry's flags and of a block's status. */
extern const struct cper_bits cperjson_entry_flags[], cperjson_block_bits[];

/*
 * Append ,"words":{...} for the valid fields of a structure that have words, and for the known
 * fields of its payload, if it is an element of part (NULL: it is none). Appends nothing if there
 * are none.
 */
void cperjson_words(struct jout *o, const struct cper_part *part, const struct cper_table *t,
		    const uint8_t *section, const uint8_t *structure, uint32_t payload);

/*
 * The same for a section that was laid out: its fixed part and the known fields inside its parts.
 */
void cperjson_section_words(struct jout *o, const struct cper_section *s,
			    const struct cper_entry *e, const struct cper_layout *l);

/* Member name with an object of the words of v's bits. Appends nothing if no bit is set. */
void cperjson_bits(struct jout *o, const char *name, const struct cper_bits *bits, uint64_t v);
