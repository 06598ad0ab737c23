// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How the source "kernel" gets its descriptors.
 *
 * Theory of operation: rasd has no right to open anything in tracefs. It asks rasd-pagemap for one
 * descriptor after another: the layout of a page, daemon_active, the format of each event, the
 * buffer of each CPU. An answer that is late, or a helper that is gone, means the same question
 * again, with back-off. What the helper refuses is shown as the source's state and asked again now
 * and then, because an administrator may have mended it.
 */
#include <event2/event.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "sources/trace/private.h"

#define ASK_AGAIN_MIN_US 100000	  /* a helper that is starting needs 10 to 100 ms */
#define ASK_AGAIN_MAX_US 60000000 /* nobody waits for what an administrator has to change */

static void ask(struct trace_source *s);

static void ask_again_later(struct trace_source *s)
{
	int64_t us = backoff_next_us(&s->asking.backoff);
	struct timeval tv = { us / 1000000, us % 1000000 };

	evtimer_add(s->asking.again, &tv);
}

/* The next question; a step that has no more leads to the next one. */
static void advance(struct trace_source *s)
{
	struct asking *a = &s->asking;

	a->index++;
	if (a->step == STEP_PAGE || a->step == STEP_ACTIVE ||
	    (a->step == STEP_FORMAT && a->index == HELPER_TRACE_N_EVENTS) ||
	    (a->step == STEP_CPU && a->index >= s->cpus.n_possible)) {
		a->step++;
		a->index = 0;
	}
	if (a->step == STEP_CPU && s->n_formats == 0)
		a->step = STEP_DONE;
}

/* The whole of a small file. The caller frees it. */
static char *read_all(int fd, size_t *len)
{
	char *text = malloc(TRACE_FORMAT_MAX + 1);
	ssize_t n = 1;

	for (*len = 0; text && *len <= TRACE_FORMAT_MAX && n > 0; *len += n > 0 ? (size_t)n : 0)
		n = read(fd, text + *len, TRACE_FORMAT_MAX + 1 - *len);
	return text;
}

static int take_layout(struct trace_source *s, int fd, struct ras_err *err)
{
	size_t len;
	_free_ char *text = read_all(fd, &len);
	int r;

	if (!text)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	r = trace_layout_parse(&s->layout, text, len, err);
	if (r < 0)
		return r;
	free(s->page);
	s->page = malloc(s->layout.page_bytes);
	return s->page ? 0 : ras_fail(err, RAS_E_NOMEM, "out of memory");
}

/* A format that is not understood costs its event only. */
static int take_format(struct trace_source *s, int fd, struct ras_err *err)
{
	size_t len;
	_free_ char *text = read_all(fd, &len);
	int r;

	if (!text)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	r = trace_format_parse(&s->format[s->n_formats], text, len, err);
	if (r == 0) {
		s->n_formats++;
	} else if (r == -RAS_E_PARSE) {
		s->status.malformed++;
		log_warn("%s", err->text);
		r = 0;
	}
	return r;
}

static int take_cpu(struct trace_source *s, int taken, struct ras_err *err)
{
	struct trace_cpu *c = &s->cpus.cpu[s->cpus.n_opened];
	_close_ int fd = taken;

	c->readable = event_new(s->base, fd, EV_READ | EV_PERSIST, trace_readable, c);
	if (!c->readable || event_add(c->readable, NULL) < 0) {
		if (c->readable)
			event_free(TAKE(c->readable));
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	}
	c->source = s;
	c->fd = TAKE_FD(fd);
	s->cpus.n_opened++;
	return 0;
}

/* Take what was asked for; taken is ours. */
static int take(struct trace_source *s, int taken, struct ras_err *err)
{
	_close_ int fd = taken;

	switch (s->asking.step) {
	case STEP_PAGE:
		return take_layout(s, fd, err);
	case STEP_ACTIVE:
		s->active_fd = TAKE_FD(fd);
		return 0;
	case STEP_FORMAT:
		return take_format(s, fd, err);
	case STEP_CPU:
		return take_cpu(s, TAKE_FD(fd), err);
	case STEP_DONE:
		break;
	}
	return 0;
}

/* May the source do without what the helper refused? */
static bool optional(const struct trace_source *s, enum ras_code code)
{
	/* No debugfs, or a kernel without acpi_extlog: there is no extended log then. */
	return s->asking.step == STEP_ACTIVE ||
	       (s->asking.step != STEP_PAGE && code == RAS_E_NOT_FOUND);
}

static void on_refused(struct trace_source *s, const struct ras_err *why)
{
	static const char set_up[] = "systemctl restart rasd-trace.service";

	if (why->code == RAS_E_NOT_FOUND && s->asking.step == STEP_PAGE)
		trace_set_state(s, SOURCE_ABSENT, why->text,
				"mount tracefs at /sys/kernel/tracing");
	else
		trace_set_state(s, SOURCE_UNREADABLE, why->text, set_up);
	/* From the start: the instance may be made again meanwhile, and formats are few. */
	ask_again_later(s);
}

static void on_answer(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	struct trace_source *s = arg;
	struct ras_err why = err ? *err : RAS_ERR_NULL;
	bool answered = rep != NULL && why.code != RAS_E_BUSY && why.code != RAS_E_NOMEM;

	s->asking.pending = false;
	if (!why.code && take(s, fd, &why) == 0) {
		backoff_reset(&s->asking.backoff);
		advance(s);
		ask(s);
	} else if (answered && why.code && err && optional(s, (enum ras_code)why.code)) {
		advance(s);
		ask(s);
	} else if (answered) {
		on_refused(s, &why);
	} else {
		trace_set_state(s, SOURCE_WAITING, why.text, "");
		ask_again_later(s);
	}
}

static void done(struct trace_source *s)
{
	if (s->n_formats == 0) {
		trace_set_state(s, SOURCE_ABSENT, "this kernel has none of the RAS tracepoints",
				"");
		return;
	}
	if (s->cpus.n_opened == 0) {
		trace_set_state(s, SOURCE_ABSENT, "the trace instance has no CPU", "");
		return;
	}
	log_info("host events: %zu tracepoints, %u CPUs", s->n_formats, s->cpus.n_opened);
	trace_set_state(s, SOURCE_LIVE, "", "");
}

static void ask(struct trace_source *s)
{
	static const enum helper_trace of[] = { [STEP_PAGE] = HELPER_TRACE_PAGE,
						[STEP_ACTIVE] = HELPER_TRACE_ACTIVE,
						[STEP_FORMAT] = HELPER_TRACE_FORMAT,
						[STEP_CPU] = HELPER_TRACE_CPU };
	struct asking *a = &s->asking;
	struct ras_err err;

	if (a->pending)
		return;
	if (a->step == STEP_DONE) {
		done(s);
		return;
	}
	if (!s->helper || !helper_client_alive(s->helper)) {
		trace_set_state(s, SOURCE_WAITING,
				s->helper ? helper_client_why(s->helper) :
					    "there is no rasd-pagemap",
				"systemctl start rasd-pagemap.socket");
		return; /* its connection comes to on_link() */
	}
	if (helper_trace(s->helper, of[a->step], a->index, on_answer, s, &err) < 0) {
		trace_set_state(s, SOURCE_WAITING, err.text, "");
		ask_again_later(s);
		return;
	}
	a->pending = true;
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ask(arg);
}

/* Another helper may have what the one before refused. */
static void on_link(void *arg, const void *what)
{
	const struct helper_link *link = what;
	struct trace_source *s = arg;

	if (!link->up || s->asking.step == STEP_DONE)
		return;
	backoff_reset(&s->asking.backoff);
	ask(s);
}

int trace_ask_begin(struct trace_source *s, struct ras_err *err)
{
	struct asking *a = &s->asking;

	a->backoff = (struct backoff){ .min_us = ASK_AGAIN_MIN_US, .max_us = ASK_AGAIN_MAX_US };
	a->again = evtimer_new(s->base, on_again, s);
	if (!a->again)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	if (s->helper)
		helper_client_subscribe(s->helper, &a->link, on_link, s);
	ask(s);
	return 0;
}

void trace_ask_end(struct trace_source *s)
{
	if (s->helper) {
		helper_client_unsubscribe(s->helper, &s->asking.link);
		helper_client_forget(s->helper, s);
	}
	if (s->asking.again)
		event_free(s->asking.again);
}
