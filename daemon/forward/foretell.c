// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The problem: before a page's record QEMU is asked two things, whether it has the page where the
 * layout says, and whether a migration is in progress. QEMU takes longer for each than the disk
 * takes for the intent.
 * The rule: both are asked as soon as the owner of the page is known, while it is still being
 * decided whether the guest is told. An answer serves a forward that begins FORETOLD_NS later at
 * the latest; after that it is asked again, because the page may have moved meanwhile.
 */
#include <string.h>

#include "base/clock.h"
#include "forward/private.h"
#include "guests/guest.h"

/* Far above what decides in between (1 ms); below what a guest needs to unplug memory. */
#define FORETOLD_NS INT64_C(20000000)

static void on_qemu(void *arg, const struct xlate_answer *ans, const struct ras_err *err)
{
	(void)ans;
	inject_hold_answer(arg, err);
}

void forward_ask_qemu(struct forward *f, const char *domain, struct gpa gpa, struct hpa hpa,
		      struct inject_hold *hold)
{
	struct verify v = {
		.who = FOR_HOST_EVENT, .what = VERIFY_QEMU, .domain = domain, .gpa = gpa, .hpa = hpa
	};

	inject_hold_expect(hold);
	translate_verify(f->translator, &v, on_qemu, hold);
}

static void forget(struct foretold *t)
{
	inject_hold_unref(t->hold);
	*t = (struct foretold){ .hold = NULL };
}

void forward_foretell(struct forward *f, const char *domain, struct gpa gpa, struct hpa hpa)
{
	struct foretold *t = &f->foretold[f->next_foretold++ % FORETOLD_KEPT];
	struct guest *g;

	if (guests_find(f->guests, domain, &g, NULL) < 0 || !guest_is_up(g))
		return;
	forget(t);
	t->hold = inject_hold_new();
	if (!t->hold)
		return;
	snprintf(t->domain, sizeof(t->domain), "%s", domain);
	t->gpa = gpa;
	t->hpa = hpa;
	t->until_ns = clock_boot_ns() + FORETOLD_NS;
	injector_foretell(f->injector, g);
	forward_ask_qemu(f, domain, gpa, hpa, t->hold);
}

struct inject_hold *forward_foretold(struct forward *f, const char *domain, struct gpa gpa,
				     struct hpa hpa)
{
	struct inject_hold *hold;

	for (size_t i = 0; i < FORETOLD_KEPT; i++) {
		struct foretold *t = &f->foretold[i];

		if (!t->hold || t->gpa.v != gpa.v || t->hpa.v != hpa.v ||
		    strcmp(t->domain, domain) != 0)
			continue;
		hold = clock_boot_ns() <= t->until_ns ? inject_hold_ref(t->hold) : NULL;
		forget(t);
		return hold;
	}
	return NULL;
}

void forward_forget(struct forward *f)
{
	for (size_t i = 0; i < FORETOLD_KEPT; i++)
		forget(&f->foretold[i]);
}
