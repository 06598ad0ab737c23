// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The index of huge pages: 12 bytes for each, sorted by physical block.
 *
 *   entry = physical block << 32 | hugetlb << 31 | place
 *
 * A place counts the blocks of all spaces, so one number names space and block. A space keeps its
 * places in the next index. So history, the entries of earlier indices, stays readable. Small pages
 * are not indexed: they would cost 4 MiB a GiB, and they move.
 *
 * Beside each entry stands since when every index has had it. That proves whose page it was at some
 * time in the past, if it still is: for an error that is read long after it happened.
 *
 * The index only proposes. Every user verifies a place by one read, so an old entry costs time and
 * never makes an answer wrong. History is used only for poisoned pages, where nothing is left to
 * read.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "xlate/private.h"

#define HUGETLB_BIT (UINT64_C(1) << 31)
#define PLACE_MASK (HUGETLB_BIT - 1)
#define MIN_HISTORY 64u

struct slot {
	struct xlate_space *space;
	uint64_t base, n_places;
	int64_t seen_ns;
	struct block_range *range;
	size_t n_ranges;
	bool kept; /* taken over from the previous index */
};

struct old_entry {
	uint64_t entry;
	int64_t seen_ns;
};

struct xlate_index {
	atomic_int refs;
	struct slot *slot;
	size_t n_slots;
	uint64_t next_base;
	uint64_t *entry;
	size_t n, room;
	uint32_t *since_s; /* n: boot time, rounded up; NULL: not known, for want of memory */
	struct old_entry *history;
	size_t n_history;
	int64_t built_ns;
};

static uint64_t block_of(uint64_t entry)
{
	return entry >> 32;
}

static int by_entry(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void index_free(struct xlate_index *x)
{
	for (size_t i = 0; i < x->n_slots; i++) {
		xlate_space_unref(x->slot[i].space);
		free(x->slot[i].range);
	}
	free(x->slot);
	free(x->entry);
	free(x->since_s);
	free(x->history);
	free(x);
}

struct xlate_index *xlate_index_ref(struct xlate_index *x)
{
	atomic_fetch_add(&x->refs, 1);
	return x;
}

void xlate_index_unref(struct xlate_index *x)
{
	if (x && atomic_fetch_sub(&x->refs, 1) == 1)
		index_free(x);
}

/* --- building --- */

struct build {
	struct xlate_host *h;
	struct xlate_index *x;
	struct slot *slot;
	bool no_memory;
};

static bool push(struct build *b, uint64_t entry)
{
	struct xlate_index *x = b->x;

	if (x->n == x->room) {
		size_t room = x->room ? x->room * 2 : 1024;
		uint64_t *p = reallocarray(x->entry, room, sizeof(*p));

		if (!p) {
			b->no_memory = true;
			return false;
		}
		x->entry = p;
		x->room = room;
	}
	x->entry[x->n++] = entry;
	return true;
}

static bool on_huge(void *arg, const struct walk_chunk *c)
{
	struct build *b = arg;
	const struct slot *s = b->slot;
	uint64_t block = c->first / b->h->block_pages;
	uint64_t pfn = c->entry[0] & PM_PFN_MASK;
	uint64_t start = pfn - (c->first - block * b->h->block_pages);
	uint64_t flags = 0;

	if (!(c->entry[0] & PM_PRESENT) || pfn == 0 || start % b->h->block_pages ||
	    start / b->h->block_pages > UINT32_MAX)
		return false;
	/* All guests share the huge zero page. */
	if (b->h->kpage(b->h->ctx, XLATE_KPAGEFLAGS, start, &flags) && (flags & KPF_ZERO_PAGE))
		return false;
	for (size_t i = 0; i < s->n_ranges; i++)
		if (block - s->range[i].first < s->range[i].n)
			return !push(b, start / b->h->block_pages << 32 |
						(flags & KPF_HUGE ? HUGETLB_BIT : 0) |
						(s->base + s->range[i].base +
						 (block - s->range[i].first)));
	return false;
}

static const struct slot *slot_of_space(const struct xlate_index *x, const struct xlate_space *s)
{
	for (size_t i = 0; x && i < x->n_slots; i++)
		if (x->slot[i].space == s)
			return &x->slot[i];
	return NULL;
}

static const struct slot *slot_at(const struct xlate_index *x, uint64_t place)
{
	for (size_t lo = 0, hi = x->n_slots; lo < hi;) {
		size_t mid = (lo + hi) / 2;
		const struct slot *s = &x->slot[mid];

		if (place < s->base)
			hi = mid;
		else if (place - s->base >= s->n_places)
			lo = mid + 1;
		else
			return s;
	}
	return NULL;
}

static int add_slot(struct build *b, struct xlate_space *space, const struct slot *was,
		    struct ras_err *err)
{
	struct block_range range[XLATE_MAX_SECTIONS];
	size_t n = space_block_ranges(space, b->h->block_pages, range);
	struct slot *s = &b->x->slot[b->x->n_slots];

	*s = (struct slot){ .n_ranges = n, .range = calloc(n, sizeof(*range)) };
	if (!s->range)
		return ras_fail(err, RAS_E_NOMEM, "no memory for a page index");
	memcpy(s->range, range, n * sizeof(*range));
	s->n_places = range[n - 1].base + range[n - 1].n;
	s->space = xlate_space_ref(space);
	b->x->n_slots++;
	if (was) {
		s->base = was->base;
	} else {
		s->base = b->x->next_base;
		b->x->next_base += s->n_places;
		if (b->x->next_base > PLACE_MASK)
			return ras_fail(err, RAS_E_LAYOUT,
					"more guest memory than an index can name");
	}
	return 0;
}

static int fill_slot(struct build *b, struct slot *s, const struct slot *was, bool rescan,
		     struct ras_err *err)
{
	int rc = 0;

	b->slot = s;
	if (was && !rescan) {
		s->seen_ns = was->seen_ns;
		s->kept = true; /* take_over() follows */
	} else {
		rc = walk_huge(b->h, s->space, on_huge, b);
		s->seen_ns = b->h->now_ns(b->h->ctx);
	}
	if (b->no_memory)
		return ras_fail(err, RAS_E_NOMEM, "no memory for a page index");
	return rc == -RAS_E_TIMEOUT ? ras_fail(err, RAS_E_TIMEOUT, "page index: cancelled") : 0;
}

/* The entries of the spaces that were not read again. */
static int take_over(struct build *b, const struct xlate_index *old, struct ras_err *err)
{
	for (size_t i = 0; old && i < old->n; i++) {
		const struct slot *s = slot_at(b->x, old->entry[i] & PLACE_MASK);

		if (s && s->kept && !push(b, old->entry[i]))
			return ras_fail(err, RAS_E_NOMEM, "no memory for a page index");
	}
	return 0;
}

/*
 * Entries of old that do not exist any more, newest first, at most half as many as there are
 * entries.
 */
static int keep_history(struct xlate_index *x, const struct xlate_index *old, struct ras_err *err)
{
	size_t max = x->n / 2 > MIN_HISTORY ? x->n / 2 : MIN_HISTORY;
	size_t room = old ? old->n + old->n_history : 0;
	struct old_entry *kept;

	if (room == 0)
		return 0;
	room = room < max ? room : max;
	kept = calloc(room, sizeof(*kept));
	if (!kept)
		return ras_fail(err, RAS_E_NOMEM, "no memory for a page index");
	for (size_t i = 0; i < old->n && x->n_history < room; i++) {
		uint64_t e = old->entry[i];
		const struct slot *s = slot_at(x, e & PLACE_MASK);
		const struct slot *was = slot_at(old, e & PLACE_MASK);

		if (s && !s->kept && !bsearch(&e, x->entry, x->n, sizeof(e), by_entry))
			kept[x->n_history++] =
				(struct old_entry){ e, was ? was->seen_ns : old->built_ns };
	}
	for (size_t i = 0; i < old->n_history && x->n_history < room; i++)
		if (slot_at(x, old->history[i].entry & PLACE_MASK))
			kept[x->n_history++] = old->history[i];
	x->history = x->n_history ? reallocarray(kept, x->n_history, sizeof(*kept)) : NULL;
	if (!x->history) {
		/* In practice realloc to less does not fail. If it does, there is no history. */
		x->n_history = 0;
		free(kept);
	}
	return 0;
}

/* Since when each entry has been there: as in old, or since its space was read. */
static void note_since(struct xlate_index *x, const struct xlate_index *old)
{
	x->since_s = calloc(x->n ? x->n : 1, sizeof(*x->since_s));
	for (size_t i = 0; x->since_s && i < x->n; i++) {
		const uint64_t *was = old && old->since_s && old->n ?
					      bsearch(&x->entry[i], old->entry, old->n,
						      sizeof(*old->entry), by_entry) :
					      NULL;
		const struct slot *s = slot_at(x, x->entry[i] & PLACE_MASK);

		if (was)
			x->since_s[i] = old->since_s[was - old->entry];
		else if (s)
			x->since_s[i] = (uint32_t)((s->seen_ns + 999999999) / 1000000000);
	}
}

static int by_base(const void *a, const void *b)
{
	const struct slot *x = a, *y = b;

	return x->base < y->base ? -1 : x->base > y->base;
}

static int build_all(struct build *b, struct xlate_space *const *space, size_t n,
		     const bool *rescan, const struct xlate_index *old, struct ras_err *err)
{
	struct xlate_index *x = b->x;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i++) {
		const struct slot *was = slot_of_space(old, space[i]);

		if (xlate_space_gone(space[i]))
			continue;
		r = add_slot(b, space[i], was, err);
		if (r == 0)
			r = fill_slot(b, &x->slot[x->n_slots - 1], was, !rescan || rescan[i], err);
	}
	if (r < 0)
		return r;
	qsort(x->slot, x->n_slots, sizeof(*x->slot), by_base);
	r = take_over(b, old, err);
	if (r < 0)
		return r;
	if (x->n > 0) {
		uint64_t *fit;

		qsort(x->entry, x->n, sizeof(*x->entry), by_entry);
		fit = reallocarray(x->entry, x->n, sizeof(*fit));
		if (fit) {
			x->entry = fit;
			x->room = x->n;
		}
	}
	note_since(x, old);
	return keep_history(x, old, err);
}

int xlate_index_new(struct xlate_host *h, struct xlate_space *const *space, size_t n,
		    const bool *rescan, const struct xlate_index *old, struct xlate_index **out,
		    struct ras_err *err)
{
	struct xlate_index *x = calloc(1, sizeof(*x));
	struct build b = { .h = h, .x = x };
	int r;

	if (!x || !(x->slot = calloc(n ? n : 1, sizeof(*x->slot)))) {
		free(x);
		return ras_fail(err, RAS_E_NOMEM, "no memory for a page index");
	}
	atomic_init(&x->refs, 1);
	x->next_base = old ? old->next_base : 0;
	r = build_all(&b, space, n, rescan, old, err);
	if (r == -RAS_E_LAYOUT && old) {
		/* All places are used. Number them again; this costs the history. */
		index_free(x);
		return xlate_index_new(h, space, n, NULL, NULL, out, err);
	}
	if (r < 0) {
		index_free(x);
		return r;
	}
	x->built_ns = h->now_ns(h->ctx);
	*out = x;
	return 0;
}

/* --- asking --- */

static bool locate(const struct xlate_index *x, const struct xlate_host *h, uint64_t entry,
		   uint64_t pfn, int64_t seen_ns, struct index_hit *hit)
{
	const struct slot *s = slot_at(x, entry & PLACE_MASK);
	uint64_t place;

	if (!s)
		return false;
	place = (entry & PLACE_MASK) - s->base;
	for (size_t i = 0; i < s->n_ranges; i++)
		if (place - s->range[i].base < s->range[i].n) {
			uint64_t block = s->range[i].first + (place - s->range[i].base);

			*hit = (struct index_hit){
				.space = s->space,
				.page = block * h->block_pages + pfn % h->block_pages,
				.hugetlb = entry & HUGETLB_BIT,
				.seen_ns = seen_ns ? seen_ns : s->seen_ns,
			};
			return true;
		}
	return false;
}

static bool has_place(const struct xlate_index *x, uint64_t place)
{
	for (size_t i = 0; i < x->n; i++)
		if ((x->entry[i] & PLACE_MASK) == place)
			return true;
	return false;
}

bool index_next(const struct xlate_index *x, const struct xlate_host *h, uint64_t pfn, bool history,
		size_t *at, struct index_hit *hit)
{
	uint64_t block = pfn / h->block_pages;
	size_t i = *at;

	if (i == 0) {
		size_t lo = 0, len = x->n;

		/* The first entry of the block, without a branch to mispredict. */
		while (len > 1) {
			size_t half = len / 2;

			lo += block_of(x->entry[lo + half - 1]) < block ? half : 0;
			len -= half;
		}
		i = lo + (len == 1 && block_of(x->entry[lo]) < block);
	} else {
		i--;
	}
	for (; i < x->n; i++) {
		if (block_of(x->entry[i]) != block)
			break;
		*at = i + 2;
		if (locate(x, h, x->entry[i], pfn, 0, hit)) {
			hit->since_ns = x->since_s ? x->since_s[i] * INT64_C(1000000000) : 0;
			return true;
		}
	}
	if (!history)
		return false;
	for (i = i > x->n ? i : x->n; i < x->n + x->n_history; i++) {
		const struct old_entry *o = &x->history[i - x->n];

		if (block_of(o->entry) == block && locate(x, h, o->entry, pfn, o->seen_ns, hit)) {
			hit->superseded = has_place(x, o->entry & PLACE_MASK);
			*at = i + 2;
			return true;
		}
	}
	return false;
}

bool index_block(const struct xlate_index *x, size_t i, uint64_t *block)
{
	if (i >= x->n + x->n_history)
		return false;
	*block = block_of(i < x->n ? x->entry[i] : x->history[i - x->n].entry);
	return true;
}

size_t xlate_index_blocks(const struct xlate_index *x)
{
	return x->n;
}

size_t xlate_index_history(const struct xlate_index *x)
{
	return x->n_history;
}

size_t xlate_index_bytes(const struct xlate_index *x)
{
	size_t bytes = sizeof(*x) + x->room * sizeof(*x->entry) + x->n * sizeof(*x->since_s) +
		       x->n_history * sizeof(*x->history);

	for (size_t i = 0; i < x->n_slots; i++)
		bytes += sizeof(x->slot[i]) + x->slot[i].n_ranges * sizeof(struct block_range);
	return bytes;
}

bool xlate_find_indexed(struct xlate_host *h, const struct xlate_index *x, struct hpa hpa,
			struct xlate_answer *ans)
{
	uint64_t pfn = hpa.v / h->page_bytes, n_mappings = 0, n_found = 0, e;
	bool shared = false;
	struct index_hit hit;
	size_t at = 0;

	if (!index_next(x, h, pfn, false, &at, &hit))
		return false;
	answer_init(ans, hpa);
	do {
		if (xlate_space_retired(hit.space) || space_entry(hit.space, hit.page, &e) != 1 ||
		    !entry_is(e, pfn))
			continue;
		/*
		 * Anonymous huge pages have one owner. Of hugetlb pages the entry says so; of other
		 * large folios that bit differs by kernel.
		 */
		shared |= (e & PM_FILE) && !(hit.hugetlb && (e & PM_EXCLUSIVE));
		answer_add(ans, hit.space, hit.page, XLATE_LIVE);
		if (hit.since_ns > ans->since_ns)
			ans->since_ns = hit.since_ns;
		ans->backing = hit.hugetlb ? XLATE_BACKING_HUGETLB :
			       e & PM_FILE ? XLATE_BACKING_SHARED :
					     XLATE_BACKING_THP;
		if (xlate_space_retired(hit.space))
			return false;
		n_found++;
	} while (index_next(x, h, pfn, false, &at, &hit));
	if (n_found == 0 || ans->owner[0].state == XLATE_QEMU_INTERNAL)
		return false;
	if (shared &&
	    (!h->kpage(h->ctx, XLATE_KPAGECOUNT, pfn, &n_mappings) || n_mappings > n_found))
		return false; /* others map it too; the long search finds them */
	ans->n_mappings = n_mappings;
	ans->page_bytes = h->page_bytes * h->block_pages;
	ans->state = XLATE_LIVE;
	ans->found = XLATE_BY_INDEX;
	ans->read_ns = h->now_ns(h->ctx);
	return true;
}
