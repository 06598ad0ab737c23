// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Whose list of bad pages it is: when a guest has another QEMU than the list belongs to, the
 * journal is told whether that one began with memory of its own (journal/poison_of.c).
 *
 * QEMU says whether memory came to it from elsewhere: its run state while it waits for it, and
 * query-migrate later, for as long as it lives. It is asked only where the guest has a list, or
 * injections that may make one. Where it does not answer nothing is decided; the next connection
 * asks again. A QEMU that loads a snapshot at its start (-loadvm) says nothing: it counts as one
 * with memory of its own.
 */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "json/json.h"
#include "inject/queue.h"

struct bad_pages_asked {
	struct bad_pages_asked *next;
	struct injector *in; /* NULL: it has gone */
	char domain[64];
	pid_t pid;
	uint64_t start_time;
};

static void forget(struct bad_pages_asked *a)
{
	struct bad_pages_asked **at = a->in ? &a->in->bad_pages : NULL;

	for (; at && *at; at = &(*at)->next)
		if (*at == a) {
			*at = a->next;
			break;
		}
	free(a);
}

static void belongs(struct injector *in, const char *domain, pid_t pid, uint64_t start_time,
		    bool fresh)
{
	struct ras_err err;

	if (journal_poison_belongs(in->journal, domain, pid, start_time, fresh, &err) < 0)
		log_limited(LOG_WARNING, domain, "guest %s: list of bad pages: %s", domain,
			    err.text);
}

/* What a process says whose memory never came from elsewhere, nor is on its way out. */
static bool says_fresh(json_object *ret, bool *fresh)
{
	const char *status = "";

	if (!json_object_is_type(ret, json_type_object) ||
	    json_opt_str(ret, "status", &status, NULL) < 0)
		return false;
	*fresh = !*status || strcmp(status, "none") == 0 || strcmp(status, "failed") == 0 ||
		 strcmp(status, "cancelled") == 0;
	return true;
}

static void on_migrate(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct bad_pages_asked *a = arg;
	bool fresh;

	(void)err;
	if (a->in && o == QMP_OK && says_fresh(ret, &fresh))
		belongs(a->in, a->domain, a->pid, a->start_time, fresh);
	forget(a);
}

static void ask(struct injector *in, struct guest *g)
{
	struct bad_pages_asked *a = calloc(1, sizeof(*a));

	if (!a)
		return;
	*a = (struct bad_pages_asked){ .in = in,
				       .pid = g->life.pid,
				       .start_time = g->life.start_time,
				       .next = in->bad_pages };
	snprintf(a->domain, sizeof(a->domain), "%s", g->name);
	in->bad_pages = a;
	if (qmp_cmd_query_migrate(g->link.mon, on_migrate, a, NULL) < 0)
		forget(a);
}

static bool is_of(const struct poison_of *of, const struct guest *g)
{
	char boot[CLOCK_BOOT_ID_SIZE];

	clock_boot_id(boot);
	return strcmp(of->boot_id, boot) == 0 && of->pid == g->life.pid &&
	       of->start_time == g->life.start_time;
}

/* It has pages, or records that may make some: late outcomes of an earlier QEMU, too. */
static bool may_have_list(struct injector *in, const char *domain)
{
	struct gpa from = { 0 };
	bool injected = false;
	uint64_t n = 0;

	return (journal_poison_count_from(in->journal, domain, &from, 1, &n, NULL) == 0 && n) ||
	       (journal_has_injection(in->journal, domain, &injected, NULL) == 0 && injected);
}

void bad_pages_guest_up(struct injector *in, struct guest *g)
{
	struct poison_of of;
	int r;

	if (g->life.pid <= 0)
		return;
	r = journal_poison_of(in->journal, g->name, &of, NULL);
	if (r == 0 && is_of(&of, g))
		return;
	if (r == -RAS_E_NOT_FOUND) {
		if (may_have_list(in, g->name))
			belongs(in, g->name, g->life.pid, g->life.start_time, false);
	} else if (r == 0 && (g->life.state == RUN_STATE_INMIGRATE ||
			      g->life.state == RUN_STATE_RESTORE_VM)) {
		belongs(in, g->name, g->life.pid, g->life.start_time, false);
	} else if (r == 0) {
		ask(in, g);
	}
}

void bad_pages_end(struct injector *in)
{
	for (struct bad_pages_asked *a = in->bad_pages; a; a = a->next)
		a->in = NULL;
	in->bad_pages = NULL;
}
