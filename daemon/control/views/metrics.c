// SPDX-License-Identifier: LGPL-2.1-or-later
#include "control/views/metrics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* A buffer that is full stays cut; who made it looks at its length (methods/metrics.c). */
static void put(struct buf *b, const char *text)
{
	buf_add(b, text, strlen(text));
}

void metric_begin(struct buf *b, const char *name, const char *type, const char *help)
{
	char line[320];

	snprintf(line, sizeof(line), "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
	put(b, line);
}

/* A value of a label: a backslash, a quote and a line break are escaped. */
static void put_escaped(struct buf *b, const char *value)
{
	for (const char *c = value; *c; c++) {
		if (*c == '\\' || *c == '"')
			put(b, "\\");
		if (*c == '\n')
			put(b, "\\n");
		else
			buf_add(b, c, 1);
	}
}

void metric_sample(struct buf *b, const char *name, const char *suffix, const char *const *labels,
		   double value)
{
	char number[40];

	put(b, name);
	put(b, suffix);
	for (size_t i = 0; labels && labels[i] && i < 2 * METRIC_LABELS; i += 2) {
		put(b, i ? "," : "{");
		put(b, labels[i]);
		put(b, "=\"");
		put_escaped(b, labels[i + 1]);
		put(b, "\"");
	}
	if (labels && labels[0])
		put(b, "}");
	if (fabs(value) < 1e15 && value == floor(value))
		snprintf(number, sizeof(number), " %.0f\n", value);
	else
		snprintf(number, sizeof(number), " %.9g\n", value);
	put(b, number);
}

void metric_value(struct buf *b, const char *name, double value)
{
	metric_sample(b, name, "", NULL, value);
}

void metric_histogram(struct buf *b, const char *name, const char *label, const char *value,
		      const struct histogram *h)
{
	char le[32];
	const char *labels[] = { "le", le, label, value, NULL };
	uint64_t n = 0;

	for (int i = 0; i <= HISTOGRAM_BOUNDS; i++) {
		snprintf(le, sizeof(le), "+Inf");
		if (i < HISTOGRAM_BOUNDS)
			snprintf(le, sizeof(le), "%g", (double)histogram_bound_ns[i] / 1e9);
		n += h->in[i];
		metric_sample(b, name, "_bucket", labels, (double)n);
	}
	metric_sample(b, name, "_sum", labels + 2, (double)h->sum_ns / 1e9);
	metric_sample(b, name, "_count", labels + 2, (double)h->n);
}
