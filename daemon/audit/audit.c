// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The trail: messages are sent at once, in order.
 *
 * Problem: journald may be slow, stopped or absent, and rasd must neither wait for it nor grow.
 * Rule: what journald's socket does not take is kept, at most KEPT messages, and tried again with
 * a growing delay; later messages queue behind. Beyond that they are counted. rasd logs the first
 * loss. When journald reads again, rasd writes the number of lost messages into its log and into
 * the trail (AUDIT_GAP). Where there is no journald, messages are counted and not kept: waiting for
 * one that may never come would only hold memory.
 */
#include "audit/audit.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/trail.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/limit.h"
#include "base/log.h"

#define KEPT 256 /* at most 1 MiB; a journald that restarts misses some seconds */
#define RETRY_MIN_US 20000
#define RETRY_MAX_US 2000000
#define PERSONS 64u /* that refusals are bounded for; two may share a place */
#define REFUSAL_EVERY_NS 1000000000LL

struct kept {
	struct kept *next;
	struct journald_message m;
};

/* What rasd has logged of the trail. */
enum trail_state { TRAIL_NEW, TRAIL_LIVE, TRAIL_FULL, TRAIL_ABSENT };

struct refusals {
	struct limit limit;
	uint64_t left_out;
};

static struct trail {
	int fd; /* -1: closed */
	char socket[108];
	struct event *timer;
	struct backoff again;
	struct kept *first, **last;
	enum trail_state state;
	struct audit_stat stat;
	uint64_t untold; /* lost, and not counted in the trail yet */
	struct refusals refusals[PERSONS];
} trail = { .fd = -1 };

static void arm(void)
{
	int64_t us = backoff_next_us(&trail.again);
	struct timeval tv = { us / 1000000, us % 1000000 };

	evtimer_add(trail.timer, &tv);
}

static void lose(enum trail_state why)
{
	trail.stat.lost++;
	trail.untold++;
	trail.stat.live = false;
	if (trail.state == why)
		return;
	trail.state = why;
	if (why == TRAIL_ABSENT)
		log_limited(LOG_INFO, "audit",
			    "no journald at %s: the audit trail is in rasd's own journal only",
			    trail.socket);
	else
		log_limited(LOG_WARNING, "audit",
			    "journald does not read: messages of the audit trail are left out; "
			    "rasd's own journal has all of it");
}

static enum journald_sent send_one(const struct journald_message *m)
{
	enum journald_sent sent = journald_send(trail.fd, trail.socket, m);

	if (sent == JOURNALD_SENT) {
		trail.stat.sent++;
		trail.stat.live = true;
	}
	return sent;
}

/* Tell in the trail what it misses. */
static enum journald_sent send_gap(void)
{
	struct journald_message m;
	enum journald_sent sent;

	if (!trail.untold)
		return JOURNALD_SENT;
	audit_begin(&m, AUDIT_GAP);
	audit_text(&m, "%llu messages before this one were not sent",
		   (unsigned long long)trail.untold);
	journald_number(&m, "RASD_LEFT_OUT", (int64_t)trail.untold);
	sent = send_one(&m);
	if (sent != JOURNALD_SENT)
		return sent;
	log_limited(LOG_INFO, "audit", "journald reads again: %llu messages were left out",
		    (unsigned long long)trail.untold);
	trail.untold = 0;
	return sent;
}

static bool keep(const struct journald_message *m)
{
	struct kept *k = trail.stat.waiting < KEPT ? malloc(sizeof(*k)) : NULL;

	if (!k)
		return false;
	k->next = NULL;
	memcpy(k->m.text, m->text, m->len);
	k->m.len = m->len;
	*trail.last = k;
	trail.last = &k->next;
	trail.stat.waiting++;
	return true;
}

static void drop_first(void)
{
	struct kept *k = trail.first;

	trail.first = k->next;
	if (!trail.first)
		trail.last = &trail.first;
	trail.stat.waiting--;
	free(k);
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	enum journald_sent sent = JOURNALD_SENT;

	(void)fd, (void)what, (void)arg;
	while (trail.first && (sent = send_one(&trail.first->m)) == JOURNALD_SENT)
		drop_first();
	/* These were not kept for a journald that is gone. */
	while (trail.first && sent == JOURNALD_ABSENT) {
		drop_first();
		lose(TRAIL_ABSENT);
	}
	if (!trail.first && sent == JOURNALD_SENT)
		sent = send_gap();
	if (sent == JOURNALD_FULL) {
		arm();
		return;
	}
	backoff_reset(&trail.again);
	if (sent == JOURNALD_SENT)
		trail.state = TRAIL_LIVE;
}

bool trail_send(const struct journald_message *m)
{
	enum journald_sent sent = JOURNALD_FULL;

	if (trail.fd < 0)
		return false;
	if (!trail.first)
		sent = send_gap();
	if (sent == JOURNALD_SENT)
		sent = send_one(m);
	if (sent == JOURNALD_SENT) {
		trail.state = TRAIL_LIVE;
		return true;
	}
	if (sent == JOURNALD_FULL && keep(m)) {
		if (!evtimer_pending(trail.timer, NULL))
			arm();
		return true;
	}
	lose(sent == JOURNALD_FULL ? TRAIL_FULL : TRAIL_ABSENT);
	return false;
}

bool trail_is_free(void)
{
	return trail.fd >= 0 && !trail.first;
}

void trail_subject(struct journald_message *m, const struct audit_subject *s)
{
	char id[UUID_TEXT_SIZE];

	journald_field(m, "RASD_DOMAIN", s->domain);
	if (s->domain_uuid) {
		uuid_format(s->domain_uuid, id);
		journald_field(m, "RASD_DOMAIN_UUID", id);
	}
	if (s->gpa)
		journald_hex(m, "RASD_GPA", s->gpa->v);
	if (s->hpa)
		journald_hex(m, "RASD_HPA", s->hpa->v);
	journald_field(m, "RASD_SEVERITY", s->severity);
	journald_field(m, "RASD_ORIGIN", s->origin);
	journald_field(m, "RASD_VIA", s->via);
	journald_field(m, "RASD_TAG", s->tag);
	journald_field(m, "RASD_METHOD", s->method);
	if (s->uid != AUDIT_NOBODY)
		journald_number(m, "RASD_UID", s->uid);
}

/* Who asked, for a sentence. */
static const char *who(int64_t uid, char out[32])
{
	if (uid == AUDIT_NOBODY)
		return "rasd";
	snprintf(out, 32, "uid %lld", (long long)uid);
	return out;
}

void audit_refused(const struct audit_subject *s, const struct ras_err *why)
{
	struct refusals *r = &trail.refusals[(uint64_t)s->uid % PERSONS];
	struct journald_message m;
	char name[32];

	if (trail.fd < 0)
		return;
	if (!limit_take(&r->limit, clock_boot_ns(), REFUSAL_EVERY_NS, AUDIT_REFUSALS)) {
		r->left_out++;
		return;
	}
	audit_begin(&m, AUDIT_REFUSED);
	audit_text(&m, "refused to %s: %s", who(s->uid, name), why->text);
	trail_subject(&m, s);
	journald_field(&m, "RASD_REASON", ras_err_reason(why->code));
	if (r->left_out)
		journald_number(&m, "RASD_LEFT_OUT", (int64_t)r->left_out);
	r->left_out = 0;
	trail_send(&m);
}

void audit_safety(const struct audit_lever *lever)
{
	struct journald_message m;
	char name[32];

	audit_begin(&m, lever->engaged ? AUDIT_SAFETY_ENGAGED : AUDIT_SAFETY_RELEASED);
	if (lever->engaged)
		audit_text(&m, "%s engaged the safety lever%s: %s", who(lever->uid, name),
			   lever->also_forwarding ? ", real errors of the host are held back too" :
						    "",
			   lever->reason ? lever->reason : "");
	else
		audit_text(&m, "%s released the safety lever: %s", who(lever->uid, name),
			   lever->reason ? lever->reason : "");
	journald_field(&m, "RASD_REASON", lever->reason);
	journald_field(&m, "RASD_ALSO_FORWARDING", lever->also_forwarding ? "yes" : "no");
	if (lever->uid != AUDIT_NOBODY)
		journald_number(&m, "RASD_UID", lever->uid);
	trail_send(&m);
}

void audit_config(int64_t uid, const char *file, const struct ras_err *why)
{
	struct journald_message m;
	char name[32];

	audit_begin(&m, why ? AUDIT_CONFIG_ERROR : AUDIT_CONFIG);
	if (why)
		audit_text(&m, "%s has an error, what was read before stays: %s", file, why->text);
	else
		audit_text(&m, "%s had %s read again", who(uid, name), file);
	journald_field(&m, "RASD_FILE", file);
	if (why)
		journald_field(&m, "RASD_REASON", why->text);
	if (uid != AUDIT_NOBODY)
		journald_number(&m, "RASD_UID", uid);
	trail_send(&m);
}

bool audit_is_live(void)
{
	return trail.fd >= 0 && trail.state == TRAIL_LIVE;
}

bool trail_is_absent(void)
{
	return trail.fd < 0 || trail.state == TRAIL_ABSENT;
}

void trail_skip(uint64_t n)
{
	trail.stat.lost += n;
	trail.untold += n;
}

void audit_stat(struct audit_stat *out)
{
	*out = trail.stat;
}

int audit_open(struct event_base *base, const char *socket, struct ras_err *err)
{
	int fd;

	if (strlen(socket) >= sizeof(trail.socket))
		return ras_fail(err, RAS_E_IO, "socket path too long: %s", socket);
	fd = journald_open(err);
	if (fd < 0)
		return fd;
	trail = (struct trail){ .fd = fd, .again = { RETRY_MIN_US, RETRY_MAX_US, 0 } };
	strcpy(trail.socket, socket);
	trail.last = &trail.first;
	trail.timer = evtimer_new(base, on_retry, NULL);
	if (trail.timer)
		return 0;
	audit_close();
	return ras_fail(err, RAS_E_NOMEM, "out of memory");
}

void audit_close(void)
{
	if (trail.fd < 0)
		return;
	while (trail.first) {
		send_one(&trail.first->m);
		drop_first();
	}
	if (trail.timer)
		event_free(trail.timer);
	close(trail.fd);
	trail.fd = -1;
}
