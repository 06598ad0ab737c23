// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The connection that watches libvirt: which domains there are and what becomes of them. It has two
 * threads of its own (one runs libvirt's event loop, one connects and lists, as either may block)
 * and hands records to the loop, in order: UP, a DOMAIN each, LISTED, events; DOWN. Callbacks are
 * registered before the list is asked for, so nothing falls between. After DOWN it connects again,
 * with back-off from 0.5 to 10 s, at once when the socket appears.
 */
#pragma once

#include <event2/event.h>

#include "base/err.h"
#include "base/mailbox.h"
#include "base/uuid.h"

enum libvirt_what {
	/* number: 0 daemon's version as libvirt counts, 1 read-only; err: why only that */
	LIBVIRT_UP,
	LIBVIRT_DOWN,	/* err */
	LIBVIRT_DOMAIN, /* uuid, name, number 0: id or -1 */
	LIBVIRT_LISTED,
	LIBVIRT_LIFECYCLE, /* uuid, name, number: 0 VIR_DOMAIN_EVENT_*, 1 its detail, 2 id */
	LIBVIRT_RESET,
	LIBVIRT_DEVICES, /* a device was added or removed, or memory resized */
	LIBVIRT_METADATA,
	LIBVIRT_JOB_DONE,
	/* number: 0 recipient, 1 action, 2 flags: VIR_DOMAIN_EVENT_MEMORY_FAILURE_* */
	LIBVIRT_MEMORY_FAILURE
};

struct libvirt_record {
	struct mail mail; /* first: the watcher's */
	enum libvirt_what what;
	struct uuid uuid;
	char name[256];
	long number[3];
	struct ras_err err;
};

struct libvirt_watch;

/* From the loop. rec is borrowed. */
typedef void (*libvirt_record_fn)(void *arg, const struct libvirt_record *rec);

/*
 * Start. uri (copied) as in rasd.conf; nothing of libvirt is loaded while its socket is not there.
 */
int libvirt_watch_new(struct libvirt_watch **out, struct event_base *base, const char *uri,
		      libvirt_record_fn fn, void *arg, struct ras_err *err);

/* No record comes any more. The threads end with the process. */
void libvirt_watch_free(struct libvirt_watch *w);
