// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whose record is next: persons share an error source.
 *
 * The problem: one person who keeps a queue full makes all others wait behind 32 records for each
 * of theirs. Yet after a crash settle.c must know the order in which records were sent, and an
 * order that is only in memory is gone then.
 *
 * The rule (start-time fair queueing): an injection gets its place when it is accepted, and the
 * place is stored with its intent. Records are sent by (place, order of acceptance). The place is
 *
 *	max(place of the one that is worked on, place of the person's last one + 1)
 *
 * So a person's records keep their order, one of each person is sent in each round, and who comes
 * new is next in the round that is going on. Nobody gets a place before the record that is worked
 * on, so what was sent always has smaller places than what was not: the order in the journal is the
 * order of sending, and no commit is needed for it.
 *
 * Places grow by at most one a record, and a new queue begins at the time since boot in ns. So
 * places of an earlier life of rasd are always smaller. Those of another boot mean nothing, but
 * nothing of another boot can be settled by a block (settle.c).
 */
#include "base/clock.h"
#include "inject/budget.h"
#include "inject/queue.h"

/*
 * A record of the person was sent in this round. Who does not fit into the table may send one
 * more.
 */
static struct share_turn *turn_of(struct queue_share *s, uid_t uid)
{
	for (size_t i = 0; i < SHARE_TURNS; i++)
		if (s->turn[i].place == s->place && s->turn[i].uid == uid)
			return &s->turn[i];
	return NULL;
}

void share_init(struct queue *q)
{
	q->share.place = clock_boot_ns();
}

void share_worked_on(const struct injection *i)
{
	struct queue_share *s = &i->queue->share;

	if (i->row.other_boot || i->row.place < s->place)
		return;
	s->place = i->row.place;
	if (!turn_of(s, i->row.asked.uid))
		s->turn[s->n_turns++ % SHARE_TURNS] =
			(struct share_turn){ i->row.asked.uid, s->place };
}

int64_t share_place(struct queue *q, uid_t uid)
{
	int64_t place;

	if (q->first)
		share_worked_on(q->first);
	place = q->share.place;
	if (turn_of(&q->share, uid))
		place++;
	for (const struct injection *i = q->first; i; i = i->next)
		if (i->row.asked.uid == uid && !i->row.other_boot && i->row.place >= place)
			place = i->row.place + 1;
	return place;
}

bool share_is_behind(const struct journal_row *row, const struct journal_row *other)
{
	return other->other_boot || row->other_boot || other->place <= row->place;
}

int share_room(const struct queue *q, uid_t uid, struct ras_err *err)
{
	size_t n_own = 0;

	for (const struct injection *i = q->first; i; i = i->next)
		n_own += i->row.asked.uid == uid;
	/* Who has nothing there yet is let in, however full it is. */
	if (n_own == 0 || (n_own < QUEUE_MAX_PERSON && q->n < QUEUE_MAX))
		return 0;
	ras_fail(err, RAS_E_BUSY, "%zu injections of uid %u into %s are waiting already", n_own,
		 (unsigned int)uid, q->domain);
	return ras_hint(err, "wait until the guest has acknowledged some");
}
