// SPDX-License-Identifier: LGPL-2.1-or-later
/* A status block as the neutral JSON, straight into the caller's buffer. */
#include "cperjson/write.h"
#include "cperjson/writer.h"

#include "base/le.h"
#include "cper/record.h"
#include "cperjson/words.h"

static void header(struct jout *o, const struct cper_entry *e)
{
	jout_key(o, "header");
	jout_open(o, '{');
	jout_key(o, "section_type");
	jout_guid(o, e->section_type.b);
	jout_num(o, "error_severity", e->severity);
	jout_num(o, "revision", e->revision);
	jout_num(o, "validation_bits", e->validation_bits);
	jout_num(o, "flags", e->flags);
	jout_num(o, "error_data_length", e->section_len);
	jout_key(o, "fru_id");
	jout_guid(o, e->fru_id);
	cperjson_padded_text(o, "fru_text", e->fru_text, CPER_FRU_TEXT_SIZE);
	if (e->timestamp) {
		jout_key(o, "timestamp");
		jout_hex(o, e->timestamp, 8);
	}
	jout_close(o, '}');
}

void cperjson_entry_words(struct jout *o, const struct cper_entry *e)
{
	const char *title = cper_section_title(&e->section_type);
	char time[CPER_SHOWN_SIZE];
	size_t fru;

	jout_key(o, "words");
	jout_open(o, '{');
	if (title)
		jout_str(o, "section_type", title);
	jout_str(o, "error_severity", cper_severity_name(e->severity));
	if (e->flags)
		cperjson_bits(o, "flags", cperjson_entry_flags, e->flags);
	fru = e->validation_bits & CPER_ENTRY_VALID_FRU_ID ? cper_text_len(e->fru_id, 16) : 0;
	if (fru) { /* some firmware writes text */
		jout_key(o, "fru_id");
		jout_text(o, e->fru_id, fru);
	}
	if (e->timestamp && (e->validation_bits & CPER_ENTRY_VALID_TIMESTAMP) &&
	    cper_time_text(e->timestamp, time))
		jout_str(o, "timestamp", time);
	jout_close(o, '}');
}

/* Of an entry in a record that is cut. */
static void missing_section(struct jout *o, const struct cper_entry *e)
{
	jout_key(o, "section");
	jout_open(o, '{');
	jout_num(o, "length", e->section_len);
	jout_key(o, "missing");
	JOUT_LIT(o, "true");
	jout_close(o, '}');
}

void cperjson_entry_open(struct jout *o, const struct cper_guid *type)
{
	const struct cper_section *s = cper_section_find(type);

	jout_sep(o);
	jout_open(o, '{');
	jout_str(o, "kind", s ? s->kind : "unknown");
}

void cperjson_entry_close(struct jout *o, const struct cper_entry *e, unsigned int flags)
{
	if (e->section)
		cperjson_section(o, e, flags);
	else
		missing_section(o, e);
	if (flags & CPERJSON_WORDS)
		cperjson_entry_words(o, e);
	jout_close(o, '}');
}

static void entry(struct jout *o, const struct cper_entry *e, unsigned int flags)
{
	cperjson_entry_open(o, &e->section_type);
	jout_num(o, "header_size", e->header_size);
	header(o, e);
	cperjson_entry_close(o, e, flags);
}

static void block_header(struct jout *o, const uint8_t *buf)
{
	jout_num(o, "block_status", le32(buf));
	jout_num(o, "raw_data_offset", le32(buf + 4));
	jout_num(o, "raw_data_length", le32(buf + 8));
	jout_num(o, "data_length", le32(buf + 12));
	jout_num(o, "error_severity", cper_block_severity(buf));
	jout_num(o, "entry_count", le32(buf) >> 4 & 0x3ff);
}

static void block(struct jout *o, const struct cper_view *v)
{
	uint32_t raw_len = le32(v->buf + 8), raw = raw_len ? le32(v->buf + 4) : v->end;

	jout_key(o, "block");
	jout_open(o, '{');
	block_header(o, v->buf);
	jout_key(o, "raw_data");
	jout_hex(o, v->buf + raw, raw_len);
	if (raw > v->end) {
		jout_key(o, "raw_gap");
		jout_hex(o, v->buf + v->end, raw - v->end);
	}
	jout_close(o, '}');
}

void cperjson_error_body(struct jout *o, const struct cper_err *e)
{
	jout_open(o, '{');
	jout_str(o, "code", cper_code_name(e->code));
	jout_num(o, "offset", e->offset);
	jout_num(o, "entry", e->entry);
	jout_str(o, "message", e->what ? e->what : "");
	jout_close(o, '}');
}

static void warning(void *ctx, const struct cper_err *w)
{
	struct jout *o = ctx;

	jout_sep(o);
	cperjson_error_body(o, w);
}

void cperjson_warnings(struct jout *o, const void *buf, size_t len)
{
	struct jout start = *o;
	size_t empty;

	jout_key(o, "warnings");
	jout_open(o, '[');
	empty = o->len;
	if (cper_is_record(buf, len))
		cper_record_check(buf, len, warning, o);
	else
		cper_check(buf, len, warning, o);
	if (o->len == empty)
		*o = start;
	else
		jout_close(o, ']');
}

static void block_words(struct jout *o, const uint8_t *buf)
{
	jout_key(o, "words");
	jout_open(o, '{');
	jout_str(o, "error_severity", cper_severity_name(cper_block_severity(buf)));
	cperjson_bits(o, "block_status", cperjson_block_bits, le32(buf));
	jout_close(o, '}');
}

static int write_block(struct jout *o, const void *buf, size_t len, unsigned int flags,
		       struct cper_err *cerr)
{
	struct cper_entry e;
	struct cper_view v;
	int r;

	if (cper_view_init(&v, buf, len, cerr) < 0)
		return -1;
	jout_open(o, '{');
	block(o, &v);
	jout_key(o, "entries");
	jout_open(o, '[');
	while ((r = cper_view_next(&v, &e, cerr)) > 0)
		entry(o, &e, flags);
	if (r < 0)
		return -1;
	jout_close(o, ']');
	jout_num(o, "total_length", v.total);
	if (flags & CPERJSON_WORDS)
		block_words(o, buf);
	cperjson_warnings(o, buf, len);
	jout_close(o, '}');
	return 0;
}

/* A block that is cut or corrupt: the entries before the fault. */
static int write_block_whole(struct jout *o, const void *buf, size_t len, unsigned int flags)
{
	struct cper_entry e;
	struct cper_view v;

	if (cper_view_whole(&v, buf, len) < 0)
		return -1;
	jout_open(o, '{');
	jout_key(o, "block");
	jout_open(o, '{');
	block_header(o, buf);
	jout_close(o, '}');
	jout_key(o, "entries");
	jout_open(o, '[');
	while (cper_view_peek(&v, &e))
		entry(o, &e, flags);
	jout_close(o, ']');
	if (flags & CPERJSON_WORDS)
		block_words(o, buf);
	return 0;
}

/* The open object of what is whole, then the error. */
static int write_whole(struct jout *o, const void *buf, size_t len, unsigned int flags,
		       const struct cper_err *why)
{
	int r = cper_is_record(buf, len) ? cperjson_write_record_whole(o, buf, len, flags) :
					   write_block_whole(o, buf, len, flags);

	if (r < 0)
		return -1;
	jout_key(o, "error");
	cperjson_error_body(o, why);
	jout_close(o, '}');
	return 0;
}

static int write_strict(struct jout *o, const void *buf, size_t len, unsigned int flags,
			struct cper_err *cerr)
{
	return cper_is_record(buf, len) ? cperjson_write_record(o, buf, len, flags, cerr) :
					  write_block(o, buf, len, flags, cerr);
}

static int finish(struct jout *o, size_t *need, struct cper_err *cerr)
{
	*need = o->len + 1;
	if (o->len < o->cap) {
		o->buf[o->len] = '\0';
		return 0;
	}
	if (cerr)
		*cerr = (struct cper_err){ .code = CPER_NO_SPACE,
					   .what = "the buffer is too small",
					   .offset = o->len + 1 > UINT32_MAX ?
							     UINT32_MAX :
							     (uint32_t)(o->len + 1) };
	return -1;
}

int cperjson_write(const void *buf, size_t len, unsigned int flags, char *out, size_t cap,
		   size_t *need, struct cper_err *cerr)
{
	struct jout o = { out, cap, 0, true };
	struct cper_err why = { 0 };

	if (write_strict(&o, buf, len, flags & CPERJSON_WORDS, &why) < 0) {
		o = (struct jout){ out, cap, 0, true };
		if (!(flags & CPERJSON_WHOLE) || write_whole(&o, buf, len, flags, &why) < 0) {
			if (cerr)
				*cerr = why;
			return -1;
		}
	}
	return finish(&o, need, cerr);
}

int cperjson_write_one(const struct cper_guid *type, const void *section, uint32_t len,
		       unsigned int flags, char *out, size_t cap, size_t *need,
		       struct cper_err *cerr)
{
	struct cper_entry e = { .section_type = *type, .section = section, .section_len = len };
	const struct cper_section *s = cper_section_find(type);
	const char *title = cper_section_title(type);
	struct jout o = { out, cap, 0, true };
	struct cper_layout l;

	if (s && cper_section_layout(s, &e, &l, cerr) < 0)
		return -1;
	jout_open(&o, '{');
	jout_key(&o, "entries");
	jout_open(&o, '[');
	cperjson_entry_open(&o, type);
	jout_key(&o, "header");
	jout_open(&o, '{');
	jout_key(&o, "section_type");
	jout_guid(&o, type->b);
	jout_close(&o, '}');
	cperjson_section(&o, &e, flags & CPERJSON_WORDS);
	if (title && (flags & CPERJSON_WORDS)) {
		jout_key(&o, "words");
		jout_open(&o, '{');
		jout_str(&o, "section_type", title);
		jout_close(&o, '}');
	}
	jout_close(&o, '}');
	jout_close(&o, ']');
	jout_close(&o, '}');
	return finish(&o, need, cerr);
}
