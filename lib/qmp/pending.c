// SPDX-License-Identifier: LGPL-2.1-or-later
#include "qmp/pending.h"

#include "base/clock.h"

struct command *pending_new(struct pending *p)
{
	for (size_t i = 0; i < PENDING_MAX; i++)
		if (!p->list[i].id)
			return &p->list[i];
	return NULL;
}

void pending_keep(struct pending *p, struct command *c)
{
	c->id = ++p->last_id;
	p->n++;
}

struct command *pending_find(struct pending *p, uint64_t id)
{
	for (size_t i = 0; i < PENDING_MAX; i++)
		if (id && p->list[i].id == id)
			return &p->list[i];
	return NULL;
}

struct command *pending_after(struct pending *p, uint64_t id)
{
	struct command *c = NULL;

	for (size_t i = 0; i < PENDING_MAX && p->n; i++)
		if (p->list[i].id > id && (!c || p->list[i].id < c->id))
			c = &p->list[i];
	return c;
}

int64_t pending_deadline_ns(const struct pending *p)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < PENDING_MAX && p->n; i++)
		if (p->list[i].id && p->list[i].deadline_ns < first)
			first = p->list[i].deadline_ns;
	return first;
}

struct reply_budget pending_budget(const struct pending *p)
{
	struct reply_budget b = reply_budget_small;

	reply_budget_add(&b, &p->late);
	for (size_t i = 0; i < PENDING_MAX && p->n; i++)
		if (p->list[i].id)
			reply_budget_add(&b, p->list[i].budget);
	return b;
}

void pending_expire(struct pending *p, struct command *c, const struct ras_err *err)
{
	reply_budget_add(&p->late, c->budget);
	pending_answer(p, c, QMP_UNKNOWN, NULL, err);
}

void pending_answer(struct pending *p, struct command *c, enum qmp_outcome outcome,
		    json_object *ret, const struct ras_err *err)
{
	struct command done = *c;

	c->id = 0;
	p->n--;
	monitor_count(MONITOR_BY_SOCKET, outcome, clock_boot_ns() - done.given_ns);
	if (done.fn)
		done.fn(done.arg, outcome, ret, err);
}

void pending_answer_all(struct pending *p, uint64_t sent, const struct ras_err *why)
{
	for (struct command *c = pending_after(p, 0); c; c = pending_after(p, 0))
		pending_answer(p, c, sent > c->start ? QMP_UNKNOWN : QMP_NOT_SENT, NULL, why);
}
