// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * Firmware leaves the HEST near the top of RAM, below 4 GiB where it can. Sections are cut at 4 GiB
 * into ranges; ranges below come first, highest first, and every round takes one step off the top
 * of each range. Pagemap tells which pages are present; only those are read, in runs. Where that
 * finds nothing, pages that are swapped out are read in a second pass: nobody touches the table's
 * page after boot. A word scan finds the signature at 4-byte alignment, then the whole table is
 * fetched (it may cross pages) and judged.
 *
 * The guest can write anything anywhere, so a table counts only if its length, sum and revision are
 * right and at least one GHESv2 has its pointer, block and read-ack inside RAM. The first valid
 * table wins: a fixed order, no clock in it. The round in which it was found is searched to its
 * end, so that others that are valid and say something else (rivals) are told; they do not change
 * the answer. (Firmware's table is in a first round: at the top of RAM below 4 GiB, or of all where
 * one block spans both.)
 *
 * What a candidate may cost is bounded, or planted signatures would eat the budget before the true
 * table is met: the header must make sense before more is read, few signatures of a 4 KiB page are
 * judged (firmware's page holds one), few large tables in all, and few sources of a table.
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
#define TABLE_HEAD 40u
#define TABLE_MIN (TABLE_HEAD + GHESV2_BYTES)
#define SOURCE_MIN 20u /* the shortest of all kinds of sources */
#define TABLE_MAX (64u << 10)
#define JUDGED_PER_PAGE 4u
#define SMALL_TABLE 4096u /* QEMU's has 224 bytes */
#define JUDGED_BIG 64u	  /* of larger ones, in one search */
#define GUEST_PAGE 4096u
#define GHESV2_BYTES 92u
#define BLOCK_MIN 20u
#define MAX_RANGES (2u * HELPER_MAX_SECTIONS)

struct range {
	uint64_t gpa, hva;
	uint64_t left_bytes; /* not searched yet: [hva, hva+left) */
};

struct search {
	const struct hest_io *io;
	const struct ram_section *section;
	size_t n;
	struct hest_found *out;
	int64_t deadline_ns;
	uint64_t judged_page; /* guest page of the last signature, and how many were seen in it */
	unsigned int n_judged, n_big;
	uint64_t run_gpa; /* run[] holds this memory */
	size_t run_len;
	uint64_t kind; /* pagemap bit of the pages to read */
	bool expired;
	bool io_error;
	uint64_t *pagemap;
	uint8_t *run;
	uint8_t *table;
	struct hest_source rival[HELPER_MAX_SOURCES];
};

static uint16_t get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return le16toh(v);
}

static uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

int ram_check(const struct ram_section *s, size_t n, struct ras_err *err)
{
	if (n == 0 || n > HELPER_MAX_SECTIONS)
		return ras_fail(err, RAS_E_HELPER, "%zu RAM sections, not 1..%u", n,
				HELPER_MAX_SECTIONS);
	for (size_t i = 0; i < n; i++) {
		uint64_t end, hva_end;

		if (s[i].len_bytes == 0 || ((s[i].gpa | s[i].hva | s[i].len_bytes) & 7) ||
		    __builtin_add_overflow(s[i].gpa, s[i].len_bytes, &end) ||
		    __builtin_add_overflow(s[i].hva, s[i].len_bytes, &hva_end))
			return ras_fail(err, RAS_E_HELPER, "RAM section %zu is malformed", i);
		for (size_t j = 0; j < i; j++)
			if (s[i].gpa < s[j].gpa + s[j].len_bytes && s[j].gpa < end)
				return ras_fail(err, RAS_E_HELPER,
						"RAM sections %zu and %zu overlap", j, i);
	}
	return 0;
}

static const struct ram_section *section_of(const struct ram_section *s, size_t n, uint64_t gpa)
{
	for (size_t i = 0; i < n; i++)
		if (gpa >= s[i].gpa && gpa - s[i].gpa < s[i].len_bytes)
			return &s[i];
	return NULL;
}

bool ram_contains(const struct ram_section *s, size_t n, uint64_t gpa, size_t len)
{
	while (len > 0) {
		const struct ram_section *in = section_of(s, n, gpa);
		uint64_t left;

		if (!in)
			return false;
		left = in->len_bytes - (gpa - in->gpa);
		if (left >= len)
			return true;
		len -= (size_t)left;
		gpa += left;
	}
	return true;
}

bool ram_read(const struct hest_io *io, const struct ram_section *s, size_t n, uint64_t gpa,
	      void *buf, size_t len)
{
	uint8_t *to = buf;

	while (len > 0) {
		const struct ram_section *in = section_of(s, n, gpa);
		uint64_t left;
		size_t take;

		if (!in)
			return false;
		left = in->len_bytes - (gpa - in->gpa);
		take = left < len ? (size_t)left : len;
		if (!io->read(io->ctx, in->hva + (gpa - in->gpa), to, take))
			return false;
		to += take;
		len -= take;
		gpa += take;
	}
	return true;
}

/* Bytes of the source at p (ACPI 6.5, 18.3.2), 0 where the type is unknown or it does not fit. */
static size_t source_bytes(const uint8_t *p, size_t left)
{
	size_t len;

	if (left < 4)
		return 0;
	switch (get16(p)) {
	case 0:
		len = left > 32 ? 40u + 28u * p[32] : 0;
		break;
	case 1:
	case 11:
		len = left > 44 ? 48u + 28u * p[44] : 0;
		break;
	case 2:
		len = 20;
		break;
	case 6:
		len = 48;
		break;
	case 7:
		len = 44;
		break;
	case 8:
		len = 56;
		break;
	case 9:
		len = 64;
		break;
	case 10:
		len = GHESV2_BYTES;
		break;
	default:
		len = 0;
	}
	return len <= left ? len : 0;
}

/* A generic address that is a plain 64-bit word of system memory. */
static bool gas_is_word(const uint8_t *gas)
{
	return gas[0] == 0 && gas[1] == 64 && gas[2] == 0;
}

static bool ghesv2_read(const struct hest_io *io, const struct ram_section *s, size_t n,
			const uint8_t *p, struct hest_source *out)
{
	uint8_t word[8];
	struct hest_source src = {
		.source_id = get16(p + 2),
		.notify_type = p[32],
		.status_pointer_gpa = get64(p + 24),
		.read_ack_gpa = get64(p + 68),
		.block_len_bytes = get32(p + 60),
	};

	if (!p[7] || !gas_is_word(p + 20) || !gas_is_word(p + 64) ||
	    src.block_len_bytes < BLOCK_MIN)
		return false;
	if (src.block_len_bytes > HELPER_MAX_BLOCK)
		src.block_len_bytes = HELPER_MAX_BLOCK;
	if (!ram_contains(s, n, src.read_ack_gpa, 8) ||
	    !ram_contains(s, n, src.status_pointer_gpa, 8) ||
	    !ram_read(io, s, n, src.status_pointer_gpa, word, sizeof(word)))
		return false;
	src.block_gpa = get64(word);
	/* 0 is what the pointer holds before the firmware has run. */
	if (src.block_gpa == 0 || !ram_contains(s, n, src.block_gpa, src.block_len_bytes))
		return false;
	*out = src;
	return true;
}

/* What the first TABLE_HEAD bytes alone can tell. */
static bool head_makes_sense(const uint8_t *head)
{
	uint32_t len = get32(head + 4), n_sources = get32(head + 36);

	return memcmp(head, "HEST", 4) == 0 && len >= TABLE_MIN && len <= TABLE_MAX &&
	       (head[8] == 1 || head[8] == 2) && n_sources > 0 &&
	       n_sources <= (len - TABLE_HEAD) / SOURCE_MIN;
}

uint32_t hest_parse(const struct hest_io *io, const struct ram_section *s, size_t n,
		    const uint8_t *table, size_t len, struct hest_source *out)
{
	uint32_t found = 0, n_ghesv2 = 0, n_sources;
	size_t at = TABLE_HEAD;
	uint8_t sum = 0;

	if (len < TABLE_HEAD || !head_makes_sense(table) || get32(table + 4) != len)
		return 0;
	for (size_t i = 0; i < len; i++)
		sum = (uint8_t)(sum + table[i]);
	if (sum != 0)
		return 0;
	n_sources = get32(table + 36);
	for (uint32_t i = 0; i < n_sources && n_ghesv2 < HELPER_MAX_SOURCES; i++) {
		size_t size = source_bytes(table + at, len - at);

		if (size == 0)
			break;
		if (get16(table + at) == 10) {
			n_ghesv2++;
			found += ghesv2_read(io, s, n, table + at, &out[found]);
		}
		at += size;
	}
	return found;
}

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

/* ram_read(), but from the run at hand where that has it all. */
static bool fetch(struct search *se, uint64_t gpa, void *buf, size_t len)
{
	if (gpa >= se->run_gpa && gpa - se->run_gpa <= se->run_len &&
	    len <= se->run_len - (size_t)(gpa - se->run_gpa)) {
		memcpy(buf, se->run + (gpa - se->run_gpa), len);
		return true;
	}
	return ram_read(se->io, se->section, se->n, gpa, buf, len);
}

static uint32_t judge(struct search *se, uint64_t gpa)
{
	uint8_t head[TABLE_HEAD];
	uint32_t len;

	if (!fetch(se, gpa, head, sizeof(head)) || !head_makes_sense(head))
		return 0;
	len = get32(head + 4);
	if ((len > SMALL_TABLE && ++se->n_big > JUDGED_BIG) || !fetch(se, gpa, se->table, len))
		return 0;
	return hest_parse(se->io, se->section, se->n, se->table, len, se->rival);
}

/* A signature is at gpa. */
static void candidate(struct search *se, uint64_t gpa)
{
	struct hest_found *out = se->out;
	uint32_t found;

	if (gpa / GUEST_PAGE != se->judged_page) {
		se->judged_page = gpa / GUEST_PAGE;
		se->n_judged = 0;
	}
	if (++se->n_judged > JUDGED_PER_PAGE) {
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
	/* A copy that says the same (firmware's own leftover) is no rival. */
	if (found == out->n_sources && memcmp(out->source, se->rival, sizeof(out->source)) == 0 &&
	    found > 0)
		return;
	ignore(se);
	if (found > 0)
		out->n_rivals++;
}

static void search_run(struct search *se, uint64_t gpa, uint64_t hva, size_t len);

/* A page of the run cannot be read (poisoned, unmapped meanwhile): the others one by one. */
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

/* Look through len present bytes at hva, from the top down. */
static void search_run(struct search *se, uint64_t gpa, uint64_t hva, size_t len)
{
	enum { BATCH = 64 };
	const uint32_t sig = htole32(UINT32_C(0x54534548)); /* "HEST" */
	size_t n_words = len / 4;

	se->run_len = 0;
	if (!se->io->read(se->io->ctx, hva, se->run, len)) {
		search_pieces(se, gpa, hva, len);
		return;
	}
	se->run_gpa = gpa;
	se->run_len = len;
	se->out->pages_read += (uint32_t)((len + se->io->page_bytes - 1) / se->io->page_bytes);
	while (n_words > 0) {
		size_t take = n_words < BATCH ? n_words : BATCH;
		const uint8_t *p = se->run + (n_words - take) * 4;
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

/* Take one step off the top of r. */
static void search_step(struct search *se, struct range *r)
{
	/* One entry is kept back: an unaligned window touches one page more. */
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
	_free_ uint8_t *table = malloc(TABLE_MAX);
	struct search se = { .io = io,
			     .section = s,
			     .n = n,
			     .out = out,
			     .pagemap = pagemap,
			     .run = run,
			     .table = table };

	memset(out, 0, sizeof(*out));
	if (!pagemap || !run || !table)
		return ras_fail(err, RAS_E_NOMEM, "no memory for a HEST search");
	se.deadline_ns = io->now_ns(io->ctx) + io->budget_ns;
	se.judged_page = UINT64_MAX;
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
