// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What one report of this host's kernel, of rasdaemon or of mcelog says about one hardware error,
 * in the same words whoever reports it. Nothing is decided in here.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/addr.h"
#include "base/uuid.h"

enum event_kind {
	EVENT_MEMORY,	 /* an error of memory was detected; it may have an address */
	EVENT_PAGE_LOST, /* memory_failure(): the kernel took a page out of use, or tried to */
	EVENT_SIGBUS,	 /* a process was signalled for an error of its memory */
	EVENT_PROCESSOR, /* of a processor, with or without an address */
	EVENT_PCIE,
	EVENT_CXL,
	EVENT_OTHER
};

enum event_severity {
	EVENT_INFO,
	EVENT_CORRECTED,
	EVENT_DEFERRED,	   /* data is lost, nobody has used it (AMD deferred, patrol scrub) */
	EVENT_UNCORRECTED, /* data is lost, the host goes on */
	EVENT_FATAL,	   /* the host was about to stop: read after the boot */
	EVENT_SEVERITY_UNKNOWN
};

/* When it was seen by the kernel. */
struct event_time {
	struct uuid boot_id; /* of the boot that it belongs to; nil = not known */
	int64_t boot_ns;     /* CLOCK_BOOTTIME of that boot; 0 = not known */
	int64_t real_ns;     /* wall clock, may be off by seconds (rasdaemon) */
	bool catch_up;	     /* it was stored somewhere before rasd read it */
};

/* Which memory it is about. */
struct event_where {
	bool has_hpa;
	struct hpa hpa;	     /* first byte that is known to be bad, as precise as the report */
	uint64_t len_bytes;  /* how much is bad from there: a power of two, 1 = not known */
	bool no_struct_page; /* memory without struct page: the kernel cannot say who maps it */
};

enum event_outcome_kind {
	OUTCOME_NONE,
	OUTCOME_IGNORED,
	OUTCOME_FAILED,
	OUTCOME_DELAYED,
	OUTCOME_RECOVERED
};

/* What the kernel did with the page: EVENT_PAGE_LOST; the words are the event's own. */
struct event_outcome {
	enum event_outcome_kind kind;
	char page_type[48];
};

/*
 * Who was signalled: EVENT_SIGBUS. A process can send itself such a signal, so this may say that
 * somebody knows of an error, never that there is one.
 */
struct event_signal {
	pid_t pid; /* of the process, or of its thread where that has gone already */
	int code;  /* si_code: 4 = action required, 5 = action optional */
};

#define EVENT_POSITION_SIZE 128 /* as struct journal_cursor */

struct ras_event {
	const char *source; /* struct event_source.name */
	/*
	 * What in that source it was read from: a tracepoint, a table, "ghes". Errors that two of
	 * them report may be the same error; two reports of one of them are two errors. "" = none.
	 */
	char report[32];
	enum event_kind kind;
	enum event_severity severity;
	bool action_required; /* the report says that a CPU was using the data (x86: status AR) */
	struct event_time when;
	struct event_where where;
	struct event_outcome outcome;
	struct event_signal signal;
	uint32_t count;	  /* errors that this one report stands for, at least 1 */
	char label[64];	  /* DIMM or FRU, "" = not known; valid UTF-8 */
	char detail[160]; /* one line for a person; valid UTF-8 */
	/* How far the source is read once this event is dealt with; "" = no cursor. */
	char position[EVENT_POSITION_SIZE];
};

/* An event of one error that happened now: severity unknown, no place, count 1. */
void event_init(struct ras_event *e, const char *source, const char *report, enum event_kind kind);

/*
 * The error is somewhere in [address, address + len_bytes), which is rounded out to a power of two.
 * A stretch longer than a page of this host names no page, so the event gets no address then: a
 * wrong page is worse than none. Returns whether it has one.
 */
bool event_at(struct ras_event *e, uint64_t address, uint64_t len_bytes);

/* Copy text[len] (it ends at a NUL) to out; what is not printable ASCII becomes '?'. */
void event_text(char *out, size_t size, const char *text, size_t len);

/* Set e->detail, cut where it is full; the arguments may hold any bytes. */
void event_detail(struct ras_event *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The kernel's word for what became of a page ("Recovered"), which rasdaemon has, too. */
enum event_outcome_kind event_outcome(const char *word);

/* True for what EDAC calls a module whose name it does not know. */
bool event_label_says_nothing(const char *label);

/*
 * The first physical address among UEFI's ARM processor error information structures in info[len],
 * and what kind of error it is of.
 */
bool event_arm_address(const uint8_t *info, size_t len, uint64_t *address, unsigned int *type);
