// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A guest's monitor, whatever carries it: QEMU's own socket (qmp.c) or a pass-through of libvirt
 * (daemon/guests/monitor_libvirt.c). One file for each transport, exporting a const struct
 * monitor_ops. All on one libevent loop; nothing here blocks.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/histogram.h"
#include "json/json.h"

enum qmp_outcome {
	QMP_OK,	      /* QEMU answered "return" */
	QMP_ERROR,    /* QEMU answered "error": it did not do it */
	QMP_NOT_SENT, /* proved: no byte of the command has reached QEMU, and none will */
	QMP_UNKNOWN   /* sent, at least in part or perhaps, and no reply: nobody knows */
};

/*
 * ret is borrowed; non-NULL only for QMP_OK. err is non-NULL for the others (text = QEMU's desc).
 */
typedef void (*qmp_reply_fn)(void *arg, enum qmp_outcome outcome, json_object *ret,
			     const struct ras_err *err);

struct monitor_callbacks {
	void (*ready)(void *arg); /* once: commands may be given */
	void (*event)(void *arg, const char *name,
		      json_object *data);		      /* data borrowed, may be NULL */
	void (*closed)(void *arg, const struct ras_err *err); /* once; the owner then closes */
};

enum monitor_kind {
	/* Only asks. */
	MONITOR_QUERY,
	/*
	 * Changes the guest. While a job is in progress it is not sent (QMP_NOT_SENT,
	 * RAS_E_NOT_RUNNING): a migration or save, through libvirt any job. The monitor asks first.
	 */
	MONITOR_CHANGE
};

/*
 * How long the answer "no job is in progress" is used, counted from its question. Jobs that matter
 * take longer.
 */
#define MONITOR_NO_JOB_NS 50000000

struct monitor;

struct monitor_ops {
	const char *name; /* "socket", "libvirt" */
	/*
	 * Queue a command. args (may be NULL) is taken, also on failure. After timeout_ms > 0 fn
	 * gets QMP_UNKNOWN, or QMP_NOT_SENT if that is proved. fn runs exactly once, from the loop.
	 * On failure it does not run.
	 */
	int (*exec)(struct monitor *m, const char *command, json_object *args,
		    enum monitor_kind kind, int timeout_ms, qmp_reply_fn fn, void *arg,
		    struct ras_err *err);
	/*
	 * A MONITOR_CHANGE will follow soon: send now the question that it needs, unless the last
	 * answer's question is younger than that.
	 */
	void (*ask_ahead)(struct monitor *m, int64_t unless_younger_ns);
	/* The process at the other end. False: this transport cannot tell. */
	bool (*peer)(const struct monitor *m, pid_t *pid, uid_t *uid);
	/*
	 * Close and free, also from inside a callback. Pending replies are answered first; closed()
	 * is not called.
	 */
	void (*close)(struct monitor *m);
};

/* Base of each transport's own struct. */
struct monitor {
	const struct monitor_ops *ops;
};

/*
 * The "error" member of QEMU's reply (any JSON) as an error: printable ASCII. RAS_E_NOT_CAPABLE for
 * CommandNotFound, else RAS_E_MONITOR.
 */
void qmp_reply_error(json_object *error, struct ras_err *err);

/* --- for metrics: the commands of all monitors, since the start --- */

enum monitor_by { MONITOR_BY_SOCKET, MONITOR_BY_LIBVIRT, MONITOR_N_BY };

struct monitor_stat {
	/* From our command to QEMU's answer, of any kind. */
	struct histogram answered[MONITOR_N_BY];
	uint64_t ended[QMP_UNKNOWN + 1]; /* by enum qmp_outcome */
	uint64_t again;			 /* connections to a guest that was connected before */
};

/* A command has ended, ns after it was given. */
void monitor_count(enum monitor_by by, enum qmp_outcome outcome, int64_t ns);
/* A guest is connected that was connected before. */
void monitor_count_again(void);
/* Borrowed. */
const struct monitor_stat *monitor_stat(void);
