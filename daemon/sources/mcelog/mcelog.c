// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The source "mcelog".
 *
 * The log has every error with its registers and its time. The socket has only counts of corrected
 * errors by page, so it is for hosts where mcelog writes no file. Not both: the same error would
 * come twice, at different times.
 */
#include "sources/mcelog/mcelog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "sources/mcelog/private.h"

void mcelog_state(struct mcelog *m, enum event_source_state state, const char *what,
		  const char *why, const char *mend)
{
	char text[sizeof(m->status.why)];
	bool same;

	snprintf(text, sizeof(text), "%.80s%s%.70s", what, why[0] ? ": " : "", why);
	same = m->status.state == state && strcmp(m->status.why, text) == 0;
	m->status.state = state;
	memcpy(m->status.why, text, sizeof(text));
	snprintf(m->status.mend, sizeof(m->status.mend), "%s", mend);
	if (!same)
		m->sink.changed(m->sink.arg);
}

void mcelog_report(struct mcelog *m, struct ras_event *e)
{
	m->status.events++;
	m->status.last_real_ns = e->when.real_ns;
	m->sink.event(m->sink.arg, e);
}

static void close_source(void *self)
{
	struct mcelog *m = self;

	if (!m)
		return;
	mcelog_poll_free(m->poll);
	mcelog_tail_free(m->tail);
	free(m);
}

static int open_source(void **self, const struct source_setup *setup, struct ras_err *err)
{
	const struct conf_sources *c = &setup->conf->sources;
	struct mcelog *m = calloc(1, sizeof(*m));
	int r = 0;

	if (!m)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	m->base = setup->base;
	m->sink = setup->sink;
	snprintf(m->user, sizeof(m->user), "%s", setup->conf->user);
	m->boot_id = uuid_of_boot();
	if (c->mcelog_log[0])
		r = mcelog_tail_new(&m->tail, m, c->mcelog_log, setup->position, err);
	else if (c->mcelog_socket[0])
		r = mcelog_poll_new(&m->poll, m, c->mcelog_socket, err);
	if (r < 0) {
		close_source(m);
		return r;
	}
	*self = m;
	return 0;
}

static void status(const void *self, struct source_status *out)
{
	*out = ((const struct mcelog *)self)->status;
}

const struct event_source mcelog_event_source = { .name = "mcelog",
						  .rank = SOURCE_SECONDARY,
						  .open = open_source,
						  .close = close_source,
						  .status = status };
