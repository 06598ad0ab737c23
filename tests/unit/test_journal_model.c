// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The journal against a model: random intents, transitions (legal or not), resolves, cursors,
 * retention and crashes, drawn from a seed. After each step that is stored, and after each crash,
 * what the journal says must be what the model says. A failing seed is printed: run it alone with
 * JOURNAL_SEED=n; JOURNAL_SEEDS=n runs that many.
 *
 * The writer is called by hand, without its thread, on this test's clocks, so a seed is the same
 * each time. A crash closes the database between the statements of a group (nothing of the group
 * may be there) or after its commit (all of it must be).
 */
#include "journal/private.h"
#include "journal/retain.h"
#include "journal/writer.h"
#include "journal_env.h"

#define HOUR_NS (3600 * 1000000000LL)
#define MAX_ROWS 64
#define MAX_GROUP 6
#define STEPS 40

static int64_t now_ns;

/* In place of lib/base/clock.c: steps of 1 us, so that no two times are the same. */
int64_t clock_boot_ns(void)
{
	return now_ns += 1000;
}

int64_t clock_real_ns(void)
{
	return 1800000000000000000 + (now_ns += 1000);
}

int64_t clock_mono_ns(void)
{
	return now_ns += 1000;
}

static uint64_t seed, rng;

static uint32_t draw(uint32_t n)
{
	rng = rng * 6364136223846793005 + 1442695040888963407;
	return (uint32_t)(rng >> 33) % n;
}

/* One injection as it must be. */
struct model_row {
	bool deleted;
	enum inj_state state;
	enum record_read read;
	int64_t decided_ns;
	int n_transitions;
	uint64_t last_seq;
};

struct model {
	struct model_row row[MAX_ROWS];
	int n;
	uint64_t seq, deleted_seq;
	int cursor; /* position of "trace"; -1 none */
};

struct world {
	char dir[64];
	struct journal_db *d;
	struct journal_reader *r;
	struct writer *w;
	struct model m;
	int next; /* number of the next intent, also of one that is lost in a crash */
	int ids[MAX_ROWS];
};

static const struct journal_keep keep = { .days = 2, .rows = 10 };

static void open_world(struct world *w)
{
	struct ras_err err = RAS_ERR_NULL;
	size_t n;

	if (journal_db_open(&w->d, w->dir, false, &n, &err) ||
	    journal_reader_open(&w->r, w->dir, &err) || writer_new(&w->w, w->d, &keep, &err))
		fail_msg("%s", err.text);
}

static void close_world(struct world *w)
{
	writer_free(w->w);
	journal_reader_close(w->r);
	journal_db_close(w->d);
}

static struct item *new_item(enum item_kind kind)
{
	struct item *it = calloc(1, sizeof(*it));

	it->kind = kind;
	it->boot_ns = clock_boot_ns();
	return it;
}

static void move_cursor(struct model *m, struct item *it)
{
	m->cursor = (int)draw(1000);
	it->moves = calloc(1, sizeof(*it->moves));
	it->moves->n = 1;
	strcpy(it->moves->cursor[0].source, "trace");
	snprintf(it->moves->cursor[0].position, 16, "%d", m->cursor);
}

static struct item *draw_intent(struct world *w, struct model *m)
{
	struct item *it = new_item(IT_INTENT);
	struct model_row *r = &m->row[m->n];

	it->row = malloc(sizeof(*it->row));
	*it->row = make_row(w->next);
	it->row->created_real_ns = clock_real_ns();
	w->ids[m->n++] = w->next++;
	*r = (struct model_row){ .decided_ns = it->row->created_real_ns,
				 .n_transitions = 1,
				 .last_seq = ++m->seq };
	if (draw(2))
		move_cursor(m, it);
	return it;
}

/* Any row, any state: the model says whether it is legal. *fails: the item must be refused. */
static struct item *draw_change(struct world *w, struct model *m, bool by, bool *fails)
{
	struct item *it = new_item(by ? IT_RESOLVE : IT_TRANSITION);
	int at = (int)draw((uint32_t)m->n);
	struct model_row *r = &m->row[at];
	struct journal_step *c = &it->step;

	*c = (struct journal_step){ .id = make_row(w->ids[at]).id,
				    .state = (enum inj_state)draw(INJ__MAX),
				    .real_ns = clock_real_ns() };
	if (c->state == INJ_LOST)
		c->read = (enum record_read)draw(READ__MAX);
	*fails = r->deleted || !inj_transition_legal(r->state, c->state, by);
	if (*fails)
		return it;
	r->state = c->state;
	r->read = c->read;
	r->decided_ns = c->real_ns;
	r->n_transitions++;
	r->last_seq = ++m->seq;
	return it;
}

static struct item *draw_cursor(struct model *m)
{
	struct item *it = new_item(IT_CURSOR);

	move_cursor(m, it);
	return it;
}

/* The feed: what each row has in it, and that numbers rise. */
struct feed_check {
	struct world *w;
	uint64_t last;
	int n[MAX_ROWS];
	enum inj_state state[MAX_ROWS];
};

static int check_entry(void *arg, const struct journal_feed_entry *e)
{
	struct feed_check *f = arg;
	int number, at = 0;

	memcpy(&number, e->id.b, sizeof(number));
	while (at < f->w->m.n && f->w->ids[at] != number)
		at++;
	assert_true(at < f->w->m.n);
	assert_true(e->seq > f->last);
	f->last = e->seq;
	/* each state follows the one before by the table, the first is intent */
	assert_true(f->n[at]++ == 0 ? e->state == INJ_INTENT :
				      inj_transition_legal(f->state[at], e->state, false) ||
					      inj_transition_legal(f->state[at], e->state, true));
	f->state[at] = e->state;
	return 0;
}

static void check_world(struct world *w)
{
	struct model *m = &w->m;
	struct feed_check f = { .w = w };
	struct journal_feed_bounds b;
	struct journal_cursor c;
	struct journal_row row;
	struct ras_err err;
	int rows = 0, ret;

	ret = journal_reader_feed(w->r, 0, SIZE_MAX, check_entry, &f, &err);
	assert_int_equal(ret, m->deleted_seq > 0);
	for (int i = 0; i < m->n; i++) {
		struct model_row *r = &m->row[i];
		struct uuid id = make_row(w->ids[i]).id;

		ret = journal_reader_get(w->r, &id, &row, &err);
		assert_int_equal(ret, r->deleted ? -RAS_E_NOT_FOUND : 0);
		assert_int_equal(f.n[i], r->deleted ? 0 : r->n_transitions);
		if (r->deleted)
			continue;
		rows++;
		assert_int_equal(row.outcome.state, r->state);
		assert_int_equal(f.state[i], r->state);
		assert_int_equal(row.outcome.read, r->read);
		assert_int_equal(row.outcome.decided_real_ns, r->decided_ns);
	}
	assert_int_equal(db_int(w->d->db, "SELECT count(*) FROM injection"), rows);
	assert_int_equal(journal_reader_feed_bounds(w->r, &b, &err), 0);
	assert_int_equal(b.newest, m->seq);
	assert_int_equal(b.oldest, m->deleted_seq + 1);
	ret = journal_reader_cursor(w->r, "trace", &c, &err);
	assert_int_equal(ret, m->cursor < 0 ? -RAS_E_NOT_FOUND : 0);
	if (m->cursor >= 0)
		assert_int_equal(atoi(c.position), m->cursor);
}

/* Begin to store the group, and die before the commit. */
static void store_part(struct world *w, struct list *group, uint32_t n)
{
	struct ras_err err;

	assert_int_equal(journal_db_begin(w->d, &err), 0);
	for (struct item *it = group->head; it && n--; it = it->next) {
		if (it->kind == IT_INTENT)
			journal_db_intent(w->d, it->row, it->boot_ns, &err);
		if (it->kind == IT_TRANSITION || it->kind == IT_RESOLVE)
			journal_db_change(w->d, &it->step, it->kind == IT_RESOLVE, &err);
		if (it->moves)
			journal_db_cursors(w->d, it->moves, &err);
	}
}

/* A group of random items, stored or lost in a crash as a whole. */
static void step_group(struct world *w)
{
	struct model after = w->m;
	struct list group, finished;
	bool fails[MAX_GROUP] = { 0 };
	int n = 1 + (int)draw(MAX_GROUP), i = 0;
	struct item *it;

	list_init(&group);
	list_init(&finished);
	for (i = 0; i < n; i++) {
		uint32_t what = draw(10);

		if (after.n == 0 || (what < 3 && after.n < MAX_ROWS))
			it = draw_intent(w, &after);
		else if (what == 9)
			it = draw_cursor(&after);
		else
			it = draw_change(w, &after, what >= 7, &fails[i]);
		list_add(&group, it);
	}
	if (draw(6) == 0) {
		store_part(w, &group, draw((uint32_t)n + 1));
		close_world(w);
		list_free(&group);
		open_world(w);
		return;
	}
	writer_commit(w->w, &group, &finished);
	for (i = 0; (it = list_pop(&finished)); i++) {
		assert_int_equal(it->failed, fails[i]);
		item_free(it);
	}
	assert_int_equal(i, n);
	w->m = after;
	if (draw(6) == 0) {
		close_world(w);
		open_world(w);
	}
}

/* What retention may delete, by its rules, said once more. The QEMU of all rows is gone. */
static void model_retention(struct world *w)
{
	struct model *m = &w->m;
	int64_t real_ns = 1800000000000000000 + now_ns;
	int rows = 0, newest = -1;

	for (int i = 0; i < m->n; i++)
		if (!m->row[i].deleted) {
			rows++;
			newest = i;
		}
	for (int i = 0; i < newest; i++) {
		struct model_row *r = &m->row[i];
		bool old = real_ns - r->decided_ns > 48 * HOUR_NS;

		if (r->deleted || r->state == INJ_UNKNOWN || !inj_state_final(r->state) ||
		    real_ns - r->decided_ns <= 24 * HOUR_NS || !(old || rows > keep.rows))
			continue;
		r->deleted = true;
		rows--;
		if (r->last_seq > m->deleted_seq)
			m->deleted_seq = r->last_seq;
	}
}

static void step_retention(struct world *w)
{
	struct retain rt;
	int n = 0;

	retain_init(&rt, &keep);
	now_ns += (int64_t)(1 + draw(30)) * HOUR_NS;
	do {
		assert_true(n++ < MAX_ROWS);
		retain_step(&rt, w->d);
	} while (rt.seen_rowid);
	model_retention(w);
}

static void run_seed(void)
{
	static const char *const names[] = { "journal.db", "journal.db-wal", "journal.db-shm",
					     "journal.lock" };
	struct world w = { .m.cursor = -1 };
	char path[192];

	rng = seed * 0x9e3779b97f4a7c15 + 1;
	now_ns = 5 * HOUR_NS;
	snprintf(w.dir, sizeof(w.dir), "/dev/shm/test-model-XXXXXX");
	if (access("/dev/shm", W_OK) < 0)
		snprintf(w.dir, sizeof(w.dir), "/tmp/test-model-XXXXXX");
	assert_non_null(mkdtemp(w.dir));
	open_world(&w);
	for (int i = 0; i < STEPS; i++) {
		if (draw(8) == 0)
			step_retention(&w);
		else
			step_group(&w);
		check_world(&w);
	}
	assert_int_equal(db_int(w.d->db, "SELECT count(*) FROM pragma_integrity_check"
					 " WHERE integrity_check = 'ok'"),
			 1);
	assert_int_equal(db_int(w.d->db, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	close_world(&w);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", w.dir, names[i]);
		unlink(path);
	}
	rmdir(w.dir);
}

static void seeds(void **state)
{
	const char *one = getenv("JOURNAL_SEED"), *many = getenv("JOURNAL_SEEDS");
	uint64_t from = one ? strtoull(one, NULL, 0) : 1;
	uint64_t n = one ? 1 : many ? strtoull(many, NULL, 0) : 40;

	(void)state;
	log_set_sink(no_log);
	for (uint64_t i = 0; i < n; i++) {
		seed = from + i;
		run_seed();
	}
}

static int say_seed(void **state)
{
	(void)state;
	print_message("last seed: JOURNAL_SEED=%llu\n", (unsigned long long)seed);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_teardown(seeds, say_seed) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
