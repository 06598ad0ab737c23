// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * daemon/events alone, on the virtual clock of tests/sim: what it asks of other rooms is played
 * here. Guests are numbered, their pages are numbers, the journal is a list of rows in memory, and
 * who is told of what is counted. To be linked with tests/sim/loop.c and world.c.
 */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "backend/tells.h"
#include "base/clock.h"
#include "base/log.h"
#include "events/room.h"
#include "inject/policy.h"
#include "tests/sim/sim.h"

#define EV_GUESTS 3
#define EV_PAGES_MAX (1u << 17)
#define EV_ROWS_MAX (1u << 18)
#define EV_HASH (1u << 19)
#define EV_FIRST_PFN UINT64_C(0x100000)
#define EV_TICK_NS INT64_C(10000000) /* of a start time: sysconf(_SC_CLK_TCK) is 100 */
#define EV_N_SOURCES 3

enum ev_source { EV_KERNEL, EV_KMSG, EV_RASDAEMON };

/* A page of the host. */
struct ev_page {
	int owner; /* guest, -1: nobody */
	bool poisoned;
};

struct ev_row {
	struct uuid id;
	enum host_decision decision;
	uint64_t count, corrected, uncorrected;
	bool is_corrected;
	struct host_event *pending; /* owned; NULL once it is decided */
};

static struct {
	struct conf conf;
	struct guest guest[EV_GUESTS];
	struct ev_page page[EV_PAGES_MAX];
	unsigned int n_pages;
	struct events *ev;
	struct event_sink sink[EV_N_SOURCES];
	bool dead[EV_N_SOURCES]; /* the source is not live */
	struct ev_row row[EV_ROWS_MAX];
	uint32_t hash[EV_HASH]; /* row + 1 */
	size_t n_rows;
	struct host_forward *forward; /* keys that the journal has */
	size_t n_forwards;
	int refuse[EV_GUESTS]; /* what forwards to it fail with, 0 = they do not */
	bool engaged;	       /* the safety lever, for errors of the host, too */
	enum qemu_tells tells;
	uint64_t n_told[EV_GUESTS];
	/* A guest is told; NULL: nobody cares. */
	void (*on_told)(const struct forward_error *e, unsigned int guest);
} env;

/* --- sources --- */

static void ev_close(void *self)
{
	memset(self, 0, sizeof(struct event_sink));
}

#define EV_SOURCE(n, word, how, signals)                                                        \
	static int open_##n(void **self, const struct source_setup *setup, struct ras_err *err) \
	{                                                                                       \
		(void)err;                                                                      \
		env.sink[n] = setup->sink;                                                      \
		*self = &env.sink[n];                                                           \
		return 0;                                                                       \
	}                                                                                       \
	static void status_##n(const void *self, struct source_status *out)                     \
	{                                                                                       \
		(void)self;                                                                     \
		out->state = env.dead[n] ? SOURCE_ABSENT : SOURCE_LIVE;                         \
	}                                                                                       \
	static const struct event_source source_##n = { word,	  how,	    signals,            \
							open_##n, ev_close, status_##n }

EV_SOURCE(EV_KERNEL, "kernel", SOURCE_KERNEL, true);
EV_SOURCE(EV_KMSG, "kmsg", SOURCE_KERNEL, false);
EV_SOURCE(EV_RASDAEMON, "rasdaemon", SOURCE_SECONDARY, false);

const struct event_source *const event_sources[] = { &source_EV_KERNEL, &source_EV_KMSG,
						     &source_EV_RASDAEMON, NULL };

/* rasd hears e from that source. */
static inline void ev_report(enum ev_source from, struct ras_event *e)
{
	e->source = event_sources[from]->name;
	if (env.sink[from].event)
		env.sink[from].event(env.sink[from].arg, e);
}

/* An uncorrected error of a page, now, as the kernel's first tracepoint has it. */
static inline void ev_lost(struct ras_event *e, uint64_t pfn)
{
	struct uuid boot;
	char text[CLOCK_BOOT_ID_SIZE];

	clock_boot_id(text);
	uuid_parse(text, &boot, NULL);
	event_init(e, "kernel", "mce_record", EVENT_MEMORY);
	e->severity = EVENT_UNCORRECTED;
	e->when = (struct event_time){ .boot_id = boot,
				       .boot_ns = clock_boot_ns(),
				       .real_ns = clock_real_ns() };
	e->where = (struct event_where){ .has_hpa = true, .hpa = { pfn << 12 }, .len_bytes = 1 };
}

/* --- guests --- */

int guests_find(struct guests *gs, const char *name, struct guest **out, struct ras_err *err)
{
	(void)gs;
	for (unsigned int i = 0; i < EV_GUESTS; i++)
		if (strcmp(env.guest[i].name, name) == 0) {
			*out = &env.guest[i];
			return 0;
		}
	return ras_fail(err, RAS_E_NO_DOMAIN, "no domain");
}

bool guests_discovering(const struct guests *gs)
{
	(void)gs;
	return false;
}

struct conf_grant guest_grant(const struct guest *g)
{
	return (struct conf_grant){ .forward_uncorrected = g != &env.guest[2] };
}

bool guest_grant_from_conf(const struct guest *g)
{
	(void)g;
	return true;
}

enum qemu_tells backend_qemu_tells(const struct guest *g)
{
	(void)g;
	return env.tells;
}

/* Another QEMU, from now on. */
static inline void ev_new_qemu(unsigned int i)
{
	struct guest *g = &env.guest[i];

	snprintf(g->name, sizeof(g->name), "vm%u", i + 1);
	g->life.pid += g->life.pid ? EV_GUESTS : 1 << 24 | (pid_t)i;
	g->life.start_time = (uint64_t)(clock_boot_ns() / EV_TICK_NS);
}

/* --- translation --- */

struct ev_question {
	struct ev_question *next, **prev;
	struct hpa hpa;
	translate_fn fn;
	void *arg;
};

static struct ev_question *ev_questions;

static void ev_answer(void *arg)
{
	struct ev_question *q = arg;
	uint64_t n = (q->hpa.v >> 12) - EV_FIRST_PFN;
	const struct ev_page *p = n < env.n_pages ? &env.page[n] : NULL;
	struct xlate_answer a = { .hpa = q->hpa,
				  .state = XLATE_HOST,
				  .backing = XLATE_BACKING_SHARED,
				  .page_bytes = 4096,
				  .read_ns = clock_boot_ns() };

	*q->prev = q->next;
	if (q->next)
		q->next->prev = q->prev;
	if (p && p->owner >= 0) {
		a.state = p->poisoned ? XLATE_POISONED : XLATE_LIVE;
		a.n_owners = 1;
		a.owner[0] = (struct xlate_owner){ .id = (uint64_t)p->owner + 1,
						   .gpa = { n << 12 },
						   .state = a.state };
	}
	q->fn(q->arg, &a, NULL);
	sim_release(q);
}

void translate_hpa(struct translator *t, enum translate_for who, struct hpa hpa, int64_t timeout_ms,
		   translate_fn fn, void *arg)
{
	struct ev_question *q = sim_alloc(sizeof(*q));

	(void)t, (void)who, (void)timeout_ms;
	*q = (struct ev_question){ .hpa = hpa, .fn = fn, .arg = arg, .next = ev_questions };
	q->prev = &ev_questions;
	if (q->next)
		q->next->prev = &q->next;
	ev_questions = q;
	sim_after(sim_between(20 * SIM_US, 200 * SIM_US), ev_answer, q);
}

void translator_keep_index(struct translator *t)
{
	(void)t;
}

const char *translate_domain(const struct translator *t, const struct xlate_owner *owner)
{
	(void)t;
	return env.guest[owner->id - 1].name;
}

/* --- the journal --- */

static inline struct ev_row *ev_row_of(const struct uuid *id)
{
	uint64_t h;
	uint32_t *at;

	memcpy(&h, id, sizeof(h));
	while (*(at = &env.hash[h % EV_HASH]) && !uuid_equal(&env.row[*at - 1].id, id))
		h++;
	if (*at)
		return &env.row[*at - 1];
	if (env.n_rows == EV_ROWS_MAX)
		abort();
	*at = (uint32_t)++env.n_rows;
	env.row[env.n_rows - 1] = (struct ev_row){ .id = *id };
	return &env.row[env.n_rows - 1];
}

static inline void ev_store(const struct host_event *e)
{
	struct ev_row *r = ev_row_of(&e->id);

	if (r->decision != HOST_PENDING)
		return;
	*r = (struct ev_row){ .id = e->id,
			      .decision = e->verdict.decision,
			      .count = e->seen.count,
			      .corrected = e->verdict.corrected,
			      .uncorrected = e->verdict.uncorrected,
			      .is_corrected = strcmp(e->seen.severity, "corrected") == 0,
			      .pending = r->pending };
	if (r->decision == HOST_PENDING && !r->pending) {
		r->pending = malloc(sizeof(*r->pending));
		*r->pending = *e;
	} else if (r->decision != HOST_PENDING) {
		free(r->pending);
		r->pending = NULL;
	}
}

int journal_host_event(struct journal *j, const struct host_event *e,
		       const struct journal_cursors *moved, int64_t may_wait_ns,
		       journal_done_fn done, void *arg, struct ras_err *err)
{
	(void)j, (void)moved, (void)may_wait_ns, (void)done, (void)arg, (void)err;
	ev_store(e);
	return 0;
}

int journal_cursor_get(struct journal *j, const char *source, struct journal_cursor *out,
		       struct ras_err *err)
{
	(void)j, (void)source, (void)out;
	return ras_fail(err, RAS_E_NOT_FOUND, "none");
}

int journal_cursor_put(struct journal *j, const struct journal_cursor *c, struct ras_err *err)
{
	(void)j, (void)c, (void)err;
	return 0;
}

int journal_host_day(struct journal *j, int64_t page_bytes, int64_t since_ns, size_t limit,
		     void (*fn)(void *arg, const struct host_day *d), void *arg,
		     struct ras_err *err)
{
	(void)j, (void)page_bytes, (void)since_ns, (void)limit, (void)fn, (void)arg, (void)err;
	return 0;
}

int journal_host_pending(struct journal *j, size_t limit,
			 int (*fn)(void *arg, const struct host_event *e), void *arg,
			 struct ras_err *err)
{
	(void)j, (void)err;
	for (size_t i = 0; i < env.n_rows && limit; i++)
		if (env.row[i].pending && (limit--, fn(arg, env.row[i].pending)))
			break;
	return 0;
}

int journal_forwards_open(struct journal *j,
			  int (*fn)(void *arg, const struct host_forward *fw,
				    const struct host_event *e),
			  void *arg, struct ras_err *err)
{
	(void)j, (void)fn, (void)arg, (void)err;
	return 0; /* those of this journal are acknowledged at once */
}

static inline struct host_forward *ev_forward_of(const struct host_forward_key *key)
{
	for (size_t i = 0; i < env.n_forwards; i++) {
		struct host_forward_key *k = &env.forward[i].key;

		if (strcmp(k->boot_id, key->boot_id) == 0 && k->pfn == key->pfn &&
		    k->pid == key->pid && k->start_time == key->start_time &&
		    k->gpa.v == key->gpa.v)
			return &env.forward[i];
	}
	return NULL;
}

int journal_forward_get(struct journal *j, const struct host_forward_key *key,
			struct host_forward *out, struct ras_err *err)
{
	const struct host_forward *f = ev_forward_of(key);

	(void)j;
	if (!f)
		return ras_fail(err, RAS_E_NOT_FOUND, "none");
	*out = *f;
	return 0;
}

int journal_forward_seen(struct journal *j, const struct host_forward_key *key, bool gone,
			 struct ras_err *err)
{
	struct host_forward *f = ev_forward_of(key);

	(void)j, (void)err;
	if (f && gone)
		*f = env.forward[--env.n_forwards];
	else if (f)
		f->poisoned = true;
	return 0;
}

int journal_host_settled(struct journal *j, const char *domain, struct hpa from, struct gpa first,
			 uint64_t len, int64_t *when_ns, struct ras_err *err)
{
	(void)j, (void)domain, (void)from, (void)first, (void)len, (void)when_ns;
	return ras_fail(err, RAS_E_NOT_FOUND, "none");
}

int injector_get(struct injector *in, const struct uuid *id, struct journal_row *out,
		 struct ras_err *err)
{
	(void)in, (void)id, (void)out;
	return ras_fail(err, RAS_E_NOT_FOUND, "none");
}

struct policy *injector_policy(const struct injector *in)
{
	(void)in;
	return NULL;
}

int policy_lever_check(const struct policy *p, enum origin origin, struct ras_err *err)
{
	(void)p;
	return env.engaged && origin == ORIGIN_HOST_EVENT ? ras_fail(err, RAS_E_SAFETY, "engaged") :
							    0;
}

/* --- forwards --- */

struct ev_forwarding {
	struct forward_error e;
	forward_error_fn done;
	void *arg;
};

static void ev_forwarded(void *arg)
{
	static struct journal_row row;
	struct ev_forwarding *w = arg;
	struct forward_result r = { .row = &row };
	unsigned int guest = 0;

	while (strcmp(env.guest[guest].name, w->e.domain) != 0)
		guest++;
	if (env.guest[guest].life.pid != w->e.pid) {
		ras_fail(&r.err, RAS_E_GONE, "the QEMU that had the page has ended");
	} else if (env.page[(w->e.hpa.v >> 12) - EV_FIRST_PFN].owner != (int)guest) {
		ras_fail(&r.err, RAS_E_NOT_RAM, "the page has moved");
	} else if (env.refuse[guest]) {
		ras_fail(&r.err, (enum ras_code)env.refuse[guest], "refused");
	} else if (w->e.host.has_forward && ev_forward_of(&w->e.host.forward.key)) {
		ras_fail(&r.err, RAS_E_REQUEST_ID, "it was forwarded before");
	} else {
		if (w->e.host.has_forward) {
			env.forward =
				realloc(env.forward, (env.n_forwards + 1) * sizeof(*env.forward));
			env.forward[env.n_forwards] = w->e.host.forward;
			env.forward[env.n_forwards++].stored_boot_ns = clock_boot_ns();
		}
		ev_store(&w->e.host.event);
		env.n_told[guest]++;
		if (env.on_told)
			env.on_told(&w->e, guest);
		r.done = w->e.pages;
		r.stored = r.over = true;
	}
	w->done(w->arg, &r);
	sim_release(w);
}

void forward_error(struct forward *f, const struct forward_error *e, forward_error_fn done,
		   void *arg)
{
	struct ev_forwarding *w = sim_alloc(sizeof(*w));

	(void)f;
	*w = (struct ev_forwarding){ .e = *e, .done = done, .arg = arg };
	sim_after(sim_between(SIM_MS, 4 * SIM_MS), ev_forwarded, w);
}

void forward_foretell(struct forward *f, const char *domain, struct gpa gpa, struct hpa hpa)
{
	(void)f, (void)domain, (void)gpa, (void)hpa;
}

/* --- a run --- */

/* The room begins, on what the journal has. */
static inline void ev_start(void)
{
	struct events_parts parts = { .base = (struct event_base *)(void *)&env,
				      .conf = &env.conf };

	if (events_new(&env.ev, &parts, NULL) < 0)
		abort();
}

/* It ends; what it was asking is answered to nobody. */
static inline void ev_stop(void)
{
	events_free(env.ev);
	env.ev = NULL;
}

static inline void ev_silent(int level, const char *line)
{
	(void)level, (void)line;
}

/* A world with n pages of nobody, and guests that have just been started. */
static inline void ev_begin(uint64_t seed, unsigned int n_pages)
{
	sim_begin(seed);
	log_set_sink(ev_silent);
	log_limit_reset();
	memset(env.guest, 0, sizeof(env.guest));
	memset(env.dead, 0, sizeof(env.dead));
	memset(env.n_told, 0, sizeof(env.n_told));
	conf_defaults(&env.conf);
	env.n_pages = n_pages;
	for (unsigned int i = 0; i < n_pages; i++)
		env.page[i] = (struct ev_page){ .owner = -1 };
	for (unsigned int i = 0; i < EV_GUESTS; i++)
		ev_new_qemu(i);
	env.tells = QEMU_TELLS_NOTHING;
	memset(env.refuse, 0, sizeof(env.refuse));
	sim_rasd_set_alive(true);
}

/* Time passes. */
static inline void ev_pass(int64_t ns)
{
	int64_t until = sim_now() + ns;

	while (sim_step(until))
		;
}

/* All of it goes; the room has ended. */
static inline void ev_end(void)
{
	for (size_t i = 0; i < env.n_rows; i++) {
		uint64_t h;

		memcpy(&h, &env.row[i].id, sizeof(h));
		while (env.hash[h % EV_HASH] != i + 1)
			h++;
		env.row[i].count = h % EV_HASH;
		free(env.row[i].pending);
	}
	for (size_t i = 0; i < env.n_rows; i++)
		env.hash[env.row[i].count] = 0;
	env.n_rows = 0;
	free(env.forward);
	env.forward = NULL;
	env.n_forwards = 0;
	ev_questions = NULL;
	sim_drop_events();
	sim_release_all();
}
