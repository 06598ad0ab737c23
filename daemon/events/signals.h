// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * SIGBUS signals that the kernel sent for bad memory. The event has no address, so a signal is
 * matched with a page by process and time, and one signal with one page only: the kernel signals
 * first and reports the page a moment later.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SIGNALS_KEPT 64u
#define SIGNAL_BEFORE_NS INT64_C(200000000) /* seen: at most some ms between the two */
#define SIGNAL_AFTER_NS INT64_C(500000000)  /* of a report that comes before the signal */

/*
 * QEMU's event MEMORY_FAILURE has no address either, and comes from QEMU's main loop: at once, or
 * when that loop goes on. 2 s is what counts as one error elsewhere (FOLD_NS, STALE_FRESH_NS). A
 * later one is about another error: taken for this one's, it would keep a forward from its guest.
 */
#define QEMU_SAYS_AFTER_NS INT64_C(2000000000)

struct signals {
	struct signal_seen {
		pid_t pid; /* the process, not the thread */
		int code;
		int64_t boot_ns;
		uint64_t pfn; /* matched with this page */
		int matched;
	} v[SIGNALS_KEPT];
	unsigned int next;
};

/* A signal was sent to that process. */
void signals_note(struct signals *s, pid_t pid, int code, int64_t boot_ns);

/*
 * The si_code of the signal for page pfn, that process and an error seen at boot_ns; after_ns: how
 * much later than the error it may be. 0: none. It belongs to that page from now on.
 */
int signals_match(struct signals *s, pid_t pid, uint64_t pfn, int64_t boot_ns, int64_t after_ns);

/*
 * Is one of the n MEMORY_FAILUREs at said_ns (0: none) about an error at at_ns, which may be wrong
 * by margin_ns? All of the boot clock.
 */
bool signals_qemu_said(const int64_t *said_ns, size_t n, int64_t at_ns, int64_t margin_ns);
