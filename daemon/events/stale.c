// SPDX-License-Identifier: LGPL-2.1-or-later
#include "events/stale.h"

static bool fresh(const struct stale_question *q)
{
	int64_t age_ns = q->read_ns - q->event_ns;

	/* A time to come is a clock that cannot be believed. */
	return !q->catch_up && q->event_ns && !q->margin_ns && age_ns >= 0 &&
	       age_ns <= STALE_FRESH_NS;
}

enum stale_verdict stale_judge(const struct stale_question *q)
{
	if (!q->boot_known || !q->this_boot)
		return STALE_OTHER_BOOT;
	/*
	 * The poison stands in the place of the page since it was poisoned. So this QEMU had it
	 * then, whatever the clocks say.
	 */
	if (q->poisoned)
		return fresh(q) ? STALE_FRESH : STALE_PROVED;
	/*
	 * A time to come is of a clock that cannot be believed. Every entry of the index would be
	 * older than it.
	 */
	if (!q->event_ns || q->event_ns - q->margin_ns > q->read_ns + STALE_FRESH_NS)
		return STALE_NO_TIME;
	if (q->qemu_start_ns >= q->event_ns - q->margin_ns)
		return STALE_QEMU_IS_YOUNGER;
	if (fresh(q))
		return STALE_FRESH;
	if (q->index_since_ns > q->qemu_start_ns && q->index_since_ns < q->event_ns - q->margin_ns)
		return STALE_PROVED;
	return STALE_NOT_PROVED;
}

const char *stale_text(enum stale_verdict v)
{
	switch (v) {
	case STALE_FRESH:
		return "seen at once";
	case STALE_PROVED:
		return "the page is proved to have been this guest's then";
	case STALE_OTHER_BOOT:
		return "it is of an earlier boot of this host, or of one that is not known";
	case STALE_QEMU_IS_YOUNGER:
		return "the QEMU that has the page now started after it";
	case STALE_NO_TIME:
		return "when it was is not known or in the future, and the page is not poisoned";
	case STALE_NOT_PROVED:
		return "nothing proves that the page was this guest's then";
	case STALE__MAX:
		break;
	}
	return "";
}
