// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Private to lib/cper. To add a section type, add a file section_<kind>.c with its field table, a
 * line to registry.c and, for a type of UEFI, a struct to sections.h.
 */
#pragma once

#include "cper/fields.h"
#include "base/le.h"

/*
 * A field whose member in host struct S has the same name. More members of struct cper_field may
 * follow.
 */
#define CPER_HOST(S, n, off, w, bit, t, ...)                                           \
	{                                                                              \
		.name = #n, .name_len = sizeof(#n) - 1, .offset = (off), .width = (w), \
		.valid_bit = (bit), .type = (t), .host = offsetof(struct S, n),        \
		.host_width = sizeof(((struct S *)0)->n), __VA_ARGS__                  \
	}
#define CPER_UINT(S, n, off, w, bit, ...) CPER_HOST(S, n, off, w, bit, CPER_FIELD_UINT, __VA_ARGS__)
#define CPER_BYTES(S, n, off, w, bit, ...) \
	CPER_HOST(S, n, off, w, bit, CPER_FIELD_BYTES, __VA_ARGS__)
#define CPER_TEXT(S, n, off, w, bit) CPER_HOST(S, n, off, w, bit, CPER_FIELD_TEXT)
#define CPER_GUID(S, n, off, bit, ...) CPER_HOST(S, n, off, 16, bit, CPER_FIELD_GUID, __VA_ARGS__)
/* A number whose member has another name. */
#define CPER_NAMED(S, n, member, off, w, ...)                                                      \
	{                                                                                          \
		.name = #n, .name_len = sizeof(#n) - 1, .offset = (off), .width = (w),             \
		.valid_bit = CPER_NO_BIT, .type = CPER_FIELD_UINT,                                 \
		.host = offsetof(struct S, member), .host_width = sizeof(((struct S *)0)->member), \
		__VA_ARGS__                                                                        \
	}
/* A count or length that follows from the parts. */
#define CPER_COUNT(n, off, w, bit)                                                     \
	{                                                                              \
		.name = #n, .name_len = sizeof(#n) - 1, .offset = (off), .width = (w), \
		.valid_bit = (bit), .type = CPER_FIELD_UINT, .host = CPER_NO_HOST      \
	}
#define CPER_RESERVED(n, off, w, t)                                                           \
	{                                                                                     \
		.name = #n, .name_len = sizeof(#n) - 1, .offset = (off), .width = (w),        \
		.valid_bit = CPER_NO_BIT, .type = (t), .reserved = true, .host = CPER_NO_HOST \
	}
/* A field inside bytes. It has no member in a host struct. */
#define CPER_SUB(n, off, w, ...)                                                         \
	{                                                                                \
		.name = #n, .name_len = sizeof(#n) - 1, .offset = (off), .width = (w),   \
		.valid_bit = CPER_NO_BIT, .type = CPER_FIELD_UINT, .host = CPER_NO_HOST, \
		__VA_ARGS__                                                              \
	}

/* A field of a section that has no host struct. */
#define CPER_WIRE(n, off, w, bit, t, ...)                                              \
	{                                                                              \
		.name = #n, .name_len = sizeof(#n) - 1, .offset = (off), .width = (w), \
		.valid_bit = (bit), .type = (t), .host = CPER_NO_HOST, __VA_ARGS__     \
	}
#define CPER_WIRE_UINT(n, off, w, bit, ...) CPER_WIRE(n, off, w, bit, CPER_FIELD_UINT, __VA_ARGS__)

#define CPER_FLAG(n, at)                                                  \
	{                                                                 \
		.name = (n), .lo = (at), .width = 1, .valid = CPER_NO_BIT \
	}

extern const struct cper_section cper_section_memory, cper_section_memory2, cper_section_pcie,
	cper_section_pci_bus, cper_section_pci_component, cper_section_generic, cper_section_x86,
	cper_section_arm, cper_section_arm_ras, cper_section_firmware, cper_section_dmar,
	cper_section_vtd, cper_section_iommu, cper_section_ccix, cper_section_cxl_protocol,
	cper_section_amd_runtime, cper_section_amd_crash, cper_section_windows_mca,
	cper_section_linux_mce, cper_section_linux_dmesg, cper_section_nvidia,
	cper_section_nvidia_event, cper_section_altra, cper_section_ampereone,
	cper_section_hisi_common, cper_section_hisi_type1, cper_section_hisi_type2,
	cper_section_hisi_pcie;
extern const struct cper_section cper_section_cxl_events[7];

/* Parts of x86 processor errors, which AMD's GPUs use in a section of their own. */
extern const struct cper_table cper_x86_info_table, cper_x86_context_table;
int cper_x86_layout(const struct cper_entry *e, struct cper_layout *l, struct cper_err *err);
void cper_x86_seal(uint8_t *wire, const struct cper_layout *l, uint64_t given);

/* The registers in a context of an ARM or x86 processor error: cper_part.inside. */
const struct cper_inside *cper_in_arm_context(const uint8_t *section, const uint8_t *header,
					      uint32_t *len);
const struct cper_inside *cper_in_x86_context(const uint8_t *section, const uint8_t *header,
					      uint32_t *len);

/*
 * MCi_STATUS of a bank of machine check registers: what all have, and what AMD's SMCA has; and its
 * MCi_IPID.
 */
extern const struct cper_bits cper_mci_status_bits[], cper_mci_status_amd_bits[],
	cper_mca_ipid_bits[];

/* Operations of processor cache, TLB and bus errors that ARM and x86 have in common. */
extern const struct cper_word cper_transaction_words[], cper_operation_words[],
	cper_participation_words[];
extern const struct cper_word cper_memory_type_words[];
extern const struct cper_bits cper_slot_bits[];

/* A time as "2025-07-01 02:01:34" (UTC). False: it is beyond year 9999. */
bool cper_date(char out[CPER_VALUE_SIZE], uint64_t seconds);

/* A PCI function as lspci writes it: 0005:01:00.0. */
void cper_bdf(char out[CPER_VALUE_SIZE], unsigned int segment, unsigned int bus,
	      unsigned int device, unsigned int function);

/* GUIDs in a record's header: what notified, and who made the record. */
extern const struct cper_guid_word cper_notification_words[], cper_creator_words[];
/* Section types that are known by name alone. Their bytes have no public table, or none here. */
extern const struct cper_guid_word cper_section_words[];

/* Fill *err (may be NULL) and return -1. */
int cper_fail(struct cper_err *err, int code, uint64_t offset, uint16_t entry, const char *what);

/*
 * Move a structure between wire and host struct by its table. Encoding zeroes fields whose bit is
 * clear.
 */
void cper_table_encode(const struct cper_table *t, const void *host, uint8_t *wire);
void cper_table_decode(const struct cper_table *t, const uint8_t *wire, uint32_t len, void *host);

/* End of the last field that lies within len bytes. */
uint32_t cper_table_end(const struct cper_table *t, uint32_t len);

/*
 * Append an entry of type with len zero bytes of section. NULL: there was an error, or the block
 * only counts.
 */
uint8_t *cper_build_reserve(struct cper_builder *b, const struct cper_entry_info *info,
			    const struct cper_guid *type, uint64_t len);

/* cper_put_* of a section that has only its fixed part. */
int cper_put_fixed(struct cper_builder *b, const struct cper_entry_info *info,
		   const struct cper_section *s, const void *host);

/* layout() of a section whose only part, the first, is all that follows the fixed part. */
int cper_tail_layout(const struct cper_entry *e, struct cper_layout *l, struct cper_err *err);

/* Check e against s and find its parts. Refuses entries of another type. */
int cper_section_open(const struct cper_section *s, const struct cper_entry *e,
		      struct cper_layout *l, struct cper_err *err);

/* cper_decode_* of the fixed part. */
int cper_decode_fixed(const struct cper_section *s, const struct cper_entry *e, void *host,
		      struct cper_layout *l, struct cper_err *err);

/* The bytes of a part as cper_decode_* returns them. */
static inline struct cper_bytes cper_extent_bytes(const struct cper_entry *e,
						  const struct cper_extent *x)
{
	return (struct cper_bytes){ e->section + x->offset, x->len };
}
