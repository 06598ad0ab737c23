// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Several records in one buffer: a ring of a BMC, a BERT region, a dump of ERST. Blocks and UEFI
 * records are found one after the other, with the bytes between them.
 */
#pragma once

#include "cper/record.h"

#ifdef __cplusplus
extern "C" {
#endif

enum cper_item_kind {
	CPER_ITEM_BLOCK,  /* an ACPI status block */
	CPER_ITEM_RECORD, /* a UEFI record */
	CPER_ITEM_TABLE, /* an ACPI table, such as BERT in front of its region; QEMU's ERST store */
	CPER_ITEM_EMPTY, /* at least 20 bytes of 00 or FF, or such bytes to the end */
	CPER_ITEM_OTHER, /* bytes that are none of these */
};

/* What was found at one place. Bytes are borrowed from the buffer. */
struct cper_item {
	int kind; /* enum cper_item_kind */
	size_t offset, len;
	const uint8_t *bytes;
	/*
	 * Code 0: a whole block or record. Else what is wrong with it (offset from the item's
	 * start). CPER_NOT_A_RECORD for CPER_ITEM_OTHER.
	 */
	struct cper_err err;
};

struct cper_scan {
	const uint8_t *buf;
	size_t len, pos;
};

/* Start at the first byte of buf[len]. */
void cper_scan_begin(struct cper_scan *s, const void *buf, size_t len);

/* The next item, in order and without gaps; false at the end. */
bool cper_scan_next(struct cper_scan *s, struct cper_item *item);

/* "status block", "UEFI record", ... */
const char *cper_item_name(int kind);

#ifdef __cplusplus
}
#endif
