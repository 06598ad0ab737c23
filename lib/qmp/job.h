// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to the socket's monitor: no MONITOR_CHANGE while QEMU migrates or saves; see job.c. */
#pragma once

#include <stdint.h>

#include "qmp/qmp.h"

struct qmp_change;

/* One for each client, inside it. */
struct qmp_job {
	struct qmp *q;
	bool asking; /* ahead of a change */
	int64_t asked_boot_ns;
	int64_t no_job_boot_ns;	    /* none was in progress then; 0: not known */
	uint64_t n_turns;	    /* events after which the guest is not what it was */
	struct qmp_change *waiting; /* for the answer to the question ahead */
};

/* monitor_ops.ask_ahead(). */
void qmp_job_ask_ahead(struct qmp_job *j, int64_t unless_younger_ns);

/* monitor_ops.exec() of a MONITOR_CHANGE. */
int qmp_job_exec(struct qmp_job *j, const char *command, json_object *args, int timeout_ms,
		 qmp_reply_fn fn, void *arg, struct ras_err *err);

/*
 * QEMU told this event: a command that waits for the answer to its question may be meant for what
 * is no more.
 */
void qmp_job_event(struct qmp_job *j, const char *name);

/* qmp.c: end the connection as if QEMU had closed it. From the loop only. */
void qmp_lost(struct qmp *q, const struct ras_err *why);
