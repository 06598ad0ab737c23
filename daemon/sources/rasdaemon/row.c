// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * rasdaemon stores what a tracepoint said, but not all of it as it was:
 *
 *   column           what is stored                      what is done here
 *   address, addr    int64: bit 63 makes it negative     the bits are an address
 *   address          0: the driver knew none             no address
 *   grain            log2 of the bytes (0.8.1 and up)    a power of two
 *   pfn              TEXT "0x1f205"                      parsed; other forms are malformed
 *   page_type        the wrong word for some numbers     kept only if it is right
 *   mce_record       registers, and texts that guess     the registers alone, as mce.h says
 *   arm_event        no severity, CE and UE look alike   severity unknown
 *   hpa (CXL)        all bits set: in no mapped region   no address
 *
 * Types are checked: sqlite stores any type in any column, and other programs may write there.
 */
#include "sources/rasdaemon/row.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/signal.h>
#include <unistd.h>

#include "base/num.h"
#include "sources/mce.h"

#define FIRST 2 /* result column of the first column of a table */
#define UNKNOWN (~UINT64_C(0))
#define CXL_LINE_BYTES 64

/* An integer; its 64 bits as they are. */
static bool number(sqlite3_stmt *row, int column, uint64_t *out)
{
	if (sqlite3_column_type(row, FIRST + column) != SQLITE_INTEGER)
		return false;
	*out = (uint64_t)sqlite3_column_int64(row, FIRST + column);
	return true;
}

static uint64_t number_or(sqlite3_stmt *row, int column, uint64_t other)
{
	uint64_t v;

	return number(row, column, &v) ? v : other;
}

/* A text, cut to size; "" where there is none. sec_type of non_standard_event is a BLOB. */
static bool text(sqlite3_stmt *row, int column, char *out, size_t size)
{
	int type = sqlite3_column_type(row, FIRST + column);
	const void *at;

	out[0] = '\0';
	if (type != SQLITE_TEXT && type != SQLITE_BLOB)
		return false;
	at = sqlite3_column_blob(row, FIRST + column);
	if (at)
		event_text(out, size, at, (size_t)sqlite3_column_bytes(row, FIRST + column));
	return true;
}

static enum rasdaemon_verdict mc_event(sqlite3_stmt *row, struct ras_event *e)
{
	uint64_t address, grain_bits, count;
	char type[16], msg[64], driver[80];

	if (!text(row, 0, type, sizeof(type)) || !number(row, 1, &address) ||
	    !number(row, 2, &grain_bits))
		return ROW_MALFORMED;
	e->severity = rasdaemon_severity(type);
	count = number_or(row, 3, 1);
	e->count = count && count <= UINT32_MAX ? (uint32_t)count : 1;
	if (address && grain_bits < 64)
		event_at(e, address, UINT64_C(1) << grain_bits);
	text(row, 4, e->label, sizeof(e->label));
	if (event_label_says_nothing(e->label))
		e->label[0] = '\0';
	text(row, 5, msg, sizeof(msg));
	text(row, 6, driver, sizeof(driver));
	event_detail(e, "mc%" PRIu64 " address 0x%" PRIx64 " grain 2^%" PRIu64 ": %s%s%s",
		     number_or(row, 7, 0), address, grain_bits, msg, driver[0] ? " " : "", driver);
	return ROW_EVENT;
}

static enum rasdaemon_verdict mce_record(sqlite3_stmt *row, struct ras_event *e)
{
	struct mce_registers m = { .mcgcap = number_or(row, 5, 0),
				   .cpu = number_or(row, 6, 0),
				   .socket = number_or(row, 7, 0) };

	if (!number(row, 0, &m.status) || !number(row, 1, &m.addr) || !number(row, 2, &m.misc) ||
	    !number(row, 3, &m.bank) || !number(row, 4, &m.vendor))
		return ROW_MALFORMED;
	return mce_event(&m, e) ? ROW_EVENT : ROW_NOTHING;
}

static enum rasdaemon_verdict memory_failure(sqlite3_stmt *row, struct ras_event *e)
{
	const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	char pfn_text[32], type[sizeof(e->outcome.page_type)], result[16];
	uint64_t pfn;

	if (!text(row, 0, pfn_text, sizeof(pfn_text)) || strncmp(pfn_text, "0x", 2) != 0 ||
	    num_parse_u64(pfn_text, &pfn, NULL) < 0 || pfn > UINT64_MAX / page_bytes)
		return ROW_MALFORMED;
	e->severity = EVENT_UNCORRECTED;
	event_at(e, pfn * page_bytes, page_bytes);
	text(row, 1, type, sizeof(type));
	text(row, 2, result, sizeof(result));
	if (rasdaemon_page_type_is_right(type))
		memcpy(e->outcome.page_type, type, sizeof(type));
	e->outcome.kind = event_outcome(result);
	event_detail(e, "page frame 0x%" PRIx64 ": %s%s%s", pfn, e->outcome.page_type,
		     e->outcome.page_type[0] ? ": " : "", result[0] ? result : "unknown result");
	return ROW_EVENT;
}

static enum rasdaemon_verdict extlog(sqlite3_stmt *row, struct ras_event *e)
{
	/* CPER's scale */
	static const enum event_severity of[] = { EVENT_UNCORRECTED, EVENT_FATAL, EVENT_CORRECTED,
						  EVENT_INFO };
	uint64_t sev, pa;

	if (!number(row, 0, &sev) || !number(row, 1, &pa))
		return ROW_MALFORMED;
	if (sev < sizeof(of) / sizeof(of[0]))
		e->severity = of[sev];
	if (pa && pa != UNKNOWN)
		event_at(e, pa, 1);
	text(row, 2, e->label, sizeof(e->label));
	event_detail(e, "extended log %" PRIu64 ": error type %" PRIu64 " address 0x%" PRIx64,
		     number_or(row, 4, 0), number_or(row, 3, 0), pa);
	return ROW_EVENT;
}

static enum rasdaemon_verdict arm_event(sqlite3_stmt *row, struct ras_event *e)
{
	uint64_t mpidr, address = 0;
	unsigned int type = 0;
	const uint8_t *info;

	if (!number(row, 0, &mpidr))
		return ROW_MALFORMED;
	info = sqlite3_column_type(row, FIRST + 1) == SQLITE_BLOB ?
		       sqlite3_column_blob(row, FIRST + 1) :
		       NULL;
	/* Its own valid bit says whether there is an address; phy_fault_addr cannot say that. */
	if (info && event_arm_address(info, (size_t)sqlite3_column_bytes(row, FIRST + 1), &address,
				      &type)) {
		event_at(e, address, 1);
		event_detail(e, "ARM processor 0x%" PRIx64 ": error type 0x%x at 0x%" PRIx64, mpidr,
			     type, address);
	} else {
		event_detail(e, "ARM processor 0x%" PRIx64, mpidr);
	}
	return ROW_EVENT;
}

/* memdev, hpa: the same in all tables of CXL. */
static void cxl_place(sqlite3_stmt *row, struct ras_event *e)
{
	uint64_t hpa = number_or(row, 1, UNKNOWN);

	text(row, 0, e->label, sizeof(e->label));
	if (hpa && hpa != UNKNOWN)
		event_at(e, hpa, CXL_LINE_BYTES);
}

static enum rasdaemon_verdict cxl_poison(sqlite3_stmt *row, struct ras_event *e)
{
	char type[16];

	if (!text(row, 2, type, sizeof(type)))
		return ROW_MALFORMED;
	cxl_place(row, e);
	e->severity = strcmp(type, "Clear") == 0 ? EVENT_INFO : EVENT_DEFERRED;
	event_detail(e, "poison of %s: %s dpa 0x%" PRIx64, e->label, type, number_or(row, 3, 0));
	return ROW_EVENT;
}

static enum rasdaemon_verdict cxl_media(sqlite3_stmt *row, struct ras_event *e)
{
	uint64_t descriptor;
	char log[16];

	if (!text(row, 2, log, sizeof(log)) || !number(row, 4, &descriptor))
		return ROW_MALFORMED;
	cxl_place(row, e);
	e->severity =
		descriptor & 1 || strcmp(log, "Fatal") == 0 ? EVENT_UNCORRECTED : EVENT_CORRECTED;
	event_detail(e, "%s of %s: log %s descriptor 0x%" PRIx64 " dpa 0x%" PRIx64, e->report,
		     e->label, log, descriptor, number_or(row, 3, 0));
	return ROW_EVENT;
}

static enum rasdaemon_verdict cxl_aer(sqlite3_stmt *row, struct ras_event *e)
{
	uint64_t status;

	if (!number(row, 2, &status))
		return ROW_MALFORMED;
	cxl_place(row, e);
	e->severity = strstr(e->report, "_ue_") ? EVENT_UNCORRECTED : EVENT_CORRECTED;
	event_detail(e, "CXL protocol error of %s: status 0x%" PRIx64, e->label, status);
	return ROW_EVENT;
}

/* 0.8.4 and up, SIGBUS alone. */
static enum rasdaemon_verdict signal_event(sqlite3_stmt *row, struct ras_event *e)
{
	uint64_t sig, code, pid;
	char comm[20];

	if (!number(row, 0, &sig) || !number(row, 1, &code) || !number(row, 2, &pid) ||
	    pid > INT32_MAX)
		return ROW_MALFORMED;
	if (sig != SIGBUS || (code != BUS_MCEERR_AR && code != BUS_MCEERR_AO))
		return ROW_NOTHING;
	e->severity = EVENT_UNCORRECTED;
	e->action_required = code == BUS_MCEERR_AR;
	e->signal.pid = (pid_t)pid;
	e->signal.code = (int)code;
	text(row, 3, comm, sizeof(comm));
	event_detail(e, "SIGBUS (action %s) to %s, pid %d",
		     e->action_required ? "required" : "optional", comm, e->signal.pid);
	return ROW_EVENT;
}

static enum rasdaemon_verdict aer_event(sqlite3_stmt *row, struct ras_event *e)
{
	char type[40], msg[80];

	if (!text(row, 0, e->label, sizeof(e->label)) || !text(row, 1, type, sizeof(type)))
		return ROW_MALFORMED;
	text(row, 2, msg, sizeof(msg));
	e->severity = strcmp(type, "Corrected") == 0		   ? EVENT_CORRECTED :
		      strcmp(type, "Uncorrected (Non-Fatal)") == 0 ? EVENT_UNCORRECTED :
		      strcmp(type, "Uncorrected (Fatal)") == 0	   ? EVENT_FATAL :
								     EVENT_SEVERITY_UNKNOWN;
	event_detail(e, "PCIe device %s: %s: %s", e->label, type, msg);
	return ROW_EVENT;
}

static enum rasdaemon_verdict non_standard(sqlite3_stmt *row, struct ras_event *e)
{
	char severity[16];

	text(row, 0, e->label, sizeof(e->label));
	text(row, 1, severity, sizeof(severity));
	if (strcmp(severity, "Corrected") == 0)
		e->severity = EVENT_CORRECTED;
	else if (strcmp(severity, "Recoverable") == 0)
		e->severity = EVENT_UNCORRECTED;
	else if (strcmp(severity, "Fatal") == 0)
		e->severity = EVENT_FATAL;
	event_detail(e, "a section that the kernel does not know: %s", severity);
	return ROW_EVENT;
}

/*
 * Uncorrected ones first: a pass of the database goes through the tables in this order, and the
 * first reads at most so many rows that the next has its turn.
 */
const struct rasdaemon_table rasdaemon_tables[RASDAEMON_TABLES] = {
	{ "signal_event", { "sig", "code", "pid", "comm" }, EVENT_SIGBUS, signal_event },
	{ "memory_failure_event",
	  { "pfn", "page_type", "action_result" },
	  EVENT_PAGE_LOST,
	  memory_failure },
	{ "mce_record",
	  { "status", "addr", "misc", "bank", "cpuvendor", "mcgcap", "cpu", "socketid" },
	  EVENT_MEMORY,
	  mce_record },
	{ "mc_event",
	  { "err_type", "address", "grain", "err_count", "label", "err_msg", "driver_detail",
	    "mc" },
	  EVENT_MEMORY,
	  mc_event },
	{ "extlog_event",
	  { "severity", "address", "fru_text", "etype", "error_count" },
	  EVENT_MEMORY,
	  extlog },
	{ "arm_event", { "mpidr", "err_info" }, EVENT_PROCESSOR, arm_event },
	{ "cxl_poison_event", { "memdev", "hpa", "trace_type", "dpa" }, EVENT_CXL, cxl_poison },
	{ "cxl_general_media_event",
	  { "memdev", "hpa", "log_type", "dpa", "descriptor" },
	  EVENT_CXL,
	  cxl_media },
	{ "cxl_dram_event",
	  { "memdev", "hpa", "log_type", "dpa", "descriptor" },
	  EVENT_CXL,
	  cxl_media },
	{ "cxl_aer_ue_event", { "memdev", "hpa", "error_status" }, EVENT_CXL, cxl_aer },
	{ "aer_event", { "dev_name", "err_type", "err_msg" }, EVENT_PCIE, aer_event },
	{ "non_standard_event", { "fru_text", "severity" }, EVENT_OTHER, non_standard },
};

enum rasdaemon_verdict rasdaemon_row(const struct rasdaemon_table *t, sqlite3_stmt *row,
				     struct ras_event *e)
{
	char stamp[32];
	int64_t real_ns;

	event_init(e, "rasdaemon", t->name, t->kind);
	if (sqlite3_column_type(row, 1) != SQLITE_TEXT)
		return ROW_MALFORMED;
	text(row, 1 - FIRST, stamp, sizeof(stamp));
	real_ns = rasdaemon_time(stamp);
	if (real_ns < 0)
		return ROW_MALFORMED;
	e->when.real_ns = real_ns;
	return t->decode(row, e);
}
