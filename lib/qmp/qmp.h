// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Asynchronous QMP client on a unix socket, for one libevent loop.
 *
 *   open -> connect -> greeting -> qmp_capabilities -> ready -> commands and events -> closed
 *
 * QEMU serves one client a socket. If another client has it, there is no greeting, so there is a
 * time limit for it. A command whose bytes may have reached QEMU and whose reply was not seen ends
 * as QMP_UNKNOWN. It is never sent again.
 */
#pragma once

#include <event2/event.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "json/json.h"
#include "qmp/monitor.h"

#define QMP_COMMAND_MAX 64 /* letters of a command's name */

struct qmp;

/*
 * Start connecting to the unix socket path. Callbacks run from the loop, never inside qmp_open().
 * greeting_ms bounds connect, greeting and capabilities (e.g. 2000). The caller owns *out and
 * releases it with qmp_close().
 */
int qmp_open(struct qmp **out, struct event_base *base, const char *path, int greeting_ms,
	     const struct monitor_callbacks *cb, void *arg, struct ras_err *err);

/*
 * Close and free (NULL allowed), also from inside a callback. Pending replies are answered first
 * (QMP_NOT_SENT or QMP_UNKNOWN); closed() is not called.
 */
void qmp_close(struct qmp *q);

/*
 * Queue a command. args (may be NULL) is taken, also on failure. timeout_ms > 0: after that time fn
 * gets QMP_UNKNOWN (RAS_E_TIMEOUT), and a late reply is dropped. fn runs exactly once, from the
 * loop. Fails (fn does not run) only if the client is not ready or 64 commands are open.
 */
int qmp_exec(struct qmp *q, const char *command, json_object *args, int timeout_ms, qmp_reply_fn fn,
	     void *arg, struct ras_err *err);

/* Peer process that listens on the socket (SO_PEERCRED of listen time); -1 before connect. */
pid_t qmp_peer_pid(const struct qmp *q);
uid_t qmp_peer_uid(const struct qmp *q);

/* The client as a monitor. It belongs to q and is closed with it. */
struct monitor *qmp_monitor(struct qmp *q);
extern const struct monitor_ops qmp_monitor_ops;
