// SPDX-License-Identifier: LGPL-2.1-or-later
/* Text in the exposition format of Prometheus (0.0.4). */
#pragma once

#include "base/buf.h"
#include "base/histogram.h"

/* A metric: its HELP and TYPE lines. type: "gauge", "counter", "histogram". */
void metric_begin(struct buf *b, const char *name, const char *type, const char *help);

/*
 * One sample of it: labels as {name, value, ...} ending with NULL, at most METRIC_LABELS pairs;
 * values are escaped. suffix: "", "_bucket", "_sum", "_count".
 */
#define METRIC_LABELS 4
void metric_sample(struct buf *b, const char *name, const char *suffix, const char *const *labels,
		   double value);

/* The same of one that has no labels. */
void metric_value(struct buf *b, const char *name, double value);

/* The samples of a histogram; label and its value before "le", or NULL. */
void metric_histogram(struct buf *b, const char *name, const char *label, const char *value,
		      const struct histogram *h);
