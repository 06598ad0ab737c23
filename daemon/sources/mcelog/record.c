// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation: a record is a heap of registers, one or two a line.
 *
 *   for people                      raw
 *   Hardware event. This is not..   (none: a blank line ends a record)
 *   CPU 0 BANK 8                    CPU 0, then BANK 8
 *   MISC 8c ADDR 12345000           ADDR 0x12345000
 *   TIME 1795397475 Mon Nov 23 ..   TIME 1795397475
 *   STATUS 8c00004000010090 MCG..   STATUS 0x8c00004000010090
 *   MCGCAP 1c09 .. SOCKETID 0       MCGCAP 0x1c09
 *   CPUID Vendor Intel Family 6..   PROCESSOR 0:0x106a0 (the number of the vendor)
 *
 * A register's name is the first word of a line, or follows the value of the one before it; MISC,
 * ADDR, STATUS and MCGCAP are hex in both forms. Texts that people read are left out:
 * the registers say it all. A record is over with the line that begins the next one.
 */
#include "sources/mcelog/record.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"

#define BEGINS "Hardware event. "

void mcelog_record_begin(struct mcelog_record *r, uint64_t host_vendor,
			 void (*fn)(void *arg, struct ras_event *e), void *arg)
{
	*r = (struct mcelog_record){
		.fn = fn, .arg = arg, .host_vendor = host_vendor, .mce = { .vendor = host_vendor }
	};
}

static void clear(struct mcelog_record *r)
{
	r->mce = (struct mce_registers){ .vendor = r->host_vendor };
	r->time_s = 0;
	r->has_status = false;
}

void mcelog_record_end(struct mcelog_record *r)
{
	struct ras_event e;

	if (r->has_status) {
		event_init(&e, "mcelog", "log", EVENT_MEMORY);
		if (mce_event(&r->mce, &e)) {
			e.when.real_ns = r->time_s * 1000000000;
			r->fn(r->arg, &e);
		}
	}
	clear(r);
}

static bool value(const char *word, int base, uint64_t *out)
{
	const char *digits = base == 16 ? "0123456789abcdef" : "0123456789";
	size_t len;

	if (base == 16 && strncmp(word, "0x", 2) == 0)
		word += 2;
	len = strspn(word, digits);
	if (!len || len > 16 || word[len])
		return false;
	*out = strtoull(word, NULL, base);
	return true;
}

/* Take NAME VALUE; false: it is no register, or its value is none. */
static bool take(struct mcelog_record *r, const char *name, const char *word, bool *known)
{
	const struct {
		const char *name;
		uint64_t *to;
		int base;
	} of[] = { { "STATUS", &r->mce.status, 16 },  { "MISC", &r->mce.misc, 16 },
		   { "ADDR", &r->mce.addr, 16 },      { "MCGCAP", &r->mce.mcgcap, 16 },
		   { "CPU", &r->mce.cpu, 10 },	      { "BANK", &r->mce.bank, 10 },
		   { "SOCKETID", &r->mce.socket, 10 } };
	uint64_t n;

	*known = true;
	for (size_t i = 0; i < ARRAY_LEN(of); i++)
		if (strcmp(name, of[i].name) == 0) {
			r->has_status |= i == 0;
			return value(word, of[i].base, of[i].to);
		}
	if (strcmp(name, "TIME") == 0) {
		if (!value(word, 10, &n) || n > INT32_MAX * UINT64_C(4))
			return false;
		r->time_s = (int64_t)n;
		return true;
	}
	*known = false;
	return true;
}

/* "CPUID Vendor Intel Family 6 ..", "PROCESSOR 0:0x106a0" */
static bool vendor(struct mcelog_record *r, char *first, char *rest)
{
	char *word, *save = rest;
	uint64_t n;

	if (strcmp(first, "PROCESSOR") == 0) {
		word = strtok_r(NULL, ":", &save);
		if (word && value(word, 10, &n))
			r->mce.vendor = n;
		return true;
	}
	if (strcmp(first, "CPUID") != 0)
		return false;
	word = strtok_r(NULL, " ", &save);
	word = word && strcmp(word, "Vendor") == 0 ? strtok_r(NULL, " ", &save) : NULL;
	if (word)
		r->mce.vendor = mce_vendor(word);
	return true;
}

static void on_line(struct mcelog_record *r)
{
	char *save = NULL, *name, *word;
	bool known, first = true;

	if (!r->line[0] || strncmp(r->line, BEGINS, sizeof(BEGINS) - 1) == 0) {
		mcelog_record_end(r);
		return;
	}
	/* A raw record whose blank line was lost. */
	if (strncmp(r->line, "CPU ", 4) == 0 && r->has_status)
		mcelog_record_end(r);
	name = strtok_r(r->line, " ", &save);
	if (!name || vendor(r, name, save))
		return;
	while (name && (word = strtok_r(NULL, " ", &save))) {
		if (!take(r, name, word, &known)) {
			r->malformed++;
			return;
		}
		/* Words that are no registers make no line of registers; the date follows TIME. */
		if ((!known && first) || strcmp(name, "TIME") == 0)
			return;
		first = false;
		name = strtok_r(NULL, " ", &save);
	}
}

void mcelog_record_feed(struct mcelog_record *r, const char *data, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (data[i] == '\n') {
			r->line[r->len] = '\0';
			r->len = 0;
			if (r->too_long)
				r->malformed++;
			else
				on_line(r);
			r->too_long = false;
			r->line_at = r->at + i + 1;
		} else if (r->len < sizeof(r->line) - 1) {
			/* A NUL would hide what follows it in the line. */
			r->line[r->len++] = data[i] ? data[i] : '?';
		} else {
			r->too_long = true;
		}
	}
	r->at += len;
}
