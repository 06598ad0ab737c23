// SPDX-License-Identifier: LGPL-2.1-or-later
/* The source "kernel" in two parts: ask.c gets what trace.c reads. */
#pragma once

#include "base/backoff.h"
#include "sources/source.h"
#include "sources/trace/page.h"

#define CPU_LIST_SIZE 256 /* "0-255", or a list with some holes */

/* What is asked for next. */
enum step { STEP_PAGE, STEP_ACTIVE, STEP_FORMAT, STEP_CPU, STEP_DONE };

struct trace_cpu {
	struct trace_source *source;
	struct event *readable;
	int fd;
	bool rests; /* it was not online when it was read */
};

/* Where the questions to the helper are. */
struct asking {
	enum step step;
	uint32_t index;
	bool pending; /* a question is under way */
	struct backoff backoff;
	struct event *again;
	struct notify_sub link;
};

/* The CPUs of this host. */
struct cpus {
	struct trace_cpu *cpu; /* n_opened of n_possible */
	uint32_t n_possible, n_opened;
	struct event *look; /* whether resting ones are online now */
	int online_fd;
	char online[CPU_LIST_SIZE];
};

struct trace_source {
	struct event_base *base;
	struct helper_client *helper;
	struct event_sink sink;
	struct source_status status;
	struct asking asking;
	struct trace_layout layout;
	struct trace_format format[HELPER_TRACE_N_EVENTS];
	size_t n_formats;
	struct cpus cpus;
	int active_fd;
	uint8_t *page;
	int64_t opened_boot_ns;
	struct uuid boot_id;
};

/* Change the state that is shown. */
void trace_set_state(struct trace_source *s, enum event_source_state state, const char *why,
		     const char *mend);

/* libevent's callback: there may be a page in the buffer of a struct trace_cpu. */
void trace_readable(evutil_socket_t fd, short what, void *arg);

/* Begin to ask, and go on by itself until the source is live. RAS_E_NOMEM. */
int trace_ask_begin(struct trace_source *s, struct ras_err *err);

/* No answer comes after this. */
void trace_ask_end(struct trace_source *s);
