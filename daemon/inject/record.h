// SPDX-License-Identifier: LGPL-2.1-or-later
/* From a request to the exact bytes that a guest will see. */
#pragma once

#include "guests/guest.h"
#include "inject/inject.h"

/*
 * Build (or take and check) the block of a request into row->record and fill row's gpa and severity
 * (the worst of block and entries). id is the injection's; it becomes the FRU Id of entries that
 * have none. profile: CPER_* bits the block must pass; a malformed one only cper_hazard() and the
 * slot's size. RAS_E_RECORD names the CPER code and byte offset.
 */
int record_build(const struct inject_request *rq, const struct uuid *id, unsigned int profile,
		 struct journal_row *row, struct ras_err *err);

/*
 * Does what the request's sections say fit this guest: processor sections of its architecture,
 * every address that Linux acts on in its RAM? row->gpa gets the first of them. A ready record
 * (record without typed) is taken as it is. RAS_E_NOT_RAM, RAS_E_NOT_CAPABLE; .field names the
 * member.
 */
int record_fits_guest(const struct inject_request *rq, const struct guest *g,
		      struct journal_row *row, struct ras_err *err);

/* True if the first entry's FRU Id is the injection's own: no other record has these bytes. */
bool record_has_own_id(const struct journal_row *row);
