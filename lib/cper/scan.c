// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Problem: a status block has no signature, and 20 bytes of 0 have the framing of a block without
 * entries. A reader that takes whatever is first shows zeros or a crash log as "recoverable", and
 * loses the fatal record behind the first one.
 *
 * Rule: the first bytes of the buffer may be a broken block, because somebody said that they are
 * one. Everywhere else a block counts only if all of it is sound and it has an entry. A record is
 * known by its signature, so a broken one counts anywhere. A block without entries and raw data
 * counts only if it is alone and its status is that of an error.
 */
#include "cper/scan.h"

#include "base/cleanup.h"
#include "cper/section.h"

#define TABLE_HEADER 36u
#define BERT_SIZE 48u
#define TABLE_MAX 65536u

void cper_scan_begin(struct cper_scan *s, const void *buf, size_t len)
{
	*s = (struct cper_scan){ .buf = buf, .len = len };
}

const char *cper_item_name(int kind)
{
	static const char *const names[] = { "status block", "UEFI record", "ACPI table",
					     "empty bytes", "other bytes" };

	return kind >= 0 && (size_t)kind < ARRAY_LEN(names) ? names[kind] : "unknown";
}

/* Length of the run of one byte value at p. */
static size_t run_of(const uint8_t *p, size_t len, uint8_t value)
{
	size_t n = 0;

	while (n < len && p[n] == value)
		n++;
	return n;
}

static size_t empty_run(const uint8_t *p, size_t len)
{
	size_t n = p[0] == 0 || p[0] == 0xff ? run_of(p, len, p[0]) : 0;

	return n == len || n >= CPER_BLOCK_SIZE ? n : 0;
}

/*
 * BERT and HEST in front of their region, ERST and EINJ by name, and the head of the file in which
 * QEMU keeps the records of ERST.
 */
static size_t table_size(const uint8_t *p, size_t len)
{
	static const char tables[] = "HESTERSTEINJ";
	uint32_t size = len >= TABLE_HEADER ? le32(p + 4) : 0;

	if (size && !memcmp(p, "ERSTSTOR", 8))
		return le32(p + 12) >= TABLE_HEADER && le32(p + 12) <= TABLE_MAX ? le32(p + 12) : 0;
	if (size && !memcmp(p, "BERT", 4) && size == BERT_SIZE)
		return size;
	for (size_t i = 0; i + 4 < sizeof(tables); i += 4)
		if (size > TABLE_HEADER && size <= TABLE_MAX && !memcmp(p, tables + i, 4))
			return size;
	return 0;
}

/* The first header fields of a block that reports an error. */
static bool header_sane(const uint8_t *p, size_t len)
{
	uint32_t status = len >= CPER_BLOCK_SIZE ? le32(p) : 0;

	return status && !(status >> 14) && cper_block_severity(p) <= CPER_SEV_INFO;
}

/*
 * A sound block in any place: an entry with a sane header, or a cleared one (block_status 0).
 * Cheap tests come first, because this is asked of each word of a large file.
 */
static bool block_anywhere(const uint8_t *p, size_t len)
{
	struct cper_entry e;
	struct cper_view v;

	if (len < CPER_BLOCK_SIZE + CPER_ENTRY_SIZE_V2 || le32(p) >> 14 ||
	    cper_block_severity(p) > CPER_SEV_INFO || le32(p + 12) < CPER_ENTRY_SIZE_V2 ||
	    le32(p + 12) > len || le32(p + 36) > CPER_SEV_INFO || (p[41] != 2 && p[41] != 3) ||
	    p[42] > 7)
		return false;
	return !cper_view_init(&v, p, len, NULL) && cper_view_peek(&v, &e);
}

/* A cut block behind a whole one: its header is sane and its first entry would begin here. */
static bool block_cut(const uint8_t *p, size_t len)
{
	return header_sane(p, len) && le32(p + 12) >= CPER_ENTRY_SIZE_V2 &&
	       le32(p + 12) < 1u << 20 && (uint64_t)le32(p + 12) + CPER_BLOCK_SIZE > len;
}

/* Where the next block or record begins, at or after from; len if there is none. */
static size_t find_next(const struct cper_scan *s, size_t from, bool blocks)
{
	for (size_t at = from; at < s->len; at++) {
		const uint8_t *p = s->buf + at;

		if (cper_is_record(p, s->len - at) ||
		    (blocks && (at - s->pos) % 4 == 0 && block_anywhere(p, s->len - at)))
			return at;
	}
	return s->len;
}

static int check_record(const uint8_t *p, size_t len, struct cper_err *err)
{
	struct cper_record_view v;
	struct cper_entry e;
	int r;

	if (cper_record_view_init(&v, p, len, err) < 0)
		return -1;
	while ((r = cper_record_view_next(&v, &e, err)) > 0)
		;
	return r;
}

/*
 * A record may hold another one, in a firmware error record. But one that begins in it and ends
 * behind it was written over its end.
 */
static bool is_cut(const struct cper_scan *s, size_t next, size_t claimed)
{
	const uint8_t *p = s->buf + s->pos + next;
	size_t left = s->len - s->pos - next;

	return next < claimed && left >= CPER_RECORD_SIZE && le32(p + 20) > claimed - next;
}

static void take_record(const struct cper_scan *s, struct cper_item *item)
{
	size_t left = s->len - s->pos, claimed, next;

	item->kind = CPER_ITEM_RECORD;
	claimed = left >= CPER_RECORD_SIZE ? le32(item->bytes + 20) : SIZE_MAX;
	next = find_next(s, s->pos + 10, false) - s->pos;
	item->len = claimed >= CPER_RECORD_SIZE && claimed <= left && !is_cut(s, next, claimed) ?
			    claimed :
			    next;
	check_record(item->bytes, item->len, &item->err);
}

/* No entries and no raw data: is it a block that is alone, or any other bytes? */
static bool bare_block(const uint8_t *p, size_t len)
{
	uint32_t status = le32(p);

	return len == CPER_BLOCK_SIZE && header_sane(p, len) && (status & 15) && !(status >> 4);
}

/* The first bytes of the buffer, which somebody says are a block. */
static void take_first(const struct cper_scan *s, struct cper_item *item)
{
	size_t left = s->len - s->pos;
	struct cper_view v;

	item->len = left;
	if (cper_view_init(&v, item->bytes, left, &item->err) < 0) {
		if (left >= CPER_BLOCK_SIZE && !header_sane(item->bytes, left))
			goto other;
		item->kind = CPER_ITEM_BLOCK;
		if (left > CPER_BLOCK_SIZE)
			item->len = find_next(s, s->pos + CPER_BLOCK_SIZE, true) - s->pos;
		return;
	}
	if (v.total == CPER_BLOCK_SIZE && !bare_block(item->bytes, left))
		goto other;
	item->kind = CPER_ITEM_BLOCK;
	item->len = v.total;
	cper_validate(item->bytes, item->len, CPER_SPEC, &item->err);
	return;
other:
	item->kind = CPER_ITEM_OTHER;
	item->len = find_next(s, s->pos + 1, true) - s->pos;
	cper_fail(&item->err, CPER_NOT_A_RECORD, 0, 0,
		  "neither a status block (reserved bits are set, or it has no entry) nor a UEFI "
		  "record");
}

static void take_block(struct cper_item *item, size_t left)
{
	struct cper_view v;

	item->kind = CPER_ITEM_BLOCK;
	item->len = left;
	if (!cper_view_init(&v, item->bytes, left, &item->err)) {
		item->len = v.total;
		cper_validate(item->bytes, item->len, CPER_SPEC, &item->err);
	}
}

bool cper_scan_next(struct cper_scan *s, struct cper_item *item)
{
	size_t left = s->len - s->pos, n;

	if (!left)
		return false;
	*item = (struct cper_item){ .offset = s->pos, .bytes = s->buf + s->pos };
	if (cper_is_record(item->bytes, left)) {
		take_record(s, item);
	} else if ((n = table_size(item->bytes, left)) != 0) {
		item->kind = CPER_ITEM_TABLE;
		item->len = n < left ? n : left;
		if (n > left)
			cper_fail(&item->err, CPER_TRUNCATED_DATA, left, 0,
				  "the buffer ends before the table does");
	} else if (left >= CPER_BLOCK_SIZE && (n = empty_run(item->bytes, left)) != 0) {
		item->kind = CPER_ITEM_EMPTY;
		item->len = n;
	} else if (s->pos && (n = empty_run(item->bytes, left)) != 0) {
		item->kind = CPER_ITEM_EMPTY;
		item->len = n;
	} else if (block_anywhere(item->bytes, left)) {
		take_block(item, left);
	} else if (!s->pos) {
		take_first(s, item);
	} else if (block_cut(item->bytes, left)) {
		take_block(item, left);
	} else {
		item->kind = CPER_ITEM_OTHER;
		item->len = find_next(s, s->pos + 1, true) - s->pos;
		cper_fail(&item->err, CPER_NOT_A_RECORD, 0, 0,
			  "neither a status block nor a UEFI record");
	}
	s->pos += item->len;
	return true;
}
