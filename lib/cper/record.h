// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The record form of UEFI 2.10 N.2, a second front end to the same sections: a header of 128 bytes
 * ("CPER"), a descriptor of 72 bytes for each section, the sections. ERST, pstore and libcper keep
 * records in this form; GHES never does. Offsets in errors count from the start of the record.
 */
#pragma once

#include "cper/fields.h"

#ifdef __cplusplus
extern "C" {
#endif

#define CPER_RECORD_SIZE 128u
#define CPER_DESCRIPTOR_SIZE 72u

#define CPER_RECORD_VALID_PLATFORM_ID 0x1u
#define CPER_RECORD_VALID_TIMESTAMP 0x2u
#define CPER_RECORD_VALID_PARTITION_ID 0x4u

/* Header flags. */
#define CPER_RECORD_RECOVERED 0x1u
#define CPER_RECORD_PREVIOUS 0x2u
#define CPER_RECORD_SIMULATED 0x4u

/* Field tables of the header and of a descriptor. JSON and text walk them. */
extern const struct cper_table cper_record_table, cper_descriptor_table;

/* The fields of a record's header that a block does not have. */
struct cper_record_info {
	bool has_platform_id, has_partition_id, has_timestamp;
	struct cper_guid platform_id, partition_id, creator_id, notification_type;
	uint8_t timestamp[8];
	uint64_t record_id;
	uint32_t flags;
};

/* A record whose framing has been checked, and a position in it. */
struct cper_record_view {
	const uint8_t *buf;
	uint32_t total; /* record_length */
	uint16_t count, index;
	uint32_t severity;
	bool contiguous; /* sections lie in order without gaps */
};

/* Do these bytes begin as a record does? */
bool cper_is_record(const void *buf, size_t len);

/*
 * Check header, descriptors and the places of the sections. 0, or -1 with *err:
 *
 *   CPER_RECORD_HEADER   less than 128 bytes, or a wrong signature
 *   CPER_RECORD_LENGTH   record_length below its descriptors or above len
 *   CPER_RECORD_SECTION  a descriptor's offset or length field
 */
int cper_record_view_init(struct cper_record_view *v, const void *buf, size_t len,
			  struct cper_err *err);

/*
 * 1 and the next section as an entry; 0 at the end; -1 with *err if a section of a known type is
 * corrupt. entry->header is the descriptor. The entry has no timestamp.
 */
int cper_record_view_next(struct cper_record_view *v, struct cper_entry *entry,
			  struct cper_err *err);

/* Check a whole record: its framing and all its sections. 0, or -1 with *err. */
int cper_record_validate(const void *buf, size_t len, struct cper_err *err);

/*
 * A view of what is whole in a record that cper_record_view_init() refuses: the header and the
 * descriptors that are within len. -1 if the header is not.
 */
int cper_record_view_whole(struct cper_record_view *v, const void *buf, size_t len);

/*
 * The next section as an entry, and whether there is one. The section is not checked; its bytes are
 * NULL if they are not all within the record and the len of cper_record_view_whole().
 */
bool cper_record_view_peek(struct cper_record_view *v, struct cper_entry *entry);

/*
 * Call fn for each warning of a record that cper_record_view_init() and cper_record_view_next()
 * accept. -1 for other records.
 */
int cper_record_check(const void *buf, size_t len, cper_warning_fn *fn, void *ctx);

/*
 * A record of the sections of a block. info NULL: no ids, the first valid timestamp of an entry,
 * notification MCE (CMC if nothing is uncorrected). Raw data is left out. A date in binary becomes
 * BCD. 0 and *out_len, or -1.
 * CPER_NO_SPACE has the size in offset.
 */
int cper_record_from_block(const void *block, size_t len, const struct cper_record_info *info,
			   void *out, size_t cap, size_t *out_len, struct cper_err *err);

/*
 * A block of a record's sections, revision 3.0. A valid timestamp goes into every entry, as BCD.
 * Returns as cper_record_from_block() does.
 */
int cper_record_to_block(const void *record, size_t len, void *out, size_t cap, size_t *out_len,
			 struct cper_err *err);

#ifdef __cplusplus
}
#endif
