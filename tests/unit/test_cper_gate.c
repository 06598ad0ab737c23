// SPDX-License-Identifier: LGPL-2.1-or-later
/* What lib/cper accepts: the frame of a block, and what it warns of. */
#include "cper_gate.h"

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
	{ "mem", { { 4, 4, 173 }, { 8, 4, 0xffffff53 } }, 173, CPER_RAW_DATA, 8 },
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_framing),
		cmocka_unit_test(test_warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
