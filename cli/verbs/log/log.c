// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasctl log: the journal, newest first; with --host the errors of the host and what was decided.
 * With --follow the oldest of these first, and then what happens, for ever.
 *
 * On a terminal a row is one line: ids are short, and what does not fit is left out. -o wide and
 * what is no terminal get everything.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/when.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"
#include "cli/rpc/feed.h"
#include "cli/show/out.h"
#include "cli/verbs/log/rows.h"
#include "json/json.h"

#define PAGE 1000
#define USUAL_LIMIT 20

static const char *domain, *since, *until, *state, *severity, *origin, *tag;
static uint64_t limit;
static bool host, follow;

/* What the journal is asked for. */
static const struct source {
	const char *method, *key, *state, *origin;
} injections = { "injection.list", "injections", "state", "origin" },
  host_events = { "event.list", "events", "decision", "source" };

static void add_text(json_object *params, const char *key, const char *value)
{
	if (value)
		json_object_object_add(params, key, json_object_new_string(value));
}

/* "a,b" as ["a","b"] */
static void add_words(json_object *params, const char *key, const char *words)
{
	_free_ char *copy = words ? strdup(words) : NULL;
	json_object *list;

	if (!copy)
		return;
	list = json_object_new_array();
	for (char *save = NULL, *w = strtok_r(copy, ",", &save); w; w = strtok_r(NULL, ",", &save))
		json_object_array_add(list, json_object_new_string(w));
	json_object_object_add(params, key, list);
}

static int add_time(json_object *params, const char *key, const char *text, struct ras_err *err)
{
	int64_t ns;
	int r = text ? when_parse(text, clock_real_ns(), &ns, err) : 0;

	if (r == 0 && text)
		json_object_object_add(params, key, json_object_new_int64(ns));
	return r;
}

static int make_params(const struct source *s, json_object *params, struct ras_err *err)
{
	if (host && tag) {
		ras_fail(err, RAS_E_PARAMS, "errors of the host have no tag");
		return ras_hint(err, "leave out --host or --tag");
	}
	if (follow && until) {
		ras_fail(err, RAS_E_PARAMS, "--follow has no end");
		return ras_hint(err, "leave out --until");
	}
	if (add_time(params, "since_ns", since, err) < 0 ||
	    add_time(params, "until_ns", until, err) < 0)
		return -err->code;
	if (until && since &&
	    member_number(params, "since_ns") >= member_number(params, "until_ns"))
		return ras_fail(err, RAS_E_PARAMS, "--since is not before --until");
	add_text(params, "domain", domain);
	add_words(params, s->state, state);
	add_words(params, "severity", severity);
	add_text(params, s->origin, origin);
	add_text(params, "tag", tag);
	return 0;
}

/* The list, page by page, until *left rows were shown. */
static int each_page(struct client *c, const struct source *s, json_object *params, uint64_t left,
		     void (*show)(void *arg, json_object *rows), void *arg, struct ras_err *err)
{
	bool more;

	do {
		_json_ json_object *result = NULL;
		const char *next;
		json_object *rows;
		uint64_t want = left < PAGE ? left : PAGE;

		json_object_object_add(params, "limit", json_object_new_uint64(want));
		if (client_call(c, s->method, json_object_get(params), &result, err) < 0)
			return -err->code;
		rows = member_of(result, s->key, json_type_array);
		if (!rows)
			return ras_fail(err, RAS_E_INTERNAL, "rasd sent an odd answer");
		show(arg, rows);
		left -= json_object_array_length(rows) < left ? json_object_array_length(rows) :
								left;
		next = member_str(result, "next", NULL);
		if (next && strcmp(next, member_str(params, "cursor", "")) == 0)
			return ras_fail(err, RAS_E_INTERNAL, "rasd sent an odd answer");
		more = left && next;
		add_text(params, "cursor", next);
	} while (more && !ferror(stdout));
	return 0;
}

/* --- as it happens --- */

struct followed {
	const struct options *o;
	struct log_rows *rows;
	json_object *params; /* what is asked for */
};

/* Whether row has one of the words that are asked for, if any are. */
static bool has_word(json_object *params, const char *key, json_object *row, const char *member)
{
	json_object *list = NULL;

	if (!json_object_object_get_ex(params, key, &list))
		return true;
	if (json_object_is_type(list, json_type_string))
		return strcmp(json_object_get_string(list), member_str(row, member, "")) == 0;
	for (size_t i = 0; i < json_object_array_length(list); i++)
		if (strcmp(json_object_get_string(json_object_array_get_idx(list, i)),
			   member_str(row, member, "")) == 0)
			return true;
	return !json_object_array_length(list);
}

static bool asked_for(json_object *params, json_object *row)
{
	const struct source *s = host ? &host_events : &injections;

	return has_word(params, "domain", row, "domain") &&
	       has_word(params, s->state, row, s->state) &&
	       has_word(params, "severity", row, "severity") &&
	       has_word(params, s->origin, row, s->origin) && has_word(params, "tag", row, "tag");
}

/* The whole row of an injection that came to a state; as it was then. NULL: it is gone. */
static json_object *whole(const struct options *o, json_object *news)
{
	json_object *params = json_object_new_object(), *row = NULL;
	struct ras_err err;

	add_text(params, "id", member_str(news, "id", ""));
	if (client_ask(o->socket, "injection.get", params, &row, &err) < 0 ||
	    !json_object_is_type(row, json_type_object)) {
		json_object_put(row);
		return NULL;
	}
	json_object_object_del(row, "transitions");
	json_object_object_del(row, "record_hex");
	add_text(row, "state", member_str(news, "state", "?"));
	add_text(row, "detail", member_str(news, "detail", ""));
	json_object_object_add(row, "decided_ns",
			       json_object_new_int64(member_number(news, "time_ns")));
	return row;
}

static int show_news(void *arg, json_object *answer)
{
	const struct followed *f = arg;
	json_object *list = member_of(answer, "events", json_type_array);
	_json_ json_object *rows = json_object_new_array();

	feed_marks(f->o, answer);
	for (size_t i = 0; list && i < json_object_array_length(list); i++) {
		json_object *n = json_object_array_get_idx(list, i), *row;
		json_object *inner = member_of(n, host ? "host" : "injection", json_type_object);

		if (!inner || !has_word(f->params, "domain", inner, "domain"))
			continue;
		row = host ? json_object_get(inner) : whole(f->o, inner);
		if (row && asked_for(f->params, row))
			json_object_array_add(rows, row);
		else
			json_object_put(row);
	}
	log_rows_print(f->rows, rows, false);
	return 0;
}

static void keep(void *arg, json_object *rows)
{
	for (size_t i = 0; i < json_object_array_length(rows); i++)
		json_object_array_add(arg, json_object_get(json_object_array_get_idx(rows, i)));
}

static int show_all_and_follow(const struct options *o, struct client *c, struct followed *f)
{
	_json_ json_object *first = json_object_new_array();
	uint64_t n = limit ? limit : since ? PAGE : USUAL_LIMIT;
	char cursor[FEED_CURSOR_SIZE];
	struct ras_err err;

	/* First the cursor: what happens while the list is read is shown twice, not never. */
	if (feed_now(o, cursor, &err) < 0 ||
	    each_page(c, host ? &host_events : &injections, f->params, n, keep, first, &err) < 0)
		return out_error(o, &err);
	log_rows_print(f->rows, first, true);
	fflush(stdout);
	return feed_follow(o, cursor, show_news, f);
}

static void print_page(void *arg, json_object *rows)
{
	log_rows_print(arg, rows, false);
}

static int run(const struct options *o)
{
	const struct source *s = host ? &host_events : &injections;
	uint64_t n = limit ? limit : since || until ? UINT64_MAX : USUAL_LIMIT;
	struct log_rows rows = { .o = o, .host = host };
	_json_ json_object *params = json_object_new_object();
	_client_ struct client *c = NULL;
	struct ras_err err;

	if (make_params(s, params, &err) < 0 || client_open(&c, o->socket, &err) < 0)
		return out_error(o, &err);
	if (follow)
		return show_all_and_follow(o, c, &(struct followed){ o, &rows, params });
	if (each_page(c, s, params, n, print_page, &rows, &err) < 0)
		return out_error(o, &err);
	log_rows_end(&rows);
	return ferror(stdout) ? EX_FAILED : EX_DONE;
}

static const char *const states[] = { "intent",	 "written", "acknowledged", "consumed", "delivered",
				      "refused", "lost",    "unknown",	    NULL };
static const char *const severities[] = { "info", "corrected", "recoverable", "fatal", NULL };

static const struct verb_option options[] = {
	{ .name = "domain",
	  .value = "NAME",
	  .help = "of this guest only",
	  .text = &domain,
	  .from = VALUE_DOMAIN },
	{ .name = "since",
	  .value = "TIME",
	  .help = "from then on: \"10 min ago\", -1h, yesterday, \"2026-11-30 12:00\"",
	  .text = &since },
	{ .name = "until", .value = "TIME", .help = "before that time", .text = &until },
	{ .name = "state",
	  .value = "STATE",
	  .help = "in this state, or with --host of this decision; several with commas",
	  .text = &state,
	  .words = states },
	{ .name = "severity",
	  .value = "WORD",
	  .help = "of this severity; several with commas",
	  .text = &severity,
	  .words = severities },
	{ .name = "origin",
	  .value = "WHO",
	  .help = "operator, campaign or host-event; with --host the source",
	  .text = &origin },
	{ .name = "tag", .value = "TEXT", .help = "with this tag", .text = &tag },
	{ .name = "limit",
	  .letter = 'n',
	  .value = "N",
	  .help = "the newest N (20; all with --since or --until)",
	  .number = &limit,
	  .min = 1,
	  .max = UINT64_C(1) << 40 },
	{ .name = "follow",
	  .letter = 'f',
	  .help = "then what happens, as it happens, for ever",
	  .flag = &follow },
	{ .name = "host", .help = "errors of this host, not injections", .flag = &host },
	{ 0 },
};

const struct verb verb_log = {
	.name = "log",
	.summary = "injections, or errors of this host, newest first",
	.text = "On a terminal what does not fit is left out: -o wide shows everything, "
		"rasctl show ID one injection. -o json writes one object a line.",
	.group = GROUP_LOOK,
	.options = options,
	.examples = { "rasctl log --since yesterday --state lost,unknown",
		      "rasctl log --host --follow" },
	.run = run,
};
