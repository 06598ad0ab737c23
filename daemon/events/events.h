// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Errors of this host: taken from the sources, folded, decided, forwarded to the guest that has the
 * page, stored with the reason of each decision.
 *
 * Who originates a forward: any report of a SOURCE_KERNEL source. A SOURCE_SECONDARY source does so
 * only while no kernel source is live; else it adds labels.
 */
#pragma once

#include "base/histogram.h"
#include "conf/conf.h"
#include "sources/source.h"
#include "forward/forward.h"
#include "guests/guests.h"
#include "journal/journal.h"
#include "translate/translate.h"

struct events;

/* All is borrowed and outlives the room, except for forward and translator: free it before them. */
struct events_parts {
	struct event_base *base;
	const struct conf *conf;
	struct helper_client *helper; /* may be NULL */
	struct guests *guests;
	struct translator *translator;
	struct injector *injector;
	struct forward *forward;
	struct journal *journal;
};

/* Open all sources that the configuration allows; take up what an earlier life left. */
int events_new(struct events **out, const struct events_parts *parts, struct ras_err *err);

/*
 * Close the sources. What is under way stays pending in the journal; its answers find nobody. NULL
 * allowed.
 */
void events_free(struct events *ev);

/* Every source in order of preference, also those that are off. */
void events_each_source(const struct events *ev,
			void (*fn)(void *arg, const struct event_source *src,
				   const struct source_status *status),
			void *arg);

/*
 * rasd itself is about to cause an error at hpa: what the host reports of that page within
 * EVENTS_OWN_NS is not forwarded.
 */
void events_expect(struct events *ev, struct hpa hpa);
#define EVENTS_OWN_NS INT64_C(10000000000)

/*
 * How long it took from an uncorrected error of this boot to the acknowledgement of its last record
 * by the guest, since the start. Errors whose source knows only the second are left out. Borrowed.
 */
const struct histogram *events_forward_times(const struct events *ev);

/*
 * Uncorrected errors that the safety lever holds back, for which their guests are not given up; and
 * the lever is released, so they are tried again.
 */
size_t events_held(const struct events *ev);
void events_released(struct events *ev);
