// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An error at a host physical address becomes an injection into the guest that owns the page.
 * Callers are injection.create with hpa, and later the events of the host.
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
 * Translate hpa, make the guest ready, verify the page, inject. rq is complete but for gpa;
 * rq->domain "" takes the only owner, another name must be among the owners. Strings and record are
 * copied. rq->params_digest must be made from hpa, not from the guest address: the page may be
 * elsewhere when the same is asked again. done runs exactly once, maybe at once; where nothing was
 * accepted its error has a field ("hpa" unless another is at fault). A request_id that is known
 * gets the stored row, wherever the page is by now.
 */
void forward_inject(struct forward *f, const struct inject_request *rq, struct hpa hpa,
		    inject_done_fn done, void *arg);
