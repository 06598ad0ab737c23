// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasctl status: the page that an operator looks at first. What runs, what is ready, what happened
 * last, and then what is wrong with the command that mends it. It fits 80 columns.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/cmdline/verb.h"
#include "cli/rpc/client.h"
#include "cli/rpc/domain.h"
#include "cli/show/out.h"
#include "cli/verbs/status/status.h"
#include "json/json.h"

#define INDENT 9
#define MAX_ROADS 8
#define QUICK_MS 2000 /* a rasd that does not answer by then does not run as it should */

/* "label     text", folded. */
__attribute__((format(printf, 2, 3))) static void line(const char *label, const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	printf("%-*s", INDENT, label);
	out_wrapped(stdout, text, INDENT, INDENT);
}

/* How many guests: of those that are ready by which road, and the grants. */
struct count {
	size_t all, ready, no, unknown, off, granted;
	struct {
		const char *name;
		size_t n;
	} road[MAX_ROADS];
	size_t n_roads;
};

static void count_road(struct count *c, const char *name)
{
	size_t i = 0;

	while (i < c->n_roads && strcmp(c->road[i].name, name) != 0)
		i++;
	if (i == MAX_ROADS)
		return;
	if (i == c->n_roads)
		c->road[c->n_roads++].name = name;
	c->road[i].n++;
}

static void count_guests(struct count *c, json_object *list)
{
	json_object *domains = domain_array(list);

	c->all = json_length(domains);
	for (size_t i = 0; i < c->all; i++) {
		json_object *d = json_object_array_get_idx(domains, i);
		const char *ready = domain_ready(d);

		c->granted += strcmp(domain_grant(d), "none") != 0;
		if (strcmp(ready, "unknown") == 0)
			c->unknown++;
		else if (strcmp(ready, "yes") != 0 &&
			 !strcmp(member_str(d, "state", ""), "shutoff"))
			c->off++;
		else if (strcmp(ready, "yes") != 0)
			c->no++;
		else
			count_road(c, member_str(d, "backend", "?"));
		c->ready += domain_is_ready(d);
	}
}

static void print_daemon(const struct options *o, json_object *ping)
{
	char since[32];

	line("rasd", "%s at %s, up since %s", member_str(ping, "version", "?"), o->socket,
	     local_time(member_number(ping, "started_ns"), since, sizeof(since), "?"));
	line("you", "role %s", member_str(ping, "role", "none"));
}

static void print_libvirt(json_object *list)
{
	json_object *l = member_of(list, "libvirt", json_type_object);

	if (!l)
		return;
	if (strcmp(member_str(l, "uri", ""), "none") == 0)
		line("libvirt", "not used: guests are the sockets of qmp-directory");
	else if (member_true(l, "connected"))
		line("libvirt", "connected, %s%s", member_str(l, "version", "?"),
		     member_true(l, "read_only") ? ", read-only" : "");
	else
		line("libvirt", "NOT connected: %s", member_str(l, "reason", "?"));
}

/* How rasd finds the owner of a host page, and the reason if it is not the fastest method. */
static void print_helper(json_object *ping)
{
	const char *pages = member_str(ping, "pages", "?"),
		   *why = member_str(ping, "pages_why", "");

	if (member_true(ping, "helper"))
		line("helper", "ok");
	else
		line("helper", "NOT connected: %s", member_str(ping, "helper_why", "?"));
	if (strcmp(pages, "rmap") == 0)
		pages = "found by what the kernel records of them (bpf)";
	else if (strcmp(pages, "search") == 0)
		pages = "found by searching";
	else if (strcmp(pages, "none") == 0)
		pages = "cannot be found";
	line("pages", "%s%s%s", pages, *why ? ": " : "", why);
}

static void add_count(char *text, size_t size, size_t n, const char *word)
{
	size_t at = strlen(text);

	if (n && at < size)
		snprintf(text + at, size - at, ", %zu %s", n, word);
}

static void print_guests(json_object *list)
{
	struct count c = { 0 };
	char text[400] = "", roads[400] = "";

	count_guests(&c, list);
	add_count(text, sizeof(text), c.no, "not ready");
	add_count(text, sizeof(text), c.unknown, "not known yet");
	add_count(text, sizeof(text), c.off, "shut off");
	line("guests", "%zu%s: %zu ready%s; %zu granted", c.all,
	     list_missing(list) ? " (not all)" : "", c.ready, text, c.granted);
	for (size_t i = 0; i < c.n_roads; i++)
		add_count(roads, sizeof(roads), c.road[i].n, c.road[i].name);
	if (roads[0])
		line("by", "%s", roads + 2);
}

static void print_journal(json_object *ping)
{
	json_object *j = member_of(ping, "journal", json_type_object);
	char day[32];

	if (!j)
		return;
	local_time(member_number(j, "oldest_ns"), day, sizeof(day), "");
	line("journal", "%" PRId64 " injections%s%s, %" PRId64 " undecided",
	     member_number(j, "rows"), *day ? " since " : "", day, member_number(j, "undecided"));
	if (*member_str(j, "damage", ""))
		line("", "DAMAGED: %s", member_str(j, "damage", ""));
}

static void print_sources(json_object *sources)
{
	char text[800] = "";
	size_t at = 0;

	for (size_t i = 0; i < json_length(sources) && at < sizeof(text); i++) {
		json_object *s = json_object_array_get_idx(sources, i);

		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s %s", i ? ", " : "",
				       member_str(s, "name", "?"), member_str(s, "state", "?"));
	}
	if (at)
		line("sources", "%s", text);
}

static void print_events(json_object *events)
{
	char when[32];

	if (events && !json_length(events))
		line("errors", "none of this host");
	for (size_t i = 0; i < json_length(events); i++) {
		json_object *e = json_object_array_get_idx(events, i);
		const char *hpa = member_str(e, "hpa", NULL),
			   *guest = member_str(e, "domain", NULL);

		line(i ? "" : "errors", "%s %s%s%s: %s%s%s",
		     local_time(member_number(e, "decided_ns"), when, sizeof(when), "-"),
		     member_str(e, "severity", "?"), hpa ? " at " : "", hpa ? hpa : "",
		     member_str(e, "decision", "?"), guest ? ", " : "", guest ? guest : "");
	}
}

static void print_safety(json_object *safety)
{
	if (!safety)
		return;
	if (member_true(safety, "engaged"))
		line("lever", "ENGAGED: %s", member_str(safety, "reason", "no reason is given"));
	else
		line("lever", "released");
}

static void print_problems(json_object *problems)
{
	if (json_length(problems))
		puts("\nto mend:");
	for (size_t i = 0; i < json_length(problems); i++) {
		json_object *p = json_object_array_get_idx(problems, i);

		fputs("  ", stdout);
		out_wrapped(stdout, member_str(p, "what", "?"), 4, 2);
		if (!*member_str(p, "mend", ""))
			continue;
		fputs("    -> ", stdout);
		out_wrapped(stdout, member_str(p, "mend", ""), 7, 7);
	}
}

static void add(json_object *to, const char *key, json_object *value)
{
	if (value)
		json_object_object_add(to, key, json_object_get(value));
}

json_object *status_json(const struct status *s)
{
	json_object *all = json_object_new_object();
	struct count c = { 0 };

	count_guests(&c, s->list);
	add(all, "daemon", s->ping);
	json_object_object_add(all, "domains", json_object_new_uint64(c.all));
	json_object_object_add(all, "ready", json_object_new_uint64(c.ready));
	json_object_object_add(all, "not_ready", json_object_new_uint64(c.no));
	json_object_object_add(all, "unknown", json_object_new_uint64(c.unknown));
	json_object_object_add(all, "granted", json_object_new_uint64(c.granted));
	add(all, "libvirt", member_of(s->list, "libvirt", json_type_object));
	add(all, "missing", member_of(s->list, "missing", json_type_object));
	add(all, "sources", s->sources);
	add(all, "events", s->events);
	add(all, "safety", s->safety);
	add(all, "problems", s->problems);
	return all;
}

static void print(const struct options *o, const struct status *s)
{
	print_daemon(o, s->ping);
	print_libvirt(s->list);
	print_helper(s->ping);
	if (s->list)
		print_guests(s->list);
	print_journal(s->ping);
	print_sources(s->sources);
	print_events(s->events);
	print_safety(s->safety);
	print_problems(s->problems);
}

/*
 * Behind a socket of systemd nobody may listen: rasd is started again and again, and each start
 * fails. That is no rasd, and is said soon.
 */
static int not_there(const struct options *o, struct ras_err *err)
{
	if (err->code == RAS_E_TIMEOUT && !o->has_timeout) {
		ras_fail(err, RAS_E_GONE, "rasd does not answer at %.120s", o->socket);
		ras_hint(err, "it may fail at its start: journalctl -u rasd");
		ras_field(err, "socket");
	}
	return out_error(o, err);
}

static int run(const struct options *o)
{
	_client_ struct client *c = NULL;
	struct status s = { 0 };
	struct ras_err err;
	int ret;

	if (!o->has_timeout)
		client_set_timeout(QUICK_MS);
	ret = client_open(&c, o->socket, &err);
	if (ret == 0)
		ret = status_ask(&s, c, &err);
	if (ret == 0) {
		_json_ json_object *all = NULL;

		status_judge(&s);
		all = status_json(&s);
		if (o->json)
			out_json(all);
		else
			print(o, &s);
	}
	status_free(&s);
	return ret ? not_there(o, &err) : EX_DONE;
}

const struct verb verb_status = {
	.name = "status",
	.summary = "what runs, what is ready, what is wrong",
	.text = "The page to look at first: rasd, libvirt, rasd-pagemap, the guests, the last "
		"errors of this host, and each thing that is wrong with the command that mends "
		"it.",
	.group = GROUP_LOOK,
	.examples = { "rasctl status", "rasctl status -o json" },
	.run = run,
};
