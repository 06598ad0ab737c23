// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How fast a guest is: when it is worth looking, when it is worth trying again, and when it must be
 * left alone.
 *
 * A guest that boots reads a waiting record when its GHES driver starts, but hears of the next only
 * once its interrupt is connected. In between the notification is lost, and with it the source
 * until the guest is reset (seen: Linux 6.12 on QEMU 11.1). So after the first record of a
 * generation that was not acknowledged as fast as an interrupt is, the next waits BOOT_HOLD_NS.
 */
#include "base/clock.h"
#include "base/process.h"
#include "inject/budget.h"
#include "inject/queue.h"

void pace_alive(struct queue *q)
{
	q->pace.alive_boot_ns = clock_boot_ns();
}

bool inj_process_alive(const struct injection *i)
{
	return process_alive(i->row.gen.pid, i->row.gen.start_time);
}

bool inj_seems_alive(const struct injection *i)
{
	return clock_boot_ns() - i->queue->pace.alive_boot_ns < ALIVE_NS || inj_process_alive(i);
}

static struct generation generation_of_row(const struct journal_row *r)
{
	return (struct generation){ r->gen.pid, r->gen.start_time, r->gen.reset_count };
}

static void note_generation(struct injection *i, int64_t took_ns)
{
	struct generation gen = generation_of_row(&i->row);
	struct queue_pace *p = &i->queue->pace;

	if (generation_equal(&p->acked, &gen))
		return;
	p->acked = gen;
	/* A block that outlives a reset needs no notification that arrives, so none can be lost. */
	p->hold_until_boot_ns =
		took_ns > BOOT_ACK_NS && !i->queue->backend->traits.keeps_block_over_reset ?
			clock_boot_ns() + BOOT_HOLD_NS :
			0;
}

void pace_acked(struct injection *i)
{
	struct queue_pace *p = &i->queue->pace;
	int64_t took_ns = clock_boot_ns() - i->send.sent_boot_ns;
	const struct guest *g;

	if (i->send.time_known) {
		i->row.outcome.ack_ns = took_ns;
		/* One that waited for the guest to boot is not typical: a quick one shows that. */
		p->typical_ack_ns = p->typical_ack_ns && p->typical_ack_ns < 8 * took_ns ?
					    (7 * p->typical_ack_ns + took_ns) / 8 :
					    took_ns;
	} else if (i->watch.best != BEST_PENDING) {
		/*
		 * A record of an earlier life says how long a guest takes only if it was seen
		 * waiting.
		 */
		return;
	}
	note_generation(i, took_ns);
	/* A record sent and acknowledged on one connection: no reset was missed in between. */
	g = queue_guest(i->queue);
	if (g && i->send.time_known && g->life.n_links == i->send.n_links)
		p->up_links = g->life.n_links;
}

int64_t pace_hold_ns(const struct injection *i)
{
	const struct queue_pace *p = &i->queue->pace;
	struct generation gen = generation_of_row(&i->row);
	int64_t left_ns = p->hold_until_boot_ns - clock_boot_ns();

	return generation_equal(&p->acked, &gen) && left_ns > 0 ? left_ns : 0;
}

int64_t pace_first_retry_us(const struct queue *q)
{
	int64_t us = q->pace.typical_ack_ns / 2000;

	if (us < BUSY_RETRY_MIN_US)
		return BUSY_RETRY_MIN_US;
	return us > BUSY_RETRY_MAX_US ? BUSY_RETRY_MAX_US : us;
}

int64_t pace_turn_ns(const struct injection *i)
{
	int64_t n_before = 0, ns;

	for (const struct injection *o = i->queue->first; o != i; o = o->next)
		n_before++;
	/* The first of them may be acknowledged at any moment. */
	ns = n_before > 1 ? (n_before - 1) * i->queue->pace.typical_ack_ns / 2 : 0;
	return ns < SHARE_SYNC_MAX_NS ? ns : SHARE_SYNC_MAX_NS;
}

int64_t pace_usual_ns(const struct injection *i)
{
	int64_t ns = i->queue->pace.typical_ack_ns;

	return !i->send.time_known || ns >= LOOK_LIKELY_NS ? 0 : ns;
}
