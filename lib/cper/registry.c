// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The section types, and the walkers of their field tables. Types without a
 * table here decode as raw bytes, like unknown ones; those that can crash or
 * fool a guest by their lengths have a check() already.
 */
#include <string.h>

#include "base/cleanup.h"
#include "cper/section.h"

static const struct cper_section *const sections[] = {
	&cper_section_memory,
	&cper_section_arm,
	&cper_section_cxl_protocol,
};

const struct cper_section *cper_section_find(const struct cper_guid *g)
{
	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		if (!memcmp(sections[i]->guid.b, g->b, sizeof(g->b)))
			return sections[i];
	return NULL;
}

const struct cper_section *cper_section_by_kind(const char *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		if (!strcmp(sections[i]->kind, kind))
			return sections[i];
	return NULL;
}

int cper_fail(struct cper_err *err, int code, uint64_t offset, uint16_t entry, const char *what)
{
	if (err)
		*err = (struct cper_err){ .code = code,
					  .offset = offset > UINT32_MAX ? UINT32_MAX : (uint32_t)offset,
					  .entry = entry,
					  .what = what };
	return -1;
}

static uint64_t host_load(const uint8_t *p, unsigned int width)
{
	uint16_t v16;
	uint32_t v32;
	uint64_t v64;

	switch (width) {
	case 1:
		return *p;
	case 2:
		memcpy(&v16, p, sizeof(v16));
		return v16;
	case 4:
		memcpy(&v32, p, sizeof(v32));
		return v32;
	default:
		memcpy(&v64, p, sizeof(v64));
		return v64;
	}
}

static void host_store(uint8_t *p, unsigned int width, uint64_t v)
{
	uint16_t v16 = (uint16_t)v;
	uint32_t v32 = (uint32_t)v;

	switch (width) {
	case 1:
		*p = (uint8_t)v;
		break;
	case 2:
		memcpy(p, &v16, sizeof(v16));
		break;
	case 4:
		memcpy(p, &v32, sizeof(v32));
		break;
	default:
		memcpy(p, &v, sizeof(v));
	}
}

/* Bank keeps its bytes when group or address (bits 19, 20) are valid in place of bit 6. */
static bool field_valid(const struct cper_section *s, const struct cper_field *f, uint64_t bits)
{
	if (f->valid_bit < 0 || (bits >> f->valid_bit & 1))
		return true;
	if (s != &cper_section_memory)
		return false;
	if (f->valid_bit == 6)
		return bits & (CPER_MEM_VALID_BANK_GROUP | CPER_MEM_VALID_BANK_ADDRESS);
	return f->valid_bit == 18 && (bits & CPER_MEM_VALID_CHIP_ID);
}

void cper_section_encode(const struct cper_section *s, const void *host, uint8_t *wire)
{
	const uint8_t *h = host;
	uint64_t bits = s->has_valid ? host_load(h + s->fields[0].host, s->fields[0].width) : 0;

	memset(wire, 0, s->full_size);
	for (size_t i = 0; i < s->nr_fields; i++) {
		const struct cper_field *f = &s->fields[i];

		if (!field_valid(s, f, bits))
			continue;
		if (f->type == CPER_FIELD_UINT)
			le_store(wire + f->offset, f->width, host_load(h + f->host, f->width));
		else
			memcpy(wire + f->offset, h + f->host, f->width);
	}
}

void cper_section_decode(const struct cper_section *s, const uint8_t *wire, uint32_t len,
			 void *host)
{
	uint8_t *h = host;

	for (size_t i = 0; i < s->nr_fields; i++) {
		const struct cper_field *f = &s->fields[i];
		bool in = (uint32_t)f->offset + f->width <= len;

		if (f->type == CPER_FIELD_UINT)
			host_store(h + f->host, f->width, in ? le_load(wire + f->offset, f->width) : 0);
		else if (in)
			memcpy(h + f->host, wire + f->offset, f->width);
		else
			memset(h + f->host, 0, f->width);
	}
}
