// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Arm RAS node, DEN0085 (layout known from one source): 80 fixed bytes, error records of 72 bytes
 * at error_syndrome_offset, auxiliary data at auxiliary_data_offset. Auxiliary data is a header of
 * 16 bytes, register contexts and key/value pairs. The offsets are free, so parts may overlap or
 * leave gaps ("odd").
 */
#include "base/cleanup.h"
#include "cper/section.h"

#define FIXED 80u
#define RECORD 72u
#define AUX 16u
#define AUX_CONTEXT 16u
#define AUX_PAIR 24u

enum { F_NR_RECORDS = 3, F_RECORDS_AT = 4, F_AUX_AT = 5 };
enum { P_RECORDS, P_AUX, P_CONTEXTS, P_PAIRS };

static const struct cper_word components[] = {
	{ 0, "processor" }, { 1, "memory" },	  { 2, "SMMU" },  { 3, "vendor defined" },
	{ 4, "GIC" },	    { 5, "PCI Express" }, { 6, "proxy" }, { 0, NULL },
};

static const struct cper_word instance_formats[] = {
	{ 0, "PE" },
	{ 1, "system physical address" },
	{ 2, "local address identifier" },
	{ 3, "SoC specific" },
	{ 0, NULL },
};

static const struct cper_word type_formats[] = {
	{ 0, "PE" }, { 1, "SMMU IIDR" }, { 2, "GIC IIDR" }, { 3, "PIDR" }, { 0, NULL },
};

#define F(n, off, w, ...) CPER_UINT(cper_arm_ras, n, off, w, CPER_NO_BIT, __VA_ARGS__)

static const struct cper_field fields[] = {
	F(revision, 0, 4),
	F(component_type, 4, 1, .words = components),
	CPER_RESERVED(reserved0, 5, 3, CPER_FIELD_UINT),
	[F_NR_RECORDS] = CPER_COUNT(error_syndrome_num_entries, 8, 4, CPER_NO_BIT),
	[F_RECORDS_AT] = CPER_COUNT(error_syndrome_offset, 12, 2, CPER_NO_BIT),
	[F_AUX_AT] = CPER_COUNT(auxiliary_data_offset, 14, 2, CPER_NO_BIT),
	F(ip_instance_format, 16, 1, .words = instance_formats),
	F(ip_type_format, 17, 1, .words = type_formats),
	CPER_RESERVED(reserved1, 18, 6, CPER_FIELD_UINT),
	CPER_BYTES(cper_arm_ras, ip_instance, 24, 16, CPER_NO_BIT),
	CPER_BYTES(cper_arm_ras, ip_type, 40, 24, CPER_NO_BIT),
	CPER_TEXT(cper_arm_ras, user_data, 64, 16, CPER_NO_BIT),
};

/* ERR<n>STATUS, Arm RAS architecture. */
static const struct cper_word ue_types[] = {
	{ 0, "uncontainable" },
	{ 1, "unrecoverable" },
	{ 2, "latent or restartable" },
	{ 3, "signaled or recoverable" },
	{ 0, NULL },
};

static const struct cper_bits status_bits[] = {
	{ "serr", 0, 8, CPER_NO_BIT, NULL },
	{ "ierr", 8, 8, CPER_NO_BIT, NULL },
	{ "uncorrected_type", 20, 2, 29, ue_types },
	CPER_FLAG("poison", 22),
	CPER_FLAG("deferred", 23),
	{ "corrected", 24, 2, CPER_NO_BIT, NULL },
	CPER_FLAG("misc_valid", 26),
	CPER_FLAG("overflow", 27),
	CPER_FLAG("error_reported", 28),
	CPER_FLAG("uncorrected", 29),
	CPER_FLAG("status_valid", 30),
	CPER_FLAG("address_valid", 31),
	{ NULL, 0, 0, 0, NULL },
};

#define R(n, off, w, ...) CPER_UINT(cper_arm_ras_record, n, off, w, CPER_NO_BIT, __VA_ARGS__)

static const struct cper_field record_fields[] = {
	R(error_record_index, 0, 4),
	R(ras_extension_revision, 4, 1),
	CPER_RESERVED(reserved, 5, 3, CPER_FIELD_UINT),
	R(err_fr, 8, 8),
	R(err_ctlr, 16, 8),
	R(err_status, 24, 8, .bits = status_bits),
	R(err_addr, 32, 8, .unit = "address"),
	R(err_misc0, 40, 8),
	R(err_misc1, 48, 8),
	R(err_misc2, 56, 8),
	R(err_misc3, 64, 8),
};

#define N(n, off, w) CPER_SUB(n, off, w, .unit = NULL)

static const struct cper_field aux_fields[] = {
	N(version, 0, 1),
	CPER_RESERVED(reserved0, 1, 1, CPER_FIELD_UINT),
	N(context_count, 2, 2),
	N(size, 4, 4),
	N(key_value_offset, 8, 4),
	N(key_value_count, 12, 2),
	CPER_RESERVED(reserved1, 14, 2, CPER_FIELD_UINT),
};

static const struct cper_bits scope_bits[] = {
	CPER_FLAG("local_address_space", 0),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_field context_fields[] = {
	N(length, 0, 4),
	CPER_SUB(flags, 4, 1, .bits = scope_bits),
	CPER_RESERVED(reserved0, 5, 1, CPER_FIELD_UINT),
	N(register_count, 6, 2),
	N(address_space, 8, 2),
	CPER_RESERVED(reserved1, 10, 6, CPER_FIELD_UINT),
};

static const struct cper_guid_word keys[] = {
	/* ebb45182-fb03-4bf9-9aca-8613709fd789 */
	{ { { 0x82, 0x51, 0xb4, 0xeb, 0x03, 0xfb, 0xf9, 0x4b, 0x9a, 0xca, 0x86, 0x13, 0x70, 0x9f,
	      0xd7, 0x89 } },
	  "MPAM PARTID",
	  NULL },
	{ { { 0 } }, NULL, NULL },
};

static const struct cper_field pair_fields[] = {
	{ .name = "key",
	  .offset = 0,
	  .width = 16,
	  .valid_bit = CPER_NO_BIT,
	  .type = CPER_FIELD_GUID,
	  .host = CPER_NO_HOST,
	  .guids = keys },
	N(value, 16, 8),
};

static const struct cper_table record_table = { record_fields, ARRAY_LEN(record_fields), RECORD,
						CPER_NO_FIELD, NULL };
static const struct cper_table aux_table = { aux_fields, ARRAY_LEN(aux_fields), AUX, CPER_NO_FIELD,
					     NULL };
static const struct cper_table context_table = { context_fields, ARRAY_LEN(context_fields),
						 AUX_CONTEXT, CPER_NO_FIELD, NULL };
static const struct cper_table pair_table = { pair_fields, ARRAY_LEN(pair_fields), AUX_PAIR,
					      CPER_NO_FIELD, NULL };

static const struct cper_part parts[] = {
	[P_RECORDS] = { .name = "records",
			.kind = CPER_PART_STRUCTS,
			.flat = true,
			.table = &record_table },
	[P_AUX] = { .name = "auxiliary",
		    .kind = CPER_PART_STRUCTS,
		    .flat = true,
		    .optional = true,
		    .table = &aux_table },
	[P_CONTEXTS] = { .name = "auxiliary_contexts",
			 .kind = CPER_PART_CONTEXTS,
			 .optional = true,
			 .table = &context_table,
			 .payload = "registers",
			 .size_field = 0,
			 .size_adds = AUX_CONTEXT },
	[P_PAIRS] = { .name = "auxiliary_key_values",
		      .kind = CPER_PART_STRUCTS,
		      .flat = true,
		      .optional = true,
		      .table = &pair_table },
};

static int check_aux(const struct cper_entry *e, uint32_t at, struct cper_layout *l,
		     struct cper_err *err)
{
	const uint8_t *a = e->section + at;
	uint64_t base = (uint64_t)e->section_offset + at, pos = AUX, pairs_at, pairs;
	uint32_t size = le32(a + 4), contexts = le16(a + 2);

	if (size < AUX || (uint64_t)at + size > e->section_len)
		return cper_fail(err, CPER_ARM_RAS_AUX, base + 4, e->index,
				 "the auxiliary size is not within the section");
	for (uint32_t i = 0; i < contexts; i++) {
		uint32_t len = 0;

		if (pos + AUX_CONTEXT <= size)
			len = le32(a + pos);
		if (pos + AUX_CONTEXT > size)
			return cper_fail(err, CPER_ARM_RAS_AUX, base + 2, e->index,
					 "more auxiliary contexts than fit");
		if (len < AUX_CONTEXT || pos + len > size)
			return cper_fail(err, CPER_ARM_RAS_AUX, base + pos, e->index,
					 "an auxiliary context overruns, or is below its header");
		pos += len;
	}
	pairs_at = le32(a + 8);
	pairs = le16(a + 12);
	if (pairs && (pairs_at < AUX || pairs_at + pairs * AUX_PAIR > size))
		return cper_fail(err, CPER_ARM_RAS_AUX, base + 8, e->index,
				 "key/value pairs are not within the auxiliary data");
	l->parts[P_AUX] = (struct cper_extent){ at, AUX, 1 };
	l->parts[P_CONTEXTS] = (struct cper_extent){ at + AUX, (uint32_t)pos - AUX, contexts };
	l->parts[P_PAIRS] = (struct cper_extent){ at + (uint32_t)(pairs ? pairs_at : pos),
						  (uint32_t)pairs * AUX_PAIR, (uint32_t)pairs };
	l->odd |= (pairs && pairs_at != pos) || size != pos + pairs * AUX_PAIR;
	l->end = at + size > l->end ? at + size : l->end;
	return 0;
}

static int layout(const struct cper_entry *e, struct cper_layout *l, struct cper_err *err)
{
	const uint8_t *s = e->section;
	uint32_t count = le32(s + 8), at = le16(s + 12), aux = le16(s + 14);
	uint64_t base = e->section_offset, end = (uint64_t)at + (uint64_t)count * RECORD;

	l->parts[P_RECORDS] = (struct cper_extent){ FIXED, 0, 0 };
	if (count) {
		if (at < FIXED)
			return cper_fail(err, CPER_ARM_RAS_ARRAY, base + 12, e->index,
					 "the error records begin inside the node");
		if (end > e->section_len)
			return cper_fail(err, CPER_ARM_RAS_ARRAY, base + 8, e->index,
					 "more error records than fit");
		l->parts[P_RECORDS] = (struct cper_extent){ at, count * RECORD, count };
		l->end = (uint32_t)end;
		l->odd = at != FIXED;
	}
	if (!aux)
		return 0;
	if (aux < FIXED || aux + AUX > e->section_len)
		return cper_fail(err, CPER_ARM_RAS_AUX, base + 14, e->index,
				 "the auxiliary data is not within the section");
	l->odd |= aux != l->end;
	return check_aux(e, aux, l, err);
}

static void seal(uint8_t *wire, const struct cper_layout *l, uint64_t given)
{
	const struct cper_extent *p = l->parts, *aux = &p[P_AUX];
	uint8_t *a;

	if (!(given & 1u << F_NR_RECORDS))
		le_store(wire + 8, 4, p[P_RECORDS].count);
	if (!(given & 1u << F_RECORDS_AT) && p[P_RECORDS].count)
		le_store(wire + 12, 2, FIXED);
	if (!aux->len)
		return;
	if (!(given & 1u << F_AUX_AT))
		le_store(wire + 14, 2, aux->offset);
	/* If there is something to count, 0 is never right. */
	a = wire + aux->offset;
	if (!le32(a + 4))
		le_store(a + 4, 4, (uint64_t)aux->len + p[P_CONTEXTS].len + p[P_PAIRS].len);
	if (!le16(a + 2))
		le_store(a + 2, 2, p[P_CONTEXTS].count);
	if (!le16(a + 12) && p[P_PAIRS].count) {
		le_store(a + 12, 2, p[P_PAIRS].count);
		le_store(a + 8, 4, p[P_PAIRS].offset - aux->offset);
	}
}

const struct cper_section cper_section_arm_ras = {
	/* bf32d4d5-b427-4025-8495-8a9e5d4030e4 */
	.guid = { { 0xd5, 0xd4, 0x32, 0xbf, 0x27, 0xb4, 0x25, 0x40, 0x84, 0x95, 0x8a, 0x9e, 0x5d,
		    0x40, 0x30, 0xe4 } },
	.kind = "arm_ras",
	.title = "Arm RAS node",
	.spec = "DEN0085",
	.min_size = FIXED,
	.table = { fields, ARRAY_LEN(fields), FIXED, CPER_NO_FIELD, NULL },
	.parts = parts,
	.nr_parts = ARRAY_LEN(parts),
	.layout = layout,
	.seal = seal,
};

int cper_put_arm_ras(struct cper_builder *b, const struct cper_entry_info *info,
		     const struct cper_arm_ras *r)
{
	uint64_t aux = FIXED + (uint64_t)r->nr_records * RECORD;
	struct cper_layout l = { .parts[P_RECORDS].count = r->nr_records };
	uint8_t *wire;

	if (r->auxiliary.len && (aux > UINT16_MAX || r->auxiliary.len < AUX))
		return cper_fail(&b->err, CPER_ARM_RAS_AUX, b->need, (uint16_t)b->entries,
				 "auxiliary data below its header or behind byte 65535");
	wire = cper_build_reserve(b, info, &cper_section_arm_ras.guid, aux + r->auxiliary.len);
	if (!wire)
		return -1;
	cper_table_encode(&cper_section_arm_ras.table, r, wire);
	for (uint32_t i = 0; i < r->nr_records; i++)
		cper_table_encode(&record_table, &r->records[i], wire + FIXED + (size_t)i * RECORD);
	if (r->auxiliary.len)
		memcpy(wire + aux, r->auxiliary.data, r->auxiliary.len);
	l.parts[P_AUX] = (struct cper_extent){ (uint32_t)aux, (uint32_t)r->auxiliary.len, 1 };
	seal(wire, &l, 0);
	return 0;
}

int cper_decode_arm_ras(const struct cper_entry *e, struct cper_arm_ras *out, struct cper_err *err)
{
	const struct cper_extent *aux;
	struct cper_layout l;

	if (cper_section_open(&cper_section_arm_ras, e, &l, err) < 0)
		return -1;
	memset(out, 0, sizeof(*out));
	cper_table_decode(&cper_section_arm_ras.table, e->section, e->section_len, out);
	out->nr_records = l.parts[P_RECORDS].count;
	aux = &l.parts[P_AUX];
	if (aux->len)
		out->auxiliary = (struct cper_bytes){ e->section + aux->offset,
						      le32(e->section + aux->offset + 4) };
	return 0;
}

int cper_arm_ras_record_at(const struct cper_entry *e, uint32_t i, struct cper_arm_ras_record *out)
{
	const struct cper_extent *x;
	struct cper_layout l;

	if (cper_section_open(&cper_section_arm_ras, e, &l, NULL) < 0)
		return 0;
	x = &l.parts[P_RECORDS];
	if (i >= x->count)
		return 0;
	cper_table_decode(&record_table, e->section + x->offset + (size_t)i * RECORD, RECORD, out);
	return 1;
}
