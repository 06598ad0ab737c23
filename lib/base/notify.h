// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One source of events with many subscribers, all on one thread. A subscriber may be removed inside
 * any callback, also its own. One that is added inside a callback hears only later events.
 */
#pragma once

struct notify_sub;

/* what points to the event. Its type is said where the source is declared. */
typedef void (*notify_fn)(void *arg, const void *what);

/* Embedded in the subscriber, zeroed before its first use. */
struct notify_sub {
	struct notify_sub *next, **prev; /* prev NULL: not subscribed */
	notify_fn fn;
	void *arg;
};

/* All zero: a source without subscribers. */
struct notify {
	struct notify_sub *first;
	struct notify_walk *walk; /* walks that are under way, the innermost first */
};

/* Subscribe. fn is called for each event. Do not rely on the order of subscribers. */
void notify_add(struct notify *n, struct notify_sub *s, notify_fn fn, void *arg);

/* End a subscription. Does nothing if there is none. */
void notify_remove(struct notify *n, struct notify_sub *s);

/*
 * Call all subscribers. A callback may raise another event of the same source: all subscribers get
 * the inner event before the outer one goes on.
 */
void notify_tell(struct notify *n, const void *what);
