// SPDX-License-Identifier: LGPL-2.1-or-later
/* Host events as the loop queues and reads them. */
#include <stdlib.h>

#include "journal/loop.h"

static int no_memory(struct item *it, struct ras_err *err)
{
	item_free(it);
	return ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
}

int journal_host_event(struct journal *j, const struct host_event *e,
		       const struct journal_cursors *moved, int64_t may_wait_ns,
		       journal_done_fn done, void *arg, struct ras_err *err)
{
	struct item *it = journal_new_item(IT_HOST, done, arg);

	if (it)
		it->host = calloc(1, sizeof(*it->host));
	if (!it || !it->host ||
	    (moved && moved->n && !(it->moves = journal_copy_cursors(moved->v, moved->n))))
		return no_memory(it, err);
	it->host->has_event = true;
	it->host->event = *e;
	return journal_put_counted(j, it, may_wait_ns, err);
}

int journal_forward_seen(struct journal *j, const struct host_forward_key *key, bool gone,
			 struct ras_err *err)
{
	struct item *it = journal_new_item(IT_HOST, NULL, NULL);

	if (it)
		it->host = calloc(1, sizeof(*it->host));
	if (!it || !it->host)
		return no_memory(it, err);
	it->host->seen = !gone;
	it->host->gone = gone;
	it->host->forward.key = *key;
	return journal_put_counted(j, it, 0, err);
}

int journal_forward_get(struct journal *j, const struct host_forward_key *key,
			struct host_forward *out, struct ras_err *err)
{
	return journal_reader_forward(journal_reader_of(j), key, out, err);
}

int journal_forwards_open(struct journal *j,
			  int (*fn)(void *arg, const struct host_forward *fw,
				    const struct host_event *e),
			  void *arg, struct ras_err *err)
{
	return journal_reader_forwards_open(journal_reader_of(j), fn, arg, err);
}

int journal_host_pending(struct journal *j, size_t limit,
			 int (*fn)(void *arg, const struct host_event *e), void *arg,
			 struct ras_err *err)
{
	return journal_reader_host_pending(journal_reader_of(j), limit, fn, arg, err);
}

int journal_host_page(struct journal *j, struct journal_page *p,
		      int (*fn)(void *arg, const struct host_event *e), void *arg,
		      struct ras_err *err)
{
	return journal_reader_host_page(journal_reader_of(j), p, fn, arg, err);
}

int journal_host_settled(struct journal *j, const char *domain, struct hpa from, struct gpa first,
			 uint64_t len, int64_t *when_ns, struct ras_err *err)
{
	return journal_reader_host_settled(journal_reader_of(j), domain, from, first, len, when_ns,
					   err);
}

int journal_host_day(struct journal *j, int64_t page_bytes, int64_t since_ns, size_t limit,
		     void (*fn)(void *arg, const struct host_day *d), void *arg,
		     struct ras_err *err)
{
	return journal_reader_host_day(journal_reader_of(j), page_bytes, since_ns, limit, fn, arg,
				       err);
}

int journal_host_lost(struct journal *j, const char *domain, int64_t since_ns,
		      struct host_event *out, struct ras_err *err)
{
	return journal_reader_host_lost(journal_reader_of(j), domain, since_ns, out, err);
}

int journal_host_counts(struct journal *j, const char *domain, struct host_counts *out,
			struct ras_err *err)
{
	return journal_reader_host_counts(journal_reader_of(j), domain, out, err);
}
