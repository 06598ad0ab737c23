// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Gathering the evidence of a written record: when to look at the block, and what else is known of
 * the guest when the look comes back. What follows from it is decided in verdict.c.
 *
 * Where the acknowledgement is expected, by what this guest usually takes, rasd-pagemap is asked to
 * wait for it; QEMU's answer may come before the guest's or after it. Later the looks are ever less
 * frequent; a record that is never acknowledged is looked at once a second while its process lives.
 *
 * What lies in a page outlives its QEMU: it is looked at once more when that has ended, and what
 * was not read is taken back before it is called lost. Otherwise the guest's next start would read
 * it.
 *
 * A look takes time, and the guest may end during it. What it shows then is from before or after
 * the end, nobody knows. An acknowledgement stays one; anything else is looked at once more.
 */
#include "base/clock.h"
#include "base/failpoint.h"
#include "cper/cper.h"
#include "inject/budget.h"
#include "inject/queue.h"

static struct outcome take_look(struct injection *i);
static struct outcome read_block(struct injection *i);

static struct outcome again(int64_t us)
{
	return (struct outcome){ .what = OUT_AGAIN, .delay_us = us };
}

static const struct outcome pending = { .what = OUT_PENDING };

/* --- when --- */

/*
 * The acknowledgement will hardly be there before this time has passed since the send. What comes
 * sooner is seen late, and then counts as slower than it was; so this is not cut close, and a quick
 * guest is waited for from the start.
 */
static int64_t early_ns(const struct injection *i)
{
	int64_t usual_ns = pace_usual_ns(i);

	return usual_ns < LOOK_SOON_NS ? 0 : usual_ns / 2;
}

/* How long a look is to wait for the acknowledgement: not at all where it is not expected now. */
static uint32_t wait_us(const struct injection *i)
{
	int64_t passed_ns = clock_boot_ns() - i->send.sent_boot_ns;
	bool expected = passed_ns >= early_ns(i) &&
			(passed_ns < LOOK_SOON_NS || passed_ns < 2 * pace_usual_ns(i));

	return expected && i->watch.end == END_NONE ? LOOK_WAIT_US : 0;
}

/* The pause after a look that showed nothing new, or that failed. */
static int64_t next_delay_us(const struct injection *i, bool failed)
{
	int64_t passed_ns = clock_boot_ns() - i->send.sent_boot_ns;
	int64_t d = i->delay_us < LOOK_MIN_US ? LOOK_MIN_US : i->delay_us + i->delay_us / 2;

	if (passed_ns < early_ns(i))
		return (early_ns(i) - passed_ns) / 1000 + 1;
	if (wait_us(i) && !failed)
		return LOOK_AGAIN_US;
	if (passed_ns < LOOK_LIKELY_NS)
		return d > LOOK_LIKELY_US ? LOOK_LIKELY_US : d;
	return d > LOOK_MAX_US ? LOOK_MAX_US : d;
}

static struct outcome later(struct injection *i, bool failed)
{
	i->delay_us = next_delay_us(i, failed);
	return again(i->delay_us);
}

/* --- what is known of the guest --- */

/* The guest, if it is still this record's QEMU and its monitor is connected; else NULL. */
static struct guest *same_guest(const struct injection *i)
{
	struct guest *g = queue_guest(i->queue);

	return g && guest_is_up(g) && g->life.pid == i->row.gen.pid ? g : NULL;
}

/* The record is seen unread, or sent, now: does the guest run? */
static void note_ran(struct injection *i, enum guest_ran if_not)
{
	const struct guest *g = same_guest(i);
	bool still = i->watch.ran == RAN_NOT_SINCE_WRITE && g &&
		     g->life.n_resumes == i->watch.ran_resumes;

	if (still && if_not == RAN_NOT_SINCE_SEEN)
		return;
	i->watch.ran = g && g->life.state != RUN_STATE_RUNNING ? if_not : RAN_POSSIBLY;
	i->watch.ran_resumes = g ? g->life.n_resumes : 0;
}

void look_note_send(struct injection *i)
{
	note_ran(i, RAN_NOT_SINCE_WRITE);
}

/*
 * A guest that stood still may run from now on, and end, and nobody says so. But QEMU closes its
 * socket only as it ends, which takes a moment, and what it told before was heard.
 */
static void note_monitor_gone(struct injection *i)
{
	const struct guest *g = queue_guest(i->queue);

	if (!g || !guest_by_socket(g) || g->link.down.code != RAS_E_GONE)
		i->watch.ran = RAN_POSSIBLY;
}

/* Whether the guest has run, as of now. */
static enum guest_ran ran_now(const struct injection *i)
{
	const struct guest *g = queue_guest(i->queue);

	return g && g->life.n_resumes == i->watch.ran_resumes ? i->watch.ran : RAN_POSSIBLY;
}

static enum guest_end how_moved(struct injection *i)
{
	const char *how = NULL;
	enum guest_event ev =
		guests_how_ended(i->in->guests, i->row.target.domain, i->row.gen.pid, &how);

	if (how)
		snprintf(i->watch.moved_how, sizeof(i->watch.moved_how), "%s", how);
	return ev == GUEST_MOVED ? END_MOVED : ev == GUEST_UP ? END_NONE : END_GONE;
}

/* The guest's state says that it ended, in a QEMU that goes on: the event came before our look. */
static enum guest_end end_by_state(const struct injection *i)
{
	const struct guest *g = same_guest(i);

	if (!g)
		return END_NONE;
	switch (g->life.state) {
	case RUN_STATE_GUEST_PANICKED:
		return END_PANICKED;
	case RUN_STATE_SHUTDOWN:
	case RUN_STATE_INTERNAL_ERROR:
		return END_STOPPED;
	default:
		return END_NONE;
	}
}

/*
 * Whether something may have happened to the guest since the block was seen to hold our bytes. A
 * blank block may also be the work of firmware after a reset before the send, until a record of
 * this generation was acknowledged: then its OS is up, and the firmware has ended.
 */
static enum watched watched(const struct injection *i, const struct error_source *s, bool blank)
{
	struct generation gen = inj_at(i).gen;

	if (!s || i->watch.best == BEST_NOTHING || !source_unbroken(s, &i->watch.seen) ||
	    !generation_equal(&gen, &i->watch.seen.gen))
		return WATCH_GAP;
	if (blank && (!generation_equal(&gen, &i->queue->pace.acked) ||
		      i->queue->pace.up_links != s->guest->life.n_links))
		return WATCH_BOOTING;
	return i->watch.confirm == CONFIRM_ANSWERED ? WATCH_CONFIRMED : WATCH_UNBROKEN;
}

/* --- the monitor's word that nothing has happened --- */

static void on_confirmed(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct queue *q = arg;
	struct injection *i;

	(void)ret, (void)err;
	if (!queue_unhold(q))
		return;
	i = q->first;
	if (!i || i->watch.confirm != CONFIRM_ASKED) {
		queue_release(q);
		return;
	}
	i->watch.confirm = o == QMP_OK ? CONFIRM_ANSWERED : CONFIRM_NONE;
	/* It hung, and its guest with it: from now on the guest may acknowledge. */
	if (clock_boot_ns() - i->watch.unacked.asked_boot_ns > CONFIRM_US * INT64_C(1000))
		i->watch.unacked.since_boot_ns = 0;
}

static struct outcome ask_to_confirm(struct injection *i)
{
	struct guest *g = same_guest(i);

	if (g && i->watch.confirm == CONFIRM_NONE &&
	    qmp_cmd_query_status(g->link.mon, on_confirmed, i->queue, NULL) == 0) {
		i->watch.confirm = CONFIRM_ASKED;
		i->watch.unacked.asked_boot_ns = clock_boot_ns();
		queue_hold(i->queue);
	}
	return again(CONFIRM_US);
}

/* --- an acknowledgement that does not come --- */

/*
 * The time counts only while the guest is known to run: a stopped one may be between clearing and
 * acknowledging, and goes on there when it runs again.
 */
static void note_unacked(struct injection *i, enum block_now now)
{
	struct inj_unacked *u = &i->watch.unacked;
	const struct error_source *s = queue_source(i->queue);
	const struct guest *g = same_guest(i);

	if ((now != BLOCK_CLEARED && now != BLOCK_WIPED) || !s || !g ||
	    g->life.state != RUN_STATE_RUNNING)
		u->since_boot_ns = 0;
	else if (!u->since_boot_ns || !source_unbroken(s, &u->stamp))
		*u = (struct inj_unacked){ .since_boot_ns = clock_boot_ns(),
					   .stamp = i->watch.asked };
}

static enum overdue overdue(const struct injection *i)
{
	const struct inj_unacked *u = &i->watch.unacked;
	bool fatal = cper_block_severity(i->row.record) == CPER_SEV_FATAL;
	int64_t limit_ns = fatal ? UNACKED_FATAL_NS : UNACKED_NS;

	if (!u->since_boot_ns || clock_boot_ns() - u->since_boot_ns < limit_ns)
		return OVERDUE_NO;
	return i->watch.confirm == CONFIRM_ANSWERED ? OVERDUE_YES : OVERDUE_UNCONFIRMED;
}

/* --- judging --- */

static bool outlives_qemu(const struct injection *i)
{
	return i->queue->backend->traits.keeps_block_over_reset;
}

static bool taken_back(struct injection *i)
{
	struct error_source *s = queue_source(i->queue);

	return s && source_take_back(s, i->row.record, i->row.record_len, NULL) == 0;
}

static struct outcome judge(struct injection *i, enum block_now now, bool blank)
{
	const struct error_source *s = queue_source(i->queue);
	struct evidence e = { .now = now,
			      .best = i->watch.best,
			      .ran = ran_now(i),
			      .end = i->watch.end,
			      .watched = watched(i, s, blank),
			      .traits = &i->queue->backend->traits,
			      .own_id = i->send.own_id,
			      .exchanged = s && source_may_be_exchanged(s),
			      .overdue = overdue(i) };
	struct outcome o = { .what = OUT_STATE };
	struct verdict v;

	if (now == BLOCK_CLEARED && e.end == END_NONE)
		e.end = end_by_state(i);
	v = verdict(&e);
	switch (v.what) {
	case DO_LAST_LOOK:
		return take_look(i);
	case DO_LOOK_AGAIN:
		i->watch.end = END_NONE;
		return later(i, now == BLOCK_UNREADABLE);
	case DO_CONFIRM:
		return ask_to_confirm(i);
	case DO_DECIDE:
		break;
	}
	if (v.state == INJ_LOST && outlives_qemu(i) && !taken_back(i))
		v = (struct verdict){ .state = INJ_UNKNOWN, .text = TEXT_END_UNTOLD };
	if (v.state == INJ_ACKNOWLEDGED)
		pace_acked(i);
	o.state = v.state;
	o.read = v.read;
	verdict_say(v.text, e.end, v.read, i->watch.moved_how, o.text);
	return o;
}

/* The process is no more. libvirt may not have said yet what became of it. */
static struct outcome process_gone(struct injection *i, bool may_look)
{
	if (i->watch.end != END_MOVED)
		i->watch.end = how_moved(i);
	if (i->watch.end == END_NONE)
		return again(HOW_ENDED_RETRY_US);
	if (may_look && outlives_qemu(i))
		return read_block(i);
	return judge(i, BLOCK_UNREADABLE, false);
}

/* What a look shows, while the guest is as it was when it was asked for. */
static void remember(struct injection *i, enum block_now now)
{
	struct inj_watch *w = &i->watch;

	if (now != BLOCK_PENDING && now != BLOCK_CLEARED)
		return;
	w->seen = w->asked;
	if (overdue(i) == OVERDUE_NO)
		w->confirm = CONFIRM_NONE;
	if (now == BLOCK_CLEARED)
		w->best = BEST_CLEARED;
	else if (w->best == BEST_NOTHING)
		w->best = BEST_PENDING;
	note_ran(i, RAN_NOT_SINCE_SEEN);
}

static struct outcome looked(struct injection *i, const struct source_look *look,
			     const struct ras_err *err)
{
	enum block_now now = block_of(look, i->row.record, i->row.record_len);
	bool stale = i->watch.look == LOOK_STALE;

	i->watch.look = LOOK_IDLE;
	if (i->step == STEP_DONE)
		return pending;
	/* rasd-pagemap holds the process: it knows a reused pid. */
	if (err && err->code == RAS_E_GONE &&
	    (i->watch.end == END_NONE || i->watch.end == END_GONE))
		return process_gone(i, false);
	if (stale && now != BLOCK_ACKED) {
		if (now == BLOCK_CLEARED)
			i->watch.best = BEST_CLEARED;
		return take_look(i);
	}
	if (err)
		return judge(i, BLOCK_UNREADABLE, false);
	if (i->watch.end != END_GONE)
		pace_alive(i->queue);
	note_unacked(i, now);
	remember(i, now);
	return judge(i, now, look_is_blank(look));
}

static void on_look(void *arg, const struct source_look *look, const struct ras_err *err)
{
	struct injection *i = arg;
	struct outcome o;

	FAILPOINT(slot_read);
	o = looked(i, look, err);
	i->in->outcome_fn(i, &o);
}

/* --- looking --- */

static struct outcome read_block(struct injection *i)
{
	struct error_source *s = queue_source(i->queue);
	struct source_at at = inj_at(i);
	struct ras_err err;

	if (!s)
		return judge(i, BLOCK_UNREADABLE, false);
	i->watch.asked = source_stamp_now(s);
	if (source_readback(s, &at, wait_us(i), on_look, i, &err) < 0)
		return judge(i, BLOCK_UNREADABLE, false);
	i->watch.look = LOOK_READING;
	return pending;
}

static void on_found_again(void *arg, struct guest *g, struct error_source *s,
			   const struct ras_err *err)
{
	struct queue *q = arg;
	struct injection *i;
	struct outcome o;

	(void)g;
	if (!queue_unhold(q))
		return;
	i = q->first;
	if (!i || i->watch.look != LOOK_SEARCHING) {
		queue_release(q);
		return;
	}
	i->watch.look = LOOK_IDLE;
	if (i->step == STEP_DONE)
		o = pending;
	else if (i->watch.end != END_NONE || (s && source_found(s)))
		o = take_look(i);
	else if (err && err->code == RAS_E_NOT_READY)
		o = judge(i, BLOCK_NO_TABLE, false);
	else
		o = later(i, true);
	i->in->outcome_fn(i, &o);
}

/*
 * The guest has stopped since the send, and runs again: its memory may be a snapshot's, in which
 * the table is elsewhere or nowhere. Then the table is searched before the bytes at the block's
 * place are believed. (Not after a RESET: what the old block holds is the best evidence then.)
 */
static bool must_search(const struct injection *i, const struct error_source *s)
{
	const struct guest *g = same_guest(i);

	return i->watch.end == END_NONE && g && !source_found(s) &&
	       g->life.state == RUN_STATE_RUNNING &&
	       g->life.reset_count == i->row.gen.reset_count && source_may_be_exchanged(s);
}

static struct outcome take_look(struct injection *i)
{
	struct error_source *s = queue_source(i->queue);

	if (i->watch.look != LOOK_IDLE)
		return pending;
	if (!(i->watch.end != END_NONE ? inj_process_alive(i) : inj_seems_alive(i)))
		return process_gone(i, true);
	if (s && must_search(i, s)) {
		i->watch.look = LOOK_SEARCHING;
		queue_hold(i->queue);
		source_prepare(i->in->backends, s->guest, s->backend, s->id, on_found_again,
			       i->queue);
		return pending;
	}
	return read_block(i);
}

struct outcome look_tick(struct injection *i)
{
	return take_look(i);
}

struct outcome look_begin(struct injection *i)
{
	i->delay_us = 0;
	if (clock_boot_ns() - i->send.sent_boot_ns < early_ns(i))
		return again(next_delay_us(i, false));
	return take_look(i);
}

struct outcome look_event(struct injection *i, enum guest_event ev)
{
	struct inj_watch *w = &i->watch;
	enum guest_end end = END_GONE;

	switch (ev) {
	case GUEST_UP:
	case GUEST_OTHER: /* GUEST_GONE came before; what the block holds is still its own */
	case GUEST_FREED:
		return pending;
	case GUEST_RESET:
		end = END_RESET;
		break;
	case GUEST_STOPPED:
		end = END_STOPPED;
		break;
	case GUEST_PANICKED:
		end = END_PANICKED;
		break;
	case GUEST_MOVED:
		end = END_MOVED;
		how_moved(i);
		break;
	case GUEST_GONE:
		if (inj_process_alive(i)) {
			/* Only the monitor went: the block can still be read. */
			note_monitor_gone(i);
			return pending;
		}
		break;
	}
	/* That its memory lives on elsewhere outweighs that its process ends. */
	if (w->end != END_MOVED)
		w->end = end;
	if (w->look == LOOK_READING)
		w->look = LOOK_STALE;
	return judge(i, BLOCK_NOT_LOOKED, false);
}
