// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * ACPI 6.5, 18.3.2.8: Generic Hardware Error Source version 2 (type 10). Version 2 has a read-ack
 * register, by which the guest's OS says that it has read a record.
 */
#include "acpi/hest.h"

#define TYPE_GHES_V2 10
#define NO_RELATED_SOURCE 0xffff
#define ACCESS_QWORD 4
/* Type of the notification structure: 18.3.2.9. */
enum { NOTIFY_POLLED = 0, NOTIFY_NMI = 4 };
#define NOTIFICATION_BYTES 28
#define SECTIONS_PER_RECORD 4 /* what an OS makes room for at once; a record may have more */

/* Where the next byte goes. */
struct out {
	uint8_t *at;
};

static void put(struct out *o, unsigned int width, uint64_t v)
{
	for (unsigned int i = 0; i < width; i++)
		*o->at++ = (uint8_t)(v >> (8 * i));
}

/* A Generic Address Structure: 64 bits of memory. */
static void put_address(struct out *o, uint64_t gpa)
{
	put(o, 1, 0); /* system memory */
	put(o, 1, 64);
	put(o, 1, 0);
	put(o, 1, ACCESS_QWORD);
	put(o, 8, gpa);
}

static void put_notification(struct out *o, enum ghes_notify notify)
{
	uint8_t *end = o->at + NOTIFICATION_BYTES;

	put(o, 1, notify == GHES_NOTIFY_NMI ? NOTIFY_NMI : NOTIFY_POLLED);
	put(o, 1, NOTIFICATION_BYTES);
	put(o, 2, 0); /* what an OS may configure: nothing */
	put(o, 4, notify == GHES_NOTIFY_NMI ? 0 : GHES_POLL_INTERVAL_MS);
	o->at = end; /* the rest is 0: vector and thresholds are not used */
}

static void put_source(struct out *o, uint64_t base_gpa, uint32_t source, enum ghes_notify notify)
{
	put(o, 2, TYPE_GHES_V2);
	put(o, 2, source);
	put(o, 2, NO_RELATED_SOURCE);
	put(o, 1, 0); /* flags */
	put(o, 1, 1); /* enabled */
	put(o, 4, 1); /* records to allocate beforehand */
	put(o, 4, SECTIONS_PER_RECORD);
	put(o, 4, GHES_PAGE_BLOCK_BYTES); /* raw data of a record at most */
	put_address(o, base_gpa + GHES_PAGE_POINTER(source));
	put_notification(o, notify);
	put(o, 4, GHES_PAGE_BLOCK_BYTES);
	put_address(o, base_gpa + GHES_PAGE_READ_ACK(source));
	put(o, 8, ~UINT64_C(1)); /* bits of the read-ack register that an OS must keep */
	put(o, 8, 1);		 /* the bit that it sets */
}

void hest_build(uint64_t base_gpa, enum ghes_notify urgent, uint8_t out[HEST_BYTES])
{
	struct out o = { out + ACPI_HEADER_BYTES };

	memset(out, 0, HEST_BYTES);
	put(&o, 4, GHES_PAGE_SOURCES);
	for (uint32_t s = 0; s < GHES_PAGE_SOURCES; s++)
		put_source(&o, base_gpa, s, s == GHES_SOURCE_URGENT ? urgent : GHES_NOTIFY_POLL);
	acpi_put_header(out, HEST_BYTES, "HEST", 1);
}
