// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Monitor commands about CXL memory devices (type 3), as in device.h. QEMU checks each argument and
 * says by an error what it does not take, so a success needs no parser.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "qmp/monitor.h"

/* An optional number of an event: QEMU calls it valid where it is given. */
struct qmp_cxl_number {
	const char *name; /* a word of QEMU's schema */
	uint64_t value;
};

#define QMP_CXL_NUMBERS_MAX 24u

struct qmp_cxl_event {
	const char *command; /* cxl-inject-general-media-event and its like */
	const char *id;	     /* of the device */
	const char *log;     /* informational, warning, failure, fatal */
	struct qmp_cxl_number number[QMP_CXL_NUMBERS_MAX];
	size_t n;
	uint64_t correction_mask[4];
	bool has_correction_mask;
};

/* Put an event into the device's event log. */
int qmp_cmd_cxl_event(struct monitor *m, const struct qmp_cxl_event *e, qmp_reply_fn fn, void *arg,
		      struct ras_err *err);

/* Add 64 bytes at that device physical address to the device's list of poison. */
int qmp_cmd_cxl_poison(struct monitor *m, const char *id, uint64_t dpa, qmp_reply_fn fn, void *arg,
		       struct ras_err *err);
