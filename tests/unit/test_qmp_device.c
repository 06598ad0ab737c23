// SPDX-License-Identifier: LGPL-2.1-or-later
/* Replies about devices, as QEMU 11.1.3 gave them, and replies that no QEMU gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "json/json.h"
#include "qmp/device.h"

static struct ras_err err;

static json_object *text(const char *s)
{
	return json_object_new_string(s);
}

static char listed[256];

static void list(void *arg, const char *id, const char *type)
{
	size_t n = strlen(listed);

	(void)arg;
	snprintf(listed + n, sizeof(listed) - n, "%s=%s ", id, type);
}

static int parse_devices(const char *json)
{
	_json_ json_object *o = json_tokener_parse(json);

	listed[0] = '\0';
	return qmp_parse_devices(o, list, NULL, &err);
}

static void test_devices(void **state)
{
	(void)state;
	assert_int_equal(parse_devices(
				 "[{\"name\": \"type\", \"type\": \"string\"}, "
				 "{\"name\": \"rp1\", \"type\": \"child<pcie-root-port>\"}, "
				 "{\"name\": \"cxl-pmem0\", \"type\": \"child<cxl-type3>\"}]"),
			 0);
	assert_string_equal(listed, "rp1=pcie-root-port cxl-pmem0=cxl-type3 ");
	assert_int_equal(parse_devices("[]"), 0);
	assert_string_equal(listed, "");
	/* What is no id, or no type, is no device. */
	assert_int_equal(parse_devices("[{\"name\":\"a;b\",\"type\":\"child<x>\"},"
				       "{\"name\":\"9\",\"type\":\"child<x>\"},"
				       "{\"name\":\"a b\",\"type\":\"child<x>\"},"
				       "{\"name\":\"a\",\"type\":\"child<\"},"
				       "{\"name\":\"a\",\"type\":\"link<x>\"},"
				       "{\"name\":\"a.B-1_\",\"type\":\"child<x>\"}]"),
			 0);
	assert_string_equal(listed, "a.B-1_=x ");
	assert_int_equal(parse_devices("{}"), -RAS_E_MONITOR);
	assert_int_equal(parse_devices("[1]"), -RAS_E_MONITOR);
	assert_int_equal(parse_devices("[{\"name\":\"a\"}]"), -RAS_E_MONITOR);
	assert_int_equal(qmp_parse_devices(NULL, list, NULL, &err), -RAS_E_MONITOR);
}

static void test_long_id(void **state)
{
	char json[256], id[80];

	(void)state;
	for (size_t n = QMP_ID_SIZE - 2; n <= QMP_ID_SIZE; n++) {
		memset(id, 'a', sizeof(id));
		id[n] = '\0';
		snprintf(json, sizeof(json), "[{\"name\":\"%s\",\"type\":\"child<x>\"}]", id);
		assert_int_equal(parse_devices(json), 0);
		assert_int_equal(listed[0] != '\0', n < QMP_ID_SIZE);
	}
}

static void test_numbers(void **state)
{
	static const char *const odd[] = { "-1", "\"8\"", "1.5", "null", "[]" };
	_json_ json_object *n = json_object_new_int64(0xb0000000);
	uint64_t v = 7;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		_json_ json_object *o = json_tokener_parse(odd[i]);

		assert_int_equal(qmp_parse_u64(o, &v, &err), -RAS_E_MONITOR);
		assert_int_equal(v, 7);
	}
	assert_int_equal(qmp_parse_u64(n, &v, &err), 0);
	assert_int_equal(v, 0xb0000000);
}

#define FIRST "b0008100: 0x14820001 0x00000000 0x02400000 0x00462030\r\n"
#define SECOND "b0008110: 0x00000001 0x0000e000 0x000002a0 0x00000000\r\n"

static int parse_words(const char *s, uint32_t *out)
{
	_json_ json_object *o = text(s);

	return qmp_parse_words(o, 0xb0008100, 8, out, &err);
}

static void test_words(void **state)
{
	static const char *const odd[] = {
		"",
		FIRST,
		SECOND FIRST,
		FIRST SECOND "b0008120: 0x0 0x0 0x0 0x0\r\n",
		"b0008100: Cannot access memory\r\n",
		"b0008104: 0x14820001 0x00000000 0x02400000 0x00462030\r\n" SECOND,
		"b0008100: 0x14820001 0x00000000 0x02400000\r\n" SECOND,
		"b0008100: 0x14820001 0x00000000 0x02400000 0x00462030 0x00000000\r\n" SECOND,
		"b0008100: 0x14820001 0x00000000 0x02400000 0x0046203g\r\n" SECOND,
		"b0008100: 0x014820001 0x00000000 0x02400000 0x00462030\r\n" SECOND,
		"b0008100 0x14820001 0x00000000 0x02400000 0x00462030\r\n" SECOND,
	};
	uint32_t w[8] = { 1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		assert_int_equal(parse_words(odd[i], w), -RAS_E_MONITOR);
		assert_int_equal(w[0], 1);
	}
	assert_int_equal(parse_words(FIRST SECOND, w), 0);
	assert_int_equal(w[0], 0x14820001);
	assert_int_equal(w[4], 1);
	assert_int_equal(w[7], 0);
}

#define AER_OK "OK id: rp1 root bus: 0000:00, bus: 2 devfn: 1f.7\r\n"

static int parse_aer(const char *s, uint16_t bdf)
{
	_json_ json_object *o = text(s);

	return qmp_parse_aer(o, "rp1", bdf, &err);
}

static void test_aer(void **state)
{
	static const char *const odd[] = {
		"",
		"OK",
		"OK id: rp1",
		"Error: device 'rp1' not found\r\n",
		"OK id: rp10 root bus: 0000:00, bus: 2 devfn: 1f.7\r\n",
		AER_OK AER_OK,
		AER_OK "Error: no\r\n",
		"x" AER_OK,
		"OK id: rp1 root bus: 0000:00, bus: 2 devfn: 1f.7 \x1b\r\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(odd); i++)
		assert_int_equal(parse_aer(odd[i], 0x2ff), -RAS_E_MONITOR);
	assert_int_equal(parse_aer(AER_OK, 0x2ff), 0);
	assert_int_equal(parse_aer(AER_OK, 0x1ff), -RAS_E_MONITOR);
	assert_int_equal(parse_aer(AER_OK, 0x2fe), -RAS_E_MONITOR);
	assert_int_equal(parse_aer(AER_OK, 0x2f7), -RAS_E_MONITOR);
	assert_int_equal(qmp_parse_aer(NULL, "rp1", 0x2ff, &err), -RAS_E_MONITOR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_devices), cmocka_unit_test(test_long_id),
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_words),
		cmocka_unit_test(test_aer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
