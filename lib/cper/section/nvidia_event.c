// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Events of NVIDIA's devices. Fields as in OpenBMC's libcper (cper-section-nvidia-events.h).
 *
 * After the head comes information about the device, as long as its head says, then contexts, each
 * with its own length. The format type of a context says what is in it.
 */
#include "base/cleanup.h"
#include "cper/section.h"

#define U(n, off, w, ...) CPER_WIRE_UINT(n, off, w, CPER_NO_BIT, __VA_ARGS__)
#define S(n, off, w) CPER_SUB(n, off, w, .unit = NULL)
#define D(n, off, w) CPER_SUB(n, off, w, .show = CPER_SHOW_DECIMAL)
#define X(n, off, w) CPER_SUB(n, off, w, .show = CPER_SHOW_HEX)
#define T(n, off, w) CPER_WIRE(n, off, w, CPER_NO_BIT, CPER_FIELD_TEXT)

#define FIXED 35u
#define INFO_HEAD 3u /* info_version and info_size, which info_size counts */
#define CONTEXT 16u

enum { P_INFO, P_CONTEXTS, F_CONTEXT_COUNT = 1, F_INFO_SIZE = 9 };
enum { CPU, GPU };

static const struct cper_word devices[] = {
	{ CPU, "CPU" }, { GPU, "GPU" }, { 2, "DPU" }, { 3, "NIC" },
	{ 4, "SWX" },	{ 5, "BMC" },	{ 0, NULL },
};

static const struct cper_field fields[] = {
	U(event_version, 0, 1),
	U(context_count, 1, 1),
	U(source_device_type, 2, 1, .words = devices),
	U(reserved, 3, 1),
	U(event_type, 4, 2, .show = CPER_SHOW_HEX),
	U(event_subtype, 6, 2, .show = CPER_SHOW_HEX),
	U(event_link_id, 8, 8),
	CPER_WIRE(signature, 16, 16, CPER_NO_BIT, CPER_FIELD_TEXT),
	U(info_version, 32, 2, .show = CPER_SHOW_HEX),
	U(info_size, 34, 1),
};

static const struct cper_bits architecture_bits[] = {
	{ "hid_family", 0, 4, CPER_NO_BIT, NULL },
	{ "major_revision", 4, 4, CPER_NO_BIT, NULL },
	{ "chip_id", 8, 8, CPER_NO_BIT, NULL },
	{ "minor_revision", 16, 4, CPER_NO_BIT, NULL },
	{ "pre_silicon", 20, 5, CPER_NO_BIT, NULL },
	CPER_FLAG("error_injection", 31),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_field cpu_info[] = {
	D(socket, 0, 1),	 CPER_SUB(architecture, 1, 4, .bits = architecture_bits),
	X(ecid1, 5, 4),		 X(ecid2, 9, 4),
	X(ecid3, 13, 4),	 X(ecid4, 17, 4),
	S(instance_base, 21, 8), { .name = NULL },
};

static const struct cper_word originators[] = {
	{ 0, "invalid" },   { 2, "PF GSP firmware" }, { 3, "VF GSP firmware" },
	{ 4, "PF driver" }, { 5, "VF driver" },	      { 0, NULL },
};

static const struct cper_field gpu_info[] = {
	CPER_SUB(event_originator, 0, 1, .words = originators),
	D(source_partition, 1, 2),
	D(source_sub_partition, 3, 2),
	S(pdi, 5, 8),
	{ .name = NULL },
};

static const struct cper_inside cpu = { cpu_info, 0 }, gpu = { gpu_info, 0 };

static const struct cper_inside *in_info(const uint8_t *section, const uint8_t *header,
					 uint32_t *len)
{
	(void)header;
	(void)len;
	return section[2] == CPU ? &cpu : section[2] == GPU ? &gpu : NULL;
}

enum {
	OPAQUE,
	PAIRS_64,
	PAIRS_32,
	VALUES_64,
	VALUES_32,
	GPU_METADATA = 0x8000,
	GPU_XID,
	GPU_ACTIONS
};

static const struct cper_word formats[] = {
	{ OPAQUE, "opaque" },
	{ PAIRS_64, "64-bit pairs" },
	{ PAIRS_32, "32-bit pairs" },
	{ VALUES_64, "64-bit values" },
	{ VALUES_32, "32-bit values" },
	{ GPU_METADATA, "GPU metadata" },
	{ GPU_XID, "GPU Xid" },
	{ GPU_ACTIONS, "GPU recommended actions" },
	{ 0, NULL },
};

static const struct cper_field context_fields[] = {
	U(context_size, 0, 4),
	U(context_version, 4, 2),
	U(reserved, 6, 2),
	U(data_format_type, 8, 2, .words = formats),
	U(data_format_version, 10, 2),
	U(data_size, 12, 4),
};

static const struct cper_table context_table = { context_fields, ARRAY_LEN(context_fields), CONTEXT,
						 CPER_NO_FIELD, NULL };

static const struct cper_field pair64[] = { S(key, 0, 8), S(value, 8, 8), { .name = NULL } };
static const struct cper_field pair32[] = { X(key, 0, 4), X(value, 4, 4), { .name = NULL } };
static const struct cper_field value64[] = { S(value, 0, 8), { .name = NULL } };
static const struct cper_field value32[] = { X(value, 0, 4), { .name = NULL } };

static const struct cper_field metadata[] = {
	T(device_name, 0, 48),
	T(firmware_version, 48, 16),
	T(pf_driver_microcode_version, 64, 16),
	T(pf_driver_version, 80, 16),
	T(vf_driver_version, 96, 16),
	S(configuration, 112, 8),
	S(pdi, 120, 8),
	X(architecture_id, 128, 4),
	D(hardware_info_type, 132, 1),
	X(class_code, 133, 1),
	X(subclass, 134, 1),
	X(rev, 135, 1),
	X(vendor_id, 136, 2),
	X(device_id, 138, 2),
	X(subsystem_vendor_id, 140, 2),
	X(subsystem_id, 142, 2),
	S(bar0_start, 144, 8),
	S(bar0_size, 152, 8),
	S(bar1_start, 160, 8),
	S(bar1_size, 168, 8),
	S(bar2_start, 176, 8),
	S(bar2_size, 184, 8),
	{ .name = NULL },
};

static const struct cper_field xid[] = {
	D(xid_code, 0, 4),
	T(message, 4, 236),
	{ .name = NULL },
};

static const struct cper_field actions[] = {
	X(flags, 0, 1),
	D(recovery_action, 4, 2),
	D(diagnostic_flow, 6, 2),
	{ .name = NULL },
};

static const struct {
	uint16_t type;
	struct cper_inside in;
} in_formats[] = {
	{ PAIRS_64, { pair64, 16 } },	   { PAIRS_32, { pair32, 8 } },
	{ VALUES_64, { value64, 8 } },	   { VALUES_32, { value32, 4 } },
	{ GPU_METADATA, { metadata, 0 } }, { GPU_XID, { xid, 0 } },
	{ GPU_ACTIONS, { actions, 0 } },
};

/* The payload is padded: data_size says how much of it is data. */
static const struct cper_inside *in_context(const uint8_t *section, const uint8_t *header,
					    uint32_t *len)
{
	uint32_t size = le32(header + 12);

	(void)section;
	if (size < *len)
		*len = size;
	for (size_t i = 0; i < ARRAY_LEN(in_formats); i++)
		if (in_formats[i].type == le16(header + 8))
			return &in_formats[i].in;
	return NULL;
}

static const struct cper_part parts[] = {
	[P_INFO] = { .name = "event_info", .kind = CPER_PART_BYTES, .inside = in_info },
	[P_CONTEXTS] = { .name = "contexts",
			 .kind = CPER_PART_CONTEXTS,
			 .table = &context_table,
			 .payload = "data",
			 .size_field = 0,
			 .size_adds = CONTEXT,
			 .inside = in_context },
};

/* As much information and as many contexts as the section says and has. */
static int layout(const struct cper_entry *e, struct cper_layout *l, struct cper_err *err)
{
	uint32_t left = e->section_len - l->fixed, info, size, start;

	(void)err;
	l->parts[P_INFO].offset = l->parts[P_CONTEXTS].offset = l->end;
	if (l->fixed < FIXED)
		return 0;
	info = e->section[34] > INFO_HEAD ? e->section[34] - INFO_HEAD : 0;
	if (info > left)
		return 0;
	l->parts[P_INFO].len = info;
	start = l->end = FIXED + info;
	for (uint32_t n = 0; n < e->section[1] && e->section_len - l->end >= CONTEXT; n++) {
		size = le32(e->section + l->end);
		if (size < CONTEXT || size > e->section_len - l->end)
			break;
		l->end += size;
		l->parts[P_CONTEXTS].count++;
	}
	l->parts[P_CONTEXTS].offset = start;
	l->parts[P_CONTEXTS].len = l->end - start;
	return 0;
}

static void seal(uint8_t *wire, const struct cper_layout *l, uint64_t given)
{
	if (!(given & 1u << F_INFO_SIZE) && l->parts[P_INFO].len <= UINT8_MAX - INFO_HEAD)
		wire[34] = (uint8_t)(l->parts[P_INFO].len + INFO_HEAD);
	if (!(given & 1u << F_CONTEXT_COUNT) && l->parts[P_CONTEXTS].count <= UINT8_MAX)
		wire[1] = (uint8_t)l->parts[P_CONTEXTS].count;
}

const struct cper_section cper_section_nvidia_event = {
	/* 9068e568-6ca0-11f0-aeaf-159343591eac */
	.guid = { { 0x68, 0xe5, 0x68, 0x90, 0xa0, 0x6c, 0xf0, 0x11, 0xae, 0xaf, 0x15, 0x93, 0x43,
		    0x59, 0x1e, 0xac } },
	.kind = "nvidia_event",
	.title = "NVIDIA event",
	.spec = "cper-section-nvidia-events.h of libcper",
	.table = { fields, ARRAY_LEN(fields), FIXED, CPER_NO_FIELD, NULL },
	.parts = parts,
	.nr_parts = ARRAY_LEN(parts),
	.layout = layout,
	.seal = seal,
};
