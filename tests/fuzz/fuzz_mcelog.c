// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mcelog's answers and its log, in pieces whose size the first byte says. Whatever the pieces, the
 * result is the same, and every event holds what its header promises.
 */
#include <stdlib.h>
#include <string.h>

#include "sources/mcelog/record.h"
#include "sources/mcelog/reply.h"

struct sum {
	uint64_t n, hash;
};

static void mix(struct sum *s, uint64_t v)
{
	s->n++;
	s->hash = (s->hash ^ v) * UINT64_C(0x100000001b3);
}

static void on_page(void *arg, const struct mcelog_page *page)
{
	mix(arg, page->address);
	mix(arg, page->total);
	mix(arg, page->offline);
}

static void on_record(void *arg, struct ras_event *e)
{
	if (!memchr(e->detail, '\0', sizeof(e->detail)) || e->count == 0 || e->when.real_ns < 0 ||
	    (e->where.has_hpa && e->where.hpa.v % e->where.len_bytes))
		abort();
	mix(arg, e->where.hpa.v);
	mix(arg, e->severity);
	mix(arg, (uint64_t)e->when.real_ns);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sum pages[2] = { 0 }, records[2] = { 0 };
	enum mcelog_reply_state state[2];

	if (size < 1)
		return 0;
	for (int i = 0; i < 2; i++) {
		size_t piece = i ? size : data[0] % 64u + 1;
		struct mcelog_record log;
		struct mcelog_reply r;

		mcelog_reply_begin(&r, on_page, &pages[i]);
		mcelog_record_begin(&log, 0, on_record, &records[i]);
		for (size_t at = 1; at < size; at += piece) {
			size_t len = size - at < piece ? size - at : piece;

			mcelog_reply_feed(&r, (const char *)data + at, len);
			mcelog_record_feed(&log, (const char *)data + at, len);
		}
		mcelog_record_end(&log);
		state[i] = r.state;
	}
	if (state[0] != state[1] || memcmp(&pages[0], &pages[1], sizeof(pages[0])) != 0 ||
	    memcmp(&records[0], &records[1], sizeof(records[0])) != 0)
		abort();
	return 0;
}
