// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Retention: what is deleted, what stays whatever the limits are, and what a reader of the feed is
 * told. The clocks are this test's; the writer's steps are called by hand.
 */
#include <fcntl.h>

#include "base/process.h"
#include "journal/private.h"
#include "journal/retain.h"
#include "journal_env.h"

#define HOUR_NS (3600 * 1000000000LL)
#define DAY_NS (24 * HOUR_NS)

static int64_t boot_ns = 5 * HOUR_NS, real_ns = 1800000000000000000, mono_ns = 4 * HOUR_NS;

/* In place of lib/base/clock.c. Steps of 1 ns, so that no two times are the same. */
int64_t clock_boot_ns(void)
{
	return __atomic_add_fetch(&boot_ns, 1, __ATOMIC_RELAXED);
}

int64_t clock_real_ns(void)
{
	return __atomic_add_fetch(&real_ns, 1, __ATOMIC_RELAXED);
}

int64_t clock_mono_ns(void)
{
	return __atomic_add_fetch(&mono_ns, 1, __ATOMIC_RELAXED);
}

static void pass(int64_t ns)
{
	boot_ns += ns;
	real_ns += ns;
	mono_ns += ns;
}

struct renv {
	char dir[64];
	struct journal_db *d;
	struct journal_reader *r;
	struct retain rt;
	int n;
};

static void open_db(struct renv *e, int64_t days, int64_t rows)
{
	struct ras_err err = RAS_ERR_NULL;
	size_t n;

	journal_reader_close(e->r);
	journal_db_close(e->d);
	if (journal_db_open(&e->d, e->dir, false, &n, &err) ||
	    journal_reader_open(&e->r, e->dir, &err))
		fail_msg("%s", err.text);
	journal_db_sync(e->d, false); /* the host of a test does not die */
	retain_init(&e->rt, &(struct journal_keep){ .days = days, .rows = rows });
}

static int rsetup(void **state)
{
	struct renv *e = calloc(1, sizeof(*e));

	log_set_sink(no_log);
	snprintf(e->dir, sizeof(e->dir), "/tmp/test-retain-XXXXXX");
	if (!mkdtemp(e->dir))
		return -1;
	open_db(e, 0, 0);
	*state = e;
	return 0;
}

static int rteardown(void **state)
{
	static const char *const names[] = { "journal.db", "journal.db-wal", "journal.db-shm",
					     "journal.lock" };
	struct renv *e = *state;
	char path[192];

	journal_reader_close(e->r);
	journal_db_close(e->d);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", e->dir, names[i]);
		unlink(path);
	}
	rmdir(e->dir);
	free(e);
	return 0;
}

static void step_to(struct renv *e, const struct journal_row *row, enum inj_state state, bool by)
{
	struct journal_step c = { .id = row->id, .state = state, .real_ns = clock_real_ns() };
	struct ras_err err;

	assert_int_equal(journal_db_begin(e->d, &err), 0);
	assert_int_equal(journal_db_change(e->d, &c, by, &err), 0);
	assert_int_equal(journal_db_commit(e->d, &err), 0);
}

/* A row of QEMU pid (0: one that is gone), decided as state (or left as it is). */
static struct journal_row store(struct renv *e, enum inj_state state, pid_t pid, uint32_t source)
{
	struct journal_row row = make_row(++e->n);
	struct ras_err err;

	strcpy(row.target.domain, "vm1");
	row.gen.pid = pid ? pid : 1 << 29;
	row.gen.start_time = pid ? process_start_time(pid) : 1;
	row.target.source_id = source;
	row.created_real_ns = clock_real_ns();
	assert_int_equal(journal_db_begin(e->d, &err), 0);
	assert_int_equal(journal_db_intent(e->d, &row, clock_boot_ns(), &err), 0);
	assert_int_equal(journal_db_commit(e->d, &err), 0);
	if (state != INJ_INTENT)
		step_to(e, &row, state, false);
	return row;
}

static bool there(struct renv *e, const struct journal_row *row)
{
	struct journal_row got;
	struct ras_err err;

	return journal_reader_get(e->r, &row->id, &got, &err) == 0;
}

/* Steps until a pass has ended. */
static int run_pass(struct renv *e)
{
	int n = 0;

	do {
		assert_true(n++ < 10000);
		retain_step(&e->rt, e->d);
	} while (e->rt.seen_rowid);
	assert_int_equal(db_int(e->d->db, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	assert_int_equal(db_int(e->d->db, "SELECT count(*) FROM injection"),
			 db_int(e->d->db, "SELECT counted + (SELECT max(rowid) FROM injection)"
					  " - counted_rowid FROM retention"));
	return n;
}

static void by_age(void **state)
{
	struct renv *e = *state;
	struct journal_row old, young, open, written, unknown, resolved, last;

	open_db(e, 3, 0);
	old = store(e, INJ_ACKNOWLEDGED, 0, 1);
	open = store(e, INJ_INTENT, 0, 1);
	written = store(e, INJ_WRITTEN, 0, 1);
	unknown = store(e, INJ_UNKNOWN, 0, 1);
	resolved = store(e, INJ_UNKNOWN, 0, 1);
	pass(DAY_NS);
	young = store(e, INJ_REFUSED, 0, 1);
	pass(2 * DAY_NS + HOUR_NS);
	step_to(e, &resolved, INJ_LOST, true); /* today */
	last = store(e, INJ_REFUSED, 0, 1);
	run_pass(e);
	assert_false(there(e, &old));
	assert_true(there(e, &open));
	assert_true(there(e, &written));
	assert_true(there(e, &unknown));
	assert_true(there(e, &resolved));
	assert_true(there(e, &young));
	pass(3 * DAY_NS);
	run_pass(e);
	assert_false(there(e, &young));
	assert_false(there(e, &resolved)); /* an operator has resolved it three days ago */
	assert_true(there(e, &open));
	assert_true(there(e, &written));
	assert_true(there(e, &unknown));
	assert_true(there(e, &last)); /* the newest of all stays */
	assert_int_equal(db_int(e->d->db, "SELECT count(*) FROM injection"), 4);
}

static void store_host_event(struct renv *e, int n, enum host_decision d)
{
	struct host_item item = { .has_event = true };
	struct ras_err err;

	item.event.id.b[0] = (uint8_t)n;
	item.event.verdict.decision = d;
	item.event.verdict.decided_real_ns = clock_real_ns();
	assert_int_equal(journal_db_begin(e->d, &err), 0);
	assert_int_equal(journal_db_host(e->d, &item, &err), 0);
	assert_int_equal(journal_db_commit(e->d, &err), 0);
}

/* Old host events go; pending ones and the newest stay; their numbers are not used again. */
static void host_events_go(void **state)
{
	struct renv *e = *state;

	open_db(e, 3, 0);
	store_host_event(e, 1, HOST_PENDING);
	for (int n = 2; n < 40; n++)
		store_host_event(e, n, HOST_COUNTED);
	pass(2 * DAY_NS);
	store_host_event(e, 40, HOST_COUNTED);
	for (int n = 0; n < 10; n++) {
		pass(HOUR_NS);
		retain_step(&e->rt, e->d);
	}
	assert_int_equal(db_int(e->d->db, "SELECT count(*) FROM host_event"), 40);
	pass(2 * DAY_NS);
	for (int n = 0; n < 10; n++) {
		pass(HOUR_NS);
		retain_step(&e->rt, e->d);
	}
	assert_int_equal(db_int(e->d->db, "SELECT count(*) FROM host_event"), 2);
	assert_int_equal(db_int(e->d->db, "SELECT deleted_seq FROM retention"), 38);
	store_host_event(e, 41, HOST_COUNTED);
	assert_int_equal(db_int(e->d->db, "SELECT max(seq) FROM host_event"), 40);
}

static void nothing_without_limits(void **state)
{
	struct renv *e = *state;
	struct journal_row row = store(e, INJ_REFUSED, 0, 1);

	store(e, INJ_REFUSED, 0, 1);
	pass(10000 * DAY_NS);
	assert_int_equal(retain_due_ns(&e->rt, 0), INT64_MAX);
	run_pass(e);
	assert_true(there(e, &row));
}

/* Many rows: the oldest go, but none of the last 24 hours. */
static void by_rows(void **state)
{
	struct renv *e = *state;
	struct journal_row first;
	int64_t pages, deleted;
	int n;

	open_db(e, 0, 100);
	first = store(e, INJ_ACKNOWLEDGED, 0, 1);
	for (int i = 1; i < 300; i++)
		store(e, INJ_ACKNOWLEDGED, 0, 1);
	pass(HOUR_NS * 23);
	assert_int_equal(run_pass(e), 1);
	assert_int_equal(db_int(e->d->db, "SELECT count(*) FROM injection"), 300);
	pages = db_int(e->d->db, "PRAGMA page_count");
	pass(HOUR_NS);
	n = run_pass(e);
	assert_true(n >= 200 / 16); /* in small steps */
	assert_int_equal(db_int(e->d->db, "SELECT count(*) FROM injection"), 100);
	assert_int_equal(db_int(e->d->db, "SELECT min(rowid) FROM injection"), 201);
	assert_false(there(e, &first));
	assert_int_equal(db_int(e->d->db, "SELECT count(*) FROM transition"), 200);
	deleted = db_int(e->d->db, "SELECT deleted_seq FROM retention");
	assert_int_equal(deleted, 400);
	/* the space is used again, and the count goes on over a restart */
	for (int i = 0; i < 190; i++)
		store(e, INJ_ACKNOWLEDGED, 0, 1);
	assert_true(db_int(e->d->db, "PRAGMA page_count") <= pages + 4);
	open_db(e, 0, 100);
	pass(2 * DAY_NS);
	run_pass(e);
	assert_int_equal(db_int(e->d->db, "SELECT count(*) FROM injection"), 100);
}

static int see_seq(void *arg, const struct journal_feed_entry *entry)
{
	*(uint64_t *)arg = entry->seq;
	return 1;
}

/* Numbers of the feed are not used again, also when all that had the newest ones are deleted. */
static void numbers_go_on(void **state)
{
	struct renv *e = *state;
	struct journal_feed_bounds bounds;
	struct journal_row unknown, low;
	struct ras_err err;
	uint64_t first = 0;

	open_db(e, 1, 0);
	unknown = store(e, INJ_UNKNOWN, 0, 1); /* 1, 2 */
	low = store(e, INJ_INTENT, 0, 1);      /* 3 */
	store(e, INJ_REFUSED, 0, 1);	       /* 4, 5 */
	store(e, INJ_INTENT, 0, 1);	       /* 6: the newest row, which stays */
	step_to(e, &low, INJ_REFUSED, false);  /* 7: the newest number, of a row that goes */
	assert_int_equal(journal_reader_feed(e->r, 0, 1, see_seq, &first, &err), 0);
	pass(2 * DAY_NS);
	run_pass(e);
	assert_int_equal(db_int(e->d->db, "SELECT max(seq) FROM transition"), 6);
	assert_int_equal(journal_reader_feed_bounds(e->r, &bounds, &err), 0);
	assert_int_equal(bounds.oldest, 8);
	assert_int_equal(bounds.newest, 7);
	/* a reader that has seen 3 has missed something, one that has seen 7 has not */
	assert_int_equal(journal_reader_feed(e->r, 3, 1, see_seq, &first, &err), 1);
	assert_int_equal(first, 6);
	assert_int_equal(journal_reader_feed(e->r, 7, 1, see_seq, &first, &err), 0);
	open_db(e, 1, 0);
	store(e, INJ_INTENT, 0, 1);
	assert_int_equal(db_int(e->d->db, "SELECT max(seq) FROM transition"), 8);
	assert_true(there(e, &unknown));
}

/* The newest record that reached an error source of a QEMU that lives is what read-back needs. */
static void before_of_a_living_guest(void **state)
{
	struct renv *e = *state;
	pid_t me = getpid();
	struct journal_row a1, a2, b1, refused, gone, before, next;
	struct ras_err err;

	open_db(e, 1, 0);
	a1 = store(e, INJ_ACKNOWLEDGED, me, 1);
	b1 = store(e, INJ_CONSUMED, me, 2);
	a2 = store(e, INJ_ACKNOWLEDGED, me, 1);
	gone = store(e, INJ_ACKNOWLEDGED, 0, 1);
	refused = store(e, INJ_REFUSED, me, 1);
	next = store(e, INJ_INTENT, me, 2);
	store(e, INJ_INTENT, me, 1);
	pass(2 * DAY_NS);
	run_pass(e);
	assert_false(there(e, &a1)); /* a later one reached that source */
	assert_true(there(e, &a2));
	assert_true(there(e, &b1));
	assert_false(there(e, &gone));
	assert_false(there(e, &refused));
	assert_int_equal(journal_reader_sent_before(e->r, &next, &before, &err), 0);
	assert_true(uuid_equal(&before.id, &b1.id));
	/* the next one has reached it: now b1 may go */
	step_to(e, &next, INJ_WRITTEN, false);
	run_pass(e);
	assert_false(there(e, &b1));
	assert_true(there(e, &next));
}

static void poison_stays(void **state)
{
	static const struct poison_page pages[] = { { { 0x1000 }, 5, "by hand" } };
	struct renv *e = *state;
	struct poison_import *im = calloc(1, sizeof(*im) + sizeof(pages));
	struct ras_err err;
	bool has = false;

	open_db(e, 1, 0);
	strcpy(im->domain, "vm1");
	im->n = 1;
	memcpy(im->pages, pages, sizeof(pages));
	assert_int_equal(journal_db_begin(e->d, &err), 0);
	assert_int_equal(journal_db_import(e->d, im, &err), 0);
	assert_int_equal(journal_db_commit(e->d, &err), 0);
	free(im);
	store(e, INJ_REFUSED, 0, 1);
	store(e, INJ_REFUSED, 0, 1);
	pass(1000 * DAY_NS);
	run_pass(e);
	assert_int_equal(db_int(e->d->db, "SELECT count(*) FROM injection"), 1);
	assert_int_equal(journal_reader_poison_has(e->r, "vm1", pages[0].gpa, &has, &err), 0);
	assert_true(has);
}

/* A clock that is years off must not delete the journal. */
static void clock_jumps(void **state)
{
	struct renv *e = *state;
	struct journal_row row;

	open_db(e, 90, 0);
	row = store(e, INJ_REFUSED, 0, 1);
	store(e, INJ_REFUSED, 0, 1);
	pass(2 * HOUR_NS);
	real_ns += 4000 * DAY_NS; /* while rasd runs */
	run_pass(e);
	pass(HOUR_NS / 2);
	run_pass(e);
	assert_true(there(e, &row));
	real_ns -= 4000 * DAY_NS; /* and it is set right */
	run_pass(e);
	pass(HOUR_NS * 2);
	run_pass(e);
	assert_true(there(e, &row));
	real_ns += 4000 * DAY_NS; /* wrong since before the start, for less than an hour */
	open_db(e, 90, 0);
	pass(HOUR_NS - 1000000000);
	run_pass(e);
	assert_true(there(e, &row));
	pass(1000000000);
	run_pass(e);
	assert_false(there(e, &row)); /* believed */
}

/* When the steps come: not at the start, not beside work, but not never. */
static void when(void **state)
{
	struct renv *e = *state;
	int64_t now;

	open_db(e, 0, 200);
	now = mono_ns;
	assert_true(retain_due_ns(&e->rt, now) >= now + HOUR_NS);
	for (int i = 0; i < 400; i++)
		store(e, INJ_REFUSED, 0, 1);
	pass(2 * DAY_NS);
	now = mono_ns;
	assert_true(retain_due_ns(&e->rt, 0) <= now);
	assert_true(retain_due_ns(&e->rt, now) <= now); /* it has waited for days */
	retain_step(&e->rt, e->d);
	assert_int_equal(db_int(e->d->db, "SELECT count(*) FROM injection"), 396);
	now = mono_ns;
	assert_true(e->rt.behind);
	assert_in_range(retain_due_ns(&e->rt, now), now + 1, now + 100000000);
	while (db_int(e->d->db, "SELECT count(*) FROM injection") > 224)
		retain_step(&e->rt, e->d);
	retain_step(&e->rt, e->d);
	assert_false(e->rt.behind);
	now = mono_ns;
	assert_in_range(retain_due_ns(&e->rt, now), now + 50000000, now + 200000000);
	run_pass(e);
	assert_true(retain_due_ns(&e->rt, 0) > mono_ns + 60 * 1000000000LL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, rsetup, rteardown)
	const struct CMUnitTest tests[] = {
		T(by_age),	 T(host_events_go), T(nothing_without_limits),
		T(by_rows),	 T(numbers_go_on),  T(before_of_a_living_guest),
		T(poison_stays), T(clock_jumps),    T(when)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
