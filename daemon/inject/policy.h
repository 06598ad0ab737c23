// SPDX-License-Identifier: LGPL-2.1-or-later
/* The one gate: may this be done to that guest? */
#pragma once

#include "inject/effects.h"
#include "journal/state.h"

struct guest;

struct policy_question {
	const char *domain;
	struct record_needs needs; /* of the record */
	enum origin origin;	   /* a real error of the host has a grant of its own */
	bool again;		   /* it was allowed before, and is about to be sent */
	bool confirmed;		   /* the caller said that what counts as fatal is meant */
};

/* 0 if it may; RAS_E_NOT_GRANTED, RAS_E_NEED_CONFIRM with how to change that. */
int policy_check(const struct guest *g, const struct policy_question *q, struct ras_err *err);
