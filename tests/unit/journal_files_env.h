// SPDX-License-Identifier: LGPL-2.1-or-later
/* For tests that remove, move, cut or replace the journal's files. */
#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include "tests/unit/journal_env.h"

static char logged[8192];

static inline void keep_log(int level, const char *line)
{
	size_t n = strlen(logged);

	(void)level;
	snprintf(logged + n, sizeof(logged) - n, "%s\n", line);
}

static inline const char *at(const struct env *e, const char *name)
{
	static char path[4][192];
	static int i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s/%s", e->sub, name);
	return path[i];
}

static inline size_t count_log(const char *what)
{
	size_t n = 0;

	for (const char *p = logged; (p = strstr(p, what)); p += strlen(what))
		n++;
	return n;
}

static struct ras_err fatal;
static int n_fatal;

static inline void on_fatal(void *arg, const struct ras_err *why)
{
	(void)arg;
	n_fatal++;
	fatal = *why;
}

static inline int try_open(struct env *e, bool accept_loss, struct ras_err *err)
{
	struct journal_options o = { .accept_loss = accept_loss, .on_fatal = on_fatal };

	*err = RAS_ERR_NULL;
	return journal_open(&e->j, e->base, e->sub, &o, &e->n_undecided, err);
}

static inline int setup_files(void **state)
{
	struct env *e;
	struct ras_err err;
	int r = setup(state);

	if (r)
		return r;
	e = *state;
	journal_close(e->j);
	n_fatal = 0;
	logged[0] = '\0';
	log_set_sink(keep_log);
	assert_int_equal(try_open(e, false, &err), 0);
	return 0;
}

static inline int teardown_files(void **state)
{
	struct env *e = *state;

	unlink(at(e, "journal.db-wal.left"));
	unlink(at(e, "moved"));
	return teardown(state);
}

/* Why an intent is refused; "" if it is not. */
static inline const char *refusal(struct env *e, int n)
{
	static struct ras_err why;
	struct resolved r = { 0 };
	struct journal_row row = make_row(n);
	struct ras_err err;

	assert_int_equal(journal_intent(e->j, &row, NULL, 0, on_resolved, &r, &err), 0);
	wait_for(e, &r.result);
	why = r.why;
	if (r.result.code) {
		assert_int_equal(r.result.code, RAS_E_JOURNAL);
		assert_true(why.hint[0]);
	}
	return why.text;
}

static inline void add_rows(struct env *e, int from, int to)
{
	for (int i = from; i < to; i++) {
		struct journal_row row = make_row(i);

		assert_int_equal(add(e, &row), 0);
	}
}

static inline bool has(struct env *e, int n)
{
	struct journal_row row = make_row(n), out;
	struct ras_err err;

	return journal_get(e->j, &row.id, &out, &err) == 0;
}
