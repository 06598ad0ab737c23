// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to the gate: what its rules see, and the rules. */
#pragma once

#include "inject/limits.h"
#include "inject/policy.h"

/* A release that the journal has to store first. */
struct policy_release {
	bool pending;
	uint64_t n_engaged; /* when it was asked for */
	struct journal_lever lever;
	journal_done_fn done;
	void *arg;
};

struct policy {
	const struct conf *conf;
	struct journal *journal;
	struct limits *limits;
	struct journal_lever lever;
	uint64_t n_engaged; /* how often it was engaged in this life */
	struct policy_release release;
};

/* Where a rule says why it allows something; NULL: nobody wants to know. */
struct rule_words {
	char *text;
	size_t size;
};

/* One rule. 0, with words, or an error. */
typedef int (*rule_fn)(struct policy *p, const struct guest *g, const struct policy_question *q,
		       struct rule_words *w, struct ras_err *err);

/* rules.c: the lever, who, how severe. rates.c: how much. */
int rule_safety(struct policy *p, const struct guest *g, const struct policy_question *q,
		struct rule_words *w, struct ras_err *err);
int rule_forward(struct policy *p, const struct guest *g, const struct policy_question *q,
		 struct rule_words *w, struct ras_err *err);
int rule_person(struct policy *p, const struct guest *g, const struct policy_question *q,
		struct rule_words *w, struct ras_err *err);
int rule_ceiling(struct policy *p, const struct guest *g, const struct policy_question *q,
		 struct rule_words *w, struct ras_err *err);
int rule_grant(struct policy *p, const struct guest *g, const struct policy_question *q,
	       struct rule_words *w, struct ras_err *err);
int rule_confirm(struct policy *p, const struct guest *g, const struct policy_question *q,
		 struct rule_words *w, struct ras_err *err);
int rule_concurrent(struct policy *p, const struct guest *g, const struct policy_question *q,
		    struct rule_words *w, struct ras_err *err);
int rule_guests(struct policy *p, const struct guest *g, const struct policy_question *q,
		struct rule_words *w, struct ras_err *err);
int rule_guest_rate(struct policy *p, const struct guest *g, const struct policy_question *q,
		    struct rule_words *w, struct ras_err *err);
int rule_host_rate(struct policy *p, const struct guest *g, const struct policy_question *q,
		   struct rule_words *w, struct ras_err *err);
int rule_person_rate(struct policy *p, const struct guest *g, const struct policy_question *q,
		     struct rule_words *w, struct ras_err *err);

/* The caller's own limit for this question: the widest of the sections that allow it; 0: none. */
int64_t rule_per_minute(const struct policy *p, const struct policy_question *q);

/* Why it is allowed; w NULL: nothing. */
void rule_say(struct rule_words *w, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
