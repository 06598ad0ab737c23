// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What rasd holds for one person (persons.c).
 *
 * The problem: a client that asks for long answers and reads none, on 64 connections, makes rasd
 * hold 64 times what one may.
 * The rule: all connections of a person share MAX_HELD_BYTES for requests and answers. When it is
 * full, connections that hold little go on as ever, and one that holds more: the favoured one. The
 * others wait; nothing is refused. The favoured one ends or is dropped for not reading, then
 * another is favoured. Without a favoured one, 64 half answers could wait for each other for ever.
 *
 * A call counts until its handler has answered, also when its client has gone. Otherwise somebody
 * who asks for something slow and leaves, again and again, makes rasd hold calls without a bound.
 */
#include <stdlib.h>

#include "control/persons.h"
#include "control/server_private.h"

struct account *account_join(struct server *s, uid_t uid)
{
	const uid_t person = persons_of(s->persons, uid);
	struct account *a;

	for (a = s->accounts; a && a->person != person; a = a->next)
		;
	if (!a) {
		a = calloc(1, sizeof(*a));
		if (!a)
			return NULL;
		a->person = person;
		a->server = s;
		TAILQ_INIT(&a->waiting);
		a->next = s->accounts;
		s->accounts = a;
	}
	/* Root is who ends the others. */
	if (uid != 0 && a->n_conns >= MAX_CONNS_PER_PERSON)
		return NULL;
	a->n_conns++;
	return a;
}

static void account_free_unused(struct account *a)
{
	if (a->n_conns || a->n_calls)
		return;
	for (struct account **at = a->server ? &a->server->accounts : NULL; at && *at;
	     at = &(*at)->next)
		if (*at == a) {
			*at = a->next;
			break;
		}
	free(a);
}

void accounts_leave_server(struct server *s)
{
	while (s->accounts) {
		struct account *a = s->accounts;

		s->accounts = a->next;
		a->server = NULL;
	}
}

static void wake_all(const struct server *s, const struct account *a)
{
	for (struct conn *c = s->conns; c; c = c->next)
		if (c->account == a)
			conn_wake(c);
}

void account_leave(struct conn *c)
{
	struct account *a = c->account;
	struct server *s = c->server;
	bool was_full = a->held_bytes >= MAX_HELD_BYTES;

	a->held_bytes -= c->held_bytes;
	a->n_conns--;
	if (a->favoured == c)
		a->favoured = NULL;
	if (was_full)
		wake_all(s, a);
	account_free_unused(a);
}

static size_t held_by(const struct buf *b)
{
	return buf_len(b) ? b->size : 0; /* an empty one is given back at the end of the turn */
}

void account_update(struct conn *c)
{
	struct account *a = c->account;
	size_t held = held_by(&c->io.in) + held_by(&c->io.out) + c->calls.text_bytes;
	bool was_full = a->held_bytes >= MAX_HELD_BYTES;

	if (held == c->held_bytes)
		return;
	a->held_bytes += held - c->held_bytes;
	c->held_bytes = held;
	if (a->favoured == c && (held <= FREE_BYTES || a->held_bytes < MAX_HELD_BYTES)) {
		a->favoured = NULL;
		wake_all(c->server, a);
	} else if (was_full && a->held_bytes < MAX_HELD_BYTES) {
		wake_all(c->server, a);
	}
}

bool account_allows(struct conn *c)
{
	struct account *a = c->account;

	if (a->held_bytes < MAX_HELD_BYTES || c->held_bytes <= FREE_BYTES || a->favoured == c)
		return true;
	if (a->favoured)
		return false;
	a->favoured = c;
	return true;
}

bool account_allows_call(struct conn *c)
{
	struct account *a = c->account;

	if (a->n_calls < MAX_CALLS_PER_PERSON)
		return true;
	if (!c->calls.n_open &&
	    (a->person == 0 || a->n_calls < MAX_CALLS_PER_PERSON + MAX_CONNS_PER_PERSON))
		return true;
	a->calls_wait = true;
	return false;
}

void account_call(struct account *a)
{
	a->n_calls++;
}

void account_call_end(struct account *a)
{
	a->n_calls--;
	if (a->calls_wait && a->server) {
		a->calls_wait = false;
		wake_all(a->server, a);
	}
	account_free_unused(a);
}
