// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to the audit: how its files send. */
#pragma once

#include "audit/audit.h"
#include "audit/kinds.h"

/* Send m, or keep it. False: it is lost, and counted; or the trail is closed. */
bool trail_send(const struct journald_message *m);

/* Whether nothing is kept: what is sent now is not held up by what was before. */
bool trail_is_free(void);

/* Whether there is no journald, as of the latest message. */
bool trail_is_absent(void);

/* n messages are not even tried: count them as lost. */
void trail_skip(uint64_t n);

/* The fields of what a message is about. */
void trail_subject(struct journald_message *m, const struct audit_subject *s);
