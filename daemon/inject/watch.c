// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The proof. After the send the slot is read until it says what became of the record:
 *   our bytes, status 0, read-ack set    acknowledged
 *   our bytes, status 0, read-ack clear  consumed, once the guest panicked, reset or stopped
 *   our bytes, status not 0, and the guest was reset, stopped or is gone: lost; so, too, where it has not
 *                                        run since it was last seen so
 *   blank, or no look possible           firmware ran again or QEMU is gone: unknown otherwise
 *   other bytes                          somebody else wrote the slot: unknown
 * Where the acknowledgement is expected, by what this guest usually takes, rasd-pagemap is asked to
 * wait for it; QEMU's answer may come before the guest's or after it. Later the looks are ever more
 * seldom; a record that is never acknowledged is looked at once a second as long as its process
 * lives. The registers' level alone proves nothing: it is also the idle state.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/process.h"
#include "inject/queue.h"

#define WAIT_US 5000 /* this long a look waits where the acknowledgement is expected */
#define SOON_NS 10000000
#define AGAIN_US 60
#define LOOK_MIN_US 250
#define LOOK_BUSY_US 5000 /* while the acknowledgement is still likely, look this often */
#define BUSY_NS 200000000
#define LOOK_MAX_US 1000000
#define TOLD_US 50000
#define ALIVE_NS 50000000

/*
 * When this guest usually has acknowledged, after the send; 0: not known, or too late to wait for.
 */
static int64_t usual_ns(const struct injection *i)
{
	return i->settled || i->lane->typical_ack_ns >= BUSY_NS ? 0 : i->lane->typical_ack_ns;
}

/*
 * It will hardly be there before this time has passed since the send. What comes sooner is seen
 * late and then counts as slower than it was, so this is not cut close; and a quick guest is waited
 * for from the start.
 */
static int64_t early_ns(const struct injection *i)
{
	return usual_ns(i) < SOON_NS ? 0 : usual_ns(i) / 2;
}

/*
 * How long a look is to wait for the acknowledgement: not at all where it is not expected just now.
 */
static uint32_t wait_us(const struct injection *i)
{
	int64_t passed_ns = clock_boot_ns() - i->sent_boot_ns;
	bool expected =
		passed_ns >= early_ns(i) && (passed_ns < SOON_NS || passed_ns < 2 * usual_ns(i));

	return expected && !i->ending ? WAIT_US : 0;
}

/* After a look that told nothing new, or that failed. */
static int next_delay_us(const struct injection *i, bool failed)
{
	int64_t passed_ns = clock_boot_ns() - i->sent_boot_ns;
	int d = i->delay_us < LOOK_MIN_US ? LOOK_MIN_US : i->delay_us + i->delay_us / 2;

	if (passed_ns < early_ns(i))
		return (int)((early_ns(i) - passed_ns) / 1000) + 1;
	if (wait_us(i) && !failed)
		return AGAIN_US;
	if (passed_ns < BUSY_NS)
		return d > LOOK_BUSY_US ? LOOK_BUSY_US : d;
	return d > LOOK_MAX_US ? LOOK_MAX_US : d;
}

static void look(struct injection *i);

struct error_source *inj_source(const struct injection *i)
{
	struct guest *g;

	return guests_find(i->in->guests, i->row.domain, &g, NULL) == 0 && i->backend ?
		       source_of(i->in->backends, g, i->backend) :
		       NULL;
}

struct source_at inj_at(const struct injection *i)
{
	return (struct source_at){ { i->row.qemu_pid, i->row.qemu_start_time, i->row.reset_count },
				   i->row.source_id };
}

static bool is_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

struct slot_view inj_view(const struct injection *i, const struct error_source *s,
			  const struct source_look *look)
{
	struct slot_view v = { 0 };

	v.ours = look->len_bytes >= i->row.record_len &&
		 memcmp(look->block + 4, i->row.record + 4, i->row.record_len - 4) == 0;
	v.status_zero = is_zero(look->block, 4);
	v.acked = look->read_ack;
	v.blank = is_zero(look->block, look->len_bytes);
	if (v.ours && v.status_zero && !i->own_id && s && source_may_be_exchanged(s))
		v.ours = v.blank = false;
	return v;
}

void inj_saw_life(struct injection *i)
{
	i->lane->alive_boot_ns = clock_boot_ns();
}

bool inj_seems_alive(const struct injection *i)
{
	return clock_boot_ns() - i->lane->alive_boot_ns < ALIVE_NS || inj_process_alive(i);
}

bool inj_process_alive(const struct injection *i)
{
	return process_alive(i->row.qemu_pid, i->row.qemu_start_time);
}

static const char *ending_text(enum guest_event ev)
{
	switch (ev) {
	case GUEST_RESET:
		return "was reset";
	case GUEST_PANICKED:
		return "panicked";
	case GUEST_STOPPED:
		return "stopped";
	case GUEST_UP:
	case GUEST_GONE:
	case GUEST_MOVED:
	case GUEST_FREED:
		break;
	}
	return "is gone";
}

/* Whether the guest has not run since the record was last seen unread. */
static bool slept_since(const struct injection *i)
{
	struct guest *g;

	return i->unread_asleep && guests_find(i->in->guests, i->row.domain, &g, NULL) == 0 &&
	       g->life.n_resumes == i->asleep_resumes;
}

void watch_note_unread(struct injection *i)
{
	struct guest *g;

	i->unread_asleep = guests_find(i->in->guests, i->row.domain, &g, NULL) == 0 &&
			   guest_is_up(g) && g->life.pid == i->row.qemu_pid &&
			   g->life.state != RUN_STATE_RUNNING;
	if (i->unread_asleep)
		i->asleep_resumes = g->life.n_resumes;
}

/* The guest ended: what the last look (v, or NULL where there was none) makes of it. */
static void conclude(struct injection *i, const struct slot_view *v)
{
	char why[160];

	i->ending = false;
	if (v && v->ours && v->status_zero && v->acked) {
		inj_acknowledged(i);
		return;
	}
	if (i->end == GUEST_MOVED) {
		/*
		 * Its memory, with the record, lives on where we cannot look. Never sent again
		 * there.
		 */
		snprintf(why, sizeof(why), "%s before the guest acknowledged",
			 i->moved_how[0] ? i->moved_how : "moved away");
		inj_decide(i, INJ_UNKNOWN, why);
		return;
	}
	if (i->consumed_seen || (v && v->ours && v->status_zero)) {
		snprintf(why, sizeof(why), "the guest read the record and %s", ending_text(i->end));
		inj_decide(i, INJ_CONSUMED, why);
		return;
	}
	if (i->end == GUEST_PANICKED && inj_process_alive(i)) {
		inj_timer(i, i->delay_us); /* panicked of something else: still in the slot */
		return;
	}
	if ((v && v->ours) || slept_since(i)) {
		snprintf(why, sizeof(why), "the guest %s before it read the record",
			 ending_text(i->end));
		inj_decide(i, INJ_LOST, why);
		return;
	}
	snprintf(why, sizeof(why), "the guest %s; whether it read the record before cannot be told",
		 ending_text(i->end));
	inj_decide(i, INJ_UNKNOWN, why);
}

static enum guest_event note_moved(struct injection *i)
{
	const char *how = NULL;
	enum guest_event ev = guests_how_ended(i->in->guests, i->row.domain, i->row.qemu_pid, &how);

	if (how)
		snprintf(i->moved_how, sizeof(i->moved_how), "%s", how);
	return ev;
}

/*
 * The process is no more. False where libvirt has not said yet what became of it: asked again soon.
 */
static bool how_ended(struct injection *i)
{
	i->end = note_moved(i);
	if (i->end == GUEST_UP) {
		i->ending = false;
		inj_timer(i, TOLD_US);
		return false;
	}
	i->ending = true;
	return true;
}

/* Whether the guest is known to have come to an end in its QEMU that goes on; i->end says how. */
static bool has_stopped(struct injection *i)
{
	struct guest *g;

	if (guests_find(i->in->guests, i->row.domain, &g, NULL) < 0 || !guest_is_up(g) ||
	    g->life.pid != i->row.qemu_pid)
		return false;
	i->end = g->life.state == RUN_STATE_GUEST_PANICKED ? GUEST_PANICKED : GUEST_STOPPED;
	return g->life.state == RUN_STATE_GUEST_PANICKED || g->life.state == RUN_STATE_SHUTDOWN ||
	       g->life.state == RUN_STATE_INTERNAL_ERROR;
}

static void on_slot(void *arg, const struct source_look *seen, const struct ras_err *err)
{
	struct injection *i = arg;
	struct slot_view view = { 0 };
	const struct slot_view *v = &view;

	i->reading = false;
	if (seen)
		view = inj_view(i, inj_source(i), seen);
	FAILPOINT(slot_read);
	if (i->step == STEP_DONE) {
		inj_forget(i, NULL);
		return;
	}
	/* The helper holds a pidfd: it knows a reused pid. */
	if (err && err->code == RAS_E_GONE && (!i->ending || i->end == GUEST_GONE)) {
		if (how_ended(i))
			conclude(i, NULL);
		return;
	}
	/* That the guest has read it stays true; that it has not may have changed since. */
	if (i->stale && !(v->ours && v->status_zero && v->acked)) {
		i->consumed_seen |= v->ours && v->status_zero;
		i->stale = false;
		look(i);
		return;
	}
	if (err && i->ending) {
		conclude(i, NULL);
		return;
	}
	if (err) {
		i->delay_us = next_delay_us(i, true);
		inj_timer(i, i->delay_us);
		return;
	}
	inj_saw_life(i);
	if (i->ending) {
		conclude(i, v);
		return;
	}
	if (v->ours && v->status_zero && v->acked) {
		inj_acknowledged(i);
		return;
	}
	i->seen |= v->ours;
	if (v->ours && v->status_zero) {
		i->consumed_seen = true;
		/* The event may have come before the answer, or to an earlier life. */
		if (has_stopped(i)) {
			conclude(i, v);
			return;
		}
	} else if (v->ours) {
		i->unread = true;
		watch_note_unread(i);
	}
	if (!v->ours) {
		if (i->consumed_seen && v->blank)
			inj_decide(i, INJ_CONSUMED, "the guest read the record and started anew");
		else if (!i->seen)
			inj_decide(
				i, INJ_UNKNOWN,
				"the slot that was found never held the record: the firmware started "
				"anew, or another table claims to be the guest's");
		else if (v->blank && slept_since(i))
			inj_decide(i, INJ_LOST,
				   "the guest's firmware started anew before the record was read");
		else if (v->blank)
			inj_decide(i, INJ_UNKNOWN,
				   "the guest's firmware started anew; whether the record was read "
				   "before cannot be told");
		else
			inj_decide(
				i, INJ_UNKNOWN,
				"the slot holds other bytes now: another writer's, or those of a snapshot that was "
				"loaded");
		return;
	}
	i->delay_us = next_delay_us(i, false);
	inj_timer(i, i->delay_us);
}

/* The table was looked for anew: read the slot where it is now, or say that there is none. */
static void on_found_again(void *arg, struct guest *g, struct error_source *s,
			   const struct ras_err *err)
{
	struct injection *i = arg;

	(void)g;
	i->reading = i->stale = false;
	if (i->step == STEP_DONE) {
		inj_forget(i, NULL);
	} else if (i->ending || (s && source_found(s))) {
		look(i);
	} else if (err && err->code == RAS_E_NOT_READY) {
		inj_decide(
			i, INJ_UNKNOWN,
			"the guest's memory holds no error table any more: a snapshot was loaded");
	} else {
		i->delay_us = next_delay_us(i, true);
		inj_timer(i, i->delay_us);
	}
}

/*
 * The guest stood still since the send, and runs again: its memory may be a snapshot's, with the
 * table elsewhere or nowhere. What lies where the slot was is believed only if it is the slot
 * still. (After a RESET the old slot tells most.)
 */
static bool look_for_table(struct injection *i)
{
	const struct error_source *s = inj_source(i);
	struct guest *g = s ? s->guest : NULL;

	if (i->ending || !s || !guest_is_up(g) || source_found(s) ||
	    g->life.state != RUN_STATE_RUNNING || g->life.reset_count != i->row.reset_count ||
	    !source_may_be_exchanged(s) || g->life.pid != i->row.qemu_pid)
		return false;
	i->reading = true;
	source_prepare(i->in->backends, g, i->backend, on_found_again, i);
	return true;
}

static void look(struct injection *i)
{
	struct error_source *s;
	struct source_at at = inj_at(i);
	struct ras_err err;

	if (i->reading)
		return;
	if (!(i->ending ? inj_process_alive(i) : inj_seems_alive(i))) {
		if ((i->ending && i->end == GUEST_MOVED) || how_ended(i))
			conclude(i, NULL);
		return;
	}
	if (look_for_table(i))
		return;
	s = inj_source(i);
	if (!s || source_readback(s, &at, wait_us(i), on_slot, i, &err) < 0) {
		if (i->ending) {
			conclude(i, NULL);
			return;
		}
		i->delay_us = next_delay_us(i, true);
		inj_timer(i, i->delay_us);
		return;
	}
	i->reading = true;
}

void watch_tick(struct injection *i)
{
	look(i);
}

void watch_start(struct injection *i)
{
	i->step = STEP_WATCH;
	i->delay_us = 0;
	if (clock_boot_ns() - i->sent_boot_ns < early_ns(i))
		inj_timer(i, next_delay_us(i, false));
	else
		look(i);
}

void watch_end(struct injection *i, enum guest_event ev)
{
	if (ev == GUEST_GONE && inj_process_alive(i))
		return; /* only the monitor went: the slot can still be read */
	/* That its memory lives on elsewhere outweighs that its process ends. */
	if (!i->ending || i->end != GUEST_MOVED)
		i->end = ev;
	if (ev == GUEST_MOVED)
		note_moved(i);
	i->ending = true;
	i->stale |= i->reading;
	look(i);
}
