// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Lines of /dev/kmsg, separated by 0xff. Nothing may be read outside of a line, no line of a
 * process may change a record, and every event must hold what its header promises.
 */
#include <stdlib.h>
#include <string.h>

#include "sources/kmsg/parse.h"
#include "printable.h"

static void report(struct ghes_log *log)
{
	const struct ghes_record *r = &log->open[0];
	struct ras_event e;

	if (r->n_sections > GHES_SECTIONS_MAX || r->first_seq > r->last_seq)
		abort();
	ghes_is_useful(r);
	for (size_t i = 0; i < r->n_sections; i++) {
		ghes_event(r, i, &e);
		printable(e.label, sizeof(e.label));
		printable(e.detail, sizeof(e.detail));
		if (e.count != 1 || e.severity > EVENT_SEVERITY_UNKNOWN || e.where.len_bytes == 0 ||
		    e.where.len_bytes > 4096 || e.where.hpa.v % e.where.len_bytes ||
		    (e.where.has_hpa && e.kind != EVENT_MEMORY))
			abort();
	}
	ghes_drop(log);
}

static void take(struct ghes_log *log, const uint8_t *data, size_t len, uint64_t seq)
{
	char *exact = malloc(len ? len : 1); /* so that a read behind its end is seen */
	const struct ghes_log before = *log;
	struct kmsg_line line;
	uint64_t suppressed;
	bool full;

	memcpy(exact, data, len);
	if (kmsg_line_parse(exact, len, &line)) {
		line.seq = seq; /* the kernel's own number, always one more */
		if (ghes_take(log, &line, 1, true, &suppressed, &full) == GHES_NOT_OURS ||
		    line.facility != 0) {
			if (memcmp(&before, log, sizeof(before)) != 0)
				abort();
		} else if (full) {
			report(log);
			ghes_take(log, &line, 1, true, &suppressed, &full);
			if (full)
				abort();
		}
	}
	free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ghes_log log;
	uint64_t seq = 0;

	memset(&log, 0, sizeof(log));
	while (size) {
		const uint8_t *end = memchr(data, 0xff, size);
		size_t len = end ? (size_t)(end - data) : size;

		take(&log, data, len, seq++);
		data += len;
		size -= len;
		if (end)
			data++, size--;
	}
	while (log.n_open)
		report(&log);
	return 0;
}
