// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * Problem: the HEST may be anywhere in guest RAM, which may have hundreds of GiB, and the guest can
 * write tables of its own into it.
 *
 * Where the search looks. Firmware puts the HEST near the top of RAM, below 4 GiB where it can. So
 * sections are cut at 4 GiB into ranges. Ranges below 4 GiB come first, the highest first, and each
 * round searches one step from the top of every range. Pagemap says which pages are present. Only
 * those are read. Where that finds nothing, pages that are swapped out are read in a second pass,
 * because nobody touches the table's page after boot. A signature lies at a multiple of 4 bytes;
 * from there the whole table is read, which may cross pages.
 *
 * Which table is used. The first valid one, in an order that does not depend on time, so the answer
 * is the same every time. The round in which it was found is searched to its end. Other valid
 * tables that differ from it (rivals) are counted, and do not change the answer. Firmware's table
 * is found in a first round: it is at the top of RAM below 4 GiB, or of all RAM where one block
 * spans both.
 *
 * What a candidate may cost is bounded, or planted signatures would use up the budget before the
 * true table is reached: the header must make sense before more is read; at most JUDGED_PER_PAGE
 * signatures of a guest page are looked at (firmware's page holds one); at most JUDGED_BIG large
 * tables in one search; at most HELPER_MAX_SOURCES sources of a table.
 */
#include "helper/hest.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define FOUR_GIB (UINT64_C(1) << 32)
#define STEP_BYTES (UINT64_C(256) << 20)
#define PAGEMAP_ENTRIES 8192u /* 64 KiB a read */
#define PAGE_PRESENT (UINT64_C(1) << 63)
#define PAGE_SWAP (UINT64_C(1) << 62) /* swapped out, or on its way to another frame */
#define RUN_BYTES (256u << 10)
#define JUDGED_PER_PAGE 4u
#define SMALL_TABLE_BYTES 4096u
#define JUDGED_BIG 64u /* tables that are not small */
#define GUEST_PAGE 4096u
#define MAX_RANGES (2u * HELPER_MAX_SECTIONS)

/* A part of a section; [hva, hva + left_bytes) is still to be searched. */
struct range {
	uint64_t gpa, hva;
	uint64_t left_bytes;
};

/* Memory that was read last. */
struct run {
	uint64_t gpa;
	size_t len;
	uint8_t *data;
};

/* What was spent on candidates. */
struct spent {
	uint64_t page; /* guest page of the last signature */
	unsigned int in_page, big;
};

struct search {
	const struct hest_io *io;
	const struct ram_section *section;
	size_t n;
	struct hest_found *out;
	int64_t deadline_ns;
	bool expired;
	bool io_error;
	uint64_t kind; /* pagemap bit of the pages to read */
	struct run run;
	struct spent spent;
	uint64_t *pagemap;
	uint8_t *table;
	struct hest_source rival[HELPER_MAX_SOURCES];
};

static bool time_is_up(struct search *se)
{
	if (!se->expired && se->io->now_ns(se->io->ctx) >= se->deadline_ns)
		se->expired = true;
	return se->expired;
}

static void ignore(struct search *se)
{
	if (se->out->n_ignored < UINT32_MAX)
		se->out->n_ignored++;
}

/* Read from the run in memory where that has it all, else from the guest. */
static bool fetch(struct search *se, uint64_t gpa, void *buf, size_t len)
{
	if (gpa >= se->run.gpa && gpa - se->run.gpa <= se->run.len &&
	    len <= se->run.len - (size_t)(gpa - se->run.gpa)) {
		memcpy(buf, se->run.data + (gpa - se->run.gpa), len);
		return true;
	}
	return ram_read(se->io, se->section, se->n, gpa, buf, len);
}

static uint32_t judge(struct search *se, uint64_t gpa)
{
	uint8_t head[HEST_TABLE_HEAD];
	uint32_t len;

	if (!fetch(se, gpa, head, sizeof(head)) || !hest_head_makes_sense(head))
		return 0;
	len = hest_head_bytes(head);
	if ((len > SMALL_TABLE_BYTES && ++se->spent.big > JUDGED_BIG) ||
	    !fetch(se, gpa, se->table, len))
		return 0;
	return hest_parse(se->io, se->section, se->n, se->table, len, se->rival);
}

/* A signature is at gpa. */
static void candidate(struct search *se, uint64_t gpa)
{
	struct hest_found *out = se->out;
	uint32_t found;

	if (gpa / GUEST_PAGE != se->spent.page) {
		se->spent.page = gpa / GUEST_PAGE;
		se->spent.in_page = 0;
	}
	if (++se->spent.in_page > JUDGED_PER_PAGE) {
		ignore(se);
		return;
	}
	if (time_is_up(se))
		return;
	memset(se->rival, 0, sizeof(se->rival));
	found = judge(se, gpa);
	if (found > 0 && out->n_sources == 0) {
		memcpy(out->source, se->rival, sizeof(out->source));
		out->n_sources = found;
		out->hest_gpa = gpa;
		return;
	}
	/* A copy with the same content, which firmware may leave behind, is no rival. */
	if (found == out->n_sources && memcmp(out->source, se->rival, sizeof(out->source)) == 0 &&
	    found > 0)
		return;
	ignore(se);
	if (found > 0)
		out->n_rivals++;
}

static void search_run(struct search *se, uint64_t gpa, uint64_t hva, size_t len);

/* A page of the run cannot be read (poisoned, or unmapped meanwhile). Read the others singly. */
static void search_pieces(struct search *se, uint64_t gpa, uint64_t hva, size_t len)
{
	size_t page = se->io->page_bytes;

	if (hva / page == (hva + len - 1) / page)
		return;
	for (uint64_t end = hva + len, start; end > hva && !time_is_up(se); end = start) {
		start = (end - 1) / page * page;
		if (start < hva)
			start = hva;
		search_run(se, gpa + (start - hva), start, (size_t)(end - start));
	}
}

/* Look for signatures in len present bytes at hva, from the top down. */
static void search_run(struct search *se, uint64_t gpa, uint64_t hva, size_t len)
{
	enum { BATCH = 64 };
	const uint32_t sig = htole32(UINT32_C(0x54534548)); /* "HEST" */
	size_t n_words = len / 4;

	se->run.len = 0;
	if (!se->io->read(se->io->ctx, hva, se->run.data, len)) {
		search_pieces(se, gpa, hva, len);
		return;
	}
	se->run.gpa = gpa;
	se->run.len = len;
	se->out->pages_read += (uint32_t)((len + se->io->page_bytes - 1) / se->io->page_bytes);
	while (n_words > 0) {
		size_t take = n_words < BATCH ? n_words : BATCH;
		const uint8_t *p = se->run.data + (n_words - take) * 4;
		uint32_t hit = 0;

		for (size_t i = 0; i < take; i++) {
			uint32_t w;

			memcpy(&w, p + i * 4, sizeof(w));
			hit |= w == sig;
		}
		for (size_t i = take; hit && i-- > 0;) {
			if (memcmp(p + i * 4, &sig, sizeof(sig)) != 0)
				continue;
			candidate(se, gpa + (uint64_t)((n_words - take + i) * 4));
		}
		n_words -= take;
	}
}

/* Search present pages of [hva, hva+len), which spans at most PAGEMAP_ENTRIES pages. */
static void search_window(struct search *se, uint64_t gpa, uint64_t hva, size_t len)
{
	size_t page = se->io->page_bytes;
	uint64_t first = hva / page;
	size_t top = (size_t)((hva + len - 1) / page - first) + 1;
	size_t run_pages = RUN_BYTES / page ? RUN_BYTES / page : 1;

	if (!se->io->pagemap(se->io->ctx, first, top, se->pagemap)) {
		se->io_error = true;
		return;
	}
	while (top > 0) {
		size_t low = top;
		uint64_t from, to;

		while (low > 0 && top - low < run_pages && (se->pagemap[low - 1] & se->kind))
			low--;
		if (low == top) {
			top--;
			continue;
		}
		if (time_is_up(se))
			return;
		from = (first + low) * page;
		to = (first + top) * page;
		if (from < hva)
			from = hva;
		if (to > hva + len)
			to = hva + len;
		search_run(se, gpa + (from - hva), from, (size_t)(to - from));
		top = low;
	}
}

/* Search the uppermost STEP_BYTES of what is left of r. */
static void search_step(struct search *se, struct range *r)
{
	/* An unaligned window touches one page more, so one entry stays free. */
	uint64_t window = (PAGEMAP_ENTRIES - 1) * (uint64_t)se->io->page_bytes;
	uint64_t step = r->left_bytes < STEP_BYTES ? r->left_bytes : STEP_BYTES;

	while (step > 0 && !se->io_error && !time_is_up(se)) {
		uint64_t take = step < window ? step : window;

		r->left_bytes -= take;
		step -= take;
		search_window(se, r->gpa + r->left_bytes, r->hva + r->left_bytes, (size_t)take);
	}
}

static int range_order(const void *a, const void *b)
{
	const struct range *x = a, *y = b;
	bool xlow = x->gpa < FOUR_GIB, ylow = y->gpa < FOUR_GIB;

	if (xlow != ylow)
		return xlow ? -1 : 1;
	return x->gpa > y->gpa ? -1 : x->gpa < y->gpa;
}

static size_t make_ranges(const struct ram_section *s, size_t n, struct range *r)
{
	size_t n_ranges = 0;

	for (size_t i = 0; i < n; i++) {
		uint64_t low = 0;

		if (s[i].gpa < FOUR_GIB) {
			low = FOUR_GIB - s[i].gpa;
			if (low > s[i].len_bytes)
				low = s[i].len_bytes;
			r[n_ranges++] = (struct range){ s[i].gpa, s[i].hva, low };
		}
		if (low < s[i].len_bytes)
			r[n_ranges++] = (struct range){ s[i].gpa + low, s[i].hva + low,
							s[i].len_bytes - low };
	}
	qsort(r, n_ranges, sizeof(*r), range_order);
	return n_ranges;
}

/* Search all pages of that kind, in rounds. */
static void search_pages(struct search *se, uint64_t kind)
{
	struct range range[MAX_RANGES];
	size_t n_ranges = make_ranges(se->section, se->n, range);
	bool more = true;

	se->kind = kind;
	while (more && se->out->n_sources == 0 && !se->io_error && !time_is_up(se)) {
		more = false;
		for (size_t i = 0; i < n_ranges; i++) {
			search_step(se, &range[i]);
			more |= range[i].left_bytes > 0;
		}
	}
}

int hest_search(const struct hest_io *io, const struct ram_section *s, size_t n,
		struct hest_found *out, struct ras_err *err)
{
	_free_ uint64_t *pagemap = calloc(PAGEMAP_ENTRIES, sizeof(*pagemap));
	_free_ uint8_t *run = malloc(io->page_bytes > RUN_BYTES ? io->page_bytes : RUN_BYTES);
	_free_ uint8_t *table = malloc(HEST_TABLE_MAX);
	struct search se = { .io = io,
			     .section = s,
			     .n = n,
			     .out = out,
			     .pagemap = pagemap,
			     .run = { .data = run },
			     .table = table };

	memset(out, 0, sizeof(*out));
	if (!pagemap || !run || !table)
		return ras_fail(err, RAS_E_NOMEM, "no memory for a HEST search");
	se.deadline_ns = io->now_ns(io->ctx) + io->budget_ns;
	se.spent.page = UINT64_MAX;
	search_pages(&se, PAGE_PRESENT);
	if (out->n_sources == 0)
		search_pages(&se, PAGE_SWAP);
	if (out->n_sources > 0)
		return 0;
	if (se.io_error)
		return ras_fail(err, RAS_E_HELPER, "pagemap cannot be read");
	if (se.expired)
		return ras_fail(err, RAS_E_TIMEOUT, "HEST search: budget over after %u pages",
				out->pages_read);
	return ras_fail(err, RAS_E_NOT_READY, "no usable HEST in guest RAM (%u pages, %u ignored)",
			out->pages_read, out->n_ignored);
}
