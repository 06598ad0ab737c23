// SPDX-License-Identifier: LGPL-2.1-or-later
/* Which person a uid belongs to. */
#pragma once

#include <event2/event.h>
#include <sys/types.h>

#include "base/err.h"

struct persons;

/*
 * Read the file of subordinate uids (NULL: /etc/subuid; none is no error), and ask NSS for the
 * names in it: this may block. base is borrowed. RAS_E_NOMEM, RAS_E_IO.
 */
int persons_new(struct persons **out, struct event_base *base, const char *file,
		struct ras_err *err);
void persons_free(struct persons *p);

/*
 * The uid of the person: who owns the range that uid is in, else uid itself. A range of root, or of
 * a name that nobody has, is a person by its first uid. Never blocks; begins to read the file
 * again where that has changed.
 */
uid_t persons_of(struct persons *p, uid_t uid);
