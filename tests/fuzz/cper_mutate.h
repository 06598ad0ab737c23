// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Mutations that know the field tables: a field gets an interesting value, a section another type.
 * Then the framing is repaired, so that readers get as far as the section.
 */
#pragma once

#include <string.h>

#include "cper/fields.h"
#include "base/le.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);

struct spots {
	struct {
		uint32_t at;
		uint16_t width;
	} s[512];
	size_t n;
	uint32_t entry, section, section_len; /* of the last entry */
};

static inline void spot(struct spots *p, uint64_t at, uint32_t width, size_t size)
{
	if (at + width > size || p->n >= sizeof(p->s) / sizeof(p->s[0]))
		return;
	p->s[p->n].at = (uint32_t)at;
	p->s[p->n++].width = (uint16_t)width;
}

static inline void spots_of_table(struct spots *p, const struct cper_table *t, uint64_t base,
				  size_t size)
{
	for (size_t i = 0; i < t->nr_fields; i++)
		spot(p, base + t->fields[i].offset, t->fields[i].width, size);
}

static inline void spots_of_entry(struct spots *p, const uint8_t *data, uint64_t at, size_t size)
{
	uint32_t header = data[at + 21] >= 3 ? 72 : 64;
	const struct cper_section *s;
	struct cper_guid g;

	spot(p, at + 16, 4, size);
	spot(p, at + 20, 2, size);
	spot(p, at + 22, 1, size);
	spot(p, at + 24, 4, size);
	memcpy(g.b, data + at, sizeof(g.b));
	s = cper_section_find(&g);
	if (!s)
		return;
	spots_of_table(p, &s->table, at + header, size);
	for (size_t i = 0; i < s->nr_parts; i++) /* the first element, and one more behind it */
		for (uint32_t n = 0; s->parts[i].table && n < 2; n++)
			spots_of_table(p, s->parts[i].table,
				       at + header + s->table.size +
					       (uint64_t)n * s->parts[i].table->size,
				       size);
}

static inline void collect(struct spots *p, const uint8_t *data, size_t size)
{
	uint64_t at = CPER_BLOCK_SIZE;

	for (uint32_t i = 0; i < CPER_BLOCK_SIZE; i += 4)
		spot(p, i, 4, size);
	while (at + 64 <= size) {
		spots_of_entry(p, data, at, size);
		p->entry = (uint32_t)at;
		at += (data[at + 21] >= 3 ? 72u : 64u) + (uint64_t)le32(data + at + 24);
	}
}

static inline uint64_t telling(uint64_t old, size_t size, unsigned int seed)
{
	switch (seed % 10) {
	case 0:
		return 0;
	case 1:
		return 1;
	case 2:
		return ~UINT64_C(0);
	case 3:
		return old + 1;
	case 4:
		return old - 1;
	case 5:
		return old ^ UINT64_C(1) << (seed / 10 % 64);
	case 6:
		return size - (seed / 10 % 200);
	case 7:
		return UINT64_C(0) - (seed / 10 % 128);
	case 8:
		return old << 1;
	default:
		return seed / 10 % 300;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct spots p = { .n = 0 };
	const struct cper_section *s;
	size_t i;

	if (seed % 4 == 0 || size < CPER_BLOCK_SIZE + 64)
		size = LLVMFuzzerMutate(data, size, max_size);
	if (size < CPER_BLOCK_SIZE + 64)
		return size;
	collect(&p, data, size);
	seed /= 4;
	if (seed % 8 == 0) {
		for (i = 0; cper_section_at(i); i++)
			;
		s = cper_section_at(seed / 8 % i);
		memcpy(data + p.entry, s->guid.b, sizeof(s->guid.b));
	} else if (p.n) {
		i = seed / 8 % p.n;
		if (p.s[i].width <= 8)
			le_store(data + p.s[i].at, p.s[i].width,
				 telling(le_load(data + p.s[i].at, p.s[i].width), size, seed / 64));
	}
	/* Most of the time, repair the framing around the last entry. */
	if (seed % 5 && size >= p.entry + 72u && size < UINT32_MAX) {
		data[p.entry + 21] = 3;
		le_store(data + p.entry + 24, 4, size - p.entry - 72);
		le_store(data + 12, 4, size - CPER_BLOCK_SIZE);
		le_store(data + 8, 4, 0);
	}
	return size;
}
