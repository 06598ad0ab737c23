// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sections of AMD's GPU driver (drivers/gpu/drm/amd/include/amd_cper.h of Linux). The runtime
 * section has the form of an x86 processor error, with the registers of an ACA bank as context. A
 * crash dump has a bank's registers, or the messages of the boot, by its context type.
 */
#include "base/cleanup.h"
#include "cper/section.h"

#define U(n, off, w, bit, ...) CPER_WIRE_UINT(n, off, w, bit, __VA_ARGS__)
#define REGISTER(n, off) CPER_SUB(n, off, 8, .unit = NULL)

static const struct cper_bits count_bits[] = {
	{ "error_info_num", 2, 6, CPER_NO_BIT, NULL },
	{ "context_info_num", 8, 6, CPER_NO_BIT, NULL },
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_field runtime_fields[] = {
	U(validation_bits, 0, 8, CPER_NO_BIT, .bits = count_bits),
	U(apic_id, 8, 8, 0),
	CPER_WIRE(fw_id, 16, 48, 1, CPER_FIELD_TEXT),
};

/* 32 words, of which these are used. */
static const struct cper_field bank_registers[] = {
	REGISTER(ctl, 0),     CPER_SUB(status, 8, 8, .bits = cper_mci_status_amd_bits),
	REGISTER(addr, 16),   REGISTER(misc0, 24),
	REGISTER(config, 32), CPER_SUB(ipid, 40, 8, .bits = cper_mca_ipid_bits),
	REGISTER(synd, 48),   { .name = NULL },
};

static const struct cper_inside bank = { bank_registers, 0 };

static const struct cper_inside *in_context(const uint8_t *section, const uint8_t *header,
					    uint32_t *len)
{
	(void)section;
	(void)header;
	(void)len;
	return &bank;
}

static const struct cper_part runtime_parts[] = {
	{ .name = "error_info", .kind = CPER_PART_STRUCTS, .table = &cper_x86_info_table },
	{ .name = "context_info",
	  .kind = CPER_PART_CONTEXTS,
	  .table = &cper_x86_context_table,
	  .payload = "registers",
	  .size_field = 1,
	  .inside = in_context },
};

const struct cper_section cper_section_amd_runtime = {
	/* 32ac0c78-2623-48f6-81a2-ac691780551d */
	.guid = { { 0x78, 0x0c, 0xac, 0x32, 0x23, 0x26, 0xf6, 0x48, 0x81, 0xa2, 0xac, 0x69, 0x17,
		    0x80, 0x55, 0x1d } },
	.kind = "amd_runtime",
	.title = "AMD GPU runtime error",
	.spec = "amd_cper.h of Linux",
	.min_size = 64,
	.table = { runtime_fields, ARRAY_LEN(runtime_fields), 64, 0, NULL },
	.parts = runtime_parts,
	.nr_parts = ARRAY_LEN(runtime_parts),
	.layout = cper_x86_layout,
	.seal = cper_x86_seal,
};

enum { CONTEXT_CRASH = 1, CONTEXT_BOOT = 9 };

static const struct cper_word context_types[] = {
	{ CONTEXT_CRASH, "crash" },
	{ CONTEXT_BOOT, "boot" },
	{ 0, NULL },
};

static const struct cper_field crash_fields[] = {
	U(reserved1, 0, 8, CPER_NO_BIT),
	U(reserved2, 8, 8, CPER_NO_BIT),
	CPER_WIRE(fw_id, 16, 48, CPER_NO_BIT, CPER_FIELD_TEXT),
	CPER_WIRE(reserved3, 64, 64, CPER_NO_BIT, CPER_FIELD_BYTES),
	U(register_context_type, 128, 2, CPER_NO_BIT, .words = context_types),
	U(register_array_size, 130, 2, CPER_NO_BIT),
	U(reserved4, 132, 4, CPER_NO_BIT),
	U(reserved5, 136, 8, CPER_NO_BIT),
};

static const struct cper_field crash_registers[] = {
	CPER_SUB(status, 0, 8, .bits = cper_mci_status_amd_bits),
	REGISTER(addr, 8),
	CPER_SUB(ipid, 16, 8, .bits = cper_mca_ipid_bits),
	REGISTER(synd, 24),
	{ .name = NULL },
};

static const struct cper_field boot_message[] = { REGISTER(message, 0), { .name = NULL } };
static const struct cper_inside crash = { crash_registers, 0 }, boot = { boot_message, 8 };

static const struct cper_inside *in_dump(const uint8_t *section, const uint8_t *header,
					 uint32_t *len)
{
	uint16_t type = le16(section + 128);

	(void)header;
	(void)len;
	return type == CONTEXT_CRASH ? &crash : type == CONTEXT_BOOT ? &boot : NULL;
}

static const struct cper_part crash_parts[] = {
	{ .name = "dump", .kind = CPER_PART_BYTES, .optional = true, .inside = in_dump },
};

const struct cper_section cper_section_amd_crash = {
	/* 32ac0c78-2623-48f6-b0d0-7365725fd6ae */
	.guid = { { 0x78, 0x0c, 0xac, 0x32, 0x23, 0x26, 0xf6, 0x48, 0xb0, 0xd0, 0x73, 0x65, 0x72,
		    0x5f, 0xd6, 0xae } },
	.kind = "amd_crash",
	.title = "AMD GPU crash dump",
	.spec = "amd_cper.h of Linux",
	.table = { crash_fields, ARRAY_LEN(crash_fields), 144, CPER_NO_FIELD, NULL },
	.parts = crash_parts,
	.nr_parts = ARRAY_LEN(crash_parts),
	.layout = cper_tail_layout,
};
