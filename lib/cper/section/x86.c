// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * IA32/X64 processor error, UEFI 2.10 N.2.4.2: 64 fixed bytes, error information of 64 bytes each,
 * register contexts. The counts are bits of validation_bits.
 */
#include "base/cleanup.h"
#include "cper/section.h"

#define FIXED 64u
#define INFO 64u
#define CONTEXT 16u
#define MAX_COUNT 63u

enum { P_INFO, P_CONTEXTS };

#define CACHE_CHECK                                                                             \
	{                                                                                       \
		{                                                                               \
			0xf5, 0x01, 0x57, 0xa5, 0xef, 0xe3, 0xde, 0x43, 0xac, 0x72, 0x24, 0x9b, \
				0x57, 0x3f, 0xad, 0x2c                                          \
		}                                                                               \
	}
#define TLB_CHECK                                                                               \
	{                                                                                       \
		{                                                                               \
			0x35, 0xb5, 0x06, 0xfc, 0x1f, 0x5e, 0x62, 0x45, 0x9f, 0x25, 0x0a, 0x3b, \
				0x9a, 0xdb, 0x63, 0xc3                                          \
		}                                                                               \
	}
#define BUS_CHECK                                                                               \
	{                                                                                       \
		{                                                                               \
			0xb3, 0xf8, 0xf3, 0x1c, 0xb1, 0xc5, 0xa2, 0x49, 0xaa, 0x59, 0x5e, 0xef, \
				0x92, 0xff, 0xa6, 0x3c                                          \
		}                                                                               \
	}
#define MS_CHECK                                                                                \
	{                                                                                       \
		{                                                                               \
			0x57, 0x7f, 0xab, 0x48, 0x34, 0xdc, 0x6c, 0x4f, 0xa7, 0xd3, 0xb0, 0xb5, \
				0xb0, 0xa7, 0x43, 0x14                                          \
		}                                                                               \
	}

const struct cper_guid cper_x86_cache_check = CACHE_CHECK, cper_x86_tlb_check = TLB_CHECK,
		       cper_x86_bus_check = BUS_CHECK, cper_x86_ms_check = MS_CHECK;

static const struct cper_bits valid_bits[] = {
	{ "error_info_num", 2, 6, CPER_NO_BIT, NULL },
	{ "context_info_num", 8, 6, CPER_NO_BIT, NULL },
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_field fields[] = {
	CPER_UINT(cper_x86, validation_bits, 0, 8, CPER_NO_BIT, .bits = valid_bits),
	CPER_UINT(cper_x86, local_apic_id, 8, 8, 0),
	CPER_BYTES(cper_x86, cpuid_info, 16, 48, 1),
};

static const struct cper_word cache_operations[] = {
	{ 0, "generic error" }, { 1, "generic read" },
	{ 2, "generic write" }, { 3, "data read" },
	{ 4, "data write" },	{ 5, "instruction fetch" },
	{ 6, "prefetch" },	{ 7, "eviction" },
	{ 8, "snoop" },		{ 0, NULL },
};

static const struct cper_word space_words[] = {
	{ 0, "memory access" },	    { 1, "reserved" }, { 2, "I/O" },
	{ 3, "other transaction" }, { 0, NULL },
};

static const struct cper_word ms_words[] = {
	{ 0, "no error" },
	{ 1, "unclassified" },
	{ 2, "microcode ROM parity error" },
	{ 3, "external error" },
	{ 4, "FRC error" },
	{ 5, "internal unclassified" },
	{ 0, NULL },
};

#define COMMON(operations)                                                            \
	{ "transaction_type", 16, 2, 0, cper_transaction_words },                     \
		{ "operation", 18, 4, 1, (operations) }, { "level", 22, 3, 2, NULL }, \
		{ "processor_context_corrupt", 25, 1, 3, NULL },                      \
		{ "uncorrected", 26, 1, 4, NULL }, { "precise_ip", 27, 1, 5, NULL },  \
		{ "restartable_ip", 28, 1, 6, NULL },                                 \
	{                                                                             \
		"overflow", 29, 1, 7, NULL                                            \
	}

static const struct cper_bits cache_bits[] = {
	COMMON(cache_operations),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_bits tlb_bits[] = {
	COMMON(cper_operation_words),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_bits bus_bits[] = {
	COMMON(cper_operation_words),  { "participation_type", 30, 2, 8, cper_participation_words },
	{ "timeout", 32, 1, 9, NULL }, { "address_space", 33, 2, 10, space_words },
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_bits ms_bits[] = {
	{ "error_type", 16, 3, 0, ms_words },
	{ "processor_context_corrupt", 19, 1, 1, NULL },
	{ "uncorrected", 20, 1, 2, NULL },
	{ "precise_ip", 21, 1, 3, NULL },
	{ "restartable_ip", 22, 1, 4, NULL },
	{ "overflow", 23, 1, 5, NULL },
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_guid_word checks[] = {
	{ CACHE_CHECK, "cache", cache_bits },
	{ TLB_CHECK, "TLB", tlb_bits },
	{ BUS_CHECK, "bus", bus_bits },
	{ MS_CHECK, "micro-architecture specific", ms_bits },
	/* 32ac0c78-2623-48f6-81a2-ac691780551d: in the section of that type (amdgpu.c) */
	{ { { 0x78, 0x0c, 0xac, 0x32, 0x23, 0x26, 0xf6, 0x48, 0x81, 0xa2, 0xac, 0x69, 0x17, 0x80,
	      0x55, 0x1d } },
	  "AMD GPU",
	  ms_bits },
	{ { { 0 } }, NULL, NULL },
};

static const struct cper_bits *check_bits(const uint8_t *info)
{
	const struct cper_guid_word *w = cper_guid_word(checks, info);

	return w ? w->bits : NULL;
}

#define I(n, off, w, bit, ...) CPER_UINT(cper_x86_error_info, n, off, w, bit, __VA_ARGS__)

static const struct cper_field info_fields[] = {
	CPER_GUID(cper_x86_error_info, error_structure_type, 0, CPER_NO_BIT, .guids = checks),
	I(validation_bits, 16, 8, CPER_NO_BIT),
	I(check_info, 24, 8, 0, .choose = check_bits),
	I(target_id, 32, 8, 1),
	I(requestor_id, 40, 8, 2),
	I(responder_id, 48, 8, 3),
	I(instruction_pointer, 56, 8, 4, .unit = "address"),
};

const struct cper_table cper_x86_info_table = { info_fields, ARRAY_LEN(info_fields), INFO, 1,
						NULL };

static const struct cper_word context_types[] = {
	{ 0, "unclassified data" },
	{ 1, "MSR registers" },
	{ 2, "32-bit mode execution context" },
	{ 3, "64-bit mode execution context" },
	{ 4, "FXSAVE context" },
	{ 5, "32-bit mode debug registers" },
	{ 6, "64-bit mode debug registers" },
	{ 7, "memory mapped registers" },
	{ 0, NULL },
};

static const struct cper_field context_fields[] = {
	CPER_NAMED(cper_context, register_context_type, type, 0, 2, .words = context_types),
	CPER_COUNT(register_array_size, 2, 2, CPER_NO_BIT),
	CPER_UINT(cper_context, msr_address, 4, 4, CPER_NO_BIT, .unit = "MSR"),
	CPER_UINT(cper_context, mm_register_address, 8, 8, CPER_NO_BIT, .unit = "address"),
};

const struct cper_table cper_x86_context_table = { context_fields, ARRAY_LEN(context_fields),
						   CONTEXT, CPER_NO_FIELD, NULL };

static const struct cper_part parts[] = {
	[P_INFO] = { .name = "error_info",
		     .kind = CPER_PART_STRUCTS,
		     .table = &cper_x86_info_table },
	[P_CONTEXTS] = { .name = "context_info",
			 .kind = CPER_PART_CONTEXTS,
			 .table = &cper_x86_context_table,
			 .payload = "registers",
			 .size_field = 1,
			 .inside = cper_in_x86_context },
};

int cper_x86_layout(const struct cper_entry *e, struct cper_layout *l, struct cper_err *err)
{
	uint64_t bits = le64(e->section), base = e->section_offset, pos = FIXED;
	uint32_t infos = bits >> 2 & MAX_COUNT, contexts = bits >> 8 & MAX_COUNT;

	pos += (uint64_t)infos * INFO;
	if (pos > e->section_len)
		return cper_fail(err, CPER_IA_ERR_INFO, base, e->index,
				 "more error information than fits");
	l->parts[P_INFO] = (struct cper_extent){ FIXED, infos * INFO, infos };
	l->parts[P_CONTEXTS] = (struct cper_extent){ (uint32_t)pos, 0, contexts };
	if (pos + (uint64_t)contexts * CONTEXT > e->section_len)
		return cper_fail(err, CPER_IA_CONTEXT, base, e->index, "more contexts than fit");
	for (uint32_t i = 0; i < contexts; i++) {
		uint32_t size;

		if (pos + CONTEXT > e->section_len)
			return cper_fail(err, CPER_IA_CONTEXT, base, e->index,
					 "more contexts than fit");
		size = le16(e->section + pos + 2);
		if (pos + CONTEXT + size > e->section_len)
			return cper_fail(err, CPER_IA_CONTEXT, base + pos + 2, e->index,
					 "a register array overruns the section");
		pos += CONTEXT + size;
	}
	l->parts[P_CONTEXTS].len = (uint32_t)pos - l->parts[P_CONTEXTS].offset;
	l->end = (uint32_t)pos;
	return 0;
}

void cper_x86_seal(uint8_t *wire, const struct cper_layout *l, uint64_t given)
{
	uint64_t bits = le64(wire) & ~((uint64_t)MAX_COUNT << 2 | (uint64_t)MAX_COUNT << 8);

	if (given & 1)
		return;
	bits |= (uint64_t)(l->parts[P_INFO].count & MAX_COUNT) << 2;
	bits |= (uint64_t)(l->parts[P_CONTEXTS].count & MAX_COUNT) << 8;
	le_store(wire, 8, bits);
}

const struct cper_section cper_section_x86 = {
	/* dc3ea0b0-a144-4797-b95b-53fa242b6e1d */
	.guid = { { 0xb0, 0xa0, 0x3e, 0xdc, 0x44, 0xa1, 0x97, 0x47, 0xb9, 0x5b, 0x53, 0xfa, 0x24,
		    0x2b, 0x6e, 0x1d } },
	.kind = "proc_ia",
	.title = "IA32/X64 processor error",
	.spec = "UEFI 2.10 N.2.4.2",
	.min_size = FIXED,
	.table = { fields, ARRAY_LEN(fields), FIXED, 0, NULL },
	.parts = parts,
	.nr_parts = ARRAY_LEN(parts),
	.layout = cper_x86_layout,
	.seal = cper_x86_seal,
};

int cper_put_x86(struct cper_builder *b, const struct cper_entry_info *info,
		 const struct cper_x86 *x)
{
	struct cper_layout l = { .parts = { { .count = x->nr_info },
					    { .count = x->nr_contexts } } };
	uint64_t len = FIXED + (uint64_t)x->nr_info * INFO, at = len;
	uint8_t *wire;

	if (x->nr_info > MAX_COUNT)
		return cper_fail(&b->err, CPER_IA_ERR_INFO, b->need, (uint16_t)b->entries,
				 "at most 63 of error information");
	for (uint16_t i = 0; i < x->nr_contexts; i++) {
		if (x->nr_contexts > MAX_COUNT || x->contexts[i].registers.len > UINT16_MAX)
			return cper_fail(&b->err, CPER_IA_CONTEXT, b->need, (uint16_t)b->entries,
					 "at most 63 contexts of at most 65535 bytes");
		len += CONTEXT + x->contexts[i].registers.len;
	}
	wire = cper_build_reserve(b, info, &cper_section_x86.guid, len);
	if (!wire)
		return -1;
	cper_table_encode(&cper_section_x86.table, x, wire);
	for (uint16_t i = 0; i < x->nr_info; i++)
		cper_table_encode(&cper_x86_info_table, &x->info[i],
				  wire + FIXED + (size_t)i * INFO);
	for (uint16_t i = 0; i < x->nr_contexts; i++) {
		const struct cper_bytes *r = &x->contexts[i].registers;

		cper_table_encode(&cper_x86_context_table, &x->contexts[i], wire + at);
		le_store(wire + at + 2, 2, r->len);
		if (r->len)
			memcpy(wire + at + CONTEXT, r->data, r->len);
		at += CONTEXT + r->len;
	}
	cper_x86_seal(wire, &l, 0);
	return 0;
}

int cper_decode_x86(const struct cper_entry *e, struct cper_x86 *out, struct cper_err *err)
{
	struct cper_layout l;

	if (cper_section_open(&cper_section_x86, e, &l, err) < 0)
		return -1;
	memset(out, 0, sizeof(*out));
	cper_table_decode(&cper_section_x86.table, e->section, e->section_len, out);
	out->nr_info = (uint16_t)l.parts[P_INFO].count;
	out->nr_contexts = (uint16_t)l.parts[P_CONTEXTS].count;
	return 0;
}

int cper_x86_info_at(const struct cper_entry *e, uint16_t i, struct cper_x86_error_info *out)
{
	struct cper_layout l;

	if (cper_section_open(&cper_section_x86, e, &l, NULL) < 0 || i >= l.parts[P_INFO].count)
		return 0;
	cper_table_decode(&cper_x86_info_table, e->section + FIXED + (size_t)i * INFO, INFO, out);
	return 1;
}

int cper_context_next(const struct cper_entry *e, uint32_t *pos, struct cper_context *out)
{
	const struct cper_section *s = cper_section_find(&e->section_type);
	struct cper_layout l;
	uint32_t at, payload;

	if ((s != &cper_section_arm && s != &cper_section_x86) ||
	    cper_section_layout(s, e, &l, NULL) < 0 ||
	    !cper_part_next(&s->parts[1], &l.parts[1], e->section, pos, &at, &payload))
		return 0;
	memset(out, 0, sizeof(*out));
	cper_table_decode(s->parts[1].table, e->section + at, s->parts[1].table->size, out);
	out->registers = (struct cper_bytes){ e->section + at + s->parts[1].table->size, payload };
	return 1;
}
