// SPDX-License-Identifier: LGPL-2.1-or-later
/* Monitor transport: libvirt's pass-through (virDomainQemuMonitorCommand). */
#pragma once

#include "libvirt/pool.h"

/*
 * Open the monitor of a domain. ready() follows when the fence has been passed: two commands have
 * returned for the domain, the second after its job info said none; fresh: on a connection made for
 * it, so that what was given to libvirt before is done. Else closed(). Callbacks run from the loop.
 * Events do not come this way (libvirt_watch.h).
 */
int monitor_libvirt_open(struct monitor **out, struct libvirt_pool *pool, const struct uuid *domain,
			 bool fresh, const struct monitor_callbacks *cb, void *arg,
			 struct ras_err *err);

extern const struct monitor_ops monitor_libvirt_ops;
