// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the monitor is asked first, all at once: what machine this is, in which state, and which
 * process. guest_probe_done() follows when every question is answered. An error of QEMU is an
 * answer where it may mean "there is no such thing"; a lost reply never is.
 */
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/process.h"
#include "base/utf8.h"
#include "guests/guest.h"

/*
 * Through libvirt the process is that of QEMU's CPU threads, and libvirt's pid file must agree
 * where it can be read.
 */
static const char *find_process(struct guest *g)
{
	pid_t by_file;

	if (!g->link.mon->ops->peer(g->link.mon, &g->life.pid, &g->life.uid)) {
		by_file = identity_libvirt_pid(g);
		if (g->machine.cpu_tid > 0)
			g->life.pid = process_of_thread(g->machine.cpu_tid);
		else
			g->life.pid = by_file; /* a machine without CPUs */
		if (by_file > 0 && g->life.pid != by_file)
			return "libvirt's pid file and QEMU's threads name different processes";
	}
	g->life.start_time = g->life.pid > 0 ? process_start_time(g->life.pid) : 0;
	return g->life.start_time ? NULL : "QEMU's process cannot be found";
}

/* err: QEMU's own, or why there was no reply; NULL: there is none, or it says nothing. */
static void probe_reply(struct guest *g, bool ok, const struct ras_err *err)
{
	const char *why = NULL;

	if (!ok && !g->machine.failed[0])
		snprintf(g->machine.failed, sizeof(g->machine.failed), "%.*s",
			 (int)sizeof(g->machine.failed) - 1,
			 err ? err->text : "the monitor did not answer the first questions");
	if (--g->machine.outstanding)
		return;
	if (g->machine.failed[0])
		why = g->machine.failed;
	else if (g->link.state == LINK_PROBING)
		why = find_process(g);
	guest_probe_done(g, why);
}

static void on_status(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	probe_reply(g, o == QMP_OK && qmp_parse_status(ret, &g->life.state, NULL) == 0, err);
}

static void on_version(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	probe_reply(g, o == QMP_OK && qmp_parse_version(ret, &g->machine.version, NULL) == 0, err);
}

static void on_name(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;
	const char *s = "";
	bool ok = o == QMP_ERROR || (o == QMP_OK && qmp_parse_name(ret, &s, NULL) == 0);

	/* As guests are named; one that does not fit is the name of no guest of ours. */
	if (!utf8_name(g->machine.said.name, sizeof(g->machine.said.name), s, strlen(s)) && *s)
		snprintf(g->machine.said.name, sizeof(g->machine.said.name), "a name too long");
	probe_reply(g, ok, err);
}

static void on_uuid(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;
	bool ok = o == QMP_ERROR ||
		  (o == QMP_OK && qmp_parse_uuid(ret, &g->machine.said.uuid,
						 &g->machine.said.has_uuid, NULL) == 0);

	probe_reply(g, ok, err);
}

static void on_target(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;
	const char *s;
	bool ok = o == QMP_OK && qmp_parse_target(ret, &s, NULL) == 0;

	if (ok)
		utf8_clean(g->machine.arch, sizeof(g->machine.arch), s, strlen(s));
	probe_reply(g, ok, err);
}

static void on_commands(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;
	const struct guest_questions *all = guests_questions(g->gs);

	for (size_t i = 0; i < all->n; i++)
		if (all->v[i]->command)
			g->machine.fact[i] =
				o == QMP_OK && qmp_commands_have(ret, all->v[i]->command) ?
					FACT_ON :
					FACT_NONE;
	probe_reply(g, o == QMP_OK, err);
}

/* QEMU's error is an answer, too: there is no such property, CPU or command. */
static bool answered(enum qmp_outcome o)
{
	return o == QMP_OK || o == QMP_ERROR;
}

/* What an answer says of a question; ret NULL: there was none. */
static enum guest_fact fact_of(const struct guest_question *q, json_object *ret)
{
	if (ret && q->holds)
		return q->holds(ret) ? FACT_ON : FACT_OFF;
	if (ret && q->ask && !json_object_object_get_ex(ret, q->property, &ret))
		return FACT_NONE;
	if (!json_object_is_type(ret, json_type_boolean))
		return FACT_NONE;
	return json_object_get_boolean(ret) ? FACT_ON : FACT_OFF;
}

/* A property that a backend wants to know. */
static void on_property(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct fact_asked *a = arg;
	struct guest *g = a->g;

	g->machine.fact[a->at] = fact_of(guests_questions(g->gs)->v[a->at], ret);
	probe_reply(g, answered(o), err);
}

static int ask_properties(struct guest *g, struct ras_err *err)
{
	const struct guest_questions *all = guests_questions(g->gs);
	int r = 0;

	for (size_t i = 0; i < all->n; i++) {
		if (all->v[i]->command)
			continue;
		g->machine.asked[i] = (struct fact_asked){ .g = g, .at = i };
		if (all->v[i]->ask)
			r |= all->v[i]->ask(g->link.mon, on_property, &g->machine.asked[i], err);
		else
			r |= qmp_cmd_qom_get(g->link.mon, all->v[i]->path, all->v[i]->property,
					     on_property, &g->machine.asked[i], err);
	}
	return r;
}

static unsigned int n_properties(const struct guest *g)
{
	const struct guest_questions *all = guests_questions(g->gs);
	unsigned int n = 0;

	for (size_t i = 0; i < all->n; i++)
		n += !all->v[i]->command;
	return n;
}

static void on_cpus(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	g->machine.cpu_tid = -1;
	if (o == QMP_OK)
		qmp_parse_cpus(ret, &g->machine.cpu_tid, NULL);
	probe_reply(g, answered(o), err);
}

static void on_type(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;
	const char *s = o == QMP_OK && json_object_is_type(ret, json_type_string) ?
				json_object_get_string(ret) :
				"";
	size_t len = strlen(s);

	/* QOM's class name: "virt-11.1-machine" */
	if (len > 8 && strcmp(s + len - 8, "-machine") == 0)
		utf8_clean(g->machine.type, sizeof(g->machine.type), s, len - 8);
	probe_reply(g, answered(o), err);
}

/* A link to an object of the guest's protection; "" or no such property: there is none. */
static void on_confidential(void *arg, enum qmp_outcome o, json_object *ret,
			    const struct ras_err *err)
{
	struct guest *g = arg;

	if (o == QMP_OK && json_object_is_type(ret, json_type_string) &&
	    json_object_get_string_len(ret))
		utf8_clean(g->machine.confidential, sizeof(g->machine.confidential),
			   json_object_get_string(ret), (size_t)json_object_get_string_len(ret));
	probe_reply(g, answered(o), err);
}

/*
 * x-query-ramblock is marked unstable. What -compat does to it, it would do to a backend's unstable
 * command.
 */
static void on_unstable(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	(void)ret;
	g->machine.unstable_rejected = o == QMP_ERROR && strstr(err->text, "disabled by policy");
	probe_reply(g, answered(o), err);
}

void guest_probe(struct guest *g)
{
	struct ras_err err = RAS_ERR_NULL;
	int r = 0;

	/* Which process it is: only where the transport does not say. */
	bool ask_cpus = g->life.pid < 0;

	g->machine.failed[0] = '\0';
	g->machine.cpu_tid = -1;
	g->machine.outstanding = 9 + n_properties(g) + ask_cpus;
	r |= qmp_cmd_query_status(g->link.mon, on_status, g, &err);
	r |= qmp_cmd_query_version(g->link.mon, on_version, g, &err);
	r |= qmp_cmd_query_name(g->link.mon, on_name, g, &err);
	r |= qmp_cmd_query_uuid(g->link.mon, on_uuid, g, &err);
	r |= qmp_cmd_query_target(g->link.mon, on_target, g, &err);
	r |= qmp_cmd_query_commands(g->link.mon, on_commands, g, &err);
	if (ask_cpus)
		r |= qmp_cmd_query_cpus_fast(g->link.mon, on_cpus, g, &err);
	r |= ask_properties(g, &err);
	r |= qmp_cmd_qom_get(g->link.mon, "/machine", "type", on_type, g, &err);
	r |= qmp_cmd_qom_get(g->link.mon, "/machine", "confidential-guest-support", on_confidential,
			     g, &err);
	r |= qmp_cmd_query_ramblock(g->link.mon, on_unstable, g, &err);
	if (r)
		guest_link_down(g, &err);
}

void guest_machine_forget(struct guest *g)
{
	struct guest_machine m = { .cpu_tid = -1 };

	/* Replies that are still to come have these as their arg. */
	memcpy(m.asked, g->machine.asked, sizeof(m.asked));
	g->machine = m;
}
