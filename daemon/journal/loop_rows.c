// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Injections as the loop reads them: what is queued and not known to be on disk is laid over the
 * rows. Without that a client could read an older state than the one it was answered.
 */
#include <string.h>

#include "journal/loop.h"

static void overlay(const struct journal *j, struct journal_row *row)
{
	for (const struct item *it = journal_first_pending(j); it; it = it->pending_next) {
		const struct journal_step *c = &it->step;

		if (!uuid_equal(&c->id, &row->id) ||
		    !inj_transition_legal(row->outcome.state, c->state, false))
			continue;
		row->outcome.state = c->state;
		row->outcome.read = c->read;
		row->outcome.ack_ns = c->ack_ns;
		row->outcome.decided_real_ns = c->real_ns;
		memcpy(row->outcome.detail, c->detail, sizeof(row->outcome.detail));
	}
}

int journal_get(struct journal *j, const struct uuid *id, struct journal_row *out,
		struct ras_err *err)
{
	int r = journal_after_read(j, journal_reader_get(journal_reader_of(j), id, out, err));

	if (r == 0)
		overlay(j, out);
	return r;
}

int journal_find_request(struct journal *j, uid_t uid, const char *request_id,
			 struct journal_row *out, struct ras_err *err)
{
	int r = journal_after_read(j, journal_reader_find(journal_reader_of(j), uid, request_id,
							  out, err));

	if (r == 0)
		overlay(j, out);
	return r;
}

struct listing {
	const struct journal *j;
	int (*fn)(void *arg, const struct journal_row *row);
	void *arg;
	const struct journal_words *states; /* that are asked for; NULL: all */
};

/* What is laid over the row may be a state that is not asked for. */
static bool is_asked_for(const struct journal_words *states, enum inj_state state)
{
	for (size_t i = 0; states && i < states->n; i++)
		if (strcmp(states->v[i], inj_state_name(state)) == 0)
			return true;
	return !states || !states->n;
}

static int list_one(void *arg, struct journal_row *row)
{
	const struct listing *l = arg;

	overlay(l->j, row);
	return is_asked_for(l->states, row->outcome.state) ? l->fn(l->arg, row) : 0;
}

int journal_page(struct journal *j, struct journal_page *p,
		 int (*fn)(void *arg, const struct journal_row *row), void *arg,
		 struct ras_err *err)
{
	struct listing l = { j, fn, arg, &p->filter.state };

	return journal_after_read(j,
				  journal_reader_page(journal_reader_of(j), p, list_one, &l, err));
}

int journal_transitions(struct journal *j, const struct uuid *id,
			int (*fn)(void *arg, const struct journal_feed_entry *e), void *arg,
			struct ras_err *err)
{
	int ret = journal_after_read(j, journal_reader_transitions(journal_reader_of(j), id, fn,
								   arg, err));

	for (const struct item *it = journal_first_pending(j); it && ret == 0;
	     it = it->pending_next) {
		struct journal_feed_entry e = { .id = *id,
						.state = it->step.state,
						.read = it->step.read,
						.real_ns = it->step.real_ns };

		if (!uuid_equal(&it->step.id, id))
			continue;
		memcpy(e.detail, it->step.detail, sizeof(e.detail));
		if (fn(arg, &e))
			break;
	}
	return ret;
}

int journal_undecided(struct journal *j, int (*fn)(void *arg, const struct journal_row *row),
		      void *arg, struct ras_err *err)
{
	struct listing l = { j, fn, arg, NULL };

	return journal_reader_undecided(journal_reader_of(j), list_one, &l, err);
}
