// SPDX-License-Identifier: LGPL-2.1-or-later
/* mce:mce_record, every machine check of x86, corrected or not. */
#include "sources/mce.h"
#include "sources/trace/decode_private.h"

enum trace_verdict trace_mce_record(const struct trace_record *r, struct ras_event *e)
{
	struct mce_registers m = { .mcgcap = trace_u64_or(r, "mcgcap", 0),
				   .cpu = trace_u64_or(r, "cpu", 0),
				   .socket = trace_u64_or(r, "socketid", 0) };

	if (!trace_u64(r, "status", &m.status) || !trace_u64(r, "addr", &m.addr) ||
	    !trace_u64(r, "misc", &m.misc) || !trace_u64(r, "bank", &m.bank) ||
	    !trace_u64(r, "cpuvendor", &m.vendor))
		return TRACE_MALFORMED;
	return mce_event(&m, e) ? TRACE_EVENT : TRACE_NOTHING;
}
