// SPDX-License-Identifier: LGPL-2.1-or-later
/* Formats of real kernels, and records made by them. Include after cmocka. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sources/trace/format.h"

#define TRACE_FORMATS_MAX 32
#define TRACE_RECORD_MAX 1024

/* All formats of one kernel: the file has "### SYSTEM/NAME" before each. */
struct trace_kernel {
	char *text;
	size_t n;
	char title[TRACE_FORMATS_MAX][64];
	const char *at[TRACE_FORMATS_MAX];
	size_t len[TRACE_FORMATS_MAX];
	struct trace_format format[TRACE_FORMATS_MAX];
	struct trace_layout layout;
};

static inline char *trace_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	char *text = malloc(1 << 16);

	if (!f)
		fail_msg("cannot open %s", path);
	assert_non_null(text);
	*len = fread(text, 1, (1 << 16) - 1, f);
	text[*len] = '\0';
	fclose(f);
	return text;
}

static inline void trace_kernel_load(struct trace_kernel *k, const char *path)
{
	struct ras_err err;
	size_t len;

	memset(k, 0, sizeof(*k));
	k->text = trace_file(path, &len);
	for (char *at = strstr(k->text, "### "), *next; at; at = next) {
		char *body = strchr(at, '\n') + 1;

		next = strstr(body, "### ");
		snprintf(k->title[k->n], sizeof(k->title[0]), "%.*s", (int)(body - 5 - at), at + 4);
		k->at[k->n] = body;
		k->len[k->n] = next ? (size_t)(next - body) : strlen(body);
		if (strcmp(k->title[k->n], "header_page") == 0) {
			assert_int_equal(trace_layout_parse(&k->layout, body, k->len[k->n], &err),
					 0);
			continue;
		}
		if (trace_format_parse(&k->format[k->n], body, k->len[k->n], &err) < 0)
			fail_msg("%s: %s", k->title[k->n], err.text);
		k->n++;
	}
}

static inline void trace_kernel_clear(struct trace_kernel *k)
{
	for (size_t i = 0; i < k->n; i++)
		trace_format_clear(&k->format[i]);
	free(k->text);
}

static inline const struct trace_format *trace_kernel_format(const struct trace_kernel *k,
							     const char *name)
{
	for (size_t i = 0; i < k->n; i++)
		if (strcmp(k->format[i].name, name) == 0)
			return &k->format[i];
	fail_msg("no format %s", name);
	return NULL;
}

/* A record under construction: as long as its fixed fields, then with dynamic arrays behind. */
struct trace_made {
	struct trace_record rec;
	uint8_t data[TRACE_RECORD_MAX];
};

static inline void made_begin(struct trace_made *m, const struct trace_format *f)
{
	memset(m, 0, sizeof(*m));
	m->rec.format = f;
	m->rec.data = m->data;
	for (size_t i = 0; i < f->n_fields; i++)
		if ((size_t)f->field[i].offset + f->field[i].size > m->rec.len)
			m->rec.len = (size_t)f->field[i].offset + f->field[i].size;
	memcpy(m->data, &f->id, 2);
}

static inline void made_set(struct trace_made *m, const char *name, uint64_t value)
{
	const struct trace_field *f = trace_format_field(m->rec.format, name);

	if (!f)
		fail_msg("%s has no field %s", m->rec.format->name, name);
	memcpy(m->data + f->offset, &value, f->size < 8 ? f->size : 8);
}

static inline void made_bytes(struct trace_made *m, const char *name, const void *bytes, size_t n)
{
	const struct trace_field *f = trace_format_field(m->rec.format, name);

	assert_non_null(f);
	if (f->kind == TRACE_FIELD_PLAIN) {
		memcpy(m->data + f->offset, bytes, n);
		return;
	}
	made_set(m, name, n << 16 | m->rec.len);
	assert_true(m->rec.len + n <= sizeof(m->data));
	memcpy(m->data + m->rec.len, bytes, n);
	m->rec.len += n;
}

static inline void made_text(struct trace_made *m, const char *name, const char *text)
{
	made_bytes(m, name, text, strlen(text) + 1);
}
