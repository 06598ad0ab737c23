// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guests/facts.h"

#include <assert.h>
#include <string.h>

#include "guests/guest.h"

void guests_ask(struct guests *gs, const struct guest_question *q, size_t n)
{
	struct guest_questions *all = guests_questions(gs);

	for (size_t i = 0; i < n; i++) {
		assert(all->n < GUEST_MAX_QUESTIONS); /* the tables of backend/ are too long */
		all->v[all->n++] = &q[i];
	}
}

static size_t place(const struct guest *g, const char *key)
{
	const struct guest_questions *all = guests_questions(g->gs);
	size_t i = 0;

	while (i < all->n && strcmp(all->v[i]->key, key) != 0)
		i++;
	return i;
}

enum guest_fact guest_fact(const struct guest *g, const char *key)
{
	size_t i = place(g, key);

	return i < guests_questions(g->gs)->n ? g->machine.fact[i] : FACT_NONE;
}

void guest_learn(struct guest *g, const char *key, enum guest_fact fact)
{
	size_t i = place(g, key);

	if (i < guests_questions(g->gs)->n)
		g->machine.fact[i] = fact;
}

void guest_each_shown(const struct guest *g,
		      void (*fn)(void *arg, const char *name, enum guest_fact fact), void *arg)
{
	const struct guest_questions *all = guests_questions(g->gs);

	for (size_t i = 0; i < all->n; i++)
		if (all->v[i]->shown)
			fn(arg, all->v[i]->shown, g->machine.fact[i]);
}
