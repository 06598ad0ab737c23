// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Problem: a callback may remove subscribers, itself and the next one included, free them, or raise
 * another event.
 *
 * Rule: each walk keeps its next subscriber in a struct that notify_remove() can see. A removal
 * moves it to the one after. Walks may be nested, so they form a list. New subscribers go to the
 * front, where no walk that has started will meet them.
 *
 * Otherwise: the walk would follow a pointer inside memory that its own callback has freed.
 */
#include "base/notify.h"

#include <stddef.h>

struct notify_walk {
	struct notify_walk *outer;
	struct notify_sub *next;
};

void notify_add(struct notify *n, struct notify_sub *s, notify_fn fn, void *arg)
{
	s->fn = fn;
	s->arg = arg;
	s->next = n->first;
	s->prev = &n->first;
	if (n->first)
		n->first->prev = &s->next;
	n->first = s;
}

void notify_remove(struct notify *n, struct notify_sub *s)
{
	if (!s->prev)
		return;
	for (struct notify_walk *w = n->walk; w; w = w->outer)
		if (w->next == s)
			w->next = s->next;
	*s->prev = s->next;
	if (s->next)
		s->next->prev = s->prev;
	s->next = NULL;
	s->prev = NULL;
}

void notify_tell(struct notify *n, const void *what)
{
	struct notify_walk w = { .outer = n->walk, .next = n->first };
	struct notify_sub *s;

	n->walk = &w;
	while ((s = w.next)) {
		w.next = s->next;
		s->fn(s->arg, what);
	}
	n->walk = w.outer;
}
