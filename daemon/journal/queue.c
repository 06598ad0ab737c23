// SPDX-License-Identifier: LGPL-2.1-or-later
#include "journal/queue.h"

#include <stdlib.h>

void list_init(struct list *l)
{
	l->head = NULL;
	l->tail = &l->head;
}

void list_add(struct list *l, struct item *it)
{
	it->next = NULL;
	*l->tail = it;
	l->tail = &it->next;
}

struct item *list_pop(struct list *l)
{
	struct item *it = l->head;

	if (it) {
		l->head = it->next;
		if (!l->head)
			l->tail = &l->head;
	}
	return it;
}

void list_splice(struct list *to, struct list *from)
{
	if (!from->head)
		return;
	*to->tail = from->head;
	to->tail = from->tail;
	list_init(from);
}

void item_free(struct item *it)
{
	if (it) {
		free(it->row);
		free(it->moves);
		free(it->host);
		free(it->import);
		free(it->lever);
	}
	free(it);
}

void list_free(struct list *l)
{
	struct item *it;

	while ((it = list_pop(l)))
		item_free(it);
}

void work_init(struct work *w)
{
	list_init(&w->changes);
	list_init(&w->intents);
}

void work_put(struct work *w, struct item *it, int64_t due_ns)
{
	bool change = it->kind == IT_TRANSITION || it->kind == IT_BARRIER;
	struct list *l = change ? &w->changes : &w->intents;
	int64_t *at = change ? &w->changes_due_ns : &w->intents_due_ns;

	if (!l->head || due_ns < *at)
		*at = due_ns;
	list_add(l, it);
}

void work_hurry(struct work *w)
{
	w->intents_due_ns = 0;
}

int64_t work_due_ns(const struct work *w)
{
	int64_t due = INT64_MAX;

	if (w->changes.head)
		due = w->changes_due_ns;
	if (w->intents.head && w->intents_due_ns < due)
		due = w->intents_due_ns;
	return due;
}

void work_take(struct work *w, int64_t now_ns, bool all, struct list *group)
{
	list_splice(group, &w->changes);
	if (all || w->intents_due_ns <= now_ns)
		list_splice(group, &w->intents);
}

void work_free(struct work *w)
{
	list_free(&w->changes);
	list_free(&w->intents);
}
