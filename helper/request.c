// SPDX-License-Identifier: LGPL-2.1-or-later
#include "helper/request.h"

/* A process counts only where it is asked whether it has mapped the page. */
static int check_shm(const struct helper_request *req, struct ras_err *err)
{
	if (req->source_id > HELPER_SHM_REMOVE || req->index > HELPER_SHM_SSDT)
		return ras_fail(err, RAS_E_HELPER, "no such file or operation: %u, %u",
				req->source_id, req->index);
	if (req->pid != 0 && (req->source_id != HELPER_SHM_OPEN || req->index != HELPER_SHM_PAGE ||
			      req->n_sections != 1))
		return ras_fail(err, RAS_E_HELPER, "only the page can be one of a process");
	return 0;
}

int request_check(const struct helper_request *req, size_t len, struct ras_err *err)
{
	if (req->version != HELPER_PROTO_VERSION)
		return ras_fail(err, RAS_E_HELPER, "protocol version %u, not %u", req->version,
				HELPER_PROTO_VERSION);
	if (req->verb < HELPER_PAGEMAP || req->verb > HELPER_SHM)
		return ras_fail(err, RAS_E_HELPER, "no such verb %u", req->verb);
	if (req->n_sections > HELPER_MAX_SECTIONS ||
	    len < REQUEST_HEAD_BYTES + req->n_sections * sizeof(req->section[0]))
		return ras_fail(err, RAS_E_HELPER, "%u sections in a packet of %zu bytes",
				req->n_sections, len);
	if (req->verb == HELPER_SHM)
		return check_shm(req, err);
	if (req->wait_us > HELPER_MAX_WAIT_US)
		return ras_fail(err, RAS_E_HELPER, "a wait of %u us, not 0..%u", req->wait_us,
				HELPER_MAX_WAIT_US);
	return 0;
}
