// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Problem: a message about a state that is not stored would be a lie after a crash, and one that is
 * sent for each transition at once would cost the path of an injection.
 * Rule: the trail is a reader of the journal's feed, as a client that subscribes: it has only what
 * is committed, and a cursor of its own in the journal, so that a kill of rasd loses nothing. It
 * reads in slices of READ_ENTRIES, GATHER_US after the first news, and while journald reads: what
 * it does not read stays in the journal. Only where retention deletes entries before that, or where
 * there is no journald, are they left out and counted.
 */
#include "audit/feed.h"

#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/trail.h"
#include "base/log.h"
#include "base/num.h"
#include "journal/journal.h"

#define READ_ENTRIES 16 /* 30 us each: half a millisecond of the loop */
#define GATHER_US 50000
#define SLICE_US 1000
#define FULL_US 200000	   /* journald does not read */
#define ABSENT_US 10000000 /* there is none: it may come, but that costs a try */

#define SOURCE "journald" /* the name of its cursor */

struct audit_feed {
	struct journal *j;
	struct event *timer;
	struct notify_sub sub;
	uint64_t seen, stored; /* numbers in the feed */
};

static void start_timer(struct audit_feed *f, long us)
{
	struct timeval tv = { us / 1000000, us % 1000000 };

	if (!evtimer_pending(f->timer, NULL))
		evtimer_add(f->timer, &tv);
}

static void send_transition(struct audit_feed *f, const struct journal_feed_entry *e)
{
	struct journald_message m;
	struct audit_subject s = { .domain = e->domain, .uid = AUDIT_NOBODY };
	struct journal_row row;
	char id[UUID_TEXT_SIZE];
	bool whole = journal_get(f->j, &e->id, &row, NULL) == 0;

	uuid_format(&e->id, id);
	audit_begin(&m, AUDIT_INTENT + (enum audit_kind)e->state);
	audit_text(&m, "injection %s into %s: %s%s%s", id, e->domain, inj_state_name(e->state),
		   e->detail[0] ? ": " : "", e->detail);
	journald_field(&m, "RASD_INJECTION", id);
	journald_field(&m, "RASD_STATE", inj_state_name(e->state));
	journald_field(&m, "RASD_READ", record_read_name(e->read));
	journald_field(&m, "RASD_DETAIL", e->detail);
	if (whole) {
		s.severity = row.severity;
		s.origin = origin_name(row.asked.origin);
		s.via = row.target.backend;
		s.tag = row.asked.tag;
		s.domain_uuid = row.guest.has_uuid ? &row.guest.uuid : NULL;
		s.gpa = row.target.gpa.v ? &row.target.gpa : NULL;
		s.hpa = row.target.has_hpa ? &row.target.hpa : NULL;
		s.uid = row.asked.uid;
		journald_field(&m, "RASD_REQUEST_ID", row.asked.request_id);
		journald_field(&m, "RASD_MONITOR", row.target.monitor);
	}
	trail_subject(&m, &s);
	journald_number(&m, "RASD_SEQ", (int64_t)e->seq);
	trail_send(&m);
}

static void send_host(const struct host_event *e)
{
	const struct host_verdict *v = &e->verdict;
	const struct audit_subject s = { .domain = v->domain,
					 .severity = e->seen.severity,
					 .origin = "host",
					 .via = e->seen.source,
					 .gpa = v->has_gpa ? &v->gpa : NULL,
					 .hpa = e->seen.has_hpa ? &e->seen.hpa : NULL,
					 .uid = AUDIT_NOBODY };
	struct journald_message m;
	char id[UUID_TEXT_SIZE];

	audit_begin(&m, AUDIT_HOST_EVENT);
	audit_text(&m, "%s error of this host%s%s: %s: %s", e->seen.severity,
		   v->domain[0] ? " in memory of " : "", v->domain, host_decision_name(v->decision),
		   v->reason);
	uuid_format(&e->id, id);
	journald_field(&m, "RASD_EVENT", id);
	journald_field(&m, "RASD_DECISION", host_decision_name(v->decision));
	journald_field(&m, "RASD_DETAIL", e->seen.detail);
	journald_number(&m, "RASD_COUNT", (int64_t)e->seen.count);
	if (v->has_injection) {
		uuid_format(&v->injection, id);
		journald_field(&m, "RASD_INJECTION", id);
	}
	trail_subject(&m, &s);
	journald_number(&m, "RASD_SEQ", (int64_t)e->seq);
	trail_send(&m);
}

static int send_news(void *arg, const struct journal_news *n)
{
	struct audit_feed *f = arg;

	if (!trail_is_free())
		return 1;
	if (n->injection)
		send_transition(f, n->injection);
	else
		send_host(n->host);
	f->seen = n->seq;
	return 0;
}

static void store_cursor(struct audit_feed *f)
{
	struct journal_cursor c = { .source = SOURCE };

	if (f->stored == f->seen)
		return;
	snprintf(c.position, sizeof(c.position), "%" PRIu64, f->seen);
	if (journal_cursor_put(f->j, &c, NULL) == 0)
		f->stored = f->seen;
}

static void on_news(void *arg, const void *what)
{
	struct audit_feed *f = arg;

	(void)what;
	/* Those that follow are gathered: until then nobody has to be woken for them. */
	journal_unsubscribe(f->j, &f->sub);
	start_timer(f, trail_is_absent() ? ABSENT_US : GATHER_US);
}

/* One entry was tried, and nobody reads it: nor will they read the others. */
static void skip_all(struct audit_feed *f)
{
	struct journal_feed_bounds bounds;

	if (journal_feed_bounds(f->j, &bounds, NULL) < 0 || bounds.newest <= f->seen)
		return;
	trail_skip(bounds.newest - f->seen);
	f->seen = bounds.newest;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct audit_feed *f = arg;
	uint64_t before = f->seen;
	struct ras_err err;
	int r;

	(void)fd, (void)what;
	if (!trail_is_free()) {
		start_timer(f, FULL_US);
		return;
	}
	/* Subscribed first: what is stored while this reads is news. */
	if (!f->sub.prev)
		journal_subscribe(f->j, &f->sub, on_news, f);
	r = journal_news(f->j, f->seen, trail_is_absent() ? 1 : READ_ENTRIES, send_news, f, &err);
	if (r == 1)
		log_limited(LOG_WARNING, "audit",
			    "retention has deleted entries before journald got them");
	if (trail_is_absent())
		skip_all(f);
	store_cursor(f);
	if (trail_is_absent())
		return;
	if (r < 0)
		log_limited(LOG_WARNING, "audit", "audit trail: %s", err.text);
	else if (f->seen != before || !trail_is_free())
		start_timer(f, trail_is_free() ? SLICE_US : FULL_US);
}

/* Where to go on. */
static int read_cursor(struct audit_feed *f, struct ras_err *err)
{
	struct journal_feed_bounds bounds;
	struct journal_cursor c;
	int r = journal_feed_bounds(f->j, &bounds, err);

	if (r < 0)
		return r;
	r = journal_cursor_get(f->j, SOURCE, &c, err);
	if (r < 0 && err->code != RAS_E_NOT_FOUND)
		return r;
	f->stored = UINT64_MAX;
	if (r < 0 || num_parse_u64(c.position, &f->seen, NULL) < 0 || f->seen > bounds.newest)
		f->seen = bounds.newest;
	else
		f->stored = f->seen;
	store_cursor(f);
	return 0;
}

int audit_feed_new(struct audit_feed **out, struct event_base *base, struct journal *j,
		   struct ras_err *err)
{
	struct audit_feed *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	f->j = j;
	f->timer = evtimer_new(base, on_timer, f);
	r = f->timer ? read_cursor(f, err) : ras_fail(err, RAS_E_NOMEM, "out of memory");
	if (r < 0) {
		audit_feed_free(f);
		return r;
	}
	start_timer(f, 0);
	*out = f;
	return 0;
}

void audit_feed_free(struct audit_feed *f)
{
	if (!f)
		return;
	journal_unsubscribe(f->j, &f->sub);
	if (f->timer)
		event_free(f->timer);
	free(f);
}
