// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Each command of lib/qmp/cmds.c is sent to a fake server and compared with the recorded
 * query-qmp-schema replies in tests/data/qmp (Debian's QEMU 7.2 and 10.0: only commands and their
 * arguments; 11.1). A missing recording is a failure. Only inject-ghes-v2-error may be
 * absent, before 10.2, and the CXL commands be absent or have fewer arguments, before 11.1.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>

#include "base/cleanup.h"
#include "fake_qmp.h"
#include "tests/unit/cxl_env.h"
#include "qmp/cmds.h"
#include "qmp/device.h"

#define SCHEMAS "tests/data/qmp/*.schema.json"
#define SENT_MAX 32

static json_object *sent[SENT_MAX];
static size_t n_sent;

static json_object *load(const char *path)
{
	const size_t cap = 4 << 20;
	_free_ char *text = malloc(cap);
	_fclose_ FILE *f = fopen(path, "r");
	json_object *o = NULL;
	struct ras_err err = RAS_ERR_NULL;

	assert_non_null(text);
	assert_non_null(f);
	size_t n = fread(text, 1, cap, f);
	if (json_parse_limits(text, n, 64, cap, 0, &o, &err) < 0)
		fail_msg("%s: %s", path, err.text);
	if (json_object_is_type(o, json_type_object)) {
		json_object *ret = NULL;

		assert_int_equal(json_get_arr(o, "return", &ret, &err), 0);
		json_object_get(ret);
		json_object_put(o);
		o = ret;
	}
	assert_true(json_object_is_type(o, json_type_array));
	assert_true(json_object_array_length(o) > 100);
	return o;
}

static json_object *entity(json_object *schema, const char *name, const char *meta)
{
	for (size_t i = 0; i < json_object_array_length(schema); i++) {
		json_object *e = json_object_array_get_idx(schema, i);
		const char *n = "", *m = "";

		if (json_get_str(e, "name", &n, NULL) == 0 && !strcmp(n, name) &&
		    json_get_str(e, "meta-type", &m, NULL) == 0 && !strcmp(m, meta))
			return e;
	}
	return NULL;
}

/* The arguments of ours are strings, words, numbers and lists of them. */
static bool of_type(json_object *schema, const char *type, json_object *v)
{
	if (strcmp(type, "str") == 0 || entity(schema, type, "enum"))
		return json_object_is_type(v, json_type_string);
	return strcmp(type, "int") == 0 ?
		       json_object_is_type(v, json_type_int) :
		       entity(schema, type, "array") && json_object_is_type(v, json_type_array);
}

/* NULL if the message is valid, otherwise what is wrong with it. */
static const char *judge(json_object *schema, json_object *msg)
{
	const char *name = "", *arg_type = "", *member = "", *type = "";
	json_object *args = NULL, *members = NULL;
	struct ras_err err;
	bool has_args, optional, present;
	size_t used = 0, given = 0;

	if (json_get_str(msg, "execute", &name, &err) < 0)
		return "no command name";
	json_object *command = entity(schema, name, "command");
	if (!command)
		return "no such command";
	args = json_member(msg, "arguments", &has_args);
	given = has_args ? (size_t)json_object_object_length(args) : 0;
	if (json_get_str(command, "arg-type", &arg_type, &err) < 0)
		return "no arg-type in the schema";
	json_object *object = entity(schema, arg_type, "object");
	if (!object || json_get_arr(object, "members", &members, &err) < 0)
		return "no argument object in the schema";
	for (size_t i = 0; i < json_object_array_length(members); i++) {
		json_object *m = json_object_array_get_idx(members, i);

		if (json_get_str(m, "name", &member, &err) < 0 ||
		    json_get_str(m, "type", &type, &err) < 0)
			return "odd member in the schema";
		json_member(m, "default", &optional);
		json_object *v = has_args ? json_member(args, member, &present) : NULL;
		if (!v && !optional)
			return "a mandatory argument is missing";
		if (!v)
			continue;
		used++;
		if (!of_type(schema, type, v))
			return "an argument of another type";
	}
	return used == given ? NULL : "an argument that the command does not have";
}

static void collect(struct fake *f)
{
	assert_true(n_sent < SENT_MAX);
	sent[n_sent++] = fake_hear(f);
}

/* All that the backend sends: every number of the three events, and poison. */
static void collect_cxl(struct fake *f)
{
	struct ras_err err;

	for (int t = CPER_CXL_EVENT_MEDIA; t <= CPER_CXL_EVENT_MODULE; t++) {
		struct one_record r = cxl_record((enum cper_cxl_event_type)t, CPER_SEV_CORRECTED);
		struct cxl_mapped m;

		assert_int_equal(cxl_map(r.bytes, r.len, &m, &err), 0);
		m.event.id = "mem0";
		assert_int_equal(qmp_cmd_cxl_event(qmp_monitor(f->q), &m.event, NULL, NULL, &err),
				 0);
		collect(f);
	}
	assert_int_equal(qmp_cmd_cxl_poison(qmp_monitor(f->q), "mem0", 64, NULL, NULL, &err), 0);
	collect(f);
}

static int setup(void **state)
{
	static const uint8_t record[QMP_GHES_RECORD_MIN] = { 1 };
	struct ras_err err;
	struct fake f;

	(void)state;
	fake_listen(&f);
	fake_connect(&f, 2000, NULL);
	fake_say(&f, GREETING);
	collect(&f);
	fake_say(&f, "{\"return\": {}, \"id\": 1}\n");
	fake_until(&f, &f.n_ready, 1);
#define CALL(function, ...)                                                                       \
	do {                                                                                      \
		assert_int_equal(function(qmp_monitor(f.q), ##__VA_ARGS__, NULL, NULL, &err), 0); \
		collect(&f);                                                                      \
	} while (0)
	CALL(qmp_cmd_query_status);
	CALL(qmp_cmd_query_version);
	CALL(qmp_cmd_query_name);
	CALL(qmp_cmd_query_uuid);
	CALL(qmp_cmd_query_target);
	CALL(qmp_cmd_query_commands);
	CALL(qmp_cmd_query_cpus_fast);
	CALL(qmp_cmd_query_kvm);
	CALL(qmp_cmd_query_memdev);
	CALL(qmp_cmd_query_memory_devices);
	CALL(qmp_cmd_query_migrate);
	CALL(qmp_cmd_query_ramblock);
	CALL(qmp_cmd_qom_get, "/machine", "ras");
	CALL(qmp_cmd_info_mtree);
	CALL(qmp_cmd_info_ramblock);
	CALL(qmp_cmd_info_registers);
	CALL(qmp_cmd_inject_nmi);
	CALL(qmp_cmd_gpa2hva, UINT64_MAX);
	CALL(qmp_cmd_list_devices);
	CALL(qmp_cmd_device_get, "rp1", "busnr");
	CALL(qmp_cmd_read_words, 0xb0008000, 96, MONITOR_QUERY);
	assert_int_equal(
		qmp_cmd_inject_ghes(qmp_monitor(f.q), record, sizeof(record), NULL, NULL, &err), 0);
	json_object_put(fake_hear(&f)); /* query-migrate */
	fake_say(&f, "{\"return\": {}, \"id\": 23}\n");
	collect(&f);
	collect_cxl(&f);
#undef CALL
	fake_stop(&f);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	while (n_sent)
		json_object_put(sent[--n_sent]);
	return 0;
}

/* The table and the commands that are sent have the same names. */
static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_sent; i++) {
		const char *name = NULL;
		bool found = false;

		assert_int_equal(json_get_str(sent[i], "execute", &name, NULL), 0);
		for (size_t k = 0; qmp_commands_used[k]; k++)
			found |= !strcmp(qmp_commands_used[k], name);
		if (!found)
			fail_msg("%s is sent and not in qmp_commands_used", name);
	}
	for (size_t k = 0; qmp_commands_used[k]; k++) {
		bool found = false;

		for (size_t i = 0; i < n_sent; i++) {
			const char *name = NULL;

			json_get_str(sent[i], "execute", &name, NULL);
			found |= name && !strcmp(qmp_commands_used[k], name);
		}
		if (!found)
			fail_msg("%s is in qmp_commands_used and never sent", qmp_commands_used[k]);
	}
}

/* True for a recording of a QEMU that does not have the command yet. */
static bool too_old_for(const char *path, json_object *msg)
{
	const char *name = "", *file = strrchr(path, '/') + 1;

	json_get_str(msg, "execute", &name, NULL);
	return (!strcmp(name, "inject-ghes-v2-error") || !strncmp(name, "cxl-", 4)) &&
	       (!strncmp(file, "7.2-", 4) || !strncmp(file, "10.0-", 5));
}

static void test_schemas(void **state)
{
	glob_t g;

	(void)state;
	if (glob(SCHEMAS, 0, NULL, &g) != 0)
		fail_msg("no recorded schema: " SCHEMAS);
	assert_true(g.gl_pathc >= 6);
	for (size_t i = 0; i < g.gl_pathc; i++) {
		_json_ json_object *schema = load(g.gl_pathv[i]);

		for (size_t k = 0; k < n_sent; k++) {
			const char *why = judge(schema, sent[k]);

			if (too_old_for(g.gl_pathv[i], sent[k]))
				assert_true(why ||
					    strstr(json_object_to_json_string(sent[k]), "poison"));
			else if (why)
				fail_msg("%s: %s: %s", g.gl_pathv[i], why,
					 json_object_to_json_string(sent[k]));
		}
	}
	globfree(&g);
}

/* The checker itself can say no. */
static void test_judge(void **state)
{
	static const char schema_text[] =
		"[{\"name\":\"c\",\"meta-type\":\"command\",\"arg-type\":\"1\"},"
		"{\"name\":\"1\",\"meta-type\":\"object\",\"members\":["
		"{\"name\":\"a\",\"type\":\"str\"},{\"name\":\"b\","
		"\"type\":\"str\",\"default\":null}]}]";
	static const struct {
		const char *msg;
		bool valid;
	} t[] = {
		{ "{\"execute\":\"c\",\"arguments\":{\"a\":\"x\"}}", true },
		{ "{\"execute\":\"c\",\"arguments\":{\"a\":\"x\",\"b\":\"y\"}}", true },
		{ "{\"execute\":\"c\",\"arguments\":{\"b\":\"y\"}}", false },
		{ "{\"execute\":\"c\"}", false },
		{ "{\"execute\":\"c\",\"arguments\":{\"a\":\"x\",\"z\":\"y\"}}", false },
		{ "{\"execute\":\"c\",\"arguments\":{\"a\":1}}", false },
		{ "{\"execute\":\"d\"}", false },
	};
	struct ras_err err;
	json_object *schema = NULL;

	(void)state;
	assert_int_equal(json_parse(schema_text, strlen(schema_text), &schema, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		json_object *msg = NULL;

		assert_int_equal(json_parse(t[i].msg, strlen(t[i].msg), &msg, &err), 0);
		assert_int_equal(judge(schema, msg) == NULL, t[i].valid);
		json_object_put(msg);
	}
	json_object_put(schema);
}

/* What would block an error source or kill QEMU is never sent. */
static void test_inject_refuses(void **state)
{
	static const uint8_t zero[64], ok[1025] = { 1 };
	struct ras_err err;
	struct fake f;

	(void)state;
	fake_start(&f);
	assert_int_equal(qmp_cmd_inject_ghes(qmp_monitor(f.q), zero, 64, fake_on_reply, &f, &err),
			 -RAS_E_RECORD);
	assert_int_equal(qmp_cmd_inject_ghes(qmp_monitor(f.q), ok, 0, fake_on_reply, &f, &err),
			 -RAS_E_RECORD);
	assert_int_equal(qmp_cmd_inject_ghes(qmp_monitor(f.q), ok, 19, fake_on_reply, &f, &err),
			 -RAS_E_RECORD);
	assert_int_equal(qmp_cmd_inject_ghes(qmp_monitor(f.q), ok, 1025, fake_on_reply, &f, &err),
			 -RAS_E_RECORD);
	assert_int_equal(qmp_cmd_inject_ghes(qmp_monitor(f.q), ok, 1024, fake_on_reply, &f, &err),
			 0);
	/* Only the last one is on the wire, after its question, as canonical base64. */
	json_object_put(fake_hear(&f));
	fake_say(&f, "{\"return\": {}, \"id\": 2}\n");
	_json_ json_object *o = fake_hear(&f);
	json_object *args = NULL;
	const char *text = NULL;
	assert_int_equal(json_get_obj(o, "arguments", &args, &err), 0);
	assert_int_equal(json_get_str(args, "cper", &text, &err), 0);
	assert_int_equal(strlen(text), 1368);
	assert_memory_equal(text, "AQAAAAAA", 8);
	assert_int_equal(f.in_len, 0);
	fake_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_schemas),
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_inject_refuses),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
