// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What rasd reads of the kernel's tracing: format texts and pages of the ring buffer. The first
 * byte says how much of the input is text; the rest is a page, read with that format and with those
 * of a real kernel. Nothing may be read outside of either, and every event must hold what its
 * header promises.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/trace/decode.h"
#include "sources/trace/page.h"
#include "printable.h"

#define FORMATS "tests/data/host-events/linux-6.12-amd64.formats"
#define KNOWN_MAX 32

static struct trace_format known[KNOWN_MAX];
static size_t n_known;

static void load(void)
{
	static char text[1 << 16];
	FILE *f = fopen(FORMATS, "re");

	if (!f)
		abort();
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	for (char *at = strstr(text, "### "), *next; at && n_known < KNOWN_MAX; at = next) {
		char *body = strchr(at, '\n') + 1;

		next = strstr(body, "### ");
		if (trace_format_parse(&known[n_known], body,
				       next ? (size_t)(next - body) : strlen(body), NULL) == 0)
			n_known++;
	}
	if (n_known < 10)
		abort();
}

static void decode(const struct trace_format *f, const uint8_t *data, size_t len)
{
	struct trace_record r = { f, data, len };
	struct ras_event e;

	if (trace_decode(&r, &e) != TRACE_EVENT)
		return;
	printable(e.label, sizeof(e.label));
	printable(e.detail, sizeof(e.detail));
	printable(e.report, sizeof(e.report));
	printable(e.outcome.page_type, sizeof(e.outcome.page_type));
	if (e.count == 0 || e.severity > EVENT_SEVERITY_UNKNOWN || e.where.len_bytes == 0 ||
	    e.where.len_bytes > 4096 || (e.where.len_bytes & (e.where.len_bytes - 1)) ||
	    (e.where.has_hpa && e.where.hpa.v % e.where.len_bytes))
		abort();
}

static void on_record(void *arg, uint64_t time_ns, const uint8_t *data, size_t len)
{
	(void)time_ns;
	if (arg)
		decode(arg, data, len);
	/* As if it were any of these: a wrong id must do no harm either. */
	for (size_t i = 0; i < n_known; i++)
		decode(&known[i], data, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct trace_layout layout = { 0, 8, 16, 4096 };
	struct trace_format f;
	size_t text;
	bool parsed;
	char word[16];

	if (n_known == 0)
		load();
	if (size == 0)
		return 0;
	text = (size - 1) * data[0] / 255;
	parsed = trace_format_parse(&f, (const char *)data + 1, text, NULL) == 0;
	if (parsed) {
		for (size_t i = 0; i < f.n_fields; i++)
			for (int64_t v = -1; v < 4; v++)
				if (trace_format_word(&f, f.field[i].name, v, word, sizeof(word)))
					printable(word, sizeof(word));
	}
	trace_layout_parse(&layout, (const char *)data + 1, text, NULL);
	trace_page_walk(&layout, data + 1 + text, size - 1 - text, on_record, parsed ? &f : NULL);
	if (parsed)
		trace_format_clear(&f);
	return 0;
}
