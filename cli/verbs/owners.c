// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasctl owners: which guests have how much memory in a range of host addresses. rasd answers in
 * parts, each within a time; they are put together here.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"
#include "cli/show/out.h"
#include "json/json.h"

#define PART_MS 60000 /* one answer: a guest of 400 GiB in small pages */
#define MORE_MS 5000  /* rasd's own limit must end first, because its answer says more */

static const char *hpa;

static int bad_range(const struct ras_err *why, struct ras_err *err)
{
	ras_fail(err, RAS_E_PARAMS, "--hpa takes FROM-TO or FROM+SIZE%s%s", why ? ": " : "",
		 why ? why->text : "");
	ras_hint(err, "rasctl owners --hpa 0x100000000-0x140000000 (TO is the first one behind)");
	return ras_field(err, "hpa");
}

/* FROM-TO or FROM+SIZE */
static int parse_range(const char *text, uint64_t *from, uint64_t *to, struct ras_err *err)
{
	const char *sign = text ? strpbrk(text, "-+") : NULL;
	struct ras_err why;
	char first[32];

	if (!sign || (size_t)(sign - text) >= sizeof(first))
		return bad_range(NULL, err);
	snprintf(first, sizeof(first), "%.*s", (int)(sign - text), text);
	if (num_parse_u64(first, from, &why) || num_parse_u64(sign + 1, to, &why))
		return bad_range(&why, err);
	if (*sign == '+' && __builtin_add_overflow(*from, *to, to))
		return bad_range(NULL, err);
	return *to > *from ? 0 : bad_range(NULL, err);
}

/* Put the lists of part behind those of all. */
static void append(json_object *all, json_object *part, const char *key)
{
	json_object *to = member_of(all, key, json_type_array),
		    *from = member_of(part, key, json_type_array);

	for (size_t i = 0; to && from && i < json_object_array_length(from); i++)
		json_object_array_add(to, json_object_get(json_object_array_get_idx(from, i)));
}

/* *all: the answers so far, NULL at first; part is taken. */
static void merge(json_object **all, json_object *part)
{
	json_object *v = NULL;

	if (!*all) {
		*all = part;
		return;
	}
	append(*all, part, "guests");
	append(*all, part, "not_read");
	json_object_object_add(*all, "n_read",
			       json_object_new_int64(member_number(*all, "n_read") +
						     member_number(part, "n_read")));
	json_object_object_add(*all, "n_left",
			       json_object_new_int64(member_number(part, "n_left")));
	json_object_object_add(*all, "read_ns",
			       json_object_new_int64(member_number(part, "read_ns")));
	if (json_object_object_get_ex(part, "next", &v))
		json_object_object_add(*all, "next", json_object_get(v));
	else
		json_object_object_del(*all, "next");
	json_object_put(part);
}

static void progress(json_object *all)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "%" PRId64 " guests read, %" PRId64 " left\n",
			member_number(all, "n_read"), member_number(all, "n_left"));
}

/* All answers to one range. On failure *all holds what came before it, or NULL. */
static int ask_all(const struct options *o, struct client *c, json_object **all,
		   struct ras_err *err)
{
	uint64_t from, to, part_ms = o->has_timeout ? o->timeout_ms : PART_MS;
	char next[64] = "";
	int ret = parse_range(hpa, &from, &to, err);

	client_set_timeout((int64_t)part_ms + MORE_MS);
	while (ret == 0) {
		json_object *p = json_object_new_object(), *part = NULL;

		json_object_object_add(p, "from", json_new_hex64(from, 0));
		json_object_object_add(p, "to", json_new_hex64(to, 0));
		json_object_object_add(p, "timeout_ms", json_object_new_uint64(part_ms));
		if (next[0])
			json_object_object_add(p, "after", json_object_new_string(next));
		ret = client_call(c, "address.owners", p, &part, err);
		if (ret)
			break;
		merge(all, part);
		if (!*member_str(*all, "next", ""))
			break;
		if (strcmp(member_str(*all, "next", ""), next) <= 0)
			return ras_fail(err, RAS_E_IO, "rasd's answers do not end");
		snprintf(next, sizeof(next), "%s", member_str(*all, "next", ""));
		progress(*all);
	}
	return ret;
}

static int by_bytes(const void *a, const void *b)
{
	json_object *const *x = a, *const *y = b;
	int64_t m = member_number(*x, "bytes"), n = member_number(*y, "bytes");

	return m > n ? -1 : m < n;
}

static void size_text(char *out, size_t size, int64_t bytes)
{
	if (bytes >= INT64_C(10) << 30)
		snprintf(out, size, "%.1f GiB", (double)bytes / (1 << 30));
	else if (bytes >= INT64_C(10) << 20)
		snprintf(out, size, "%.1f MiB", (double)bytes / (1 << 20));
	else
		snprintf(out, size, "%" PRId64 " KiB", bytes >> 10);
}

static void add_size(struct table *t, json_object *g, const char *key)
{
	char text[32];

	size_text(text, sizeof(text), member_number(g, key));
	table_add(t, member_number(g, key) ? text : NULL);
}

static void print_guests(json_object *list, bool bold)
{
	static const char *const head[] = { "GUEST", "IN RANGE", "POISONED", "OF", "FIRST GPA" };
	struct table t;

	table_init(&t, 5);
	for (size_t i = 0; i < 5; i++)
		table_add(&t, head[i]);
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		json_object *g = json_object_array_get_idx(list, i),
			    *runs = member_of(g, "ranges", json_type_array);

		table_add(&t, member_str(g, "domain", "?"));
		add_size(&t, g, "bytes");
		add_size(&t, g, "poisoned_bytes");
		add_size(&t, g, "memory_bytes");
		table_add(&t, runs && json_object_array_length(runs) ?
				      member_str(json_object_array_get_idx(runs, 0), "gpa", "?") :
				      NULL);
	}
	table_print(&t, bold);
}

static void print_all(const struct options *o, json_object *all)
{
	json_object *guests = member_of(all, "guests", json_type_array),
		    *not_read = member_of(all, "not_read", json_type_array);

	if (guests && json_object_array_length(guests)) {
		json_object_array_sort(guests, by_bytes);
		print_guests(guests, !o->no_color);
	} else {
		puts("no guest that was read has memory there");
	}
	for (size_t i = 0; not_read && i < json_object_array_length(not_read); i++) {
		json_object *g = json_object_array_get_idx(not_read, i);

		fputs(member_true(g, "partly") ? "read in part: " : "not read: ", stdout);
		out_str(stdout, member_str(g, "domain", "?"));
		fputs(": ", stdout);
		out_str(stdout, member_str(g, "reason", "?"));
		putchar('\n');
	}
}

static int run(const struct options *o)
{
	_json_ json_object *all = NULL;
	_client_ struct client *c = NULL;
	uint64_t from, to;
	struct ras_err err;
	json_object *not_read;
	bool whole;
	int ret = parse_range(hpa, &from, &to, &err);

	if (ret || client_open(&c, o->socket, &err))
		return out_error(o, &err);
	ret = ask_all(o, c, &all, &err);
	if (!all)
		return out_error(o, &err);
	not_read = member_of(all, "not_read", json_type_array);
	whole = ret == 0 && not_read && json_object_array_length(not_read) == 0;
	json_object_object_add(all, "complete", json_object_new_boolean(whole));
	if (ret)
		out_error(&(struct options){ 0 }, &err); /* as text; the answer has the rest */
	if (o->json)
		out_json(all);
	else
		print_all(o, all);
	return whole ? EX_DONE : EX_PARTIAL;
}

static const struct verb_option options[] = {
	{ .name = "hpa",
	  .value = "FROM-TO|FROM+SIZE",
	  .help = "a range of host physical addresses; TO is the first one behind it",
	  .text = &hpa },
	{ 0 },
};

const struct verb verb_owners = {
	.name = "owners",
	.summary = "guests with memory in a range of host addresses",
	.text = "Which have how much: for a row, a rank or a DIMM that is failing.",
	.usage = "--hpa FROM-TO\n--hpa FROM+SIZE",
	.group = GROUP_PAGES,
	.options = options,
	.examples = { "rasctl owners --hpa 0x100000000-0x140000000",
		      "rasctl owners --hpa 0x100000000+0x200000 -o json" },
	.run = run,
};
