// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * HPA <-> GPA for the daemon: keeps the descriptors, the layouts and the index of huge pages, and
 * has the work done off the loop. The algorithm is lib/xlate.
 */
#pragma once

#include "base/histogram.h"
#include "guests/guests.h"
#include "xlate/xlate.h"
#include "pagemap/client.h"

struct translator;

/* helper may be NULL: then every question is answered with RAS_E_HELPER. All is borrowed. */
int translator_new(struct translator **out, struct event_base *base, struct guests *guests,
		   struct helper_client *helper, struct ras_err *err);

/*
 * Questions under way are answered with an error. Free it after guests and helper, which answer
 * what it has asked them. NULL allowed.
 */
void translator_free(struct translator *t);

/*
 * How host pages are found: "rmap" (where the kernel notes them), "search", or "none" while nothing
 * can be translated. *why says why it is not "rmap", else it is empty. Both are borrowed.
 */
const char *translator_pages(const struct translator *t, const char **why);

/*
 * Build the index from now on, not only once somebody has asked: for whoever will ask about pages
 * that are poisoned or moved by then (host events).
 */
void translator_keep_index(struct translator *t);

/* Questions for one page that were answered, by what the page is of; and those that failed. */
struct translate_stat {
	struct histogram answered[XLATE_N_BACKINGS];
	uint64_t failed;
};

/* Since the start; borrowed. */
const struct translate_stat *translator_stat(const struct translator *t);

/* ans is borrowed and NULL when err is not. */
typedef void (*translate_fn)(void *arg, const struct xlate_answer *ans, const struct ras_err *err);

/*
 * For whom it is asked. Clients share a number of places. Questions about real errors of this host
 * have places of their own, and are read before those of clients.
 */
enum translate_for { FOR_CLIENT, FOR_HOST_EVENT };

/*
 * Who owns a host page. fn runs exactly once, from the loop. XLATE_HOST means: of no guest, and
 * every guest was asked; where one could not be, and none has it, RAS_E_LAYOUT names it. Errors
 * otherwise as xlate_find().
 */
void translate_hpa(struct translator *t, enum translate_for who, struct hpa hpa, int64_t timeout_ms,
		   translate_fn fn, void *arg);

/* The host page of a guest address, or why there is none; else as above. */
void translate_gpa(struct translator *t, const char *domain, struct gpa gpa, int64_t timeout_ms,
		   translate_fn fn, void *arg);

/*
 * What is verified of a translation. VERIFY_QEMU: QEMU still has gpa where the layout says
 * (gpa2hva). VERIFY_PAGE: pagemap and kpageflags still say that hpa is there. VERIFY_BOTH asks for
 * the second once it has the first. Who takes them apart needs both before anything is sent.
 */
enum verify_what { VERIFY_BOTH, VERIFY_QEMU, VERIFY_PAGE };

struct verify {
	enum translate_for who;
	enum verify_what what;
	const char *domain;
	struct gpa gpa;
	struct hpa hpa;
};

/*
 * Right before an injection. ans is NULL also on success. RAS_E_BUSY: the page is not there any
 * more. Too many questions at once: RAS_E_TIMEOUT.
 */
void translate_verify(struct translator *t, const struct verify *v, translate_fn fn, void *arg);

/* The guest of an owner in the answer that fn has just been given; NULL if it is gone. */
const char *translate_domain(const struct translator *t, const struct xlate_owner *owner);

/* --- a range of host addresses --- */

/* What one guest has of a range. */
struct owned {
	char domain[64];
	uint64_t memory_bytes; /* guest RAM in all */
	struct xlate_share share;
	char why[128]; /* it was not looked at, or not to its end: why; else empty */
};

struct owners {
	struct hpa from, to;
	enum xlate_range_how how;
	int64_t read_ns; /* boot time when the reading ended */
	bool complete;	 /* every guest was looked at, so far as this answer goes */
	bool more;	 /* guests after next were not looked at: ask again with it */
	char next[64];
	size_t n_left; /* how many these are */
	size_t n;
	struct owned v[]; /* in the order of their names */
};

/* o is the callee's to free(), and NULL where err is not. */
typedef void (*owners_fn)(void *arg, struct owners *o, const struct ras_err *err);

/*
 * Which guests have how much memory in [from, to). after: those with a greater name only ("": all).
 * fn runs exactly once, from the loop, after timeout_ms at the latest: what was not looked at by
 * then is said. RAS_E_PARAMS, RAS_E_HELPER, RAS_E_BUSY, RAS_E_NOMEM.
 */
void translate_owners(struct translator *t, struct hpa from, struct hpa to, const char *after,
		      int64_t timeout_ms, owners_fn fn, void *arg);
