// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The samples: each block gives its JSON and then the same bytes; each malformed one gives its code
 * and offset.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "cperjson/cperjson.h"
#include "json/json.h"

#define DIR "tests/data/cper/"

static size_t load(const char *name, uint8_t *buf, size_t cap)
{
	char path[200];
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), DIR "%s", name);
	f = fopen(path, "rb");
	assert_non_null(f);
	n = fread(buf, 1, cap, f);
	fclose(f);
	return n;
}

static json_object *load_json(const char *name)
{
	char path[200];
	json_object *o;

	snprintf(path, sizeof(path), DIR "%s", name);
	o = json_object_from_file(path);
	assert_non_null(o);
	return o;
}

static const char *str(json_object *o, const char *key)
{
	return json_object_get_string(json_object_object_get(o, key));
}

/* Everything in want is in got. got may have more members. */
static bool covers(json_object *want, json_object *got)
{
	json_object *v;

	if (json_object_get_type(want) == json_type_object) {
		if (!json_object_is_type(got, json_type_object))
			return false;
		json_object_object_foreach(want, key, val)
		{
			if (!json_object_object_get_ex(got, key, &v) || !covers(val, v)) {
				print_error("member %s differs\n", key);
				return false;
			}
		}
		return true;
	}
	if (json_object_get_type(want) == json_type_array) {
		size_t n = json_object_array_length(want);

		if (!json_object_is_type(got, json_type_array) ||
		    json_object_array_length(got) != n)
			return false;
		for (size_t i = 0; i < n; i++)
			if (!covers(json_object_array_get_idx(want, i),
				    json_object_array_get_idx(got, i)))
				return false;
		return true;
	}
	return json_object_equal(want, got);
}

static void test_valid(void **state)
{
	json_object *m = load_json("manifest.json"), *list = json_object_object_get(m, "valid");
	size_t exact = 0;

	(void)state;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		json_object *s = json_object_array_get_idx(list, i), *got = NULL, *want;
		uint8_t buf[8192], back[8192];
		size_t len = load(str(s, "file"), buf, sizeof(buf)), n = 0;
		struct cper_err ce = { 0 };
		struct ras_err err = RAS_ERR_NULL;

		if (cperjson_decode(buf, len, &got, &ce) < 0)
			fail_msg("%s: %s at %u", str(s, "file"), cper_code_name(ce.code),
				 ce.offset);
		if (cperjson_encode(got, back, sizeof(back), &n, &err) < 0)
			fail_msg("%s: %s", str(s, "file"), err.text);
		assert_int_equal(n, len);
		assert_memory_equal(buf, back, len);
		want = load_json(str(s, "expect"));
		if (!covers(want, got))
			fail_msg("%s differs", str(s, "expect"));
		if (cperjson_encode(want, back, sizeof(back), &n, &err) < 0)
			fail_msg("%s: %s", str(s, "expect"), err.text);
		assert_int_equal(n, len);
		assert_memory_equal(buf, back, len);
		json_object_put(want);
		exact++;
		json_object_put(got);
	}
	assert_int_equal(exact, 33);
	json_object_put(m);
}

struct seen {
	const char *code;
	uint32_t offset;
	bool found;
};

static void on_warning(void *ctx, const struct cper_err *w)
{
	struct seen *s = ctx;

	if (!strcmp(cper_code_name(w->code), s->code) && w->offset == s->offset)
		s->found = true;
}

static void test_malformed(void **state)
{
	json_object *m = load_json("manifest.json"), *list = json_object_object_get(m, "malformed");
	size_t judged = 0;

	(void)state;
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		json_object *s = json_object_array_get_idx(list, i), *got = NULL;
		const char *file = str(s, "file"), *code = str(s, "error");
		uint32_t offset =
			(uint32_t)json_object_get_int64(json_object_object_get(s, "offset"));
		uint8_t buf[8192];
		size_t len = load(file, buf, sizeof(buf));
		struct cper_err ce = { 0 };

		judged++;
		if (!strcmp(str(s, "verdict"), "warn")) {
			struct seen seen = { code, offset, false };

			assert_int_equal(cper_check(buf, len, on_warning, &seen), 0);
			if (!seen.found)
				fail_msg("%s: no warning %s", file, code);
			continue;
		}
		assert_int_equal(cperjson_decode(buf, len, &got, &ce), -1);
		if (strcmp(cper_code_name(ce.code), code) != 0 || ce.offset != offset)
			fail_msg("%s: %s at %u, not %s at %u", file, cper_code_name(ce.code),
				 ce.offset, code, offset);
	}
	assert_int_equal(judged, 30);
	json_object_put(m);
}

static void test_hand_written(void **state)
{
	static const char good[] =
		"{\"entries\":[{\"kind\":\"mem\",\"header\":{\"error_severity\":2,"
		"\"fru_text\":\"A\"},"
		"\"section\":{\"fields\":{\"physical_address\":\"0x1000\",\"node\":3}}}]}";
	json_object *o = json_tokener_parse(good);
	struct ras_err err = RAS_ERR_NULL;
	struct cper_memory mem;
	struct cper_entry e;
	struct cper_view v;
	uint8_t buf[256];
	size_t len = 0;

	(void)state;
	assert_int_equal(cperjson_encode(o, buf, sizeof(buf), &len, &err), 0);
	assert_int_equal(len, 172);
	assert_int_equal(cper_validate(buf, len, CPER_LINUX_GUEST | CPER_QEMU_SLOT, NULL), 0);
	assert_int_equal(cper_view_init(&v, buf, len, NULL), 0);
	assert_int_equal(cper_view_next(&v, &e, NULL), 1);
	assert_int_equal(e.validation_bits, CPER_ENTRY_VALID_FRU_TEXT);
	assert_int_equal(cper_decode_memory(&e, &mem, NULL), 0);
	assert_true(mem.validation_bits == (CPER_MEM_VALID_PA | CPER_MEM_VALID_NODE));
	assert_true(mem.physical_address == 0x1000 && mem.node == 3);
	assert_true(cperjson_encode(o, buf, 171, &len, &err) < 0);
	json_object_put(o);
}

static void test_bad_json(void **state)
{
	static const struct {
		const char *fields, *path;
	} t[] = {
		{ "{\"node\":65536}", "entries[0].section.fields.node" },
		{ "{\"node\":-1}", "entries[0].section.fields.node" },
		{ "{\"node\":\"1\"}", "entries[0].section.fields.node" },
		{ "{\"node\":1.0}", "entries[0].section.fields.node" },
		{ "{\"nod\":1}", "entries[0].section.fields.nod" },
		{ "{\"physical_address\":\"12\"}", "entries[0].section.fields.physical_address" },
		{ "{\"physical_address\":true}", "entries[0].section.fields.physical_address" },
		{ "null", "entries[0].section.fields" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct ras_err err = RAS_ERR_NULL;
		char text[300];
		json_object *o;
		uint8_t buf[256];
		size_t len = 77;

		snprintf(text, sizeof(text),
			 "{\"entries\":[{\"kind\":\"mem\",\"header\":"
			 "{\"error_severity\":2},\"section\":{\"fields\":%s}}]}",
			 t[i].fields);
		o = json_tokener_parse(text);
		assert_non_null(o);
		assert_true(cperjson_encode(o, buf, sizeof(buf), &len, &err) < 0);
		assert_string_equal(err.field, t[i].path);
		assert_int_equal(len, 77);
		json_object_put(o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_valid),
		cmocka_unit_test(test_malformed),
		cmocka_unit_test(test_hand_written),
		cmocka_unit_test(test_bad_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
