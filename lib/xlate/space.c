// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Problem: a layout may change during a translation. Rule: a space never changes after it was made,
 * except for its marks; a new layout is a new space, and the old one is marked as old. Otherwise an
 * answer could mix two layouts.
 */
#include <stdlib.h>
#include <string.h>

#include "xlate/private.h"

static int by_first(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static int by_gpa(const void *a, const void *b)
{
	const struct xlate_section *x = a, *y = b;

	return x->gpa < y->gpa ? -1 : x->gpa > y->gpa;
}

/* Guest addresses must be unique. QEMU's may repeat (one block at several places). */
static int check_sections(const struct xlate_section *s, size_t n, size_t page_bytes,
			  struct ras_err *err)
{
	uint64_t end;

	if (n == 0 || n > XLATE_MAX_SECTIONS)
		return ras_fail(err, RAS_E_LAYOUT, "%zu RAM sections, not 1..%u", n,
				XLATE_MAX_SECTIONS);
	for (size_t i = 0; i < n; i++) {
		if (s[i].len_bytes == 0 || __builtin_add_overflow(s[i].gpa, s[i].len_bytes, &end) ||
		    __builtin_add_overflow(s[i].hva, s[i].len_bytes, &end) ||
		    end > INT64_MAX - page_bytes)
			return ras_fail(err, RAS_E_LAYOUT, "RAM section %zu is malformed", i);
		if (i > 0 && s[i].gpa - s[i - 1].gpa < s[i - 1].len_bytes)
			return ras_fail(err, RAS_E_LAYOUT, "RAM sections %zu and %zu overlap",
					i - 1, i);
	}
	return 0;
}

static void make_extents(struct xlate_space *s)
{
	struct extent all[XLATE_MAX_SECTIONS];

	for (size_t i = 0; i < s->n_sections; i++) {
		const struct xlate_section *c = &s->section[i];
		uint64_t first = c->hva / s->page_bytes;

		all[i] = (struct extent){ first,
					  (c->hva + c->len_bytes - 1) / s->page_bytes - first + 1 };
	}
	qsort(all, s->n_sections, sizeof(all[0]), by_first);
	s->n_extents = 0;
	for (size_t i = 0; i < s->n_sections; i++) {
		struct extent *last = s->n_extents ? &s->extent[s->n_extents - 1] : NULL;

		if (!last || all[i].first > last->first + last->n)
			s->extent[s->n_extents++] = all[i];
		else if (all[i].first + all[i].n > last->first + last->n)
			last->n = all[i].first + all[i].n - last->first;
	}
}

int xlate_space_new(const struct xlate_mm_ops *ops, void *ctx, uint64_t id, size_t page_bytes,
		    const struct xlate_section *section, size_t n, struct xlate_space **out,
		    struct ras_err *err)
{
	struct xlate_space *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return ras_fail(err, RAS_E_NOMEM, "no memory for a guest's layout");
	if (n <= XLATE_MAX_SECTIONS) {
		memcpy(s->section, section, n * sizeof(*section));
		qsort(s->section, n, sizeof(*section), by_gpa);
	}
	r = check_sections(s->section, n, page_bytes, err);
	if (r < 0) {
		free(s);
		return r;
	}
	atomic_init(&s->refs, 1);
	pthread_mutex_init(&s->lock, NULL);
	s->ops = ops;
	s->ctx = ctx;
	s->id = id;
	s->page_bytes = page_bytes;
	s->n_sections = n;
	make_extents(s);
	*out = s;
	return 0;
}

struct xlate_space *xlate_space_ref(struct xlate_space *s)
{
	atomic_fetch_add(&s->refs, 1);
	return s;
}

void xlate_space_unref(struct xlate_space *s)
{
	if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	s->ops->close(s->ctx);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

uint64_t xlate_space_id(const struct xlate_space *s)
{
	return s->id;
}

void xlate_space_retire(struct xlate_space *s)
{
	atomic_store(&s->retired, true);
}

bool xlate_space_retired(const struct xlate_space *s)
{
	return atomic_load(&s->retired);
}

bool xlate_space_gone(const struct xlate_space *s)
{
	return atomic_load(&s->gone);
}

size_t space_block_ranges(const struct xlate_space *s, size_t block_pages,
			  struct block_range out[XLATE_MAX_SECTIONS])
{
	uint64_t base = 0;
	size_t n = 0;

	for (size_t i = 0; i < s->n_extents; i++) {
		uint64_t first = s->extent[i].first / block_pages;
		uint64_t end = (s->extent[i].first + s->extent[i].n - 1) / block_pages + 1;

		if (n > 0 && first < out[n - 1].first + out[n - 1].n)
			first = out[n - 1].first + out[n - 1].n; /* two extents in one block */
		if (first >= end)
			continue;
		out[n++] = (struct block_range){ first, end - first, base };
		base += end - first;
	}
	return n;
}

long space_entry(struct xlate_space *s, uint64_t page, uint64_t *entry)
{
	long n = s->ops->pagemap(s->ctx, page, 1, entry);

	if (n == 0)
		atomic_store(&s->gone, true);
	return n;
}

size_t space_gpas(const struct xlate_space *s, uint64_t hva, uint64_t *gpa, size_t max)
{
	size_t n = 0;

	/* Sections are in guest order. */
	for (size_t i = 0; i < s->n_sections && n < max; i++)
		if (hva - s->section[i].hva < s->section[i].len_bytes)
			gpa[n++] = s->section[i].gpa + (hva - s->section[i].hva);
	return n;
}

bool space_hva(const struct xlate_space *s, uint64_t gpa, uint64_t *hva)
{
	for (size_t i = 0; i < s->n_sections; i++)
		if (gpa - s->section[i].gpa < s->section[i].len_bytes) {
			*hva = s->section[i].hva + (gpa - s->section[i].gpa);
			return true;
		}
	return false;
}
