// SPDX-License-Identifier: LGPL-2.1-or-later
/* The TRACE verb: rasd's own tracefs instance, and descriptors that tell of the host's errors. */
#pragma once

#include "helper/conn.h"

/*
 * Make the instance and set it up, as far as it is not; what is buffered in it stays.
 * RAS_E_NOT_FOUND: this kernel has no tracefs. RAS_E_HELPER: a step is not allowed, or failed.
 */
int trace_setup(struct ras_err *err);

/* Take /dev/kmsg: standard input if it is that, else open it. Call it once, before serving. */
void trace_take_kmsg(void);

/* Answer a TRACE request with its descriptor, at once: opening these files waits for nobody. */
void trace_answer(struct conn *c, const struct helper_request *req);
