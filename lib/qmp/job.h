// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Private to the socket's monitor: no MONITOR_CHANGE while QEMU migrates or saves the guest. See
 * job.c.
 */
#pragma once

#include <stdint.h>

#include "qmp/qmp.h"

struct qmp_change;

/* One for each client, inside it. */
struct qmp_job {
	struct qmp *q;
	bool asking; /* sent before the change is given */
	int64_t asked_boot_ns;
	int64_t no_job_boot_ns; /* when none was in progress; 0: not known */
	/* number of events after which the guest is not the same any more */
	uint64_t n_turns;
	struct qmp_change *waiting; /* for the answer to the early question */
};

/* monitor_ops.ask_ahead(). */
void qmp_job_ask_ahead(struct qmp_job *j, int64_t unless_younger_ns);

/* monitor_ops.exec() of a MONITOR_CHANGE. */
int qmp_job_exec(struct qmp_job *j, const char *command, json_object *args, int timeout_ms,
		 qmp_reply_fn fn, void *arg, struct ras_err *err);

/*
 * QEMU sent this event. A command that still waits for its answer may be meant for a guest that
 * does not exist any more.
 */
void qmp_job_event(struct qmp_job *j, const char *name);

/* qmp.c: end the connection as if QEMU had closed it. From the loop only. */
void qmp_lost(struct qmp *q, const struct ras_err *why);
