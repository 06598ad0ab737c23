// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * From rasd's journal into the audit trail: every state of an injection and every decided host
 * event, in order, each once. After a kill of rasd some come a second time, with the RASD_SEQ that
 * they had before.
 */
#pragma once

#include "base/err.h"

struct audit_feed;
struct event_base;
struct journal;

/*
 * Go on where the life before has ended; with a journal that was never read for the trail, from now
 * on. j outlives it. RAS_E_NOMEM, RAS_E_JOURNAL.
 */
int audit_feed_new(struct audit_feed **out, struct event_base *base, struct journal *j,
		   struct ras_err *err);
void audit_feed_free(struct audit_feed *f);
