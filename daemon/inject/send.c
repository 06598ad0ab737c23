// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sending: one record at a time to a guest, in the order accepted. The next is sent only when the
 * one before is decided: QEMU overwrites the slot, and with it the only proof. An acknowledgement
 * need not be in the journal by then: the next record in the slot tells the next life of it
 * (settle.c), as long as its bytes are like no other's. Any other outcome must be, and before a
 * record without an id of its own everything.
 *
 * "Does not acknowledge" means proved not written, so trying again is safe, first when this guest
 * usually has acknowledged; a lost reply is never tried again.
 *
 * A guest that boots reads a waiting record when its GHES driver starts, but hears of the next only
 * once its GED interrupt is connected; in between QEMU's pulse is lost, and the source with it
 * until the guest is reset (seen: Linux 6.12 on QEMU 11.1). So after the first record of a
 * generation that was not acknowledged as fast as an interrupt is, the next waits BOOT_HOLD_US.
 */
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "inject/queue.h"

#define BACKOFF_MIN_US 1000
#define BACKOFF_MAX_US 250000

#define BOOT_ACK_NS 250000000
#define BOOT_HOLD_US 5000000

/* Whether the last acknowledgement of the lane was of this injection's generation of its guest. */
static bool acked_generation(const struct lane *l, const struct journal_row *r)
{
	return l->acked_pid == r->qemu_pid && l->acked_start_time == r->qemu_start_time &&
	       l->acked_reset_count == r->reset_count;
}

/* How long this guest is to be left alone before it gets a record, 0 = not at all. */
static int64_t hold_us(struct lane *l, const struct injection *i)
{
	int64_t left;

	if (!acked_generation(l, &i->row))
		return 0;
	left = (l->hold_until_boot_ns - clock_boot_ns()) / 1000;
	return left > 0 ? left : 0;
}

void lane_note_ack(struct lane *l, const struct injection *i)
{
	const struct journal_row *r = &i->row;
	int64_t took_ns = r->ack_ns;

	/*
	 * Of a record of an earlier life this one knows only that it waited, if it saw it unread.
	 */
	if (i->settled && !i->unread)
		return;
	if (i->settled)
		took_ns = clock_boot_ns() - i->sent_boot_ns;
	if (acked_generation(l, r))
		return;
	l->acked_pid = r->qemu_pid;
	l->acked_start_time = r->qemu_start_time;
	l->acked_reset_count = r->reset_count;
	l->hold_until_boot_ns = took_ns > BOOT_ACK_NS ? clock_boot_ns() + BOOT_HOLD_US * 1000LL : 0;
}

static int first_backoff_us(const struct lane *l)
{
	int64_t us = l->typical_ack_ns / 2000;

	if (us < BACKOFF_MIN_US)
		return BACKOFF_MIN_US;
	return us > BACKOFF_MAX_US ? BACKOFF_MAX_US : (int)us;
}

/* The guest is at work on i: what has to be asked before the next is sent is asked meanwhile. */
static void ask_for_next(struct injection *i)
{
	struct error_source *s = inj_source(i);

	if (i->next && s)
		source_foretell(s, MONITOR_NO_JOB_NS / 2);
}

static void on_submit(void *arg, enum submit_outcome o, const struct ras_err *err)
{
	struct injection *i = arg;
	char why[128];

	FAILPOINT(submit_answered);
	if (o == SUBMIT_OK || o == SUBMIT_BUSY)
		inj_saw_life(i);
	switch (o) {
	case SUBMIT_OK:
		inj_decide(i, INJ_WRITTEN,
			   "QEMU wrote the record, the guest has not acknowledged yet");
		ask_for_next(i);
		watch_start(i);
		return;
	case SUBMIT_BUSY:
		if (clock_boot_ns() > i->deadline_boot_ns) {
			inj_decide(i, INJ_REFUSED,
				   "not sent: the guest does not acknowledge the record before");
			return;
		}
		i->step = STEP_BACKOFF;
		i->delay_us = i->delay_us ? i->delay_us * 2 : first_backoff_us(i->lane);
		if (i->delay_us > BACKOFF_MAX_US)
			i->delay_us = BACKOFF_MAX_US;
		inj_timer(i, i->delay_us);
		return;
	case SUBMIT_NOT_SENT:
		if (clock_boot_ns() <= i->deadline_boot_ns) {
			i->step = STEP_BACKOFF;
			inj_timer(i, BACKOFF_MAX_US);
			return;
		}
		/* fall through */
	case SUBMIT_REFUSED:
		snprintf(why, sizeof(why), "not written: %.100s", err->text);
		inj_decide(i, INJ_REFUSED, why);
		return;
	case SUBMIT_UNKNOWN:
		settle_lost_reply(i, err->text);
		return;
	}
}

/*
 * The monitor is away, the guest is not (libvirtd restarts): what is queued waits for its return,
 * within its deadline. GUEST_UP comes back here by lane_run(); then what is known of the guest is
 * made anew first.
 */
static bool wait_for_monitor(struct injection *i, struct guest *g)
{
	int64_t left_us = (i->deadline_boot_ns - clock_boot_ns()) / 1000;

	if (guest_is_up(g) || left_us <= 0 || !inj_process_alive(i))
		return false;
	i->step = STEP_QUEUED;
	inj_timer(i, left_us);
	return true;
}

static void send_ready(struct injection *i);

static void on_known_again(void *arg, struct guest *g, struct error_source *s,
			   const struct ras_err *err)
{
	struct lane *l = arg;
	struct injection *i = l->first;
	char why[160];

	(void)s;
	if (!i || i->step != STEP_PREPARE)
		return;
	if (!err) {
		send_ready(i);
		return;
	}
	if (wait_for_monitor(i, g))
		return;
	snprintf(why, sizeof(why), "not sent: %.140s", err->text);
	inj_decide(i, INJ_REFUSED, why);
}

static void send_now(struct injection *i)
{
	struct guest *g;

	if (guests_find(i->in->guests, i->row.domain, &g, NULL) == 0) {
		if (wait_for_monitor(i, g))
			return;
		if (guest_is_up(g) && !(inj_source(i) && source_found(inj_source(i))) &&
		    g->life.pid == i->row.qemu_pid && g->life.reset_count == i->row.reset_count) {
			i->step = STEP_PREPARE;
			source_prepare(i->in->backends, g, i->backend, on_known_again, i->lane);
			return;
		}
	}
	send_ready(i);
}

static void send_ready(struct injection *i)
{
	struct error_source *s = inj_source(i);
	struct guest *g;
	struct ras_err err;
	char why[160];
	int64_t hold;

	FAILPOINT(turn_taken);
	if (clock_boot_ns() > i->deadline_boot_ns) {
		inj_decide(i, INJ_REFUSED, "not sent: its time was over before its turn came");
		return;
	}
	if (guests_find(i->in->guests, i->row.domain, &g, &err) < 0 ||
	    backend_capable(i->backend, g, &err) < 0) {
		snprintf(why, sizeof(why), "not sent: %.140s", err.text);
		inj_decide(i, INJ_REFUSED, why);
		return;
	}
	if (!inj_seems_alive(i)) {
		inj_decide(i, INJ_REFUSED, "not sent: QEMU has ended");
		return;
	}
	if (g->life.pid != i->row.qemu_pid || g->life.start_time != i->row.qemu_start_time ||
	    g->life.reset_count != i->row.reset_count || !s || !source_found(s)) {
		inj_decide(i, INJ_REFUSED, "not sent: the guest was reset or replaced meanwhile");
		return;
	}
	/* The row says by what it is sent: the next life needs the fence of that monitor. */
	if (strcmp(i->row.monitor, guest_monitor_name(g)) != 0) {
		snprintf(why, sizeof(why),
			 "not sent: the guest is reached by %s now, no more by %s",
			 guest_monitor_name(g), i->row.monitor);
		inj_decide(i, INJ_REFUSED, why);
		return;
	}
	hold = hold_us(i->lane, i);
	if (hold && hold * 1000 > i->deadline_boot_ns - clock_boot_ns()) {
		inj_decide(i, INJ_REFUSED, "not sent: the guest has only just started");
		return;
	}
	if (hold) {
		i->step = STEP_BACKOFF;
		inj_timer(i, hold);
		return;
	}
	i->step = STEP_SENDING;
	i->twin = !i->own_id && source_may_hold(s, i->row.record, i->row.record_len);
	i->sent_boot_ns = clock_boot_ns();
	watch_note_unread(i);
	FAILPOINT(submit_before);
	if (source_submit(s, i->row.record, i->row.record_len, on_submit, i, &err) < 0) {
		snprintf(why, sizeof(why), "not sent: %.140s", err.text);
		inj_decide(i, INJ_REFUSED, why);
		return;
	}
}

void send_tick(struct injection *i)
{
	if (i->step == STEP_BACKOFF)
		send_now(i);
	else if (i->step == STEP_QUEUED)
		inj_decide(i, INJ_REFUSED,
			   i->lane->first == i ?
				   "not sent: the guest's monitor did not come back in time" :
				   "not sent: the guest does not acknowledge the record before");
}

static void on_barrier(void *arg, const struct ras_err *err)
{
	struct injection *i = arg;
	char why[160];

	if (err) {
		snprintf(why, sizeof(why),
			 "not sent: the outcome of the record before cannot be stored: %.90s",
			 err->text);
		inj_decide(i, INJ_REFUSED, why);
		return;
	}
	send_now(i);
}

void lane_run(struct lane *l)
{
	struct injection *i = l->first;
	struct ras_err err;

	if (i && i->step == STEP_SETTLE) {
		settle_run(l);
		return;
	}
	if (i && i->step == STEP_COMMIT)
		journal_hurry(i->in->journal);
	if (!i || i->step != STEP_QUEUED)
		return;
	event_del(i->timer);
	i->delay_us = 0;
	if (journal_stored(i->in->journal, i->own_id ? l->required : l->last_change)) {
		send_now(i);
		return;
	}
	i->step = STEP_BARRIER;
	if (journal_barrier(i->in->journal, on_barrier, i, &err) < 0)
		on_barrier(i, &err);
}
