// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * CPER records (UEFI 2.10 appendix N) in ACPI Generic Error Status Blocks (ACPI 6.5 18.3.2.7).
 * Bytes in, bytes out: nothing here allocates or does I/O. All integers on the wire are little
 * endian and may be unaligned. Offsets in errors count from the start of the status block.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CPER_BLOCK_SIZE 20u
#define CPER_ENTRY_SIZE 72u    /* revision 3.0 and later */
#define CPER_ENTRY_SIZE_V2 64u /* before revision 3.0: no timestamp */
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
	/* Warnings of cper_check(). Some are errors in a profile. */
	CPER_SEVERITY,
	CPER_SEVERITY_MISMATCH,
	CPER_BLOCK_STATUS_ZERO,
	CPER_ENTRY_COUNT,
	CPER_TIMESTAMP_BCD,
	CPER_RESERVED_BITS,
	CPER_FRU_TEXT,
	CPER_TRAILING_BUFFER,
	/*
	 * Errors of this library: the output buffer is too small (offset = bytes needed), the
	 * status block is too small, or a section has another type.
	 */
	CPER_NO_SPACE,
	CPER_SECTION_TYPE,
	/* The record form, see record.h. */
	CPER_RECORD_HEADER,
	CPER_RECORD_LENGTH,
	CPER_RECORD_SECTION,
	/* What was given is no block and no record (scan.h), or has another form (form.h). */
	CPER_NOT_A_RECORD,
	CPER_FORM,
	CPER_CODE_MAX
};

enum cper_severity {
	CPER_SEV_RECOVERABLE = 0,
	CPER_SEV_FATAL = 1,
	CPER_SEV_CORRECTED = 2,
	CPER_SEV_INFO = 3,
};

/* Profiles of cper_validate(); they may be combined. */
#define CPER_SPEC 0x1u
#define CPER_LINUX_GUEST 0x2u
#define CPER_QEMU_SLOT 0x4u
#define CPER_STRICT 0x8u /* warnings of cper_check() are errors */

/* Validation bits of a data entry. */
#define CPER_ENTRY_VALID_FRU_ID 0x1u
#define CPER_ENTRY_VALID_FRU_TEXT 0x2u
#define CPER_ENTRY_VALID_TIMESTAMP 0x4u

struct cper_err {
	int code;	  /* enum cper_code */
	uint32_t offset;  /* from the start of the block */
	uint16_t entry;	  /* index of the data entry */
	const char *what; /* static text */
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
	char fru_text[CPER_FRU_TEXT_SIZE + 1]; /* "" = none */
	bool has_timestamp;
	uint8_t timestamp[8]; /* BCD: sec min hour precise day month year century */
};

/* Opaque: a block under construction in the caller's buffer. */
struct cper_builder {
	uint8_t *buf;
	size_t cap;
	uint64_t need; /* bytes of the block so far, also those that did not fit */
	uint32_t entries, uncorrected, corrected;
	uint32_t worst;
	struct cper_err err; /* the first error; cper_build_end() returns it */
};

/* A block whose framing has been checked, and a position in it. */
struct cper_view {
	const uint8_t *buf;
	uint32_t end;	/* 20 + data_length */
	uint32_t total; /* end, or the end of raw data */
	uint32_t pos;
	uint16_t index;
};

/* One data entry; pointers borrow from the viewed buffer. */
struct cper_entry {
	const uint8_t *header;
	uint32_t header_offset;
	uint32_t header_size; /* 64 or 72 */
	struct cper_guid section_type;
	uint32_t severity;
	uint16_t revision;
	uint8_t validation_bits;
	uint8_t flags;
	const uint8_t *fru_id, *fru_text;
	const uint8_t *timestamp; /* NULL for headers of 64 bytes */
	const uint8_t *section;
	uint32_t section_offset;
	uint32_t section_len;
	uint16_t index;
};

/* "TRUNCATED_BLOCK" and the like; "UNKNOWN" for a number that is no code. */
const char *cper_code_name(int code);

/* A severity's word ("recoverable"). "unknown" for values over 3. */
const char *cper_severity_name(uint32_t severity);

/* How bad a severity is: info 0, corrected 1, recoverable 2, fatal 3. 0 for values over 3. */
unsigned int cper_severity_rank(uint32_t severity);

#define CPER_GUID_TEXT_SIZE 37u /* with NUL */

/* Lower-case text of a GUID, as Linux and UEFI print it. */
void cper_guid_format(const struct cper_guid *g, char out[CPER_GUID_TEXT_SIZE]);

/* Parse exactly 36 characters, either case. 0 or -1. */
int cper_guid_parse(const char *text, struct cper_guid *out);

struct uuid; /* 16 bytes in the order of the text, see base/uuid.h */

/* Text order to wire order and back. The UUID is the one that Linux prints as the GUID. */
void cper_guid_from_uuid(const struct uuid *u, struct cper_guid *out);
void cper_guid_to_uuid(const struct cper_guid *g, struct uuid *out);

/* Start a block in buf[cap]. */
void cper_build_begin(struct cper_builder *b, void *buf, size_t cap);

/* Add a revision 3.0 entry with section[len]. 0 or -1; cper_build_end() returns the error. */
int cper_build_entry(struct cper_builder *b, const struct cper_entry_info *info,
		     const void *section, size_t len);

/*
 * Write the block's header: lengths, count, status, worst severity. 0, or -1 with *err (may be
 * NULL). CPER_NO_SPACE has the size needed in offset.
 */
int cper_build_end(struct cper_builder *b, size_t *len, struct cper_err *err);

/* Check the whole framing of buf[len], but not the sections. 0, or -1 with *err (may be NULL). */
int cper_view_init(struct cper_view *v, const void *buf, size_t len, struct cper_err *err);

/*
 * 1 and the next entry; 0 at the end; -1 with *err if its section is of a known type and corrupt.
 */
int cper_view_next(struct cper_view *v, struct cper_entry *entry, struct cper_err *err);

/*
 * A view of what is whole in a block that cper_view_init() refuses: the entries before the first
 * that is cut or has impossible lengths. For cper_view_peek(). -1 if there is no header of 20
 * bytes.
 */
int cper_view_whole(struct cper_view *v, const void *buf, size_t len);

/*
 * The next entry, and whether there is one. Its section is not checked: ask cper_section_layout()
 * before its parts are read.
 */
bool cper_view_peek(struct cper_view *v, struct cper_entry *entry);

/*
 * Check framing and sections of buf[len], and what the profiles add. 0 or -1.
 *
 *   CPER_LINUX_GUEST  refuses what wedges, panics or misleads Linux (cper_hazard() and more)
 *   CPER_STRICT       refuses what cper_check() warns of
 *   CPER_QEMU_SLOT    refuses all but one block of at most 1024 bytes
 */
int cper_validate(const void *buf, size_t len, unsigned int profiles, struct cper_err *err);

/*
 * Is buf[len] known to wedge, hang or panic a Linux guest by accident, to make it act on bytes of
 * an older record, or to print its memory into its log? Takes any bytes and walks them as Linux
 * 6.12 does. -1 with *err for such a block, otherwise 0.
 *
 * This check is never relaxed: a block that fails cper_validate() may be sent on purpose, a block
 * that fails this one may not.
 */
int cper_hazard(const void *buf, size_t len, struct cper_err *err);

/*
 * Call fn for each warning of a block that cper_validate(CPER_SPEC) accepts. -1 for other blocks.
 */
typedef void cper_warning_fn(void *ctx, const struct cper_err *warning);
int cper_check(const void *buf, size_t len, cper_warning_fn *fn, void *ctx);

/* Is this timestamp (BCD, eight bytes as on the wire) a date and time of day? */
bool cper_timestamp_ok(const uint8_t t[8]);

struct cper_time {
	uint16_t year;
	uint8_t month, day, hour, minute, second;
	bool precise;
	bool binary; /* the bytes are plain binary numbers, not BCD as UEFI demands */
};

/*
 * A timestamp as a date. Some firmware writes binary numbers. The form whose year is from 1900 to
 * 2199 is taken, BCD if neither is. False: no date in either form; *out is untouched.
 */
bool cper_timestamp_read(const uint8_t t[8], struct cper_time *out);

/* A date as a timestamp in BCD. False if there is no such date; t is untouched. */
bool cper_timestamp_write(const struct cper_time *time, uint8_t t[8]);

/* The block's severity field. buf holds at least 20 bytes. */
uint32_t cper_block_severity(const void *buf);

/*
 * Give this id to every entry without a valid FRU Id, and this text (NULL = leave; cut at 20 bytes)
 * to every entry without a valid FRU text. 0; or -1, with nothing changed, if the framing is
 * unsound.
 */
int cper_set_fru(uint8_t *buf, size_t len, const struct cper_guid *id, const char *text,
		 struct cper_err *err);

#ifdef __cplusplus
}
#endif

#include "cper/sections.h"
