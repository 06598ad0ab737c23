// SPDX-License-Identifier: LGPL-2.1-or-later
/* A page of the kernel's ring buffer, as per_cpu/cpuN/trace_pipe_raw gives it. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sources/trace/format.h"

/* One record: when it was written, by the clock of the instance, and its bytes. */
typedef void (*trace_page_fn)(void *arg, uint64_t time_ns, const uint8_t *data, size_t len);

/* What was found beside the records. */
struct trace_page_end {
	uint64_t missed; /* records overwritten before this page; 1 if nobody knows how many */
	bool malformed;	 /* the page does not add up; what is behind that was not read */
};

/* Call fn for each record of page[len]. Nothing outside the page is read. */
struct trace_page_end trace_page_walk(const struct trace_layout *layout, const uint8_t *page,
				      size_t len, trace_page_fn fn, void *arg);
