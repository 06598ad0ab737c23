// SPDX-License-Identifier: LGPL-2.1-or-later
/* The input is a reply of QEMU: every parser takes it, or refuses it and touches nothing. */
#include <stdlib.h>
#include <string.h>

#include "json/json.h"
#include "qmp/cmds.h"
#include "qmp/device.h"
#include "qmp/layout.h"

static const char untouched[] = "untouched";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void on_device(void *arg, const char *id, const char *type)
{
	(void)arg;
	check(id[0] && strlen(id) < QMP_ID_SIZE && strlen(type) < QMP_ID_SIZE);
	check(!strpbrk(id, "/ \"\\\n"));
}

static void texts(json_object *ret)
{
	const char *s = untouched;
	size_t len;

	check((qmp_parse_name(ret, &s, NULL) == 0) == (s != untouched));
	s = untouched;
	check((qmp_parse_target(ret, &s, NULL) == 0) == (s != untouched));
	if (qmp_parse_text(ret, &s, &len, NULL) == 0)
		check(strlen(s) <= len);
	qmp_parse_string(ret, &s, NULL);
	qmp_parse_mce(ret, NULL);
	qmp_parse_migrate(ret, NULL);
	qmp_registers_cpu(ret);
	qmp_registers_take_mce(ret);
	qmp_commands_have(ret, "query-name");
}

static void memory(json_object *ret)
{
	static const uint64_t at[] = { 0, UINT64_C(0x200000000), UINT64_MAX };
	uint64_t size = 1, max = 1;
	uint32_t slots = 1;

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		const char *kind = untouched;
		int r = qmp_parse_memory_device(ret, at[i], &kind, NULL);

		check(kind && (r == 0 || kind == untouched));
	}
	if (qmp_parse_machine_memory(ret, &size, &max, &slots, NULL) < 0)
		check(size == 1 && max == 1 && slots == 1);
}

static void devices(json_object *ret)
{
	char path[QMP_PATH_SIZE] = "untouched";
	uint32_t words[QMP_WORDS_MAX] = { 0 };
	uint64_t n;

	qmp_parse_devices(ret, on_device, NULL, NULL);
	qmp_parse_u64(ret, &n, NULL);
	qmp_parse_words(ret, 0xb0000000, QMP_WORDS_MAX, words, NULL);
	qmp_parse_aer(ret, "rp1", 0x0008, NULL);
	if (qmp_parse_cpu_path(ret, 0, path, NULL) < 0)
		check(strcmp(path, untouched) == 0);
	else
		check(path[0] == '/' && strlen(path) < sizeof(path));
}

static void others(json_object *ret)
{
	enum run_state rs;
	struct uuid uuid;
	int version;
	pid_t tid;
	bool has;

	qmp_parse_status(ret, &rs, NULL);
	qmp_parse_version(ret, &version, NULL);
	qmp_parse_uuid(ret, &uuid, &has, NULL);
	qmp_parse_cpus(ret, &tid, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_object *ret;

	if (json_parse((const char *)data, size, &ret, NULL) < 0)
		return 0;
	texts(ret);
	memory(ret);
	devices(ret);
	others(ret);
	json_object_put(ret);
	return 0;
}
