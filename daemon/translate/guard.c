// SPDX-License-Identifier: LGPL-2.1-or-later
/* The last question to QEMU itself: does it still have that guest address where our layout says? */
#include "translate/private.h"

#define GUEST_PAGE_MASK (~UINT64_C(4095))

static bool layout_hva(const struct guest *g, uint64_t gpa, uint64_t *hva)
{
	for (size_t i = 0; i < g->ram.n; i++)
		if (gpa - g->ram.section[i].gpa < g->ram.section[i].len_bytes) {
			*hva = g->ram.section[i].hva + (gpa - g->ram.section[i].gpa);
			return true;
		}
	return false;
}

static void on_hva(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct question *q = arg;
	uint64_t hva, want, at = q->what.gpa.v & GUEST_PAGE_MASK;
	struct guest *g;
	const char *text;
	size_t len;

	if (o != QMP_OK) {
		q->err = *err;
	} else if (qmp_parse_text(ret, &text, &len, &q->err) == 0 &&
		   qmp_gpa2hva_parse(text, len, at, &hva, NULL, &q->err) == 0) {
		if (guests_find(q->t->guests, q->what.domain, &g, &q->err) == 0 && g->ram.known &&
		    layout_hva(g, at, &want) && want == hva) {
			question_guarded(q);
			return;
		}
		ras_fail(&q->err, RAS_E_LAYOUT, "QEMU has guest address 0x%llx elsewhere now",
			 (unsigned long long)q->what.gpa.v);
	}
	question_fail(q);
}

void guard_start(struct question *q)
{
	struct guest *g;

	if (guests_find(q->t->guests, q->what.domain, &g, &q->err) < 0 ||
	    qmp_cmd_gpa2hva(g->link.mon, q->what.gpa.v & GUEST_PAGE_MASK, on_hva, q, &q->err) < 0)
		question_fail(q);
}
