// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sources/event.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

void event_init(struct ras_event *e, const char *source, const char *report, enum event_kind kind)
{
	memset(e, 0, sizeof(*e));
	e->source = source;
	snprintf(e->report, sizeof(e->report), "%s", report);
	e->kind = kind;
	e->severity = EVENT_SEVERITY_UNKNOWN;
	e->where.len_bytes = 1;
	e->count = 1;
}

bool event_at(struct ras_event *e, uint64_t address, uint64_t len_bytes)
{
	const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t len = 1;

	if (len_bytes > page_bytes)
		return false;
	while (len < len_bytes)
		len *= 2;
	e->where.has_hpa = true;
	e->where.hpa.v = address & ~(len - 1);
	e->where.len_bytes = len;
	return true;
}

void event_text(char *out, size_t size, const char *text, size_t len)
{
	size_t n = 0;

	for (; n < len && n + 1 < size && text[n]; n++)
		out[n] = text[n] >= ' ' && text[n] <= '~' ? text[n] : '?';
	out[n] = '\0';
}

void event_detail(struct ras_event *e, const char *fmt, ...)
{
	char text[sizeof(e->detail)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	event_text(e->detail, sizeof(e->detail), text, sizeof(text));
}

enum event_outcome_kind event_outcome(const char *word)
{
	static const struct {
		const char *word;
		enum event_outcome_kind kind;
	} of[] = { { "Ignored", OUTCOME_IGNORED },
		   { "Failed", OUTCOME_FAILED },
		   { "Delayed", OUTCOME_DELAYED },
		   { "Recovered", OUTCOME_RECOVERED } };

	for (size_t i = 0; i < ARRAY_LEN(of); i++)
		if (strcmp(of[i].word, word) == 0)
			return of[i].kind;
	return OUTCOME_NONE;
}

bool event_label_says_nothing(const char *label)
{
	return strcmp(label, "any memory") == 0 || strcmp(label, "unknown memory") == 0 ||
	       strcmp(label, "unknown label") == 0;
}
