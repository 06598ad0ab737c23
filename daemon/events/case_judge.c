// SPDX-License-Identifier: LGPL-2.1-or-later
/* Whose page an error hit, and what is to be done about it. */
#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "events/case.h"
#include "inject/policy.h"

#define TRANSLATE_MS 5000
#define WAIT_MS 500			 /* seen: the kernel is finished with a page within 20 ms */
#define PATIENCE_NS INT64_C(60000000000) /* a guest that boots is ready within a minute */

/* What the guest of the hit is said to have, where it is sure that it is the right one. */
static void name_guest(struct ue_case *c, enum host_decision d)
{
	struct host_verdict *v = &c->host.verdict;
	bool sure = d == HOST_FORWARDED || d == HOST_NOT_GRANTED || d == HOST_GUEST_TOLD ||
		    d == HOST_CONSUMED || d == HOST_FAILED || d == HOST_STORM;

	if (!c->hit.domain[0] || (!sure && d != HOST_SAME))
		return;
	snprintf(v->domain, sizeof(v->domain), "%s", c->hit.domain);
	v->has_gpa = true;
	v->gpa = c->hit.gpa;
	v->pages = c->pages;
	v->uncorrected = sure;
}

void case_conclude(struct ue_case *c, enum host_decision d, const char *reason)
{
	name_guest(c, d);
	events_store(c->ev, &c->host, NULL, d, reason);
	case_say(c, reason);
	case_keep(c);
}

/* Its decision was stored with the first injection, and then something failed. */
void case_give_up(struct ue_case *c, const char *reason)
{
	struct host_event h = c->host;

	if (!c->stored) {
		case_conclude(c, HOST_FAILED, reason);
		return;
	}
	if (uuid_generate(&h.id, NULL) == 0) {
		h.verdict.uncorrected = 0;
		events_store(c->ev, &h, NULL, HOST_FAILED, reason);
	}
	log_error("host page 0x%" PRIx64 ": %u of %u pages of %s are forwarded: %s",
		  c->pfn * (uint64_t)c->ev->page_bytes, c->done, c->pages, c->hit.domain, reason);
	case_keep(c);
}

/*
 * An administrator has stopped the forwarding, and may do so for hours: no error is given up
 * meanwhile, whatever else is in its way. It stays pending in the journal, so the next life holds
 * it, too.
 */
static void hold(struct ue_case *c, const struct ras_err *why)
{
	log_limited(LOG_ERR, c->hit.domain, "host page 0x%" PRIx64 " lost: %s is not told: %s",
		    c->pfn * (uint64_t)c->ev->page_bytes, c->hit.domain, why->text);
	c->state = CASE_HELD;
}

void case_later(struct ue_case *c, const struct ras_err *err)
{
	const struct policy *p = injector_policy(c->ev->p.injector);
	struct ras_err why;
	bool stopped = policy_lever_check(p, ORIGIN_HOST_EVENT, &why) < 0;

	if (stopped && c->pages) { /* whose page it is must be found out now */
		hold(c, &why);
		return;
	}
	if (!stopped && clock_boot_ns() - c->begun_ns > PATIENCE_NS) {
		case_give_up(c, err->text);
		return;
	}
	c->state = CASE_LATER;
	case_timer(c, backoff_next_us(&c->again) / 1000);
}

/* --- evidence --- */

static enum decide_signal signal_of(struct ue_case *c)
{
	int64_t margin_ns, at_ns = events_time(&c->event, &margin_ns);
	struct guest *g;
	int code = 0;

	if (c->lost_ns) {
		at_ns = c->lost_ns;
		margin_ns = 0;
	}
	if (at_ns)
		code = signals_match(&c->ev->signals, c->hit.pid, c->pfn, at_ns,
				     c->lost_ns ? 0 : SIGNAL_AFTER_NS);
	if (code == 4)
		return SIGNAL_REQUIRED;
	if (code)
		return SIGNAL_OPTIONAL;
	/* QEMU's own word, where the kernel's is not to be had. */
	if (at_ns && guests_find(c->ev->p.guests, c->hit.domain, &g, NULL) == 0 &&
	    signals_qemu_said(g->life.memory_failed_ns, GUEST_FAILURES_KEPT, at_ns, margin_ns))
		return SIGNAL_OPTIONAL;
	return c->event.when.catch_up || !events_sees_signals(c->ev) ? SIGNAL_UNKNOWN : SIGNAL_NONE;
}

/* It was poisoned when it was dealt with, and is not any more: the frame can be lost once more. */
static bool is_another(const struct ue_case *c, int64_t dealt_ns)
{
	int64_t margin_ns, at_ns = events_time(&c->event, &margin_ns);

	return c->hit.state != XLATE_POISONED && at_ns > dealt_ns + STALE_FRESH_NS + margin_ns;
}

/* The journal knows that another report of this error was dealt with. */
static bool was_settled(struct ue_case *c)
{
	struct journal *j = c->ev->p.journal;
	uint64_t bytes = (uint64_t)c->ev->page_bytes;
	struct host_forward_key key;
	struct host_forward fw;
	int64_t when_ns;

	case_key(c, &key);
	if (journal_forward_get(j, &key, &fw, NULL) == 0) {
		if (uuid_equal(&fw.event, &c->host.id))
			return false;
		if (fw.poisoned && is_another(c, fw.stored_boot_ns)) {
			journal_forward_seen(j, &key, true, NULL);
			return false;
		}
		if (!fw.poisoned && c->hit.state == XLATE_POISONED)
			journal_forward_seen(j, &key, false, NULL);
		return true;
	}
	return journal_host_settled(j, c->hit.domain, (struct hpa){ c->lost_pfn * bytes }, key.gpa,
				    (uint64_t)c->pages * GUEST_PAGE_BYTES, &when_ns, NULL) == 0 &&
	       !is_another(c, when_ns);
}

/*
 * Another part of the same huge page is being dealt with, or was a moment ago. Only cases before
 * this one count: two that wait must not both leave it to the other.
 */
static bool has_sibling(const struct ue_case *c)
{
	const struct ue_case *o;

	for (o = TAILQ_FIRST(&c->ev->cases); o && o != c; o = TAILQ_NEXT(o, all))
		if (o->lost_pfn == c->lost_pfn && o->pfn != c->pfn && o->hit.pid == c->hit.pid &&
		    o->hit.start_time == c->hit.start_time &&
		    (o->state != CASE_DECIDED || case_settled(o)))
			return true;
	return false;
}

/* How many guest pages are gone with the host page. */
static uint32_t pages_of(const struct events *ev, const struct hit *hit)
{
	size_t bytes =
		hit->backing == XLATE_BACKING_HUGETLB ? hit->page_bytes : (size_t)ev->page_bytes;

	return (uint32_t)(bytes / GUEST_PAGE_BYTES);
}

static void act(struct ue_case *c, const struct decide_verdict *v)
{
	struct ras_err err;

	if (v->wait) {
		if (c->state != CASE_WAITING) {
			c->state = CASE_WAITING;
			case_timer(c, WAIT_MS);
		}
		return;
	}
	evtimer_del(c->timer);
	FAILPOINT(host_decided);
	if (v->decision == HOST_NOT_GRANTED && !owner_grant_known(c->ev, &c->hit)) {
		ras_fail(&err, RAS_E_NOT_READY, "the grant of %s is not known yet", c->hit.domain);
		c->pages = 0; /* look again whose page it is */
		case_later(c, &err);
		return;
	}
	if (v->decision != HOST_FORWARDED) {
		case_conclude(c, v->decision, v->reason);
		return;
	}
	if (!storm_has_place(c)) {
		case_conclude(c, HOST_STORM, "too many lost pages of this guest wait already");
		return;
	}
	if (!storm_may_tell(c->ev, TOLD_UNCORRECTED, c->hit.domain)) {
		case_conclude(c, HOST_STORM,
			      "the guest was told of enough lost pages in this minute");
		return;
	}
	name_guest(c, HOST_FORWARDED);
	c->host.verdict.decision = HOST_FORWARDED;
	snprintf(c->host.verdict.reason, sizeof(c->host.verdict.reason), "%s", v->reason);
	case_forward(c);
}

/* Decide by what is known now. */
static void judge(struct ue_case *c, enum decide_owner owner)
{
	struct decide_evidence e = { .owner = owner,
				     .required = c->event.action_required,
				     .page_lost = c->page_lost,
				     .waited = c->waited };
	struct decide_verdict v;

	if (owner == OWNER_ONE) {
		e.signal = signal_of(c);
		e.done = has_sibling(c) || was_settled(c);
	}
	events_evidence(c->ev, &c->event, owner == OWNER_ONE ? &c->hit : NULL, c->read_ns, &e);
	e.class = DECIDE_UNCORRECTED;
	v = decide(&e);
	act(c, &v);
}

void case_look(struct ue_case *c)
{
	judge(c, OWNER_ONE);
}

/* --- whose page it is --- */

/* The error hit a second guest page, too (merged memory): that is a case of its own. */
static void another(const struct ue_case *first, const struct hit *hit)
{
	struct ue_case *c = case_new(first->ev, &first->event);

	if (!c)
		return;
	c->read_ns = first->read_ns;
	c->page_lost = first->page_lost;
	c->lost_ns = first->lost_ns;
	c->hit = *hit;
	c->pages = first->pages;
	c->lost_pfn = first->lost_pfn;
	case_store_pending(c, NULL);
	case_look(c);
}

/* Likely enough to ask QEMU for what its record needs: it is not known to be dealt with. */
static bool may_forward_now(const struct ue_case *c)
{
	struct guest *g;

	return !c->tries && !c->event.when.catch_up && !c->event.action_required &&
	       events_may_originate(c->ev, c->event.source) &&
	       guests_find(c->ev->p.guests, c->hit.domain, &g, NULL) == 0 &&
	       guest_grant(g).forward_uncorrected;
}

static void on_owner(void *arg, const struct xlate_answer *ans, const struct ras_err *err)
{
	struct ue_case *c = arg;
	enum decide_owner owner;
	struct ras_err e;
	struct hit hit;
	size_t i = 0;

	if (case_orphaned(c))
		return;
	owner = owner_of(c->ev, ans, err);
	if (owner == OWNER_FAILED) {
		ras_fail(&e, RAS_E_NOT_READY, "not all guests are known yet");
		case_later(c, err ? err : &e);
		return;
	}
	/* The kernel knows nothing of such memory, so "nobody" is no answer. */
	if (owner == OWNER_NONE && c->event.where.no_struct_page)
		owner = OWNER_DOUBTFUL;
	c->read_ns = ans->read_ns ? ans->read_ns : clock_boot_ns();
	if (owner == OWNER_ONE && !owner_hit(c->ev, ans, &i, &c->hit))
		owner = OWNER_NONE;
	if (owner != OWNER_ONE) {
		judge(c, owner);
		return;
	}
	c->pages = pages_of(c->ev, &c->hit);
	c->lost_pfn = c->pfn - c->pfn % (c->pages * (uint64_t)GUEST_PAGE_BYTES /
					 (uint64_t)c->ev->page_bytes);
	while (owner_hit(c->ev, ans, &i, &hit))
		another(c, &hit);
	if (may_forward_now(c))
		case_foretell(c);
	case_look(c);
}

void case_translate(struct ue_case *c)
{
	c->state = CASE_TRANSLATING;
	translate_hpa(c->ev->p.translator, FOR_HOST_EVENT, c->event.where.hpa, TRANSLATE_MS,
		      on_owner, c);
}
