// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Little-endian loads and stores: correct on any host and at any alignment, one move if possible.
 */
#pragma once

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t le16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return le16toh(v);
}

static inline uint32_t le32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static inline uint64_t le64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

/* Load width (1..8) bytes. */
static inline uint64_t le_load(const uint8_t *p, unsigned int width)
{
	uint64_t v = 0;

	switch (width) {
	case 1:
		return *p;
	case 2:
		return le16(p);
	case 4:
		return le32(p);
	case 8:
		return le64(p);
	default:
		for (unsigned int i = 0; i < width; i++)
			v |= (uint64_t)p[i] << (8 * i);
		return v;
	}
}

/* Store the low width (1..8) bytes of v. */
static inline void le_store(uint8_t *p, unsigned int width, uint64_t v)
{
	uint64_t wire = htole64(v);

	switch (width) {
	case 1:
		*p = (uint8_t)v;
		break;
	case 2: {
		uint16_t w = htole16((uint16_t)v);

		memcpy(p, &w, sizeof(w));
		break;
	}
	case 4: {
		uint32_t w = htole32((uint32_t)v);

		memcpy(p, &w, sizeof(w));
		break;
	}
	default:
		memcpy(p, &wire, width < 8 ? width : 8);
	}
}
