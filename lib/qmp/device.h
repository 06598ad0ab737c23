// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Monitor commands about a guest's devices. As in cmds.h: one function each, with the parser of its
 * reply.
 *
 * Only devices that were given an id are known here: QEMU keeps them in /machine/peripheral, with
 * id and type, and its error commands find no others. Nothing that a client said becomes part of a
 * command: an id was listed by this QEMU and has the form that QEMU demands of an id, all else are
 * numbers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qmp/monitor.h"

#define QMP_ID_SIZE 64u /* of an id that is understood, with its NUL */
#define QMP_DEVICE_PATH_SIZE 192u

/* The devices that have an id. */
int qmp_cmd_list_devices(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err);

/*
 * fn once for each device in the reply, in QEMU's order, with its id and QOM type; devices with an
 * id that is no id by QEMU's rules, or a longer one, are left out.
 */
int qmp_parse_devices(json_object *ret, void (*fn)(void *arg, const char *id, const char *type),
		      void *arg, struct ras_err *err);

/* A property of the device with that id: qmp_parse_u64(), qmp_parse_string(). */
int qmp_cmd_device_get(struct monitor *m, const char *id, const char *property, qmp_reply_fn fn,
		       void *arg, struct ras_err *err);
/* A property that is a number, not negative. */
int qmp_parse_u64(json_object *ret, uint64_t *out, struct ras_err *err);

/*
 * Read n words (32 bits) of guest-physical address space, where gpa is 16-byte aligned and n a
 * multiple of 4. kind MONITOR_CHANGE: it follows a change, and must not overtake it.
 */
#define QMP_WORDS_MAX 96u
int qmp_cmd_read_words(struct monitor *m, uint64_t gpa, size_t n, enum monitor_kind kind,
		       qmp_reply_fn fn, void *arg, struct ras_err *err);
/* Outputs are untouched unless the reply is exactly those words. */
int qmp_parse_words(json_object *ret, uint64_t gpa, size_t n, uint32_t *out, struct ras_err *err);

/* One error of a PCIe device, by the bit in its AER capability's status register. */
struct qmp_aer {
	const char *id;
	bool correctable;
	uint32_t status;
	bool has_header;
	uint32_t header[4]; /* of the TLP, the first byte in bits 31:24 */
};

/* Set the error in the device: qmp_parse_aer(). */
int qmp_cmd_aer(struct monitor *m, const struct qmp_aer *a, qmp_reply_fn fn, void *arg,
		struct ras_err *err);

/*
 * 0 if QEMU says that it set the error in device id at that bus, device and function (bdf as in a
 * requester id). Otherwise err has QEMU's own words.
 */
int qmp_parse_aer(json_object *ret, const char *id, uint16_t bdf, struct ras_err *err);
