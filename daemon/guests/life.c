// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which process a guest is, and what becomes of it: reset, stop, resume, move, memory failure; from
 * QEMU's own events (its socket) or from the manager's.
 *
 * What is known of a guest belongs to one generation: a process and its count of RESETs. When the
 * monitor is lost the next connection may lead to another process, so everything is forgotten, but
 * the process itself is kept in life.before. If the next one is the same process (pid and start
 * time), its count of RESETs goes on; one that happened in between was missed, and the status block
 * shows it (backend/hest.c). Without that an acknowledgement of the old generation could be taken
 * for one of the new.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "guests/guest.h"

#define RECHECK_MS 100 /* of "finish-migrate", which lasts some ten milliseconds */
/*
 * How long libvirt is given to say how a domain ended whose process has gone. It takes some 0.1 s
 * on an idle host; after this the guest counts as gone.
 */
#define END_KNOWN_NS (3 * INT64_C(1000000000))

void guest_life_forget(struct guest *g)
{
	/* Only one that was probed: what is known of it is whole. */
	if (g->life.pid > 0 && g->life.start_time)
		g->life.before = (struct guest_process){ .pid = g->life.pid,
							 .start_time = g->life.start_time,
							 .reset_count = g->life.reset_count };
	g->life.pid = -1;
	g->life.start_time = 0;
	g->life.reset_count = 0;
}

void guest_life_begins(struct guest *g)
{
	if (g->life.before.pid != g->life.pid || g->life.before.start_time != g->life.start_time) {
		g->life.gone_ns = 0;
		g->life.fate = FATE_NONE;
		g->life.poisoned_ns = g->life.reset_ns = 0;
		return;
	}
	g->life.reset_count = g->life.before.reset_count;
}

enum guest_event guests_how_ended(struct guests *gs, const char *name, pid_t pid, const char **how)
{
	struct guest *g;
	int64_t now = clock_boot_ns();

	if (guests_find(gs, name, &g, NULL) < 0 ||
	    (g->life.pid != pid && g->life.before.pid != pid))
		return GUEST_GONE;
	if (g->life.fate == FATE_MOVED) {
		*how = g->life.moved_how;
		return GUEST_MOVED;
	}
	if (!guest_is_managed(g) || g->life.fate == FATE_ENDED)
		return GUEST_GONE;
	if (!g->life.gone_ns)
		g->life.gone_ns = now;
	return now - g->life.gone_ns < END_KNOWN_NS ? GUEST_UP : GUEST_GONE;
}

int64_t guest_start_boot_ns(const struct guest *g)
{
	return (int64_t)g->life.start_time * (1000000000 / sysconf(_SC_CLK_TCK));
}

void guest_was_reset(struct guest *g)
{
	guests_tell(g, GUEST_RESET);
	g->life.reset_count++;
	g->life.reset_ns = clock_boot_ns();
	guest_layout_void(g);
}

void guest_missed_reset(struct guest *g)
{
	log_limited(LOG_INFO, g->name, "guest %s: it was reset while there was no monitor",
		    g->name);
	g->life.reset_count++;
}

void guest_was_stopped(struct guest *g, enum run_state state, enum guest_event ev)
{
	g->life.state = state;
	guests_tell(g, ev);
}

void guest_was_moved(struct guest *g, const char *how)
{
	if (g->life.fate == FATE_MOVED)
		return;
	g->life.fate = FATE_MOVED;
	utf8_format(g->life.moved_how, sizeof(g->life.moved_how), "%s", how);
	log_limited(LOG_INFO, g->name, "guest %s: %s", g->name, how);
	guests_tell(g, GUEST_MOVED);
}

void guest_resumed(struct guest *g, bool new_memory)
{
	g->life.n_resumes++;
	g->life.state = RUN_STATE_RUNNING;
	g->life.fate = FATE_NONE;
	if (!new_memory)
		return;
	/* What runs now came with its memory from elsewhere: nothing found before counts. */
	g->life.reset_count++;
	g->life.n_memories++;
	guest_layout_void(g);
}

void guest_layout_void(struct guest *g)
{
	g->ram.known = false;
	g->ram.generation++;
}

void guest_own_failure_begins(struct guest *g)
{
	g->life.own_failures.expected = true;
	g->life.own_failures.until_ns = INT64_MAX;
}

void guest_own_failure_ends(struct guest *g, int64_t within_ns)
{
	g->life.own_failures.until_ns = clock_boot_ns() + within_ns;
}

/*
 * Is this the event of our own command? Its event is about the guest, and no command of ours
 * requires action (a synchronous error, which only a real one is). One command has one event.
 */
static bool is_own_failure(struct guest *g, const char *recipient, const char *action,
			   bool action_required, int64_t now_ns)
{
	struct guest_own_failures *own = &g->life.own_failures;
	bool injected = strcmp(action, "inject") == 0;

	if (!own->expected || now_ns > own->until_ns || action_required ||
	    strcmp(recipient, "guest") != 0 || (!injected && strcmp(action, "reset") != 0))
		return false;
	own->expected = false;
	own->n_seen++;
	own->n_injected += injected;
	return true;
}

void guest_memory_failed(struct guest *g, const char *recipient, const char *action,
			 bool action_required, bool recursive)
{
	int64_t now_ns = clock_boot_ns();

	if (is_own_failure(g, recipient, action, action_required, now_ns))
		return;
	g->life.memory_failed_ns[g->life.n_memory_failures++ % GUEST_FAILURES_KEPT] = now_ns;
	/* "hypervisor": memory of QEMU that is not the guest's. */
	if (strcmp(recipient, "guest") == 0)
		g->life.poisoned_ns = now_ns;
	utf8_format(g->life.memory_failure, sizeof(g->life.memory_failure),
		    "recipient %s, action %s%s%s", recipient, action,
		    action_required ? ", action required" : "", recursive ? ", recursive" : "");
	log_limited(LOG_WARNING, g->name, "guest %s: MEMORY_FAILURE: %s", g->name,
		    g->life.memory_failure);
}

/* --- QEMU's own events --- */

static void on_memory_failure(struct guest *g, json_object *data)
{
	const char *recipient = "?", *action = "?";
	json_object *flags = NULL;
	bool required = false, recursive = false;

	if (data && json_object_is_type(data, json_type_object)) {
		json_opt_str(data, "recipient", &recipient, NULL);
		json_opt_str(data, "action", &action, NULL);
		if (json_get_obj(data, "flags", &flags, NULL) == 0) {
			json_opt_bool(flags, "action-required", &required, NULL);
			json_opt_bool(flags, "recursive", &recursive, NULL);
		}
	}
	guest_memory_failed(g, recipient, action, required, recursive);
}

/*
 * A STOP may be the end of an outgoing migration. The run state says so, but for a while it is
 * "finish-migrate", which may still fail.
 */
static void on_stop_status(void *arg, enum qmp_outcome o, json_object *ret,
			   const struct ras_err *err)
{
	const struct timeval soon = { 0, RECHECK_MS * 1000 };
	struct guest *g = arg;

	(void)err;
	if (o != QMP_OK || qmp_parse_status(ret, &g->life.state, NULL) < 0)
		return;
	if (g->life.state == RUN_STATE_POSTMIGRATE)
		guest_was_moved(g, "migrated to another host");
	else if (g->life.state == RUN_STATE_FINISH_MIGRATE)
		evtimer_add(g->life.recheck, &soon);
}

void guest_recheck(evutil_socket_t fd, short what, void *arg)
{
	struct guest *g = arg;

	(void)fd;
	(void)what;
	if (guest_is_up(g) && guest_by_socket(g) && g->life.state == RUN_STATE_FINISH_MIGRATE)
		qmp_cmd_query_status(g->link.mon, on_stop_status, g, NULL);
}

static void on_migration(struct guest *g, json_object *data)
{
	const char *status = "";

	if (data && json_object_is_type(data, json_type_object))
		json_opt_str(data, "status", &status, NULL);
	if (strcmp(status, "completed") == 0 && g->life.state != RUN_STATE_INMIGRATE &&
	    g->life.state != RUN_STATE_RUNNING)
		guest_was_moved(g, "migrated to another host");
}

static void on_stop(struct guest *g)
{
	g->life.n_stops++;
	if (g->life.state == RUN_STATE_RUNNING)
		g->life.state = RUN_STATE_PAUSED;
	if (g->link.mon)
		qmp_cmd_query_status(g->link.mon, on_stop_status, g, NULL);
}

void guest_qmp_event(void *arg, const char *name, json_object *data)
{
	struct guest *g = arg;

	if (strcmp(name, "STOP") == 0) {
		on_stop(g);
	} else if (strcmp(name, "RESUME") == 0) {
		guest_resumed(g, g->life.state == RUN_STATE_INMIGRATE ||
					 g->life.state == RUN_STATE_RESTORE_VM);
	} else if (strcmp(name, "RESET") == 0) {
		guest_was_reset(g);
	} else if (strcmp(name, "SHUTDOWN") == 0) {
		guest_was_stopped(g, RUN_STATE_SHUTDOWN, GUEST_STOPPED);
	} else if (strcmp(name, "GUEST_PANICKED") == 0) {
		guest_was_stopped(g, RUN_STATE_GUEST_PANICKED, GUEST_PANICKED);
	} else if (strcmp(name, "SUSPEND") == 0) {
		g->life.state = RUN_STATE_SUSPENDED;
	} else if (strcmp(name, "WAKEUP") == 0) {
		guest_resumed(g, false);
	} else if (strcmp(name, "MIGRATION") == 0) {
		on_migration(g, data);
	} else if (strcmp(name, "MEMORY_FAILURE") == 0) {
		on_memory_failure(g, data);
	} else if (strcmp(name, "DEVICE_DELETED") == 0 ||
		   strcmp(name, "MEMORY_DEVICE_SIZE_CHANGE") == 0 ||
		   strcmp(name, "ACPI_DEVICE_OST") == 0) {
		guest_layout_void(g);
	}
}
