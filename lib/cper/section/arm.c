// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * ARM processor error, UEFI 2.10 N.2.4.4: 40 fixed bytes, error information of 32 bytes each,
 * register contexts, vendor bytes. Linux 6.12 trusts every count and size in it, so all sums are
 * checked here.
 *
 * Firmware of Ampere Altra and others writes a length of 0x50 or 0x68 in the error information and
 * puts vendor bytes behind 32 bytes of it. Linux prints a structure every 32 bytes and takes the
 * rest for contexts and vendor bytes, and so do we. Only if there is no structure at such a place,
 * the lengths tell where the next one is.
 */
#include "base/cleanup.h"
#include "cper/section.h"

#define FIXED 40u
#define INFO 32u
#define CONTEXT 8u
#define CONTEXT_TYPES 9u

enum { F_VALID, F_NR_INFO, F_NR_CONTEXTS, F_LENGTH };
enum { P_INFO, P_CONTEXTS, P_VENDOR };

static const struct cper_bits running_bits[] = {
	CPER_FLAG("running", 0),
	{ NULL, 0, 0, 0, NULL },
};

#define F(n, off, w, bit, ...) CPER_UINT(cper_arm, n, off, w, bit, __VA_ARGS__)

static const struct cper_field fields[] = {
	[F_VALID] = F(validation_bits, 0, 4, CPER_NO_BIT),
	[F_NR_INFO] = CPER_COUNT(err_info_num, 4, 2, CPER_NO_BIT),
	[F_NR_CONTEXTS] = CPER_COUNT(context_info_num, 6, 2, CPER_NO_BIT),
	[F_LENGTH] = CPER_COUNT(section_length, 8, 4, CPER_NO_BIT),
	F(error_affinity_level, 12, 1, 1),
	CPER_RESERVED(reserved, 13, 3, CPER_FIELD_UINT),
	F(mpidr_el1, 16, 8, 0),
	F(midr_el1, 24, 8, CPER_NO_BIT),
	F(running_state, 32, 4, 2, .bits = running_bits),
	F(psci_state, 36, 4, 2),
};

/*
 * The bits as Linux and QEMU use them: bit 1 cache ... bit 4 micro-architectural. Before UEFI 2.9A
 * the type was a number, and Kunpeng 920 still writes it. Of those numbers 0, 1 and 3 are no set of
 * today's bits. 2, a bus error then, is a cache error now.
 */
static const struct cper_word type_words[] = {
	{ 0, "cache (pre-2.9A)" },
	{ 1, "tlb (pre-2.9A)" },
	{ 3, "micro_architectural (pre-2.9A)" },
	{ 0, NULL },
};

static const struct cper_bits type_bits[] = {
	CPER_FLAG("cache", 1),	 CPER_FLAG("tlb", 2),
	CPER_FLAG("bus", 3),	 CPER_FLAG("micro_architectural", 4),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_word multiple_words[] = {
	{ 0, "single error" },
	{ 1, "multiple errors" },
	{ 0, NULL },
};

static const struct cper_bits flag_bits[] = {
	CPER_FLAG("first_error", 0), CPER_FLAG("last_error", 1), CPER_FLAG("propagated", 2),
	CPER_FLAG("overflow", 3),    { NULL, 0, 0, 0, NULL },
};

static const struct cper_word cache_operations[] = {
	{ 0, "generic error" }, { 1, "generic read" }, { 2, "generic write" },
	{ 3, "data read" },	{ 4, "data write" },   { 5, "instruction fetch" },
	{ 6, "prefetch" },	{ 7, "eviction" },     { 8, "snooping" },
	{ 9, "snooped" },	{ 10, "management" },  { 0, NULL },
};

static const struct cper_word tlb_operations[] = {
	{ 0, "generic error" },
	{ 1, "generic read" },
	{ 2, "generic write" },
	{ 3, "data read" },
	{ 4, "data write" },
	{ 5, "instruction fetch" },
	{ 6, "prefetch" },
	{ 7, "local management" },
	{ 8, "external management" },
	{ 0, NULL },
};

static const struct cper_word space_words[] = {
	{ 0, "external memory" },
	{ 1, "internal memory" },
	{ 3, "device memory" },
	{ 0, NULL },
};

static const struct cper_word mode_words[] = {
	{ 0, "secure" },
	{ 1, "normal" },
	{ 0, NULL },
};

#define COMMON(operations)                                                                        \
	{ "transaction_type", 16, 2, 0, cper_transaction_words },                                 \
		{ "operation", 18, 4, 1, (operations) }, { "level", 22, 3, 2, NULL },             \
		{ "processor_context_corrupt", 25, 1, 3, NULL }, { "corrected", 26, 1, 4, NULL }, \
		{ "precise_pc", 27, 1, 5, NULL },                                                 \
	{                                                                                         \
		"restartable_pc", 28, 1, 6, NULL                                                  \
	}

static const struct cper_bits cache_bits[] = {
	COMMON(cache_operations),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_bits tlb_bits[] = {
	COMMON(tlb_operations),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_bits bus_bits[] = {
	COMMON(cper_operation_words),
	{ "participation_type", 29, 2, 7, cper_participation_words },
	{ "timeout", 31, 1, 8, NULL },
	{ "address_space", 32, 2, 9, space_words },
	{ "memory_attributes", 34, 9, 10, NULL },
	{ "access_mode", 43, 1, 11, mode_words },
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_bits *bits_of_type(const uint8_t *info)
{
	return cper_word(type_words, info[4]) ? NULL : type_bits;
}

/* The fields depend on the type. Vendor types have no common meaning. */
static const struct cper_bits *information_bits(const uint8_t *info)
{
	uint8_t type = info[4];

	if (type < 2)
		return type ? tlb_bits : cache_bits;
	if (type == 3 || (type & CPER_ARM_TYPE_MICROARCH))
		return NULL;
	return type & CPER_ARM_TYPE_CACHE ? cache_bits :
	       type & CPER_ARM_TYPE_TLB	  ? tlb_bits :
	       type & CPER_ARM_TYPE_BUS	  ? bus_bits :
					    NULL;
}

#define I(n, off, w, bit, ...) CPER_UINT(cper_arm_error_info, n, off, w, bit, __VA_ARGS__)

static const struct cper_field info_fields[] = {
	I(version, 0, 1, CPER_NO_BIT),
	I(length, 1, 1, CPER_NO_BIT),
	I(validation_bits, 2, 2, CPER_NO_BIT),
	I(type, 4, 1, CPER_NO_BIT, .words = type_words, .bits = type_bits, .choose = bits_of_type),
	I(multiple_error, 5, 2, 0, .words = multiple_words),
	I(flags, 7, 1, 1, .bits = flag_bits),
	I(error_information, 8, 8, 2, .choose = information_bits),
	I(virtual_fault_address, 16, 8, 3, .unit = "address"),
	I(physical_fault_address, 24, 8, 4, .unit = "address"),
};

static const struct cper_table info_table = { info_fields, ARRAY_LEN(info_fields), INFO, 2, NULL };

static const struct cper_word context_types[] = {
	{ 0, "AArch32 general purpose registers" }, { 1, "AArch32 EL1 context registers" },
	{ 2, "AArch32 EL2 context registers" },	    { 3, "AArch32 secure context registers" },
	{ 4, "AArch64 general purpose registers" }, { 5, "AArch64 EL1 context registers" },
	{ 6, "AArch64 EL2 context registers" },	    { 7, "AArch64 EL3 context registers" },
	{ 8, "misc. system register structure" },   { 0, NULL },
};

static const struct cper_field context_fields[] = {
	CPER_UINT(cper_context, version, 0, 2, CPER_NO_BIT),
	CPER_NAMED(cper_context, register_context_type, type, 2, 2, .words = context_types),
	CPER_COUNT(register_array_size, 4, 4, CPER_NO_BIT),
};

static const struct cper_table context_table = { context_fields, ARRAY_LEN(context_fields), CONTEXT,
						 CPER_NO_FIELD, NULL };

static const struct cper_part parts[] = {
	[P_INFO] = { .name = "error_info",
		     .kind = CPER_PART_STRUCTS,
		     .table = &info_table,
		     .size_field = 1 },
	[P_CONTEXTS] = { .name = "context_info",
			 .kind = CPER_PART_CONTEXTS,
			 .table = &context_table,
			 .payload = "registers",
			 .size_field = 2,
			 .inside = cper_in_arm_context },
	[P_VENDOR] = { .name = "vendor", .kind = CPER_PART_BYTES },
};

/* The contexts from *pos on. At the end *pos is behind the last one. */
static int check_contexts(const struct cper_entry *e, uint32_t count, uint32_t len, uint64_t *pos,
			  struct cper_err *err)
{
	const uint8_t *s = e->section;
	uint64_t base = e->section_offset;

	if (*pos + (uint64_t)count * CONTEXT > len)
		return cper_fail(err, CPER_ARM_CONTEXT, base + 6, e->index,
				 "more contexts than fit");
	for (uint32_t i = 0; i < count; i++) {
		uint32_t size;

		if (*pos + CONTEXT > len)
			return cper_fail(err, CPER_ARM_CONTEXT, base + 6, e->index,
					 "more contexts than fit");
		if (le16(s + *pos + 2) >= CONTEXT_TYPES)
			return cper_fail(err, CPER_ARM_CONTEXT, base + *pos + 2, e->index,
					 "unknown register context type");
		size = le32(s + *pos + 4);
		if (*pos + CONTEXT + size > len)
			return cper_fail(err, CPER_ARM_CONTEXT, base + *pos + 4, e->index,
					 "a register array overruns the section");
		*pos += CONTEXT + (uint64_t)size;
	}
	return 0;
}

/*
 * Are there count structures of error information, one every step bytes (0: each as long as it
 * says)? *bad: the place of the length byte that is wrong. *end: behind the last one.
 */
static bool infos_at(const struct cper_entry *e, uint32_t count, uint32_t len, uint32_t step,
		     uint64_t *bad, uint64_t *end)
{
	uint64_t pos = FIXED;

	for (uint32_t i = 0; i < count; i++) {
		*bad = pos + 1;
		if (pos + INFO > len || e->section[pos + 1] < INFO ||
		    pos + e->section[pos + 1] > len)
			return false;
		pos += step ? step : e->section[pos + 1];
	}
	*end = pos;
	return true;
}

/* Find the error information. They are a part only if they have one length. */
static int find_infos(const struct cper_entry *e, uint32_t count, uint32_t len,
		      struct cper_layout *l, uint64_t *pos, struct cper_err *err)
{
	uint64_t bad = 0, unused;

	if (FIXED + (uint64_t)count * INFO > len)
		return cper_fail(err, CPER_ARM_ERR_INFO, e->section_offset + 4u, e->index,
				 "more error information than fits");
	if (!infos_at(e, count, len, INFO, &bad, pos)) {
		uint32_t step = e->section[FIXED + 1];

		if (step <= INFO || !infos_at(e, count, len, 0, &unused, pos) ||
		    *pos != FIXED + (uint64_t)count * step)
			return cper_fail(err, CPER_ARM_ERR_INFO, e->section_offset + bad, e->index,
					 "error information below 32 bytes, or past the section");
		l->odd = true;
	}
	l->parts[P_INFO] = (struct cper_extent){ FIXED, (uint32_t)*pos - FIXED, count };
	return 0;
}

static int layout(const struct cper_entry *e, struct cper_layout *l, struct cper_err *err)
{
	const uint8_t *s = e->section;
	uint32_t infos = le16(s + 4), contexts = le16(s + 6), len = le32(s + 8);
	uint64_t pos = FIXED, start;

	if (len < FIXED || len > e->section_len)
		return cper_fail(err, CPER_ARM_SECTION_LENGTH, e->section_offset + 8u, e->index,
				 "section_length is not within the section");
	if (find_infos(e, infos, len, l, &pos, err) < 0)
		return -1;
	start = pos;
	if (check_contexts(e, contexts, len, &pos, err) < 0)
		return -1;
	l->parts[P_CONTEXTS] =
		(struct cper_extent){ (uint32_t)start, (uint32_t)(pos - start), contexts };
	l->parts[P_VENDOR] = (struct cper_extent){ (uint32_t)pos, len - (uint32_t)pos, 0 };
	l->end = len;
	return 0;
}

static void seal(uint8_t *wire, const struct cper_layout *l, uint64_t given)
{
	const struct cper_extent *v = &l->parts[P_VENDOR];

	if (!(given & 1u << F_NR_INFO))
		le_store(wire + 4, 2, l->parts[P_INFO].count);
	if (!(given & 1u << F_NR_CONTEXTS))
		le_store(wire + 6, 2, l->parts[P_CONTEXTS].count);
	if (!(given & 1u << F_LENGTH))
		le_store(wire + 8, 4, v->offset + (uint64_t)v->len);
	if (v->len && !(given & 1u << F_VALID))
		wire[0] |= CPER_ARM_VALID_VENDOR;
}

const struct cper_section cper_section_arm = {
	/* e19e3d16-bc11-11e4-9caa-c2051d5d46b0 */
	.guid = { { 0x16, 0x3d, 0x9e, 0xe1, 0x11, 0xbc, 0xe4, 0x11, 0x9c, 0xaa, 0xc2, 0x05, 0x1d,
		    0x5d, 0x46, 0xb0 } },
	.kind = "proc_arm",
	.title = "ARM processor error",
	.spec = "UEFI 2.10 N.2.4.4",
	.min_size = FIXED,
	.table = { fields, ARRAY_LEN(fields), FIXED, F_VALID, NULL },
	.parts = parts,
	.nr_parts = ARRAY_LEN(parts),
	.layout = layout,
	.seal = seal,
};

int cper_put_arm(struct cper_builder *b, const struct cper_entry_info *info,
		 const struct cper_arm *a)
{
	uint64_t contexts = FIXED + (uint64_t)a->nr_info * INFO, vendor = contexts, at;
	struct cper_layout l = { 0 };
	uint8_t *wire;

	for (uint16_t i = 0; i < a->nr_contexts; i++) {
		if (a->contexts[i].registers.len > UINT32_MAX ||
		    a->contexts[i].type >= CONTEXT_TYPES)
			return cper_fail(&b->err, CPER_ARM_CONTEXT, b->need, (uint16_t)b->entries,
					 "no such context type, or too many registers");
		vendor += CONTEXT + a->contexts[i].registers.len;
	}
	wire = cper_build_reserve(b, info, &cper_section_arm.guid, vendor + a->vendor.len);
	if (!wire)
		return -1;
	cper_table_encode(&cper_section_arm.table, a, wire);
	for (uint16_t i = 0; i < a->nr_info; i++) {
		uint8_t *p = wire + FIXED + (size_t)i * INFO;

		cper_table_encode(&info_table, &a->info[i], p);
		if (!p[1])
			p[1] = INFO;
	}
	at = contexts;
	for (uint16_t i = 0; i < a->nr_contexts; i++) {
		const struct cper_bytes *r = &a->contexts[i].registers;

		cper_table_encode(&context_table, &a->contexts[i], wire + at);
		le_store(wire + at + 4, 4, r->len);
		if (r->len)
			memcpy(wire + at + CONTEXT, r->data, r->len);
		at += CONTEXT + r->len;
	}
	if (a->vendor.len)
		memcpy(wire + vendor, a->vendor.data, a->vendor.len);
	l.parts[P_INFO].count = a->nr_info;
	l.parts[P_CONTEXTS].count = a->nr_contexts;
	l.parts[P_VENDOR] = (struct cper_extent){ (uint32_t)vendor, (uint32_t)a->vendor.len, 0 };
	seal(wire, &l, 0);
	return 0;
}

int cper_decode_arm(const struct cper_entry *e, struct cper_arm *out, struct cper_err *err)
{
	struct cper_layout l;

	if (cper_section_open(&cper_section_arm, e, &l, err) < 0)
		return -1;
	memset(out, 0, sizeof(*out));
	cper_table_decode(&cper_section_arm.table, e->section, e->section_len, out);
	out->nr_info = (uint16_t)l.parts[P_INFO].count;
	out->nr_contexts = (uint16_t)l.parts[P_CONTEXTS].count;
	out->vendor = cper_extent_bytes(e, &l.parts[P_VENDOR]);
	return 0;
}

int cper_arm_info_at(const struct cper_entry *e, uint16_t i, struct cper_arm_error_info *out)
{
	const struct cper_extent *x;
	struct cper_layout l;

	if (cper_section_open(&cper_section_arm, e, &l, NULL) < 0 || i >= l.parts[P_INFO].count)
		return 0;
	x = &l.parts[P_INFO];
	cper_table_decode(&info_table, e->section + FIXED + (size_t)i * (x->len / x->count), INFO,
			  out);
	return 1;
}
