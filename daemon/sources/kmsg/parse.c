// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * Firmware reports an error in a record (CPER). The kernel's GHES driver prints it over several
 * lines, all of which begin with the record's number:
 *
 *   {7}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 1
 *   {7}[Hardware Error]: event severity: corrected
 *   {7}[Hardware Error]:  Error 0, type: corrected
 *   {7}[Hardware Error]:  fru_text: DIMM A1
 *   {7}[Hardware Error]:   section_type: memory error
 *   {7}[Hardware Error]:   physical_address: 0x000000007c1b2000
 *
 * Lines of several records may be interleaved, and no line says that a record has ended. So each
 * record is kept open under its number until the reader knows that nothing more comes.
 *
 * A forged line must not make an event. Processes can write to the log, but not as the kernel:
 * only facility 0 counts. The kernel also prints names that users choose, but never first in a
 * line: the prefix has to stand at the line's beginning. Lines without a number are of other
 * printers: the boot error record of the boot before, machine checks.
 */
#include "sources/kmsg/parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"

#define PREFIX "}[Hardware Error]: "
#define BEGIN "Hardware error from APEI Generic Hardware Error Source: "

/*
 * The log's clock is that of the scheduler: it stands still in suspend and is not corrected by NTP.
 * 500 ppm is the most that the kernel lets a clock be wrong.
 */
#define CLOCK_DRIFT(ns) ((ns) / 2000)
#define CLOCK_JITTER_NS 1000000
#define CATCH_UP_SLACK_NS 1000000000 /* of the beginning: the two clocks do not start together */

struct text {
	const char *at;
	size_t len;
};

static bool skip(struct text *t, const char *word)
{
	size_t n = strlen(word);

	if (t->len < n || memcmp(t->at, word, n) != 0)
		return false;
	t->at += n;
	t->len -= n;
	return true;
}

static void skip_blanks(struct text *t)
{
	while (t->len && *t->at == ' ')
		t->at++, t->len--;
}

/* Digits of a base up to a value of max. */
static bool number(struct text *t, unsigned int base, uint64_t max, uint64_t *out)
{
	size_t n = num_leading(t->at, t->len, base, max, out);

	t->at += n;
	t->len -= n;
	return n;
}

bool kmsg_line_parse(const char *buf, size_t len, struct kmsg_line *out)
{
	struct text t = { buf, len };
	const char *semi = memchr(buf, ';', len), *nl;
	uint64_t prio, seq, us;

	if (!semi || !number(&t, 10, UINT32_MAX, &prio) || !skip(&t, ",") ||
	    !number(&t, 10, INT64_MAX, &seq) || !skip(&t, ",") ||
	    !number(&t, 10, INT64_MAX / 1000, &us) || t.at > semi)
		return false;
	t = (struct text){ semi + 1, len - (size_t)(semi + 1 - buf) };
	nl = memchr(t.at, '\n', t.len); /* key=value lines come behind it */
	*out = (struct kmsg_line){ .facility = (unsigned int)prio >> 3,
				   .seq = seq,
				   .log_ns = (int64_t)us * 1000,
				   .text = t.at,
				   .len = nl ? (size_t)(nl - t.at) : t.len };
	return true;
}

/* --- records --- */

static enum event_severity severity_of(const struct text *t)
{
	static const struct {
		const char *word;
		enum event_severity severity;
	} of[] = { { "corrected", EVENT_CORRECTED },
		   { "recoverable", EVENT_UNCORRECTED },
		   { "fatal", EVENT_FATAL },
		   { "info", EVENT_INFO } };

	for (size_t i = 0; i < ARRAY_LEN(of); i++)
		if (t->len == strlen(of[i].word) && memcmp(t->at, of[i].word, t->len) == 0)
			return of[i].severity;
	return EVENT_SEVERITY_UNKNOWN;
}

static enum event_kind kind_of(struct text t)
{
	if (skip(&t, "memory error"))
		return EVENT_MEMORY;
	if (skip(&t, "PCIe error"))
		return EVENT_PCIE;
	if (skip(&t, "CXL"))
		return EVENT_CXL;
	if (skip(&t, "ARM processor error") || skip(&t, "general processor error") ||
	    skip(&t, "IA32/X64 processor error"))
		return EVENT_PROCESSOR;
	return EVENT_OTHER;
}

/* "Error 0, type: corrected" begins a section. */
static void begin_section(struct ghes_record *r, struct text t)
{
	struct ghes_section *s = &r->section[r->n_sections];
	uint64_t n;

	r->in_section = false;
	if (r->n_sections == GHES_SECTIONS_MAX || !number(&t, 10, UINT32_MAX, &n) ||
	    !skip(&t, ", type: "))
		return;
	memset(s, 0, sizeof(*s));
	s->severity = severity_of(&t);
	s->kind = EVENT_OTHER;
	s->len_bytes = 1;
	r->n_sections++;
	r->in_section = true;
}

static void section_line(struct ghes_section *s, struct text t)
{
	uint64_t v;

	if (skip(&t, "section_type: ")) {
		s->kind = kind_of(t);
		event_text(s->type, sizeof(s->type), t.at, t.len);
	} else if (skip(&t, "physical_address: 0x")) {
		s->has_address = number(&t, 16, UINT64_MAX, &s->address);
	} else if (skip(&t, "physical_address_mask: 0x")) {
		/* The bits that count; from the lowest one up they must all be set. */
		if (number(&t, 16, UINT64_MAX, &v) && v && (~v & (~v + 1)) == 0)
			s->len_bytes = ~v + 1;
	} else if (skip(&t, "error_type: ")) {
		event_text(s->error, sizeof(s->error), t.at, t.len);
	} else if (skip(&t, "fru_text: ")) {
		event_text(s->label, sizeof(s->label), t.at, t.len);
	} else if (skip(&t, "DIMM location: ") && !skip(&t, "not present")) {
		event_text(s->label, sizeof(s->label), t.at, t.len);
	}
}

static void record_line(struct ghes_record *r, struct text t)
{
	if (skip(&t, "event severity: "))
		r->severity = severity_of(&t);
	else if (skip(&t, "Error "))
		begin_section(r, t);
	else if (r->in_section)
		section_line(&r->section[r->n_sections - 1], t);
}

static struct ghes_record *find(struct ghes_log *log, uint32_t number)
{
	for (size_t i = 0; i < log->n_open; i++)
		if (log->open[i].number == number)
			return &log->open[i];
	return NULL;
}

static bool is_suppressed(struct text t, uint64_t *n)
{
	return skip(&t, "ghes_print_estatus: ") && number(&t, 10, UINT32_MAX, n) &&
	       skip(&t, " callbacks suppressed");
}

enum ghes_verdict ghes_take(struct ghes_log *log, const struct kmsg_line *line, int64_t time_ns,
			    bool live, uint64_t *suppressed, bool *full)
{
	struct text t = { line->text, line->len };
	struct ghes_record *r;
	uint64_t n;

	*full = false;
	if (line->facility != 0)
		return GHES_NOT_OURS;
	if (is_suppressed(t, suppressed))
		return GHES_SUPPRESSED;
	if (!skip(&t, "{") || !number(&t, 10, UINT32_MAX, &n) || !skip(&t, PREFIX))
		return GHES_NOT_OURS;
	skip_blanks(&t);
	r = find(log, (uint32_t)n);
	if (!r && !skip(&t, BEGIN))
		return GHES_NOT_OURS;
	if (!r && log->n_open == GHES_OPEN_MAX) {
		*full = true;
		return GHES_LINE;
	}
	if (!r) {
		r = &log->open[log->n_open++];
		memset(r, 0, sizeof(*r));
		r->number = (uint32_t)n;
		r->first_seq = line->seq;
		r->time_ns = time_ns;
		r->live = live;
		r->severity = EVENT_SEVERITY_UNKNOWN;
	}
	r->last_seq = line->seq;
	record_line(r, t);
	return GHES_LINE;
}

bool ghes_is_useful(const struct ghes_record *r)
{
	const struct ghes_section *s = &r->section[r->n_sections ? r->n_sections - 1 : 0];

	return r->n_sections && s->type[0] &&
	       (s->kind != EVENT_MEMORY || s->has_address || s->error[0]);
}

void ghes_event(const struct ghes_record *r, size_t i, struct ras_event *out)
{
	const struct ghes_section *s = &r->section[i];

	event_init(out, "kmsg", "ghes", s->kind);
	out->severity = s->severity == EVENT_SEVERITY_UNKNOWN ? r->severity : s->severity;
	out->when.boot_ns = r->time_ns;
	out->when.catch_up = !r->live;
	/* An address of something else is not one of memory that is bad. */
	if (s->has_address && s->kind == EVENT_MEMORY)
		event_at(out, s->address, s->len_bytes);
	memcpy(out->label, s->label, sizeof(out->label));
	event_detail(out, "firmware record %" PRIu32 ": %s%s%s", r->number,
		     s->type[0] ? s->type : "no section type", s->error[0] ? ", error type " : "",
		     s->error);
	if (s->has_address && s->kind == EVENT_MEMORY && !out->where.has_hpa)
		event_detail(out,
			     "firmware record %" PRIu32 ": %s at 0x%" PRIx64 ", within %" PRIu64
			     " bytes",
			     r->number, s->type, s->address, s->len_bytes);
}

void ghes_drop(struct ghes_log *log)
{
	if (log->n_open)
		memmove(log->open, log->open + 1, --log->n_open * sizeof(log->open[0]));
}

/* --- time --- */

int64_t kmsg_time(struct kmsg_clock *c, bool live, int64_t log_ns, int64_t now_mono_ns,
		  int64_t now_boot_ns)
{
	int64_t t = now_mono_ns, since = log_ns - c->log_ns;

	if (!live) {
		t = log_ns - CLOCK_DRIFT(log_ns) - CATCH_UP_SLACK_NS;
		return t > 0 ? t : 1;
	}
	/* The loop may have stood still, or all of rasd: by the line before it may be older. */
	if (c->mono_ns && since >= 0) {
		int64_t latest = c->mono_ns + since + CLOCK_DRIFT(since) + CLOCK_JITTER_NS;

		if (latest < t)
			t = latest;
	}
	*c = (struct kmsg_clock){ log_ns, t };
	return now_boot_ns - (now_mono_ns - t);
}
