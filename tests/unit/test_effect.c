// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What Linux does with a record, by a list written apart from lib/cper/effect.c. Whether Linux
 * really does so is tests/integration/test_effects.py's question.
 */
#include "cper_gate.h"

#include "cper/effect.h"

#define INFO CPER_SEV_INFO
#define CORR CPER_SEV_CORRECTED
#define RECO CPER_SEV_RECOVERABLE
#define FATAL CPER_SEV_FATAL
#define NONE CPER_EFFECT_MAX

#define RESET 4
#define THRESHOLD 8

struct seen {
	size_t n;
	struct cper_effect first, last;
};

static void see(void *ctx, const struct cper_effect *x)
{
	struct seen *s = ctx;

	if (s->n++ == 0)
		s->first = *x;
	s->last = *x;
}

static const struct {
	const char *kind;
	uint32_t block, section;
	uint8_t flags;
	enum cper_effect_kind effect;
} table[] = {
	{ "mem", CORR, CORR, 0, NONE },
	{ "mem", CORR, CORR, 0xf7, NONE },
	{ "mem", CORR, CORR, THRESHOLD, CPER_EFFECT_PAGE_SOFT_OFFLINE },
	{ "mem", INFO, CORR, THRESHOLD, CPER_EFFECT_PAGE_SOFT_OFFLINE },
	{ "mem", RECO, CORR, THRESHOLD, CPER_EFFECT_PAGE_SOFT_OFFLINE },
	{ "mem", RECO, CORR, 0, NONE },
	{ "mem", INFO, INFO, THRESHOLD, NONE },
	{ "mem", RECO, RECO, 0, CPER_EFFECT_PAGE_OFFLINE },
	{ "mem", RECO, RECO, 0xff, CPER_EFFECT_PAGE_OFFLINE },
	{ "mem", CORR, RECO, 0, NONE },
	{ "mem", CORR, RECO, THRESHOLD, NONE },
	{ "mem", RECO, FATAL, 0, NONE },
	{ "mem", FATAL, CORR, THRESHOLD, CPER_EFFECT_PANIC },
	{ "mem", 4, INFO, 0, CPER_EFFECT_PANIC },
	{ "mem2", RECO, RECO, 0, NONE },
	{ "mem2", CORR, CORR, THRESHOLD, NONE },
	{ "pcie", CORR, CORR, 0, NONE },
	{ "pcie", CORR, CORR, 0xfb, NONE },
	{ "pcie", CORR, CORR, RESET, CPER_EFFECT_PCIE_RESET },
	{ "pcie", INFO, INFO, RESET, CPER_EFFECT_PCIE_RESET },
	{ "pcie", RECO, RECO, RESET, CPER_EFFECT_PCIE_RESET },
	{ "pcie", RECO, RECO, 0, CPER_EFFECT_PCIE_RECOVERY },
	{ "pcie", CORR, RECO, 0, CPER_EFFECT_PCIE_RECOVERY },
	{ "pcie", CORR, FATAL, 0, CPER_EFFECT_PCIE_RESET },
	{ "pcie", CORR, 7, 0, NONE },
	{ "pcie", FATAL, RECO, RESET, CPER_EFFECT_PANIC },
	{ "proc_arm", CORR, CORR, THRESHOLD, NONE },
	{ "proc_arm", RECO, RECO, 0, CPER_EFFECT_PAGE_OFFLINE },
	{ "proc_arm", CORR, RECO, 0, NONE },
	{ "proc_arm", RECO, CORR, THRESHOLD, NONE },
	{ "proc_ia", RECO, RECO, 0xff, NONE },
	{ "proc_generic", RECO, RECO, 0xff, NONE },
	{ "cxl_prot", RECO, RECO, 0xff, NONE },
	{ "cxl_dram", RECO, RECO, 0xff, NONE },
	{ "pcibus", RECO, RECO, 0xff, NONE },
	{ "fw", RECO, RECO, 0xff, NONE },
};

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const struct row r = {
			table[i].kind,
			{ { 16, 4, table[i].block },
			  { 36, 4, table[i].section },
			  { 43, 1, table[i].flags } },
			0,
			0,
			0,
		};
		struct seen s = { .first.kind = NONE };
		size_t len;
		_free_ uint8_t *buf = edited(&r, &len);

		assert_int_equal(cper_effects(buf, len, see, &s), 0);
		if (s.first.kind != table[i].effect)
			fail_msg("table[%zu]: %s, not %s", i, cper_effect_name(s.first.kind),
				 cper_effect_name(table[i].effect));
	}
}

static struct seen of(const struct row *r)
{
	struct seen s = { .first.kind = NONE };
	size_t len;
	_free_ uint8_t *buf = edited(r, &len);

	cper_effects(buf, len, see, &s);
	return s;
}

/* Which page, which device, and that both must be valid. */
static void test_targets(void **state)
{
	char text[CPER_EFFECT_TEXT_SIZE];
	struct seen s;

	(void)state;
	s = of(&(struct row){ "mem", { { 16, 4, RECO }, { 36, 4, RECO } }, 0, 0, 0 });
	assert_int_equal(s.n, 1);
	assert_true(s.first.gpa == 0x1122334455667000);
	cper_effect_text(&s.first, text);
	assert_non_null(strstr(text, "0x1122334455667000 offline"));
	s = of(&(struct row){
		"mem", { { 16, 4, RECO }, { 36, 4, RECO }, { SECTION, 8, ~2ULL } }, 0, 0, 0 });
	assert_int_equal(s.n, 0);

	s = of(&(struct row){
		"pcie", { { 16, 4, CORR }, { 36, 4, CORR }, { 43, 1, 4 } }, 0, 0, 0 });
	assert_int_equal(s.n, 1);
	assert_int_equal(s.first.segment, 3);
	assert_int_equal(s.first.bus, 4);
	assert_int_equal(s.first.device, 2);
	assert_int_equal(s.first.function, 1);
	cper_effect_text(&s.first, text);
	assert_non_null(strstr(text, "resets the PCIe link of 0003:04:02.1;"));
	for (unsigned int bit = 0; bit < 8; bit++) {
		struct row r = { "pcie", { { 16, 4, CORR }, { 43, 1, RESET } }, 0, 0, 0 };

		r.edit[2] = (struct edit){ SECTION, 8, 0xff & ~(1ULL << bit) };
		s = of(&r);
		assert_int_equal(s.n, bit != 3 && bit != 7);
	}
}

/* The cache errors of the maker's four, by either meaning of the type, and no other. */
static void test_arm(void **state)
{
	struct row r = { "proc_arm", { { 16, 4, RECO }, { 36, 4, RECO } }, 0, 0, 0 };
	struct cper_arm_error_info info;

	(void)state;
	for (unsigned int type = 0; type < 256; type++) {
		size_t len, want = 0;
		_free_ uint8_t *buf = edited(&r, &len);
		struct cper_view v;
		struct cper_entry e;
		struct seen now = { 0 };

		for (size_t i = 0; i < 4; i++)
			buf[SECTION + 40 + 32 * i + 4] = (uint8_t)type;
		assert_int_equal(cper_view_init(&v, buf, len, NULL), 0);
		assert_int_equal(cper_view_next(&v, &e, NULL), 1);
		for (uint16_t i = 0; cper_arm_info_at(&e, i, &info); i++)
			want += (info.validation_bits & 0x10) && (type == 0 || (type & 2));
		cper_effects(buf, len, see, &now);
		assert_int_equal(now.n, want);
		if (want)
			assert_true(now.first.kind == CPER_EFFECT_PAGE_OFFLINE);
	}
	/* an element of no length would be met again and again */
	r.edit[2] = (struct edit){ SECTION + 41, 1, 0 };
	assert_true(of(&r).n <= 1);
}

/* Any bytes: cut at every length, and a flaw does not hide what comes before it. */
static void test_unsound(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(makers); i++) {
		uint8_t whole[4096];
		size_t len = make_block(&makers[i], whole, sizeof(whole));
		struct seen s = { 0 };

		for (size_t n = 0; n < len; n++) {
			_free_ uint8_t *buf = malloc(n ? n : 1);

			memcpy(buf, whole, n);
			assert_int_equal(cper_effects(buf, n, see, &s), -1);
		}
		assert_int_equal(cper_effects(whole, len, see, &s), 0);
	}
	/* raw data that overlaps the sections */
	for (uint32_t at = 0; at < 400; at += 1) {
		const struct row r = {
			"mem", { { 16, 4, RECO }, { 4, 4, at }, { 8, 4, 1 } }, 0, 0, 0
		};
		struct seen s = { 0 };
		size_t len;
		_free_ uint8_t *buf = edited(&r, &len);

		assert_int_equal(cper_effects(buf, len, see, &s), at >= len ? 0 : -1);
	}
}

static void test_two_sections(void **state)
{
	struct cper_entry_info corrected = { .severity = CORR, .flags = THRESHOLD },
			       reset = { .severity = INFO, .flags = RESET };
	struct cper_memory m = { .validation_bits = CPER_MEM_VALID_PA, .physical_address = 0x1234 };
	struct cper_pcie p = { .validation_bits = 0x88, .bus = 9 };
	struct seen s = { 0 };
	struct cper_builder b;
	uint8_t buf[1024];
	size_t len;

	(void)state;
	cper_build_begin(&b, buf, sizeof(buf));
	cper_put_memory(&b, &corrected, &m);
	cper_put_pcie(&b, &reset, &p);
	assert_int_equal(cper_build_end(&b, &len, NULL), 0);
	assert_int_equal(cper_effects(buf, len, see, &s), 0);
	assert_int_equal(s.n, 2);
	assert_true(s.first.kind == CPER_EFFECT_PAGE_SOFT_OFFLINE && s.first.gpa == 0x1234);
	assert_int_equal(s.first.entry, 0);
	assert_true(s.last.kind == CPER_EFFECT_PCIE_RESET && s.last.bus == 9);
	assert_int_equal(s.last.entry, 1);
	/* the flaw is behind the first section */
	buf[20 + 72 + 80 + 26] = 0xff;
	s = (struct seen){ 0 };
	assert_int_equal(cper_effects(buf, len, see, &s), -1);
	assert_int_equal(s.n, 1);
}

/* Each kind has a name, a text that fits, and needs more than corrected. */
static void test_words(void **state)
{
	(void)state;
	for (unsigned int k = 0; k < CPER_EFFECT_MAX; k++) {
		const struct cper_effect x = { .kind = k,
					       .gpa = UINT64_MAX,
					       .segment = 0xffff,
					       .bus = 0xff,
					       .device = 0xff,
					       .function = 0xff };
		char text[CPER_EFFECT_TEXT_SIZE];

		assert_true(cper_severity_rank(cper_effect_severity(k)) >=
			    cper_severity_rank(RECO));
		cper_effect_text(&x, text);
		assert_in_range(strlen(text), 6, sizeof(text) - 2);
		assert_string_not_equal(cper_effect_name(k), "unknown");
	}
	assert_int_equal(cper_effect_severity(CPER_EFFECT_PAGE_SOFT_OFFLINE), RECO);
	assert_int_equal(cper_effect_severity(CPER_EFFECT_PCIE_RECOVERY), RECO);
	assert_int_equal(cper_effect_severity(CPER_EFFECT_PCIE_RESET), FATAL);
	assert_int_equal(cper_effect_severity(CPER_EFFECT_MAX), FATAL);
	assert_string_equal(cper_effect_name(CPER_EFFECT_MAX), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),	     cmocka_unit_test(test_targets),
		cmocka_unit_test(test_arm),	     cmocka_unit_test(test_unsound),
		cmocka_unit_test(test_two_sections), cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
