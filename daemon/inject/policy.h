// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The one gate: may this be done to that guest? It is asked when a request is accepted and again
 * before its record is sent, by whatever way the request has come.
 *
 * Two sorts of injection pass it. What a person asks for has to pass all rules. A real error of
 * this host needs the guest's forward grant, and stops at the safety lever only where that was
 * engaged for forwarding, too: no quota may keep from a guest that its memory is lost.
 */
#pragma once

#include "inject/caller.h"
#include "inject/effects.h"
#include "journal/journal.h"

struct guest;
struct policy;

/* conf is borrowed. The lever and what was injected lately are read from j. RAS_E_JOURNAL. */
int policy_new(struct policy **out, const struct conf *conf, struct journal *j,
	       struct ras_err *err);
void policy_free(struct policy *p);

struct policy_question {
	const char *domain;
	struct record_needs needs;   /* of the record */
	enum origin origin;	     /* a real error of the host has a grant of its own */
	const struct caller *caller; /* NULL: rasd itself, or not known (a test) */
	size_t n_open;		     /* injections of persons that are not decided yet */
	bool again;	/* it was accepted before, and is about to be sent: limits do not count */
	bool confirmed; /* the caller said that what counts as fatal is meant */
};

/*
 * 0 if it may; RAS_E_SAFETY, RAS_E_PERMISSION, RAS_E_NOT_GRANTED, RAS_E_NEED_CONFIRM, RAS_E_RATE
 * with how to change that. g NULL (only with again): it is away, and its grant is not asked.
 */
int policy_check(struct policy *p, const struct guest *g, const struct policy_question *q,
		 struct ras_err *err);

/* It is accepted: count it. */
void policy_take(struct policy *p, const struct policy_question *q);

/* Whether the lever stops it, whatever else may be said of it. RAS_E_SAFETY. */
int policy_lever_check(const struct policy *p, enum origin origin, struct ras_err *err);

enum policy_verdict { POLICY_ALLOWS, POLICY_REFUSES, POLICY_NOT_ASKED };

/* What one rule says. */
struct policy_answer {
	const char *rule;
	enum policy_verdict verdict;
	char why[160];	    /* POLICY_ALLOWS, POLICY_NOT_ASKED */
	struct ras_err err; /* POLICY_REFUSES */
};

#define POLICY_RULES 10

/* Ask every rule. Returns the index of the one that decides; -1: all allow it. */
int policy_explain(struct policy *p, const struct guest *g, const struct policy_question *q,
		   struct policy_answer out[POLICY_RULES]);

/* --- the safety lever --- */

/* As it is now; borrowed. */
const struct journal_lever *policy_lever(const struct policy *p);

/*
 * Engage it, at once; done says whether that will survive a restart. One that is engaged keeps
 * also_forwarding. RAS_E_NOMEM: it is engaged, but will not survive.
 */
int policy_lever_engage(struct policy *p, const struct journal_lever *l, journal_done_fn done,
			void *arg, struct ras_err *err);

/* Release it as soon as that is durable. RAS_E_BUSY: another release is under way. */
int policy_lever_release(struct policy *p, const struct journal_lever *l, journal_done_fn done,
			 void *arg, struct ras_err *err);

/* What is used of the limits, for policy.get. */
struct policy_used {
	int64_t host, guests_per_hour;
	int64_t concurrent; /* the injector knows it */
};
/* All but concurrent. */
void policy_used(const struct policy *p, struct policy_used *out);
