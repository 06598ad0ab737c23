// SPDX-License-Identifier: LGPL-2.1-or-later
/* Pieces of the text for people that block and record share. */
#pragma once

#include <stdio.h>

#include "cper/fields.h"

/* A GUID from 16 bytes in wire order. */
void text_guid(FILE *out, const uint8_t *p);

/* Bytes as hex digits. */
void text_bytes(FILE *out, const uint8_t *p, uint32_t len);

/* Text up to a NUL. Control characters of a record must not reach a terminal. */
void text_padded(FILE *out, const uint8_t *p, size_t len);

/* " (operation data read, level 2, corrected)". Prints nothing if no bit has a meaning. */
void text_bits(FILE *out, const struct cper_bits *bits, uint64_t v);

/* A line for each valid field of a structure. len: how many bytes are present. */
void text_table(FILE *out, const struct cper_table *t, const uint8_t *p, uint32_t len, int indent);

/* The section type of an entry, and its section. */
void text_section(FILE *out, const struct cper_entry *e);
