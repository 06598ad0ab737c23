// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Settling: rows whose outcome nobody saw, because rasd died or the monitor's reply was lost. Nothing is ever sent
 * again by itself.
 *
 * What an earlier life left for one guest: a record is sent when the one before is "written" in the journal and was
 * seen acknowledged, or has another outcome there (send.c). So behind an intent nothing was sent; behind a
 * written row the next may have been, and if it was, the written one was acknowledged. That holds for
 * the death of rasd; after the death of the host the guest is gone, too.
 *
 * For what may have been sent the fence comes first: QEMU serves one monitor client, so its answers on a new connection
 * (greeting, query-status: GUEST_UP) mean that everything sent on the old one was done. Until then the row
 * stays as it is, first in its lane, and nothing else is sent to that guest. Then the slot:
 *
 *   our bytes                             written, and watched from there (acknowledged, consumed, ...)
 *   an intent, and the bytes of the row before it   proved not written: refused
 *   anything else                         unknown, with the reason
 *
 * Where the row before has the same bytes as ours they prove nothing: unknown. What cannot be read yet (no fence,
 * no helper, firmware still at work) is tried again as long as that QEMU lives.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "inject/lane.h"

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

/* The row behind a written one that may have been sent after it; NULL where there is none. */
static struct injection *rival(const struct injection *i)
{
	struct injection *n = i->next;

	return i->row.state == INJ_WRITTEN && n && n->step == STEP_SETTLE ? n : NULL;
}

static void on_before(void *arg, const struct slot_view *v, const struct ras_err *err)
{
	struct injection *i = arg;
	struct guest *g;

	i->reading = false;
	if (i->step == STEP_DONE)
		inj_forget(i, NULL);
	else if (err)
		later(i, err->text);
	else if (v->ours && guests_find(i->in->guests, i->row.domain, &g, NULL) == 0 && g->hest_rivals)
		inj_decide(i, INJ_UNKNOWN, "more than one table claims to be the guest's: the slot proves nothing");
	else if (v->ours)
		inj_decide(i, INJ_REFUSED, "not written: the slot still holds the record before");
	else
		inj_decide(i, INJ_UNKNOWN, "the slot holds neither this record nor the one before");
}

/* Ours is not there. Only the intact bytes of the row before prove that it never was. */
static void look_for_before(struct injection *i, struct guest *g, const struct slot_view *v)
{
	struct journal_row *before = malloc(sizeof(*before));
	struct ras_err err;

	if (i->row.state != INJ_INTENT || v->blank || !before ||
	    journal_sent_before(i->in->journal, &i->row, before, &err) < 0) {
		free(before);
		inj_decide(i, INJ_UNKNOWN, v->blank ? "the slot is blank: never written, or the guest started anew" :
						      "the slot does not hold this record");
		return;
	}
	i->reading = true;
	if (i->backend->readback(i->in->helper, before, g, on_before, i, &err) < 0) {
		i->reading = false;
		later(i, err.text);
	}
	free(before);
}

static bool same_bytes(const struct journal_row *a, const struct journal_row *b)
{
	return a->record_len == b->record_len && memcmp(a->record + 4, b->record + 4, a->record_len - 4) == 0;
}

static bool has_twin(struct injection *i)
{
	struct journal_row *before = malloc(sizeof(*before));
	struct ras_err err;
	bool same = !before;

	if (before && journal_sent_before(i->in->journal, &i->row, before, &err) == 0)
		same = same_bytes(before, &i->row);
	free(before);
	return same;
}

static void on_slot(void *arg, const struct slot_view *v, const struct ras_err *err)
{
	struct injection *i = arg;
	struct guest *g;
	struct ras_err e;

	i->reading = false;
	FAILPOINT(settle_read);
	if (i->step == STEP_DONE) {
		inj_forget(i, NULL);
		return;
	}
	if (err || guests_find(i->in->guests, i->row.domain, &g, &e) < 0) {
		later(i, err ? err->text : e.text);
		return;
	}
	if (!v->ours) {
		look_for_before(i, g, v);
		return;
	}
	if (i->row.state == INJ_INTENT && (i->twin || has_twin(i))) {
		inj_decide(i, INJ_UNKNOWN, "the slot held the same bytes before: read-back cannot tell");
		return;
	}
	if (i->row.state == INJ_INTENT)
		inj_decide(i, INJ_WRITTEN, "found in the slot after the reply was lost");
	else if (rival(i))
		inj_decide(rival(i), INJ_REFUSED, "not written: the slot still holds the record before");
	watch_start(i);
}

static void read_first(struct injection *i, struct guest *g)
{
	struct ras_err err;

	i->reading = true;
	if (i->backend->readback(i->in->helper, &i->row, g, on_slot, i, &err) < 0) {
		i->reading = false;
		later(i, err.text);
	}
}

static void on_rival_slot(void *arg, const struct slot_view *v, const struct ras_err *err)
{
	struct injection *i = arg, *n = rival(i);
	struct guest *g;

	i->reading = false;
	if (i->step == STEP_DONE) {
		inj_forget(i, NULL);
	} else if (err || !n || guests_find(i->in->guests, i->row.domain, &g, NULL) < 0) {
		later(i, err ? err->text : "its guest is not known");
	} else if (!v->ours) {
		read_first(i, g);
	} else if (same_bytes(&n->row, &i->row)) {
		inj_decide(n, INJ_UNKNOWN, "the slot held the same bytes before: read-back cannot tell");
		read_first(i, g);
	} else {
		inj_decide(i, INJ_ACKNOWLEDGED, "the next record is in the slot, and is sent after that only");
	}
}

static void on_ready(void *arg, struct guest *g, const struct ras_err *err)
{
	struct lane *l = arg;
	struct injection *i = l->first, *n;
	struct ras_err e;

	if (!i || i->step != STEP_SETTLE || i->reading)
		return;
	/* A guest that may not take a record now may still have its slot read. */
	if (err && !(guest_is_up(g) && g->hest_ok)) {
		later(i, err->text);
		return;
	}
	FAILPOINT(settle_fenced);
	n = rival(i);
	if (!n) {
		read_first(i, g);
		return;
	}
	i->reading = true;
	if (i->backend->readback(i->in->helper, &n->row, g, on_rival_slot, i, &e) < 0) {
		i->reading = false;
		later(i, e.text);
	}
}

void settle_run(struct lane *l)
{
	struct injection *i = l->first;
	struct ras_err err;
	struct guest *g;

	if (!i || i->step != STEP_SETTLE || i->reading)
		return;
	if (i->row.other_boot) {
		inj_decide(i, INJ_UNKNOWN, "the host was restarted before the outcome could be read");
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
	if (!guest_is_up(g)) {
		later(i, g->down.text); /* no fence yet: GUEST_UP comes back here at once */
		return;
	}
	if (g->pid != i->row.qemu_pid || g->start_time != i->row.qemu_start_time) {
		inj_decide(i, INJ_UNKNOWN, "the guest has another QEMU now");
		return;
	}
	guest_prepare(g, on_ready, l);
}

void settle_begin(struct lane *l)
{
	struct injection *i = l->first;

	/* Deciding frees. First what is known to have been followed by another, then what cannot have been sent. */
	while (i && i->next && i->row.state == INJ_WRITTEN && i->next->row.state == INJ_WRITTEN &&
	       !i->next->row.other_boot) {
		i = i->next;
		inj_decide(l->first, INJ_ACKNOWLEDGED, "the next record was written, and is sent after that only");
	}
	if (i && rival(i))
		i = i->next;
	while (i && i->next) {
		struct injection *behind = i->next;

		if (behind->row.state == INJ_INTENT && !behind->row.other_boot)
			inj_decide(behind, INJ_REFUSED,
				   "not sent: rasd ended while the record before it was undecided");
		else
			i = behind;
	}
	settle_run(l);
}

void settle_tick(struct injection *i)
{
	settle_run(i->lane);
}

void settle_lost_reply(struct injection *i, const char *why)
{
	struct lane *l = i->lane;
	struct guest *g;

	log_warn("injection into %s: no answer from the monitor: %s", i->row.domain, why);
	i->step = STEP_SETTLE;
	i->delay_us = 0;
	/* The connection first: on a new one QEMU's answers are the fence. */
	if (guests_find(i->in->guests, i->row.domain, &g, NULL) == 0)
		guest_reconnect(g);
	settle_run(l); /* the reconnection may have decided it already */
}
