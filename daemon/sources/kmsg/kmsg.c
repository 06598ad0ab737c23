// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The source "kmsg": errors that firmware reports and the kernel only prints (parse.h). On
 * kernels without EDAC_GHES (Debian's) a corrected error of memory leaves no other trace on arm64.
 *
 * Theory of operation.
 *
 * rasd-pagemap passes /dev/kmsg, which rasd may not open. It is read from its beginning; lines up
 * to the stored position were dealt with in an earlier life. A few lines are read at a time: the
 * log may hold 100,000 of them.
 *
 * No line says that a record of several lines has ended. A record is reported when nothing more of
 * it has come for KMSG_QUIET_MS, or, where what makes it useful is missing (the kernel waits for a
 * serial console between lines), for KMSG_SLOW_MS. Until the end of the log has been reached once,
 * nothing is reported for want of time: the rest of the record is still to be read.
 *
 * The position behind an event is the last line before which everything was reported. So where two
 * records are interleaved and rasd dies between them, the first is reported twice; none is lost.
 */
#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/backoff.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/num.h"
#include "sources/kernel.h"
#include "sources/kmsg/parse.h"

#define LINE_MAX_BYTES 8192 /* the kernel's CONSOLE_EXT_LOG_MAX */
#define LINES_PER_TURN 64
#define KMSG_QUIET_MS 20
#define KMSG_SLOW_MS 1000
#define ASK_AGAIN_MIN_US 100000
#define ASK_AGAIN_MAX_US 60000000

struct kmsg_source {
	struct event_base *base;
	struct helper_client *helper;
	struct notify_sub link;
	struct event_sink sink;
	struct source_status status;
	struct backoff backoff;
	struct event *readable; /* NULL until the helper has passed it */
	struct event *timer;	/* to ask again; later, for records that wait */
	int fd;
	bool pending;	/* a question is under way */
	bool caught_up; /* the end of the log was reached once */
	struct ghes_log log;
	struct kmsg_clock clock;
	int64_t last_line_ns; /* when the last line of a record was read */
	uint64_t next_seq;    /* of the line to be read; 0 = not known */
	uint64_t done_seq;    /* up to here an earlier life has dealt with it */
	char boot_id[CLOCK_BOOT_ID_SIZE];
	struct uuid boot;
	char line[LINE_MAX_BYTES];
};

static void set_state(struct kmsg_source *s, enum event_source_state state, const char *why,
		      const char *mend)
{
	source_set_state(&s->status, &s->sink, state, why, mend);
}

static void timer_in(struct kmsg_source *s, int64_t us)
{
	struct timeval tv = { us / 1000000, us % 1000000 };

	evtimer_add(s->timer, &tv);
}

/* --- reporting --- */

/* Everything up to this line was reported, once the oldest record is. */
static uint64_t reported_up_to(const struct ghes_log *log)
{
	uint64_t seq = log->open[0].last_seq;

	for (size_t i = 1; i < log->n_open; i++)
		if (log->open[i].first_seq <= seq)
			seq = log->open[i].first_seq - 1;
	return seq;
}

static void report_oldest(struct kmsg_source *s)
{
	const struct ghes_record *r = &s->log.open[0];
	const uint64_t seq = reported_up_to(&s->log);
	struct ras_event e;

	for (size_t i = 0; i < r->n_sections; i++) {
		ghes_event(r, i, &e);
		e.when.boot_id = s->boot;
		e.when.real_ns = clock_real_ns() - (clock_boot_ns() - e.when.boot_ns);
		if (i + 1 == r->n_sections)
			snprintf(e.position, sizeof(e.position), "%s %" PRIu64, s->boot_id, seq);
		s->status.events++;
		s->status.last_real_ns = e.when.real_ns;
		s->sink.event(s->sink.arg, &e);
	}
	if (r->n_sections == 0)
		s->status.malformed++;
	ghes_drop(&s->log);
}

/* Report what is complete, and come again for what is not. */
static void report_quiet(struct kmsg_source *s)
{
	const int64_t quiet_us = (clock_boot_ns() - s->last_line_ns) / 1000;

	while (s->log.n_open) {
		int64_t wait_us =
			1000 * (ghes_is_useful(&s->log.open[0]) ? KMSG_QUIET_MS : KMSG_SLOW_MS);

		if (quiet_us < wait_us) {
			timer_in(s, wait_us - quiet_us);
			return;
		}
		report_oldest(s);
	}
}

/* --- reading --- */

static void take_line(struct kmsg_source *s, size_t len)
{
	struct kmsg_line line;
	uint64_t suppressed = 0;
	bool full;
	int64_t time_ns;

	if (!kmsg_line_parse(s->line, len, &line)) {
		s->status.malformed++;
		return;
	}
	if (s->next_seq && line.seq > s->next_seq) {
		s->status.missed += line.seq - s->next_seq;
		s->sink.changed(s->sink.arg);
	}
	s->next_seq = line.seq + 1;
	time_ns = kmsg_time(&s->clock, s->caught_up, line.log_ns, clock_mono_ns(), clock_boot_ns());
	if (line.seq < s->done_seq)
		return;
	do {
		enum ghes_verdict v =
			ghes_take(&s->log, &line, time_ns, s->caught_up, &suppressed, &full);

		if (v == GHES_SUPPRESSED)
			s->status.missed += suppressed;
		if (v == GHES_LINE)
			s->last_line_ns = clock_boot_ns();
		if (full)
			report_oldest(s);
	} while (full);
}

static void ask(struct kmsg_source *s);

static void give_up(struct kmsg_source *s, const char *why)
{
	event_free(TAKE(s->readable));
	close(TAKE_FD(s->fd));
	set_state(s, SOURCE_WAITING, why, "");
	timer_in(s, backoff_next_us(&s->backoff));
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct kmsg_source *s = arg;

	(void)what;
	for (int i = 0; i < LINES_PER_TURN; i++) {
		ssize_t n = read(fd, s->line, sizeof(s->line));

		if (n > 0) {
			take_line(s, (size_t)n);
		} else if (n < 0 && errno == EAGAIN) {
			s->caught_up = true;
			report_quiet(s);
			return;
		} else if (n == 0 || (errno != EPIPE && errno != EINTR && errno != EINVAL)) {
			give_up(s, n == 0 ? "/dev/kmsg has ended" : strerror(errno));
			return;
		}
		/* EPIPE: lines were overwritten; the numbers say how many. EINVAL: one too long. */
	}
}

/* --- asking --- */

static int use(struct kmsg_source *s, int taken, struct ras_err *err)
{
	_close_ int fd = taken;

	/* rasd-pagemap passes one open file again and again; an earlier rasd has read in it. */
	lseek(fd, 0, SEEK_SET);
	s->readable = event_new(s->base, fd, EV_READ | EV_PERSIST, on_readable, s);
	if (!s->readable || event_add(s->readable, NULL) < 0) {
		if (s->readable)
			event_free(TAKE(s->readable));
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	}
	s->fd = TAKE_FD(fd);
	s->caught_up = false;
	/* Read from the beginning: what was dealt with in this life is passed over, too. */
	if (s->next_seq > s->done_seq)
		s->done_seq = s->next_seq;
	s->next_seq = 0;
	return 0;
}

static void on_answer(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	struct kmsg_source *s = arg;
	struct ras_err why = err ? *err : RAS_ERR_NULL;

	s->pending = false;
	if (!why.code && use(s, fd, &why) == 0) {
		backoff_reset(&s->backoff);
		set_state(s, SOURCE_LIVE, "", "");
		return;
	}
	if (rep && err && why.code != RAS_E_BUSY)
		set_state(s, SOURCE_UNREADABLE, why.text,
			  "rasd-pagemap.service needs StandardInput=file:/dev/kmsg");
	else
		set_state(s, SOURCE_WAITING, why.text, "");
	timer_in(s, backoff_next_us(&s->backoff));
}

static void ask(struct kmsg_source *s)
{
	struct ras_err err;

	if (s->pending || s->readable)
		return;
	if (!s->helper || !helper_client_alive(s->helper)) {
		set_state(s, SOURCE_WAITING,
			  s->helper ? helper_client_why(s->helper) : "there is no rasd-pagemap",
			  "systemctl start rasd-pagemap.socket");
		return; /* its connection comes to on_link() */
	}
	if (helper_trace(s->helper, HELPER_TRACE_KMSG, 0, on_answer, s, &err) < 0) {
		set_state(s, SOURCE_WAITING, err.text, "");
		timer_in(s, backoff_next_us(&s->backoff));
		return;
	}
	s->pending = true;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct kmsg_source *s = arg;

	(void)fd;
	(void)what;
	if (s->readable && s->caught_up)
		report_quiet(s);
	else
		ask(s);
}

static void on_link(void *arg, const void *what)
{
	const struct helper_link *link = what;
	struct kmsg_source *s = arg;

	if (!link->up)
		return;
	backoff_reset(&s->backoff);
	ask(s);
}

/* --- the source --- */

/* "BOOT-ID SEQ": of this boot, or of no use. */
static uint64_t done_up_to(const struct kmsg_source *s, const char *position)
{
	const size_t n = strlen(s->boot_id);
	uint64_t seq;

	if (strncmp(position, s->boot_id, n) != 0 || position[n] != ' ' ||
	    num_parse_u64(position + n + 1, &seq, NULL) < 0 || seq == UINT64_MAX)
		return 0;
	return seq + 1;
}

static void kmsg_close(void *self)
{
	struct kmsg_source *s = self;

	if (!s)
		return;
	if (s->helper) {
		helper_client_unsubscribe(s->helper, &s->link);
		helper_client_forget(s->helper, s);
	}
	if (s->timer)
		event_free(s->timer);
	if (s->readable)
		event_free(s->readable);
	if (s->fd >= 0)
		close(s->fd);
	free(s);
}

static int kmsg_open(void **self, const struct source_setup *setup, struct ras_err *err)
{
	struct kmsg_source *s = calloc(1, sizeof(*s));

	if (!s)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	s->base = setup->base;
	s->helper = setup->helper;
	s->sink = setup->sink;
	s->fd = -1;
	s->backoff = (struct backoff){ .min_us = ASK_AGAIN_MIN_US, .max_us = ASK_AGAIN_MAX_US };
	s->status.state = SOURCE_WAITING;
	clock_boot_id(s->boot_id);
	uuid_parse(s->boot_id, &s->boot, NULL);
	s->done_seq = done_up_to(s, setup->position);
	s->timer = evtimer_new(s->base, on_timer, s);
	if (!s->timer) {
		kmsg_close(s);
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	}
	if (s->helper)
		helper_client_subscribe(s->helper, &s->link, on_link, s);
	*self = s;
	ask(s);
	return 0;
}

static void kmsg_status(const void *self, struct source_status *out)
{
	*out = ((const struct kmsg_source *)self)->status;
}

const struct event_source kmsg_event_source = {
	.name = "kmsg",
	.rank = SOURCE_KERNEL,
	.open = kmsg_open,
	.close = kmsg_close,
	.status = kmsg_status,
};
