// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One source of events, many subscribers, on one thread. A subscriber may be removed from inside
 * any callback, its own included; one that is added from inside a callback hears the next event.
 */
#pragma once

struct notify_sub;

/* what is the source's: which type it points to is said where the source is declared. */
typedef void (*notify_fn)(void *arg, const void *what);

/* Embedded in the subscriber, zeroed before its first use. */
struct notify_sub {
	struct notify_sub *next, **prev; /* prev NULL: not subscribed */
	notify_fn fn;
	void *arg;
};

/* All zero is a source without subscribers. */
struct notify {
	struct notify_sub *first;
	struct notify_walk *walk; /* events that are being told, the innermost first */
};

/* Subscribe; fn is called for each event, in no order that one may rely on. */
void notify_add(struct notify *n, struct notify_sub *s, notify_fn fn, void *arg);

/* End a subscription; harmless where there is none. */
void notify_remove(struct notify *n, struct notify_sub *s);

/*
 * Tell all subscribers. A callback may tell another event of the same source: the inner one is told
 * to all before the outer one goes on.
 */
void notify_tell(struct notify *n, const void *what);
