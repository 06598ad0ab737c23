// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * For each guest a `place` is kept: its space (layout and pagemap descriptor) of one generation. A
 * question first brings all places up to date: a guest whose layout is not known is asked for
 * it, a new process's pagemap is asked of the helper. What takes longer than PREPARE_MS is left out
 * and named. The lanes do the reading. When the answer comes, the guests it names are looked at
 * again: a reset, a hotplug or another process meanwhile, and the question is asked anew.
 *
 * Nothing is pushed from the guests' side: a place is compared with what is known of its guest each
 * time it is used, and a space that does not fit any more is marked as retired, which ends the work
 * that goes on with it in the lanes.
 *
 * A process that exits, or execs, shows by reads of 0 bytes (the descriptor belongs to the address
 * space); its place is dropped and made anew if the guest is still there.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "translate/private.h"

#define PREPARE_MS 1500
#define POLL_US 2000
#define TRIES 3
#define MAX_QUESTIONS 256
#define REFRESH_NS INT64_C(1000000000)
#define MAX_OVERCOMMIT 8u /* RAM of one guest, with what can be plugged in, to RAM of the host */

/* --- places --- */

static void place_drop(struct place *p)
{
	if (p->space) {
		xlate_space_retire(p->space);
		xlate_space_unref(TAKE(p->space));
		p->t->spaces_changed = true;
	}
}

static struct place *place_of(struct translator *t, const struct guest *g)
{
	struct place *p;

	for (p = t->places; p; p = p->next)
		if (strcmp(p->domain, g->name) == 0)
			return p;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->t = t;
	p->id = ++t->last_id;
	memcpy(p->domain, g->name, sizeof(p->domain));
	p->next = t->places;
	t->places = p;
	return p;
}

static struct place *place_by_id(const struct translator *t, uint64_t id)
{
	for (struct place *p = t->places; p; p = p->next)
		if (p->id == id)
			return p;
	return NULL;
}

const char *translate_domain(const struct translator *t, const struct xlate_owner *owner)
{
	const struct place *p = place_by_id(t, owner->id);

	return p ? p->domain : NULL;
}

/* Is its space what is known of the guest now? */
static bool place_current(const struct place *p, const struct guest *g)
{
	return p->space && guest_is_up(g) && g->ram.known && p->pid == g->life.pid &&
	       p->start_time == g->life.start_time && p->n_ram == g->ram.n &&
	       memcmp(p->ram, g->ram.section, g->ram.n * sizeof(g->ram.section[0])) == 0 &&
	       !xlate_space_gone(p->space);
}

static void place_make_space(struct place *p, int fd)
{
	const uint64_t host = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	struct xlate_section s[XLATE_MAX_SECTIONS];
	uint64_t left = host < UINT64_MAX / MAX_OVERCOMMIT ? host * MAX_OVERCOMMIT : UINT64_MAX;
	struct ras_err err;

	_Static_assert(XLATE_MAX_SECTIONS == HELPER_MAX_SECTIONS, "a layout fits a space");
	for (size_t i = 0; i < p->n_ram; i++) {
		s[i] = (struct xlate_section){ p->ram[i].gpa, p->ram[i].len_bytes, p->ram[i].hva };
		/* A QEMU that lies about its size must not keep the searches busy for ever. */
		if (s[i].len_bytes > left) {
			snprintf(p->why, sizeof(p->why),
				 "it claims more memory than this host can have");
			close(fd);
			return;
		}
		left -= s[i].len_bytes;
	}
	if (xlate_space_new(&xlate_linux_mm, (void *)(intptr_t)fd, p->id,
			    (size_t)sysconf(_SC_PAGESIZE), s, p->n_ram, &p->space, &err) < 0) {
		snprintf(p->why, sizeof(p->why), "%.120s", err.text);
		close(fd);
		return;
	}
	p->t->spaces_changed = true;
}

static void on_pagemap(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	struct place *p = arg;

	(void)rep;
	p->asking = false;
	if (err)
		snprintf(p->why, sizeof(p->why), "%.120s", err->text);
	else if (p->t->stopping)
		close(fd);
	else
		place_make_space(p, fd);
}

/* One step towards a current place. True: nothing more will happen by itself. */
static bool place_update(struct place *p, struct guest *g)
{
	struct ras_err err;

	if (place_current(p, g))
		return true;
	if (p->asking)
		return false;
	place_drop(p);
	if (!guest_is_up(g)) {
		snprintf(p->why, sizeof(p->why), "it has no monitor");
		return true;
	}
	if (!g->ram.known) {
		if (g->ram.asking)
			return false;
		if (p->layout_asked) {
			snprintf(p->why, sizeof(p->why), "%.120s", g->ram.why);
			return true;
		}
		p->layout_asked = true;
		guest_layout(g);
		return false;
	}
	if (p->pagemap_asked)
		return true;
	p->pid = g->life.pid;
	p->start_time = g->life.start_time;
	p->n_ram = g->ram.n;
	memcpy(p->ram, g->ram.section, g->ram.n * sizeof(g->ram.section[0]));
	p->pagemap_asked = true;
	if (helper_pagemap(p->t->helper, p->pid, p->start_time, on_pagemap, p, &err) < 0) {
		snprintf(p->why, sizeof(p->why), "%.120s", err.text);
		return true;
	}
	p->asking = true;
	return false;
}

struct update {
	struct translator *t;
	const char *only; /* this guest, or all that may run */
	bool restart;	  /* ask again what could not be had before */
	size_t n_waiting;
};

static void update_one(void *arg, struct guest *g)
{
	struct update *u = arg;
	struct place *p;

	if ((!u->only && !guest_may_run(g)) || !(p = place_of(u->t, g)))
		return;
	p->seen = u->t->round;
	if (u->restart && !p->asking)
		p->layout_asked = p->pagemap_asked = false;
	u->n_waiting += !place_update(p, g);
}

/* Guests that are no more, or do not run: they have no memory. */
static void forget_places(struct translator *t)
{
	for (struct place **at = &t->places; *at;) {
		struct place *p = *at;

		if (p->seen == t->round || p->asking) {
			at = &p->next;
			continue;
		}
		place_drop(p);
		*at = p->next;
		free(p);
	}
}

/* How many guests are still being asked. */
size_t places_update(struct translator *t, const char *only, bool restart)
{
	struct update u = { t, only, restart, 0 };
	struct guest *g;

	if (only) {
		if (guests_find(t->guests, only, &g, NULL) == 0)
			update_one(&u, g);
		return u.n_waiting;
	}
	t->round++;
	guests_each(t->guests, update_one, &u);
	forget_places(t);
	return u.n_waiting;
}

/* --- questions --- */

static void question_end(struct question *q, const struct ras_err *err)
{
	struct translator *t = q->t;

	for (struct question **at = &t->questions; *at; at = &(*at)->next)
		if (*at == q) {
			*at = q->next;
			break;
		}
	t->n_questions--;
	q->fn(q->arg, err || q->kind == Q_VERIFY ? NULL : &q->ans, err);
	for (size_t i = 0; i < q->n_spaces; i++)
		xlate_space_unref(q->space[i]);
	xlate_index_unref(q->index);
	event_free(q->timer);
	free(q->space);
	free(q);
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
		struct guest *g;
		bool used = false;

		for (size_t k = 0; p && k < q->n_spaces; k++)
			used |= q->space[k] == p->space;
		if (!p || !used || guests_find(q->t->guests, p->domain, &g, NULL) < 0 ||
		    !place_current(p, g))
			return false;
	}
	return true;
}

/* A guest that could not be asked, for an answer that says that nobody has the page. */
static const struct place *unasked(const struct translator *t)
{
	for (const struct place *p = t->places; p; p = p->next)
		if ((!p->space || xlate_space_gone(p->space)) &&
		    (p->pid <= 0 || process_alive(p->pid, p->start_time)))
			return p;
	return NULL;
}

/*
 * QEMU tells nobody that memory was plugged in: what is not RAM by our layout may be RAM by now.
 * True: the layout is being read anew.
 */
static bool layout_doubtful(struct question *q)
{
	const char *domain = q->kind == Q_HPA && q->ans.n_owners ?
				     translate_domain(q->t, &q->ans.owner[0]) :
				     q->domain;
	bool doubt = q->kind == Q_HPA ? q->rc == 0 && q->ans.state == XLATE_QEMU_INTERNAL :
					q->rc == -RAS_E_NOT_RAM;
	struct place *p;
	struct guest *g;

	if (!doubt || !domain || guests_find(q->t->guests, domain, &g, NULL) < 0 ||
	    !guest_is_up(g) || g->ram.asking)
		return false;
	p = place_of(q->t, g);
	if (!p || clock_boot_ns() - p->refreshed_ns < REFRESH_NS)
		return false;
	p->refreshed_ns = clock_boot_ns();
	g->ram.known = false;
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
	} else if (q->rc == 0 && q->kind == Q_HPA && q->ans.state == XLATE_HOST &&
		   (p = unasked(q->t)) && q->ans.found != XLATE_BY_FLAGS) {
		q->rc = ras_fail(&q->err, RAS_E_LAYOUT,
				 "no guest that could be asked has it; %s could not: %.120s",
				 p->domain, p->why);
	}
	question_end(q, q->rc < 0 ? &q->err : NULL);
}

static void on_job_done(struct xlate_job *j)
{
	question_done(JOB_OF(j));
}

static void run_search(struct xlate_job *j, struct xlate_host *h)
{
	struct question *q = JOB_OF(j);

	q->rc = xlate_find(h, q->space, q->n_spaces, q->index, q->hpa, &q->ans, &q->err);
}

static void submit(struct question *q, struct xlate_lane *lane,
		   void (*run)(struct xlate_job *j, struct xlate_host *h),
		   void (*done)(struct xlate_job *j))
{
	q->job.run = run;
	q->job.done = done;
	if (xlate_lane_submit(lane, &q->job, MAX_QUESTIONS, &q->err) < 0)
		question_end(q, &q->err);
}

static void on_noted_done(struct xlate_job *j)
{
	struct question *q = JOB_OF(j);

	if (q->rc == 0 || q->t->stopping) {
		question_done(q);
		return;
	}
	submit(q, q->t->search, run_search, on_job_done);
}

static void run_noted(struct xlate_job *j, struct xlate_host *h)
{
	struct question *q = JOB_OF(j);

	q->rc = xlate_find_noted(h, q->space, q->n_spaces, q->hpa, &q->ans) ? 0 : -1;
}

static void on_fast_done(struct xlate_job *j)
{
	struct question *q = JOB_OF(j);

	if (q->kind != Q_HPA || q->rc == 0 || q->t->stopping) {
		question_done(q);
		return;
	}
	submit(q, q->t->noted, run_noted, on_noted_done);
}

static void run_fast(struct xlate_job *j, struct xlate_host *h)
{
	struct question *q = JOB_OF(j);

	if (q->kind == Q_HPA)
		q->rc = q->index && xlate_find_indexed(h, q->index, q->hpa, &q->ans) ? 0 : -1;
	else if (q->kind == Q_GPA)
		q->rc = xlate_gpa(h, q->space[0], q->gpa, &q->ans, &q->err);
	else
		q->rc = xlate_verify(h, q->space[0], q->gpa, q->hpa, NULL, &q->err);
	if (q->kind == Q_VERIFY && q->rc == 0) {
		q->ans.n_owners = 1;
		q->ans.owner[0].id = xlate_space_id(q->space[0]);
	}
}

static int take_spaces(struct question *q)
{
	struct translator *t = q->t;
	size_t n = 0;

	for (struct place *p = t->places; p; p = p->next)
		n += p->space && (q->kind == Q_HPA || strcmp(p->domain, q->domain) == 0);
	q->space = calloc(n ? n : 1, sizeof(struct xlate_space *));
	if (!q->space)
		return ras_fail(&q->err, RAS_E_NOMEM, "out of memory");
	for (struct place *p = t->places; p; p = p->next)
		if (p->space && (q->kind == Q_HPA || strcmp(p->domain, q->domain) == 0))
			q->space[q->n_spaces++] = xlate_space_ref(p->space);
	q->index = t->index ? xlate_index_ref(t->index) : NULL;
	return 0;
}

/* The guests are as ready as they get. */
static void question_go(struct question *q)
{
	struct place *p;

	if (take_spaces(q) < 0) {
		question_end(q, &q->err);
		return;
	}
	if (q->kind != Q_HPA && q->n_spaces == 0) {
		for (p = q->t->places; p && strcmp(p->domain, q->domain) != 0; p = p->next)
			;
		ras_fail(&q->err, RAS_E_LAYOUT, "the memory of %s is not known: %.150s", q->domain,
			 p ? p->why : "it is gone");
		question_end(q, &q->err);
		return;
	}
	index_schedule(q->t);
	if (q->kind == Q_VERIFY) {
		guard_start(q);
		return;
	}
	question_read(q);
}

void question_read(struct question *q)
{
	q->job.deadline_ns = q->deadline_ns;
	submit(q, q->t->fast, run_fast, on_fast_done);
}

void question_fail(struct question *q)
{
	question_end(q, &q->err);
}

static void question_wait(struct question *q, bool first)
{
	struct timeval tv = { 0, POLL_US };

	/* The helper is starting, or slow: that is no reason to fail before the caller's time. */
	if (kpage_coming(q->t) && clock_boot_ns() < q->deadline_ns) {
		q->prepare_until_ns = clock_boot_ns() + PREPARE_MS * 1000000LL;
		evtimer_add(q->timer, &tv);
		return;
	}
	if (kpage_ready(q->t, &q->err) < 0) {
		question_end(q, &q->err);
		return;
	}
	if (places_update(q->t, q->kind == Q_HPA ? NULL : q->domain, first) == 0 ||
	    clock_boot_ns() > q->prepare_until_ns) {
		question_go(q);
		return;
	}
	evtimer_add(q->timer, &tv);
}

static void on_poll(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	question_wait(arg, false);
}

static void question_start(struct question *q)
{
	struct guest *g;

	if (q->kind != Q_HPA && guests_find(q->t->guests, q->domain, &g, &q->err) < 0) {
		question_end(q, &q->err);
		return;
	}
	q->prepare_until_ns = clock_boot_ns() + PREPARE_MS * 1000000LL;
	question_wait(q, true);
}

static struct question *question_new(struct translator *t, enum question_kind kind,
				     int64_t timeout_ms, translate_fn fn, void *arg)
{
	struct question *q = t->n_questions < MAX_QUESTIONS ? calloc(1, sizeof(*q)) : NULL;
	struct ras_err err;

	if (!q) {
		ras_fail(&err, RAS_E_BUSY, "too many translations at once");
		fn(arg, NULL, &err);
		return NULL;
	}
	q->t = t;
	q->kind = kind;
	q->fn = fn;
	q->arg = arg;
	q->deadline_ns = clock_boot_ns() + timeout_ms * 1000000;
	q->timer = evtimer_new(t->base, on_poll, q);
	q->next = t->questions;
	t->questions = q;
	t->n_questions++;
	return q;
}

void translate_hpa(struct translator *t, struct hpa hpa, int64_t timeout_ms, translate_fn fn,
		   void *arg)
{
	struct question *q = question_new(t, Q_HPA, timeout_ms, fn, arg);

	if (!q)
		return;
	q->hpa = hpa;
	question_start(q);
}

void translate_gpa(struct translator *t, const char *domain, struct gpa gpa, int64_t timeout_ms,
		   translate_fn fn, void *arg)
{
	struct question *q = question_new(t, Q_GPA, timeout_ms, fn, arg);

	if (!q)
		return;
	q->gpa = gpa;
	snprintf(q->domain, sizeof(q->domain), "%s", domain);
	question_start(q);
}

void translate_verify(struct translator *t, const char *domain, struct gpa gpa, struct hpa hpa,
		      translate_fn fn, void *arg)
{
	struct question *q = question_new(t, Q_VERIFY, 5000, fn, arg);

	if (!q)
		return;
	q->gpa = gpa;
	q->hpa = hpa;
	snprintf(q->domain, sizeof(q->domain), "%s", domain);
	question_start(q);
}
