// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The simulated backends. sim-page: what rasd does to a page happens at once, so there is no fence:
 * a record whose answer was lost is in the page or will never be. sim-event: raising a record takes
 * QEMU a while, and rasd waits for the monitor's fence, as with hmp-mce.
 */
#include "backends.h"

#include <string.h>

#include "backend/backend.h"
#include "base/cleanup.h"
#include "cper/cper.h"
#include "daemon.h"
#include "guests/guest.h"

#define ANSWER_MAX_NS (2 * SIM_MS)
#define RAISE_MAX_NS (200 * SIM_MS)
#define PAUSED_NS (5 * SIM_MS) /* a guest that stands still: QEMU raises nothing */

struct sim_backend_faults sim_backends;

/* A call of rasd that is not answered yet. */
struct call {
	struct call *next;
	uint64_t life;
	backend_submit_fn submitted;
	backend_look_fn looked;
	void *arg;
	enum submit_outcome outcome;
	struct error_source *source;
	struct generation gen;
	struct sim_write *raises; /* sim-event: the record sent last */
};

static struct call *calls;
static struct sim_write *sent_last[SIM_GUESTS]; /* in this life, into sim-event */

const char *sim_backend_of(unsigned int source)
{
	return source == SIM_PAGE ? "sim-page" : source == SIM_RAISED ? "sim-event" : "qemu-ghes";
}

static struct sim_guest *guest_at(const struct generation *gen)
{
	return sim_guest_of(gen->pid, gen->start_time);
}

/* A page is a file, which can be read when QEMU has ended. NULL: not that backend. */
static struct sim_source *page_of(const struct error_source *s)
{
	for (unsigned int i = 0; i < sim_n_guests; i++)
		if (strcmp(sim_guest[i].name, s->guest->name) == 0 &&
		    strcmp(s->backend->name, "sim-page") == 0)
			return sim_source(&sim_guest[i], SIM_PAGE);
	return NULL;
}

static bool is_hidden(const struct sim_source *page)
{
	return memcmp(page->block, "\0\0\0\0\xff\xff\xff\xff", 8) == 0;
}

/* As shm-ghes has it: acknowledged, never shown, or cleared by a guest that ran on for long. */
static bool page_free(const struct sim_guest *g)
{
	const struct sim_source *page = &g->page;
	const struct sim_write *w = page->in_block;
	int64_t since_ns =
		w && w->cleared_ns > g->kernel.resumed_ns ? w->cleared_ns : g->kernel.resumed_ns;

	if (memcmp(page->block, "\0\0\0", 4) != 0)
		return false;
	return is_hidden(page) || page->read_ack & 1 || sim_now() - since_ns >= SOURCE_ACK_LONG_NS;
}

static int probe(const struct guest *g, struct ras_err *err)
{
	(void)g, (void)err;
	return 0;
}

/* Nothing has to be searched. All have the id 0, as the source of qemu-ghes has. */
static void prepare(struct error_source *s)
{
	s->id = 0;
	s->stamp = source_stamp_now(s);
	s->state = SOURCE_FOUND;
	source_finish(s, NULL);
}

/* --- calls --- */

static void submit_answer(struct call *c)
{
	struct ras_err err;

	if (c->outcome == SUBMIT_OK) {
		c->submitted(c->arg, SUBMIT_OK, NULL);
		return;
	}
	ras_fail(&err, RAS_E_BUSY, "simulated backend: %s",
		 c->outcome == SUBMIT_BUSY ? "a record is pending" : "no answer");
	c->submitted(c->arg, c->outcome, &err);
}

static void look_answer(struct call *c, bool closing)
{
	struct sim_guest *g = guest_at(&c->gen);
	struct sim_source *page = page_of(c->source);
	struct source_look look = { .told = c->raises && c->raises->raised_ns ? TOLD_RAISED :
										TOLD_NOTHING };
	struct ras_err err;

	if (closing || (!g && !page && look.told == TOLD_NOTHING)) {
		ras_fail(&err, closing ? RAS_E_HELPER : RAS_E_GONE, "QEMU or rasd has ended");
		c->looked(c->arg, NULL, &err);
		return;
	}
	if (page) {
		look.block = page->block;
		look.len_bytes = sizeof(page->block);
		look.read_ack = page->read_ack & 1;
		look.unpublished = is_hidden(page);
		source_seen(c->source, look.block, look.len_bytes);
	}
	c->looked(c->arg, &look, NULL);
}

static void end_call(struct call *c, bool closing)
{
	struct call **at = &calls;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	c->life = 0;
	if (c->submitted)
		submit_answer(c);
	else
		look_answer(c, closing);
}

static void answered(void *arg)
{
	struct call *c = arg;

	if (c->life == sim_daemon.life && sim_rasd_alive())
		end_call(c, false);
}

static struct call *call(struct error_source *s, void *arg, int64_t max_ns)
{
	struct call *c = sim_alloc(sizeof(*c));

	c->next = calls;
	c->life = sim_daemon.life;
	c->arg = arg;
	c->source = s;
	calls = c;
	sim_after(sim_between_log(5 * SIM_US, max_ns), answered, c);
	return c;
}

void sim_backends_hang_up(void)
{
	while (calls) {
		calls->outcome = calls->submitted ? SUBMIT_UNKNOWN : SUBMIT_OK;
		end_call(calls, true);
	}
}

static int readback(struct error_source *s, const struct source_at *at, uint32_t wait_us,
		    backend_look_fn fn, void *arg, struct ras_err *err)
{
	struct sim_guest *g = guest_at(&at->gen);
	struct call *c;

	sim_border("backend look");
	if (!g && !page_of(s))
		return ras_fail(err, RAS_E_GONE, "QEMU has ended");
	c = call(s, arg, wait_us ? wait_us * SIM_US : ANSWER_MAX_NS);
	c->looked = fn;
	c->gen = at->gen;
	if (strcmp(s->backend->name, "sim-event") == 0)
		c->raises = sent_last[g->index];
	return 0;
}

/* --- records --- */

/* QEMU works on it only while its guest runs. */
static void raise_later(void *arg)
{
	struct sim_write *w = arg;
	struct sim_guest *g = w->guest;

	if (w->end != END_NOT)
		return;
	if (!sim_guest_runs(g)) {
		sim_after(PAUSED_NS, raise_later, w);
		return;
	}
	sim_trace("%s: qemu: raises the record", g->name);
	w->raised_ns = sim_now();
}

/* The first step of shm-ghes (backend/shm_page.c): all of the record but what shows it. */
static void hide(struct sim_source *s, const uint8_t *rec, size_t len)
{
	memcpy(s->block, rec, len);
	memset(s->block, 0, 4);
	memset(s->block + 4, 0xff, 4);
	sim_border("backend hidden");
}

static size_t n_errors(const uint8_t *rec, size_t len)
{
	struct cper_entry e;
	struct cper_view v;
	size_t n = 0;

	if (cper_view_init(&v, rec, len, NULL) == 0)
		while (cper_view_next(&v, &e, NULL) == 1)
			n++;
	return n;
}

static int submit(struct error_source *s, const uint8_t *rec, size_t len, backend_submit_fn fn,
		  void *arg, struct ras_err *err)
{
	bool page = strcmp(s->backend->name, "sim-page") == 0, lost;
	unsigned int number = page ? SIM_PAGE : SIM_RAISED;
	struct generation gen = generation_of(s->guest);
	struct sim_guest *g = guest_at(&gen);
	struct sim_write *w;
	struct call *c;

	sim_border("backend submit");
	if (!g)
		return ras_fail(err, RAS_E_GONE, "QEMU has ended");
	c = call(s, arg, ANSWER_MAX_NS);
	c->submitted = fn;
	if (!sim_rasd_alive())
		return 0;
	lost = sim_percent(sim_backends.lose_command);
	if (page && !page_free(g)) {
		c->outcome = SUBMIT_BUSY;
		return 0;
	}
	c->outcome = lost || sim_percent(sim_backends.lose_reply) ? SUBMIT_UNKNOWN : SUBMIT_OK;
	sent_last[g->index] = page ? sent_last[g->index] : NULL;
	if (lost)
		return 0;
	if (page)
		hide(sim_source(g, number), rec, len);
	if (!sim_rasd_alive())
		return 0;
	w = sim_guest_write(g, number, rec, len, false);
	if (!page) {
		if (s->backend == backend_at(0) && n_errors(rec, len) > s->backend->errors_max)
			sim_fail("%s: a record of several errors", g->name);
		sent_last[g->index] = w;
		sim_after(sim_between_log(5 * SIM_US, RAISE_MAX_NS), raise_later, w);
	}
	sim_border("backend submitted");
	return 0;
}

static int take_back(struct error_source *s, const uint8_t *rec, size_t len, struct ras_err *err)
{
	struct sim_source *p = page_of(s);

	sim_border("backend take back");
	if (!p->in_block || memcmp(p->block, "\0\0\0", 4) == 0 ||
	    memcmp(p->block + 4, rec + 4, len - 4) != 0)
		return ras_fail(err, RAS_E_NOT_FOUND, "the page does not hold it");
	if (!sim_rasd_alive())
		return 0;
	sim_trace("%s: rasd takes a record back", s->guest->name);
	memset(p->block, 0, 4);
	memset(p->block + 4, 0xff, 4);
	p->in_block = NULL;
	sim_border("backend taken back");
	return 0;
}

static const struct backend page = {
	.name = "sim-page",
	.cper_profile = CPER_SPEC | CPER_LINUX_GUEST | CPER_QEMU_SLOT,
	.traits = { .proof = PROOF_READ_ACK, .keeps_block_over_reset = true },
	.probe = probe,
	.prepare = prepare,
	.submit = submit,
	.readback = readback,
	.take_back = take_back,
};

static const struct backend raised = {
	.name = "sim-event",
	.errors_max = 1,
	.cper_profile = CPER_SPEC | CPER_LINUX_GUEST | CPER_QEMU_SLOT,
	.traits = { .proof = PROOF_EVENT, .fence = true },
	.probe = probe,
	.prepare = prepare,
	.submit = submit,
	.readback = readback,
};

void sim_backends_register(enum sim_backends which, uint64_t life)
{
	static const struct backend *const all[] = { &backend_qemu_ghes, &page, &raised };
	static const struct backend *const event[] = { &raised };
	size_t n = which == BACKENDS_ALL_IN_FIRST_LIFE && life > 1 ? 2 : ARRAY_LEN(all);

	memset(sent_last, 0, sizeof(sent_last)); /* what was raised before is not known any more */
	if (which == BACKENDS_EVENT) {
		backends_override(event, ARRAY_LEN(event));
		return;
	}
	backends_override(which == BACKENDS_USUAL ? NULL : all, n);
}
