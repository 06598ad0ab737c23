// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sources/trace/decode.h"

#include <string.h>

#include "base/cleanup.h"
#include "sources/trace/decode_private.h"

static const struct decoder {
	const char *name;
	enum trace_verdict (*decode)(const struct trace_record *r, struct ras_event *e);
} decoders[] = {
	{ "mce_record", trace_mce_record },
	{ "mc_event", trace_mc_event },
	{ "memory_failure_event", trace_memory_failure },
	{ "extlog_mem_event", trace_extlog },
	{ "signal_generate", trace_signal },
	{ "arm_event", trace_arm },
	{ "non_standard_event", trace_non_standard },
	{ "aer_event", trace_aer },
	{ "cxl_general_media", trace_cxl_media },
	{ "cxl_dram", trace_cxl_media },
	{ "cxl_memory_module", trace_cxl_media },
	{ "cxl_poison", trace_cxl_poison },
	{ "cxl_aer_uncorrectable_error", trace_cxl_aer },
	{ "cxl_aer_correctable_error", trace_cxl_aer },
};

enum trace_verdict trace_decode(const struct trace_record *r, struct ras_event *out)
{
	enum trace_verdict v;
	struct ras_event e;

	for (size_t i = 0; i < ARRAY_LEN(decoders); i++) {
		if (strcmp(decoders[i].name, r->format->name) != 0)
			continue;
		event_init(&e, "kernel", r->format->name, EVENT_OTHER);
		v = decoders[i].decode(r, &e);
		if (v == TRACE_EVENT)
			*out = e;
		return v;
	}
	return TRACE_NOTHING;
}
