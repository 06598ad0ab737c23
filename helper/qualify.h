// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which processes rasd-pagemap may look into. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "conf/conf.h"

/*
 * Check pid against conf: start time, uid, and listener of a configured QMP socket or named by a
 * pid file of libvirt. On success gives a pidfd and an O_PATH descriptor of /proc/PID that stay
 * with this very process. RAS_E_HELPER says why it does not qualify, RAS_E_GONE that there is no
 * such process.
 */
int qualify(const struct conf *conf, pid_t pid, uint64_t start_time, int *pidfd, int *procfd,
	    struct ras_err *err);

/* True while the process of a pidfd has not exited. */
bool pidfd_alive(int pidfd);

/* Field 22 of the text of /proc/PID/stat; the name may hold blanks and brackets. */
bool stat_start_time(const char *stat, uint64_t *out);
