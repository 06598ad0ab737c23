// SPDX-License-Identifier: LGPL-2.1-or-later
/* Framing errors, warnings, blocks that harm a guest, and the framing of UEFI's form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cper_make.h"

#define SECTION 92u

struct edit {
	uint32_t at;
	uint8_t width;
	uint64_t value;
};

struct row {
	const char *kind;
	struct edit edit[3];
	size_t len; /* 0: the block's length */
	int code;
	uint32_t offset;
};

/*
 * The block of a kind with the edits made, in memory of exactly its size, so that asan sees a read
 * beyond it.
 */
static uint8_t *edited(const struct row *r, size_t *len)
{
	uint8_t buf[4096] = { 0 };
	uint8_t *exact;

	*len = make_block(maker_of(r->kind), buf, sizeof(buf));
	if (r->len)
		*len = r->len;
	for (size_t i = 0; i < ARRAY_LEN(r->edit) && r->edit[i].width; i++)
		le_store(buf + r->edit[i].at, r->edit[i].width, r->edit[i].value);
	exact = malloc(*len ? *len : 1);
	memcpy(exact, buf, *len);
	return exact;
}

/* The memory block has 172 bytes: entry at 20, section at 92. */
static const struct row framing[] = {
	{ "mem", { { 12, 4, 1 } }, 0, CPER_DATA_LENGTH, 12 },
	{ "mem", { { 12, 4, 63 } }, 0, CPER_DATA_LENGTH, 12 },
	{ "mem", { { 12, 4, 0xffffffec } }, 0, CPER_DATA_LENGTH, 12 },
	{ "mem", { { 12, 4, 0xffffffeb } }, 0, CPER_TRUNCATED_DATA, 172 },
	{ "mem", { { 12, 4, 0xffffffff } }, 0, CPER_DATA_LENGTH, 12 },
	{ "mem", { { 12, 4, 153 } }, 0, CPER_TRUNCATED_DATA, 172 },
	{ "mem", { { 12, 4, 0 } }, 0, CPER_OK, 0 },
	{ "mem", { { 12, 4, 64 } }, 0, CPER_ENTRY_HEADER, 20 },
	{ "mem", { { 12, 4, 71 } }, 0, CPER_ENTRY_HEADER, 20 },
	{ "mem", { { 12, 4, 72 } }, 0, CPER_ENTRY_LENGTH, 44 },
	{ "mem", { { 12, 4, 151 } }, 0, CPER_ENTRY_LENGTH, 44 },
	{ "mem", { { 12, 4, 64 }, { 40, 2, 0x201 } }, 0, CPER_ENTRY_LENGTH, 44 },
	{ "mem", { { 12, 4, 64 }, { 40, 2, 0x201 }, { 44, 4, 0 } }, 0, CPER_SECTION_TOO_SHORT, 84 },
	{ "mem", { { 40, 2, 0x1ff } }, 0, CPER_REVISION_OLD, 40 },
	{ "mem", { { 40, 2, 0 } }, 0, CPER_REVISION_OLD, 40 },
	{ "mem", { { 40, 2, 0x201 } }, 0, CPER_TRAILING_BYTES, 164 },
	{ "mem", { { 40, 2, 0xffff } }, 0, CPER_OK, 0 },
	{ "mem", { { 44, 4, 81 } }, 0, CPER_ENTRY_LENGTH, 44 },
	{ "mem", { { 44, 4, 79 } }, 0, CPER_TRAILING_BYTES, 171 },
	{ "mem", { { 44, 4, 0xffffffff } }, 0, CPER_ENTRY_LENGTH, 44 },
	{ "mem", { { 44, 4, 0xffffffb8 } }, 0, CPER_ENTRY_LENGTH, 44 },
	{ "mem", { { 40, 2, 0x201 }, { 44, 4, 0xffffffc0 } }, 0, CPER_ENTRY_LENGTH, 44 },
	{ "mem", { { 12, 4, 153 } }, 173, CPER_TRAILING_BYTES, 172 },
	{ "mem", { { 12, 4, 152 + 63 } }, 172 + 63, CPER_TRAILING_BYTES, 172 },
	{ "mem", { { 12, 4, 152 + 64 } }, 172 + 64, CPER_REVISION_OLD, 192 },
	{ "mem", { { 12, 4, 152 + 71 }, { 192, 2, 0x300 } }, 172 + 71, CPER_TRAILING_BYTES, 172 },
	{ "mem", { { 12, 4, 152 + 72 }, { 192, 2, 0x300 } }, 172 + 72, CPER_OK, 0 },
	{ "mem",
	  { { 12, 4, 152 + 72 }, { 192, 2, 0x300 }, { 196, 4, 1 } },
	  172 + 72,
	  CPER_ENTRY_LENGTH,
	  196 },
	{ "mem", { { 8, 4, 1 } }, 0, CPER_RAW_DATA, 4 },
	{ "mem", { { 4, 4, 171 }, { 8, 4, 1 } }, 173, CPER_RAW_DATA, 4 },
	{ "mem", { { 4, 4, 172 }, { 8, 4, 1 } }, 172, CPER_RAW_DATA, 8 },
	{ "mem", { { 4, 4, 172 }, { 8, 4, 1 } }, 173, CPER_OK, 0 },
	{ "mem", { { 4, 4, 173 }, { 8, 4, 0xffffff53 } }, 173, CPER_RAW_DATA, 4 },
	{ "mem", { { 4, 4, 0xffffffff }, { 8, 4, 0xffffffff } }, 0, CPER_RAW_DATA, 4 },
	{ "mem", { { 4, 4, 5 } }, 0, CPER_OK, 0 },
};

static void test_framing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(framing); i++) {
		const struct row *r = &framing[i];
		struct cper_err err = { 0 };
		size_t len;
		_free_ uint8_t *buf = edited(r, &len);

		cper_validate(buf, len, CPER_SPEC, &err);
		if (err.code != r->code || (err.code && err.offset != r->offset))
			fail_msg("framing[%zu]: %s at %u, not %s at %u", i,
				 cper_code_name(err.code), err.offset, cper_code_name(r->code),
				 r->offset);
	}
}

static const struct row warnings[] = {
	{ "mem", { { 0, 4, 0 } }, 0, CPER_BLOCK_STATUS_ZERO, 0 },
	{ "mem", { { 0, 4, 2 } }, 0, CPER_ENTRY_COUNT, 0 },
	{ "mem", { { 0, 4, 0x4012 } }, 0, CPER_RESERVED_BITS, 0 },
	{ "mem", { { 16, 4, 4 } }, 0, CPER_SEVERITY, 16 },
	{ "mem", { { 16, 4, 0xffffffff } }, 0, CPER_SEVERITY, 16 },
	{ "mem", { { 36, 4, 4 } }, 0, CPER_SEVERITY, 36 },
	{ "mem", { { 16, 4, CPER_SEV_INFO } }, 0, CPER_SEVERITY_MISMATCH, 16 },
	{ "mem", { { 36, 4, CPER_SEV_RECOVERABLE } }, 0, CPER_SEVERITY_MISMATCH, 16 },
	{ "mem", { { 42, 1, 0x82 } }, 0, CPER_RESERVED_BITS, 42 },
	{ "mem", { { 64, 1, 7 } }, 0, CPER_FRU_TEXT, 64 },
	{ "mem", { { 64, 1, 0xe4 } }, 0, CPER_FRU_TEXT, 64 },
	{ "mem", { { 42, 1, 6 } }, 0, CPER_TIMESTAMP_BCD, 84 },
	{ "mem", { { 42, 1, 6 }, { 84, 8, 0x2026121211235959 } }, 0, CPER_RESERVED_BITS, 87 },
	{ "mem", { { 42, 1, 6 }, { 84, 8, 0x2026131201235959 } }, 0, CPER_TIMESTAMP_BCD, 84 },
	{ "mem", { { 42, 1, 6 }, { 84, 8, 0x2026121200245959 } }, 0, CPER_TIMESTAMP_BCD, 84 },
	{ "mem", { { 42, 1, 6 }, { 84, 8, 0x20261212002359a9 } }, 0, CPER_TIMESTAMP_BCD, 84 },
	{ "mem", { { 0, 1, 0x12 } }, 173, CPER_TRAILING_BUFFER, 172 },
	{ "mem2", { { SECTION + 63, 1, 1 } }, 0, CPER_RESERVED_BITS, SECTION + 63 },
	{ "pcie", { { SECTION + 15, 1, 1 } }, 0, CPER_RESERVED_BITS, SECTION + 15 },
	{ "pcie", { { SECTION + 39, 1, 0x80 } }, 0, CPER_RESERVED_BITS, SECTION + 39 },
	{ "iommu", { { SECTION + 7, 1, 1 } }, 0, CPER_RESERVED_BITS, SECTION + 7 },
	{ "proc_arm", { { SECTION + 14, 1, 1 } }, 0, CPER_RESERVED_BITS, SECTION + 14 },
	{ "cxl_prot", { { SECTION + 112, 4, 0x01000000 } }, 0, CPER_RESERVED_BITS, SECTION + 115 },
	{ "arm_ras",
	  { { SECTION + 80 + 72 + 6, 1, 1 } },
	  0,
	  CPER_RESERVED_BITS,
	  SECTION + 80 + 72 + 6 },
};

struct heard {
	int code;
	uint32_t offset;
	int n;
};

static void hear(void *ctx, const struct cper_err *w)
{
	struct heard *h = ctx;

	h->code = w->code;
	h->offset = w->offset;
	h->n++;
}

/* One fault, one warning. STRICT makes it an error, SPEC accepts it. */
static void test_warnings(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(warnings); i++) {
		const struct row *r = &warnings[i];
		struct heard h = { 0 };
		struct cper_err err = { 0 };
		size_t len;
		_free_ uint8_t *buf = edited(r, &len);

		assert_int_equal(cper_check(buf, len, hear, &h), 0);
		if (h.n != 1 || h.code != r->code || h.offset != r->offset)
			fail_msg("warnings[%zu]: %d, %s at %u, not %s at %u", i, h.n,
				 cper_code_name(h.code), h.offset, cper_code_name(r->code),
				 r->offset);
		assert_int_equal(cper_validate(buf, len, CPER_SPEC, &err), 0);
		assert_int_equal(cper_validate(buf, len, CPER_STRICT, &err), -1);
		assert_int_equal(err.code, r->code);
	}
}

/* Blocks that harmed real guests, and malformed blocks that do no harm. */
static const struct row hazards[] = {
	{ "mem", { { 0, 1, 0x12 } }, 1, CPER_TRUNCATED_BLOCK, 1 },
	{ "mem", { { 0, 1, 0x12 } }, 171, CPER_TRUNCATED_DATA, 171 },
	{ "mem", { { 4, 4, 172 }, { 8, 4, 9 } }, 180, CPER_TRUNCATED_DATA, 180 },
	{ "mem", { { 0, 4, 0 } }, 0, CPER_BLOCK_STATUS_ZERO, 0 },
	{ "mem", { { 16, 4, 4 } }, 0, CPER_SEVERITY, 16 },
	{ "mem", { { 44, 4, 0xffffffb8 } }, 0, CPER_ENTRY_LENGTH, 44 },
	{ "mem", { { 40, 2, 0 }, { 44, 4, 0xffffffc0 } }, 0, CPER_ENTRY_LENGTH, 44 },
	{ "proc_arm", { { SECTION + 6, 2, 10 } }, 0, CPER_ARM_CONTEXT, SECTION + 6 },
	{ "proc_arm", { { SECTION + 6, 2, 0xffff } }, 0, CPER_ARM_CONTEXT, SECTION + 6 },
	{ "proc_arm", { { SECTION + 172, 4, 0xfffffff8 } }, 0, CPER_ARM_CONTEXT, SECTION + 172 },
	{ "proc_arm", { { SECTION + 4, 2, 0xffff } }, 0, CPER_ARM_ERR_INFO, SECTION + 4 },
	{ "proc_arm", { { SECTION + 8, 4, 318 } }, 0, CPER_ARM_SECTION_LENGTH, SECTION + 8 },
	{ "proc_arm",
	  { { 44, 4, 39 }, { 12, 4, 72 + 39 } },
	  SECTION + 39,
	  CPER_SECTION_TOO_SHORT,
	  SECTION },
	{ "cxl_prot", { { SECTION + 108, 2, 0xffff } }, 0, CPER_CXL_DVSEC, SECTION + 108 },
	{ "cxl_prot", { { SECTION + 110, 2, 0xffff } }, 0, CPER_CXL_ERROR_LOG, SECTION + 110 },
	{ "proc_ia", { { SECTION, 2, 63 << 2 } }, 0, CPER_IA_ERR_INFO, SECTION },
	{ "proc_ia", { { SECTION + 322, 2, 0xffff } }, 0, CPER_IA_CONTEXT, SECTION + 322 },
	{ "mem",
	  { { 44, 4, 23 }, { 12, 4, 72 + 23 } },
	  SECTION + 23,
	  CPER_SECTION_TOO_SHORT,
	  SECTION },
	{ "pcie",
	  { { 44, 4, 39 }, { 12, 4, 72 + 39 } },
	  SECTION + 39,
	  CPER_SECTION_TOO_SHORT,
	  SECTION },
	{ "fw",
	  { { 44, 4, 31 }, { 12, 4, 72 + 31 }, { SECTION + 1, 1, 2 } },
	  SECTION + 31,
	  CPER_SECTION_TOO_SHORT,
	  SECTION },
	{ "cxl_prot",
	  { { SECTION + 108, 2, 148 }, { SECTION + 110, 2, 0 } },
	  0,
	  CPER_CXL_ERROR_LOG,
	  SECTION + 110 },
	/* harmless: Linux refuses or prints these */
	{ "fw",
	  { { 44, 4, 16 }, { 12, 4, 72 + 16 }, { SECTION + 1, 1, 1 } },
	  SECTION + 16,
	  CPER_OK,
	  0 },
	{ "cxl_prot",
	  { { SECTION, 1, 0x3f }, { SECTION + 108, 2, 148 }, { SECTION + 110, 2, 0 } },
	  0,
	  CPER_OK,
	  0 },
	{ "mem", { { 12, 4, 1 } }, 0, CPER_OK, 0 },
	{ "mem", { { 12, 4, 0xffffffff } }, 0, CPER_OK, 0 },
	{ "mem", { { 12, 4, 151 } }, 0, CPER_OK, 0 },
	{ "mem", { { 12, 4, 153 } }, 173, CPER_OK, 0 },
	{ "mem", { { 44, 4, 81 } }, 0, CPER_OK, 0 },
	{ "mem", { { 44, 4, 60 }, { 12, 4, 72 + 60 } }, SECTION + 60, CPER_OK, 0 },
	{ "mem", { { 36, 4, 9 } }, 0, CPER_OK, 0 },
	{ "mem", { { 16, 4, CPER_SEV_FATAL } }, 0, CPER_OK, 0 },
	{ "proc_arm", { { SECTION + 8, 4, 0 } }, 0, CPER_OK, 0 },
	{ "proc_arm", { { SECTION + 170, 2, 9 } }, 0, CPER_OK, 0 },
	{ "pcie", { { 44, 4, 207 }, { 12, 4, 72 + 207 } }, SECTION + 207, CPER_OK, 0 },
	{ "pcidev", { { SECTION + 32, 4, 0xffffffff } }, 0, CPER_OK, 0 },
	{ "cxl_media", { { SECTION, 4, 200 } }, 0, CPER_OK, 0 },
};

static void test_hazards(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(hazards); i++) {
		const struct row *r = &hazards[i];
		struct cper_err err = { 0 };
		size_t len;
		_free_ uint8_t *buf = edited(r, &len);

		cper_hazard(buf, len, &err);
		if (err.code != r->code || (err.code && err.offset != r->offset))
			fail_msg("hazards[%zu]: %s at %u, not %s at %u", i,
				 cper_code_name(err.code), err.offset, cper_code_name(r->code),
				 r->offset);
		/* the gate of the ordinary path refuses them too */
		if (r->code)
			assert_int_equal(cper_validate(buf, len, CPER_LINUX_GUEST, NULL), -1);
	}
	for (size_t i = 0; i < ARRAY_LEN(makers); i++) {
		uint8_t buf[4096];
		size_t len = make_block(&makers[i], buf, sizeof(buf));

		assert_int_equal(cper_hazard(buf, len, NULL), 0);
	}
}

/*
 * Each validation bit alone on each short memory section: which bits stand for a field behind its
 * end.
 */
static void test_short_memory(void **state)
{
	static const struct {
		unsigned int bit;
		uint32_t end;
	} claims[] = {
		{ 15, 76 }, { 16, 78 }, { 17, 80 }, { 18, 74 }, { 21, 74 },
	};

	(void)state;
	for (uint32_t n = 73; n <= 80; n++)
		for (unsigned int bit = 0; bit < 64; bit++) {
			const struct row r = { "mem",
					       { { 44, 4, n },
						 { 12, 4, 72 + n },
						 { SECTION, 8, UINT64_C(1) << bit } },
					       SECTION + n,
					       0,
					       0 };
			struct cper_err err = { 0 };
			size_t len;
			_free_ uint8_t *buf = edited(&r, &len);
			int want = CPER_OK;

			for (size_t i = 0; i < ARRAY_LEN(claims); i++)
				if (claims[i].bit == bit && claims[i].end > n)
					want = CPER_VALID_BEYOND_LENGTH;
			cper_validate(buf, len, CPER_SPEC, &err);
			if (err.code != want || (want && err.offset != SECTION))
				fail_msg("%u bytes, bit %u: %s", n, bit, cper_code_name(err.code));
		}
}

/* 73 bytes and a bank group: valid by the specification, but Linux shows nothing of it. */
static void test_linux_old_memory(void **state)
{
	const struct row r = { "mem",
			       { { 44, 4, 73 }, { 12, 4, 145 }, { SECTION, 8, 1 << 19 } },
			       SECTION + 73,
			       0,
			       0 };
	struct cper_err err;
	size_t len;
	_free_ uint8_t *buf = edited(&r, &len);

	(void)state;
	assert_int_equal(cper_validate(buf, len, CPER_SPEC, &err), 0);
	assert_int_equal(cper_validate(buf, len, CPER_LINUX_GUEST, &err), -1);
	assert_int_equal(err.code, CPER_VALID_BEYOND_LENGTH);
	assert_int_equal(err.offset, SECTION);
	le_store(buf + SECTION, 8, 0x7fff);
	assert_int_equal(cper_validate(buf, len, CPER_LINUX_GUEST, &err), 0);
}

static void test_record_form(void **state)
{
	static const struct {
		struct edit edit;
		size_t len;
		int code;
		uint32_t offset;
	} t[] = {
		{ { 0, 0, 0 }, 0, CPER_OK, 0 },
		{ { 0, 0, 0 }, 127, CPER_RECORD_HEADER, 127 },
		{ { 0, 1, 'X' }, 0, CPER_RECORD_HEADER, 0 },
		{ { 9, 1, 0 }, 0, CPER_RECORD_HEADER, 6 },
		{ { 10, 2, 0xffff }, 0, CPER_RECORD_LENGTH, 20 },
		{ { 20, 4, 199 }, 0, CPER_RECORD_LENGTH, 20 },
		{ { 20, 4, 281 }, 0, CPER_RECORD_LENGTH, 20 },
		{ { 20, 4, 0xffffffff }, 0, CPER_RECORD_LENGTH, 20 },
		{ { 0, 0, 0 }, 279, CPER_RECORD_LENGTH, 20 },
		{ { 128, 4, 199 }, 0, CPER_RECORD_SECTION, 128 },
		{ { 128, 4, 281 }, 0, CPER_RECORD_SECTION, 128 },
		{ { 128, 4, 201 }, 0, CPER_RECORD_SECTION, 132 },
		{ { 132, 4, 81 }, 0, CPER_RECORD_SECTION, 132 },
		{ { 132, 4, 0xffffffff }, 0, CPER_RECORD_SECTION, 132 },
		{ { 132, 4, 72 }, 0, CPER_SECTION_TOO_SHORT, 200 },
		{ { 132, 4, 79 }, 0, CPER_VALID_BEYOND_LENGTH, 200 },
		{ { 10, 2, 0 }, 0, CPER_OK, 0 },
	};
	struct cper_record_view v;
	struct cper_entry e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		uint8_t block[4096], record[4096];
		struct cper_err err = { 0 };
		size_t n = make_block(maker_of("mem"), block, sizeof(block)), len;
		_free_ uint8_t *exact = NULL;

		assert_int_equal(cper_record_from_block(block, n, NULL, record, sizeof(record),
							&len, NULL),
				 0);
		assert_int_equal(len, 280);
		len = t[i].len ? t[i].len : len;
		if (t[i].edit.width)
			le_store(record + t[i].edit.at, t[i].edit.width, t[i].edit.value);
		exact = malloc(len);
		memcpy(exact, record, len);
		if (!cper_record_view_init(&v, exact, len, &err))
			while (cper_record_view_next(&v, &e, &err) > 0)
				;
		if (err.code != t[i].code || (err.code && err.offset != t[i].offset))
			fail_msg("record[%zu]: %s at %u, not %s at %u", i, cper_code_name(err.code),
				 err.offset, cper_code_name(t[i].code), t[i].offset);
	}
}

/* Several entries, an old header and a timestamp: to a record and back. */
static void test_record_many(void **state)
{
	struct cper_entry_info info = { .severity = CPER_SEV_FATAL,
					.flags = 0x81,
					.has_timestamp = true,
					.timestamp = { 0x59, 0x59, 0x23, 1, 0x31, 0x12, 0x26,
						       0x20 } };
	struct cper_record_info ri = { .has_platform_id = true, .record_id = 7, .flags = 2 };
	uint8_t block[8192], record[8192], back[8192];
	struct cper_builder b;
	struct cper_err err;
	size_t len, n, m;

	(void)state;
	cper_build_begin(&b, block, sizeof(block));
	for (size_t i = 0; i < ARRAY_LEN(makers); i++)
		makers[i].make(&b, &info);
	assert_int_equal(cper_build_end(&b, &len, NULL), 0);
	assert_int_equal(le32(block) >> 4, ARRAY_LEN(makers));
	assert_int_equal(cper_record_from_block(block, len, NULL, record, 100, &n, &err), -1);
	assert_int_equal(err.code, CPER_NO_SPACE);
	assert_int_equal(cper_record_from_block(block, len, NULL, record, err.offset, &n, &err), 0);
	assert_int_equal(n, err.offset);
	assert_int_equal(le32(record + 16), CPER_RECORD_VALID_TIMESTAMP);
	assert_memory_equal(record + 24, info.timestamp, 8);
	assert_int_equal(cper_record_to_block(record, n, back, sizeof(back), &m, NULL), 0);
	assert_int_equal(m, len);
	assert_memory_equal(back, block, len);
	assert_int_equal(cper_record_to_block(record, n, back, len - 1, &m, &err), -1);
	assert_int_equal(err.code, CPER_NO_SPACE);
	assert_int_equal(err.offset, len);
	assert_int_equal(cper_record_from_block(block, len, &ri, record, sizeof(record), &n, NULL),
			 0);
	assert_int_equal(le32(record + 16), CPER_RECORD_VALID_PLATFORM_ID);
	assert_int_equal(record[96], 7);
	assert_int_equal(record[104], 2);
}

/* The builder refuses values that have no form on the wire. */
static void test_builder(void **state)
{
	struct cper_entry_info info = { .severity = CPER_SEV_CORRECTED };
	struct cper_context c = { 0, 9, 0, 0, { NULL, 0 } };
	struct cper_arm arm = { .contexts = &c, .nr_contexts = 1 };
	struct cper_x86 x86 = { .nr_info = 64 };
	struct cper_pci_component pci = { .register_pairs = { noise(0), 17 } };
	struct cper_cxl_event ev = { .type = (enum cper_cxl_event_type)6 };
	struct cper_cxl_protocol cxl = { .dvsec = { noise(0), 65536 } };
	uint8_t buf[1024];
	struct cper_builder b;
	struct cper_err err;
	size_t len = 77;

	(void)state;
#define REFUSED(call, want)                                           \
	do {                                                          \
		cper_build_begin(&b, buf, sizeof(buf));               \
		assert_int_equal((call), -1);                         \
		assert_int_equal(cper_build_end(&b, &len, &err), -1); \
		assert_int_equal(err.code, (want));                   \
		assert_int_equal(len, 77);                            \
	} while (0)
	REFUSED(cper_put_arm(&b, &info, &arm), CPER_ARM_CONTEXT);
	REFUSED(cper_put_x86(&b, &info, &x86), CPER_IA_ERR_INFO);
	REFUSED(cper_put_pci_component(&b, &info, &pci), CPER_PCIDEV_PAIRS);
	REFUSED(cper_put_cxl_event(&b, &info, &ev), CPER_SECTION_TYPE);
	REFUSED(cper_put_cxl_protocol(&b, &info, &cxl), CPER_CXL_DVSEC);
	pci = (struct cper_pci_component){ .validation_bits = 0x4,
					   .memory_number = 2,
					   .register_pairs = { noise(0), 16 } };
	REFUSED(cper_put_pci_component(&b, &info, &pci), CPER_PCIDEV_PAIRS);
	info.severity = 4;
	REFUSED(cper_put_vendor(&b, &info, "x", 1), CPER_SEVERITY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_framing),		 cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_hazards),		 cmocka_unit_test(test_short_memory),
		cmocka_unit_test(test_linux_old_memory), cmocka_unit_test(test_record_form),
		cmocka_unit_test(test_record_many),	 cmocka_unit_test(test_builder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
