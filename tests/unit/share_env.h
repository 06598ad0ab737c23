// SPDX-License-Identifier: LGPL-2.1-or-later
/* A queue of injections without a guest. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "inject/budget.h"
#include "inject/queue.h"

#define ALICE 1000
#define BOB 1001
#define CAROL 1002

static size_t n_accepted;

/* Into the queue, as inj_new() does; its number is in reset_count. */
static struct injection *put(struct queue *q, uid_t uid, int64_t place, bool other_boot, size_t n)
{
	struct injection *i = calloc(1, sizeof(*i)), **at;

	assert_non_null(i);
	i->queue = q;
	i->row.asked.uid = uid;
	i->row.gen.reset_count = n;
	i->row.place = place;
	i->row.other_boot = other_boot;
	for (at = &q->first; *at && share_is_behind(&i->row, &(*at)->row); at = &(*at)->next)
		;
	i->next = *at;
	*at = i;
	q->n++;
	return i;
}

static struct injection *ask(struct queue *q, uid_t uid)
{
	return put(q, uid, share_place(q, uid), false, ++n_accepted);
}

/* The first is sent and decided: whose was it, and which? */
static uid_t sent(struct queue *q, size_t *number)
{
	struct injection *i = q->first;
	uid_t uid = i->row.asked.uid;

	if (number)
		*number = i->row.gen.reset_count;
	share_worked_on(i);
	q->first = i->next;
	q->n--;
	free(i);
	return uid;
}

static void empty(struct queue *q)
{
	while (q->first)
		sent(q, NULL);
}

static int setup(void **state)
{
	struct queue *q = calloc(1, sizeof(*q));

	assert_non_null(q);
	share_init(q);
	n_accepted = 0;
	*state = q;
	return 0;
}

static int teardown(void **state)
{
	empty(*state);
	free(*state);
	return 0;
}
