// SPDX-License-Identifier: LGPL-2.1-or-later
/* Each section type is cut at every byte; fields at odd places; the walk over all fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "cper/section.h"
#include "cper_through_json.h"

#define SECTION 92u /* of the first entry, from the start of the block */

struct verdict {
	int code;
	uint32_t offset; /* in the section */
};

/* A section cut to n bytes: the error that the specification's table asks for. */
static struct verdict when_cut(const char *kind, const uint8_t *s, uint32_t full, uint32_t n)
{
	static const struct {
		const char *kind;
		uint32_t size;
	} plain[] = {
		{ "mem2", 96 },	   { "pcie", 208 },  { "pcibus", 72 },	  { "proc_generic", 192 },
		{ "dmar", 32 },	   { "vtd", 144 },   { "iommu", 144 },	  { "fw", 16 },
		{ "mem", 73 },	   { "pcidev", 40 }, { "proc_arm", 40 },  { "proc_ia", 64 },
		{ "arm_ras", 80 }, { "ccix", 16 },   { "cxl_prot", 116 },
	};
	uint32_t min = !strncmp(kind, "cxl_", 4) ? 32 : 0, at;

	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		if (!strcmp(plain[i].kind, kind))
			min = plain[i].size;
	if (n < min)
		return (struct verdict){ CPER_SECTION_TOO_SHORT, 0 };
	if (!strcmp(kind, "mem"))
		return (struct verdict){ CPER_VALID_BEYOND_LENGTH, 0 };
	if (!strcmp(kind, "pcidev"))
		return (struct verdict){ CPER_PCIDEV_PAIRS, 32 };
	if (!strcmp(kind, "proc_arm"))
		return (struct verdict){ CPER_ARM_SECTION_LENGTH, 8 };
	if (!strcmp(kind, "ccix"))
		return (struct verdict){ CPER_CCIX_LENGTH, 0 };
	if (!strcmp(kind, "cxl_prot"))
		return n < 116 + 60 ? (struct verdict){ CPER_CXL_DVSEC, 108 } :
				      (struct verdict){ CPER_CXL_ERROR_LOG, 110 };
	if (!strncmp(kind, "cxl_", 4))
		return (struct verdict){ CPER_CXL_EVENT_LENGTH, 0 };
	if (!strcmp(kind, "arm_ras"))
		return n < 80 + 144 ? (struct verdict){ CPER_ARM_RAS_ARRAY, 8 } :
		       n < 224 + 16 ? (struct verdict){ CPER_ARM_RAS_AUX, 14 } :
				      (struct verdict){ CPER_ARM_RAS_AUX, 224 + 4 };
	if (!strcmp(kind, "proc_ia")) {
		if (n < 320)
			return (struct verdict){ CPER_IA_ERR_INFO, 0 };
		if (n < 320 + 8 * 16)
			return (struct verdict){ CPER_IA_CONTEXT, 0 };
		for (at = 320; at + 24 <= n; at += 24)
			;
		return (struct verdict){ CPER_IA_CONTEXT, at + 16 > n ? 0 : at + 2 };
	}
	(void)s;
	assert_true(n < full);
	return (struct verdict){ CPER_OK, 0 }; /* fw, unknown: every length is valid */
}

static void test_cut_sections(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(makers); i++) {
		uint8_t buf[4096];
		uint32_t full = (uint32_t)make_block(&makers[i], buf, sizeof(buf)) - SECTION;

		for (uint32_t n = 0; n < full; n++) {
			struct verdict want = when_cut(makers[i].kind, buf + SECTION, full, n);
			/* exactly as long as it says, so that asan sees a read beyond it */
			_free_ uint8_t *cut = malloc(SECTION + n);
			struct cper_err err = { 0 };
			int r;

			memcpy(cut, buf, SECTION + n);
			le_store(cut + 12, 4, 72 + n);
			le_store(cut + 44, 4, n);
			r = cper_validate(cut, SECTION + n, CPER_SPEC, &err);
			if (err.code != want.code || (r < 0 && err.offset != SECTION + want.offset))
				fail_msg("%s cut to %u: %s at %u, not %s at %u", makers[i].kind, n,
					 cper_code_name(err.code), err.offset,
					 cper_code_name(want.code), SECTION + want.offset);
			/* the rest of a valid section must survive JSON */
			if (!r)
				through_json(makers[i].kind, cut, SECTION + n, CPERJSON_WORDS);
		}
	}
}

static void test_agents(void **state)
{
	static const char *const words[] = { "restricted CXL device",
					     "restricted CXL host downstream port",
					     "CXL device",
					     "CXL logical device",
					     "CXL fabric manager managed logical device",
					     "CXL root port",
					     "CXL downstream switch port",
					     "CXL upstream switch port" };
	struct cper_entry_info info = { .severity = CPER_SEV_FATAL };

	(void)state;
	for (uint8_t t = 0; t < ARRAY_LEN(words); t++) {
		char text[8192], want[80];
		uint8_t buf[1024];
		struct cper_builder b;
		size_t len, need;

		cper_build_begin(&b, buf, sizeof(buf));
		make_cxl_agent(&b, &info, t);
		assert_int_equal(cper_build_end(&b, &len, NULL), 0);
		assert_int_equal(cperjson_write(buf, len, CPERJSON_WORDS, text, sizeof(text), &need,
						NULL),
				 0);
		snprintf(want, sizeof(want), "\"agent_type\":\"%s\"", words[t]);
		assert_non_null(strstr(text, want));
		/* an RCRB is an address; the others are function, device, bus, segment */
		assert_int_equal(!!strstr(text, "\"agent_address\":{"), t != 1);
		through_json("cxl_prot", buf, len, CPERJSON_WORDS);
	}
}

/* Arm RAS parts with a gap before them and in an unusual order: nothing is lost. */
static void test_odd_places(void **state)
{
	static const struct {
		uint32_t count, records, aux;
	} t[] = {
		{ 1, 84, 0 },	 { 2, 80, 0 },	{ 1, 96, 224 },
		{ 1, 296, 224 }, { 0, 0, 224 }, { 1, 80, 224 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		uint8_t buf[4096];
		size_t len = make_block(maker_of("arm_ras"), buf, sizeof(buf));

		le_store(buf + SECTION + 8, 4, t[i].count);
		le_store(buf + SECTION + 12, 2, t[i].records);
		le_store(buf + SECTION + 14, 2, t[i].aux);
		assert_int_equal(cper_validate(buf, len, CPER_SPEC, NULL), 0);
		through_json("arm_ras", buf, len, CPERJSON_WORDS);
	}
}

struct walk {
	unsigned int fields, parts, valid, stop;
};

static int step(void *ctx, const char *part, uint32_t element, const struct cper_field *f,
		const uint8_t *structure, bool valid)
{
	struct walk *w = ctx;

	(void)element;
	assert_non_null(f->name);
	assert_non_null(structure);
	w->fields++;
	w->parts += part != NULL;
	w->valid += valid;
	return w->stop && w->fields == w->stop ? 7 : 0;
}

static void test_walk(void **state)
{
	struct walk w = { 0 }, few = { .stop = 3 };
	uint8_t buf[4096];
	size_t len = make_block(maker_of("proc_arm"), buf, sizeof(buf));
	struct cper_err err;
	struct cper_entry e;
	struct cper_view v;

	(void)state;
	assert_int_equal(cper_view_init(&v, buf, len, NULL), 0);
	assert_int_equal(cper_view_next(&v, &e, NULL), 1);
	assert_int_equal(cper_for_each_field(&e, step, &w, &err), 0);
	assert_int_equal(w.fields, 10 + 4 * 9 + 9 * 3);
	assert_int_equal(w.parts, 4 * 9 + 9 * 3);
	/* of the last three infos multiple_error, flags, VA and PA are not valid */
	assert_int_equal(w.valid, w.fields - 3 * 4);
	assert_int_equal(cper_for_each_field(&e, step, &few, &err), 7);
	assert_int_equal(few.fields, 3);
	le_store(buf + SECTION + 8, 4, 0);
	assert_int_equal(cper_for_each_field(&e, step, &w, &err), -1);
	assert_int_equal(err.code, CPER_ARM_SECTION_LENGTH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cut_sections),
		cmocka_unit_test(test_odd_places),
		cmocka_unit_test(test_agents),
		cmocka_unit_test(test_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
