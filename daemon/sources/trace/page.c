// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * A page begins with the time of its first record and a word "commit": how many bytes of records
 * follow, and two flags. Each record begins with a word of 5 bits for type or length and 27 bits
 * of time since the record before it:
 *
 *   bits     what follows
 *   1 to 28  a record of 4 x bits bytes
 *   0        a word with the length of itself and the record
 *   29       nothing: a record that was taken back, or the end of the page (no time in it)
 *   30       a word: the upper bits of a long time since the record before
 *   31       a word: the upper bits of a new absolute time
 *
 * libtraceevent's kbuffer reads the same but takes every length in the page for true. Here each is
 * checked against what is left, because one wrong length would make rasd read its own memory.
 */
#include "sources/trace/page.h"

#include <endian.h>
#include <string.h>

#define COMMIT_BYTES_MASK ((UINT64_C(1) << 27) - 1)
#define COMMIT_STORED (UINT64_C(1) << 30) /* the number of missed records is behind the last one */
#define COMMIT_MISSED (UINT64_C(1) << 31)
#define DELTA_BITS 27
#define ABSOLUTE_BITS 59 /* the rest of an absolute time is that of the page */

enum { TYPE_PADDING = 29, TYPE_TIME_EXTEND = 30, TYPE_TIME_STAMP = 31 };

struct cursor {
	const uint8_t *at;
	size_t left;
};

static bool take_u32(struct cursor *c, uint32_t *out)
{
	if (c->left < 4)
		return false;
	memcpy(out, c->at, 4);
	*out = le32toh(*out);
	c->at += 4;
	c->left -= 4;
	return true;
}

static uint64_t load_u64(const uint8_t *at)
{
	uint64_t v;

	memcpy(&v, at, 8);
	return le64toh(v);
}

/* Pass over len bytes. */
static bool take(struct cursor *c, size_t len, const uint8_t **out)
{
	if (len > c->left)
		return false;
	*out = c->at;
	c->at += len;
	c->left -= len;
	return true;
}

/* A length that counts its own word, and so many bytes, padded to a word. */
static bool take_counted(struct cursor *c, const uint8_t **out, size_t *len)
{
	uint32_t n;

	if (!take_u32(c, &n) || n < 4)
		return false;
	*len = n - 4;
	return take(c, (*len + 3) & ~(size_t)3, out);
}

/* Read all records; false where a length does not fit. */
static bool walk(struct cursor c, uint64_t time, trace_page_fn fn, void *arg)
{
	while (c.left) {
		uint32_t head, extra;
		const uint8_t *data = NULL;
		size_t len;
		uint64_t delta;

		if (!take_u32(&c, &head))
			return false;
		delta = head >> 5;
		switch (head & 31) {
		case TYPE_PADDING:
			if (delta == 0)
				return true;
			if (!take_counted(&c, &data, &len))
				return false;
			time += delta;
			continue;
		case TYPE_TIME_EXTEND:
			if (!take_u32(&c, &extra))
				return false;
			time += ((uint64_t)extra << DELTA_BITS) + delta;
			continue;
		case TYPE_TIME_STAMP:
			if (!take_u32(&c, &extra))
				return false;
			time = (time >> ABSOLUTE_BITS << ABSOLUTE_BITS) |
			       (((uint64_t)extra << DELTA_BITS | delta) &
				((UINT64_C(1) << ABSOLUTE_BITS) - 1));
			continue;
		case 0:
			if (!take_counted(&c, &data, &len))
				return false;
			break;
		default:
			len = 4 * (size_t)(head & 31);
			if (!take(&c, len, &data))
				return false;
		}
		time += delta;
		fn(arg, time, data, len);
	}
	return true;
}

struct trace_page_end trace_page_walk(const struct trace_layout *layout, const uint8_t *page,
				      size_t len, trace_page_fn fn, void *arg)
{
	struct trace_page_end end = { 0 };
	uint64_t commit, bytes;

	if (len < layout->data_offset) {
		end.malformed = true;
		return end;
	}
	commit = load_u64(page + layout->commit_offset);
	bytes = commit & COMMIT_BYTES_MASK;
	if (bytes > len - layout->data_offset) {
		end.malformed = true;
		return end;
	}
	if (commit & COMMIT_MISSED) {
		end.missed = 1;
		if (commit & COMMIT_STORED && len - layout->data_offset - bytes >= 8)
			end.missed = load_u64(page + layout->data_offset + bytes);
	}
	end.malformed = !walk((struct cursor){ page + layout->data_offset, bytes },
			      load_u64(page + layout->time_offset), fn, arg);
	return end;
}
