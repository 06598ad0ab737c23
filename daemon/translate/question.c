// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * A question first has the places of the guests brought up to date that it is about (places.c): all
 * for a host address, one for a guest address. What takes longer than PREPARE_MS is left out and
 * named. The workers do the reading: the index of huge pages first, then the kernel's note, then
 * the search. When the answer comes, the guests it names are looked at again: a reset, a hotplug or
 * another process meanwhile, and the question begins again. Without that an answer could name a
 * page that has gone to another guest while it was read.
 *
 * A question waits in the list of its translator. Whatever it may wait for ends in
 * translator_look(), which looks through the list once on the next turn of the loop.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/process.h"
#include "translate/private.h"

#define PREPARE_MS 1500
#define TRIES 3
#define CLIENT_QUESTIONS 256
/*
 * Beside them, for real errors of this host: no request of a client may keep them out. 256 lost
 * pages at a time (events/cases.c), of which each may wait for QEMU's answer about six guest pages
 * of a block; a page that finds no place is asked about again.
 */
#define HOST_QUESTIONS 512
#define REFRESH_NS INT64_C(1000000000)
#define VERIFY_MS 5000

static void count(const struct question *q, const struct ras_err *err)
{
	struct translate_stat *s = &q->t->stat;

	if (q->what.kind != Q_HPA && q->what.kind != Q_GPA)
		return;
	if (err)
		s->failed++;
	else
		histogram_add(&s->answered[q->ans.backing], clock_boot_ns() - q->asked_ns);
}

void question_end(struct question *q, const struct ras_err *err)
{
	struct translator *t = q->t;

	for (struct question **at = &t->questions; *at; at = &(*at)->next)
		if (*at == q) {
			*at = q->next;
			break;
		}
	t->n_questions[q->what.who]--;
	count(q, err);
	q->what.fn(q->what.arg, err || q->what.kind == Q_VERIFY ? NULL : &q->ans, err);
	for (size_t i = 0; i < q->n_spaces; i++)
		xlate_space_unref(q->space[i]);
	xlate_index_unref(q->index);
	event_free(q->timer);
	free(q->space);
	free(q);
}

/* It is about one guest, what.domain, and not about all. */
static bool about_one(const struct question *q)
{
	return q->what.kind == Q_GPA || q->what.kind == Q_VERIFY;
}

static void question_release_spaces(struct question *q)
{
	for (size_t i = 0; i < q->n_spaces; i++)
		xlate_space_unref(q->space[i]);
	free(TAKE(q->space));
	q->n_spaces = 0;
	xlate_index_unref(TAKE(q->index));
}

static void question_start(struct question *q);

/* Do the guests of the answer still have the layout it was made with? */
static bool still_true(const struct question *q)
{
	for (size_t i = 0; i < q->ans.n_owners; i++) {
		const struct place *p = place_by_id(q->t, q->ans.owner[i].id);
		bool used = false;

		for (size_t k = 0; p && !used && k < q->n_spaces; k++)
			used = q->space[k] == p->space;
		if (!used || !place_current(p))
			return false;
	}
	return true;
}

/* A guest that could not be asked, for an answer that says that nobody has the page. */
static const struct place *unasked(const struct translator *t)
{
	const struct place *p;

	LIST_FOREACH (p, &t->places.all, all) {
		if (p->g && (!p->space || xlate_space_gone(p->space)) &&
		    (p->pid <= 0 || process_alive(p->pid, p->start_time)))
			return p;
	}
	return NULL;
}

/* The one guest whose layout may explain the answer. */
static struct guest *guest_in_doubt(const struct question *q)
{
	const struct place *p;
	struct guest *g;

	if (q->what.kind == Q_HPA) {
		if (q->rc != 0 || q->ans.state != XLATE_QEMU_INTERNAL || !q->ans.n_owners)
			return NULL;
		p = place_by_id(q->t, q->ans.owner[0].id);
		return p ? p->g : NULL;
	}
	if (q->rc != -RAS_E_NOT_RAM || guests_find(q->t->guests, q->what.domain, &g, NULL) < 0)
		return NULL;
	return g;
}

/*
 * QEMU tells nobody that memory was plugged in: what is not RAM by our layout may be RAM by now.
 * True: the layout is void, and will be read again.
 */
static bool layout_doubtful(const struct question *q)
{
	struct guest *g = guest_in_doubt(q);
	struct place *p;

	if (!g || !guest_is_up(g) || g->ram.asking || !(p = place_of(q->t, g)) ||
	    clock_boot_ns() - p->refreshed_ns < REFRESH_NS)
		return false;
	p->refreshed_ns = clock_boot_ns();
	guest_layout_void(g);
	return true;
}

static void question_done(struct question *q)
{
	const struct place *p;

	if (!q->t->stopping && layout_doubtful(q)) {
		question_release_spaces(q);
		question_start(q);
		return;
	}
	if (q->t->stopping) {
		ras_fail(&q->err, RAS_E_GONE, "rasd is stopping");
		q->rc = -q->err.code;
	} else if ((q->rc == -RAS_E_LAYOUT || q->rc == -RAS_E_GONE ||
		    (q->rc == 0 && !still_true(q))) &&
		   q->tries < TRIES) {
		q->tries++;
		question_release_spaces(q);
		question_start(q);
		return;
	} else if (q->rc == 0 && !still_true(q)) {
		q->rc = ras_fail(&q->err, RAS_E_LAYOUT, "the guests kept changing");
	} else if (q->rc == 0 && q->what.kind == Q_HPA && q->ans.state == XLATE_HOST &&
		   (p = unasked(q->t)) && q->ans.found != XLATE_BY_FLAGS) {
		q->rc = ras_fail(&q->err, RAS_E_LAYOUT,
				 "no guest that could be asked has it; %s could not: %.120s",
				 p->g->name, place_why(p));
	}
	question_end(q, q->rc < 0 ? &q->err : NULL);
}

static void on_job_done(struct xlate_job *j)
{
	question_done(QUESTION_OF(j));
}

static void run_search(struct xlate_job *j, struct xlate_host *h)
{
	struct question *q = QUESTION_OF(j);

	q->rc = xlate_find(h, q->space, q->n_spaces, q->index, q->what.hpa, &q->ans, &q->err);
}

static size_t places_for(enum translate_for who)
{
	return who == FOR_HOST_EVENT ? HOST_QUESTIONS : CLIENT_QUESTIONS;
}

/*
 * Too many at once. Of a page that is verified RAS_E_BUSY means that it is not there any more, so
 * that nobody is told of it: a lack of time must not be taken for that.
 */
static int too_many(const struct asked *what, struct ras_err *err)
{
	ras_fail(err, what->kind == Q_VERIFY ? RAS_E_TIMEOUT : RAS_E_BUSY,
		 "%zu translations are going on already", places_for(what->who));
	return ras_hint(err, "try again later");
}

static void submit(struct question *q, struct xlate_worker *worker,
		   void (*run)(struct xlate_job *j, struct xlate_host *h),
		   void (*done)(struct xlate_job *j))
{
	q->job.run = run;
	q->job.done = done;
	q->job.first = q->what.who == FOR_HOST_EVENT;
	if (xlate_worker_submit(worker, &q->job, CLIENT_QUESTIONS + HOST_QUESTIONS, &q->err) < 0) {
		too_many(&q->what, &q->err);
		question_end(q, &q->err);
	}
}

static void on_note_done(struct xlate_job *j)
{
	struct question *q = QUESTION_OF(j);

	if (q->rc == 0 || q->t->stopping) {
		question_done(q);
		return;
	}
	submit(q, q->t->workers.search, run_search, on_job_done);
}

static void run_note(struct xlate_job *j, struct xlate_host *h)
{
	struct question *q = QUESTION_OF(j);

	q->rc = xlate_find_noted(h, q->space, q->n_spaces, q->what.hpa, &q->ans) ? 0 : -1;
}

/* Index and note, one after the other, in the thread of the note: it saves a turn of the loop. */
static void run_host_event(struct xlate_job *j, struct xlate_host *h)
{
	struct question *q = QUESTION_OF(j);

	q->rc = 0;
	if (!q->index || !xlate_find_indexed(h, q->index, q->what.hpa, &q->ans))
		run_note(j, h);
}

static void on_page_done(struct xlate_job *j)
{
	struct question *q = QUESTION_OF(j);

	if (q->what.kind != Q_HPA || q->rc == 0 || q->t->stopping) {
		question_done(q);
		return;
	}
	submit(q, q->t->workers.note, run_note, on_note_done);
}

static void run_page(struct xlate_job *j, struct xlate_host *h)
{
	struct question *q = QUESTION_OF(j);

	if (q->what.kind == Q_HPA)
		q->rc = q->index && xlate_find_indexed(h, q->index, q->what.hpa, &q->ans) ? 0 : -1;
	else if (q->what.kind == Q_GPA)
		q->rc = xlate_gpa(h, q->space[0], q->what.gpa, &q->ans, &q->err);
	else
		q->rc = xlate_verify(h, q->space[0], q->what.gpa, q->what.hpa, NULL, &q->err);
	if (q->what.kind == Q_VERIFY && q->rc == 0) {
		q->ans.n_owners = 1;
		q->ans.owner[0].id = xlate_space_id(q->space[0]);
	}
}

/* Hold all spaces that it is about, and the index, until its end. */
static int take_spaces(struct question *q)
{
	struct translator *t = q->t;
	struct guest *g = NULL;
	struct place *p;
	size_t n = 0;

	if (about_one(q)) {
		if (guests_find(t->guests, q->what.domain, &g, &q->err) < 0)
			return -q->err.code;
		p = g->place;
		if (!p || !p->space)
			return ras_fail(&q->err, RAS_E_LAYOUT,
					"the memory of %s is not known: %.150s", q->what.domain,
					p ? place_why(p) : "it does not run");
	}
	LIST_FOREACH (p, &t->places.all, all) {
		n += p->space != NULL;
	}
	q->space = calloc(g ? 1 : n + 1, sizeof(struct xlate_space *));
	if (!q->space)
		return ras_fail(&q->err, RAS_E_NOMEM, "out of memory");
	if (g) {
		q->space[q->n_spaces++] = xlate_space_ref(g->place->space);
	} else {
		LIST_FOREACH (p, &t->places.all, all) {
			if (p->space)
				q->space[q->n_spaces++] = xlate_space_ref(p->space);
		}
	}
	q->index = t->keeper.index ? xlate_index_ref(t->keeper.index) : NULL;
	return 0;
}

/* The guests are as ready as they get. */
static void question_go(struct question *q)
{
	q->state = Q_READING;
	evtimer_del(q->timer);
	if (kpage_ready(q->t, &q->err) < 0 || take_spaces(q) < 0) {
		question_end(q, &q->err);
		return;
	}
	index_schedule(q->t);
	if (q->what.kind == Q_VERIFY && q->what.verify != VERIFY_PAGE)
		guard_start(q);
	else if (q->what.kind == Q_RANGE)
		range_start(q);
	else
		question_read(q);
}

void question_read(struct question *q)
{
	q->job.deadline_ns = q->deadline_ns;
	if (q->what.kind == Q_HPA && q->what.who == FOR_HOST_EVENT)
		submit(q, q->t->workers.note, run_host_event, on_note_done);
	else
		submit(q, q->t->workers.page, run_page, on_page_done);
}

void question_guarded(struct question *q)
{
	if (q->what.verify == VERIFY_QEMU)
		question_end(q, NULL);
	else
		question_read(q);
}

void question_fail(struct question *q)
{
	question_end(q, &q->err);
}

static bool is_ready(const struct question *q)
{
	struct guest *g;

	if (!about_one(q))
		return places_ready(q->t, q->round);
	return guests_find(q->t->guests, q->what.domain, &g, NULL) < 0 || !g->place ||
	       g->place->state == PLACE_IDLE;
}

static void set_timer(struct question *q, int64_t ns)
{
	struct timeval tv = { ns / 1000000000, ns % 1000000000 / 1000 };

	evtimer_add(q->timer, &tv);
}

/* Begin with the guests that it is about. */
static void question_prepare(struct question *q)
{
	struct guest *g = NULL;
	struct place *p;

	if (kpage_ready(q->t, &q->err) < 0 ||
	    (about_one(q) && guests_find(q->t->guests, q->what.domain, &g, &q->err) < 0)) {
		question_end(q, &q->err);
		return;
	}
	q->state = Q_PREPARING;
	set_timer(q, PREPARE_MS * INT64_C(1000000));
	if (!g) {
		q->round = places_begin(q->t);
	} else if (guest_may_run(g)) {
		p = place_of(q->t, g);
		if (p)
			place_begin(p);
	}
	if (is_ready(q))
		question_go(q);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct question *q = arg;

	(void)fd;
	(void)what;
	if (q->state == Q_HELPER)
		question_prepare(q);
	else
		question_go(q);
}

static void question_start(struct question *q)
{
	int64_t left_ns = q->deadline_ns - clock_boot_ns();

	if (!kpage_coming(q->t) || left_ns <= 0) {
		question_prepare(q);
		return;
	}
	/* The helper is starting, or slow: that is no reason to fail before the caller's time. */
	q->state = Q_HELPER;
	set_timer(q, left_ns);
}

void questions_look(struct translator *t)
{
	struct question *q, *next;

	for (q = t->questions; q; q = next) {
		/* Those that end call others, who may ask again: new ones are at the front. */
		next = q->next;
		if (q->state == Q_HELPER && !kpage_coming(t))
			question_prepare(q);
		else if (q->state == Q_PREPARING && is_ready(q))
			question_go(q);
	}
}

void question_ask(struct translator *t, const struct asked *what, int64_t timeout_ms)
{
	size_t *n = &t->n_questions[what->who];
	struct question *q = *n < places_for(what->who) ? calloc(1, sizeof(*q)) : NULL;
	struct ras_err err;

	if (!q || !(q->timer = evtimer_new(t->base, on_timer, q))) {
		free(q);
		too_many(what, &err);
		what->fn(what->arg, NULL, &err);
		return;
	}
	q->t = t;
	q->what = *what;
	q->asked_ns = clock_boot_ns();
	q->deadline_ns = q->asked_ns + timeout_ms * 1000000;
	q->next = t->questions;
	t->questions = q;
	(*n)++;
	question_start(q);
}

void translate_hpa(struct translator *t, enum translate_for who, struct hpa hpa, int64_t timeout_ms,
		   translate_fn fn, void *arg)
{
	struct asked what = { .kind = Q_HPA, .who = who, .hpa = hpa, .fn = fn, .arg = arg };

	question_ask(t, &what, timeout_ms);
}

void translate_gpa(struct translator *t, const char *domain, struct gpa gpa, int64_t timeout_ms,
		   translate_fn fn, void *arg)
{
	struct asked what = { .kind = Q_GPA, .gpa = gpa, .fn = fn, .arg = arg };

	snprintf(what.domain, sizeof(what.domain), "%s", domain);
	question_ask(t, &what, timeout_ms);
}

void translate_verify(struct translator *t, const struct verify *v, translate_fn fn, void *arg)
{
	struct asked what = { .kind = Q_VERIFY,
			      .who = v->who,
			      .verify = v->what,
			      .hpa = v->hpa,
			      .gpa = v->gpa,
			      .fn = fn,
			      .arg = arg };

	snprintf(what.domain, sizeof(what.domain), "%s", v->domain);
	question_ask(t, &what, VERIFY_MS);
}
