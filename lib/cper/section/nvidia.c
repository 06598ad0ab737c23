// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The section of NVIDIA's processors (Grace). Fields as in OpenBMC's libcper (Cper.h). It has pairs
 * of address and value, except for two signatures: FWERROR has a structure of its own instead,
 * CMET-INFO what is known of each memory channel.
 */
#include "base/cleanup.h"
#include "cper/section.h"

#define U(n, off, w, ...) CPER_WIRE_UINT(n, off, w, CPER_NO_BIT, __VA_ARGS__)
#define S(n, off, w) CPER_SUB(n, off, w, .unit = NULL)
#define T(n, off, w) CPER_WIRE(n, off, w, CPER_NO_BIT, CPER_FIELD_TEXT)

#define FIXED 32u
#define PAIR 16u

enum { P_REGISTERS, P_CHANNELS, P_FIRMWARE, F_REGISTER_COUNT = 5 };

static const struct cper_field fields[] = {
	CPER_WIRE(signature, 0, 16, CPER_NO_BIT, CPER_FIELD_TEXT),
	U(error_type, 16, 2),
	U(error_instance, 18, 2),
	U(severity, 20, 1, .words = cper_severity_words),
	U(socket, 21, 1),
	U(register_count, 22, 1),
	U(reserved, 23, 1),
	U(instance_base, 24, 8, .unit = "address"),
};

static const struct cper_field pair_fields[] = {
	U(address, 0, 8, .unit = "address"),
	U(value, 8, 8),
};

static const struct cper_table pair_table = { pair_fields, ARRAY_LEN(pair_fields), PAIR,
					      CPER_NO_FIELD, NULL };

static const struct cper_word disabled_reasons[] = {
	{ 0, "alias checker failed" },
	{ 1, "training at POR frequency failed" },
	{ 2, "training at boot frequency failed" },
	{ 3, "threshold of bad pages exceeded" },
	{ 0, NULL },
};

static const struct cper_bits channel_bits[] = {
	CPER_FLAG("enabled", 0),
	CPER_FLAG("spare", 1),
	CPER_FLAG("permanently_disabled", 2),
	{ "disabled_reason", 3, 2, CPER_NO_BIT, disabled_reasons },
	{ NULL, 0, 0, 0, NULL },
};

/* A channel that is enabled has no reason, though 0 has a word. */
static const struct cper_bits channel_enabled_bits[] = {
	CPER_FLAG("enabled", 0),
	CPER_FLAG("spare", 1),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_bits *bits_of_channel(const uint8_t *channel)
{
	return channel[12] & 1 ? channel_enabled_bits : channel_bits;
}

static const struct cper_field channel_fields[] = {
	U(channel_address, 0, 8, .unit = "address"),
	U(error_count, 8, 4),
	U(state, 12, 4, .bits = channel_bits, .choose = bits_of_channel),
};

static const struct cper_table channel_table = { channel_fields, ARRAY_LEN(channel_fields), PAIR,
						 CPER_NO_FIELD, NULL };

static const struct cper_field firmware_fields[] = {
	T(initiating_firmware, 0, 8),
	S(task_checkpoint, 8, 8),
	S(mb1_error_code, 16, 8),
	T(mb1_version_string, 24, 8),
	S(bad_pages_retired_mask, 32, 8),
	S(training_or_alias_check_retired_mask, 40, 8),
	S(worst_bad_pages_channel_number, 48, 4),
	S(worst_bad_pages_bad_page_count, 52, 4),
	S(second_worst_bad_pages_channel_number, 56, 4),
	S(second_worst_bad_pages_bad_page_count, 60, 4),
	S(third_worst_bad_pages_channel_number, 64, 4),
	S(third_worst_bad_pages_bad_page_count, 68, 4),
	S(mss_aon_cfg_scratch_register_0, 72, 8),
	S(scratch_dram_disable, 80, 8),
	{ .name = NULL },
};

static const struct cper_part parts[] = {
	[P_REGISTERS] = { .name = "registers",
			  .kind = CPER_PART_STRUCTS,
			  .optional = true,
			  .table = &pair_table },
	[P_CHANNELS] = { .name = "channels",
			 .kind = CPER_PART_STRUCTS,
			 .optional = true,
			 .table = &channel_table },
	[P_FIRMWARE] = { .name = "firmware_error",
			 .kind = CPER_PART_BYTES,
			 .optional = true,
			 .sub = firmware_fields },
};

/* As many structures as the section says and has. */
static int layout(const struct cper_entry *e, struct cper_layout *l, struct cper_err *err)
{
	uint32_t left = e->section_len - l->fixed, n;

	(void)err;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		l->parts[i].offset = l->end;
	if (!left)
		return 0;
	if (!strncmp((const char *)e->section, "FWERROR", 16)) {
		l->parts[P_FIRMWARE].len = left;
		l->end += left;
		return 0;
	}
	n = e->section[22] < left / PAIR ? e->section[22] : left / PAIR;
	l->parts[strncmp((const char *)e->section, "CMET-INFO", 16) ? P_REGISTERS : P_CHANNELS] =
		(struct cper_extent){ FIXED, n * PAIR, n };
	l->end += n * PAIR;
	l->parts[P_FIRMWARE].offset = l->end;
	return 0;
}

static void seal(uint8_t *wire, const struct cper_layout *l, uint64_t given)
{
	uint32_t n = l->parts[P_REGISTERS].count + l->parts[P_CHANNELS].count;

	if (n && n <= UINT8_MAX && !(given & 1u << F_REGISTER_COUNT))
		wire[22] = (uint8_t)n;
}

const struct cper_section cper_section_nvidia = {
	/* 6d5244f2-2712-11ec-bea7-cb3fdb95c786 */
	.guid = { { 0xf2, 0x44, 0x52, 0x6d, 0x12, 0x27, 0xec, 0x11, 0xbe, 0xa7, 0xcb, 0x3f, 0xdb,
		    0x95, 0xc7, 0x86 } },
	.kind = "nvidia",
	.title = "NVIDIA error",
	.spec = "Cper.h of libcper",
	.table = { fields, ARRAY_LEN(fields), FIXED, CPER_NO_FIELD, NULL },
	.parts = parts,
	.nr_parts = ARRAY_LEN(parts),
	.layout = layout,
	.seal = seal,
};
