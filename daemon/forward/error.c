// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A real error of this host, page by page into the guest that has them.
 *
 * The problem: one bad host page may be many pages of a guest (a huge page has 512), a block of a
 * guest has room for six, a machine check for one, and any page may move while the ones before it
 * are sent.
 * The rule: block by block. Each page is verified just before the block that names it is sent; one
 * that is not RAM of the guest, or has moved, is left out. QEMU's part of that is asked for first
 * and may come while the intent is stored: the record is held until then. Where QEMU says no, the
 * block is refused and tried again, and then QEMU is asked first, so that a page that has been
 * unplugged is left out. The next block follows when the guest
 * has read the one before. How far it came is stored with each block, so that a later life goes on
 * from there and sends nothing twice.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/failpoint.h"
#include "base/log.h"
#include "forward/private.h"
#include "forward/record.h"
#include "guests/guest.h"

#define GUEST_PAGE_BYTES 4096u
/*
 * For one block: a guest that is stopped or boots may take its time. Who ordered it asks again
 * after that, so it only bounds how long an answer is missing.
 */
#define BLOCK_MS 30000
/*
 * By a backend that takes one error a record a page takes a second (hmp_mce.c) and a row of the
 * journal. That is 9 minutes for a huge page of 2 MiB, and three days for one of 1 GiB.
 */
#define SINGLE_PAGES_MAX 512u

/* One error on its way. */
struct forwarding_error {
	struct forward *f;
	struct forward_error e;
	struct forward_result result;
	uint32_t at;  /* pages looked at so far, from the first one on */
	uint32_t end; /* of this block */
	struct gpa page[FORWARD_BLOCK_PAGES];
	size_t n_pages, n_pages_max;
	struct inject_hold *hold; /* QEMU's answers about this block; NULL: it is asked first */
	bool foretold;		  /* of its first page it has been asked already */
	char request_id[64];
	forward_error_fn done;
	void *arg;
};

static void block_begin(struct forwarding_error *w);

static void finish(struct forwarding_error *w, const struct ras_err *err)
{
	if (err)
		w->result.err = *err;
	w->done(w->arg, &w->result);
	inject_hold_unref(w->hold);
	free(w);
}

/* Pages that are lost; a corrected error is one address. */
static uint32_t n_all(const struct forwarding_error *w)
{
	return w->e.pages ? w->e.pages : 1;
}

/* The guest has it, or may have it: the pages of this block are dealt with. */
static void on_injected(void *arg, const struct journal_row *row, const struct ras_err *err)
{
	struct forwarding_error *w = arg;

	w->result.row = row;
	if (err || row->outcome.state == INJ_REFUSED) {
		struct ras_err e;

		if (!err)
			ras_fail(&e, RAS_E_NOT_READY, "%s", row->outcome.detail);
		w->result.stored |= !err;
		finish(w, err ? err : &e);
		return;
	}
	w->result.stored = true;
	w->result.done = w->end;
	if (w->end == n_all(w)) {
		w->result.over = true;
		finish(w, NULL);
		return;
	}
	if (!inj_state_final(row->outcome.state)) {
		struct ras_err e;

		ras_fail(&e, RAS_E_BUSY, "the guest has not acknowledged the pages before");
		finish(w, &e);
		return;
	}
	w->e.host.has_event = false;
	w->at = w->end;
	block_begin(w);
}

static void send_block(struct forwarding_error *w)
{
	uint8_t record[JOURNAL_MAX_RECORD];
	char event[UUID_TEXT_SIZE];
	struct inject_request rq = { .domain = w->e.domain,
				     .request_id = w->request_id,
				     .params_digest = "host-event",
				     .peer.uid = geteuid(),
				     .gpa = w->page[0],
				     .via = { .has_hpa = true,
					      .hpa = { w->e.hpa.v + (w->page[0].v - w->e.gpa.v) } },
				     .severity = w->e.severity,
				     .fru = FRU_NONE,
				     .record = record,
				     .wait = true,
				     .timeout_ms = BLOCK_MS };
	struct ras_err err;

	if (forward_record(&w->e, w->page, w->n_pages, record, sizeof(record), &rq.record_len,
			   &err) < 0) {
		finish(w, &err);
		return;
	}
	uuid_format(&w->e.host.event_id, event);
	snprintf(w->request_id, sizeof(w->request_id), "%s.%u.%u", event, w->at, w->e.tries);
	w->e.host.forward.begun = w->at;
	w->e.host.forward.done = w->end;
	w->e.host.hold = w->hold;
	FAILPOINT(host_forward);
	injector_forward(w->f->injector, &rq, &w->e.host, on_injected, w);
}

static struct guest *guest_of(struct forwarding_error *w, struct ras_err *err)
{
	struct guest *g;

	if (guests_find(w->f->guests, w->e.domain, &g, err) < 0)
		return NULL;
	if (g->life.pid == w->e.pid && g->life.start_time == w->e.start_time)
		return g;
	if (g->life.pid <= 0)
		ras_fail(err, RAS_E_NOT_RUNNING, "%s cannot be reached", w->e.domain);
	else
		ras_fail(err, RAS_E_GONE, "the QEMU that had the page has ended");
	return NULL;
}

static void on_page(void *arg, const struct xlate_answer *ans, const struct ras_err *err);

static void verify(struct forwarding_error *w, struct gpa gpa, struct hpa hpa)
{
	struct verify v = { .who = FOR_HOST_EVENT,
			    .what = w->hold ? VERIFY_PAGE : VERIFY_BOTH,
			    .domain = w->e.domain,
			    .gpa = gpa,
			    .hpa = hpa };

	if (w->hold && !(w->foretold && w->end == w->at))
		forward_ask_qemu(w->f, w->e.domain, gpa, hpa, w->hold);
	translate_verify(w->f->translator, &v, on_page, w);
}

/* The next page of the block, or the block. */
static void page_next(struct forwarding_error *w)
{
	uint32_t i = w->end;
	struct gpa gpa = { w->e.gpa.v + (uint64_t)i * GUEST_PAGE_BYTES };
	struct hpa hpa = { w->e.hpa.v + (uint64_t)i * GUEST_PAGE_BYTES };
	struct ras_err err;
	const struct guest *g = guest_of(w, &err);

	if (!g) {
		finish(w, &err);
		return;
	}
	while (w->end < n_all(w) && !guest_has_ram(g, gpa)) {
		w->end++;
		gpa.v += GUEST_PAGE_BYTES;
		hpa.v += GUEST_PAGE_BYTES;
	}
	if (w->end < n_all(w) && w->n_pages < w->n_pages_max) {
		verify(w, gpa, hpa);
	} else if (w->n_pages) {
		send_block(w);
	} else {
		ras_fail(&err, RAS_E_NOT_RAM, "the page is not RAM of %s any more", w->e.domain);
		w->result.over = w->result.stored;
		finish(w, &err);
	}
}

static void on_page(void *arg, const struct xlate_answer *ans, const struct ras_err *err)
{
	struct forwarding_error *w = arg;

	(void)ans;
	/* It moved while it was read: that is known of a live page only, and it is bad no more. */
	if (err && err->code != RAS_E_BUSY && err->code != RAS_E_NOT_RAM) {
		finish(w, err);
		return;
	}
	if (!err)
		w->page[w->n_pages++].v = w->e.gpa.v + (uint64_t)w->end * GUEST_PAGE_BYTES;
	w->end++;
	page_next(w);
}

/* As many pages as a record may name that goes into g now. */
static int find_room(struct forwarding_error *w, const struct guest *g, struct ras_err *err)
{
	const struct backend *b;
	int r = backend_pick(g, NULL, &b, err);

	if (r < 0)
		return r;
	w->n_pages_max = FORWARD_BLOCK_PAGES;
	if (!b->errors_max || b->errors_max >= FORWARD_BLOCK_PAGES)
		return 0;
	w->n_pages_max = b->errors_max;
	if (w->at < SINGLE_PAGES_MAX)
		return 0;
	ras_fail(err, RAS_E_NOT_CAPABLE, "%s sends one page at a time, and no more than %u",
		 b->name, SINGLE_PAGES_MAX);
	return ras_hint(err, "'rasctl provision' gives the guest error sources that take more");
}

static void on_prepared(void *arg, struct guest *g, const struct ras_err *err)
{
	struct forwarding_error *w = arg;
	struct ras_err none;

	if (err)
		finish(w, err);
	else if (find_room(w, g, &none) < 0)
		finish(w, &none);
	else
		page_next(w);
}

/* The answers that the next block needs. */
static void hold_begin(struct forwarding_error *w)
{
	uint64_t at = (uint64_t)w->at * GUEST_PAGE_BYTES;

	inject_hold_unref(w->hold);
	w->hold = w->e.tries ? NULL :
			       forward_foretold(w->f, w->e.domain, (struct gpa){ w->e.gpa.v + at },
						(struct hpa){ w->e.hpa.v + at });
	w->foretold = w->hold;
	if (!w->hold && !w->e.tries)
		w->hold = inject_hold_new();
}

static void block_begin(struct forwarding_error *w)
{
	struct ras_err err;
	struct guest *g = guest_of(w, &err);

	w->n_pages = 0;
	w->end = w->at;
	hold_begin(w);
	if (g)
		injector_prepare(w->f->injector, g, on_prepared, w);
	else
		finish(w, &err);
}

void forward_error(struct forward *f, const struct forward_error *e, forward_error_fn done,
		   void *arg)
{
	struct forwarding_error *w = calloc(1, sizeof(*w));
	struct forward_result r = { .done = e->done };

	if (!w) {
		ras_fail(&r.err, RAS_E_NOMEM, "out of memory");
		done(arg, &r);
		return;
	}
	w->f = f;
	w->e = *e;
	w->result = r;
	w->at = e->done;
	w->done = done;
	w->arg = arg;
	block_begin(w);
}
