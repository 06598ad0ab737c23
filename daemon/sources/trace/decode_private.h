// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the decoders of single events share. */
#pragma once

#include "sources/trace/decode.h"

/*
 * One event each. e is made by event_init() with the tracepoint's name; kind and severity are to
 * be set.
 */
enum trace_verdict trace_mce_record(const struct trace_record *r, struct ras_event *e);
enum trace_verdict trace_mc_event(const struct trace_record *r, struct ras_event *e);
enum trace_verdict trace_memory_failure(const struct trace_record *r, struct ras_event *e);
enum trace_verdict trace_extlog(const struct trace_record *r, struct ras_event *e);
enum trace_verdict trace_signal(const struct trace_record *r, struct ras_event *e);
enum trace_verdict trace_arm(const struct trace_record *r, struct ras_event *e);
enum trace_verdict trace_non_standard(const struct trace_record *r, struct ras_event *e);
enum trace_verdict trace_aer(const struct trace_record *r, struct ras_event *e);
enum trace_verdict trace_cxl_media(const struct trace_record *r, struct ras_event *e);
enum trace_verdict trace_cxl_poison(const struct trace_record *r, struct ras_event *e);
enum trace_verdict trace_cxl_aer(const struct trace_record *r, struct ras_event *e);
