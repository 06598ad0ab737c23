// SPDX-License-Identifier: LGPL-2.1-or-later
#include "inject/effects.h"

#include "cper/cper.h"
#include "journal/journal.h"

static enum conf_severity counts_as(const struct cper_effect *x)
{
	return cper_effect_severity(x->kind) == CPER_SEV_RECOVERABLE ? CONF_SEV_RECOVERABLE :
								       CONF_SEV_FATAL;
}

static void add_needs(void *ctx, const struct cper_effect *x)
{
	struct record_needs *n = ctx;

	if (counts_as(x) <= n->severity)
		return;
	n->severity = counts_as(x);
	n->by_effect = true;
	n->effect = *x;
}

void record_needs(const uint8_t *record, size_t len, enum conf_severity severity,
		  struct record_needs *out)
{
	*out = (struct record_needs){ .severity = severity };
	/* Also of a record that Linux refuses: other kernels may not. */
	cper_effects(record, len, add_needs, out);
}

struct page_list {
	struct gpa *out;
	size_t n, cap;
};

static void add_page(void *ctx, const struct cper_effect *x)
{
	struct page_list *l = ctx;

	if (x->kind != CPER_EFFECT_PAGE_SOFT_OFFLINE && x->kind != CPER_EFFECT_PAGE_OFFLINE)
		return;
	if (l->n < l->cap && x->gpa < POISON_MAX_GPA)
		l->out[l->n++].v = x->gpa & ~(uint64_t)(POISON_PAGE_BYTES - 1);
}

size_t record_bad_pages(const uint8_t *record, size_t len, struct gpa *out, size_t cap)
{
	struct page_list l = { .out = out, .cap = cap };

	return cper_effects(record, len, add_page, &l) < 0 ? 0 : l.n;
}
