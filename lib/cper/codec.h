// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The table walkers as inline functions. With a constant table and a constant count the compiler
 * unrolls them into plain moves (section/memory.c). With any other table they are loops (codec.c).
 */
#pragma once

#include "cper/section.h"

static inline __attribute__((always_inline)) uint64_t host_load(const uint8_t *p,
								unsigned int width)
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

static inline __attribute__((always_inline)) void host_store(uint8_t *p, unsigned int width,
							     uint64_t v)
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

static inline __attribute__((always_inline)) uint64_t field_mask(const struct cper_field *f)
{
	return (f->valid_bit >= 0 ? UINT64_C(1) << f->valid_bit : 0) | f->also;
}

/* wire is zeroed. bits: the host's validation bits. */
static inline __attribute__((always_inline)) void
field_encode(const struct cper_field *f, uint64_t bits, const uint8_t *host, uint8_t *wire)
{
	bool valid = f->valid_bit < 0 || (bits & field_mask(f));

	if (f->host == CPER_NO_HOST)
		return;
	if (f->type == CPER_FIELD_UINT)
		le_store(wire + f->offset, f->width,
			 host_load(host + f->host, f->host_width) & (0 - (uint64_t)valid));
	else if (valid)
		memcpy(wire + f->offset, host + f->host, f->width);
}

static inline __attribute__((always_inline)) void
field_decode(const struct cper_field *f, const uint8_t *wire, bool in, uint8_t *host)
{
	if (f->host == CPER_NO_HOST)
		return;
	if (f->type == CPER_FIELD_UINT)
		host_store(host + f->host, f->host_width,
			   in ? le_load(wire + f->offset, f->width) : 0);
	else if (in)
		memcpy(host + f->host, wire + f->offset, f->width);
	else
		memset(host + f->host, 0, f->width);
}
