// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An error at a host physical address becomes an injection into the guest that owns the page.
 * Callers are injection.create with hpa (forward.c) and the events of the host (error.c).
 */
#pragma once

#include "guests/guests.h"
#include "inject/inject.h"
#include "translate/translate.h"

struct forward;

/* All is borrowed and outlives it. RAS_E_NOMEM. */
int forward_new(struct forward **out, struct guests *guests, struct translator *translator,
		struct injector *injector, struct ras_err *err);

/* Requests under way must have ended (translator_free() ends them). NULL allowed. */
void forward_free(struct forward *f);

/*
 * Translate hpa, make the guest ready, verify the page, inject. rq is complete except for gpa;
 * rq->domain "" takes the only owner, another name must be among the owners. Strings and record are
 * copied. rq->params_digest must be made from hpa, not from the guest address: the page may be
 * elsewhere when the same is asked again. done runs exactly once, maybe at once; where nothing was
 * accepted its error has a field ("hpa" unless another is at fault). A request_id that is known
 * gets the stored row, wherever the page is by now.
 */
void forward_inject(struct forward *f, const struct inject_request *rq, struct hpa hpa,
		    inject_done_fn done, void *arg);

/* A real error of this host, and what it costs one guest. */
struct forward_error {
	char domain[64];
	pid_t pid; /* the QEMU that has the page */
	uint64_t start_time;
	struct hpa hpa; /* of the first page, or of the very byte of a corrected error */
	struct gpa gpa;
	uint32_t pages;		     /* from there on; 0: one address, no page is lost */
	uint32_t done;		     /* of these, in injections already */
	enum conf_severity severity; /* corrected or recoverable */
	bool threshold;		     /* the section says "threshold exceeded" */
	char fru_text[21];	     /* "" = none */
	int64_t real_ns;	     /* when it was, for the record's time stamp; 0 = not known */
	struct inject_host host; /* event: where nothing is done yet; forward: where pages are */
	uint32_t tries; /* how often it was tried before: each has a request_id of its own */
};

/*
 * A record about this page of this guest is likely to follow at once: ask QEMU now what must be
 * known by then. Nothing follows from it alone.
 */
void forward_foretell(struct forward *f, const char *domain, struct gpa gpa, struct hpa hpa);

/* How far it came. */
struct forward_result {
	uint32_t done; /* pages that are in injections whose records were written, or may be */
	bool stored;   /* at least one intent is durable: the event's decision is, too */
	bool over;     /* nothing is left to do; else it may be asked again with done and tries */
	const struct journal_row *row; /* of the latest injection, borrowed; NULL: none */
	struct ras_err err;	       /* why it is not over, or why nothing was sent */
};

typedef void (*forward_error_fn)(void *arg, const struct forward_result *r);

/*
 * Make the guest ready; then, block by block, verify each page, inject, wait for the guest. e is
 * copied. done runs exactly once, maybe at once. Exempt from what limits requests.
 */
void forward_error(struct forward *f, const struct forward_error *e, forward_error_fn done,
		   void *arg);
