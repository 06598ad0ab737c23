// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * CXL component events, UEFI 2.10 N.2.14: 32 fixed bytes and an event record of CXL 3.0 8.2.9.2
 * without its UUID. Seven GUIDs share this form.
 */
#include "base/cleanup.h"
#include "cper/section.h"

#define FIXED 32u

enum { F_FUNCTION = 4, F_DEVICE, F_BUS, F_SEGMENT };

static bool bdf(const uint8_t *s, uint64_t bits, char out[CPER_VALUE_SIZE])
{
	cper_bdf(out, le16(s + 19), s[18], s[17], s[16]);
	return bits & CPER_CXL_EVENT_VALID_DEVICE_ID;
}

static const struct cper_value values[] = {
	{ "bdf", 1u << F_FUNCTION | 1u << F_DEVICE | 1u << F_BUS | 1u << F_SEGMENT, NULL, bdf },
	{ NULL, 0, NULL, NULL },
};

#define F(n, off, w, bit, ...) CPER_UINT(cper_cxl_event, n, off, w, bit, __VA_ARGS__)

static const struct cper_field fields[] = {
	CPER_COUNT(length, 0, 4, CPER_NO_BIT),
	F(validation_bits, 4, 8, CPER_NO_BIT),
	F(vendor_id, 12, 2, 0, .show = CPER_SHOW_HEX),
	F(device_id, 14, 2, 0, .show = CPER_SHOW_HEX),
	[F_FUNCTION] = F(function, 16, 1, 0),
	[F_DEVICE] = F(device, 17, 1, 0),
	[F_BUS] = F(bus, 18, 1, 0),
	[F_SEGMENT] = F(segment, 19, 2, 0),
	F(slot, 21, 2, 0, .bits = cper_slot_bits),
	CPER_RESERVED(reserved, 23, 1, CPER_FIELD_UINT),
	F(serial_number, 24, 8, 1),
};

/* Event records of CXL 3.0 8.2.9.2.1: the common head, then the fields of the type. */
static const struct cper_bits event_flags[] = {
	{ "severity", 0, 2, CPER_NO_BIT,
	  (const struct cper_word[]){ { 0, "informational" },
				      { 1, "warning" },
				      { 2, "failure" },
				      { 3, "fatal" },
				      { 0, NULL } } },
	CPER_FLAG("permanent_condition", 2),
	CPER_FLAG("maintenance_needed", 3),
	CPER_FLAG("performance_degraded", 4),
	CPER_FLAG("hardware_replacement_needed", 5),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_bits memory_descriptor[] = {
	CPER_FLAG("uncorrectable", 0),
	CPER_FLAG("threshold", 1),
	CPER_FLAG("poison_list_overflow", 2),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_word memory_types[] = {
	{ 0, "media ECC error" },
	{ 1, "invalid address" },
	{ 2, "data path error" },
	{ 0, NULL },
};

static const struct cper_word transactions[] = {
	{ 0, "unknown" },
	{ 1, "host read" },
	{ 2, "host write" },
	{ 3, "host scan media" },
	{ 4, "host inject poison" },
	{ 5, "internal media scrub" },
	{ 6, "internal media management" },
	{ 0, NULL },
};

static const struct cper_word module_types[] = {
	{ 0, "health status change" },
	{ 1, "media status change" },
	{ 2, "life used change" },
	{ 3, "temperature change" },
	{ 4, "data path error" },
	{ 5, "LSA error" },
	{ 0, NULL },
};

#define HEAD                                                                                 \
	CPER_SUB(length, 0, 1, .unit = "bytes"), CPER_SUB(flags, 1, 3, .bits = event_flags), \
		CPER_SUB(handle, 4, 2, .unit = NULL),                                        \
		CPER_SUB(related_handle, 6, 2, .unit = NULL),                                \
		CPER_SUB(timestamp, 8, 8, .unit = "ns"),                                     \
		CPER_SUB(maintenance_operation_class, 16, 1, .unit = NULL)
#define MEMORY_EVENT                                                       \
	CPER_SUB(physical_address, 32, 8, .unit = "address"),              \
		CPER_SUB(descriptor, 40, 1, .bits = memory_descriptor),    \
		CPER_SUB(memory_event_type, 41, 1, .words = memory_types), \
		CPER_SUB(transaction_type, 42, 1, .words = transactions),  \
		CPER_SUB(validity_flags, 43, 2, .unit = NULL),             \
		CPER_SUB(channel, 45, 1, .show = CPER_SHOW_DECIMAL),       \
		CPER_SUB(rank, 46, 1, .show = CPER_SHOW_DECIMAL)

static const struct cper_field media_record[] = {
	HEAD,
	MEMORY_EVENT,
	CPER_SUB(device, 47, 3, .unit = NULL),
	{ .name = NULL },
};

static const struct cper_field dram_record[] = {
	HEAD,
	MEMORY_EVENT,
	CPER_SUB(nibble_mask, 47, 3, .unit = NULL),
	CPER_SUB(bank_group, 50, 1, .show = CPER_SHOW_DECIMAL),
	CPER_SUB(bank, 51, 1, .show = CPER_SHOW_DECIMAL),
	CPER_SUB(row, 52, 3, .show = CPER_SHOW_DECIMAL),
	CPER_SUB(column, 55, 2, .show = CPER_SHOW_DECIMAL),
	{ .name = NULL },
};

static const struct cper_field module_record[] = {
	HEAD,
	CPER_SUB(module_event_type, 32, 1, .words = module_types),
	{ .name = NULL },
};

/* CXL 3.2 8.2.10.2.1.4 */
static const struct cper_bits sparing_flags[] = {
	CPER_FLAG("query_resources", 0),
	CPER_FLAG("hard_sparing", 1),
	CPER_FLAG("device_initiated", 2),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_field sparing_record[] = {
	HEAD,
	CPER_SUB(sparing_flags, 33, 1, .bits = sparing_flags),
	CPER_SUB(result, 34, 1, .unit = NULL),
	CPER_SUB(validity_flags, 35, 2, .unit = NULL),
	CPER_SUB(resources_available, 43, 2, .show = CPER_SHOW_DECIMAL),
	CPER_SUB(channel, 45, 1, .show = CPER_SHOW_DECIMAL),
	CPER_SUB(rank, 46, 1, .show = CPER_SHOW_DECIMAL),
	CPER_SUB(nibble_mask, 47, 3, .unit = NULL),
	CPER_SUB(bank_group, 50, 1, .show = CPER_SHOW_DECIMAL),
	CPER_SUB(bank, 51, 1, .show = CPER_SHOW_DECIMAL),
	CPER_SUB(row, 52, 3, .show = CPER_SHOW_DECIMAL),
	CPER_SUB(column, 55, 2, .show = CPER_SHOW_DECIMAL),
	CPER_SUB(sub_channel, 73, 1, .show = CPER_SHOW_DECIMAL),
	{ .name = NULL },
};

static const struct cper_field other_record[] = { HEAD, { .name = NULL } };

#define PART(f)                                                                  \
	{                                                                        \
		{                                                                \
			.name = "event_log", .kind = CPER_PART_BYTES, .sub = (f) \
		}                                                                \
	}
static const struct cper_part media_parts[] = PART(media_record), dram_parts[] = PART(dram_record),
			      module_parts[] = PART(module_record),
			      sparing_parts[] = PART(sparing_record),
			      other_parts[] = PART(other_record);

static int layout(const struct cper_entry *e, struct cper_layout *l, struct cper_err *err)
{
	uint32_t len = le32(e->section);

	if (len < FIXED || len > e->section_len)
		return cper_fail(err, CPER_CXL_EVENT_LENGTH, e->section_offset, e->index,
				 "length is not within the section");
	if ((le64(e->section + 4) & CPER_CXL_EVENT_VALID_LOG) && len == FIXED)
		return cper_fail(err, CPER_CXL_EVENT_LENGTH, e->section_offset, e->index,
				 "no event although its bit is set");
	l->parts[0] = (struct cper_extent){ FIXED, len - FIXED, 0 };
	l->end = len;
	return 0;
}

static void seal(uint8_t *wire, const struct cper_layout *l, uint64_t given)
{
	if (!(given & 1))
		le_store(wire, 4, FIXED + (uint64_t)l->parts[0].len);
	if (l->parts[0].len && !(given & 2))
		wire[4] |= CPER_CXL_EVENT_VALID_LOG;
}

#define EVENT(k, t, p, ...)                                                             \
	{                                                                               \
		.guid = { { __VA_ARGS__ } }, .kind = (k), .title = (t),                 \
		.spec = "UEFI 2.10 N.2.14", .min_size = FIXED,                          \
		.table = { fields, ARRAY_LEN(fields), FIXED, 1, values }, .parts = (p), \
		.nr_parts = 1, .layout = layout, .seal = seal                           \
	}

const struct cper_section cper_section_cxl_events[7] = {
	/* fbcd0a77-c260-417f-85a9-088b1621eba6 */
	[CPER_CXL_EVENT_MEDIA] =
		EVENT("cxl_media", "CXL general media event", media_parts, 0x77, 0x0a, 0xcd, 0xfb,
		      0x60, 0xc2, 0x7f, 0x41, 0x85, 0xa9, 0x08, 0x8b, 0x16, 0x21, 0xeb, 0xa6),
	/* 601dcbb3-9c06-4eab-b8af-4e9bfb5c9624 */
	[CPER_CXL_EVENT_DRAM] =
		EVENT("cxl_dram", "CXL DRAM event", dram_parts, 0xb3, 0xcb, 0x1d, 0x60, 0x06, 0x9c,
		      0xab, 0x4e, 0xb8, 0xaf, 0x4e, 0x9b, 0xfb, 0x5c, 0x96, 0x24),
	/* fe927475-dd59-4339-a586-79bab113b774 */
	[CPER_CXL_EVENT_MODULE] =
		EVENT("cxl_module", "CXL memory module event", module_parts, 0x75, 0x74, 0x92, 0xfe,
		      0x59, 0xdd, 0x39, 0x43, 0xa5, 0x86, 0x79, 0xba, 0xb1, 0x13, 0xb7, 0x74),
	/* 77cf9271-9c02-470b-9fe4-bc7b75f2da97 */
	[CPER_CXL_EVENT_PHYSICAL_SWITCH] =
		EVENT("cxl_pswitch", "CXL physical switch event", other_parts, 0x71, 0x92, 0xcf,
		      0x77, 0x02, 0x9c, 0x0b, 0x47, 0x9f, 0xe4, 0xbc, 0x7b, 0x75, 0xf2, 0xda, 0x97),
	/* 40d26425-3396-4c4d-a5da-3d47263af425 */
	[CPER_CXL_EVENT_VIRTUAL_SWITCH] =
		EVENT("cxl_vswitch", "CXL virtual switch event", other_parts, 0x25, 0x64, 0xd2,
		      0x40, 0x96, 0x33, 0x4d, 0x4c, 0xa5, 0xda, 0x3d, 0x47, 0x26, 0x3a, 0xf4, 0x25),
	/* 8dc44363-0c96-4710-b7bf-04bb99534c3f */
	[CPER_CXL_EVENT_MLD_PORT] =
		EVENT("cxl_mld", "CXL MLD port event", other_parts, 0x63, 0x43, 0xc4, 0x8d, 0x96,
		      0x0c, 0x10, 0x47, 0xb7, 0xbf, 0x04, 0xbb, 0x99, 0x53, 0x4c, 0x3f),
	/* e71f3a40-2d29-4092-8a39-4d1c966c7c65 */
	[CPER_CXL_EVENT_SPARING] =
		EVENT("cxl_sparing", "CXL memory sparing event", sparing_parts, 0x40, 0x3a, 0x1f,
		      0xe7, 0x29, 0x2d, 0x92, 0x40, 0x8a, 0x39, 0x4d, 0x1c, 0x96, 0x6c, 0x7c, 0x65),
};

int cper_put_cxl_event(struct cper_builder *b, const struct cper_entry_info *info,
		       const struct cper_cxl_event *v)
{
	struct cper_layout l = { .parts[0] = { FIXED, (uint32_t)v->event_log.len, 0 } };
	const struct cper_section *s;
	uint8_t *wire;

	if ((unsigned int)v->type >= ARRAY_LEN(cper_section_cxl_events))
		return cper_fail(&b->err, CPER_SECTION_TYPE, b->need, (uint16_t)b->entries,
				 "no such CXL event type");
	s = &cper_section_cxl_events[v->type];
	wire = cper_build_reserve(b, info, &s->guid, FIXED + (uint64_t)v->event_log.len);
	if (!wire)
		return -1;
	cper_table_encode(&s->table, v, wire);
	if (v->event_log.len)
		memcpy(wire + FIXED, v->event_log.data, v->event_log.len);
	else
		wire[4] &= (uint8_t)~CPER_CXL_EVENT_VALID_LOG;
	seal(wire, &l, 0);
	return 0;
}

int cper_decode_cxl_event(const struct cper_entry *e, struct cper_cxl_event *out,
			  struct cper_err *err)
{
	const struct cper_section *s = cper_section_find(&e->section_type);
	struct cper_layout l;

	if (!s || s < cper_section_cxl_events ||
	    s >= cper_section_cxl_events + ARRAY_LEN(cper_section_cxl_events))
		return cper_fail(err, CPER_SECTION_TYPE, e->header_offset, e->index,
				 "the entry's section is of another type");
	if (cper_decode_fixed(s, e, out, &l, err) < 0)
		return -1;
	out->type = (enum cper_cxl_event_type)(s - cper_section_cxl_events);
	out->event_log = cper_extent_bytes(e, &l.parts[0]);
	return 0;
}
