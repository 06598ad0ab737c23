// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The source "kernel": RAS tracepoints of rasd's own tracefs instance.
 *
 * Theory of operation.
 *
 * Reading a buffer takes its page out of the kernel. So one page is read at a time, when libevent
 * says that there is one: CPUs take turns, a storm on one of them delays no other by more than a
 * page, and what is not read yet is safe in the kernel. Events from before this life of rasd are
 * read like others, and are marked as catch-up by their time.
 *
 * A CPU that was never online has no buffer: reading says ENODEV, and poll would say so for ever.
 * Such a CPU rests until the list of CPUs that are online has changed. Its descriptor stays good,
 * and a CPU that goes offline keeps its buffer; so nothing is asked again.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/process.h"
#include "sources/kernel.h"
#include "sources/trace/decode.h"
#include "sources/trace/private.h"

#define CPU_MAX 16384
#define LOOK_EVERY_S 2 /* only while a CPU rests; an event is stale after so long */
#define ONLINE_FILE "/sys/devices/system/cpu/online"
#define POSSIBLE_FILE "/sys/devices/system/cpu/possible"

void trace_set_state(struct trace_source *s, enum event_source_state state, const char *why,
		     const char *mend)
{
	source_set_state(&s->status, &s->sink, state, why, mend);
}

/* --- reading --- */

struct reading {
	struct trace_source *s;
	int64_t real_less_boot_ns;
};

static void report(struct reading *r, uint64_t time_ns, struct ras_event *e)
{
	struct trace_source *s = r->s;

	e->when.boot_id = s->boot_id;
	e->when.boot_ns = (int64_t)time_ns;
	e->when.real_ns = e->when.boot_ns + r->real_less_boot_ns;
	e->when.catch_up = e->when.boot_ns < s->opened_boot_ns;
	if (e->kind == EVENT_SIGBUS) {
		pid_t process = process_of_thread(e->signal.pid);

		if (process > 0)
			e->signal.pid = process;
	}
	s->status.events++;
	s->status.last_real_ns = e->when.real_ns;
	s->sink.event(s->sink.arg, e);
}

static void on_record(void *arg, uint64_t time_ns, const uint8_t *data, size_t len)
{
	struct reading *r = arg;
	struct trace_source *s = r->s;
	struct ras_event e;
	uint16_t id;

	if (len < sizeof(id))
		return;
	memcpy(&id, data, sizeof(id)); /* common_type: trace_format_parse() has seen to its place */
	for (size_t i = 0; i < s->n_formats; i++) {
		struct trace_record rec = { &s->format[i], data, len };
		enum trace_verdict v;

		if (s->format[i].id != id)
			continue;
		v = trace_decode(&rec, &e);
		if (v == TRACE_EVENT)
			report(r, time_ns, &e);
		else if (v == TRACE_MALFORMED)
			s->status.malformed++;
		return;
	}
}

static void take_page(struct trace_source *s, size_t len)
{
	struct reading r = { .s = s, .real_less_boot_ns = clock_real_ns() - clock_boot_ns() };
	struct trace_page_end end = trace_page_walk(&s->layout, s->page, len, on_record, &r);

	if (end.malformed)
		s->status.malformed++;
	if (!end.missed)
		return;
	if (!s->status.missed)
		log_warn("the kernel has overwritten host events before rasd could read them");
	s->status.missed += end.missed;
	s->sink.changed(s->sink.arg);
}

/* --- CPUs that come online --- */

/* "0-3,8-11": the last number and one more; 0 where it cannot be read. */
static uint32_t count_possible(void)
{
	_close_ int fd = open(POSSIBLE_FILE, O_RDONLY | O_CLOEXEC);
	char text[CPU_LIST_SIZE], *last;
	ssize_t got = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);
	unsigned long n;

	text[got > 0 ? got : 0] = '\0';
	last = text + strcspn(text, "\n");
	*last = '\0';
	while (last > text && last[-1] >= '0' && last[-1] <= '9')
		last--;
	n = *last ? strtoul(last, NULL, 10) + 1 : 0;
	return n > CPU_MAX ? CPU_MAX : (uint32_t)n;
}

static void look_later(struct trace_source *s)
{
	const struct timeval tv = { .tv_sec = LOOK_EVERY_S };

	if (!evtimer_pending(s->cpus.look, NULL))
		evtimer_add(s->cpus.look, &tv);
}

static void read_online(const struct trace_source *s, char out[CPU_LIST_SIZE])
{
	ssize_t n = pread(s->cpus.online_fd, out, CPU_LIST_SIZE - 1, 0);

	out[n > 0 ? n : 0] = '\0';
}

/*
 * The list is read before the buffers are: a CPU that comes online in between makes the next list
 * another one.
 */
static void on_look(evutil_socket_t fd, short what, void *arg)
{
	struct trace_source *s = arg;
	char now[CPU_LIST_SIZE];

	(void)fd;
	(void)what;
	read_online(s, now);
	if (strcmp(now, s->cpus.online) == 0) {
		look_later(s);
		return;
	}
	memcpy(s->cpus.online, now, sizeof(now));
	for (uint32_t i = 0; i < s->cpus.n_opened; i++) {
		if (!s->cpus.cpu[i].rests)
			continue;
		s->cpus.cpu[i].rests = false;
		event_add(s->cpus.cpu[i].readable, NULL);
	}
}

void trace_readable(evutil_socket_t fd, short what, void *arg)
{
	struct trace_cpu *c = arg;
	ssize_t n = read(fd, c->source->page, c->source->layout.page_bytes);

	(void)what;
	if (n > 0) {
		take_page(c->source, (size_t)n);
	} else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		event_del(c->readable);
		c->rests = true;
		look_later(c->source);
	}
}

/* --- the source --- */

static void trace_close(void *self)
{
	struct trace_source *s = self;

	if (!s)
		return;
	trace_ask_end(s);
	for (uint32_t i = 0; i < s->cpus.n_opened; i++) {
		event_free(s->cpus.cpu[i].readable);
		close(s->cpus.cpu[i].fd);
	}
	for (size_t i = 0; i < s->n_formats; i++)
		trace_format_clear(&s->format[i]);
	if (s->cpus.look)
		event_free(s->cpus.look);
	if (s->active_fd >= 0)
		close(s->active_fd);
	if (s->cpus.online_fd >= 0)
		close(s->cpus.online_fd);
	free(s->cpus.cpu);
	free(s->page);
	free(s);
}

static int trace_open(void **self, const struct source_setup *setup, struct ras_err *err)
{
	struct trace_source *s = calloc(1, sizeof(*s));

	if (!s)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	s->base = setup->base;
	s->helper = setup->helper;
	s->sink = setup->sink;
	s->active_fd = -1;
	s->opened_boot_ns = clock_boot_ns();
	s->boot_id = uuid_of_boot();
	s->status.state = SOURCE_WAITING;
	s->cpus.online_fd = open(ONLINE_FILE, O_RDONLY | O_CLOEXEC);
	read_online(s, s->cpus.online);
	s->cpus.n_possible = count_possible();
	s->cpus.cpu = calloc(s->cpus.n_possible ? s->cpus.n_possible : 1, sizeof(*s->cpus.cpu));
	s->cpus.look = evtimer_new(s->base, on_look, s);
	if (!s->cpus.cpu || !s->cpus.look || trace_ask_begin(s, err) < 0) {
		trace_close(s);
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	}
	*self = s;
	return 0;
}

static void trace_status(const void *self, struct source_status *out)
{
	*out = ((const struct trace_source *)self)->status;
}

const struct event_source trace_event_source = {
	.name = "kernel",
	.rank = SOURCE_KERNEL,
	.shows_signals = true,
	.open = trace_open,
	.close = trace_close,
	.status = trace_status,
};
