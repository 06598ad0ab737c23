// SPDX-License-Identifier: LGPL-2.1-or-later
/* What systemd is told of this rasd while it runs: STATUS= and the watchdog. */
#pragma once

#include "base/err.h"
#include "daemon.h"

struct service;

/*
 * Tell from now on; without a NOTIFY_SOCKET nothing is told and *out is NULL. d stays the caller's.
 * RAS_E_NOMEM.
 */
int service_new(struct service **out, struct daemon *d, struct ras_err *err);

/* NULL allowed. */
void service_free(struct service *s);
