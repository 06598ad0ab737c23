// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The source "rasdaemon".
 *
 * Theory of operation.
 *
 * Problem: rasdaemon tells nobody that it has stored something, its database may appear half an
 * hour after its start, and it may be moved away, replaced or left half-written at any time.
 * Rule: inotify on its directory says when a file has changed. Some milliseconds later, when the
 * transaction is over, a thread makes a pass (db.h) and mails what it found. Until the
 * pass begins, inotify is not listened to, so a storm of rows wakes rasd twice a second. Where
 * nothing changes there is no timer; only what inotify cannot say is looked for once a minute.
 * Otherwise: a poll would cost wake-ups for ever, and a read in the loop would stop all guests'
 * injections while a disk is slow.
 */
#include "sources/rasdaemon/rasdaemon.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/backoff.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "sources/rasdaemon/worker.h"

#define SETTLE_MS 10  /* from the first change that is seen to the pass: a commit takes as long */
#define GAP_MS 500    /* between two passes, while rasdaemon writes all the time */
#define LOOK_MS 60000 /* for a directory, or for permission */
#define SLICE 32      /* events given to the core in one turn of the loop */
#define AGAIN_MIN_US 10000
#define AGAIN_MAX_US 30000000

#define CHANGES                                                                        \
	(IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_ATTRIB | \
	 IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)

enum phase {
	PHASE_IDLE,
	PHASE_PASS,   /* the thread is at work */
	PHASE_DELIVER /* its news are given to the core */
};

struct rasdaemon {
	struct event_base *base;
	struct event_sink sink;
	char user[32]; /* who is to be allowed to read */
	char path[PATH_MAX], dir[PATH_MAX], name[NAME_MAX + 1];
	struct source_status status;
	enum phase phase;
	struct {
		int fd, wd; /* wd -1: the directory cannot be watched */
		struct event *ev;
	} watch;
	struct event *timer;   /* of the next pass */
	struct event *deliver; /* of the next slice */
	struct rasdaemon_db db;
	struct rasdaemon_worker *worker; /* NULL until there is something to read */
	struct rasdaemon_news *news;
	size_t delivered;
	bool changed; /* since the pass began */
	int64_t passed_ns;
	struct backoff again;
};

static void set_state(struct rasdaemon *s, enum event_source_state state, const char *why,
		      const char *mend)
{
	struct source_status *st = &s->status;
	bool same = st->state == state && strcmp(st->why, why) == 0;

	st->state = state;
	snprintf(st->why, sizeof(st->why), "%s", why);
	snprintf(st->mend, sizeof(st->mend), "%s", mend);
	if (!same)
		s->sink.changed(s->sink.arg);
}

static void set_why(struct rasdaemon *s, enum event_source_state state, const char *what,
		    const char *why, const char *mend)
{
	char text[sizeof(s->status.why)];

	snprintf(text, sizeof(text), "%.80s: %.70s", what, why);
	set_state(s, state, text, mend);
}

static void pass_in(struct rasdaemon *s, int64_t ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	if (s->phase == PHASE_IDLE)
		evtimer_add(s->timer, &tv);
}

/* --- the directory --- */

/* Is it about the database, its journal or its log, or about the directory itself? */
static bool is_ours(const struct rasdaemon *s, const struct inotify_event *e)
{
	return e->mask & (IN_Q_OVERFLOW | IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF) || !e->len ||
	       strncmp(e->name, s->name, strlen(s->name)) == 0;
}

/* Take all that inotify has; true if something of it is about the database. */
static bool drain(struct rasdaemon *s)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	bool ours = false;
	ssize_t n;

	while ((n = read(s->watch.fd, buf, sizeof(buf))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e = (const void *)(buf + at);

			ours |= is_ours(s, e);
			if (e->mask & IN_MOVE_SELF && e->wd == s->watch.wd)
				inotify_rm_watch(s->watch.fd, e->wd);
			if (e->mask & (IN_IGNORED | IN_MOVE_SELF) && e->wd == s->watch.wd)
				s->watch.wd = -1;
			at += (ssize_t)(sizeof(*e) + e->len);
		}
	}
	return ours;
}

static void on_changes(evutil_socket_t fd, short what, void *arg)
{
	struct rasdaemon *s = arg;
	int64_t rest_ms;

	(void)fd, (void)what;
	if (!drain(s))
		return;
	event_del(s->watch.ev);
	s->changed = true;
	rest_ms = GAP_MS - (clock_mono_ns() - s->passed_ns) / 1000000;
	/* After a void pass the next one waits as the back-off says, but not much longer. */
	if (s->again.next_us)
		rest_ms = s->again.next_us / 1000 < GAP_MS ? s->again.next_us / 1000 : GAP_MS;
	pass_in(s, rest_ms > SETTLE_MS ? rest_ms : SETTLE_MS);
}

/* Watch the directory; false, with the state set, where that cannot be done now. */
static bool watch(struct rasdaemon *s)
{
	char mend[sizeof(s->status.mend)];

	if (s->watch.wd >= 0)
		return true;
	s->watch.wd = inotify_add_watch(s->watch.fd, s->dir, CHANGES);
	if (s->watch.wd >= 0)
		return true;
	snprintf(mend, sizeof(mend), "setfacl -m u:%s:rx %.100s", s->user, s->dir);
	if (errno == ENOENT || errno == ENOTDIR)
		set_why(s, SOURCE_ABSENT, s->dir, "not there, so no rasdaemon has stored anything",
			"");
	else if (errno == EACCES)
		set_why(s, SOURCE_UNREADABLE, s->dir, strerror(errno), mend);
	else
		set_why(s, SOURCE_WAITING, s->dir, strerror(errno), "");
	return false;
}

/* --- passes --- */

static void next(struct rasdaemon *s)
{
	s->phase = PHASE_IDLE;
	if (s->news->result == PASS_MORE)
		pass_in(s, 0);
	else if (s->changed)
		pass_in(s, GAP_MS);
}

static void on_deliver(evutil_socket_t fd, short what, void *arg)
{
	struct rasdaemon *s = arg;
	const struct timeval now = { 0 };
	size_t n = s->news->n - s->delivered;

	(void)fd, (void)what;
	if (n > SLICE)
		n = SLICE;
	for (; n; n--) {
		const struct ras_event *e = &s->news->event[s->delivered++];

		s->status.events++;
		s->status.last_real_ns = e->when.real_ns;
		s->sink.event(s->sink.arg, e);
	}
	if (s->delivered < s->news->n)
		evtimer_add(s->deliver, &now);
	else
		next(s);
}

/* What the pass says of the source. Returns when the next one is if nothing changes, 0 = never. */
static int64_t judge(struct rasdaemon *s, const struct rasdaemon_news *n)
{
	char mend[sizeof(s->status.mend)];

	switch (n->result) {
	case PASS_ABSENT:
		set_why(s, SOURCE_WAITING, s->path, "rasdaemon has not made it yet",
			"systemctl enable --now rasdaemon; some versions take half an hour");
		return 0;
	case PASS_EMPTY:
		set_why(s, SOURCE_WAITING, s->path, n->why, "");
		return 0;
	case PASS_UNREADABLE:
		snprintf(mend, sizeof(mend), "setfacl -m u:%s:r %.100s", s->user, s->path);
		set_why(s, SOURCE_UNREADABLE, s->path, n->why, mend);
		return LOOK_MS;
	case PASS_DAMAGED:
		snprintf(mend, sizeof(mend), "move %.80s away, systemctl restart rasdaemon",
			 s->path);
		set_why(s, SOURCE_UNREADABLE, s->path, n->why, mend);
		return LOOK_MS;
	case PASS_AGAIN:
		/* Half a second of it is rasdaemon at work. */
		if (s->again.next_us > 500000)
			set_why(s, SOURCE_WAITING, s->path, n->why, "");
		break;
	case PASS_FAILED:
		set_why(s, SOURCE_WAITING, s->path, n->why, "");
		break;
	case PASS_DONE:
	case PASS_MORE:
		break;
	}
	return backoff_next_us(&s->again) / 1000;
}

static void on_news(void *arg, struct rasdaemon_news *n)
{
	struct rasdaemon *s = arg;
	int64_t next_ms;

	s->news = n;
	s->status.malformed += n->malformed;
	if (n->result != PASS_DONE && n->result != PASS_MORE) {
		next_ms = judge(s, n);
		s->phase = PHASE_IDLE;
		/* inotify has spoken during the pass and is not listened to now. */
		if (s->changed && (next_ms == 0 || next_ms > GAP_MS))
			next_ms = GAP_MS;
		if (next_ms)
			pass_in(s, next_ms);
		return;
	}
	s->passed_ns = clock_mono_ns();
	backoff_reset(&s->again);
	set_state(s, SOURCE_LIVE, "", "");
	s->phase = PHASE_DELIVER;
	s->delivered = 0;
	on_deliver(-1, 0, s);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct rasdaemon *s = arg;
	struct ras_err err;

	(void)fd, (void)what;
	if (s->phase != PHASE_IDLE)
		return;
	/* What changes from here on is news for the next pass. */
	drain(s);
	s->changed = false;
	event_add(s->watch.ev, NULL);
	if (!watch(s)) {
		pass_in(s, LOOK_MS);
		return;
	}
	if (!s->worker &&
	    rasdaemon_worker_start(&s->worker, s->base, &s->db, on_news, s, &err) < 0) {
		set_why(s, SOURCE_WAITING, s->path, err.text, "");
		pass_in(s, LOOK_MS);
		return;
	}
	s->phase = PHASE_PASS;
	rasdaemon_worker_ask(s->worker);
}

/* --- the source --- */

static void close_source(void *self)
{
	struct rasdaemon *s = self;

	if (!s)
		return;
	rasdaemon_worker_stop(s->worker);
	if (s->watch.ev)
		event_free(s->watch.ev);
	if (s->timer)
		event_free(s->timer);
	if (s->deliver)
		event_free(s->deliver);
	if (s->watch.fd >= 0)
		close(s->watch.fd);
	free(s);
}

static bool split(struct rasdaemon *s)
{
	char copy[PATH_MAX];
	size_t n;

	strcpy(copy, s->path);
	n = (size_t)snprintf(s->name, sizeof(s->name), "%s", basename(copy));
	strcpy(copy, s->path);
	strcpy(s->dir, dirname(copy));
	return n < sizeof(s->name);
}

static int open_source(void **self, const struct source_setup *setup, struct ras_err *err)
{
	const struct timeval now = { 0 };
	struct rasdaemon *s = calloc(1, sizeof(*s));

	if (!s)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	s->base = setup->base;
	s->sink = setup->sink;
	s->again = (struct backoff){ .min_us = AGAIN_MIN_US, .max_us = AGAIN_MAX_US };
	s->watch.fd = -1;
	s->watch.wd = -1;
	snprintf(s->user, sizeof(s->user), "%s", setup->conf->user);
	snprintf(s->path, sizeof(s->path), "%s", setup->conf->sources.rasdaemon_database);
	rasdaemon_db_init(&s->db, s->path, setup->position);
	*self = s;
	if (!s->path[0] || !split(s))
		return 0; /* SOURCE_OFF */
	s->status.state = SOURCE_WAITING;
	s->watch.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (s->watch.fd < 0) {
		set_why(s, SOURCE_WAITING, "inotify", strerror(errno),
			"raise sysctl fs.inotify.max_user_instances, then start rasd again");
		return 0;
	}
	s->watch.ev = event_new(s->base, s->watch.fd, EV_READ | EV_PERSIST, on_changes, s);
	s->timer = evtimer_new(s->base, on_timer, s);
	s->deliver = evtimer_new(s->base, on_deliver, s);
	if (!s->watch.ev || !s->timer || !s->deliver) {
		close_source(s);
		*self = NULL;
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	}
	evtimer_add(s->timer, &now);
	return 0;
}

static void status(const void *self, struct source_status *out)
{
	*out = ((const struct rasdaemon *)self)->status;
}

const struct event_source rasdaemon_event_source = { .name = "rasdaemon",
						     .rank = SOURCE_SECONDARY,
						     .open = open_source,
						     .close = close_source,
						     .status = status };
