// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Stands in for daemon/translate: whose page it is, by the simulated host's own list. An answer is
 * made from what is true at one moment between question and answer. Without a helper, or where the
 * guest of the page cannot be asked, there is none.
 */
#include "translate/translate.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "daemon.h"
#include "guests/guest.h"
#include "helper.h"
#include "host.h"

struct translator {
	struct question *questions;
};

struct question {
	struct question *next, **prev; /* prev NULL: answered */
	struct translator *t;
	bool verify;
	enum verify_what what;
	char domain[64];
	struct hpa hpa;
	struct gpa gpa;
	struct xlate_answer ans;
	struct ras_err err;
	translate_fn fn;
	void *arg;
};

static struct translator *the_translator;

static bool asks_qemu(const struct question *q)
{
	return q->verify && q->what != VERIFY_PAGE;
}

static void end(struct question *q)
{
	struct sim_page *p = asks_qemu(q) ? sim_page_at(q->hpa.v / SIM_PAGE_BYTES) : NULL;

	if (p)
		p->confirmed = !q->err.code;
	*q->prev = q->next;
	if (q->next)
		q->next->prev = q->prev;
	q->prev = NULL;
	q->fn(q->arg, q->err.code || q->verify ? NULL : &q->ans, q->err.code ? &q->err : NULL);
}

static void answered(void *arg)
{
	struct question *q = arg;

	if (q->prev && sim_rasd_alive())
		end(q);
}

/* The guest can be asked for its pages. */
static bool is_known(const struct sim_guest *sg)
{
	struct guest *g;

	return guests_find(sim_daemon.guests, sg->name, &g, NULL) == 0 && guest_is_up(g) &&
	       g->life.pid == sg->proc.pid && g->life.start_time == sg->proc.start_time;
}

static void find_owner(struct question *q, const struct sim_page *p)
{
	struct sim_guest *sg = p ? sim_page_owner(p) : NULL;
	bool gone = p && p->poisoned && !p->lost_to_guest;

	q->ans = (struct xlate_answer){ .hpa = q->hpa,
					.state = XLATE_HOST,
					.page_bytes = sim_host_huge() * SIM_PAGE_BYTES,
					.read_ns = clock_boot_ns() };
	for (unsigned int i = 0; i < sim_n_guests; i++)
		if (sim_guest[i].proc.exists && !is_known(&sim_guest[i]) &&
		    (!sg || sg == &sim_guest[i])) {
			ras_fail(&q->err, RAS_E_LAYOUT, "%s could not be asked", sim_guest[i].name);
			return;
		}
	if (!sg || gone)
		return;
	q->ans.state = p->poisoned ? XLATE_POISONED : XLATE_LIVE;
	q->ans.backing = sim_host_huge() > 1 ? XLATE_BACKING_HUGETLB : XLATE_BACKING_SHARED;
	q->ans.n_owners = 1;
	q->ans.owner[0] =
		(struct xlate_owner){ .id = sg->index + 1,
				      .gpa = { p->gpa + q->hpa.v - p->pfn * SIM_PAGE_BYTES },
				      .state = q->ans.state };
}

static void check(struct question *q, const struct sim_page *p)
{
	const struct sim_guest *sg = p ? sim_page_owner(p) : NULL;

	if (asks_qemu(q) && sim_percent(sim_host_elsewhere()))
		ras_fail(&q->err, RAS_E_LAYOUT, "QEMU has that address elsewhere now");
	else if (q->what == VERIFY_QEMU && sg && is_known(sg))
		return; /* it knows nothing of pages of the host */
	else if (!sg || strcmp(sg->name, q->domain) != 0 ||
		 q->gpa.v - p->gpa != q->hpa.v - p->pfn * SIM_PAGE_BYTES)
		ras_fail(&q->err, RAS_E_BUSY, "the page has moved");
	else if (!is_known(sg))
		ras_fail(&q->err, RAS_E_LAYOUT, "%s could not be asked", sg->name);
}

static void reads(void *arg)
{
	struct question *q = arg;
	const struct sim_page *p = sim_page_at(q->hpa.v / SIM_PAGE_BYTES);

	if (!q->prev || !sim_rasd_alive())
		return;
	if (!helper_client_alive(sim_daemon.helper))
		ras_fail(&q->err, RAS_E_HELPER, "no rasd-pagemap");
	else if (q->verify)
		check(q, p);
	else
		find_owner(q, p);
	sim_after(sim_between_log(10 * SIM_US, SIM_MS), answered, q);
}

static void ask(struct translator *t, const struct question *what)
{
	struct question *q = sim_alloc(sizeof(*q));

	*q = *what;
	q->t = t;
	q->next = t->questions;
	q->prev = &t->questions;
	if (q->next)
		q->next->prev = &q->next;
	t->questions = q;
	sim_border("translate");
	sim_after(sim_between_log(50 * SIM_US, 20 * SIM_MS), reads, q);
}

int translator_new(struct translator **out, struct event_base *base, struct guests *guests,
		   struct helper_client *helper, struct ras_err *err)
{
	(void)base, (void)guests, (void)helper, (void)err;
	the_translator = calloc(1, sizeof(*the_translator));
	*out = the_translator;
	return 0;
}

void translator_free(struct translator *t)
{
	if (!t)
		return;
	while (t->questions) {
		ras_fail(&t->questions->err, RAS_E_GONE, "rasd is stopping");
		end(t->questions);
	}
	free(t);
}

void translator_keep_index(struct translator *t)
{
	(void)t;
}

void translate_hpa(struct translator *t, enum translate_for who, struct hpa hpa, int64_t timeout_ms,
		   translate_fn fn, void *arg)
{
	(void)who, (void)timeout_ms;
	ask(t, &(struct question){ .hpa = hpa, .fn = fn, .arg = arg });
}

void translate_verify(struct translator *t, const struct verify *v, translate_fn fn, void *arg)
{
	struct question q = {
		.verify = true, .what = v->what, .hpa = v->hpa, .gpa = v->gpa, .fn = fn, .arg = arg
	};

	snprintf(q.domain, sizeof(q.domain), "%s", v->domain);
	ask(t, &q);
}

const char *translate_domain(const struct translator *t, const struct xlate_owner *owner)
{
	(void)t;
	return owner->id && owner->id <= sim_n_guests ? sim_guest[owner->id - 1].name : NULL;
}
