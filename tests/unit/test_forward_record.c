// SPDX-License-Identifier: LGPL-2.1-or-later
/* The record that a guest is sent for an error of the host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "cper/cper.h"
#include "cper/effect.h"
#include "cper/fields.h"
#include "forward/record.h"

static size_t n_effects;
static enum cper_effect_kind effect;

static void on_effect(void *ctx, const struct cper_effect *x)
{
	(void)ctx;
	n_effects++;
	effect = x->kind;
}

/* As many lost pages as promised fit into the block of a guest; Linux takes each out of use. */
static void lost_pages(void **state)
{
	struct forward_error e = { .pages = 512,
				   .severity = CONF_SEV_RECOVERABLE,
				   .fru_text = "DIMM_A1",
				   .real_ns = INT64_C(1764493445) * 1000000000 };
	struct gpa gpa[FORWARD_BLOCK_PAGES];
	struct cper_view v;
	struct cper_entry entry;
	struct cper_memory m;
	struct cper_err ce;
	struct ras_err err;
	uint8_t rec[CPER_QEMU_SLOT_SIZE];
	size_t len, n = 0;

	(void)state;
	for (size_t i = 0; i < FORWARD_BLOCK_PAGES; i++)
		gpa[i].v = 0x48000000 + i * 4096;
	assert_int_equal(forward_record(&e, gpa, FORWARD_BLOCK_PAGES, rec, sizeof(rec), &len, &err),
			 0);
	assert_int_equal(cper_validate(rec, len, CPER_LINUX_GUEST | CPER_QEMU_SLOT, &ce), 0);
	assert_int_equal(cper_hazard(rec, len, &ce), 0);
	assert_int_equal(cper_view_init(&v, rec, len, &ce), 0);
	for (; cper_view_next(&v, &entry, &ce) == 1; n++) {
		assert_int_equal(entry.severity, CPER_SEV_RECOVERABLE);
		assert_int_equal(cper_decode_memory(&entry, &m, &ce), 0);
		assert_int_equal(m.physical_address, gpa[n].v);
		assert_int_equal(m.physical_address_mask, ~UINT64_C(0xfff));
		assert_memory_equal(entry.fru_text, "DIMM_A1", 8);
		assert_false(entry.validation_bits & CPER_ENTRY_VALID_FRU_ID);
		assert_true(entry.validation_bits & CPER_ENTRY_VALID_TIMESTAMP);
	}
	assert_int_equal(n, FORWARD_BLOCK_PAGES);
	n_effects = 0;
	assert_int_equal(cper_effects(rec, len, on_effect, NULL), 0);
	assert_int_equal(n_effects, FORWARD_BLOCK_PAGES);
	assert_int_equal(effect, CPER_EFFECT_PAGE_OFFLINE);
	/* One more does not fit, and is an error: nothing is cut. */
	assert_int_equal(forward_record(&e, gpa, 1, rec, 100, &len, &err), -RAS_E_RECORD);
}

/* A corrected error is one address; with the flag Linux moves the page, without it only logs. */
static void corrected(void **state)
{
	struct forward_error e = { .severity = CONF_SEV_CORRECTED };
	struct gpa gpa = { 0x48000123 };
	struct cper_view v;
	struct cper_entry entry;
	struct cper_memory m;
	struct cper_err ce;
	struct ras_err err;
	uint8_t rec[CPER_QEMU_SLOT_SIZE];
	size_t len;

	(void)state;
	assert_int_equal(forward_record(&e, &gpa, 1, rec, sizeof(rec), &len, &err), 0);
	assert_int_equal(cper_validate(rec, len, CPER_LINUX_GUEST | CPER_QEMU_SLOT, &ce), 0);
	assert_int_equal(cper_view_init(&v, rec, len, &ce), 0);
	assert_int_equal(cper_view_next(&v, &entry, &ce), 1);
	assert_int_equal(entry.severity, CPER_SEV_CORRECTED);
	assert_int_equal(entry.validation_bits, 0); /* no FRU, no time that nobody knows */
	assert_int_equal(cper_decode_memory(&entry, &m, &ce), 0);
	assert_int_equal(m.physical_address, 0x48000123);
	assert_int_equal(m.physical_address_mask, UINT64_MAX);
	n_effects = 0;
	cper_effects(rec, len, on_effect, NULL);
	assert_int_equal(n_effects, 0);
	e.threshold = true;
	assert_int_equal(forward_record(&e, &gpa, 1, rec, sizeof(rec), &len, &err), 0);
	cper_effects(rec, len, on_effect, NULL);
	assert_int_equal(n_effects, 1);
	assert_int_equal(effect, CPER_EFFECT_PAGE_SOFT_OFFLINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(lost_pages),
					    cmocka_unit_test(corrected) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
