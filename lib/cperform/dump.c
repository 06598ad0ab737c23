// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Dumps: lines of an offset and bytes, or words, as hexdump, xxd, acpidump, debuggers, QEMU's
 * ghes_inject.py and the kernel print them, with whatever stands before them in a log.
 *
 * Problem: many lines of a log have hex numbers, and columns of text look like hex. Rule: a line
 * belongs to a dump only if its offset goes on from the line before; the first one has offset 0, a
 * colon behind its offset, or a next line that goes on from it. If lines are missing, the dump ends
 * there and says so: no byte is ever made up, except where hexdump wrote "*".
 *
 * Problem: "00000002" is a word in the order of the machine in dmesg, and four bytes in xxd -g 4.
 * Rule: the text column beside it decides, then the signature of a record, then the form: a 0x or a
 * kernel's prefix means words.
 */
#include "cperform/dump_line.h"

#include "base/cleanup.h"
#include "base/le.h"
#include "cper/record.h"

#define LOOK_LINES 4096u
#define LOOK_AHEAD 8		       /* lines of something else in the middle of a dump */
#define MAX_REPEAT (UINT64_C(1) << 20) /* bytes that one "*" may stand for */

/* Does line b go on from a? Also as od's octal offsets do. */
static bool goes_on(const struct line *a, const struct line *b)
{
	return b->offset == a->offset + a->n ||
	       (a->octal != UINT64_MAX && b->octal == a->octal + a->n);
}

/*
 * Are the offsets of a dump octal, as od writes them? Its first two lines tell. If hexdump or od
 * left lines out between them ("*"), seven digits before single bytes are od's.
 */
static bool is_octal(const struct cperform *f, const struct line *first, size_t rest)
{
	struct line next;
	const char *t;
	size_t len;

	if (first->octal == UINT64_MAX || first->colon || rest >= f->len)
		return false;
	get_line(f, rest, &t, &len);
	if (!parse_line(t, len, &next))
		return first->digits == 7 && first->width == 2;
	return next.offset != first->offset + first->n && goes_on(first, &next);
}

/* An offset alone, as hexdump writes at the end. */
static bool end_line(const char *t, size_t len, struct line *end)
{
	size_t i = 0, n;

	while (i < len && is_blank(t[i]))
		i++;
	n = parse_offset(t + i, len - i, end);
	while (i + n < len && is_blank(t[i + n]))
		n++;
	end->n = 0;
	return n && i + n == len;
}

static bool is_star(const char *t, size_t len)
{
	while (len && is_blank(t[len - 1]))
		len--;
	return len && t[len - 1] == '*' && (len == 1 || is_blank(t[len - 2]));
}

/* Can l be the first line of a dump? rest is where the line after it begins. */
static bool starts_dump(const struct cperform *f, const struct line *l, size_t rest)
{
	const char *t;
	struct line next;
	size_t len;

	if (l->colon || l->offset == 0)
		return true;
	get_line(f, rest, &t, &len);
	return rest < f->len && parse_line(t, len, &next) && goes_on(l, &next);
}

/* How well the text column fits to these bytes: matches minus misses. */
static int column_fit(const struct line *l, const uint8_t *bytes)
{
	int fit = 0;

	for (size_t i = 0; l->column && i < l->n && i < l->column_len; i++) {
		char want = bytes[i] >= 0x20 && bytes[i] <= 0x7e ? (char)bytes[i] : '.';

		fit += l->column[i] == want ? (want != '.') : -1;
	}
	return fit;
}

static void swap_groups(const struct line *l, uint8_t *out)
{
	unsigned int group = l->width / 2;

	for (unsigned int i = 0; i < l->n; i++) {
		unsigned int start = i / group * group;

		out[i] = l->bytes[start + (group - 1 - (i - start))];
	}
}

/* Are the groups of this dump words of a little-endian machine? From its first line. */
static bool is_words(const struct line *l)
{
	uint8_t swapped[MAX_LINE];
	int fit, fit_swapped;

	if (l->width <= 2 || l->n % (l->width / 2))
		return false;
	swap_groups(l, swapped);
	fit = column_fit(l, l->bytes);
	fit_swapped = column_fit(l, swapped);
	if (fit != fit_swapped)
		return fit_swapped > fit;
	if (cper_is_record(l->bytes, l->n) != cper_is_record(swapped, l->n))
		return cper_is_record(swapped, l->n);
	/* hexdump and od without options write words of 16 bits; xxd writes bytes and a colon */
	return l->width > 4 || l->prefixed || !l->colon;
}

static void add_line(const struct line *l, bool words, struct sink *s)
{
	uint8_t swapped[MAX_LINE];
	const uint8_t *from = l->bytes;

	if (words && l->n % (l->width / 2) == 0) {
		swap_groups(l, swapped);
		from = swapped;
	}
	for (unsigned int i = 0; i < l->n; i++)
		sink_byte(s, from[i]);
}

int dump_kind(const char *text, size_t len)
{
	struct cperform f = { .in = text, .len = len };
	size_t pos = 0, lines = 0;

	while (pos < len && lines++ < LOOK_LINES) {
		struct line l;
		const char *t;
		size_t n;

		pos = get_line(&f, pos, &t, &n);
		if (parse_line(t, n, &l) && starts_dump(&f, &l, pos))
			return l.width > 2 && is_words(&l) ? CPERFORM_WORDS : CPERFORM_HEXDUMP;
	}
	return CPERFORM_AUTO;
}

static int severity_word(const char *t, size_t len)
{
	static const char *const words[] = { "recoverable", "fatal", "corrected", "info" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (find_text(t, len, words[i]) < len)
			return (int)i;
	return -1;
}

/* What a line that is no dump says about the dump that follows. */
static void note_line(struct cperform *f, const char *t, size_t len)
{
	size_t at;
	uint64_t n = 0;

	if ((at = find_text(t, len, "event severity:")) < len) {
		f->event_severity = severity_word(t + at, len - at);
		f->entry_severity = -1;
		f->has_type = false;
	} else if (find_text(t, len, " Error ") < len && (at = find_text(t, len, "type:")) < len) {
		f->entry_severity = severity_word(t + at, len - at);
	} else if ((at = find_text(t, len, "section length:")) < len) {
		at += strlen("section length:");
		while (at < len && (is_blank(t[at]) || t[at] == 'x'))
			at++;
		if (at + 1 < len && t[at] == '0' && t[at + 1] == 'x')
			at += 2;
		for (; at < len && hex_digit(t[at]) >= 0 && n < UINT32_MAX; at++)
			n = n << 4 | (unsigned int)hex_digit(t[at]);
		f->said_length = n <= UINT32_MAX ? (uint32_t)n : 0;
	}
	if (find_guid(t, len, &f->type)) {
		f->has_type = true;
		f->said_length = 0;
	} else if (find_text(t, len, "Status Block") < len) {
		f->has_type = false; /* ghes_inject.py names it before the block */
	}
}

/* Labels of ghes_inject.py: the parts of one block follow one another. */
static bool is_part(const char *t, size_t len)
{
	return find_text(t, len, "Generic Error Data Entry") < len ||
	       find_text(t, len, "Payload") < len || find_text(t, len, "Raw data") < len;
}

/* A dump that is being read. */
struct dump {
	struct line last;
	bool words, octal, star;
	struct sink *s;
};

static uint64_t place(const struct dump *d, const struct line *l)
{
	return d->octal ? l->octal : l->offset;
}

/* The lines that "*" stands for, up to offset to. */
static void repeat(struct dump *d, uint64_t to)
{
	for (uint64_t at = place(d, &d->last) + d->last.n; at < to; at += d->last.n)
		add_line(&d->last, d->words, d->s);
}

/* Take a line of bytes, or the offset at the end (n 0). False: it is not of this dump. */
static bool take_line(struct dump *d, const struct line *l)
{
	uint64_t at = place(d, l), want = place(d, &d->last) + d->last.n;

	if (d->star && at > want && at - want < MAX_REPEAT)
		repeat(d, at);
	else if (at != want)
		return false;
	d->star = false;
	if (l->n) {
		add_line(l, d->words, d->s);
		d->last = *l;
	}
	return true;
}

/*
 * A line of something else in a log: does the dump go on a few lines later? Not if one of them
 * says what comes next.
 */
static bool interrupted(const struct cperform *f, const struct dump *d)
{
	size_t pos = f->pos, len;
	struct line l;
	const char *t;

	for (int i = 0; i < LOOK_AHEAD && pos < f->len; i++) {
		struct cper_guid g;

		pos = get_line(f, pos, &t, &len);
		if (is_star(t, len))
			return true;
		if (parse_line(t, len, &l))
			return place(d, &l) &&
			       (d->star || place(d, &l) == place(d, &d->last) + d->last.n);
		if (find_guid(t, len, &g) || is_part(t, len) ||
		    find_text(t, len, "severity:") < len || find_text(t, len, "section") < len)
			return false;
	}
	return false;
}

/* One dump from its first line on. f->pos goes to the first line that is not its own. */
static void read_dump(struct cperform *f, const struct line *first, struct sink *s, bool *cut)
{
	struct dump d = { .last = *first,
			  .words = is_words(first),
			  .octal = is_octal(f, first, f->pos),
			  .s = s };

	add_line(first, d.words, s);
	while (f->pos < f->len) {
		struct line l = { 0 };
		const char *t;
		size_t len, next = get_line(f, f->pos, &t, &len);

		if (is_star(t, len)) {
			d.star = true;
		} else if (end_line(t, len, &l) || parse_line(t, len, &l)) {
			if (!take_line(&d, &l)) {
				*cut = l.n && place(&d, &l) > place(&d, &d.last);
				return;
			}
		} else if (!interrupted(f, &d)) {
			return;
		}
		f->pos = next;
	}
}

/* The parts of a block that ghes_inject.py prints one by one. */
static void read_parts(struct cperform *f, struct sink *s, bool *cut)
{
	bool part = false;

	while (f->pos < f->len) {
		struct line l;
		const char *t;
		size_t len, next = get_line(f, f->pos, &t, &len);

		if (parse_line(t, len, &l)) {
			if (!part || l.offset)
				return;
			f->pos = next;
			read_dump(f, &l, s, cut);
			part = false;
			continue;
		}
		part = part || is_part(t, len);
		if (find_text(t, len, "GUID") < len || find_text(t, len, "Status Block") < len)
			return;
		f->pos = next;
	}
}

int dump_next(struct cperform *f, struct sink *s, struct cperform_piece *p)
{
	while (f->pos < f->len) {
		struct line l;
		const char *t;
		size_t len, at = f->pos;
		bool section;

		f->pos = get_line(f, f->pos, &t, &len);
		if (!parse_line(t, len, &l) || !starts_dump(f, &l, f->pos)) {
			note_line(f, t, len);
			continue;
		}
		p->at = at;
		read_dump(f, &l, s, &p->cut);
		/* only the kernel says a length, and only of a section */
		section = f->has_type &&
			  (f->said_length || s->len > s->cap || !begins_as_record(s->out, s->len));
		if (s->len == CPER_BLOCK_SIZE && !section)
			read_parts(f, s, &p->cut);
		p->cut = p->cut || (section && s->len < f->said_length);
		p->is_section = section;
		p->type = f->type;
		p->block_severity = f->event_severity;
		p->severity = f->entry_severity >= 0 ? f->entry_severity : f->event_severity;
		f->has_type = false;
		f->said_length = 0;
		return 1;
	}
	return 0;
}
