// SPDX-License-Identifier: LGPL-2.1-or-later
#include "helper/request.h"

int request_check(const struct helper_request *req, size_t len, struct ras_err *err)
{
	if (req->version != HELPER_PROTO_VERSION)
		return ras_fail(err, RAS_E_HELPER, "protocol version %u, not %u", req->version,
				HELPER_PROTO_VERSION);
	if (req->verb < HELPER_PAGEMAP || req->verb > HELPER_TRACE)
		return ras_fail(err, RAS_E_HELPER, "no such verb %u", req->verb);
	if (req->n_sections > HELPER_MAX_SECTIONS ||
	    len < REQUEST_HEAD_BYTES + req->n_sections * sizeof(req->section[0]))
		return ras_fail(err, RAS_E_HELPER, "%u sections in a packet of %zu bytes",
				req->n_sections, len);
	if (req->wait_us > HELPER_MAX_WAIT_US)
		return ras_fail(err, RAS_E_HELPER, "a wait of %u us, not 0..%u", req->wait_us,
				HELPER_MAX_WAIT_US);
	return 0;
}
