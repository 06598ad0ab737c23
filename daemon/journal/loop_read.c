// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the loop reads as it is on the disk: nothing that is queued is laid over it. */
#include "journal/loop.h"
#include "journal/reader.h"

int journal_only_id(struct journal *j, const struct uuid *from, const struct uuid *to,
		    struct uuid *out, struct ras_err *err)
{
	return journal_reader_only_id(journal_reader_of(j), from, to, out, err);
}

int journal_has_injection(struct journal *j, const char *domain, bool *out, struct ras_err *err)
{
	return journal_reader_has_injection(journal_reader_of(j), domain, out, err);
}

struct uuid journal_identity(const struct journal *j)
{
	return journal_reader_of(j)->identity;
}

int journal_sent_before(struct journal *j, const struct journal_row *row, struct journal_row *out,
			struct ras_err *err)
{
	return journal_reader_sent_before(journal_reader_of(j), row, out, err);
}

int journal_feed(struct journal *j, uint64_t after, size_t limit,
		 int (*fn)(void *arg, const struct journal_feed_entry *e), void *arg,
		 struct ras_err *err)
{
	return journal_reader_feed(journal_reader_of(j), after, limit, fn, arg, err);
}

int journal_news(struct journal *j, uint64_t after, size_t limit,
		 int (*fn)(void *arg, const struct journal_news *n), void *arg, struct ras_err *err)
{
	return journal_reader_news(journal_reader_of(j), after, limit, fn, arg, err);
}

int journal_feed_bounds(struct journal *j, struct journal_feed_bounds *out, struct ras_err *err)
{
	return journal_reader_feed_bounds(journal_reader_of(j), out, err);
}

int journal_cursor_get(struct journal *j, const char *source, struct journal_cursor *out,
		       struct ras_err *err)
{
	return journal_reader_cursor(journal_reader_of(j), source, out, err);
}

int journal_poison_list(struct journal *j, const char *domain, const struct gpa *after,
			size_t limit, int (*fn)(void *arg, const struct poison_page *page),
			void *arg, struct ras_err *err)
{
	return journal_reader_poison_list(journal_reader_of(j), domain, after, limit, fn, arg, err);
}

int journal_poison_count(struct journal *j, const char *domain, uint64_t *out, struct ras_err *err)
{
	return journal_reader_poison_count(journal_reader_of(j), domain, out, err);
}

int journal_poison_count_from(struct journal *j, const char *domain, struct gpa *from, size_t limit,
			      uint64_t *out, struct ras_err *err)
{
	return journal_reader_poison_count_from(journal_reader_of(j), domain, from, limit, out,
						err);
}

int journal_poison_of(struct journal *j, const char *domain, struct poison_of *out,
		      struct ras_err *err)
{
	return journal_reader_poison_of(journal_reader_of(j), domain, out, err);
}

int journal_poison_has(struct journal *j, const char *domain, struct gpa gpa, bool *out,
		       struct ras_err *err)
{
	return journal_reader_poison_has(journal_reader_of(j), domain, gpa, out, err);
}
