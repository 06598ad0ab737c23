// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The GHES page of a provisioned guest: 2 MiB that rasd shares with QEMU, which shows them to the
 * guest as an nvdimm at the fixed address BASE. The guest's HEST describes GHES_PAGE_SOURCES error
 * sources in it (GHESv2); rasd writes the records.
 *
 * All of it is the guest's to write. So nothing that is read from it is an address or a length to
 * rasd: the offsets below are the only ones that are used. What the guest's OS uses are the two
 * pointers (`status address`): rasd compares them before it sends. They never change while a guest
 * lives, because FreeBSD and NetBSD read them once. Pure: no I/O.
 *
 *   0x000  status address of source 0: BASE + 0x1000    0x008  read-ack of source 0, initially 1
 *   0x040  status address of source 1: BASE + 0x2000    0x048  read-ack of source 1, initially 1
 *   0x080  magic  0x088 version  0x08c number of sources  0x090 BASE  0x098 UUID of the domain
 *   0x1000 status block of source 0                     0x2000 status block of source 1
 *
 * Numbers are little-endian, as ACPI's are.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/le.h"
#include "base/uuid.h"

#define GHES_PAGE_BYTES (UINT64_C(2) << 20)
#define GHES_PAGE_SOURCES 2u
#define GHES_PAGE_BLOCK_BYTES 4096u
#define GHES_PAGE_VERSION 1u
/* BASE is a multiple of this. */
#define GHES_PAGE_BASE_ALIGN (UINT64_C(1) << 30)

/* What the sources are for; the numbers are the source ids of the HEST. */
enum ghes_page_source {
	GHES_SOURCE_CORRECTED, /* always polled: nothing waits for it */
	GHES_SOURCE_URGENT     /* notified by NMI, or polled */
};

/* How the guest learns of a record of the urgent source. */
enum ghes_notify { GHES_NOTIFY_POLL, GHES_NOTIFY_NMI };

#define GHES_POLL_INTERVAL_MS 1000u /* a guest's look costs it microseconds */

/* Offsets in the page. */
#define GHES_PAGE_POINTER(source) (UINT64_C(0x40) * (source))
#define GHES_PAGE_READ_ACK(source) (UINT64_C(0x40) * (source) + 8)
#define GHES_PAGE_BLOCK(source) (UINT64_C(0x1000) * ((source) + 1))
#define GHES_PAGE_MAGIC UINT64_C(0x80)
#define GHES_PAGE_HEAD_BYTES 0xa8u /* the pointers, the magic and what follows it */

static const uint8_t ghes_page_magic[8] = { 'R', 'A', 'S', 'D', 'G', 'H', 'E', 'S' };

/* What the first bytes of a new page are. The status blocks, and all else, are 0. */
static inline void ghes_page_head(uint8_t out[GHES_PAGE_HEAD_BYTES], uint64_t base_gpa,
				  const struct uuid *domain)
{
	memset(out, 0, GHES_PAGE_HEAD_BYTES);
	for (uint32_t s = 0; s < GHES_PAGE_SOURCES; s++) {
		le_store(out + GHES_PAGE_POINTER(s), 8, base_gpa + GHES_PAGE_BLOCK(s));
		le_store(out + GHES_PAGE_READ_ACK(s), 8, 1);
	}
	memcpy(out + GHES_PAGE_MAGIC, ghes_page_magic, sizeof(ghes_page_magic));
	le_store(out + GHES_PAGE_MAGIC + 0x08, 4, GHES_PAGE_VERSION);
	le_store(out + GHES_PAGE_MAGIC + 0x0c, 4, GHES_PAGE_SOURCES);
	le_store(out + GHES_PAGE_MAGIC + 0x10, 8, base_gpa);
	memcpy(out + GHES_PAGE_MAGIC + 0x18, domain->b, sizeof(domain->b));
}

/*
 * True where the first bytes of a page are as they were made, except for the read-acks, which are
 * the guest's to write. If not, the guest has overwritten them.
 */
static inline bool ghes_page_intact(const uint8_t head[GHES_PAGE_HEAD_BYTES], uint64_t base_gpa,
				    const struct uuid *domain)
{
	uint8_t want[GHES_PAGE_HEAD_BYTES];

	ghes_page_head(want, base_gpa, domain);
	for (uint32_t s = 0; s < GHES_PAGE_SOURCES; s++)
		memcpy(want + GHES_PAGE_READ_ACK(s), head + GHES_PAGE_READ_ACK(s), 8);
	return memcmp(want, head, sizeof(want)) == 0;
}
