// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * CPER records (UEFI 2.10 appendix N) in ACPI Generic Error Status Blocks (ACPI 6.5 18.3.2.7).
 * Pure: bytes in, bytes out; nothing here allocates or does I/O. All integers
 * on the wire are little endian and may be unaligned. Offsets in errors count
 * from the start of the status block.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"

#define CPER_BLOCK_SIZE 20u
#define CPER_ENTRY_SIZE 72u	/* revision 3.0 and later */
#define CPER_ENTRY_SIZE_V2 64u	/* before: no timestamp */
#define CPER_QEMU_SLOT_SIZE 1024u
#define CPER_FRU_TEXT_SIZE 20u
#define CPER_REVISION 0x0300u

enum cper_code {
	CPER_OK = 0,
	CPER_TRUNCATED_BLOCK,
	CPER_TRUNCATED_DATA,
	CPER_DATA_LENGTH,
	CPER_ENTRY_HEADER,
	CPER_ENTRY_LENGTH,
	CPER_TRAILING_BYTES,
	CPER_RAW_DATA,
	CPER_REVISION_OLD,
	CPER_SECTION_TOO_SHORT,
	CPER_VALID_BEYOND_LENGTH,
	CPER_ARM_SECTION_LENGTH,
	CPER_ARM_ERR_INFO,
	CPER_ARM_CONTEXT,
	CPER_IA_ERR_INFO,
	CPER_IA_CONTEXT,
	CPER_CXL_DVSEC,
	CPER_CXL_ERROR_LOG,
	CPER_CXL_EVENT_LENGTH,
	CPER_CCIX_LENGTH,
	CPER_PCIDEV_PAIRS,
	CPER_ARM_RAS_ARRAY,
	CPER_ARM_RAS_AUX,
	/* Warnings of cper_check(); some are errors in a profile. */
	CPER_SEVERITY,
	CPER_SEVERITY_MISMATCH,
	CPER_BLOCK_STATUS_ZERO,
	CPER_ENTRY_COUNT,
	CPER_TIMESTAMP_BCD,
	CPER_RESERVED_BITS,
	CPER_FRU_TEXT,
	CPER_TRAILING_BUFFER,
	/* Ours: output buffer (offset = bytes needed) or slot too small; section of another type. */
	CPER_NO_SPACE,
	CPER_SECTION_TYPE,
	CPER_CODE_MAX
};

enum cper_severity {
	CPER_SEV_RECOVERABLE = 0,
	CPER_SEV_FATAL = 1,
	CPER_SEV_CORRECTED = 2,
	CPER_SEV_INFO = 3,
};

/* Profiles of cper_validate(), may be combined. */
#define CPER_SPEC 0x1u
#define CPER_LINUX_GUEST 0x2u
#define CPER_QEMU_SLOT 0x4u

/* Validation bits of a data entry. */
#define CPER_ENTRY_VALID_FRU_ID 0x1u
#define CPER_ENTRY_VALID_FRU_TEXT 0x2u
#define CPER_ENTRY_VALID_TIMESTAMP 0x4u

#define CPER_MEM_VALID_ERROR_STATUS (UINT64_C(1) << 0)
#define CPER_MEM_VALID_PA (UINT64_C(1) << 1)
#define CPER_MEM_VALID_PA_MASK (UINT64_C(1) << 2)
#define CPER_MEM_VALID_NODE (UINT64_C(1) << 3)
#define CPER_MEM_VALID_CARD (UINT64_C(1) << 4)
#define CPER_MEM_VALID_MODULE (UINT64_C(1) << 5)
#define CPER_MEM_VALID_BANK (UINT64_C(1) << 6)
#define CPER_MEM_VALID_DEVICE (UINT64_C(1) << 7)
#define CPER_MEM_VALID_ROW (UINT64_C(1) << 8)
#define CPER_MEM_VALID_COLUMN (UINT64_C(1) << 9)
#define CPER_MEM_VALID_BIT_POSITION (UINT64_C(1) << 10)
#define CPER_MEM_VALID_REQUESTOR_ID (UINT64_C(1) << 11)
#define CPER_MEM_VALID_RESPONDER_ID (UINT64_C(1) << 12)
#define CPER_MEM_VALID_TARGET_ID (UINT64_C(1) << 13)
#define CPER_MEM_VALID_ERROR_TYPE (UINT64_C(1) << 14)
#define CPER_MEM_VALID_RANK (UINT64_C(1) << 15)
#define CPER_MEM_VALID_CARD_HANDLE (UINT64_C(1) << 16)
#define CPER_MEM_VALID_MODULE_HANDLE (UINT64_C(1) << 17)
#define CPER_MEM_VALID_EXTENDED (UINT64_C(1) << 18)
#define CPER_MEM_VALID_BANK_GROUP (UINT64_C(1) << 19)
#define CPER_MEM_VALID_BANK_ADDRESS (UINT64_C(1) << 20)
#define CPER_MEM_VALID_CHIP_ID (UINT64_C(1) << 21)

#define CPER_MEMORY_SIZE 80u
#define CPER_MEMORY_SIZE_OLD 73u /* UEFI 2.1 */

struct cper_err {
	int code;		/* enum cper_code */
	uint32_t offset;	/* from the start of the block */
	uint16_t entry;		/* index of the data entry */
	const char *what;	/* static text */
};

/* A GUID in wire (mixed-endian) order. */
struct cper_guid {
	uint8_t b[16];
};

/* What cper_build_entry() writes in a data entry's header. */
struct cper_entry_info {
	struct cper_guid section_type;
	uint32_t severity;
	uint8_t flags;
	bool has_fru_id;
	struct cper_guid fru_id;
	char fru_text[CPER_FRU_TEXT_SIZE + 1];	/* "" = none */
	bool has_timestamp;
	uint8_t timestamp[8];			/* BCD: sec min hour precise day month year century */
};

/* The memory error section, UEFI 2.10 table N.31, in host order. */
struct cper_memory {
	uint64_t validation_bits;
	uint64_t error_status;
	uint64_t physical_address;
	uint64_t physical_address_mask;
	uint16_t node;
	uint16_t card;
	uint16_t module;
	uint16_t bank;
	uint16_t device;
	uint16_t row;
	uint16_t column;
	uint16_t bit_position;
	uint64_t requestor_id;
	uint64_t responder_id;
	uint64_t target_id;
	uint8_t memory_error_type;
	uint8_t extended;
	uint16_t rank_number;
	uint16_t card_handle;
	uint16_t module_handle;
};

/* Opaque: a block under construction in the caller's buffer. */
struct cper_builder {
	uint8_t *buf;
	size_t cap;
	uint64_t need;		/* bytes of the block so far, written or not */
	uint32_t entries, uncorrected, corrected;
	uint32_t worst;
	struct cper_err err;	/* first error, told by cper_build_end() */
};

/* A block whose framing is sound, and a position in it. */
struct cper_view {
	const uint8_t *buf;
	uint32_t end;		/* 20 + data_length */
	uint32_t total;		/* end, or the end of raw data */
	uint32_t pos;
	uint16_t index;
};

/* One data entry; pointers borrow from the viewed buffer. */
struct cper_entry {
	const uint8_t *header;
	uint32_t header_offset;
	uint32_t header_size;	/* 64 or 72 */
	struct cper_guid section_type;
	uint32_t severity;
	uint16_t revision;
	uint8_t validation_bits;
	uint8_t flags;
	const uint8_t *fru_id, *fru_text;
	const uint8_t *timestamp;	/* NULL in 64-byte headers */
	const uint8_t *section;
	uint32_t section_offset;
	uint32_t section_len;
	uint16_t index;
};

/* "TRUNCATED_BLOCK" and the like; "UNKNOWN" for a number that is no code. */
const char *cper_code_name(int code);

/* A severity's word ("recoverable"); "unknown" for values over 3. */
const char *cper_severity_name(uint32_t severity);

/* Text order to wire order and back: Linux prints the GUID as the UUID's text. */
void cper_guid_from_uuid(const struct uuid *u, struct cper_guid *out);
void cper_guid_to_uuid(const struct cper_guid *g, struct uuid *out);

/* Start a block in buf[cap]. */
void cper_build_begin(struct cper_builder *b, void *buf, size_t cap);

/* Add a revision 3.0 entry with section[len]. Errors are kept for cper_build_end(), 0 or -1. */
int cper_build_entry(struct cper_builder *b, const struct cper_entry_info *info,
		     const void *section, size_t len);

/* Add an 80-byte memory section. info's section_type is ignored; fields without their bit are 0. */
int cper_put_memory(struct cper_builder *b, const struct cper_entry_info *info,
		    const struct cper_memory *m);

/*
 * Write the block's header: lengths, count, status, worst severity. 0, or -1
 * with *err (may be NULL); NO_SPACE has the size needed in offset.
 */
int cper_build_end(struct cper_builder *b, size_t *len, struct cper_err *err);

/* Check the whole framing (not the sections) of buf[len]. 0 or -1 with *err (may be NULL). */
int cper_view_init(struct cper_view *v, const void *buf, size_t len, struct cper_err *err);

/* 1 and the next entry, or 0 at the end, or -1 with *err where its known section is corrupt. */
int cper_view_next(struct cper_view *v, struct cper_entry *entry, struct cper_err *err);

/* Decode a memory section; fields beyond a short section are 0. 0 or -1. */
int cper_decode_memory(const struct cper_entry *entry, struct cper_memory *m, struct cper_err *err);

/*
 * Framing and sections of buf[len], and what the profiles add: CPER_LINUX_GUEST
 * refuses what wedges or panics Linux, CPER_QEMU_SLOT what is not one block of
 * at most 1024 bytes. 0 or -1.
 */
int cper_validate(const void *buf, size_t len, unsigned int profiles, struct cper_err *err);

/* Tell fn each warning of a block that cper_validate(CPER_SPEC) accepts; -1 for others. */
typedef void cper_warning_fn(void *ctx, const struct cper_err *warning);
int cper_check(const void *buf, size_t len, cper_warning_fn *fn, void *ctx);

/* The block's severity field. buf holds at least 20 bytes. */
uint32_t cper_block_severity(const void *buf);

/*
 * Give every entry without a valid FRU Id this id, and every one without a
 * valid FRU text this text (NULL = leave; cut at 20 bytes). 0, or -1 with
 * nothing changed where the framing is unsound.
 */
int cper_set_fru(uint8_t *buf, size_t len, const struct cper_guid *id, const char *text,
		 struct cper_err *err);
