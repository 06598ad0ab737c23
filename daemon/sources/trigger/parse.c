// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which trigger it was is seen by its variables:
 *
 *   PFN               rasdaemon, memory_failure_event
 *   TYPE and ADDRESS  rasdaemon, mc_event: ADDRESS is hex without 0x, GRAIN a logarithm
 *   TYPE and NAME     rasdaemon, aer_event
 *   STATUS            mcelog, unknown error: the registers of the bank, hex without 0x
 *   LOCATION          mcelog, page, dimm or socket: a page is named in MESSAGE alone
 */
#include "sources/trigger/parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "sources/mce.h"
#include "sources/rasdaemon/row.h"
#include "sources/trigger/wire.h"

static const char *const names[] = { TRIGGER_NAMES };

/* Values in the packet, in the order of names; NULL: not there. */
struct values {
	const char *of[ARRAY_LEN(names)];
};

static const char *get(const struct values *v, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strcmp(names[i], name) == 0)
			return v->of[i];
	return NULL;
}

static const char *text(const struct values *v, const char *name)
{
	const char *value = get(v, name);

	return value ? value : "";
}

/* Hex digits without 0x, at most 16, up to a character of end; false for anything else. */
static bool hex(const char *s, const char *end, uint64_t *out)
{
	size_t len = s ? strspn(s, "0123456789abcdefABCDEF") : 0;
	char number[2 + 16 + 1];

	if (!len || len > 16 || (s[len] && !strchr(end, s[len])))
		return false;
	snprintf(number, sizeof(number), "0x%.*s", (int)len, s);
	return num_parse_u64(number, out, NULL) == 0;
}

static uint64_t decimal_or(const struct values *v, const char *name, uint64_t other)
{
	uint64_t n;

	return num_parse_u64(text(v, name), &n, NULL) == 0 ? n : other;
}

static uint32_t count_of(uint64_t n)
{
	return n && n <= UINT32_MAX ? (uint32_t)n : 1;
}

/* Cut the packet into values. False: not ours. */
static bool cut(const char *packet, size_t len, struct values *v)
{
	const char *at = packet + sizeof(TRIGGER_HELLO), *end = packet + len;

	memset(v, 0, sizeof(*v));
	if (len < sizeof(TRIGGER_HELLO) || len > TRIGGER_PACKET_MAX || packet[len - 1] ||
	    memcmp(packet, TRIGGER_HELLO, sizeof(TRIGGER_HELLO)) != 0)
		return false;
	for (; at < end; at += strlen(at) + 1) {
		const char *is = strchr(at, '=');

		if (!is)
			return false;
		for (size_t i = 0; i < ARRAY_LEN(names); i++)
			if (strlen(names[i]) == (size_t)(is - at) &&
			    memcmp(names[i], at, (size_t)(is - at)) == 0)
				v->of[i] = is + 1;
	}
	return true;
}

static bool memory_failure(const struct values *v, struct ras_event *e)
{
	const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t pfn;

	if (strncmp(text(v, "PFN"), "0x", 2) != 0 ||
	    num_parse_u64(text(v, "PFN"), &pfn, NULL) < 0 || pfn > UINT64_MAX / page_bytes)
		return false;
	event_init(e, "trigger", "memory_failure_event", EVENT_PAGE_LOST);
	e->severity = EVENT_UNCORRECTED;
	event_at(e, pfn * page_bytes, page_bytes);
	if (rasdaemon_page_type_is_right(text(v, "PAGE_TYPE")))
		snprintf(e->outcome.page_type, sizeof(e->outcome.page_type), "%s",
			 text(v, "PAGE_TYPE"));
	e->outcome.kind = event_outcome(text(v, "ACTION_RESULT"));
	event_detail(e, "page frame 0x%" PRIx64 ": %s%s%s", pfn, e->outcome.page_type,
		     e->outcome.page_type[0] ? ": " : "", text(v, "ACTION_RESULT"));
	return true;
}

static bool mc_event(const struct values *v, struct ras_event *e)
{
	uint64_t address, grain;

	if (!hex(get(v, "ADDRESS"), "", &address))
		return false;
	event_init(e, "trigger", "mc_event", EVENT_MEMORY);
	e->severity = rasdaemon_severity(text(v, "TYPE"));
	e->count = count_of(decimal_or(v, "COUNT", 1));
	grain = decimal_or(v, "GRAIN", 64);
	if (address && grain < 64)
		event_at(e, address, UINT64_C(1) << grain);
	event_text(e->label, sizeof(e->label), text(v, "LABEL"), TRIGGER_VALUE_MAX);
	if (event_label_says_nothing(e->label))
		e->label[0] = '\0';
	event_detail(e, "mc%" PRIu64 " address 0x%" PRIx64 ": %s %s", decimal_or(v, "MC_INDEX", 0),
		     address, text(v, "MESSAGE"), text(v, "DRIVER_DETAIL"));
	return true;
}

static bool aer_event(const struct values *v, struct ras_event *e)
{
	const char *type = text(v, "TYPE");

	event_init(e, "trigger", "aer_event", EVENT_PCIE);
	e->severity = strcmp(type, "Corrected") == 0	    ? EVENT_CORRECTED :
		      strstr(type, "Non-Fatal")		    ? EVENT_UNCORRECTED :
		      strncmp(type, "Uncorrected", 11) == 0 ? EVENT_FATAL :
							      EVENT_SEVERITY_UNKNOWN;
	event_text(e->label, sizeof(e->label), text(v, "NAME"), TRIGGER_VALUE_MAX);
	event_detail(e, "PCIe device %s: %s: %s", e->label, type, text(v, "MESSAGE"));
	return true;
}

static bool mcelog_registers(const struct values *v, uint64_t vendor, struct ras_event *e)
{
	struct mce_registers m = { .cpu = decimal_or(v, "CPU", 0),
				   .socket = decimal_or(v, "SOCKETID", 0),
				   .vendor = vendor };

	if (!hex(get(v, "STATUS"), "", &m.status) || !hex(get(v, "MISC"), "", &m.misc) ||
	    !hex(get(v, "ADDR"), "", &m.addr))
		return false;
	hex(get(v, "MCGCAP"), "", &m.mcgcap);
	event_init(e, "trigger", "mcelog", EVENT_MEMORY);
	if (!mce_event(&m, e))
		return false;
	/* Which bank it was mcelog does not say. */
	event_detail(e, "machine check: cpu %" PRIu64 " status 0x%016" PRIx64 " addr 0x%" PRIx64,
		     m.cpu, m.status, m.addr);
	return true;
}

static bool mcelog_threshold(const struct values *v, struct ras_event *e)
{
	static const char on_page[] = "Corrected memory errors on page ";
	const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	const char *message = text(v, "MESSAGE");
	uint64_t address;

	event_init(e, "trigger", "mcelog", EVENT_MEMORY);
	e->severity =
		strncmp(message, "Uncorrected", 11) == 0 ? EVENT_UNCORRECTED : EVENT_CORRECTED;
	if (strncmp(message, on_page, sizeof(on_page) - 1) == 0) {
		if (!hex(message + sizeof(on_page) - 1, " ", &address))
			return false;
		event_at(e, address, page_bytes);
	}
	event_text(e->label, sizeof(e->label), text(v, "LOCATION"), TRIGGER_VALUE_MAX);
	event_detail(e, "mcelog: %s", message);
	return true;
}

bool trigger_parse(const char *packet, size_t len, uint64_t vendor, struct ras_event *out)
{
	struct ras_event e;
	struct values v;
	int64_t real_ns;
	uint64_t s;
	bool ok;

	if (!cut(packet, len, &v))
		return false;
	if (get(&v, "PFN"))
		ok = memory_failure(&v, &e);
	else if (get(&v, "TYPE") && get(&v, "ADDRESS"))
		ok = mc_event(&v, &e);
	else if (get(&v, "TYPE") && get(&v, "NAME"))
		ok = aer_event(&v, &e);
	else if (get(&v, "STATUS"))
		ok = mcelog_registers(&v, vendor, &e);
	else
		ok = get(&v, "LOCATION") && mcelog_threshold(&v, &e);
	if (!ok)
		return false;
	real_ns = rasdaemon_time(text(&v, "TIMESTAMP"));
	s = decimal_or(&v, "LASTEVENT", 0);
	if (real_ns > 0)
		e.when.real_ns = real_ns;
	else if (s < INT32_MAX)
		e.when.real_ns = (int64_t)s * 1000000000;
	*out = e;
	return true;
}
