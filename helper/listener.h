// SPDX-License-Identifier: LGPL-2.1-or-later
/* Does a process serve a configured QMP socket? */
#pragma once

#include "base/err.h"
#include "conf/conf.h"

/*
 * 0 where the process of procfd (O_PATH of /proc/PID, its uid is uid) holds the listening socket of
 * a DIR/NAME.qmp of conf. RAS_E_NOT_FOUND: it does not. RAS_E_TIMEOUT: it has too many sockets to
 * look at. RAS_E_HELPER: the kernel does not say.
 */
int listener_find(const struct conf *conf, int procfd, uid_t uid, struct ras_err *err);
