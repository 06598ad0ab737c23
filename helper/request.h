// SPDX-License-Identifier: LGPL-2.1-or-later
/* Is a packet a request? Pure. */
#pragma once

#include <stddef.h>

#include "base/err.h"
#include "helper/protocol.h"

#define REQUEST_HEAD_BYTES offsetof(struct helper_request, section)

/*
 * Check a packet of len bytes, of which at least REQUEST_HEAD_BYTES were received into req.
 * RAS_E_HELPER says what is wrong; else the verb is known and all numbers are within their bounds.
 */
int request_check(const struct helper_request *req, size_t len, struct ras_err *err);
