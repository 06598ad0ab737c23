// SPDX-License-Identifier: LGPL-2.1-or-later
/* Replies of QEMU that are parsed: what they say, and replies that no QEMU gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "json/json.h"
#include "qmp/cmds.h"
#include "qmp/layout.h"
#include "qmp/mtree.h"
#include "qmp/ramblock.h"
#include "qmp/text.h"

static struct ras_err err;

static json_object *js(const char *text)
{
	json_object *o = NULL;

	assert_int_equal(json_parse(text, strlen(text), &o, &err), 0);
	return o;
}

static void test_status(void **state)
{
	_json_ json_object *a = js("{\"status\":\"finish-migrate\",\"running\":false}");
	_json_ json_object *b = js("{\"status\":\"levitating\"}"), *c = js("{\"status\":1}");
	enum run_state rs = RUN_STATE_DEBUG;

	(void)state;
	assert_int_equal(qmp_parse_status(a, &rs, &err), 0);
	assert_int_equal(rs, RUN_STATE_FINISH_MIGRATE);
	assert_string_equal(run_state_name(rs), "finish-migrate");
	assert_int_equal(qmp_parse_status(b, &rs, &err), 0);
	assert_int_equal(rs, RUN_STATE_UNKNOWN);
	assert_int_equal(qmp_parse_status(c, &rs, &err), -RAS_E_MONITOR);
	assert_int_equal(qmp_parse_status(NULL, &rs, &err), -RAS_E_MONITOR);
}

static void test_version_and_cpus(void **state)
{
	_json_ json_object *a = js("{\"qemu\":{\"micro\":3,\"minor\":1,\"major\":11}}");
	_json_ json_object *b = js("{\"qemu\":{\"micro\":3,\"minor\":100,\"major\":11}}");
	_json_ json_object *c = js("[{\"thread-id\":4242},{\"thread-id\":1}]"), *d = js("[]");
	_json_ json_object *e = js("[{\"thread-id\":0}]");
	int version = 0;
	pid_t tid = 0;

	(void)state;
	assert_int_equal(qmp_parse_version(a, &version, &err), 0);
	assert_int_equal(version, 110103);
	assert_int_equal(qmp_parse_version(b, &version, &err), -RAS_E_MONITOR);
	assert_int_equal(qmp_parse_cpus(c, &tid, &err), 0);
	assert_int_equal(tid, 4242);
	assert_int_equal(qmp_parse_cpus(d, &tid, &err), -RAS_E_MONITOR);
	assert_int_equal(qmp_parse_cpus(e, &tid, &err), -RAS_E_MONITOR);
}

static void test_commands(void **state)
{
	_json_ json_object *a = js("[1,{\"name\":\"x\"},{\"name\":\"inject-ghes-v2-error\"}]");

	(void)state;
	assert_true(qmp_commands_have(a, "inject-ghes-v2-error"));
	assert_false(qmp_commands_have(a, "inject"));
	assert_false(qmp_commands_have(NULL, "x"));
}

static void test_names_and_text(void **state)
{
	_json_ json_object *none = js("{}"), *name = js("{\"name\":\"vm1\"}");
	_json_ json_object *odd = js("{\"name\":1}"), *arch = js("{\"arch\":\"aarch64\"}");
	_json_ json_object *hi = js("\"hi\""), *ho = js("{\"human-readable-text\":\"ho\"}");
	const char *text = NULL;
	size_t len = 0;

	(void)state;
	assert_int_equal(qmp_parse_name(none, &text, &err), 0);
	assert_string_equal(text, "");
	assert_int_equal(qmp_parse_name(name, &text, &err), 0);
	assert_string_equal(text, "vm1");
	assert_int_equal(qmp_parse_name(odd, &text, &err), -RAS_E_MONITOR);
	assert_int_equal(qmp_parse_target(arch, &text, &err), 0);
	assert_string_equal(text, "aarch64");
	assert_int_equal(qmp_parse_target(none, &text, &err), -RAS_E_MONITOR);
	assert_int_equal(qmp_parse_target(NULL, &text, &err), -RAS_E_MONITOR);
	assert_int_equal(qmp_parse_text(hi, &text, &len, &err), 0);
	assert_string_equal(text, "hi");
	assert_int_equal(qmp_parse_text(ho, &text, &len, &err), 0);
	assert_int_equal(len, 2);
	assert_int_equal(qmp_parse_text(none, &text, &len, &err), -RAS_E_MONITOR);
}

/* Monitor text has a limit, whoever sends it. */
static void test_too_much_text(void **state)
{
	char *large = test_malloc(QMP_TEXT_MAX + 2);
	struct qmp_ramblock blocks[QMP_RAMBLOCKS_MAX];
	json_object *o;
	const char *text = NULL;
	size_t len = 0, n = 0;

	(void)state;
	memset(large, ' ', QMP_TEXT_MAX + 1);
	large[QMP_TEXT_MAX + 1] = '\0';
	o = json_object_new_string(large);
	assert_int_equal(qmp_parse_text(o, &text, &len, &err), -RAS_E_MONITOR);
	json_object_put(o);
	assert_true(qmp_ramblock_parse(large, QMP_TEXT_MAX + 1, blocks, &n, &err) < 0);
	assert_int_equal(n, 0);
	test_free(large);
}

static void test_memdevs(void **state)
{
	static const char *const bad[] = {
		"{}",
		"[1]",
		"[{\"id\":1}]",
		"[{\"id\":\"0123456789012345678901234567890123456789012345678901234567890123\"}]",
	};
	_json_ json_object *good = js("[{\"id\":\"m0\"},{\"size\":1},{\"id\":\"m1\"}]");
	_json_ json_object *many = json_object_new_array();
	static struct qmp_memdevs m;

	(void)state;
	assert_int_equal(qmp_parse_memdevs(good, &m, &err), 0);
	assert_int_equal(m.n, 2);
	assert_string_equal(m.id[1], "m1");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_json_ json_object *o = js(bad[i]);

		assert_int_equal(qmp_parse_memdevs(o, &m, &err), -RAS_E_LAYOUT);
		assert_int_equal(m.n, 2);
	}
	for (size_t i = 0; i <= QMP_MEMDEVS_MAX; i++)
		json_object_array_add(many, js("{\"id\":\"m\"}"));
	assert_int_equal(qmp_parse_memdevs(many, &m, &err), -RAS_E_LAYOUT);
	assert_int_equal(qmp_parse_memdevs(NULL, &m, &err), -RAS_E_LAYOUT);
}

/* As many blocks as there is room for, then one more. */
static void test_many_ramblocks(void **state)
{
	static const char head[] = "              Block Name    PSize              Offset"
				   "               Used              Total\n";
	static char text[64 * 1024];
	struct qmp_ramblock blocks[QMP_RAMBLOCKS_MAX];
	size_t n = 0, len;

	(void)state;
	for (int extra = 0; extra < 2; extra++) {
		len = (size_t)snprintf(text, sizeof(text), "%s", head);
		for (int i = 0; i < QMP_RAMBLOCKS_MAX + extra; i++)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
						"b%d    4 KiB  0x0000000000000000"
						" 0x0000000000001000 0x0000000000001000\n",
						i);
		assert_int_equal(qmp_ramblock_parse(text, len, blocks, &n, &err),
				 extra ? -RAS_E_LAYOUT : 0);
		assert_int_equal(n, QMP_RAMBLOCKS_MAX);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status),	       cmocka_unit_test(test_version_and_cpus),
		cmocka_unit_test(test_commands),       cmocka_unit_test(test_names_and_text),
		cmocka_unit_test(test_too_much_text),  cmocka_unit_test(test_memdevs),
		cmocka_unit_test(test_many_ramblocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
