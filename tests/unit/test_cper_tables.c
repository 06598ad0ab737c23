// SPDX-License-Identifier: LGPL-2.1-or-later
/* The field tables are compared with an independent list, with each other, and with the manual. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/cleanup.h"
#include "cper/record.h"
#define CPERDOC_NO_MAIN
#include "../../tools/cperdoc.c"

static const struct cper_table *table_of(const char *kind, const char *part)
{
	const struct cper_section *s = cper_section_by_kind(kind);

	if (!s)
		return NULL;
	if (!strcmp(part, "-"))
		return &s->table;
	for (size_t i = 0; i < s->nr_parts; i++)
		if (!strcmp(s->parts[i].name, part))
			return s->parts[i].table;
	return NULL;
}

/* Every line of the list is a field, and the tables in the list have no other fields. */
static void test_fields(void **state)
{
	_fclose_ FILE *f = fopen("tests/data/cper/fields.txt", "re");
	char line[200], kind[32], part[32], name[64], valid[16];
	const struct cper_table *last = NULL;
	unsigned int offset, size, n = 0, lines = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		const struct cper_table *t;
		const struct cper_field *d;
		int i;

		if (line[0] == '#')
			continue;
		assert_int_equal(sscanf(line, "%31s %31s %u %u %63s %15s", kind, part, &offset,
					&size, name, valid),
				 6);
		t = table_of(kind, part);
		if (!t)
			fail_msg("no table %s %s", kind, part);
		if (offset == 0 && last)
			assert_int_equal(n, last->nr_fields);
		n = offset == 0 ? 1 : n + 1;
		last = t;
		i = cper_field_index(t, name);
		if (i < 0)
			fail_msg("%s %s has no field %s", kind, part, name);
		d = &t->fields[i];
		assert_int_equal(i, n - 1);
		assert_int_equal(d->offset, offset);
		assert_int_equal(d->width, size);
		assert_int_equal(d->reserved, !strcmp(valid, "reserved"));
		assert_int_equal(d->valid_bit, strcmp(valid, "reserved") && strcmp(valid, "-") ?
						       atoi(valid) :
						       CPER_NO_BIT);
		lines++;
	}
	assert_int_equal(n, last->nr_fields);
	assert_int_equal(lines, 295);
}

/* Fields tile the structure: in order, without gap or overlap. Their host members hold them. */
static void tiles(const char *name, const struct cper_table *t)
{
	unsigned int at = 0;

	for (size_t i = 0; i < t->nr_fields; i++) {
		const struct cper_field *f = &t->fields[i];

		if (f->offset != at)
			fail_msg("%s: %s is at %u, not %u", name, f->name, f->offset, at);
		at += f->width;
		if (f->name_len)
			assert_int_equal(f->name_len, strlen(f->name));
		if (f->host != CPER_NO_HOST && f->type == CPER_FIELD_UINT)
			assert_true(f->host_width >= f->width);
		if (f->host != CPER_NO_HOST && f->type != CPER_FIELD_UINT)
			assert_int_equal(f->host_width, f->width);
		for (const struct cper_bits *b = f->bits; b && b->name; b++)
			assert_true(b->lo + b->width <= 8 * f->width);
		for (const struct cper_field *d = f->sub; d && d->name; d++)
			assert_true(d->offset + d->width <= f->width);
	}
	assert_int_equal(at, t->size);
	assert_true(t->size <= CPER_TABLE_MAX && t->nr_fields <= 64);
}

static void test_tiles(void **state)
{
	const struct cper_section *s;
	size_t i;

	(void)state;
	for (i = 0; (s = cper_section_at(i)); i++) {
		struct cper_guid g;
		char text[CPER_GUID_TEXT_SIZE];

		tiles(s->kind, &s->table);
		for (size_t p = 0; p < s->nr_parts; p++)
			if (s->parts[p].table)
				tiles(s->parts[p].name, s->parts[p].table);
		for (size_t p = 0; p < s->nr_parts; p++)
			assert_true(!s->parts[p].sub || s->parts[p].kind == CPER_PART_BYTES);
		assert_true(s->min_size <= s->table.size);
		assert_ptr_equal(cper_section_by_kind(s->kind), s);
		assert_ptr_equal(cper_section_find(&s->guid), s);
		cper_guid_format(&s->guid, text);
		assert_int_equal(cper_guid_parse(text, &g), 0);
		assert_memory_equal(&g, &s->guid, sizeof(g));
	}
	assert_int_equal(i, 35);
	tiles("record", &cper_record_table);
	tiles("descriptor", &cper_descriptor_table);
}

static void test_guids(void **state)
{
	static const char *const t[][2] = {
		{ "mem", "a5bc1114-6f64-4ede-b863-3e83ed7c83b1" },
		{ "mem2", "61ec04fc-48e6-d813-25c9-8daa44750b12" },
		{ "pcie", "d995e954-bbc1-430f-ad91-b44dcb3c6f35" },
		{ "pcibus", "c5753963-3b84-4095-bf78-eddad3f9c9dd" },
		{ "pcidev", "eb5e4685-ca66-4769-b6a2-26068b001326" },
		{ "proc_generic", "9876ccad-47b4-4bdb-b65e-16f193c4f3db" },
		{ "proc_ia", "dc3ea0b0-a144-4797-b95b-53fa242b6e1d" },
		{ "proc_arm", "e19e3d16-bc11-11e4-9caa-c2051d5d46b0" },
		{ "arm_ras", "bf32d4d5-b427-4025-8495-8a9e5d4030e4" },
		{ "fw", "81212a96-09ed-4996-9471-8d729c8e69ed" },
		{ "dmar", "5b51fef7-c79d-4434-8f1b-aa62de3e2c64" },
		{ "vtd", "71761d37-32b2-45cd-a7d0-b0fedd93e8cf" },
		{ "iommu", "036f84e1-7f37-428c-a79e-575fdfaa84ec" },
		{ "ccix", "91335ef6-ebfb-4478-a6a6-88b728cf75d7" },
		{ "cxl_prot", "80b9efb4-52b5-4de3-a777-68784b771048" },
		{ "cxl_media", "fbcd0a77-c260-417f-85a9-088b1621eba6" },
		{ "cxl_dram", "601dcbb3-9c06-4eab-b8af-4e9bfb5c9624" },
		{ "cxl_module", "fe927475-dd59-4339-a586-79bab113b774" },
		{ "cxl_pswitch", "77cf9271-9c02-470b-9fe4-bc7b75f2da97" },
		{ "cxl_vswitch", "40d26425-3396-4c4d-a5da-3d47263af425" },
		{ "cxl_mld", "8dc44363-0c96-4710-b7bf-04bb99534c3f" },
		{ "cxl_sparing", "e71f3a40-2d29-4092-8a39-4d1c966c7c65" },
		{ "linux_mce", "fe08ffbe-95e4-4be7-bc73-4096044a38fc" },
		{ "linux_dmesg", "c197e04e-d545-4a70-9c17-a5549419eb12" },
		{ "windows_mca", "8a1e1d01-42f9-4557-9c33-565e5cc3f7e8" },
		{ "amd_runtime", "32ac0c78-2623-48f6-81a2-ac691780551d" },
		{ "amd_crash", "32ac0c78-2623-48f6-b0d0-7365725fd6ae" },
		{ "nvidia", "6d5244f2-2712-11ec-bea7-cb3fdb95c786" },
		{ "nvidia_event", "9068e568-6ca0-11f0-aeaf-159343591eac" },
		{ "ampere", "e8ed898d-df16-43cc-8ecc-54f060ef157f" },
		{ "ampereone", "2826cc9f-448c-4c2b-86b6-a95394b7ef33" },
		{ "hisi_common", "c8b328a8-9917-4af6-9a13-2e08ab2e7586" },
		{ "hisi_type1", "1f8161e1-55d6-41e6-bd10-7afd1dc5f7c5" },
		{ "hisi_type2", "45534ea6-ce23-4115-8535-e07ab3aef91d" },
		{ "hisi_pcie", "b2889fc9-e7d7-4f9d-a867-af42e98be772" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct cper_guid g;

		assert_int_equal(cper_guid_parse(t[i][1], &g), 0);
		assert_non_null(cper_section_find(&g));
		assert_string_equal(cper_section_find(&g)->kind, t[i][0]);
	}
	assert_int_equal(cper_guid_parse("a5bc1114-6f64-4ede-b863-3e83ed7c83b",
					 &(struct cper_guid){ 0 }),
			 -1);
	assert_int_equal(cper_guid_parse("a5bc1114-6f64-4ede-b863-3e83ed7c83b1x",
					 &(struct cper_guid){ 0 }),
			 -1);
	assert_int_equal(cper_guid_parse("a5bc1114+6f64-4ede-b863-3e83ed7c83b1",
					 &(struct cper_guid){ 0 }),
			 -1);
	assert_int_equal(cper_guid_parse("", &(struct cper_guid){ 0 }), -1);
}

static void test_manual(void **state)
{
	_fclose_ FILE *page = fopen("man/cper-fields.5", "re");
	_free_ char *made = NULL, *kept = NULL;
	size_t made_len = 0, kept_len;
	FILE *f = open_memstream(&made, &made_len);

	(void)state;
	assert_non_null(page);
	assert_non_null(f);
	cperdoc(f);
	fclose(f);
	kept = malloc(made_len + 2);
	kept_len = fread(kept, 1, made_len + 1, page);
	if (kept_len != made_len || memcmp(kept, made, made_len) != 0)
		fail_msg("man/cper-fields.5 is not what the tables say: make man-fields");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_tiles),
		cmocka_unit_test(test_guids),
		cmocka_unit_test(test_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
