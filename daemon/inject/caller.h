// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Who asks, as the kernel says (SO_PEERCRED, SO_PEERGROUPS), and what rasd.conf lets such a person
 * do. The ids are kept, not a decision about them: a request that waits in a queue is judged again
 * before it is sent, and rasd.conf may have been read again by then.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "conf/conf.h"

#define CALLER_MAX_GIDS 256 /* of those that policy.check is asked about */

struct caller {
	unsigned int refs;
	uid_t uid;    /* as the kernel names it */
	uid_t person; /* whom limits and the journal count it as */
	size_t n_gids;
	gid_t gid[];
};

enum caller_role { CALLER_NONE, CALLER_VIEW, CALLER_INJECT, CALLER_ADMIN };

/* One reference; gid is copied. NULL without memory. */
struct caller *caller_new(uid_t uid, uid_t person, const gid_t *gid, size_t n);
struct caller *caller_ref(struct caller *c); /* NULL allowed */
void caller_unref(struct caller *c);	     /* NULL allowed */

/* What c may do at all. A member of an [injector] section may inject. */
enum caller_role caller_role(const struct conf_roles *r, const struct caller *c);

/* Whether the section is about c. */
bool caller_is_in(const struct caller *c, const struct conf_injector *in);
