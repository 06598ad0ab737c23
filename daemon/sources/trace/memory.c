// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tracepoints of memory: the memory controllers' (EDAC), Intel's extended log, memory_failure(). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/signal.h>
#include <unistd.h>

#include "sources/trace/decode_private.h"

#define ADDRESS_UNKNOWN (~UINT64_C(0)) /* extlog */
#define MASK_UNKNOWN 0xff	       /* extlog */

/* The kernel's enum hw_event_mc_err_type: the print format calls a function, it has no words. */
static enum event_severity edac_severity(uint64_t type)
{
	static const enum event_severity of[] = { EVENT_CORRECTED, EVENT_UNCORRECTED,
						  EVENT_DEFERRED, EVENT_FATAL, EVENT_INFO };

	return type < sizeof(of) / sizeof(of[0]) ? of[type] : EVENT_SEVERITY_UNKNOWN;
}

enum trace_verdict trace_mc_event(const struct trace_record *r, struct ras_event *e)
{
	uint64_t type, address, grain_bits, count;
	char msg[64], driver[96];

	if (!trace_u64(r, "error_type", &type) || !trace_u64(r, "address", &address) ||
	    !trace_u64(r, "grain_bits", &grain_bits) || !trace_u64(r, "error_count", &count))
		return TRACE_MALFORMED;
	e->kind = EVENT_MEMORY;
	e->severity = edac_severity(type);
	e->count = count ? (uint32_t)count : 1; /* some firmware counts 0 */
	/* The field is called signed, it is none. 0 is what a driver has that knows no address. */
	if (address && grain_bits < 64)
		event_at(e, address, UINT64_C(1) << grain_bits);
	trace_text(r, "label", e->label, sizeof(e->label));
	if (event_label_says_nothing(e->label))
		e->label[0] = '\0';
	trace_text(r, "msg", msg, sizeof(msg));
	trace_text(r, "driver_detail", driver, sizeof(driver));
	event_detail(e, "mc%" PRIu64 " address 0x%" PRIx64 " grain 2^%" PRIu64 ": %s%s%s",
		     trace_u64_or(r, "mc_index", 0), address, grain_bits, msg, driver[0] ? " " : "",
		     driver);
	return TRACE_EVENT;
}

enum trace_verdict trace_extlog(const struct trace_record *r, struct ras_event *e)
{
	/* CPER's scale */
	static const enum event_severity of[] = { EVENT_UNCORRECTED, EVENT_FATAL, EVENT_CORRECTED,
						  EVENT_INFO };
	uint64_t sev, pa, lsb;

	if (!trace_u64(r, "sev", &sev) || !trace_u64(r, "pa", &pa) ||
	    !trace_u64(r, "pa_mask_lsb", &lsb))
		return TRACE_MALFORMED;
	e->kind = EVENT_MEMORY;
	if (sev < sizeof(of) / sizeof(of[0]))
		e->severity = of[sev];
	if (pa != ADDRESS_UNKNOWN)
		event_at(e, pa, lsb == MASK_UNKNOWN ? 1 : lsb < 64 ? UINT64_C(1) << lsb : pa);
	trace_text(r, "fru_text", e->label, sizeof(e->label));
	event_detail(e, "extended log %" PRIu64 ": error type %" PRIu64 " address 0x%" PRIx64,
		     trace_u64_or(r, "err_seq", 0), trace_u64_or(r, "etype", 0), pa);
	return TRACE_EVENT;
}

enum trace_verdict trace_memory_failure(const struct trace_record *r, struct ras_event *e)
{
	const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	char *type_word = e->outcome.page_type;
	uint64_t pfn, type, result;
	char word[32] = "";

	if (!trace_u64(r, "pfn", &pfn) || !trace_u64(r, "type", &type) ||
	    !trace_u64(r, "result", &result) || pfn > UINT64_MAX / page_bytes)
		return TRACE_MALFORMED;
	e->kind = EVENT_PAGE_LOST;
	e->severity = EVENT_UNCORRECTED;
	event_at(e, pfn * page_bytes, page_bytes);
	/* The numbers of types have changed from kernel to kernel; its own words are right. */
	if (!trace_format_word(r->format, "type", (int64_t)type, type_word,
			       sizeof(e->outcome.page_type)))
		snprintf(type_word, sizeof(e->outcome.page_type), "type %" PRId64, (int64_t)type);
	trace_format_word(r->format, "result", (int64_t)result, word, sizeof(word));
	e->outcome.kind = event_outcome(word);
	e->where.no_struct_page = strstr(type_word, "non struct page") != NULL;
	event_detail(e, "page frame 0x%" PRIx64 ": %s: %s", pfn, type_word,
		     word[0] ? word : "unknown result");
	return TRACE_EVENT;
}

enum trace_verdict trace_signal(const struct trace_record *r, struct ras_event *e)
{
	uint64_t sig, code, pid;
	char comm[16];

	if (!trace_u64(r, "sig", &sig) || !trace_u64(r, "code", &code) ||
	    !trace_u64(r, "pid", &pid))
		return TRACE_MALFORMED;
	/* The instance has this as its filter; a record from before the filter may have passed. */
	if (sig != SIGBUS || (code != BUS_MCEERR_AR && code != BUS_MCEERR_AO))
		return TRACE_NOTHING;
	e->kind = EVENT_SIGBUS;
	e->severity = EVENT_UNCORRECTED;
	e->action_required = code == BUS_MCEERR_AR;
	e->signal.pid = (pid_t)pid;
	e->signal.code = (int)code;
	trace_text(r, "comm", comm, sizeof(comm));
	event_detail(e, "SIGBUS (action %s) to %s, pid %d",
		     e->action_required ? "required" : "optional", comm, e->signal.pid);
	return TRACE_EVENT;
}
