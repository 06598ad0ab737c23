// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Settling: rows whose outcome nobody saw, because rasd died or the monitor's reply was lost.
 * Nothing is ever sent again by itself.
 *
 * What an earlier life left for one guest, in order: a record was sent when the one before was
 * acknowledged, which need not have reached the journal, or had another outcome, which had
 * (send.c). So the guest's slot tells of all: what is before the record in the slot was
 * acknowledged, what is behind it was never sent. A record without an id of its own was sent only
 * when all before was stored, so behind an undecided row it was not. That holds for the death of
 * rasd; after the death of the host the guest is gone, too.
 *
 * The fence comes first: QEMU serves one monitor client, so its answers on a new connection
 * (greeting, query-status: GUEST_UP) mean that everything sent on the old one was done. But a guest
 * may have two monitors, and they know nothing of each other: the fence of a row is that of the
 * monitor it was sent by, and of both where that is not known. Until then the rows stay as they
 * are, and nothing else is sent to that guest. Where that monitor is gone for good, what the slot
 * holds still counts, but not what it does not hold: unknown. Then the slot:
 *
 *   the bytes of one of them              it is written, and watched from there (acknowledged, consumed, ...)
 *   intents, and the bytes of the row before them   proved not written: refused
 *   anything else                         unknown, with the reason
 *
 * A record without an id of its own may have been there before, from anybody: it proves nothing,
 * unknown. What cannot be read yet (no fence, no helper, firmware still at work) is tried again as
 * long as that QEMU lives.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "inject/queue.h"

#define RIVALS "more than one table claims to be the guest's: the slot proves nothing"
#define NO_FENCE "the monitor it was sent by is gone: it may be in the slot later"
#define RETRY_MIN_US 250000
#define RETRY_MAX_US 2000000

/* Try once more in a while; the row says why, the journal need not know. */
static void later(struct injection *i, const char *why)
{
	snprintf(i->row.detail, sizeof(i->row.detail), "not decided yet: %.130s", why);
	i->delay_us = i->delay_us ? i->delay_us * 2 : RETRY_MIN_US;
	if (i->delay_us > RETRY_MAX_US)
		i->delay_us = RETRY_MAX_US;
	inj_timer(i, i->delay_us);
}

/* The slot holds the record before the first: of those that an earlier life left none was sent. */
static void refuse_all(struct lane *l)
{
	l->settling = true;
	while (l->first && l->first->step == STEP_SETTLE && l->first->row.state == INJ_INTENT)
		inj_decide(l->first, INJ_REFUSED,
			   "not written: the slot still holds the record before");
	l->settling = false;
	lane_run(l);
}

static void on_before(void *arg, const struct source_look *look, const struct ras_err *err)
{
	struct injection *i = arg;
	const struct error_source *s = inj_source(i);
	bool holds = look && s && i->before && look->len_bytes >= i->before->record_len &&
		     memcmp(look->block + 4, i->before->record + 4, i->before->record_len - 4) == 0;

	free(TAKE(i->before));

	i->reading = false;
	if (i->step == STEP_DONE)
		inj_forget(i, NULL);
	else if (err)
		later(i, err->text);
	else if (holds && s->place.n_rivals)
		inj_decide(i, INJ_UNKNOWN, RIVALS);
	else if (holds)
		refuse_all(i->lane);
	else
		inj_decide(i, INJ_UNKNOWN, "the slot holds neither this record nor the one before");
}

/* Ours is not there. Only the intact bytes of the row before prove that it never was. */
static void look_for_before(struct injection *i, struct error_source *s, const struct slot_view *v)
{
	struct journal_row *before;
	struct ras_err err;

	if (i->lane->unfenced) {
		inj_decide(i, INJ_UNKNOWN, NO_FENCE);
		return;
	}
	before = malloc(sizeof(*before));
	if (i->row.state != INJ_INTENT || v->blank || !before ||
	    journal_sent_before(i->in->journal, &i->row, before, &err) < 0) {
		free(before);
		inj_decide(i, INJ_UNKNOWN,
			   v->blank ?
				   "the slot is blank: never written, or the guest started anew" :
				   "the slot does not hold this record");
		return;
	}
	i->reading = true;
	i->before = before;
	if (source_readback(s, &(struct source_at){ inj_at(i).gen, before->source_id }, 0,
			    on_before, i, &err) < 0) {
		i->reading = false;
		free(TAKE(i->before));
		later(i, err.text);
	}
}

/* The record in the slot is i's, which is first in its lane. */
static void found(struct injection *i)
{
	/* Without an id of its own it may be another's, from before: by us or by anybody. */
	if (i->row.state == INJ_INTENT && !i->own_id && (i->twin || i->settled)) {
		inj_decide(i, INJ_UNKNOWN,
			   "the slot may have held the same bytes before: read-back cannot tell");
		return;
	}
	if (i->row.state == INJ_INTENT)
		inj_decide(i, INJ_WRITTEN, "found in the slot after the reply was lost");
	watch_start(i);
}

/* The row whose record the slot holds, as just read; NULL where it is none of them. */
static struct injection *in_slot(struct injection *i, const struct error_source *s, bool first)
{
	if (first)
		return i;
	for (i = i->next; i; i = i->next)
		if (i->step == STEP_SETTLE && i->own_id &&
		    source_holds(s, i->row.record, i->row.record_len))
			return i;
	return NULL;
}

static void on_slot(void *arg, const struct source_look *look, const struct ras_err *err)
{
	struct injection *i = arg, *x, *next;
	struct lane *l = i->lane;
	struct error_source *s = inj_source(i);
	struct slot_view v;

	i->reading = false;
	FAILPOINT(settle_read);
	if (i->step == STEP_DONE) {
		inj_forget(i, NULL);
		return;
	}
	if (err || !s) {
		later(i, err ? err->text : "the guest is not known any more");
		return;
	}
	v = inj_view(i, s, look);
	x = in_slot(i, s, v.ours);
	if (!x) {
		look_for_before(i, s, &v);
		return;
	}
	/* Deciding frees, and would start the next one's turn. */
	l->settling = true;
	for (struct injection *n = x->next; n; n = next) {
		next = n->next;
		if (n->step == STEP_SETTLE && s->place.n_rivals)
			inj_decide(n, INJ_UNKNOWN, RIVALS);
		else if (n->step == STEP_SETTLE && l->unfenced)
			inj_decide(n, INJ_UNKNOWN, NO_FENCE);
		else if (n->step == STEP_SETTLE)
			inj_decide(n, INJ_REFUSED, "not sent: the slot holds a record before it");
	}
	while (l->first != x)
		inj_decide(l->first, INJ_ACKNOWLEDGED,
			   "a later record is in the slot, and is sent after that only");
	l->settling = false;
	found(x);
}

static void on_ready(void *arg, struct guest *g, struct error_source *s, const struct ras_err *err)
{
	struct lane *l = arg;
	struct injection *i = l->first;
	struct source_at at;
	struct ras_err e;

	(void)g;
	if (!i || i->step != STEP_SETTLE || i->reading)
		return;
	/* A guest that may not take a record now may still have its slot read. */
	if (err && !(s && source_found(s))) {
		later(i, err->text);
		return;
	}
	/* What the journal says of the row before is asked as well. */
	if (!journal_stored(i->in->journal, l->last_change)) {
		later(i, "its predecessor's outcome is not stored yet");
		return;
	}
	FAILPOINT(settle_fenced);
	i->reading = true;
	at = inj_at(i);
	if (source_readback(s, &at, 0, on_slot, i, &e) < 0) {
		i->reading = false;
		later(i, e.text);
	}
}

/* Whether i may still be on its way through that monitor of g. */
static bool may_be_in(const struct injection *i, const char *monitor, struct guest *g)
{
	struct ras_err err;
	int r;

	if (i->step != STEP_SETTLE || i->row.state != INJ_INTENT)
		return false;
	if (i->row.monitor[0])
		return strcmp(i->row.monitor, monitor) == 0;
	r = guest_has_monitor(g, monitor, &err);
	return r == 0 || r == -RAS_E_NOT_READY;
}

/*
 * The fence: true once each monitor by which something of the lane may be on its way has answered
 * anew, or is gone.
 */
static bool fenced(struct lane *l, struct guest *g)
{
	static const char *const monitors[] = { "socket", "libvirt" };
	struct ras_err err;

	for (unsigned int m = 0; m < ARRAY_LEN(monitors); m++) {
		bool needed = false;
		int r;

		if (guest_is_up(g) && strcmp(guest_monitor_name(g), monitors[m]) == 0)
			l->fenced |= 1u << m;
		for (const struct injection *i = l->first; i; i = i->next)
			needed |= may_be_in(i, monitors[m], g);
		if (!needed || (l->fenced & 1u << m))
			continue;
		r = guest_connect_by(g, monitors[m], &err);
		l->detour |= r == 0;
		if (r != -RAS_E_NOT_FOUND) {
			later(l->first, r == 0 ? g->link.down.text : err.text);
			return false;
		}
		l->unfenced = true;
		l->fenced |= 1u << m;
	}
	return true;
}

void settle_run(struct lane *l)
{
	struct injection *i = l->first;
	struct ras_err err;
	struct guest *g;

	if (!i || i->step != STEP_SETTLE || i->reading || l->settling)
		return;
	if (i->row.other_boot) {
		inj_decide(i, INJ_UNKNOWN,
			   "the host was restarted before the outcome could be read");
		return;
	}
	if (!inj_process_alive(i)) {
		inj_decide(i, INJ_UNKNOWN, "QEMU ended before the outcome could be read");
		return;
	}
	if (guests_find(i->in->guests, i->row.domain, &g, &err) < 0) {
		later(i, err.text);
		return;
	}
	if (guest_is_up(g) &&
	    (g->life.pid != i->row.qemu_pid || g->life.start_time != i->row.qemu_start_time)) {
		inj_decide(i, INJ_UNKNOWN, "the guest has another QEMU now");
		return;
	}
	if (!fenced(l, g))
		return;
	if (!guest_is_up(g)) {
		later(i, g->link.down.text); /* GUEST_UP comes back here at once */
		return;
	}
	source_prepare(l->in->backends, g, i->backend, on_ready, l);
}

void settle_begin(struct lane *l)
{
	struct injection *last = NULL, *next;
	bool behind = false;

	for (struct injection *i = l->first; i; i = i->next)
		if (i->row.state == INJ_WRITTEN && !i->row.other_boot)
			last = i;
	l->settling = true;
	while (last && l->first != last && !l->first->row.other_boot)
		inj_decide(l->first, INJ_ACKNOWLEDGED,
			   "a later record was written, and is sent after that only");
	for (struct injection *i = l->first; i; i = next) {
		next = i->next;
		behind |= i != l->first && !i->own_id;
		if (behind && i->row.state == INJ_INTENT && !i->row.other_boot)
			inj_decide(i, INJ_REFUSED,
				   "not sent: rasd ended while a record before it was undecided");
	}
	l->settling = false;
	settle_run(l);
}

void settle_tick(struct injection *i)
{
	settle_run(i->lane);
}

static void on_idle(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval again = { 0, 200000 };
	struct lane *l = arg;
	struct guest *g;

	(void)fd, (void)what;
	l->ending = false;
	/* Whatever came meanwhile is sent as the guest is reached now: after that, then. */
	if (l->first)
		return;
	l->detour = guests_find(l->in->guests, l->domain, &g, NULL) == 0 &&
		    !guest_connect_as_preferred(g);
	if (l->detour)
		l->ending = event_base_once(l->in->base, -1, EV_TIMEOUT, on_idle, l, &again) == 0;
}

void settle_end(struct lane *l)
{
	static const struct timeval at_once = { 0, 0 };

	/* Not from here: who called may be in the midst of the guest or its monitor. */
	if (!l->ending)
		l->ending = event_base_once(l->in->base, -1, EV_TIMEOUT, on_idle, l, &at_once) == 0;
}

void settle_lost_reply(struct injection *i, const char *why)
{
	struct lane *l = i->lane;
	struct guest *g;

	log_warn("injection into %s: no answer from the monitor: %s", i->row.domain, why);
	i->step = STEP_SETTLE;
	i->delay_us = 0;
	l->fenced = 0;
	l->unfenced = false;
	/* The connection first: on a new one QEMU's answers are the fence. */
	if (guests_find(i->in->guests, i->row.domain, &g, NULL) == 0)
		guest_reconnect(g);
	settle_run(l); /* the reconnection may have decided it already */
}
