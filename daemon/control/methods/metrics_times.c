// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The problem: a histogram of each method is a dozen series in every database that stores it.
 * The rule: its method is the only label; a method that nobody has asked has no histogram. All
 * other numbers begin at 0.
 */
#include "control/methods/metrics_times.h"

#include "control/rpc.h"
#include "control/tally.h"
#include "control/views/metrics.h"
#include "daemon.h"
#include "events/events.h"
#include "qmp/monitor.h"
#include "translate/translate.h"

#define LABELS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void put_rpc(struct buf *b)
{
	metric_begin(b, "rasd_rpc_requests_total", "counter",
		     "Requests since the start of rasd, refused ones too.");
	for (size_t i = 0; i < rpc_n_methods; i++)
		metric_sample(b, "rasd_rpc_requests_total", "",
			      LABELS("method", rpc_methods[i].name), (double)tally_requests(i));
	metric_begin(b, "rasd_rpc_request_duration_seconds", "histogram",
		     "From reading a request to its answer. It contains what the request waited "
		     "for: a guest, an event, its client. Only methods that were asked.");
	for (size_t i = 0; i < rpc_n_methods; i++)
		if (tally_durations(i)->n)
			metric_histogram(b, "rasd_rpc_request_duration_seconds", "method",
					 rpc_methods[i].name, tally_durations(i));
	metric_begin(b, "rasd_rpc_errors_total", "counter",
		     "Errors that were answered, by their reason.");
	for (int code = RAS_OK + 1; code < RAS_E__MAX; code++)
		metric_sample(b, "rasd_rpc_errors_total", "",
			      LABELS("reason", ras_err_reason(code)), (double)tally_errors(code));
}

static void put_qmp(struct buf *b)
{
	static const char *const by[MONITOR_N_BY] = { "socket", "libvirt" };
	static const char *const class[] = {
		[QMP_ERROR] = "error", [QMP_NOT_SENT] = "not_sent", [QMP_UNKNOWN] = "no_answer"
	};
	const struct monitor_stat *s = monitor_stat();

	metric_begin(b, "rasd_qmp_round_trip_seconds", "histogram",
		     "From a monitor command to QEMU's answer, by the way it went.");
	for (int i = 0; i < MONITOR_N_BY; i++)
		metric_histogram(b, "rasd_qmp_round_trip_seconds", "transport", by[i],
				 &s->answered[i]);
	metric_begin(b, "rasd_qmp_errors_total", "counter",
		     "Monitor commands that QEMU refused (error), that did not leave (not_sent), "
		     "or that it did not answer in time (no_answer).");
	for (int i = QMP_ERROR; i <= QMP_UNKNOWN; i++)
		metric_sample(b, "rasd_qmp_errors_total", "", LABELS("class", class[i]),
			      (double)s->ended[i]);
	metric_begin(b, "rasd_qmp_reconnects_total", "counter",
		     "Connections to the monitor of a guest that was connected before.");
	metric_value(b, "rasd_qmp_reconnects_total", (double)s->again);
}

static void put_translations(struct buf *b, const struct daemon *d)
{
	const struct translate_stat *s = translator_stat(d->translator);

	metric_begin(b, "rasd_translate_seconds", "histogram",
		     "Translations of one address, by the memory that it lies in.");
	for (int i = 0; i < XLATE_N_BACKINGS; i++)
		metric_histogram(b, "rasd_translate_seconds", "backing",
				 xlate_backing_name((enum xlate_backing)i), &s->answered[i]);
	metric_begin(b, "rasd_translate_errors_total", "counter",
		     "Translations that were answered with an error.");
	metric_value(b, "rasd_translate_errors_total", (double)s->failed);
}

static void put_forwarded(struct buf *b, const struct daemon *d)
{
	static const struct histogram none;

	metric_begin(b, "rasd_forward_latency_seconds", "histogram",
		     "From an uncorrected error of this host to its guest's acknowledgement.");
	metric_histogram(b, "rasd_forward_latency_seconds", NULL, NULL,
			 d->events ? events_forward_times(d->events) : &none);
}

void metrics_put_times(struct buf *b, const struct daemon *d)
{
	put_rpc(b);
	put_qmp(b);
	put_translations(b, d);
	put_forwarded(b, d);
}
