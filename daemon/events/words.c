// SPDX-License-Identifier: LGPL-2.1-or-later
#include "events/words.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

static const char *const kinds[] = {
	[EVENT_MEMORY] = "memory",	 [EVENT_PAGE_LOST] = "page-lost", [EVENT_SIGBUS] = "sigbus",
	[EVENT_PROCESSOR] = "processor", [EVENT_PCIE] = "pcie",		  [EVENT_CXL] = "cxl",
	[EVENT_OTHER] = "other",
};

static const char *const severities[] = {
	[EVENT_INFO] = "info",	       [EVENT_CORRECTED] = "corrected",
	[EVENT_DEFERRED] = "deferred", [EVENT_UNCORRECTED] = "uncorrected",
	[EVENT_FATAL] = "fatal",       [EVENT_SEVERITY_UNKNOWN] = "unknown",
};

static int find(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0)
			return (int)i;
	return -1;
}

const char *event_kind_name(enum event_kind k)
{
	return (unsigned int)k < ARRAY_LEN(kinds) ? kinds[k] : "other";
}

const char *event_severity_name(enum event_severity s)
{
	return (unsigned int)s < ARRAY_LEN(severities) ? severities[s] : "unknown";
}

enum decide_class event_class(const struct ras_event *e)
{
	if (e->kind == EVENT_PAGE_LOST)
		return DECIDE_UNCORRECTED;
	/*
	 * Of the others only what says where: a processor's cache has no page without an address.
	 */
	if (e->kind == EVENT_SIGBUS || e->kind == EVENT_PCIE || e->kind == EVENT_OTHER ||
	    (e->kind != EVENT_MEMORY && !e->where.has_hpa))
		return DECIDE_OTHER;
	switch (e->severity) {
	case EVENT_CORRECTED:
		return DECIDE_CORRECTED;
	case EVENT_DEFERRED:
	case EVENT_UNCORRECTED:
	case EVENT_FATAL:
		return DECIDE_UNCORRECTED;
	case EVENT_INFO:
	case EVENT_SEVERITY_UNKNOWN:
		break;
	}
	return DECIDE_OTHER;
}

void event_to_host(const struct ras_event *e, struct host_seen *out)
{
	*out = (struct host_seen){ .boot_ns = e->when.boot_ns,
				   .real_ns = e->when.real_ns,
				   .catch_up = e->when.catch_up,
				   .action_required = e->action_required,
				   .no_struct_page = e->where.no_struct_page,
				   .has_hpa = e->where.has_hpa,
				   .hpa = e->where.hpa,
				   .len_bytes = e->where.len_bytes,
				   .count = e->count ? e->count : 1 };
	if (!uuid_is_nil(&e->when.boot_id))
		uuid_format(&e->when.boot_id, out->boot_id);
	snprintf(out->source, sizeof(out->source), "%s", e->source);
	snprintf(out->report, sizeof(out->report), "%s", e->report);
	snprintf(out->kind, sizeof(out->kind), "%s", event_kind_name(e->kind));
	snprintf(out->severity, sizeof(out->severity), "%s", event_severity_name(e->severity));
	snprintf(out->label, sizeof(out->label), "%s", e->label);
	snprintf(out->detail, sizeof(out->detail), "%s", e->detail);
}

bool event_from_host(const struct host_seen *h, struct ras_event *out)
{
	int kind = find(kinds, ARRAY_LEN(kinds), h->kind);
	int severity = find(severities, ARRAY_LEN(severities), h->severity);

	if (kind < 0 || severity < 0)
		return false;
	*out = (struct ras_event){
		.source = h->source,
		.kind = (enum event_kind)kind,
		.severity = (enum event_severity)severity,
		.action_required = h->action_required,
		.when = { .boot_ns = h->boot_ns, .real_ns = h->real_ns, .catch_up = h->catch_up },
		.where = { .has_hpa = h->has_hpa,
			   .hpa = h->hpa,
			   .len_bytes = h->len_bytes,
			   .no_struct_page = h->no_struct_page },
		.count = (uint32_t)h->count,
	};
	if (h->boot_id[0])
		uuid_parse(h->boot_id, &out->when.boot_id, NULL);
	snprintf(out->report, sizeof(out->report), "%s", h->report);
	snprintf(out->label, sizeof(out->label), "%s", h->label);
	snprintf(out->detail, sizeof(out->detail), "%s", h->detail);
	return true;
}
