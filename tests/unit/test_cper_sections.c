// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Each section type is built, read, and converted to JSON, to UEFI's form and back. Then it is cut
 * at every byte. The expected results are written down here and do not come from the library.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cper/section.h"
#include "cper_through_json.h"

#define SECTION 92u /* of the first entry, from the start of the block */

static void test_round_trips(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(makers); i++) {
		uint8_t buf[4096], record[4096], back[4096];
		const struct cper_section *s;
		struct cper_err ce = { 0 };
		struct cper_entry e;
		struct cper_view v;
		size_t len = make_block(&makers[i], buf, sizeof(buf)), n, m;

		assert_true(len > SECTION);
		if (cper_validate(buf, len,
				  CPER_SPEC | CPER_LINUX_GUEST | CPER_STRICT | CPER_QEMU_SLOT,
				  &ce) < 0)
			fail_msg("%s: %s at %u", makers[i].kind, cper_code_name(ce.code),
				 ce.offset);
		assert_int_equal(cper_view_init(&v, buf, len, NULL), 0);
		assert_int_equal(cper_view_next(&v, &e, NULL), 1);
		s = cper_section_find(&e.section_type);
		assert_string_equal(s ? s->kind : "unknown", makers[i].kind);
		through_json(makers[i].kind, buf, len, 0);
		through_json(makers[i].kind, buf, len, CPERJSON_WORDS);
		assert_int_equal(cper_record_from_block(buf, len, NULL, record, sizeof(record), &n,
							NULL),
				 0);
		assert_int_equal(n, len - SECTION + 200);
		through_json(makers[i].kind, record, n, CPERJSON_WORDS);
		assert_int_equal(cper_record_to_block(record, n, back, sizeof(back), &m, NULL), 0);
		assert_int_equal(m, len);
		assert_memory_equal(back, buf, len);
	}
}

/* Decode and put again gives the same bytes. Arrays of parts are read one by one. */
#define AGAIN(kind)                                     \
	do {                                            \
		struct cper_##kind m;                   \
		if (!cper_decode_##kind(e, &m, NULL)) { \
			cper_put_##kind(b, info, &m);   \
			return;                         \
		}                                       \
	} while (0)

static void put_again(struct cper_builder *b, const struct cper_entry_info *info,
		      const struct cper_entry *e)
{
	struct cper_arm_error_info ai[4];
	struct cper_x86_error_info xi[4];
	struct cper_arm_ras_record rr[2];
	struct cper_context c[9];
	struct cper_arm arm;
	struct cper_x86 x86;
	struct cper_arm_ras ras;
	uint32_t pos = 0;

	AGAIN(memory);
	AGAIN(memory2);
	AGAIN(pcie);
	AGAIN(pci_bus);
	AGAIN(pci_component);
	AGAIN(generic);
	AGAIN(firmware);
	AGAIN(dmar);
	AGAIN(vtd);
	AGAIN(iommu);
	AGAIN(ccix);
	AGAIN(cxl_protocol);
	AGAIN(cxl_event);
	if (!cper_decode_arm(e, &arm, NULL)) {
		assert_int_equal(arm.nr_info, 4);
		assert_int_equal(arm.nr_contexts, 9);
		for (uint16_t i = 0; i < 4; i++)
			assert_int_equal(cper_arm_info_at(e, i, &ai[i]), 1);
		assert_int_equal(cper_arm_info_at(e, 4, &ai[0]), 0);
		for (uint16_t i = 0; i < 9; i++)
			assert_int_equal(cper_context_next(e, &pos, &c[i]), 1);
		assert_int_equal(cper_context_next(e, &pos, &c[0]), 0);
		arm.info = ai;
		arm.contexts = c;
		cper_put_arm(b, info, &arm);
	} else if (!cper_decode_x86(e, &x86, NULL)) {
		for (uint16_t i = 0; i < 4; i++)
			assert_int_equal(cper_x86_info_at(e, i, &xi[i]), 1);
		for (uint16_t i = 0; i < 8; i++)
			assert_int_equal(cper_context_next(e, &pos, &c[i]), 1);
		x86.info = xi;
		x86.contexts = c;
		cper_put_x86(b, info, &x86);
	} else if (!cper_decode_arm_ras(e, &ras, NULL)) {
		for (uint32_t i = 0; i < 2; i++)
			assert_int_equal(cper_arm_ras_record_at(e, i, &rr[i]), 1);
		assert_int_equal(cper_arm_ras_record_at(e, 2, &rr[0]), 0);
		ras.records = rr;
		cper_put_arm_ras(b, info, &ras);
	} else {
		struct cper_entry_info v = *info;

		v.section_type = e->section_type;
		cper_put_vendor(b, &v, e->section, e->section_len);
	}
}

static void test_typed(void **state)
{
	struct cper_entry_info info = { .severity = CPER_SEV_CORRECTED, .fru_text = "made" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(makers); i++) {
		uint8_t buf[4096], back[4096];
		size_t len = make_block(&makers[i], buf, sizeof(buf)), n = 0;
		struct cper_builder b;
		struct cper_entry e;
		struct cper_view v;

		assert_int_equal(cper_view_init(&v, buf, len, NULL), 0);
		assert_int_equal(cper_view_next(&v, &e, NULL), 1);
		cper_build_begin(&b, back, sizeof(back));
		put_again(&b, &info, &e);
		assert_int_equal(cper_build_end(&b, &n, NULL), 0);
		assert_int_equal(n, len);
		assert_memory_equal(back, buf, len);
	}
}

/* Fields whose bit is clear are written as 0. */
static void test_clear_bits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(makers); i++) {
		const struct cper_section *s = cper_section_by_kind(makers[i].kind);
		uint8_t host[512], wire[512];

		if (!s || s->table.valid_field < 0)
			continue;
		memset(host, 0xff, sizeof(host));
		for (size_t f = 0; f < s->table.nr_fields; f++) {
			const struct cper_field *d = &s->table.fields[f];

			if ((int)f == s->table.valid_field)
				memset(host + d->host, 0, d->host_width);
		}
		memset(wire, 0xaa, sizeof(wire));
		cper_table_encode(&s->table, host, wire);
		for (size_t f = 0; f < s->table.nr_fields; f++) {
			const struct cper_field *d = &s->table.fields[f];

			if (d->valid_bit < 0 && d->host != CPER_NO_HOST)
				continue;
			for (uint16_t k = 0; k < d->width; k++)
				assert_int_equal(wire[d->offset + k], 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_typed),
		cmocka_unit_test(test_clear_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
