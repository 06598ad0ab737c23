// SPDX-License-Identifier: LGPL-2.1-or-later
/* Tracepoints of processors (ARM), PCIe, CXL, and of sections that the kernel does not know. */
#include <endian.h>
#include <inttypes.h>
#include <string.h>

#include "base/uuid.h"
#include "sources/trace/decode_private.h"

/* UEFI, ARM processor error information structure. */
#define ARM_INFO_BYTES 32
#define ARM_INFO_VALID 2
#define ARM_INFO_TYPE 4
#define ARM_INFO_PHYSICAL 24
#define ARM_VALID_PHYSICAL (1u << 4)
#define ARM_INFO_MAX 64 /* far more than a status block has room for */

#define HPA_UNKNOWN (~UINT64_C(0)) /* CXL: not in a region that is mapped */
#define CXL_LINE_BYTES 64
#define CXL_UNCORRECTABLE 1u /* event descriptor */
#define CXL_LOG_FATAL 3u
#define CXL_POISON_CLEAR 2 /* the kernel's enum cxl_poison_trace_type */

/* The kernel's GHES_SEV_*. */
static enum event_severity ghes_severity(uint64_t sev)
{
	static const enum event_severity of[] = { EVENT_INFO, EVENT_CORRECTED, EVENT_UNCORRECTED,
						  EVENT_FATAL };

	return sev < sizeof(of) / sizeof(of[0]) ? of[sev] : EVENT_SEVERITY_UNKNOWN;
}

bool event_arm_address(const uint8_t *at, size_t len, uint64_t *address, unsigned int *type)
{
	for (size_t i = 0; i < ARM_INFO_MAX && len >= ARM_INFO_BYTES; i++) {
		uint16_t valid;

		memcpy(&valid, at + ARM_INFO_VALID, sizeof(valid));
		if (at[1] != ARM_INFO_BYTES)
			return false;
		if (le16toh(valid) & ARM_VALID_PHYSICAL) {
			memcpy(address, at + ARM_INFO_PHYSICAL, sizeof(*address));
			*address = le64toh(*address);
			*type = at[ARM_INFO_TYPE];
			return true;
		}
		at += ARM_INFO_BYTES;
		len -= ARM_INFO_BYTES;
	}
	return false;
}

/* What is cut is not read. */
static bool arm_address(const struct trace_record *r, uint64_t *address, unsigned int *type)
{
	size_t len = 0;
	const uint8_t *at = trace_bytes(r, "pei_buf", &len);
	uint64_t said = trace_u64_or(r, "pei_len", 0);

	if (!at)
		return false;
	return event_arm_address(at, len > said ? (size_t)said : len, address, type);
}

enum trace_verdict trace_arm(const struct trace_record *r, struct ras_event *e)
{
	uint64_t mpidr, midr, address;
	unsigned int type;

	if (!trace_u64(r, "mpidr", &mpidr) || !trace_u64(r, "midr", &midr))
		return TRACE_MALFORMED;
	e->kind = EVENT_PROCESSOR;
	/* Debian 12's kernel (6.1) tells neither severity nor address. */
	e->severity = ghes_severity(trace_u64_or(r, "sev", UINT64_MAX));
	if (arm_address(r, &address, &type)) {
		event_at(e, address, 1);
		event_detail(e, "ARM processor 0x%" PRIx64 ": error type 0x%x at 0x%" PRIx64, mpidr,
			     type, address);
	} else {
		event_detail(e, "ARM processor 0x%" PRIx64 ", midr 0x%" PRIx64, mpidr, midr);
	}
	return TRACE_EVENT;
}

enum trace_verdict trace_non_standard(const struct trace_record *r, struct ras_event *e)
{
	char guid_text[UUID_TEXT_SIZE];
	struct uuid guid;
	const uint8_t *at;
	size_t len = 0;
	uint64_t sev;

	at = trace_bytes(r, "sec_type", &len);
	if (!at || len != sizeof(guid.b) || !trace_u64(r, "sev", &sev))
		return TRACE_MALFORMED;
	/* The order of bytes in memory is CPER's; in text the first three groups are turned. */
	guid = (struct uuid){ { at[3], at[2], at[1], at[0], at[5], at[4], at[7], at[6] } };
	memcpy(guid.b + 8, at + 8, 8);
	uuid_format(&guid, guid_text);
	e->kind = EVENT_OTHER;
	e->severity = ghes_severity(sev);
	trace_text(r, "fru_text", e->label, sizeof(e->label));
	event_detail(e, "section %s, %" PRIu64 " bytes", guid_text, trace_u64_or(r, "len", 0));
	return TRACE_EVENT;
}

enum trace_verdict trace_aer(const struct trace_record *r, struct ras_event *e)
{
	/* The kernel's AER_* */
	static const enum event_severity of[] = { EVENT_UNCORRECTED, EVENT_FATAL, EVENT_CORRECTED };
	uint64_t severity, status;

	if (!trace_u64(r, "severity", &severity) || !trace_u64(r, "status", &status))
		return TRACE_MALFORMED;
	e->kind = EVENT_PCIE;
	if (severity < sizeof(of) / sizeof(of[0]))
		e->severity = of[severity];
	trace_text(r, "dev_name", e->label, sizeof(e->label));
	event_detail(e, "PCIe device %s, status 0x%08" PRIx64, e->label, status);
	return TRACE_EVENT;
}

/* The device, and the address where the kernel can say it. */
static void cxl_place(const struct trace_record *r, struct ras_event *e)
{
	uint64_t hpa = trace_u64_or(r, "hpa", HPA_UNKNOWN);

	e->kind = EVENT_CXL;
	trace_text(r, "memdev", e->label, sizeof(e->label));
	if (hpa != HPA_UNKNOWN)
		event_at(e, hpa, CXL_LINE_BYTES);
}

enum trace_verdict trace_cxl_media(const struct trace_record *r, struct ras_event *e)
{
	uint64_t log, descriptor = trace_u64_or(r, "descriptor", 0);

	if (!trace_u64(r, "log", &log))
		return TRACE_MALFORMED;
	cxl_place(r, e);
	/* A module's health event has no descriptor: only its log says how bad it is. */
	if (descriptor & CXL_UNCORRECTABLE || log == CXL_LOG_FATAL)
		e->severity = EVENT_UNCORRECTED;
	else
		e->severity =
			trace_format_field(r->format, "descriptor") ? EVENT_CORRECTED : EVENT_INFO;
	event_detail(e, "%s of %s: log %" PRIu64 " descriptor 0x%" PRIx64 " dpa 0x%" PRIx64,
		     r->format->name, e->label, log, descriptor, trace_u64_or(r, "dpa", 0));
	return TRACE_EVENT;
}

enum trace_verdict trace_cxl_poison(const struct trace_record *r, struct ras_event *e)
{
	uint64_t type, dpa;
	char word[16] = "";

	if (!trace_u64(r, "trace_type", &type) || !trace_u64(r, "dpa", &dpa))
		return TRACE_MALFORMED;
	cxl_place(r, e);
	trace_format_word(r->format, "trace_type", (int64_t)type, word, sizeof(word));
	/*
	 * This kernel's format may have names instead of numbers, and no word then. Poison that was
	 * listed is there, and nobody need have used it.
	 */
	if (!word[0] && type == CXL_POISON_CLEAR)
		strcpy(word, "Clear");
	e->severity = strcmp(word, "Clear") == 0 ? EVENT_INFO : EVENT_DEFERRED;
	event_detail(e, "poison of %s: %s dpa 0x%" PRIx64 " length %" PRIu64, e->label, word, dpa,
		     trace_u64_or(r, "dpa_length", 0));
	return TRACE_EVENT;
}

enum trace_verdict trace_cxl_aer(const struct trace_record *r, struct ras_event *e)
{
	uint64_t status;

	if (!trace_u64(r, "status", &status))
		return TRACE_MALFORMED;
	cxl_place(r, e);
	e->severity = strcmp(r->format->name, "cxl_aer_correctable_error") == 0 ? EVENT_CORRECTED :
										  EVENT_UNCORRECTED;
	event_detail(e, "CXL protocol error of %s: status 0x%" PRIx64, e->label, status);
	return TRACE_EVENT;
}
