// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mcelog's client socket.
 *
 * Theory of operation.
 *
 * Problem: mcelog pushes nothing, has one thread, and answers without a length. A client that asks
 * often, or leaves its answer unread, holds up the daemon that records the host's errors.
 * Rule: one connection every ten seconds, one command in one write, the answer read as it comes, by
 * little pieces; "done" ends it, or a deadline. The first answer is what there was before rasd;
 * from then on what has grown is new. mcelog logs each refusal, so rasd then asks seldom.
 * Otherwise: old counts would be reported again after each start of rasd, and mcelog's log would
 * fill with refusals.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "sources/mcelog/pages.h"
#include "sources/mcelog/private.h"
#include "sources/mcelog/reply.h"

#define COMMAND "pages\n"

struct mcelog_pace mcelog_pace = {
	.poll_ms = 10000,   /* corrected errors are counted, not acted on at once */
	.absent_ms = 60000, /* one system call a minute where there is no mcelog */
	.refused_ms = 900000,
	.reply_ms = 5000, /* mcelog answers in milliseconds, also with thousands of pages */
};

struct mcelog_poll {
	struct mcelog *m;
	struct sockaddr_un sa;
	int fd; /* -1: no question is open */
	struct event *readable;
	struct event *timer; /* of the next question, or of the deadline */
	struct mcelog_reply reply;
	struct mcelog_pages *pages;
	bool known; /* one answer was complete */
};

static void in(struct mcelog_poll *p, long ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	evtimer_add(p->timer, &tv);
}

/* The question is over, whatever its outcome: the next one in so many milliseconds. */
static void over(struct mcelog_poll *p, long next_ms)
{
	if (p->readable)
		event_free(p->readable);
	p->readable = NULL;
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	in(p, next_ms);
}

static void over_for(struct mcelog_poll *p, enum event_source_state state, const char *why,
		     const char *mend, long next_ms)
{
	mcelog_state(p->m, state, p->sa.sun_path, why, mend);
	over(p, next_ms);
}

static void refused(struct mcelog_poll *p, const char *why)
{
	char mend[sizeof(p->m->status.mend)];

	snprintf(mend, sizeof(mend),
		 "mcelog.conf, [server]: client-user = %.16s; restart mcelog; "
		 "setfacl -m u:%.16s:rw %.50s",
		 p->m->user, p->m->user, p->sa.sun_path);
	over_for(p, SOURCE_UNREADABLE, why, mend, mcelog_pace.refused_ms);
}

static void on_page(void *arg, const struct mcelog_page *page)
{
	const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	struct mcelog_poll *p = arg;
	struct mcelog_change c = mcelog_pages_note(p->pages, page);
	struct ras_event e;

	if (c.full && !p->m->status.missed)
		log_warn("mcelog has more than %u pages with errors: those beyond are not followed",
			 MCELOG_PAGES);
	p->m->status.missed += c.full;
	if (!p->known || (!c.errors && !c.offline))
		return;
	event_init(&e, "mcelog", "pages", EVENT_MEMORY);
	e.severity = c.errors ? EVENT_CORRECTED : EVENT_INFO;
	e.count = c.errors > UINT32_MAX ? UINT32_MAX : c.errors ? (uint32_t)c.errors : 1;
	event_at(&e, page->address, page_bytes);
	e.when.boot_id = p->m->boot_id;
	e.when.real_ns = clock_real_ns(); /* or since the answer before */
	event_detail(&e, "page 0x%llx: %llu corrected errors in all%s",
		     (unsigned long long)page->address, (unsigned long long)page->total,
		     c.offline ? "; mcelog has taken it out of use" : "");
	mcelog_report(p->m, &e);
}

static void judge(struct mcelog_poll *p)
{
	p->m->status.malformed += p->reply.malformed;
	switch (p->reply.state) {
	case REPLY_GOING:
	case REPLY_DONE:
		p->known = true;
		over_for(p, SOURCE_LIVE, "", "", mcelog_pace.poll_ms);
		return;
	case REPLY_DENIED:
		refused(p, "mcelog says: permission denied");
		return;
	case REPLY_BUSY:
		over_for(p, SOURCE_WAITING, "mcelog has too many clients", "",
			 mcelog_pace.absent_ms);
		return;
	case REPLY_UNKNOWN:
		over_for(p, SOURCE_ABSENT, "this mcelog counts no pages",
			 "mcelog.conf, [page]: memory-ce-threshold; or rasd.conf: mcelog-log",
			 mcelog_pace.refused_ms);
		return;
	case REPLY_BROKEN:
		over_for(p, SOURCE_WAITING, "what answers there is no mcelog", "",
			 mcelog_pace.refused_ms);
		return;
	}
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct mcelog_poll *p = arg;
	char buf[4096];
	ssize_t n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

	(void)what;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n > 0 && mcelog_reply_feed(&p->reply, buf, (size_t)n) == REPLY_GOING)
		return;
	if (n > 0)
		judge(p);
	else
		over_for(p, SOURCE_WAITING, n == 0 ? "mcelog has hung up" : strerror(errno), "",
			 mcelog_pace.absent_ms);
}

/* Connect and ask; the answer comes to on_readable(). */
static void ask(struct mcelog_poll *p)
{
	p->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (p->fd < 0 || connect(p->fd, (const struct sockaddr *)&p->sa, sizeof(p->sa)) < 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			over_for(p, SOURCE_ABSENT, "not there, so no mcelog with a socket runs", "",
				 mcelog_pace.absent_ms);
		else if (errno == EACCES)
			refused(p, strerror(errno));
		else
			over_for(p, SOURCE_WAITING, strerror(errno), "", mcelog_pace.absent_ms);
		return;
	}
	if (!p->pages && mcelog_pages_new(&p->pages, NULL) < 0) {
		over(p, mcelog_pace.absent_ms);
		return;
	}
	/* The server reads once: a command must come in one piece. */
	if (send(p->fd, COMMAND, sizeof(COMMAND) - 1, MSG_DONTWAIT | MSG_NOSIGNAL) !=
	    sizeof(COMMAND) - 1) {
		over_for(p, SOURCE_WAITING, "it takes no command", "", mcelog_pace.absent_ms);
		return;
	}
	mcelog_reply_begin(&p->reply, on_page, p);
	p->readable = event_new(p->m->base, p->fd, EV_READ | EV_PERSIST, on_readable, p);
	if (!p->readable) {
		over(p, mcelog_pace.absent_ms);
		return;
	}
	event_add(p->readable, NULL);
	in(p, mcelog_pace.reply_ms);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct mcelog_poll *p = arg;

	(void)fd, (void)what;
	if (p->fd >= 0)
		over_for(p, SOURCE_WAITING, "mcelog does not answer", "", mcelog_pace.absent_ms);
	else
		ask(p);
}

void mcelog_poll_free(struct mcelog_poll *p)
{
	if (!p)
		return;
	if (p->readable)
		event_free(p->readable);
	if (p->timer)
		event_free(p->timer);
	if (p->fd >= 0)
		close(p->fd);
	mcelog_pages_free(p->pages);
	free(p);
}

int mcelog_poll_new(struct mcelog_poll **out, struct mcelog *m, const char *path,
		    struct ras_err *err)
{
	struct mcelog_poll *p = calloc(1, sizeof(*p));

	if (!p)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	p->m = m;
	p->fd = -1;
	p->sa.sun_family = AF_UNIX;
	snprintf(p->sa.sun_path, sizeof(p->sa.sun_path), "%s", path);
	p->timer = evtimer_new(m->base, on_timer, p);
	if (!p->timer) {
		mcelog_poll_free(p);
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	}
	m->status.state = SOURCE_WAITING;
	in(p, 0);
	*out = p;
	return 0;
}
