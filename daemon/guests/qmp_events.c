// SPDX-License-Identifier: LGPL-2.1-or-later
/* QEMU's own events, from a monitor that is its socket. */
#include <string.h>

#include "guests/guest.h"

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

#define RECHECK_MS 100

/*
 * A STOP may be the end of an outgoing migration: the run state tells, but for a while it is
 * "finish-migrate".
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
	if (guest_is_up(g) && g->link.by_socket && g->life.state == RUN_STATE_FINISH_MIGRATE)
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
