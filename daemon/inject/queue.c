// SPDX-License-Identifier: LGPL-2.1-or-later
#include "inject/queue.h"

#include <stdlib.h>
#include <string.h>

#include "inject/record.h"

struct queue *queue_of(struct injector *in, const char *domain, const char *backend,
		       uint32_t source_id)
{
	struct queue *q;

	for (q = in->queues; q; q = q->next)
		if (q->source_id == source_id && strcmp(q->domain, domain) == 0 &&
		    strcmp(q->backend_name, backend) == 0)
			return q;
	q = calloc(1, sizeof(*q));
	if (!q)
		return NULL;
	snprintf(q->domain, sizeof(q->domain), "%s", domain);
	snprintf(q->backend_name, sizeof(q->backend_name), "%s", backend);
	q->backend = backend_named(backend);
	q->source_id = source_id;
	q->in = in;
	share_init(q);
	q->next = in->queues;
	in->queues = q;
	return q;
}

void queue_free_events(struct queue *q)
{
	if (q->fence.back_ev)
		event_free(q->fence.back_ev);
	q->fence.back_ev = NULL;
}

void queue_release(struct queue *q)
{
	struct queue **at;

	if (q->first || q->n_asked || q->stepping || (q->in && queue_guest(q)))
		return;
	for (at = q->in ? &q->in->queues : NULL; at && *at; at = &(*at)->next)
		if (*at == q) {
			*at = q->next;
			break;
		}
	queue_free_events(q);
	free(q);
}

void queue_hold(struct queue *q)
{
	q->n_asked++;
}

bool queue_unhold(struct queue *q)
{
	bool alive = q->in;

	q->n_asked--;
	if (!alive)
		queue_release(q);
	return alive;
}

struct injection *inj_new(struct queue *q, const struct journal_row *row,
			  event_callback_fn timer_fn)
{
	struct injection *i = calloc(1, sizeof(*i)), **at;

	if (!i)
		return NULL;
	i->timer = evtimer_new(q->in->base, timer_fn, i);
	if (!i->timer) {
		free(i);
		return NULL;
	}
	i->in = q->in;
	i->queue = q;
	i->row = *row;
	i->send.own_id = record_has_own_id(row);
	i->in->n_open += row->asked.origin != ORIGIN_HOST_EVENT;
	for (at = &q->first; *at && share_is_behind(row, &(*at)->row); at = &(*at)->next)
		;
	i->next = *at;
	*at = i;
	q->n++;
	return i;
}

void inj_free(struct injection *i)
{
	struct queue *q = i->queue;

	if (q->first == i)
		share_worked_on(i);
	for (struct injection **at = &q->first; *at; at = &(*at)->next)
		if (*at == i) {
			*at = i->next;
			q->n--;
			break;
		}
	event_free(i->timer);
	hold_leave(i->send.hold);
	caller_unref(i->send.caller);
	i->in->n_open -= i->row.asked.origin != ORIGIN_HOST_EVENT;
	free(i);
}

void inj_timer(struct injection *i, int64_t us)
{
	struct timeval tv = { us / 1000000, us % 1000000 };

	evtimer_add(i->timer, &tv);
}

struct guest *queue_guest(const struct queue *q)
{
	struct guest *g;

	return guests_find(q->in->guests, q->domain, &g, NULL) == 0 ? g : NULL;
}

struct error_source *queue_source(const struct queue *q)
{
	struct guest *g = q->backend ? queue_guest(q) : NULL;

	return g ? source_of(q->in->backends, g, q->backend, q->source_id) : NULL;
}

void inj_note_guest(struct journal_row *row, const struct guest *g)
{
	const struct guest_said *said = &g->id.said;

	row->guest = (struct journal_guest){ .uuid = said->uuid,
					     .has_uuid = said->has_uuid,
					     .uid = g->id.uid };
	memcpy(row->guest.name, said->name, sizeof(row->guest.name));
}

int inj_check_guest(const struct injection *i, const struct guest *g, struct ras_err *err)
{
	const struct journal_guest *was = &i->row.guest;
	const struct guest_said *is = &g->id.said;

	if (was->uid < 0)
		return 0; /* a row of version 6 */
	if (strcmp(was->name, is->name) != 0)
		return ras_fail(err, RAS_E_OTHER_GUEST,
				"who answers for %s says that it is \"%s\" now, it was \"%s\"",
				g->name, is->name, was->name);
	if (was->has_uuid != is->has_uuid || !uuid_equal(&was->uuid, &is->uuid))
		return ras_fail(err, RAS_E_OTHER_GUEST, "who answers for %s says another uuid now",
				g->name);
	if (was->uid != g->id.uid)
		return ras_fail(err, RAS_E_OTHER_GUEST, "%s had uid %lld and has uid %lld now",
				g->name, (long long)was->uid, (long long)g->id.uid);
	return 0;
}

struct source_at inj_at(const struct injection *i)
{
	return (struct source_at){ { i->row.gen.pid, i->row.gen.start_time,
				     i->row.gen.reset_count },
				   i->row.target.source_id };
}
