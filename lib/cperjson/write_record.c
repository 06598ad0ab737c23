// SPDX-License-Identifier: LGPL-2.1-or-later
/* UEFI's record form as JSON: header and descriptors by their tables, sections as in a block. */
#include "cper/record.h"
#include "cperjson/words.h"
#include "cperjson/write.h"
#include "cperjson/writer.h"

static void header(struct jout *o, const uint8_t *buf)
{
	jout_key(o, "record");
	jout_open(o, '{');
	cperjson_fields(o, &cper_record_table, buf, CPER_RECORD_SIZE);
	jout_close(o, '}');
}

static void entry(struct jout *o, const struct cper_entry *e, unsigned int flags)
{
	cperjson_entry_open(o, &e->section_type);
	jout_key(o, "descriptor");
	jout_open(o, '{');
	cperjson_fields(o, &cper_descriptor_table, e->header, CPER_DESCRIPTOR_SIZE);
	jout_close(o, '}');
	cperjson_entry_close(o, e, flags);
}

int cperjson_write_record(struct jout *o, const void *buf, size_t len, unsigned int flags,
			  struct cper_err *cerr)
{
	struct cper_record_view v;
	struct cper_entry e;
	int r;

	if (cper_record_view_init(&v, buf, len, cerr) < 0)
		return -1;
	jout_open(o, '{');
	header(o, v.buf);
	jout_key(o, "entries");
	jout_open(o, '[');
	while ((r = cper_record_view_next(&v, &e, cerr)) > 0)
		entry(o, &e, flags);
	if (r < 0)
		return -1;
	jout_close(o, ']');
	jout_num(o, "total_length", v.total);
	if (!v.contiguous) {
		jout_key(o, "data");
		jout_hex(o, v.buf, v.total);
	}
	if (flags & CPERJSON_WORDS)
		cperjson_words(o, NULL, &cper_record_table, v.buf, v.buf, 0);
	cperjson_warnings(o, buf, len);
	jout_close(o, '}');
	return 0;
}

int cperjson_write_record_whole(struct jout *o, const void *buf, size_t len, unsigned int flags)
{
	struct cper_record_view v;
	struct cper_entry e;

	if (cper_record_view_whole(&v, buf, len) < 0)
		return -1;
	jout_open(o, '{');
	header(o, v.buf);
	jout_key(o, "entries");
	jout_open(o, '[');
	while (cper_record_view_peek(&v, &e))
		entry(o, &e, flags);
	jout_close(o, ']');
	if (flags & CPERJSON_WORDS)
		cperjson_words(o, NULL, &cper_record_table, v.buf, v.buf, 0);
	return 0;
}
