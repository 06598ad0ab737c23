// SPDX-License-Identifier: LGPL-2.1-or-later
/* Generic processor error, UEFI 2.10 N.2.4.1. */
#include "base/cleanup.h"
#include "cper/section.h"

static const struct cper_word types[] = {
	{ 0, "IA32/X64" },
	{ 1, "IA64" },
	{ 2, "ARM" },
	{ 0, NULL },
};

static const struct cper_word isas[] = {
	{ 0, "IA32" },	      { 1, "IA64" },	{ 2, "X64" },
	{ 3, "ARM A32/T32" }, { 4, "ARM A64" }, { 0, NULL },
};

static const struct cper_bits errors[] = {
	CPER_FLAG("cache", 0),	 CPER_FLAG("tlb", 1),
	CPER_FLAG("bus", 2),	 CPER_FLAG("micro_architectural", 3),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_word operations[] = {
	{ 0, "unknown or generic" },	{ 1, "data read" }, { 2, "data write" },
	{ 3, "instruction execution" }, { 0, NULL },
};

static const struct cper_bits flags[] = {
	CPER_FLAG("restartable", 0), CPER_FLAG("precise_ip", 1), CPER_FLAG("overflow", 2),
	CPER_FLAG("corrected", 3),   { NULL, 0, 0, 0, NULL },
};

#define F(n, off, w, bit, ...) CPER_UINT(cper_generic, n, off, w, bit, __VA_ARGS__)

static const struct cper_field fields[] = {
	F(validation_bits, 0, 8, CPER_NO_BIT),
	F(processor_type, 8, 1, 0, .words = types),
	F(processor_isa, 9, 1, 1, .words = isas),
	F(error_type, 10, 1, 2, .bits = errors),
	F(operation, 11, 1, 3, .words = operations),
	F(flags, 12, 1, 4, .bits = flags),
	F(level, 13, 1, 5),
	CPER_RESERVED(reserved, 14, 2, CPER_FIELD_UINT),
	F(cpu_version, 16, 8, 6),
	CPER_TEXT(cper_generic, cpu_brand, 24, 128, 7),
	F(processor_id, 152, 8, 8),
	F(target_address, 160, 8, 9, .unit = "address"),
	F(requestor_id, 168, 8, 10),
	F(responder_id, 176, 8, 11),
	F(instruction_ip, 184, 8, 12, .unit = "address"),
};

const struct cper_section cper_section_generic = {
	/* 9876ccad-47b4-4bdb-b65e-16f193c4f3db */
	.guid = { { 0xad, 0xcc, 0x76, 0x98, 0xb4, 0x47, 0xdb, 0x4b, 0xb6, 0x5e, 0x16, 0xf1, 0x93,
		    0xc4, 0xf3, 0xdb } },
	.kind = "proc_generic",
	.title = "generic processor error",
	.spec = "UEFI 2.10 N.2.4.1",
	.min_size = 192,
	.table = { fields, ARRAY_LEN(fields), 192, 0, NULL },
};

int cper_put_generic(struct cper_builder *b, const struct cper_entry_info *info,
		     const struct cper_generic *p)
{
	return cper_put_fixed(b, info, &cper_section_generic, p);
}

int cper_decode_generic(const struct cper_entry *e, struct cper_generic *out, struct cper_err *err)
{
	return cper_decode_fixed(&cper_section_generic, e, out, NULL, err);
}
