// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reading rasd.conf again while rasd runs: config.reload, SIGHUP.
 *
 * Roles, limits, [injector] sections, grants and what is done with errors of the host take effect
 * at once, also for open connections and waiting injections. What sockets, files and connections
 * were made of stays as it was until a restart; such keys are named.
 */
#pragma once

#include "conf/conf.h"
#include "control/server.h"
#include "daemon.h"

struct reload;

#define RELOAD_MAX_KEYS 24

/* What has come of it. Strings are constants. */
struct reload_result {
	const char *changed[RELOAD_MAX_KEYS]; /* sections that are in effect, or would be */
	size_t n_changed;
	const char *restart[RELOAD_MAX_KEYS]; /* keys that need a restart of rasd */
	size_t n_restart;
	size_t n_refused; /* injections that waited and are not allowed any more */
};

/* err: the file is wrong, and nothing has changed. Runs once, from the loop. */
typedef void (*reload_done_fn)(void *arg, const struct reload_result *r, const struct ras_err *err);

/* file and s are borrowed and outlive it. SIGHUP reads it from now on. RAS_E_NOMEM, RAS_E_IO. */
int reload_new(struct reload **out, struct daemon *d, struct server *s, const char *file,
	       struct ras_err *err);
void reload_free(struct reload *r); /* NULL allowed */

/*
 * Read the file. dry_run: only say what would change. uid: who asks, AUDIT_NOBODY: a signal.
 * RAS_E_BUSY: it is being read already.
 */
int reload_run(struct reload *r, int64_t uid, bool dry_run, reload_done_fn done, void *arg,
	       struct ras_err *err);

/* Pure: put what may change at once from from into to, and name the rest. */
void reload_take(struct conf *to, const struct conf *from, struct reload_result *out);
