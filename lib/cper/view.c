// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading a block. cper_view_init() checks the framing once, with every sum in 64 bits, because
 * Linux loops for ever on an entry whose length wraps. After it a section's pointer and length can
 * be trusted. The bytes inside a section cannot.
 */
#include <string.h>

#include "cper/section.h"

/* Does the entry at v->pos fit before v->end? Returns the size of its header, or 0 with *err. */
static inline uint32_t entry_fits(const struct cper_view *v, uint32_t *section_len,
				  struct cper_err *err)
{
	uint32_t left = v->end - v->pos, size;
	const uint8_t *h = v->buf + v->pos;
	int code = v->index ? CPER_TRAILING_BYTES : CPER_ENTRY_HEADER;

	if (left < CPER_ENTRY_SIZE_V2)
		goto small;
	if (h[21] < 2) {
		cper_fail(err, CPER_REVISION_OLD, v->pos + 20u, v->index,
			  "entry revision below 2.0");
		return 0;
	}
	size = h[21] >= 3 ? CPER_ENTRY_SIZE : CPER_ENTRY_SIZE_V2;
	if (left < size)
		goto small;
	*section_len = le32(h + 24);
	if ((uint64_t)size + *section_len > left) {
		cper_fail(err, CPER_ENTRY_LENGTH, v->pos + 24u, v->index,
			  "error_data_length runs past data_length");
		return 0;
	}
	return size;
small:
	cper_fail(err, code, v->pos, v->index, "no room for an entry's header");
	return 0;
}

/* The entry at v->pos, or -1 if it does not fit before v->end. */
static inline int parse_entry(const struct cper_view *v, struct cper_entry *e, struct cper_err *err)
{
	const uint8_t *h = v->buf + v->pos;

	e->header_size = entry_fits(v, &e->section_len, err);
	if (!e->header_size)
		return -1;
	e->header = h;
	e->header_offset = v->pos;
	memcpy(e->section_type.b, h, 16);
	e->severity = le32(h + 16);
	e->revision = le16(h + 20);
	e->validation_bits = h[22];
	e->flags = h[23];
	e->fru_id = h + 28;
	e->fru_text = h + 44;
	e->timestamp = e->header_size == CPER_ENTRY_SIZE ? h + 64 : NULL;
	e->section = h + e->header_size;
	e->section_offset = v->pos + e->header_size;
	e->index = v->index;
	return 0;
}

static void advance(struct cper_view *v, uint64_t bytes)
{
	v->pos += (uint32_t)bytes;
	if (v->index < UINT16_MAX)
		v->index++;
}

static int check_header(struct cper_view *v, const uint8_t *buf, size_t len, struct cper_err *err)
{
	uint32_t data_length, raw_offset, raw_length;
	uint64_t end, raw_end;

	if (len < CPER_BLOCK_SIZE)
		return cper_fail(err, CPER_TRUNCATED_BLOCK, len, 0,
				 "shorter than a status block of 20 bytes");
	raw_offset = le32(buf + 4);
	raw_length = le32(buf + 8);
	data_length = le32(buf + 12);
	end = (uint64_t)CPER_BLOCK_SIZE + data_length;
	raw_end = (uint64_t)raw_offset + raw_length;
	if ((data_length && data_length < CPER_ENTRY_SIZE_V2) || end > UINT32_MAX)
		return cper_fail(err, CPER_DATA_LENGTH, 12, 0, "impossible data_length");
	if (len < end)
		return cper_fail(err, CPER_TRUNCATED_DATA, len, 0,
				 "the buffer ends before data_length");
	if (raw_length && (raw_offset < end || (raw_end > UINT32_MAX && raw_offset > len)))
		return cper_fail(err, CPER_RAW_DATA, 4, 0, "impossible raw_data_offset");
	if (raw_length && raw_end > len)
		return cper_fail(err, CPER_RAW_DATA, 8, 0, "raw data runs past the buffer");
	*v = (struct cper_view){ .buf = buf,
				 .end = (uint32_t)end,
				 .pos = CPER_BLOCK_SIZE,
				 .total = (uint32_t)(raw_length ? raw_end : end) };
	return 0;
}

int cper_view_init(struct cper_view *v, const void *buf, size_t len, struct cper_err *err)
{
	struct cper_view walk = { 0 };
	uint32_t size, section_len = 0;

	if (check_header(&walk, buf, len, err) < 0)
		return -1;
	while (walk.pos < walk.end) {
		size = entry_fits(&walk, &section_len, err);
		if (!size)
			return -1;
		advance(&walk, (uint64_t)size + section_len);
	}
	walk.pos = CPER_BLOCK_SIZE;
	walk.index = 0;
	*v = walk;
	return 0;
}

int cper_view_next(struct cper_view *v, struct cper_entry *entry, struct cper_err *err)
{
	const struct cper_section *s;
	struct cper_entry e;
	struct cper_layout l;

	if (v->pos >= v->end)
		return 0;
	if (parse_entry(v, &e, err) < 0)
		return -1;
	s = cper_section_find(&e.section_type);
	if (s && cper_section_layout(s, &e, &l, err) < 0)
		return -1;
	advance(v, (uint64_t)e.header_size + e.section_len);
	*entry = e;
	return 1;
}

int cper_view_whole(struct cper_view *v, const void *buf, size_t len)
{
	struct cper_view w = { .buf = buf, .pos = CPER_BLOCK_SIZE };
	uint32_t size, section_len = 0;
	uint64_t end;

	if (len < CPER_BLOCK_SIZE)
		return -1;
	end = (uint64_t)CPER_BLOCK_SIZE + le32(w.buf + 12);
	len = len > UINT32_MAX ? UINT32_MAX : len;
	w.end = (uint32_t)(end > len ? len : end);
	while (w.pos < w.end && (size = entry_fits(&w, &section_len, NULL)) != 0)
		advance(&w, (uint64_t)size + section_len);
	w.total = w.end = w.pos;
	w.pos = CPER_BLOCK_SIZE;
	w.index = 0;
	*v = w;
	return 0;
}

bool cper_view_peek(struct cper_view *v, struct cper_entry *entry)
{
	struct cper_entry e;

	if (v->pos >= v->end || parse_entry(v, &e, NULL) < 0)
		return false;
	advance(v, (uint64_t)e.header_size + e.section_len);
	*entry = e;
	return true;
}

uint32_t cper_block_severity(const void *buf)
{
	return le32((const uint8_t *)buf + 16);
}

int cper_set_fru(uint8_t *buf, size_t len, const struct cper_guid *id, const char *text,
		 struct cper_err *err)
{
	struct cper_view v;
	struct cper_entry e;

	if (cper_view_init(&v, buf, len, err) < 0)
		return -1;
	while (v.pos < v.end && !parse_entry(&v, &e, err)) {
		uint8_t *h = buf + e.header_offset;

		if (!(h[22] & CPER_ENTRY_VALID_FRU_ID)) {
			memcpy(h + 28, id->b, sizeof(id->b));
			h[22] |= CPER_ENTRY_VALID_FRU_ID;
		}
		if (text && !(h[22] & CPER_ENTRY_VALID_FRU_TEXT)) {
			memset(h + 44, 0, CPER_FRU_TEXT_SIZE);
			memcpy(h + 44, text, strnlen(text, CPER_FRU_TEXT_SIZE));
			h[22] |= CPER_ENTRY_VALID_FRU_TEXT;
		}
		advance(&v, (uint64_t)e.header_size + e.section_len);
	}
	return 0;
}
