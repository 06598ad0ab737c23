// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Every monitor command that rasd gives, one function each, and the parsers of their replies (those
 * about devices are in device.h and cxl.h). Nobody else gives commands to a monitor. The senders
 * return what monitor_ops.exec() returns, with the same fn and arg. Parsers take the "return" value
 * of a QMP_OK reply. Outputs are untouched on failure, and that is RAS_E_MONITOR unless something
 * else is said.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/uuid.h"
#include "qmp/monitor.h"

#define QMP_CMD_TIMEOUT_MS 5000
#define QMP_GHES_RECORD_MIN 20u	  /* an empty status block */
#define QMP_GHES_RECORD_MAX 1024u /* the size of QEMU's status block */

/* Names of all commands of these files, in sorted order, NULL at the end. */
extern const char *const qmp_commands_used[];

/* Commands without arguments, named as in QEMU's qapi. */
int qmp_cmd_query_status(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err);
int qmp_cmd_query_version(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err);
int qmp_cmd_query_name(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err);
int qmp_cmd_query_uuid(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err);
int qmp_cmd_query_target(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err);
int qmp_cmd_query_commands(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err);
int qmp_cmd_query_cpus_fast(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err);
int qmp_cmd_query_kvm(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err);
int qmp_cmd_query_memdev(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err);
int qmp_cmd_query_memory_devices(struct monitor *m, qmp_reply_fn fn, void *arg,
				 struct ras_err *err);
int qmp_cmd_query_migrate(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err);

/* RAM blocks as text: qmp_parse_text(), then qmp_ramblock_parse(). */
int qmp_cmd_query_ramblock(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err);

/*
 * Property of a QOM object. path and property are names of this program, or QEMU's own
 * (qmp_parse_cpu_path()), and never a client's.
 */
int qmp_cmd_qom_get(struct monitor *m, const char *path, const char *property, qmp_reply_fn fn,
		    void *arg, struct ras_err *err);

/* Human monitor commands; the reply is text: qmp_parse_text(). */
int qmp_cmd_info_mtree(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err);
int qmp_cmd_info_ramblock(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err);
int qmp_cmd_gpa2hva(struct monitor *m, uint64_t gpa, qmp_reply_fn fn, void *arg,
		    struct ras_err *err);

/* Registers of the first processor: qmp_registers_cpu(). */
int qmp_cmd_info_registers(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err);

/* One machine check, as its registers hold it (Intel SDM 3B 17.3, AMD APM 2 9.3). */
struct qmp_mce {
	unsigned int cpu, bank;
	uint64_t status, mcg_status, addr, misc;
};

/*
 * Raise a machine check on that processor, and on no other: qmp_parse_mce(). QEMU does nothing for
 * an index that it does not have, and says nothing of it: who calls has asked which there are.
 */
int qmp_cmd_mce(struct monitor *m, const struct qmp_mce *mce, qmp_reply_fn fn, void *arg,
		struct ras_err *err);

/*
 * An NMI for the guest. Who sends it knows that its OS expects one, and has asked for a migration
 * in progress: the monitor does not ask again.
 */
int qmp_cmd_inject_nmi(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err);

/*
 * Write record[len] to the guest's status block. RAS_E_RECORD, and nothing is sent: len is outside
 * QMP_GHES_RECORD_MIN..MAX, or the block status is 0, which would block the error source until the
 * guest reboots. The base64 is made here, because wrong base64 aborts QEMU 11.1.
 */
int qmp_cmd_inject_ghes(struct monitor *m, const void *record, size_t len, qmp_reply_fn fn,
			void *arg, struct ras_err *err);

enum run_state {
	RUN_STATE_UNKNOWN = 0, /* a state that this program does not know: counts as not running */
	RUN_STATE_RUNNING,
	RUN_STATE_PAUSED,
	RUN_STATE_PRELAUNCH,
	RUN_STATE_INMIGRATE,
	RUN_STATE_FINISH_MIGRATE,
	RUN_STATE_POSTMIGRATE,
	RUN_STATE_SHUTDOWN,
	RUN_STATE_SUSPENDED,
	RUN_STATE_GUEST_PANICKED,
	RUN_STATE_INTERNAL_ERROR,
	RUN_STATE_IO_ERROR,
	RUN_STATE_WATCHDOG,
	RUN_STATE_SAVE_VM,
	RUN_STATE_RESTORE_VM,
	RUN_STATE_DEBUG,
	RUN_STATE_COLO,
	RUN_STATE__MAX
};

/* QEMU's word for a state; "unknown" for other values. */
const char *run_state_name(enum run_state s);

/* Reply of query-status. */
int qmp_parse_status(json_object *ret, enum run_state *out, struct ras_err *err);

/* Reply of query-version as major*10000 + minor*100 + micro, e.g. 110103. */
int qmp_parse_version(json_object *ret, int *out, struct ras_err *err);

/* Reply of query-name, query-target; *out is borrowed from ret. No name: "". */
int qmp_parse_name(json_object *ret, const char **out, struct ras_err *err);
int qmp_parse_target(json_object *ret, const char **out, struct ras_err *err);

/*
 * Reply of query-uuid. *has: the guest has one; QEMU says all zeros for one that was given none.
 */
int qmp_parse_uuid(json_object *ret, struct uuid *out, bool *has, struct ras_err *err);

/*
 * Property "memory" of /machine: the RAM that it starts with; the limit, 0 = none, and the slots of
 * memory devices.
 */
int qmp_parse_machine_memory(json_object *ret, uint64_t *size_bytes, uint64_t *max_bytes,
			     uint32_t *slots, struct ras_err *err);

/* Thread id of the first CPU in the reply of query-cpus-fast. */
int qmp_parse_cpus(json_object *ret, pid_t *first_tid, struct ras_err *err);

#define QMP_PATH_SIZE 128u

/*
 * QOM path of the CPU of that index in the reply of query-cpus-fast. RAS_E_NOT_FOUND: it has none.
 */
int qmp_parse_cpu_path(json_object *ret, unsigned int index, char out[QMP_PATH_SIZE],
		       struct ras_err *err);

/*
 * What kind of memory device begins at that guest address, in QEMU's words (dimm, nvdimm,
 * virtio-pmem, ...); *kind is borrowed from ret. RAS_E_NOT_FOUND: none begins there.
 */
int qmp_parse_memory_device(json_object *ret, uint64_t gpa, const char **kind, struct ras_err *err);

/* A string property; *out is borrowed from ret. */
int qmp_parse_string(json_object *ret, const char **out, struct ras_err *err);

/* Reply of qmp_cmd_mce(): 0 if QEMU took it. Otherwise err has QEMU's own words. */
int qmp_parse_mce(json_object *ret, struct ras_err *err);

/*
 * 0 if the reply of query-migrate shows no migration in progress. Otherwise RAS_E_NOT_RUNNING, also
 * for a status that this program does not know.
 */
int qmp_parse_migrate(json_object *ret, struct ras_err *err);

/* True if the reply of query-commands names command. False for anything malformed. */
bool qmp_commands_have(json_object *ret, const char *command);

/*
 * The text of a human monitor reply (a string) or of x-query-ramblock (an object);
 * *text (len bytes, NUL after them) is borrowed from ret. RAS_E_MONITOR over 1 MiB.
 */
int qmp_parse_text(json_object *ret, const char **text, size_t *len, struct ras_err *err);

/* What a processor of an x86-64 QEMU was doing. */
enum qmp_cpu {
	QMP_CPU_OTHER,	/* firmware, a boot loader, SMM; or the text is malformed */
	QMP_CPU_KERNEL, /* in the upper half of the address space */
	QMP_CPU_HALTED, /* the same, with nothing to do */
	QMP_CPU_USER
};

/* That, by the reply of "info registers". Firmware and boot loaders run in the lower half. */
enum qmp_cpu qmp_registers_cpu(json_object *ret);

/*
 * True where the reply of "info registers" shows that the processor takes machine checks (CR4.MCE).
 * Where it does not, an uncorrected one resets the machine.
 */
bool qmp_registers_take_mce(json_object *ret);
