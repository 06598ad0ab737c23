// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Records in the forms in which people have them: hex, hexdump, words of a kernel log, base64 in a
 * Redfish event. Text in, bytes out into the caller's buffer: nothing here allocates or does I/O.
 *
 * A form is recognised by its content and never by a file's name. What is not read is refused by
 * name ("gzip"), so that nobody takes it for a broken record.
 */
#pragma once

#include "cper/cper.h"

#ifdef __cplusplus
extern "C" {
#endif

enum cperform_kind {
	CPERFORM_AUTO, /* find out */
	CPERFORM_RAW,
	CPERFORM_HEX,
	CPERFORM_HEXDUMP, /* hexdump -C, xxd, acpidump, a debugger's: offset and bytes */
	CPERFORM_WORDS, /* the same with words of this machine, as Linux prints unknown sections */
	CPERFORM_NUMBERS, /* od, hexdump -b, -d, -o: octal and decimal */
	CPERFORM_ARRAY,	  /* C, Python, JSON: bytes between brackets */
	CPERFORM_STRING,  /* C, Python, Rust: a literal with \x43 */
	CPERFORM_BASE64,
	CPERFORM_REDFISH, /* JSON with a record in base64 or hex: LogEntry, event, Oem */
	CPERFORM_QMP,	  /* the monitor command of QEMU */
	CPERFORM_WHEA,	  /* Windows event-log XML with RawData */
	/* JSON of fields: recognised here, read by lib/cperjson. */
	CPERFORM_NEUTRAL,
	CPERFORM_LIBCPER,
	/* Recognised and refused. */
	CPERFORM_EMPTY,
	CPERFORM_GZIP,
	CPERFORM_PACKED, /* xz, zstd, bzip2, zip, 7z */
	CPERFORM_PROGRAM,
	CPERFORM_DOCUMENT, /* PDF, a picture */
	CPERFORM_WHEA_EVENT,
	CPERFORM_EVTX,
	CPERFORM_SQLITE,
	CPERFORM_ELSEWHERE, /* Redfish that says where the record is */
	CPERFORM_JSON,	    /* other JSON */
	CPERFORM_XML,	    /* other XML or HTML */
	CPERFORM_KERNEL_LOG,
	CPERFORM_TEXT,
	CPERFORM_MAX
};

/* Its word on a command line ("hexdump"), and its name in a sentence ("hexdump text"). */
const char *cperform_word(int kind);
const char *cperform_name(int kind);

/* The kind of a word, one of those that are read; CPERFORM_MAX if there is none. */
int cperform_by_word(const char *word);

/*
 * Make text of buf[*len] plain: UTF-16 with a byte order mark becomes ASCII ('?' for the rest), a
 * UTF-8 mark goes. So do a terminal's escapes, the quoting of mail, fences, and what a journal's
 * JSON has around its messages. Bytes that are no text stay as they are.
 */
void cperform_plain(void *buf, size_t *len);

#define CPERFORM_MAX_DEPTH 32

/* An object of JSON on the way to where the reader is. Private to the reader. */
struct cperform_level {
	const char *data; /* DiagnosticData that may be one section */
	size_t len;
	struct cper_guid type;
	bool has_type;
};

struct cperform {
	const char *in;
	size_t len, pos;
	int kind;
	/* Text of several forms: the part that is read begins at base and may end before total. */
	size_t base, total, end; /* end: behind the last piece, in the part */
	size_t rows_at, hex_at;	 /* of hex: where rows, or other digits, begin next */
	unsigned int parts;	 /* 0: the form is forced, or there is only one */
	/* What a kernel log or a dump says before its words. */
	struct cper_guid type;
	bool has_type;
	int event_severity, entry_severity; /* -1: not said */
	uint32_t said_length;		    /* 0: not said */
	struct cperform_level level[CPERFORM_MAX_DEPTH];
	size_t depth;
	bool pure;	 /* base64 and nothing else */
	const char *key; /* the last member's name */
	size_t key_len;
};

/* Bytes that were found in the input: blocks and records, or one section. */
struct cperform_piece {
	size_t at; /* where it begins in the input */
	const uint8_t *bytes;
	size_t len;
	bool is_section;
	struct cper_guid type; /* of a section */
	int severity;	       /* of a section, if the text says it; else -1 */
	int block_severity;
	bool cut; /* lines are missing: fewer bytes than the text itself says */
};

/*
 * What in[len] is; kind forces a form (CPERFORM_AUTO: find out). 0, or -1 with CPER_FORM if this
 * form is not read. f->kind is set in both cases.
 */
int cperform_open(struct cperform *f, const void *in, size_t len, int kind, struct cper_err *err);

/*
 * The next piece, its bytes in out[cap] (for raw bytes: in the input). 1; 0 at the end; -1 with
 * *err: CPER_NO_SPACE, or CPER_FORM with the offset in the input. NEUTRAL and LIBCPER have none.
 */
int cperform_next(struct cperform *f, uint8_t *out, size_t cap, struct cperform_piece *piece,
		  struct cper_err *err);

#ifdef __cplusplus
}
#endif
