// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which form is it? Bytes that are no text are raw bytes, or a file whose first bytes have a
 * meaning. Text is tried from the most particular form to the least: base64 alone would take any
 * long word, and hex any number. The table says what each form is called and why it is refused.
 */
#include "cperform/private.h"

#include "base/cleanup.h"
#include "cper/record.h"

#define LOOK 4096u /* bytes of the input that decide whether it is text */

static const struct form {
	const char *word, *name;
	const char *refused; /* NULL: it is read */
} forms[CPERFORM_MAX] = {
	[CPERFORM_AUTO] = { "auto", "unknown", NULL },
	[CPERFORM_RAW] = { "raw", "raw bytes", NULL },
	[CPERFORM_HEX] = { "hex", "hex text", NULL },
	[CPERFORM_HEXDUMP] = { "hexdump", "hexdump text", NULL },
	[CPERFORM_WORDS] = { "words", "hexdump text of words, as dmesg prints them", NULL },
	[CPERFORM_NUMBERS] = { "od", "octal or decimal numbers, as od prints them", NULL },
	[CPERFORM_ARRAY] = { "array", "an array of bytes in source text", NULL },
	[CPERFORM_STRING] = { "string", "a string with escapes, of source text", NULL },
	[CPERFORM_BASE64] = { "base64", "base64 text", NULL },
	[CPERFORM_REDFISH] = { "redfish", "Redfish JSON", NULL },
	[CPERFORM_QMP] = { "qmp", "a QMP command", NULL },
	[CPERFORM_WHEA] = { "whea", "Windows event-log text with RawData", NULL },
	[CPERFORM_NEUTRAL] = { "neutral", "JSON as rasctl decode -o json writes it", NULL },
	[CPERFORM_LIBCPER] = { "libcper", "JSON of libcper", NULL },
	[CPERFORM_EMPTY] = { "empty", "an empty file", "this is an empty file" },
	[CPERFORM_GZIP] = { "gzip", "gzip data", "this is gzip data: unpack it first (gunzip)" },
	[CPERFORM_PACKED] = { "packed", "a packed file",
			      "this is a packed file (xz, zstd, bzip2, zip, 7z or zlib): unpack it "
			      "first" },
	[CPERFORM_PROGRAM] = { "program", "a program",
			       "this is a program or a core dump (ELF, or PE as of Windows and "
			       "UEFI)" },
	[CPERFORM_DOCUMENT] = { "document", "a document or a picture",
				"this is a PDF or a picture: a record in it must be copied as "
				"text" },
	[CPERFORM_WHEA_EVENT] = { "whea-event", "a Windows WHEA event (WhLg)",
				  "this is a Windows WHEA event (WhLg), which describes what WHEA "
				  "did and holds no CPER record" },
	[CPERFORM_EVTX] = { "evtx", "a Windows event-log file (evtx)",
			    "this is a Windows event-log file: save the event as XML" },
	[CPERFORM_SQLITE] = { "sqlite", "an SQLite database",
			      "this is an SQLite database, perhaps rasdaemon's: it holds fields "
			      "and no records" },
	[CPERFORM_ELSEWHERE] = { "elsewhere", "Redfish JSON without its record",
				 "this Redfish entry keeps its record elsewhere: fetch what "
				 "AdditionalDataURI names" },
	[CPERFORM_JSON] = { "other-json", "JSON",
			    "this is JSON in which no record, hex or base64 of one, and no "
			    "fields of one were found" },
	[CPERFORM_XML] = { "markup", "XML", "this is XML without the RawData of a WHEA event" },
	[CPERFORM_KERNEL_LOG] = { "log", "a kernel log",
				  "this is a kernel log without a dump of a record: what the "
				  "kernel has decoded has no bytes" },
	[CPERFORM_TEXT] = { "text", "text", "this is text in which no record was found" },
};

const char *cperform_word(int kind)
{
	return kind >= 0 && kind < CPERFORM_MAX ? forms[kind].word : "unknown";
}

const char *cperform_name(int kind)
{
	return kind >= 0 && kind < CPERFORM_MAX ? forms[kind].name : "unknown";
}

int cperform_by_word(const char *word)
{
	static const struct {
		const char *word;
		int kind;
	} others[] = {
		{ "bytes", CPERFORM_RAW },	     { "binary", CPERFORM_RAW },
		{ "block", CPERFORM_RAW },	     { "record", CPERFORM_RAW },
		{ "plainhex", CPERFORM_HEX },	     { "xxd", CPERFORM_HEXDUMP },
		{ "ghes_inject", CPERFORM_HEXDUMP }, { "ghes-inject", CPERFORM_HEXDUMP },
		{ "dmesg", CPERFORM_WORDS },	     { "c", CPERFORM_ARRAY },
		{ "c-array", CPERFORM_ARRAY },	     { "xml", CPERFORM_WHEA },
		{ "event", CPERFORM_REDFISH },
	};

	for (int i = 0; i < CPERFORM_MAX; i++)
		if (!forms[i].refused && !strcmp(forms[i].word, word))
			return i;
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (!strcmp(others[i].word, word))
			return others[i].kind;
	return CPERFORM_MAX;
}

int form_fail(struct cper_err *err, int code, size_t offset, const char *what)
{
	if (err)
		*err = (struct cper_err){ .code = code,
					  .offset = offset > UINT32_MAX ? UINT32_MAX :
									  (uint32_t)offset,
					  .what = what };
	return -1;
}

/* UTF-16 and the mark of UTF-8. */
static void one_byte_chars(uint8_t *p, size_t *len)
{
	size_t n = 0, high;

	if (*len >= 3 && !memcmp(p, "\xef\xbb\xbf", 3)) {
		memmove(p, p + 3, *len - 3);
		*len -= 3;
		return;
	}
	if (*len < 2 || !((p[0] == 0xff && p[1] == 0xfe) || (p[0] == 0xfe && p[1] == 0xff)))
		return;
	high = p[0] == 0xff ? 1 : 0;
	/* A run of FF FE is not text: erased flash, or the end of a record. */
	for (size_t i = 2; i + 1 < *len && i < 8; i += 2)
		if (p[i + high] ? p[i + high] < 0x20 || p[i + high] > 0x27 : !p[i + 1 - high])
			return;
	for (size_t i = 2; i + 1 < *len; i += 2) {
		unsigned int c = (unsigned int)p[i + high] << 8 | p[i + 1 - high];

		if (c != 0x250a) /* between the halves of a line of hexyl */
			p[n++] = c == 0xa0 || c == 0x2502   ? ' ' :
				 c == 0x201c || c == 0x201d ? '"' :
				 c > 0x7f		    ? '?' :
							      (uint8_t)c;
	}
	*len = n;
}

/* Bytes of one character at p, 0 if it is none of text. A character that is cut at the end is. */
static size_t text_char(const uint8_t *p, size_t len)
{
	size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

	if (p[0] > 0xf4 || (p[0] < 0x20 && !strchr("\n\r\t\f\a\b\x1b", p[0])) || !p[0] ||
	    p[0] == 0x7f)
		return 0;
	for (size_t i = 1; i < n && i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

/* Control characters make it bytes. A few high ones that are no UTF-8 are text of old Windows. */
static bool is_text(const uint8_t *p, size_t len)
{
	size_t i, n, odd = 0;

	for (i = 0; i < len && i < LOOK; i += n) {
		n = text_char(p + i, len - i);
		if (!n && p[i] < 0x80)
			return false;
		odd += !n;
		n = n ? n : 1;
	}
	return odd <= i / 32;
}

void cperform_plain(void *data, size_t *len)
{
	one_byte_chars(data, len);
	if (is_text(data, *len))
		tidy_text(data, len);
}

static int binary_kind(const uint8_t *p, size_t len)
{
	static const struct {
		const char *magic;
		uint8_t len;
		int kind;
	} magics[] = {
		{ "\x1f\x8b", 2, CPERFORM_GZIP },
		{ "\xfd"
		  "7zXZ",
		  5, CPERFORM_PACKED },
		{ "\x28\xb5\x2f\xfd", 4, CPERFORM_PACKED },
		{ "\x78\x9c", 2, CPERFORM_PACKED },
		{ "\x78\xda", 2, CPERFORM_PACKED },
		{ "BZh", 3, CPERFORM_PACKED },
		{ "PK\x03\x04", 4, CPERFORM_PACKED },
		{ "7z\xbc\xaf", 4, CPERFORM_PACKED },
		{ "\x7f"
		  "ELF",
		  4, CPERFORM_PROGRAM },
		{ "MZ", 2, CPERFORM_PROGRAM },
		{ "%PDF-", 5, CPERFORM_DOCUMENT },
		{ "\x89PNG", 4, CPERFORM_DOCUMENT },
		{ "\xff\xd8\xff", 3, CPERFORM_DOCUMENT },
		{ "GIF8", 4, CPERFORM_DOCUMENT },
		{ "WhLg", 4, CPERFORM_WHEA_EVENT },
		{ "gLhW", 4, CPERFORM_WHEA_EVENT },
		{ "ElfFile", 8, CPERFORM_EVTX },
		{ "SQLite format 3", 15, CPERFORM_SQLITE },
	};

	for (size_t i = 0; i < ARRAY_LEN(magics); i++)
		if (len >= magics[i].len && !memcmp(p, magics[i].magic, magics[i].len))
			return magics[i].kind;
	return CPERFORM_RAW;
}

/* Only numbers with 0x? Words of that form are little endian. */
static bool all_prefixed(const char *t, size_t len)
{
	size_t n;

	for (size_t i = 0; i < len; i += n) {
		n = 1;
		if (is_space(t[i]) || t[i] == ',')
			continue;
		if (len - i < 3 || t[i] != '0' || (t[i + 1] | 32) != 'x')
			return false;
		n = 2 + hex_run(t + i + 2, len - i - 2);
	}
	return true;
}

/* Numbers and commas between brackets, or many 0x: "[    1.000000] text" is none. */
static bool is_array(const char *t, size_t len)
{
	size_t commas = 0, hex = 0, i;

	for (i = 0; i + 3 < len; i++) {
		commas += t[i] == ',';
		hex += t[i] == '0' && (t[i + 1] | 32) == 'x' && hex_digit(t[i + 2]) >= 0;
	}
	if (hex >= 16 && commas + 2 >= hex)
		return true;
	if (hex >= 5 && all_prefixed(t, len))
		return true;
	commas = 0;
	for (i = array_start(t, len, 0); i < len && t[i] != ']' && t[i] != '}'; i++) {
		if (!is_space(t[i]) && t[i] != ',' && hex_digit(t[i]) < 0 && (t[i] | 32) != 'x' &&
		    t[i] != '-')
			return false;
		commas += t[i] == ',';
	}
	return commas + 1 >= CPER_BLOCK_SIZE;
}

static bool all_hex(const char *t, size_t len)
{
	uint8_t none[1];
	struct sink s = { none, 0, 0 };

	return hex_text(t, len, &s) == len && s.len >= CPER_BLOCK_SIZE;
}

/*
 * Only base64? Words of a sentence are made of its digits too: it must begin as a record, or look
 * as base64 is written, in full lines without blanks.
 */
static bool all_base64(const char *t, size_t len)
{
	uint8_t first[48];
	struct sink s = { first, sizeof(first), 0 };
	size_t digits = 0, line = 0, width = 0;
	bool even = true;

	for (size_t i = 0; i < len; i++) {
		if (base64_digit(t[i]) >= 0 || t[i] == '=') {
			digits++;
			even = even && !(width && ++line > width);
		} else if (!is_space(t[i])) {
			return false;
		} else if (t[i] == '\n') {
			/* all lines but the last are as long as the first */
			width = width ? width : digits;
			line = 0;
		} else if (digits && i + 1 < len && base64_digit(t[i + 1]) >= 0) {
			even = false;
		}
	}
	if (digits < 24)
		return false;
	base64_run(t, len < 64 ? len : 64, &s);
	return begins_as_record(first, s.len < sizeof(first) ? s.len : sizeof(first)) ||
	       (even && digits % 4 != 1 && (!width || width >= 24));
}

/* Text that is not JSON or XML. */
int text_kind(const char *t, size_t len)
{
	struct cperform rows = { .in = t, .len = len };
	struct sink none = { NULL, 0, 0 };
	int kind;
	size_t i;

	if (numbers_next(&rows, &none, &i))
		return CPERFORM_NUMBERS;
	if ((kind = dump_kind(t, len)) != CPERFORM_AUTO)
		return kind;
	rows.pos = 0;
	if (string_start(t, len, 0) < len)
		return CPERFORM_STRING;
	if (is_array(t, len))
		return CPERFORM_ARRAY;
	if (all_hex(t, len))
		return CPERFORM_HEX;
	if (all_base64(t, len))
		return CPERFORM_BASE64;
	if (hex_start(t, len, 0) < len || rows_next(&rows, &none, &i))
		return CPERFORM_HEX;
	/* JSON behind a prompt, an arrow of a log or the head of an answer */
	i = find_text(t, len, "{\"");
	if (i < len &&
	    ((kind = json_kind(t + i, len - i)) == CPERFORM_QMP || kind == CPERFORM_REDFISH))
		return kind;
	if (base64_start(t, len, 0) < len)
		return CPERFORM_BASE64;
	/* pstore begins a file with "Panic#1 Part1" */
	if (find_text(t, len < 64 ? len : 64, "#1 Part") < (len < 64 ? len : 64))
		return CPERFORM_KERNEL_LOG;
	return find_text(t, len, "[Hardware Error]") < len ? CPERFORM_KERNEL_LOG : CPERFORM_TEXT;
}

static int detect(const char *t, size_t len)
{
	size_t i = 0;
	int kind;

	if (!len)
		return CPERFORM_EMPTY;
	if (cper_is_record(t, len) || !is_text((const uint8_t *)t, len))
		return binary_kind((const uint8_t *)t, len);
	kind = binary_kind((const uint8_t *)t, len);
	if (kind != CPERFORM_RAW && kind != CPERFORM_PROGRAM) /* text may begin with "MZ" */
		return kind;
	if (len < CPER_BLOCK_SIZE && memcmp(t, "CPER", len < 4 ? len : 4) != 0)
		return CPERFORM_TEXT;
	if (len < CPER_BLOCK_SIZE)
		return CPERFORM_RAW;
	while (i < len && is_space(t[i]))
		i++;
	if (i == len)
		return CPERFORM_EMPTY;
	if (t[i] == '{' || t[i] == '[') {
		kind = json_kind(t + i, len - i);
		if (kind == CPERFORM_JSON && is_array(t, len))
			return CPERFORM_ARRAY;
		if (kind)
			return kind;
	}
	if (t[i] == '<' && find_text(t, len, "RawData") < len)
		return CPERFORM_WHEA;
	kind = text_kind(t, len);
	return kind == CPERFORM_TEXT && t[i] == '<' ? CPERFORM_XML : kind;
}

int read_piece(struct cperform *f, struct sink *s, struct cperform_piece *p)
{
	switch (f->kind) {
	case CPERFORM_HEXDUMP:
	case CPERFORM_WORDS:
		return dump_next(f, s, p);
	case CPERFORM_REDFISH:
	case CPERFORM_QMP:
		return json_next(f, s, p);
	case CPERFORM_ARRAY:
	case CPERFORM_STRING:
		return source_next(f, s, p);
	case CPERFORM_NUMBERS:
		return numbers_next(f, s, &p->at);
	case CPERFORM_HEX:
	case CPERFORM_BASE64:
	case CPERFORM_WHEA:
		return plain_next(f, s, p);
	default:
		return 0;
	}
}

int cperform_open(struct cperform *f, const void *in, size_t len, int kind, struct cper_err *err)
{
	*f = (struct cperform){ .in = in, .len = len, .event_severity = -1, .entry_severity = -1 };
	f->kind = kind ? kind : detect(in, len);
	if (!kind && f->kind > CPERFORM_RAW && f->kind <= CPERFORM_BASE64) {
		f->parts = 1;
		f->total = len;
		part_before(f);
	}
	if (forms[f->kind].refused)
		return form_fail(err, len ? CPER_FORM : CPER_TRUNCATED_BLOCK, 0,
				 forms[f->kind].refused);
	return 0;
}

int cperform_next(struct cperform *f, uint8_t *out, size_t cap, struct cperform_piece *piece,
		  struct cper_err *err)
{
	struct sink s = { out, cap, 0 };
	struct cperform_piece p = { .severity = -1, .block_severity = -1 };
	int r;

	if (f->kind == CPERFORM_RAW) {
		if (f->pos || !f->len)
			return 0;
		f->pos = f->len;
		*piece = p;
		piece->bytes = (const uint8_t *)f->in;
		piece->len = f->len;
		return 1;
	}
	r = other_between(f) ? 0 : read_piece(f, &s, &p);
	if (!r) {
		r = next_part(f, err);
		if (r > 0)
			r = read_piece(f, &s, &p);
	}
	if (r <= 0)
		return r;
	if (s.len > cap)
		return form_fail(err, CPER_NO_SPACE, s.len, "the buffer is too small");
	f->end = f->pos;
	p.at += f->base;
	p.bytes = out;
	p.len = s.len;
	*piece = p;
	return 1;
}
