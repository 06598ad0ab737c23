// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cper/record.h"

#include "base/cleanup.h"
#include "cper/section.h"

#define R(n, off, w, bit, ...)                                                                 \
	{                                                                                      \
		.name = #n, .name_len = sizeof(#n) - 1, .offset = (off), .width = (w),         \
		.valid_bit = (bit), .type = CPER_FIELD_UINT, .host = CPER_NO_HOST, __VA_ARGS__ \
	}
#define T(n, off, w, bit, t, ...)                                                      \
	{                                                                              \
		.name = #n, .name_len = sizeof(#n) - 1, .offset = (off), .width = (w), \
		.valid_bit = (bit), .type = (t), .host = CPER_NO_HOST, __VA_ARGS__     \
	}

/* Indexes in cper_notification_words. */
enum { CMC, MCE = 2 };

static const struct cper_bits header_flags[] = {
	CPER_FLAG("recovered", 0),
	CPER_FLAG("previous_error", 1),
	CPER_FLAG("simulated", 2),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_field header_fields[] = {
	T(signature_start, 0, 4, CPER_NO_BIT, CPER_FIELD_TEXT),
	R(revision, 4, 2, CPER_NO_BIT),
	R(signature_end, 6, 4, CPER_NO_BIT),
	R(section_count, 10, 2, CPER_NO_BIT),
	R(error_severity, 12, 4, CPER_NO_BIT, .words = cper_severity_words),
	R(validation_bits, 16, 4, CPER_NO_BIT),
	R(record_length, 20, 4, CPER_NO_BIT),
	T(timestamp, 24, 8, 1, CPER_FIELD_BYTES, .show = CPER_SHOW_TIME),
	T(platform_id, 32, 16, 0, CPER_FIELD_GUID, .show = CPER_SHOW_TEXT),
	T(partition_id, 48, 16, 2, CPER_FIELD_GUID, .show = CPER_SHOW_TEXT),
	T(creator_id, 64, 16, CPER_NO_BIT, CPER_FIELD_GUID, .guids = cper_creator_words,
	  .show = CPER_SHOW_TEXT),
	T(notification_type, 80, 16, CPER_NO_BIT, CPER_FIELD_GUID,
	  .guids = cper_notification_words),
	R(record_id, 96, 8, CPER_NO_BIT, .show = CPER_SHOW_TEXT),
	R(flags, 104, 4, CPER_NO_BIT, .bits = header_flags),
	R(persistence_information, 108, 8, CPER_NO_BIT),
	T(reserved, 116, 12, CPER_NO_BIT, CPER_FIELD_BYTES, .reserved = true),
};

static const struct cper_bits section_flags[] = {
	CPER_FLAG("primary", 0),
	CPER_FLAG("containment_warning", 1),
	CPER_FLAG("reset", 2),
	CPER_FLAG("threshold_exceeded", 3),
	CPER_FLAG("resource_not_accessible", 4),
	CPER_FLAG("latent_error", 5),
	CPER_FLAG("propagated", 6),
	CPER_FLAG("overflow", 7),
	{ NULL, 0, 0, 0, NULL },
};

static const struct cper_field descriptor_fields[] = {
	R(section_offset, 0, 4, CPER_NO_BIT),
	R(section_length, 4, 4, CPER_NO_BIT),
	R(revision, 8, 2, CPER_NO_BIT),
	R(validation_bits, 10, 1, CPER_NO_BIT),
	R(reserved, 11, 1, CPER_NO_BIT, .reserved = true),
	R(flags, 12, 4, CPER_NO_BIT, .bits = section_flags),
	T(section_type, 16, 16, CPER_NO_BIT, CPER_FIELD_GUID),
	T(fru_id, 32, 16, 0, CPER_FIELD_GUID, .show = CPER_SHOW_TEXT),
	R(error_severity, 48, 4, CPER_NO_BIT, .words = cper_severity_words),
	T(fru_text, 52, 20, 1, CPER_FIELD_TEXT),
};

const struct cper_table cper_record_table = { header_fields, ARRAY_LEN(header_fields),
					      CPER_RECORD_SIZE, 5, NULL };
const struct cper_table cper_descriptor_table = { descriptor_fields, ARRAY_LEN(descriptor_fields),
						  CPER_DESCRIPTOR_SIZE, 3, NULL };

bool cper_is_record(const void *buf, size_t len)
{
	return len >= 10 && !memcmp(buf, "CPER", 4) && le32((const uint8_t *)buf + 6) == UINT32_MAX;
}

/* Find the sections. The descriptors are known to fit. */
static int check_descriptors(struct cper_record_view *v, struct cper_err *err)
{
	uint64_t first = CPER_RECORD_SIZE + (uint64_t)v->count * CPER_DESCRIPTOR_SIZE, next = first;

	for (uint16_t i = 0; i < v->count; i++) {
		uint32_t at = CPER_RECORD_SIZE + i * CPER_DESCRIPTOR_SIZE;
		uint32_t offset = le32(v->buf + at), len = le32(v->buf + at + 4);

		if (offset < first || offset > v->total)
			return cper_fail(err, CPER_RECORD_SECTION, at, i,
					 "section_offset is not within the record");
		if ((uint64_t)offset + len > v->total)
			return cper_fail(err, CPER_RECORD_SECTION, at + 4u, i,
					 "section_length runs past the record");
		v->contiguous &= offset == next;
		next = (uint64_t)offset + len;
	}
	v->contiguous &= next == v->total;
	return 0;
}

int cper_record_view_init(struct cper_record_view *v, const void *data, size_t len,
			  struct cper_err *err)
{
	struct cper_record_view w = { .buf = data, .contiguous = true };

	if (len < CPER_RECORD_SIZE)
		return cper_fail(err, CPER_RECORD_HEADER, len, 0,
				 "shorter than a record header of 128 bytes");
	if (memcmp(w.buf, "CPER", 4) != 0)
		return cper_fail(err, CPER_RECORD_HEADER, 0, 0, "does not begin with CPER");
	if (le32(w.buf + 6) != UINT32_MAX)
		return cper_fail(err, CPER_RECORD_HEADER, 6, 0,
				 "the end of the signature is wrong");
	w.count = le16(w.buf + 10);
	w.severity = le32(w.buf + 12);
	w.total = le32(w.buf + 20);
	if (w.total < CPER_RECORD_SIZE + (uint64_t)w.count * CPER_DESCRIPTOR_SIZE)
		return cper_fail(err, CPER_RECORD_LENGTH, 20, 0,
				 "record_length is below header and descriptors");
	if (w.total > len)
		return cper_fail(err, CPER_RECORD_LENGTH, 20, 0,
				 "record_length is beyond the buffer");
	if (check_descriptors(&w, err) < 0)
		return -1;
	*v = w;
	return 0;
}

/* The entry of the next descriptor. Its section may lie anywhere. */
static void parse_descriptor(const struct cper_record_view *v, struct cper_entry *out)
{
	struct cper_entry e = { 0 };

	e.header_offset = CPER_RECORD_SIZE + v->index * CPER_DESCRIPTOR_SIZE;
	e.header = v->buf + e.header_offset;
	e.header_size = CPER_DESCRIPTOR_SIZE;
	e.section_offset = le32(e.header);
	e.section_len = le32(e.header + 4);
	e.section = e.section_offset <= v->total ? v->buf + e.section_offset : NULL;
	e.revision = le16(e.header + 8);
	e.validation_bits = e.header[10];
	e.flags = e.header[12];
	memcpy(e.section_type.b, e.header + 16, sizeof(e.section_type.b));
	e.fru_id = e.header + 32;
	e.severity = le32(e.header + 48);
	e.fru_text = e.header + 52;
	e.index = v->index;
	*out = e;
}

int cper_record_view_next(struct cper_record_view *v, struct cper_entry *entry,
			  struct cper_err *err)
{
	const struct cper_section *s;
	struct cper_entry e;
	struct cper_layout l;

	if (v->index >= v->count)
		return 0;
	parse_descriptor(v, &e);
	s = cper_section_find(&e.section_type);
	if (s && cper_section_layout(s, &e, &l, err) < 0)
		return -1;
	v->index++;
	*entry = e;
	return 1;
}

int cper_record_validate(const void *buf, size_t len, struct cper_err *err)
{
	struct cper_record_view v;
	struct cper_entry e;
	int r;

	if (cper_record_view_init(&v, buf, len, err) < 0)
		return -1;
	while ((r = cper_record_view_next(&v, &e, err)) > 0)
		;
	return r;
}

int cper_record_view_whole(struct cper_record_view *v, const void *data, size_t len)
{
	struct cper_record_view w = { .buf = data };
	uint64_t fit;

	if (len < CPER_RECORD_SIZE || !cper_is_record(data, len))
		return -1;
	w.total = le32(w.buf + 20);
	if (w.total > len || w.total < CPER_RECORD_SIZE)
		w.total = (uint32_t)(len > UINT32_MAX ? UINT32_MAX : len);
	fit = (w.total - CPER_RECORD_SIZE) / CPER_DESCRIPTOR_SIZE;
	w.count = le16(w.buf + 10);
	if (w.count > fit)
		w.count = (uint16_t)fit;
	w.severity = le32(w.buf + 12);
	*v = w;
	return 0;
}

bool cper_record_view_peek(struct cper_record_view *v, struct cper_entry *entry)
{
	if (v->index >= v->count)
		return false;
	parse_descriptor(v, entry);
	if ((uint64_t)entry->section_offset + entry->section_len > v->total)
		entry->section = NULL;
	v->index++;
	return true;
}

/* A timestamp that is a date in binary, in BCD as UEFI demands. Other bytes stay as they are. */
static void to_bcd(uint8_t t[8])
{
	struct cper_time time;

	if (cper_timestamp_read(t, &time) && time.binary)
		cper_timestamp_write(&time, t);
}

static void put_header(uint8_t *h, const struct cper_record_info *info, uint32_t severity,
		       uint16_t count, uint32_t total)
{
	uint32_t valid = 0;

	memcpy(h, "CPER", 4);
	le_store(h + 4, 2, 0x0101);
	le_store(h + 6, 4, UINT32_MAX);
	le_store(h + 10, 2, count);
	le_store(h + 12, 4, severity);
	if (info->has_platform_id) {
		valid |= CPER_RECORD_VALID_PLATFORM_ID;
		memcpy(h + 32, info->platform_id.b, 16);
	}
	if (info->has_timestamp) {
		valid |= CPER_RECORD_VALID_TIMESTAMP;
		memcpy(h + 24, info->timestamp, 8);
	}
	if (info->has_partition_id) {
		valid |= CPER_RECORD_VALID_PARTITION_ID;
		memcpy(h + 48, info->partition_id.b, 16);
	}
	le_store(h + 16, 4, valid);
	le_store(h + 20, 4, total);
	memcpy(h + 64, info->creator_id.b, 16);
	memcpy(h + 80, info->notification_type.b, 16);
	le_store(h + 96, 8, info->record_id);
	le_store(h + 104, 4, info->flags);
}

static void put_descriptor(uint8_t *d, const struct cper_entry *e, uint32_t offset)
{
	le_store(d, 4, offset);
	le_store(d + 4, 4, e->section_len);
	le_store(d + 8, 2, e->revision);
	d[10] = e->validation_bits & (CPER_ENTRY_VALID_FRU_ID | CPER_ENTRY_VALID_FRU_TEXT);
	d[12] = e->flags;
	memcpy(d + 16, e->section_type.b, 16);
	memcpy(d + 32, e->fru_id, 16);
	le_store(d + 48, 4, e->severity);
	memcpy(d + 52, e->fru_text, CPER_FRU_TEXT_SIZE);
}

int cper_record_from_block(const void *block, size_t len, const struct cper_record_info *info,
			   void *out, size_t cap, size_t *out_len, struct cper_err *err)
{
	struct cper_record_info own = { 0 };
	struct cper_view v, start;
	uint64_t need = CPER_RECORD_SIZE, at;
	uint32_t count = 0, severity;
	uint8_t *buf = out;
	struct cper_entry e;
	int r;

	if (cper_view_init(&start, block, len, err) < 0)
		return -1;
	v = start;
	severity = cper_block_severity(block);
	own.notification_type =
		cper_notification_words
			[severity == CPER_SEV_RECOVERABLE || severity == CPER_SEV_FATAL ? MCE : CMC]
				.guid;
	while ((r = cper_view_next(&v, &e, err)) > 0) {
		need += CPER_DESCRIPTOR_SIZE + (uint64_t)e.section_len;
		count++;
		if (e.timestamp && (e.validation_bits & CPER_ENTRY_VALID_TIMESTAMP) &&
		    !own.has_timestamp) {
			own.has_timestamp = true;
			memcpy(own.timestamp, e.timestamp, sizeof(own.timestamp));
			to_bcd(own.timestamp);
		}
	}
	if (r < 0)
		return -1;
	if (count > UINT16_MAX || need > UINT32_MAX)
		return cper_fail(err, CPER_RECORD_LENGTH, 20, 0, "more than a record can hold");
	if (need > cap)
		return cper_fail(err, CPER_NO_SPACE, need, 0, "the buffer is too small");
	at = CPER_RECORD_SIZE + (uint64_t)count * CPER_DESCRIPTOR_SIZE;
	memset(buf, 0, (size_t)at);
	put_header(buf, info ? info : &own, severity, (uint16_t)count, (uint32_t)need);
	for (v = start; cper_view_next(&v, &e, err) > 0; at += e.section_len) {
		put_descriptor(buf + CPER_RECORD_SIZE + (size_t)e.index * CPER_DESCRIPTOR_SIZE, &e,
			       (uint32_t)at);
		if (e.section_len)
			memcpy(buf + at, e.section, e.section_len);
	}
	*out_len = (size_t)need;
	return 0;
}

int cper_record_to_block(const void *record, size_t len, void *out, size_t cap, size_t *out_len,
			 struct cper_err *err)
{
	const uint8_t *h = record;
	struct cper_record_view v;
	struct cper_builder b;
	struct cper_entry e;
	int r;

	if (cper_record_view_init(&v, record, len, err) < 0)
		return -1;
	cper_build_begin(&b, out, cap);
	while ((r = cper_record_view_next(&v, &e, err)) > 0) {
		struct cper_entry_info info = {
			.section_type = e.section_type,
			.severity = e.severity,
			.flags = e.flags,
			.has_fru_id = e.validation_bits & CPER_ENTRY_VALID_FRU_ID,
			.has_timestamp = le32(h + 16) & CPER_RECORD_VALID_TIMESTAMP,
		};

		memcpy(info.fru_id.b, e.fru_id, sizeof(info.fru_id.b));
		if (e.validation_bits & CPER_ENTRY_VALID_FRU_TEXT)
			memcpy(info.fru_text, e.fru_text, CPER_FRU_TEXT_SIZE);
		memcpy(info.timestamp, h + 24, sizeof(info.timestamp));
		to_bcd(info.timestamp);
		cper_build_entry(&b, &info, e.section, e.section_len);
	}
	if (r < 0)
		return -1;
	return cper_build_end(&b, out_len, err);
}
