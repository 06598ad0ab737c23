// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * metrics.get: numbers in the text format of Prometheus.
 *
 * Guests are gone through in slices, because there may be thousands. No label has values that
 * callers choose (names of guests, tags, addresses): a series costs memory in every database that
 * stores it. Series of outcomes are there from the start, with 0: an alert on a series that does
 * not exist yet never fires.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "backend/backend.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "control/methods/list.h"
#include "control/methods/methods.h"
#include "control/methods/metrics_times.h"
#include "control/views/metrics.h"
#include "control/views/views.h"
#include "daemon.h"
#include "events/events.h"
#include "guests/guest.h"
#include "inject/inject.h"
#include "inject/policy.h"
#include "pagemap/client.h"

#define TEXT_MAX ((size_t)256 << 10)
#define MAX_BACKENDS 8

/* What is counted of the guests, by backend; the last one is "none". */
struct guest_counts {
	uint64_t by[MAX_BACKENDS + 1][3]; /* enum readiness */
	uint64_t corrected, uncorrected, not_migratable;
};

struct metrics {
	struct daemon *d;
	char after[64]; /* the last guest that was counted */
	size_t n_connections;
	struct guest_counts guests;
	struct buf text;
};

static void metrics_free(void *arg)
{
	struct metrics *m = arg;

	buf_free(&m->text);
	free(m);
}

#define LABELS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* --- guests --- */

static void count_guest(struct metrics *m, struct guest *g)
{
	_json_ json_object *blocked = view_migration(m->d->journal, g, false);
	struct host_counts host = { 0 };
	const struct backend *b = NULL;
	size_t i = 0;
	enum readiness r = backends_readiness(m->d->backends, g, &b, NULL);

	while (i < MAX_BACKENDS && backend_at(i) && backend_at(i) != b)
		i++;
	if (!b || !backend_at(i))
		i = MAX_BACKENDS;
	m->guests.by[i][r]++;
	m->guests.not_migratable += blocked != NULL;
	if (journal_host_counts(m->d->journal, g->name, &host, NULL) == 0) {
		m->guests.corrected += host.corrected > 0;
		m->guests.uncorrected += host.uncorrected > 0;
	}
}

static void put_guests(struct metrics *m)
{
	static const char *const ready[] = {
		[READY_YES] = "yes", [READY_NO] = "no", [READY_UNKNOWN] = "unknown"
	};
	struct buf *b = &m->text;

	metric_begin(
		b, "rasd_domains", "gauge",
		"Guests by the backend that reaches them, and whether they can take a record.");
	for (size_t i = 0; i <= MAX_BACKENDS; i++) {
		if (i < MAX_BACKENDS && !backend_at(i))
			continue;
		for (int r = 0; r < 3; r++)
			metric_sample(b, "rasd_domains", "",
				      LABELS("capability",
					     i < MAX_BACKENDS ? backend_at(i)->name : "none",
					     "ready", ready[r]),
				      (double)m->guests.by[i][r]);
	}
	metric_begin(b, "rasd_domains_with_host_errors", "gauge",
		     "Guests whose memory errors of this host have hit.");
	metric_sample(b, "rasd_domains_with_host_errors", "", LABELS("severity", "corrected"),
		      (double)m->guests.corrected);
	metric_sample(b, "rasd_domains_with_host_errors", "", LABELS("severity", "uncorrected"),
		      (double)m->guests.uncorrected);
	metric_begin(b, "rasd_domains_not_migratable", "gauge",
		     "Guests that errors of this host keep from being migrated.");
	metric_value(b, "rasd_domains_not_migratable", (double)m->guests.not_migratable);
}

/* --- what the journal has counted --- */

#define SEVERITIES 4

struct injections {
	uint64_t n[ORIGIN__MAX][SEVERITIES][INJ__MAX];
};

static const char *const injection_severity[SEVERITIES] = { "info", "corrected", "recoverable",
							    "fatal" };

static void add_injections(void *arg, const struct journal_count *c)
{
	struct injections *all = arg;
	enum origin origin = origin_parse(c->origin);
	enum inj_state state = inj_state_parse(c->outcome);

	for (int s = 0; s < SEVERITIES; s++)
		if (origin < ORIGIN__MAX && state < INJ__MAX &&
		    strcmp(injection_severity[s], c->severity) == 0)
			all->n[origin][s][state] += c->n;
}

static int put_injections(struct metrics *m, struct ras_err *err)
{
	static const char *const source[ORIGIN__MAX] = { [ORIGIN_OPERATOR] = "operator",
							 [ORIGIN_CAMPAIGN] = "campaign",
							 [ORIGIN_HOST_EVENT] = "forward" };
	struct injections all = { 0 };
	int r = journal_counts(m->d->journal, COUNTED_INJECTIONS, add_injections, &all, err);

	if (r < 0)
		return r;
	metric_begin(&m->text, "rasd_injections_total", "counter",
		     "Injections that came to this outcome, since the journal was begun.");
	for (int o = 0; o < ORIGIN__MAX; o++)
		for (int s = 0; s < SEVERITIES; s++)
			for (int i = INJ_CONSUMED; i < INJ__MAX; i++)
				metric_sample(&m->text, "rasd_injections_total", "",
					      LABELS("source", source[o], "severity",
						     injection_severity[s], "outcome",
						     inj_state_name((enum inj_state)i)),
					      (double)all.n[o][s][i]);
	return 0;
}

struct acks {
	struct buf *b;
	uint64_t n;
	double sum_s;
};

static void put_bucket(void *arg, const struct journal_count *c)
{
	struct acks *a = arg;
	char le[32] = "+Inf";

	if (c->le_ns != INT64_MAX)
		snprintf(le, sizeof(le), "%g", (double)c->le_ns / 1e9);
	a->n += c->n;
	a->sum_s += (double)c->sum_ns / 1e9;
	metric_sample(a->b, "rasd_guest_ack_seconds", "_bucket", LABELS("le", le), (double)a->n);
}

static int put_acks(struct metrics *m, struct ras_err *err)
{
	struct acks a = { .b = &m->text };
	int r;

	metric_begin(&m->text, "rasd_guest_ack_seconds", "histogram",
		     "From sending a record to the guest's acknowledgement.");
	r = journal_counts(m->d->journal, COUNTED_ACKS, put_bucket, &a, err);
	metric_sample(&m->text, "rasd_guest_ack_seconds", "_sum", NULL, a.sum_s);
	metric_sample(&m->text, "rasd_guest_ack_seconds", "_count", NULL, (double)a.n);
	return r;
}

#define MAX_SOURCES 8

struct host_errors {
	uint64_t by_decision[MAX_SOURCES][HOST__MAX];
	uint64_t by_severity[6];
};

static const char *const host_severity[6] = { "info",	     "corrected", "deferred",
					      "uncorrected", "fatal",	  "unknown" };

static void add_host_errors(void *arg, const struct journal_count *c)
{
	struct host_errors *all = arg;
	enum host_decision d = host_decision_parse(c->outcome);

	for (size_t i = 0; i < MAX_SOURCES && event_sources[i]; i++)
		if (d < HOST__MAX && strcmp(event_sources[i]->name, c->origin) == 0)
			all->by_decision[i][d] += c->n;
	for (size_t i = 0; i < ARRAY_LEN(host_severity); i++)
		if (strcmp(host_severity[i], c->severity) == 0)
			all->by_severity[i] += c->n;
}

static int put_host_errors(struct metrics *m, struct ras_err *err)
{
	struct host_errors all = { { { 0 } }, { 0 } };
	int r = journal_counts(m->d->journal, COUNTED_HOST_ERRORS, add_host_errors, &all, err);

	if (r < 0)
		return r;
	metric_begin(&m->text, "rasd_host_events_total", "counter",
		     "Errors of this host that a source reported, by what was decided.");
	for (size_t i = 0; i < MAX_SOURCES && event_sources[i]; i++)
		for (int d = HOST_PENDING + 1; d < HOST__MAX; d++)
			metric_sample(&m->text, "rasd_host_events_total", "",
				      LABELS("origin", event_sources[i]->name, "disposition",
					     host_decision_name((enum host_decision)d)),
				      (double)all.by_decision[i][d]);
	metric_begin(&m->text, "rasd_host_errors_total", "counter",
		     "The same errors by severity. Several sources may report one error.");
	for (size_t i = 0; i < ARRAY_LEN(host_severity); i++)
		metric_sample(&m->text, "rasd_host_errors_total", "",
			      LABELS("severity", host_severity[i]), (double)all.by_severity[i]);
	return 0;
}

static void put_journal(struct metrics *m)
{
	struct journal_stat s;

	journal_stat(m->d->journal, &s);
	metric_begin(&m->text, "rasd_journal_rows", "gauge", "Injections that are stored.");
	metric_value(&m->text, "rasd_journal_rows", (double)s.rows);
	metric_begin(&m->text, "rasd_injections_undecided", "gauge",
		     "Injections whose outcome rasd still waits for.");
	metric_value(&m->text, "rasd_injections_undecided", (double)s.undecided);
	metric_begin(&m->text, "rasd_journal_damaged", "gauge",
		     "1: nothing can be stored, so nothing is injected or forwarded.");
	metric_value(&m->text, "rasd_journal_damaged", s.damage != NULL);
}

/* --- sources, connections, rasd itself --- */

struct sources {
	struct buf *b;
	uint64_t missed, malformed;
};

static void put_source(void *arg, const struct event_source *src, const struct source_status *s)
{
	struct sources *all = arg;

	metric_sample(all->b, "rasd_event_source_up", "", LABELS("origin", src->name),
		      s->state == SOURCE_LIVE);
	all->missed += s->missed;
	all->malformed += s->malformed;
}

static void put_sources(struct metrics *m)
{
	struct sources all = { .b = &m->text };
	struct audit_stat audit;

	metric_begin(&m->text, "rasd_event_source_up", "gauge",
		     "1: errors of this host are read from that source.");
	if (m->d->events)
		events_each_source(m->d->events, put_source, &all);
	audit_stat(&audit);
	metric_begin(&m->text, "rasd_events_dropped_total", "counter",
		     "What was left out: reports that a source lost or that no one can read, "
		     "messages that journald did not take.");
	metric_sample(&m->text, "rasd_events_dropped_total", "", LABELS("stage", "source"),
		      (double)all.missed);
	metric_sample(&m->text, "rasd_events_dropped_total", "", LABELS("stage", "malformed"),
		      (double)all.malformed);
	metric_sample(&m->text, "rasd_events_dropped_total", "", LABELS("stage", "audit"),
		      (double)audit.lost);
}

static void put_connections(struct metrics *m)
{
	metric_begin(&m->text, "rasd_rpc_connections", "gauge", "Clients that are connected.");
	metric_value(&m->text, "rasd_rpc_connections", (double)m->n_connections);
}

static void put_lever(struct metrics *m)
{
	const struct journal_lever *l = policy_lever(injector_policy(m->d->injector));

	metric_begin(&m->text, "rasd_safety_engaged", "gauge",
		     "1: the safety lever stops injections.");
	metric_value(&m->text, "rasd_safety_engaged", l->engaged);
	metric_begin(&m->text, "rasd_safety_also_forwarding", "gauge",
		     "1: it stops the forwarding of real errors of this host, too.");
	metric_value(&m->text, "rasd_safety_also_forwarding", l->engaged && l->also_forwarding);
	metric_begin(&m->text, "rasd_forwards_held", "gauge",
		     "Uncorrected errors of this host that wait for its release.");
	metric_value(&m->text, "rasd_forwards_held",
		     m->d->events ? (double)events_held(m->d->events) : 0);
}

static void put_self(struct metrics *m)
{
	_json_ json_object *libvirt = guests_libvirt_json(m->d->guests);
	const char *version = "none";
	int64_t up_ns = clock_boot_ns() - m->d->started_boot_ns;

	json_opt_str(libvirt, "version", &version, NULL);
	metric_begin(&m->text, "rasd_build_info", "gauge", "Always 1.");
	metric_sample(&m->text, "rasd_build_info", "",
		      LABELS("version", RASD_VERSION, "libvirt", version), 1);
	metric_begin(&m->text, "rasd_start_time_seconds", "gauge",
		     "When this rasd was started, since 1970.");
	metric_value(&m->text, "rasd_start_time_seconds",
		     (double)((clock_real_ns() - up_ns) / 1000000000));
	metric_begin(&m->text, "rasd_helper_up", "gauge",
		     "1: rasd-pagemap is connected. Without it nothing can be proved or injected.");
	metric_value(&m->text, "rasd_helper_up", m->d->helper && helper_client_alive(m->d->helper));
}

/* --- the method --- */

static int put_all(struct metrics *m, struct buf *out, struct ras_err *err)
{
	_json_ json_object *o = json_object_new_object();
	int r;

	put_self(m);
	put_lever(m);
	put_guests(m);
	r = put_injections(m, err);
	if (r == 0)
		r = put_acks(m, err);
	if (r == 0)
		r = put_host_errors(m, err);
	if (r < 0)
		return r;
	put_sources(m);
	put_connections(m);
	metrics_put_times(&m->text, m->d);
	put_journal(m);
	if (buf_len(&m->text) >= TEXT_MAX - 1 || !buf_add(&m->text, "", 1))
		return ras_fail(err, RAS_E_NOMEM, "no room for the metrics");
	json_object_object_add(o, "text", json_new_text(buf_data(&m->text)));
	json_object_object_add(o, "content_type",
			       json_object_new_string("text/plain; version=0.0.4"));
	return list_put_json(out, o) ? RPC_SLICE_END :
				       ras_fail(err, RAS_E_NOMEM, "no room for the metrics");
}

static int metrics_next(void *arg, struct buf *out, struct ras_err *err)
{
	struct metrics *m = arg;
	int64_t start_ns = clock_boot_ns();
	struct guest *g;

	for (size_t n = 0; (g = guests_next(m->d->guests, m->after)); n++) {
		if (n && rpc_slice_over(start_ns, n))
			return RPC_SLICE_MORE;
		count_guest(m, g);
		snprintf(m->after, sizeof(m->after), "%s", g->name);
	}
	return put_all(m, out, err);
}

void rpc_metrics_get(struct rpc_call *c, json_object *params)
{
	static const struct rpc_stream stream = { metrics_next, metrics_free };
	struct metrics *m = calloc(1, sizeof(*m));
	struct ras_err err;

	(void)params;
	if (!m) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		rpc_reply_error(c, &err);
		return;
	}
	m->d = rpc_call_user(c);
	m->n_connections = rpc_connections(c);
	m->text = BUF_INIT(TEXT_MAX);
	rpc_reply_stream(c, &stream, m);
}
