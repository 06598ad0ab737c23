// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * event.list, source.list, event.subscribe.
 *
 * A subscription is a request that waits: it is answered as soon as the journal's feed has
 * something behind the cursor, or empty after wait_ms. The client asks again with the cursor of the
 * answer. So rasd keeps nothing for a client that does not ask: who is slow reads later, from the
 * journal, and the answer says (gap) if retention has deleted something meanwhile. A cursor is good
 * after a restart of either side.
 *
 * Viewers get injections only: host events name pages of the host. The cursor passes over these.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/num.h"
#include "control/methods/filter.h"
#include "control/methods/methods.h"
#include "control/views/views.h"
#include "daemon.h"
#include "events/events.h"

/* --- event.list --- */

static int add_event(void *arg, const struct host_event *e)
{
	_json_ json_object *o = NULL;

	if (filter_full(arg))
		return 1;
	o = view_host_event(e);
	return !filter_row(arg, o);
}

static int events_next(void *arg, struct buf *out, struct ras_err *err)
{
	struct filter *f = arg;
	int r;

	list_begin(&f->list, out);
	r = journal_host_page(f->j, &f->page, add_event, f, err);
	return r < 0 ? r : filter_end(f, r, err);
}

void rpc_event_list(struct rpc_call *c, json_object *params)
{
	static const struct rpc_stream stream = { events_next, free };
	static const struct filter_kind kind = { "decision", "source", NULL, "{\"events\":[", 'e' };
	struct filter *f = filter_new(sizeof(*f), c, params, &kind);

	if (f)
		rpc_reply_stream(c, &stream, f);
}

/* --- source.list --- */

static void add_source(void *arg, const struct event_source *src, const struct source_status *s)
{
	json_object_array_add(arg, view_source(src, s));
}

void rpc_source_list(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	json_object *o = json_object_new_object(), *list = json_object_new_array();

	(void)params;
	if (d->events)
		events_each_source(d->events, add_source, list);
	json_object_object_add(o, "sources", list);
	rpc_reply(c, o);
}

/* --- event.subscribe --- */

#define MAX_WATCHERS 128u
#define MAX_WATCHERS_VIEW 96u	 /* the other places are for those who may inject */
#define MAX_WATCHERS_PER_UID 16u /* also those whose client has gone: at most WAIT_MAX_MS long */
#define NEWS_PER_ANSWER 100u
#define HIDDEN_PER_ANSWER (4 * NEWS_PER_ANSWER) /* then an empty answer, with its cursor */
#define WAIT_MS 30000

struct watcher {
	struct watcher *next, **prev;
	struct rpc_call *call;
	struct daemon *d;
	struct notify_sub sub;
	struct event *timer;
	uid_t uid;
	uint64_t after;
	bool gap, rebooted;
	bool views; /* it gets no host events */
};

static struct watcher *watchers;
static size_t n_watchers;

static void watcher_free(struct watcher *w)
{
	journal_unsubscribe(w->d->journal, &w->sub);
	if (w->prev) {
		*w->prev = w->next;
		if (w->next)
			w->next->prev = w->prev;
		n_watchers--;
	}
	if (w->timer)
		event_free(w->timer);
	free(w);
}

struct collected {
	json_object *list;
	uint64_t last;
	bool views;
	unsigned int n_hidden;
};

static int collect(void *arg, const struct journal_news *n)
{
	struct collected *k = arg;

	k->last = n->seq;
	if (n->host && k->views)
		k->n_hidden++;
	else
		json_object_array_add(k->list, view_news(n));
	return 0;
}

/* Answer it if there is something, or if it may wait no longer. True: it is answered and gone. */
static bool answer(struct watcher *w, bool at_once)
{
	struct collected k = { json_object_new_array(), w->after, w->views, 0 };
	unsigned int hidden;
	char cursor[CLOCK_BOOT_ID_SIZE + 24], boot[CLOCK_BOOT_ID_SIZE];
	struct ras_err err;
	json_object *o;
	int r;

	do {
		hidden = k.n_hidden;
		r = journal_news(w->d->journal, k.last, NEWS_PER_ANSWER, collect, &k, &err);
		w->gap |= r == 1;
	} while (r >= 0 && !json_object_array_length(k.list) && k.n_hidden > hidden &&
		 k.n_hidden < HIDDEN_PER_ANSWER);
	w->after = k.last;
	if (r < 0) {
		json_object_put(k.list);
		rpc_reply_error(w->call, &err);
		watcher_free(w);
		return true;
	}
	if (!json_object_array_length(k.list) && k.n_hidden < HIDDEN_PER_ANSWER && !at_once) {
		json_object_put(k.list);
		return false;
	}
	clock_boot_id(boot);
	snprintf(cursor, sizeof(cursor), "%s:%" PRIu64, boot, k.last);
	o = json_object_new_object();
	json_object_object_add(o, "events", k.list);
	json_object_object_add(o, "cursor", json_new_text(cursor));
	json_object_object_add(o, "gap", json_object_new_boolean(w->gap));
	json_object_object_add(o, "rebooted", json_object_new_boolean(w->rebooted));
	rpc_reply(w->call, o);
	watcher_free(w);
	return true;
}

static void on_news(void *arg, const void *what)
{
	(void)what;
	answer(arg, false);
}

static void on_wait_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	answer(arg, true);
}

/* "BOOT ID:NUMBER" of an earlier answer; without one: from now on. */
static int read_cursor(struct watcher *w, const char *text, struct ras_err *err)
{
	struct journal_feed_bounds bounds;
	const size_t n = CLOCK_BOOT_ID_SIZE - 1;
	char now[CLOCK_BOOT_ID_SIZE];
	uint64_t seq;

	if (journal_feed_bounds(w->d->journal, &bounds, err) < 0)
		return -err->code;
	w->after = bounds.newest;
	if (!text[0])
		return 0;
	if (strspn(text, "0123456789abcdef-") != n || text[n] != ':' ||
	    num_parse_u64(text + n + 1, &seq, NULL) < 0) {
		ras_fail(err, RAS_E_PARAMS, "this is no cursor of an earlier answer");
		return ras_field(err, "cursor");
	}
	clock_boot_id(now);
	w->rebooted = strncmp(text, now, n) != 0;
	/* The cursor is of another journal, or rasd has begun a new one since. */
	w->gap = seq > bounds.newest;
	if (!w->gap)
		w->after = seq;
	return 0;
}

static int watcher_start(struct watcher *w, uint64_t wait_ms, struct ras_err *err)
{
	struct timeval tv = { (time_t)(wait_ms / 1000), (suseconds_t)(wait_ms % 1000 * 1000) };
	size_t n = 0;

	for (const struct watcher *o = watchers; o; o = o->next)
		n += o->uid == w->uid;
	if (n_watchers >= (w->views ? MAX_WATCHERS_VIEW : MAX_WATCHERS) ||
	    n >= MAX_WATCHERS_PER_UID) {
		ras_fail(err, RAS_E_BUSY, "%zu subscriptions of this user wait already", n);
		return ras_hint(err, "one is enough for a client; end the others, or try again");
	}
	w->timer = evtimer_new(w->d->base, on_wait_over, w);
	if (!w->timer)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	w->next = watchers;
	w->prev = &watchers;
	if (w->next)
		w->next->prev = &w->next;
	watchers = w;
	n_watchers++;
	evtimer_add(w->timer, &tv);
	journal_subscribe(w->d->journal, &w->sub, on_news, w);
	return 0;
}

void rpc_event_subscribe(struct rpc_call *c, json_object *params)
{
	struct watcher *w = calloc(1, sizeof(*w));
	const char *cursor = "";
	uint64_t wait_ms = WAIT_MS;
	struct ras_err err;
	int r = w ? 0 : ras_fail(&err, RAS_E_NOMEM, "out of memory");

	if (r == 0)
		r = json_opt_str(params, "cursor", &cursor, &err);
	if (r == 0)
		r = json_opt_u64(params, "wait_ms", 0, WAIT_MS, &wait_ms, &err);
	if (r == 0) {
		w->d = rpc_call_user(c);
		w->call = c;
		w->uid = rpc_call_person(c);
		w->views = rpc_call_role(c) < RPC_INJECT;
		r = read_cursor(w, cursor, &err);
	}
	/* Without a cursor the first answer is only the cursor. */
	if (r == 0 && answer(w, w->gap || !cursor[0] || wait_ms == 0))
		return;
	if (r == 0)
		r = watcher_start(w, wait_ms, &err);
	if (r < 0) {
		rpc_reply_error(c, &err);
		free(w);
	}
}
