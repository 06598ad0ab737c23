// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What rasctl status finds wrong, and how it is mended: one line each. What is as it should be, and
 * what somebody has switched off, is no problem.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/rpc/client.h"
#include "cli/rpc/domain.h"
#include "cli/show/out.h"
#include "cli/verbs/status/status.h"
#include "json/json.h"

#define MAX_GUESTS 5 /* that are named; the others are in rasctl domains */
#define MAX_EVENTS 3

static void problem(struct status *s, const char *what, const char *why, const char *mend)
{
	json_object *p = json_object_new_object();
	char text[400];

	snprintf(text, sizeof(text), "%s%s%s", what, *why ? ": " : "", why);
	json_object_object_add(p, "what", json_object_new_string(text));
	if (*mend)
		json_object_object_add(p, "mend", json_object_new_string(mend));
	json_object_array_add(s->problems, p);
}

static void judge_daemon(struct status *s)
{
	const char *role = member_str(s->ping, "role", "none");
	const char *pages = member_str(s->ping, "pages", "none");
	json_object *journal = member_of(s->ping, "journal", json_type_object);
	const char *damage = member_str(journal, "damage", "");

	if (*damage)
		problem(s, "nothing can be stored", damage, "journalctl -u rasd");
	if (!member_true(s->ping, "helper"))
		problem(s, "rasd-pagemap is not connected, so nothing can be proved",
			member_str(s->ping, "helper_why", ""),
			"systemctl enable --now rasd-pagemap.socket; journalctl -u rasd-pagemap");
	else if (strcmp(pages, "rmap") != 0)
		problem(s, "host pages are searched for, which takes longer",
			member_str(s->ping, "pages_why", ""), "rasctl doctor");
	if (member_number(journal, "undecided") > 0)
		problem(s, "injections are undecided", "",
			"rasctl log; rasctl resolve decides those that are unknown");
	if (strcmp(role, "none") == 0)
		problem(s, "you have no role, so most is not shown", "",
			"sudo usermod -aG rasd-view $USER, then log in again");
}

static void judge_list(struct status *s)
{
	json_object *missing = member_of(s->list, "missing", json_type_object);
	json_object *libvirt = member_of(s->list, "libvirt", json_type_object);

	if (missing)
		problem(s, "not all guests are known", member_str(missing, "reason", ""),
			member_str(missing, "hint", ""));
	if (member_true(libvirt, "read_only"))
		problem(s, "libvirt may only be read", member_str(libvirt, "reason", ""),
			member_str(libvirt, "hint", ""));
}

static void judge_guests(struct status *s)
{
	json_object *domains = domain_array(s->list);
	size_t n = 0;

	for (size_t i = 0; i < json_length(domains); i++) {
		json_object *d = json_object_array_get_idx(domains, i);
		json_object *migration = member_of(d, "migration", json_type_object);

		if (migration && n++ < MAX_GUESTS)
			problem(s, member_str(d, "name", "?"),
				member_str(migration, "reason", "cannot be migrated"),
				"rasctl explain says by what that is known; reboot it");
		if (domain_lacks_something(d) && n++ < MAX_GUESTS)
			problem(s, member_str(d, "name", "?"), member_str(d, "reason", ""),
				member_str(d, "hint", ""));
	}
	if (n > MAX_GUESTS)
		problem(s, "other guests are not ready, too", "", "rasctl domains");
}

static void judge_sources(struct status *s)
{
	for (size_t i = 0; i < json_length(s->sources); i++) {
		json_object *source = json_object_array_get_idx(s->sources, i);
		const char *state = member_str(source, "state", "");
		char name[80];

		snprintf(name, sizeof(name), "source %.60s", member_str(source, "name", "?"));
		/* Of those that only add to the kernel's reports none is needed. */
		if (strcmp(state, "unreadable") == 0 ||
		    (strcmp(state, "absent") == 0 && member_true(source, "originates")))
			problem(s, name, member_str(source, "why", state),
				member_str(source, "mend", "rasctl doctor"));
	}
}

void status_judge(struct status *s)
{
	s->problems = json_object_new_array();
	judge_daemon(s);
	judge_list(s);
	judge_guests(s);
	judge_sources(s);
}

/* A method that an older rasd does not have, or that the role does not allow: not shown. */
static json_object *ask(struct client *c, const char *method, json_object *params, const char *key)
{
	_json_ json_object *result = NULL;
	struct ras_err err;

	if (client_call(c, method, params, &result, &err) < 0)
		return NULL;
	return json_object_get(key ? member_of(result, key, json_type_array) : result);
}

int status_ask(struct status *s, struct client *c, struct ras_err *err)
{
	json_object *few = json_object_new_object();
	int ret = client_call(c, "rpc.ping", NULL, &s->ping, err);

	json_object_object_add(few, "limit", json_object_new_int(MAX_EVENTS));
	if (ret == 0 && strcmp(member_str(s->ping, "role", "none"), "none") != 0)
		ret = domain_list(c, &s->list, err);
	if (ret == 0) {
		s->sources = ask(c, "source.list", NULL, "sources");
		s->events = ask(c, "event.list", TAKE(few), "events");
		s->safety = ask(c, "safety.get", NULL, NULL);
	}
	json_object_put(few);
	return ret;
}

void status_free(struct status *s)
{
	json_object_put(s->ping);
	json_object_put(s->list);
	json_object_put(s->sources);
	json_object_put(s->events);
	json_object_put(s->safety);
	json_object_put(s->problems);
}
