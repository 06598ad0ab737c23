// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to libvirt.c and libvirt_allow.c: the loop's side of libvirt. */
#pragma once

#include "libvirt/pool.h"
#include "libvirt/watch.h"

struct guests_libvirt {
	struct guests *gs;
	struct libvirt_watch *watch;
	struct libvirt_pool *pool;
	bool up, read_only;
	bool asked,
		listed; /* there was an answer, be it that there is no libvirtd; the domains are known */
	unsigned long version;
	void *by_uuid;		 /* tsearch(3) of &guest->dom.uuid: the managed ones */
	TAILQ_HEAD(, guest) due; /* to be described; those that run come first */
	size_t n_describing;
	struct ras_err why; /* down, or read-only */
};
