// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What systemd passes to a service, and what it is told by one: sd_listen_fds(3), sd_notify(3),
 * sd_watchdog_enabled(3). Started by anything else, all of this does nothing.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define SYSTEMD_FIRST_FD 3

/* How many descriptors it has passed, from SYSTEMD_FIRST_FD on. They get FD_CLOEXEC. */
int systemd_fds(void);

/* The name of the descriptor SYSTEMD_FIRST_FD + n in out; false: it has none, or a longer one. */
bool systemd_fd_name(int n, char *out, unsigned int size);

/* A unix stream socket that listens. */
bool systemd_is_listener(int fd);

/*
 * Tell the service manager, "READY=1". Waits while it does not read: for what it must not miss, and
 * for nothing else.
 */
void systemd_tell(const char *text);

/* The same without waiting. False: it does not read; try again. True also where nobody listens. */
bool systemd_try_tell(const char *text);

/* True if systemd wants to be notified. */
bool systemd_listens(void);

/* How often it wants to hear "WATCHDOG=1", in microseconds; 0: never. */
int64_t systemd_watchdog_us(void);

/*
 * What an operator is shown of this service may have changed. Any room says so that has a part in
 * it; the one watcher looks at all of it. From the loop's thread only. fn NULL ends the watch.
 */
void systemd_status_changed(void);
void systemd_status_watch(void (*fn)(void *arg), void *arg);
