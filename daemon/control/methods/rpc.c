// SPDX-License-Identifier: LGPL-2.1-or-later
/* rpc.discover, rpc.ping. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "control/methods/methods.h"
#include "daemon.h"
#include "journal/journal.h"
#include "translate/translate.h"

/*
 * rpc.discover: 50 KiB that never change. A batch of 100 would take 5 MB and milliseconds for each
 * if they were copied at once; so it is made in slices, and only while the client reads.
 */
#define DOCUMENT_SLICE_BYTES ((size_t)8 << 10)

static int document_next(void *arg, struct buf *out, struct ras_err *err)
{
	const char **at = arg;
	size_t n = strnlen(*at, DOCUMENT_SLICE_BYTES);

	if (!buf_add(out, *at, n))
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	*at += n;
	return **at ? RPC_SLICE_MORE : RPC_SLICE_END;
}

void rpc_rpc_discover(struct rpc_call *c, json_object *params)
{
	static const struct rpc_stream stream = { document_next, free };
	const char **at = malloc(sizeof(*at));
	struct ras_err err;

	(void)params;
	if (!at) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		rpc_reply_error(c, &err);
		return;
	}
	*at = rpc_document;
	rpc_reply_stream(c, &stream, at);
}

/*
 * What follows the role: ","pages":"...","pages_why":"...". The reason comes from the helper, so
 * it is quoted; the text is kept until the reason is another, because most of a ping would be this.
 */
static const char *pages_text(struct translator *t)
{
	static char text[1200];
	static const char *last_pages;
	static char last_why[160] = "?";
	const char *why, *pages = translator_pages(t, &why);
	_json_ json_object *quoted = NULL;

	if (pages == last_pages && strcmp(why, last_why) == 0)
		return text;
	last_pages = pages;
	snprintf(last_why, sizeof(last_why), "%s", why);
	quoted = *why ? json_new_text(why) : NULL;
	snprintf(text, sizeof(text), "\",\"pages\":\"%s\"%s%s", pages,
		 quoted ? ",\"pages_why\":" : "",
		 quoted ? json_object_to_json_string_ext(
				  quoted, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE) :
			  "");
	return text;
}

/* In decimal. snprintf() was a third of what a ping costs. */
static char *put_number(char *at, int64_t number)
{
	char digits[20];
	size_t n = sizeof(digits);
	uint64_t left = number < 0 ? 0 : (uint64_t)number;

	do {
		digits[--n] = (char)('0' + left % 10);
		left /= 10;
	} while (left);
	return mempcpy(at, digits + n, sizeof(digits) - n);
}

/* ,"journal":{...}} */
static void put_journal(char *at, const struct journal *j)
{
	struct journal_stat s;

	journal_stat(j, &s);
	at = put_number(stpcpy(at, ",\"journal\":{\"rows\":"), s.rows);
	at = put_number(stpcpy(at, ",\"undecided\":"), s.undecided);
	at = put_number(stpcpy(at, ",\"oldest_ns\":"), s.oldest_real_ns);
	if (s.damage) {
		/* A text of ours, without anything to escape. */
		at = stpcpy(stpcpy(at, ",\"damage\":\""), s.damage);
		at = stpcpy(at, "\"");
	}
	stpcpy(at, "}}");
}

void rpc_rpc_ping(struct rpc_call *c, json_object *params)
{
	static const char *const roles[] = { "none", "view", "inject", "admin" };
	struct daemon *d = rpc_call_user(c);
	static char text[1700]; /* static: not cleared for each ping */
	char *at;

	(void)params;
	at = stpcpy(text, "{\"pong\":true,\"version\":\"" RASD_VERSION "\",\"now_ns\":");
	at = put_number(at, clock_real_ns());
	at = stpcpy(at, ",\"role\":\"");
	at = stpcpy(at, roles[rpc_call_role(c)]);
	put_journal(stpcpy(at, pages_text(d->translator)), d->journal);
	rpc_reply_text(c, text);
}
