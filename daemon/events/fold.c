// SPDX-License-Identifier: LGPL-2.1-or-later
#include "events/fold.h"

#include <stdlib.h>
#include <string.h>

#define NONE ((uint16_t)FOLD_PAGES)
#define LOOK 64u /* pages that are looked at for one that may go */

struct fold {
	uint16_t bucket[FOLD_PAGES];
	struct fold_page page[FOLD_PAGES];
	size_t n, hand;
	uint64_t overflow;
	struct fold_page *queue, **queue_tail;
};

int fold_new(struct fold **out, struct ras_err *err)
{
	struct fold *f = calloc(1, sizeof(*f));

	if (!f)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	for (size_t i = 0; i < FOLD_PAGES; i++)
		f->bucket[i] = NONE;
	f->queue_tail = &f->queue;
	*out = f;
	return 0;
}

void fold_free(struct fold *f)
{
	free(f);
}

uint32_t fold_who(const char *source, const char *report)
{
	uint32_t h = 2166136261u;

	for (const char *s = source; *s; s++)
		h = (h ^ (uint8_t)*s) * 16777619u;
	h = (h ^ '/') * 16777619u;
	for (const char *s = report; *s; s++)
		h = (h ^ (uint8_t)*s) * 16777619u;
	return h ? h : 1;
}

static uint16_t *bucket_of(struct fold *f, uint64_t pfn)
{
	return &f->bucket[(pfn * UINT64_C(0x9e3779b97f4a7c15)) >> 52];
}

struct fold_page *fold_find(struct fold *f, uint64_t pfn)
{
	uint16_t i = *bucket_of(f, pfn);

	while (i != NONE && f->page[i].pfn != pfn)
		i = f->page[i].next;
	return i == NONE ? NULL : &f->page[i];
}

static void forget(struct fold *f, struct fold_page *p)
{
	uint16_t *at = bucket_of(f, p->pfn), self = (uint16_t)(p - f->page);

	while (*at != self)
		at = &f->page[*at].next;
	*at = p->next;
	p->used = false;
	f->n--;
}

/* A place for another page: a free one, or that of a page with nothing left to say. */
static struct fold_page *room(struct fold *f, int64_t now_ns)
{
	for (size_t i = 0; i < (f->n < FOLD_PAGES ? FOLD_PAGES : LOOK); i++) {
		struct fold_page *p = &f->page[f->hand++ % FOLD_PAGES];

		if (!p->used)
			return p;
		if (f->n < FOLD_PAGES || p->busy || p->pending ||
		    now_ns - p->window.begin_ns <= FOLD_NS)
			continue;
		forget(f, p);
		return p;
	}
	return NULL;
}

static struct fold_page *make(struct fold *f, uint64_t pfn, int64_t now_ns)
{
	struct fold_page *p = room(f, now_ns);
	uint16_t *at;

	if (!p)
		return NULL;
	at = bucket_of(f, pfn);
	*p = (struct fold_page){ .pfn = pfn, .used = true, .next = *at };
	*at = (uint16_t)(p - f->page);
	f->n++;
	return p;
}

/* How many of count errors are new, by what the others have reported in this window. */
static uint64_t fold_window(struct fold_window *w, uint32_t who, int64_t now_ns, uint64_t count)
{
	uint64_t before;
	size_t i = 0;

	if (!w->begin_ns || now_ns - w->begin_ns > FOLD_NS || w->begin_ns - now_ns > FOLD_NS)
		*w = (struct fold_window){ .begin_ns = now_ns };
	while (i < FOLD_REPORTERS - 1 && w->who[i] && w->who[i] != who)
		i++;
	w->who[i] = who;
	w->n[i] += count;
	before = w->most;
	if (w->n[i] > w->most)
		w->most = w->n[i];
	return w->most - before;
}

static void count_day(struct fold_day *d, int64_t now_ns, uint64_t n)
{
	if (!d->begin_ns || now_ns - d->begin_ns > FOLD_DAY_NS)
		*d = (struct fold_day){ .begin_ns = now_ns };
	d->n += n;
}

static void put_queue(struct fold *f, struct fold_page *p)
{
	if (p->queued)
		return;
	p->queued = true;
	p->queue_next = NULL;
	*f->queue_tail = p;
	f->queue_tail = &p->queue_next;
}

uint64_t fold_add(struct fold *f, uint64_t pfn, uint64_t hpa, uint32_t who, int64_t now_ns,
		  uint64_t count, struct fold_page **page)
{
	struct fold_page *p = fold_find(f, pfn);
	uint64_t n;

	if (!p)
		p = make(f, pfn, now_ns);
	*page = p;
	if (!p) {
		f->overflow += count;
		return count;
	}
	n = fold_window(&p->window, who, now_ns, count);
	if (!n)
		return 0;
	count_day(&p->day, now_ns, n);
	if (!p->pending)
		p->first_ns = now_ns;
	p->last_ns = now_ns;
	p->hpa = hpa;
	p->pending += n;
	if (!p->busy)
		put_queue(f, p);
	return n;
}

void fold_remember(struct fold *f, uint64_t pfn, const struct fold_day *day)
{
	struct fold_page *p = fold_find(f, pfn);

	if (!p)
		p = make(f, pfn, day->begin_ns);
	if (p)
		p->day = *day;
}

struct fold_page *fold_next(struct fold *f)
{
	struct fold_page *p = f->queue;

	if (!p)
		return NULL;
	f->queue = p->queue_next;
	if (!f->queue)
		f->queue_tail = &f->queue;
	p->queued = false;
	return p;
}

void fold_again(struct fold *f, struct fold_page *p)
{
	if (p->pending && !p->busy)
		put_queue(f, p);
}

bool fold_idle(const struct fold *f)
{
	return !f->queue && !f->overflow;
}

uint64_t fold_take_overflow(struct fold *f)
{
	uint64_t n = f->overflow;

	f->overflow = 0;
	return n;
}

size_t fold_pages(const struct fold *f)
{
	return f->n;
}
