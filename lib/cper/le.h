// SPDX-License-Identifier: LGPL-2.1-or-later
/* Little-endian loads and stores byte by byte: right on any host and any alignment. */
#pragma once

#include <stdint.h>

/* Load width (1..8) bytes. */
static inline uint64_t le_load(const uint8_t *p, unsigned int width)
{
	uint64_t v = 0;

	for (unsigned int i = 0; i < width; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

/* Store the low width (1..8) bytes of v. */
static inline void le_store(uint8_t *p, unsigned int width, uint64_t v)
{
	for (unsigned int i = 0; i < width; i++)
		p[i] = (uint8_t)(v >> (8 * i));
}

static inline uint16_t le16(const uint8_t *p)
{
	return (uint16_t)le_load(p, 2);
}

static inline uint32_t le32(const uint8_t *p)
{
	return (uint32_t)le_load(p, 4);
}
