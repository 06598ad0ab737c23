// SPDX-License-Identifier: LGPL-2.1-or-later
#include "events/decide.h"

static struct decide_verdict say(enum host_decision d, const char *reason)
{
	return (struct decide_verdict){ .decision = d, .reason = reason };
}

static struct decide_verdict owner(const struct decide_evidence *e)
{
	switch (e->owner) {
	case OWNER_NOT_ASKED:
		return say(HOST_NO_ADDRESS, "the report has no address");
	case OWNER_FAILED:
		return say(HOST_FAILED, "whose page it is could not be found out");
	case OWNER_NONE:
		return say(HOST_NO_GUEST, "the page is of no guest");
	case OWNER_QEMU:
		return say(HOST_NO_GUEST, "the page is memory of QEMU itself, not of its guest");
	case OWNER_DOUBTFUL:
		return say(HOST_UNPROVED, "which guest page it is is probable, not proved");
	case OWNER_ONE:
		break;
	}
	return say(HOST_PENDING, "");
}

static struct decide_verdict corrected(const struct decide_evidence *e)
{
	struct decide_verdict v;

	if (e->corrected == CONF_CORRECTED_COUNT)
		return say(HOST_COUNTED, "corrected errors are counted, not forwarded (rasd.conf)");
	if (e->corrected == CONF_CORRECTED_THRESHOLD && !e->threshold)
		return say(HOST_COUNTED, "the page has not reached the threshold");
	if (!stale_may_act(e->age))
		return say(HOST_STALE, stale_text(e->age));
	if (!e->granted)
		return say(HOST_NOT_GRANTED, "the guest has no grant forward-corrected");
	v = say(HOST_FORWARDED, e->threshold ? "the page has reached the threshold of rasd.conf" :
					       "corrected errors are forwarded (rasd.conf)");
	v.flag_threshold = e->corrected == CONF_CORRECTED_THRESHOLD;
	return v;
}

/*
 * Whether QEMU was signalled is sure once the kernel has finished with the page. Until then QEMU
 * may still report the error to a KVM guest itself. Under TCG it never does, so there is nothing
 * to wait for.
 */
static bool must_wait(const struct decide_evidence *e)
{
	if (e->waited || e->page_lost || e->qemu == QEMU_TELLS_NOTHING)
		return false;
	return e->signal != SIGNAL_UNKNOWN;
}

static struct decide_verdict uncorrected(const struct decide_evidence *e)
{
	if (e->signal == SIGNAL_REQUIRED || e->required)
		return say(HOST_CONSUMED, "a CPU was using the data: QEMU was signalled at once");
	if (e->qemu == QEMU_TELLS_ALL && e->signal == SIGNAL_OPTIONAL)
		return say(HOST_GUEST_TOLD, "QEMU was signalled and tells the guest itself");
	if (e->qemu == QEMU_TELLS_ALL && e->signal == SIGNAL_UNKNOWN)
		return say(HOST_GUEST_TOLD,
			   "with KVM on this architecture QEMU tells the guest itself");
	if (!e->granted)
		return say(HOST_NOT_GRANTED, "the guest has no grant forward-uncorrected");
	if (must_wait(e))
		return (struct decide_verdict){ .wait = true, .reason = "signals may still come" };
	return say(HOST_FORWARDED,
		   e->qemu == QEMU_TELLS_REQUIRED ? "QEMU does not tell an arm64 guest of it" :
		   e->qemu == QEMU_TELLS_NOTHING  ? "QEMU does not tell a guest under TCG of it" :
						    "nobody else has told the guest");
}

struct decide_verdict decide(const struct decide_evidence *e)
{
	struct decide_verdict v;

	if (e->class == DECIDE_OTHER)
		return say(HOST_NOTED, "not about a page of memory");
	if (e->own)
		return say(HOST_OWN, "rasd caused it");
	if (e->owner == OWNER_NOT_ASKED)
		return owner(e);
	if (e->done)
		return say(HOST_SAME, "the same error was reported before");
	if (!e->may_originate)
		return say(HOST_SECONDARY,
			   "while a kernel source is live this one only adds to it");
	v = owner(e);
	if (v.decision != HOST_PENDING)
		return v;
	if (e->class == DECIDE_CORRECTED)
		return corrected(e);
	if (!stale_may_act(e->age))
		return say(HOST_STALE, stale_text(e->age));
	return uncorrected(e);
}
