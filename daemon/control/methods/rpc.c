// SPDX-License-Identifier: LGPL-2.1-or-later
/* rpc.discover, rpc.ping. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "control/methods/methods.h"
#include "daemon.h"
#include "inject/inject.h"
#include "inject/policy.h"
#include "journal/journal.h"
#include "pagemap/client.h"
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

#define WHY_BYTES 160
#define QUOTED_BYTES (6 * WHY_BYTES + 32) /* each byte as \u00XX, and its key */

/* ,"KEY":"why", or nothing without a reason. It may come from the helper, so it is quoted. */
static void quote(char out[QUOTED_BYTES], const char *key, const char *why)
{
	_json_ json_object *quoted = *why ? json_new_text(why) : NULL;

	out[0] = '\0';
	if (quoted)
		snprintf(out, QUOTED_BYTES, ",\"%s\":%s", key,
			 json_object_to_json_string_ext(
				 quoted, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
}

/* A reason that changes rarely: its text is kept, because most of a ping would be that. */
struct kept_reason {
	char why[WHY_BYTES];
	char text[QUOTED_BYTES];
};

static const char *keep(struct kept_reason *k, const char *key, const char *why)
{
	char now[WHY_BYTES];

	snprintf(now, sizeof(now), "%s", why);
	if (strcmp(now, k->why) != 0) {
		memcpy(k->why, now, sizeof(now));
		quote(k->text, key, now);
	}
	return k->text;
}

/* ","pages":"...","pages_why":"...","helper":true,"helper_why":"...": what follows the role. */
static char *put_pages(char *at, const struct daemon *d)
{
	static struct kept_reason pages_why, helper_why;
	bool helper = d->helper && helper_client_alive(d->helper);
	const char *why, *pages = translator_pages(d->translator, &why);

	at = stpcpy(stpcpy(at, "\",\"pages\":\""), pages);
	at = stpcpy(stpcpy(at, "\""), keep(&pages_why, "pages_why", why));
	at = stpcpy(at, helper ? ",\"helper\":true" : ",\"helper\":false");
	if (helper || !d->helper)
		return at;
	return stpcpy(at, keep(&helper_why, "helper_why", helper_client_why(d->helper)));
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
	const struct journal_lever *lever = policy_lever(injector_policy(d->injector));
	static char text[2 * QUOTED_BYTES + 800]; /* static: not cleared for each ping */
	char *at;

	(void)params;
	at = stpcpy(text, "{\"pong\":true,\"version\":\"" RASD_VERSION "\",\"now_ns\":");
	at = put_number(at, clock_real_ns());
	at = stpcpy(at, ",\"started_ns\":");
	at = put_number(at, clock_real_ns() - (clock_boot_ns() - d->started_boot_ns));
	at = stpcpy(at, ",\"role\":\"");
	at = stpcpy(at, roles[rpc_call_role(c)]);
	at = put_pages(at, d);
	at = stpcpy(at, lever->engaged ? ",\"safety\":{\"engaged\":true" :
					 ",\"safety\":{\"engaged\":false");
	at = stpcpy(at, lever->also_forwarding ? ",\"also_forwarding\":true}" :
						 ",\"also_forwarding\":false}");
	put_journal(at, d->journal);
	rpc_reply_text(c, text);
}
