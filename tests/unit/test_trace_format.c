// SPDX-License-Identifier: LGPL-2.1-or-later
/* The formats of real kernels, as rasd and as libtraceevent read them; and bad ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <event-parse.h>

#include "base/cleanup.h"
#include "tests/unit/trace_env.h"

static const char *const kernels[] = { "tests/data/host-events/linux-6.1-amd64.formats",
				       "tests/data/host-events/linux-6.12-amd64.formats",
				       "tests/data/host-events/linux-7.3-amd64.formats" };

static void same_field(const struct trace_format *ours, const struct tep_format_field *theirs)
{
	const struct trace_field *f = trace_format_field(ours, theirs->name);

	if (!f)
		fail_msg("%s: no %s", ours->name, theirs->name);
	assert_int_equal(f->offset, theirs->offset);
	assert_int_equal(f->size, theirs->size);
	/* Of an array libtraceevent says what its elements are. */
	if (!(theirs->flags & TEP_FIELD_IS_ARRAY))
		assert_int_equal(f->is_signed, (theirs->flags & TEP_FIELD_IS_SIGNED) != 0);
	assert_int_equal(f->kind == TRACE_FIELD_DATA_LOC,
			 (theirs->flags & TEP_FIELD_IS_DYNAMIC) != 0);
}

static size_t same_words(const struct trace_format *ours, const struct tep_event *theirs)
{
	size_t n = 0;

	for (const struct tep_print_arg *a = theirs->print_fmt.args; a; a = a->next) {
		if (a->type != TEP_PRINT_SYMBOL || a->symbol.field->type != TEP_PRINT_FIELD)
			continue;
		for (const struct tep_print_flag_sym *s = a->symbol.symbols; s; s = s->next) {
			const char *field = a->symbol.field->field.name;
			char word[64], *end;
			long long value = strtoll(s->value, &end, 0);

			/* Names that the kernel left in the text: they stand for no number. */
			if (*end)
				continue;
			if (!trace_format_word(ours, field, value, word, sizeof(word)))
				fail_msg("%s: no word for %s of %s", ours->name, s->value, field);
			assert_string_equal(word, s->str);
			n++;
		}
	}
	return n;
}

static void test_as_libtraceevent(void **state)
{
	size_t words = 0, fields = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kernels); i++) {
		struct tep_handle *tep = tep_alloc();
		struct trace_kernel k;

		trace_kernel_load(&k, kernels[i]);
		tep_set_loglevel(TEP_LOG_NONE);
		for (size_t j = 0; j < k.n; j++) {
			const struct trace_format *ours = &k.format[j];
			const struct tep_event *e;
			size_t before = fields;

			/* It says that it cannot print some, but knows the fields of all. */
			tep_parse_event(tep, k.at[j], k.len[j], "ras");
			e = tep_find_event(tep, ours->id);
			assert_non_null(e);
			assert_string_equal(ours->name, e->name);
			assert_int_equal(ours->id, e->id);
			for (struct tep_format_field *f = e->format.common_fields; f; f = f->next)
				same_field(ours, f), fields++;
			for (struct tep_format_field *f = e->format.fields; f; f = f->next)
				same_field(ours, f), fields++;
			assert_int_equal(fields - before, ours->n_fields);
			words += same_words(ours, e);
		}
		trace_kernel_clear(&k);
		tep_free(tep);
	}
	assert_in_range(words, 40, 400); /* type and result of two kernels, at least */
	assert_in_range(fields, 200, 2000);
}

/* The words are this kernel's, not another's: 20 has three meanings in three kernels. */
static void test_words(void **state)
{
	static const char newer[] =
		"name: memory_failure_event\nID: 7\nformat:\n"
		"\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		"\tfield:int type;\toffset:16;\tsize:4;\tsigned:1;\n\n"
		"print fmt: \"%s\", __print_symbolic(REC->type, { 20, \"non struct page pfn\" }, "
		"{ -1, \"minus\" }, { 1 << 3, \"shift\" }, { NAME, \"name\" }, "
		"{ 0x15, \"a \\\"b\" })";
	struct trace_format f;
	struct trace_kernel k;
	char word[64];

	(void)state;
	trace_kernel_load(&k, kernels[1]);
	assert_true(trace_format_word(trace_kernel_format(&k, "memory_failure_event"), "type", 20,
				      word, sizeof(word)));
	assert_string_equal(word, "unknown page");
	assert_false(trace_format_word(trace_kernel_format(&k, "memory_failure_event"), "typ", 20,
				       word, sizeof(word)));
	assert_false(trace_format_word(trace_kernel_format(&k, "mc_event"), "error_type", 1, word,
				       sizeof(word)));
	trace_kernel_clear(&k);

	assert_int_equal(trace_format_parse(&f, newer, strlen(newer), NULL), 0);
	assert_true(trace_format_word(&f, "type", 20, word, sizeof(word)));
	assert_string_equal(word, "non struct page pfn");
	assert_true(trace_format_word(&f, "type", -1, word, sizeof(word)));
	assert_string_equal(word, "minus");
	assert_false(trace_format_word(&f, "type", 1, word, sizeof(word)));
	assert_false(trace_format_word(&f, "type", 0, word, sizeof(word)));
	assert_true(trace_format_word(&f, "type", 21, word, sizeof(word)));
	assert_string_equal(word, "a \\\"b");
	assert_true(trace_format_word(&f, "type", 20, word, 4));
	assert_string_equal(word, "non");
	trace_format_clear(&f);
}

#define COMMON "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"

static void test_bad_formats(void **state)
{
	static const char *const bad[] = {
		"",
		"name: x\nID: 1\n",
		"name: \nID: 1\n" COMMON,
		"name: x\nID: 65536\n" COMMON,
		"name: x\nID: -1\n" COMMON,
		"name: x\nID: 1\n\tfield:unsigned short common_type;\toffset:2;\tsize:2;\n",
		"name: x\nID: 1\n\tfield:unsigned short common_type;\toffset:0;\tsize:4;\n",
		"name: x\nID: 1\n" COMMON "\tfield:u64;\toffset:8;\tsize:8;\n",
		"name: x\nID: 1\n" COMMON "\tfield:u64 ;\toffset:8;\tsize:8;\n",
		"name: x\nID: 1\n" COMMON "\tfield:u64 a",
		"name: x\nID: 1\n" COMMON "\tfield:u64 a;\toffset:;\tsize:8;\n",
		"name: x\nID: 1\n" COMMON "\tfield:u64 a;\toffset:65535;\tsize:8;\n",
		"name: x\nID: 1\n" COMMON "\tfield:u64 a;\toffset:99999999999999999999;\tsize:8;\n",
		"name: x\nID: 1\n" COMMON "\tfield:u64 a;\tsize:8;\toffset:8;\n",
		"name: x\nID: 1\n" COMMON "\tfield:__data_loc char[] a;\toffset:8;\tsize:8;\n",
		"name: x\nID: 1\n" COMMON
		"\tfield:u64 a123456789012345678901234567890123456789;\toffset:8;\tsize:8;\n",
	};
	struct trace_format f;
	struct ras_err err;
	char many[16384];
	int n;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		if (trace_format_parse(&f, bad[i], strlen(bad[i]), &err) != -RAS_E_PARSE)
			fail_msg("accepted: %s", bad[i]);
	assert_int_equal(trace_format_parse(&f, "name: x\0", 8, &err), -RAS_E_PARSE);

	n = snprintf(many, sizeof(many), "name: x\nID: 1\n" COMMON);
	for (int i = 1; i < TRACE_FIELDS_MAX; i++)
		n += snprintf(many + n, sizeof(many) - (size_t)n,
			      "\tfield:u8 f%d;\toffset:%d;\tsize:1;\tsigned:0;\n", i, i);
	assert_int_equal(trace_format_parse(&f, many, (size_t)n, &err), 0);
	trace_format_clear(&f);
	n += snprintf(many + n, sizeof(many) - (size_t)n,
		      "\tfield:u8 more;\toffset:9;\tsize:1;\tsigned:0;\n");
	assert_int_equal(trace_format_parse(&f, many, (size_t)n, &err), -RAS_E_PARSE);
}

static void test_layout(void **state)
{
	static const char *const bad[] = {
		"",
		"\tfield: u64 timestamp;\toffset:0;\tsize:8;\n",
		/* 32 bits */
		"\tfield: u64 timestamp;\toffset:0;\tsize:8;\n"
		"\tfield: local_t commit;\toffset:8;\tsize:4;\n"
		"\tfield: char data;\toffset:12;\tsize:4084;\n",
		/* overlapping */
		"\tfield: u64 timestamp;\toffset:0;\tsize:8;\n"
		"\tfield: local_t commit;\toffset:8;\tsize:8;\n"
		"\tfield: char data;\toffset:12;\tsize:4084;\n",
	};
	struct trace_layout l;
	struct trace_kernel k;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kernels); i++) {
		trace_kernel_load(&k, kernels[i]);
		assert_int_equal(k.layout.page_bytes, 4096);
		assert_int_equal(k.layout.data_offset, 16);
		assert_int_equal(k.layout.commit_offset, 8);
		trace_kernel_clear(&k);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(trace_layout_parse(&l, bad[i], strlen(bad[i]), NULL),
				 -RAS_E_PARSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_libtraceevent),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_bad_formats),
		cmocka_unit_test(test_layout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
