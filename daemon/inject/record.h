// SPDX-License-Identifier: LGPL-2.1-or-later
/* From a request to the exact bytes that a guest will see. */
#pragma once

#include "inject/inject.h"

/*
 * Build (or take and check) the block of a request into row->record and fill row's gpa and severity.
 * id is the injection's; it becomes the FRU Id of entries that have none. profile: CPER_* bits the block
 * must pass. RAS_E_RECORD names the CPER code and byte offset.
 */
int record_build(const struct inject_request *rq, const struct uuid *id, unsigned int profile,
		 struct journal_row *row, struct ras_err *err);
