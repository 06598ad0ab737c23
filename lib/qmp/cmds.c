// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The commands that rasd gives to QEMU. tests/unit/test_qmp_schema.c calls each function and
 * compares the bytes on the wire with the recorded schemas of real QEMUs.
 */
#include "qmp/cmds.h"

#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "base/utf8.h"
#include "qmp/send.h"

#define TEXT_MAX ((size_t)1 << 20)

const char *const qmp_commands_used[] = { "cxl-inject-dram-event",
					  "cxl-inject-general-media-event",
					  "cxl-inject-memory-module-event",
					  "cxl-inject-poison",
					  "human-monitor-command",
					  "inject-ghes-v2-error",
					  "inject-nmi",
					  "qmp_capabilities",
					  "qom-get",
					  "qom-list",
					  "query-commands",
					  "query-cpus-fast",
					  "query-kvm",
					  "query-memdev",
					  "query-memory-devices",
					  "query-migrate",
					  "query-name",
					  "query-status",
					  "query-target",
					  "query-uuid",
					  "query-version",
					  "x-query-ramblock",
					  NULL };

static int exec(struct monitor *m, const char *command, json_object *args, qmp_reply_fn fn,
		void *arg, struct ras_err *err)
{
	return m->ops->exec(m, command, args, MONITOR_QUERY, QMP_CMD_TIMEOUT_MS, fn, arg, err);
}

bool qmp_add_str(json_object *o, const char *key, const char *value)
{
	json_object *s = o ? json_object_new_string(value) : NULL;

	if (s && json_object_object_add_ex(o, key, s, JSON_C_OBJECT_ADD_CONSTANT_KEY) == 0)
		return true;
	json_object_put(s);
	return false;
}

int qmp_cmd_query_status(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	return exec(m, "query-status", NULL, fn, arg, err);
}

int qmp_cmd_query_version(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	return exec(m, "query-version", NULL, fn, arg, err);
}

int qmp_cmd_query_name(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	return exec(m, "query-name", NULL, fn, arg, err);
}

int qmp_cmd_query_uuid(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	return exec(m, "query-uuid", NULL, fn, arg, err);
}

int qmp_cmd_query_target(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	return exec(m, "query-target", NULL, fn, arg, err);
}

int qmp_cmd_query_commands(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	return exec(m, "query-commands", NULL, fn, arg, err);
}

int qmp_cmd_query_cpus_fast(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	return exec(m, "query-cpus-fast", NULL, fn, arg, err);
}

int qmp_cmd_query_kvm(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	return exec(m, "query-kvm", NULL, fn, arg, err);
}

int qmp_cmd_query_memdev(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	return exec(m, "query-memdev", NULL, fn, arg, err);
}

int qmp_cmd_query_memory_devices(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	return exec(m, "query-memory-devices", NULL, fn, arg, err);
}

int qmp_cmd_query_migrate(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	return exec(m, "query-migrate", NULL, fn, arg, err);
}

int qmp_cmd_query_ramblock(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	return exec(m, "x-query-ramblock", NULL, fn, arg, err);
}

int qmp_cmd_qom_get(struct monitor *m, const char *path, const char *property, qmp_reply_fn fn,
		    void *arg, struct ras_err *err)
{
	_json_ json_object *args = json_object_new_object();

	if (!qmp_add_str(args, "path", path) || !qmp_add_str(args, "property", property))
		return ras_fail(err, RAS_E_NOMEM, "no memory for qom-get");
	return exec(m, "qom-get", TAKE(args), fn, arg, err);
}

int qmp_send_line(struct monitor *m, const char *line, enum monitor_kind kind, qmp_reply_fn fn,
		  void *arg, struct ras_err *err)
{
	_json_ json_object *args = json_object_new_object();

	if (!qmp_add_str(args, "command-line", line))
		return ras_fail(err, RAS_E_NOMEM, "no memory for a monitor command");
	return m->ops->exec(m, "human-monitor-command", TAKE(args), kind, QMP_CMD_TIMEOUT_MS, fn,
			    arg, err);
}

static int hmp(struct monitor *m, const char *line, qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	return qmp_send_line(m, line, MONITOR_QUERY, fn, arg, err);
}

int qmp_cmd_info_mtree(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	return hmp(m, "info mtree -f", fn, arg, err);
}

int qmp_cmd_info_ramblock(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	return hmp(m, "info ramblock", fn, arg, err);
}

int qmp_cmd_gpa2hva(struct monitor *m, uint64_t gpa, qmp_reply_fn fn, void *arg,
		    struct ras_err *err)
{
	char line[40];

	snprintf(line, sizeof(line), "gpa2hva 0x%" PRIx64, gpa);
	return hmp(m, line, fn, arg, err);
}

int qmp_cmd_info_registers(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	return hmp(m, "info registers", fn, arg, err);
}

int qmp_cmd_mce(struct monitor *m, const struct qmp_mce *mce, qmp_reply_fn fn, void *arg,
		struct ras_err *err)
{
	char line[128];

	snprintf(line, sizeof(line),
		 "mce %u %u 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64, mce->cpu,
		 mce->bank, mce->status, mce->mcg_status, mce->addr, mce->misc);
	return qmp_send_line(m, line, MONITOR_CHANGE, fn, arg, err);
}

int qmp_cmd_inject_nmi(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	return exec(m, "inject-nmi", NULL, fn, arg, err);
}

int qmp_cmd_inject_ghes(struct monitor *m, const void *record, size_t len, qmp_reply_fn fn,
			void *arg, struct ras_err *err)
{
	static const uint8_t none[4];
	char text[(QMP_GHES_RECORD_MAX + 2) / 3 * 4 + 1];

	if (len < QMP_GHES_RECORD_MIN || len > QMP_GHES_RECORD_MAX || b64_size(len) > sizeof(text))
		return ras_fail(err, RAS_E_RECORD, "record has %zu bytes, QEMU takes %u..%u", len,
				QMP_GHES_RECORD_MIN, QMP_GHES_RECORD_MAX);
	if (!memcmp(record, none, sizeof(none)))
		return ras_fail(err, RAS_E_RECORD, "record has block status 0");

	_json_ json_object *args = json_object_new_object();
	b64_encode(record, len, text);
	if (!qmp_add_str(args, "cper", text))
		return ras_fail(err, RAS_E_NOMEM, "no memory for an injection");
	return m->ops->exec(m, "inject-ghes-v2-error", TAKE(args), MONITOR_CHANGE,
			    QMP_CMD_TIMEOUT_MS, fn, arg, err);
}

static const char *const run_state_names[RUN_STATE__MAX] = {
	[RUN_STATE_UNKNOWN] = "unknown",
	[RUN_STATE_RUNNING] = "running",
	[RUN_STATE_PAUSED] = "paused",
	[RUN_STATE_PRELAUNCH] = "prelaunch",
	[RUN_STATE_INMIGRATE] = "inmigrate",
	[RUN_STATE_FINISH_MIGRATE] = "finish-migrate",
	[RUN_STATE_POSTMIGRATE] = "postmigrate",
	[RUN_STATE_SHUTDOWN] = "shutdown",
	[RUN_STATE_SUSPENDED] = "suspended",
	[RUN_STATE_GUEST_PANICKED] = "guest-panicked",
	[RUN_STATE_INTERNAL_ERROR] = "internal-error",
	[RUN_STATE_IO_ERROR] = "io-error",
	[RUN_STATE_WATCHDOG] = "watchdog",
	[RUN_STATE_SAVE_VM] = "save-vm",
	[RUN_STATE_RESTORE_VM] = "restore-vm",
	[RUN_STATE_DEBUG] = "debug",
	[RUN_STATE_COLO] = "colo",
};

const char *run_state_name(enum run_state s)
{
	return (unsigned int)s < RUN_STATE__MAX ? run_state_names[s] : "unknown";
}

int qmp_odd(struct ras_err *err, const char *command)
{
	return ras_fail(err, RAS_E_MONITOR, "QEMU's reply to %s makes no sense", command);
}

static bool is_object(json_object *o)
{
	return json_object_is_type(o, json_type_object);
}

int qmp_parse_status(json_object *ret, enum run_state *out, struct ras_err *err)
{
	const char *word;

	if (!is_object(ret) || json_get_str(ret, "status", &word, NULL) < 0)
		return qmp_odd(err, "query-status");
	*out = RUN_STATE_UNKNOWN;
	for (int i = 0; i < RUN_STATE__MAX; i++)
		if (!strcmp(word, run_state_names[i]))
			*out = (enum run_state)i;
	return 0;
}

int qmp_parse_version(json_object *ret, int *out, struct ras_err *err)
{
	json_object *v;
	uint64_t major, minor, micro;

	if (!is_object(ret) || json_get_obj(ret, "qemu", &v, NULL) < 0 ||
	    json_get_u64(v, "major", 0, 999, &major, NULL) < 0 ||
	    json_get_u64(v, "minor", 0, 99, &minor, NULL) < 0 ||
	    json_get_u64(v, "micro", 0, 99, &micro, NULL) < 0)
		return qmp_odd(err, "query-version");
	*out = (int)(major * 10000 + minor * 100 + micro);
	return 0;
}

int qmp_parse_name(json_object *ret, const char **out, struct ras_err *err)
{
	const char *name = "";

	if (!is_object(ret) || json_opt_str(ret, "name", &name, NULL) < 0)
		return qmp_odd(err, "query-name");
	*out = name;
	return 0;
}

int qmp_parse_uuid(json_object *ret, struct uuid *out, bool *has, struct ras_err *err)
{
	static const struct uuid none;
	const char *text;
	struct uuid u;

	if (!is_object(ret) || json_get_str(ret, "UUID", &text, NULL) < 0 ||
	    uuid_parse(text, &u, NULL) < 0)
		return qmp_odd(err, "query-uuid");
	*has = !uuid_equal(&u, &none);
	*out = u;
	return 0;
}

int qmp_parse_machine_memory(json_object *ret, uint64_t *size_bytes, uint64_t *max_bytes,
			     uint32_t *slots, struct ras_err *err)
{
	uint64_t size, max = 0, n = 0;

	if (!is_object(ret) || json_get_u64(ret, "size", 1, UINT64_MAX, &size, NULL) < 0 ||
	    json_opt_u64(ret, "max-size", 0, UINT64_MAX, &max, NULL) < 0 ||
	    json_opt_u64(ret, "slots", 0, UINT32_MAX, &n, NULL) < 0)
		return qmp_odd(err, "qom-get /machine memory");
	*size_bytes = size;
	*max_bytes = n ? max : 0;
	*slots = (uint32_t)n;
	return 0;
}

int qmp_parse_target(json_object *ret, const char **out, struct ras_err *err)
{
	if (!is_object(ret) || json_get_str(ret, "arch", out, NULL) < 0)
		return qmp_odd(err, "query-target");
	return 0;
}

int qmp_parse_cpus(json_object *ret, pid_t *first_tid, struct ras_err *err)
{
	json_object *cpu = NULL;
	uint64_t tid;

	if (json_object_is_type(ret, json_type_array) && json_object_array_length(ret))
		cpu = json_object_array_get_idx(ret, 0);
	if (!is_object(cpu) || json_get_u64(cpu, "thread-id", 1, INT_MAX, &tid, NULL) < 0)
		return qmp_odd(err, "query-cpus-fast");
	*first_tid = (pid_t)tid;
	return 0;
}

int qmp_parse_cpu_path(json_object *ret, unsigned int index, char out[QMP_PATH_SIZE],
		       struct ras_err *err)
{
	size_t n = json_object_is_type(ret, json_type_array) ? json_object_array_length(ret) : 0;

	for (size_t i = 0; i < n; i++) {
		json_object *cpu = json_object_array_get_idx(ret, i);
		const char *path;
		uint64_t at;

		if (!is_object(cpu) || json_get_u64(cpu, "cpu-index", 0, INT_MAX, &at, NULL) < 0 ||
		    json_get_str(cpu, "qom-path", &path, NULL) < 0)
			return qmp_odd(err, "query-cpus-fast");
		if (at != index)
			continue;
		if (path[0] != '/' || strlen(path) >= QMP_PATH_SIZE)
			return qmp_odd(err, "query-cpus-fast");
		strcpy(out, path);
		return 0;
	}
	return ras_fail(err, RAS_E_NOT_FOUND, "the guest has no processor %u", index);
}

int qmp_parse_memory_device(json_object *ret, uint64_t gpa, const char **kind, struct ras_err *err)
{
	size_t n = json_object_is_type(ret, json_type_array) ? json_object_array_length(ret) : 0;

	for (size_t i = 0; i < n; i++) {
		json_object *device = json_object_array_get_idx(ret, i), *data;
		const char *type;
		uint64_t at = 0;

		if (!is_object(device) || json_get_str(device, "type", &type, NULL) < 0 ||
		    json_get_obj(device, "data", &data, NULL) < 0)
			return qmp_odd(err, "query-memory-devices");
		/* An unknown kind may have no address, or another name for it. */
		if ((json_get_u64(data, "addr", 0, UINT64_MAX, &at, NULL) == 0 ||
		     json_get_u64(data, "memaddr", 0, UINT64_MAX, &at, NULL) == 0) &&
		    at == gpa) {
			*kind = type;
			return 0;
		}
	}
	return ras_fail(err, RAS_E_NOT_FOUND, "no memory device is at 0x%" PRIx64, gpa);
}

int qmp_parse_string(json_object *ret, const char **out, struct ras_err *err)
{
	if (!json_object_is_type(ret, json_type_string))
		return qmp_odd(err, "qom-get");
	*out = json_object_get_string(ret);
	return 0;
}

int qmp_parse_mce(json_object *ret, struct ras_err *err)
{
	const char *text;
	char said[120];
	size_t len;

	if (qmp_parse_text(ret, &text, &len, err) < 0)
		return -RAS_E_MONITOR;
	if (!len)
		return 0;
	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	utf8_clean(said, sizeof(said), text, len);
	return ras_fail(err, RAS_E_MONITOR, "QEMU did not take the machine check: %s", said);
}

int qmp_parse_migrate(json_object *ret, struct ras_err *err)
{
	static const char *const over[] = { "", "none", "completed", "failed", "cancelled" };
	const char *status = "";

	if (!is_object(ret) || json_opt_str(ret, "status", &status, NULL) < 0)
		return qmp_odd(err, "query-migrate");
	for (size_t i = 0; i < ARRAY_LEN(over); i++)
		if (!strcmp(status, over[i]))
			return 0;
	ras_fail(err, RAS_E_NOT_RUNNING, "a migration or save of the guest is in progress (%.30s)",
		 status[strspn(status, "abcdefghijklmnopqrstuvwxyz-")] ? "of an odd status" :
									 status);
	return ras_hint(
		err,
		"try again when it has ended, or end it (query-migrate and migrate_cancel of its "
		"monitor)");
}

bool qmp_commands_have(json_object *ret, const char *command)
{
	if (!json_object_is_type(ret, json_type_array))
		return false;
	for (size_t i = 0; i < json_object_array_length(ret); i++) {
		json_object *c = json_object_array_get_idx(ret, i);
		const char *name;

		if (is_object(c) && json_get_str(c, "name", &name, NULL) == 0 &&
		    !strcmp(name, command))
			return true;
	}
	return false;
}

int qmp_parse_text(json_object *ret, const char **text, size_t *len, struct ras_err *err)
{
	bool present;
	json_object *s = is_object(ret) ? json_member(ret, "human-readable-text", &present) : ret;

	if (!json_object_is_type(s, json_type_string))
		return qmp_odd(err, "a text command");

	size_t n = (size_t)json_object_get_string_len(s);
	if (n > TEXT_MAX)
		return ras_fail(err, RAS_E_MONITOR, "monitor text of %zu bytes", n);
	*text = json_object_get_string(s);
	*len = n;
	return 0;
}

/* The number after "KEY=" in text, where that begins a word. */
static bool register_of(const char *text, const char *key, uint64_t *out)
{
	const char *at = strstr(text, key);
	char *end;

	if (!at || (at > text && at[-1] != ' ' && at[-1] != '\n'))
		return false;
	at += strlen(key);
	if (!isxdigit((unsigned char)*at))
		return false;
	*out = strtoull(at, &end, 16);
	return end - at <= 16 && (*end == ' ' || *end == '\r' || *end == '\n');
}

enum qmp_cpu qmp_registers_cpu(json_object *ret)
{
	uint64_t rip, cpl, smm, halted;
	const char *text;
	size_t len;

	if (qmp_parse_text(ret, &text, &len, NULL) < 0 || !register_of(text, "RIP=", &rip) ||
	    !register_of(text, "CPL=", &cpl) || !register_of(text, "SMM=", &smm) ||
	    !register_of(text, "HLT=", &halted) || smm || (cpl != 3 && !(rip >> 63)))
		return QMP_CPU_OTHER;
	if (cpl == 3)
		return QMP_CPU_USER;
	return halted ? QMP_CPU_HALTED : QMP_CPU_KERNEL;
}

#define CR4_MCE 0x40u

bool qmp_registers_take_mce(json_object *ret)
{
	const char *text;
	uint64_t cr4;
	size_t len;

	return qmp_parse_text(ret, &text, &len, NULL) == 0 && register_of(text, "CR4=", &cr4) &&
	       (cr4 & CR4_MCE);
}
