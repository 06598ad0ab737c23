// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The file is read by a thread: names of users and groups are asked of NSS, which may block for as
 * long as a directory server does not answer. Nothing is changed until the whole file is right.
 */
#include "control/reload.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "audit/audit.h"
#include "base/clock.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "base/systemd.h"
#include "inject/inject.h"

struct reload {
	struct daemon *d;
	struct server *server;
	const char *file;
	struct mailbox *mailbox;
	struct event *hup;
	bool again; /* SIGHUP came meanwhile */
	/* the thread's, from reload_run() until its mail is here */
	bool running;
	pthread_t thread;
	struct mail ended;
	struct conf conf;
	struct ras_err err;
	int r;
	/* who asks */
	int64_t uid;
	bool dry_run;
	reload_done_fn done;
	void *arg;
};

#define PART(m) offsetof(struct conf, m), sizeof(((struct conf *)0)->m)

/* What takes effect at once. */
static const struct {
	const char *name;
	size_t at, size;
} now[] = {
	{ "groups", PART(roles.view_group) },
	{ "groups", PART(roles.inject_group) },
	{ "groups", PART(roles.admin_group) },
	{ "groups", PART(roles.gids) },
	{ "[injector]", PART(roles.injector) },
	{ "[injector]", PART(roles.n_injectors) },
	{ "[limits]", PART(limits) },
	{ "[domain]", PART(grant) },
	{ "[domain]", PART(n_grants) },
	{ "corrected", PART(events.corrected) },
	{ "corrected-threshold", PART(events.threshold) },
	{ "uncorrected-per-minute", PART(events.uncorrected_a_minute) },
};

/* What needs a restart. */
static const struct {
	const char *name;
	size_t at, size;
} later[] = {
	{ "user", PART(user) },
	{ "socket", PART(sockets.control) },
	{ "read-only-socket", PART(sockets.read_only) },
	{ "helper-socket", PART(sockets.helper) },
	{ "state-directory", PART(state_directory) },
	{ "ghes-directory", PART(ghes_directory) },
	{ "journal-keep-days", PART(journal_keep_days) },
	{ "journal-keep-rows", PART(journal_keep_rows) },
	{ "qmp-directory", PART(qmp_directory) },
	{ "qemu-user", PART(qemu_uid) },
	{ "libvirt-uri", PART(libvirt_uri) },
	{ "libvirt-run-directory", PART(libvirt_run_directory) },
	{ "source", PART(events.source) },
	{ "source", PART(events.none) },
	{ "rasdaemon-database", PART(sources.rasdaemon_database) },
	{ "mcelog-socket", PART(sources.mcelog_socket) },
	{ "mcelog-log", PART(sources.mcelog_log) },
};

_Static_assert(ARRAY_LEN(now) <= RELOAD_MAX_KEYS && ARRAY_LEN(later) <= RELOAD_MAX_KEYS,
	       "struct reload_result has room for all of them");

static void note(const char **names, size_t *n, const char *name)
{
	if (!*n || strcmp(names[*n - 1], name) != 0)
		names[(*n)++] = name;
}

void reload_take(struct conf *to, const struct conf *from, struct reload_result *out)
{
	char *t = (char *)to;
	const char *f = (const char *)from;

	for (size_t i = 0; i < ARRAY_LEN(now); i++)
		if (memcmp(t + now[i].at, f + now[i].at, now[i].size) != 0) {
			note(out->changed, &out->n_changed, now[i].name);
			memcpy(t + now[i].at, f + now[i].at, now[i].size);
		}
	for (size_t i = 0; i < ARRAY_LEN(later); i++)
		if (memcmp(t + later[i].at, f + later[i].at, later[i].size) != 0)
			note(out->restart, &out->n_restart, later[i].name);
}

static void *read_file(void *arg)
{
	struct reload *r = arg;

	r->r = conf_load(r->file, &r->conf, &r->err);
	mailbox_put(r->mailbox, &r->ended);
	return NULL;
}

static void tell(const struct reload *r, const struct reload_result *res)
{
	audit_config(r->uid, r->file, r->r < 0 ? &r->err : NULL);
	if (r->r < 0) {
		log_error("%s; nothing has changed", r->err.text);
		return;
	}
	log_info("%s was read again: %zu changes, %zu that need a restart, %zu waiting injections "
		 "refused",
		 r->file, res->n_changed, res->n_restart, res->n_refused);
	for (size_t i = 0; i < res->n_restart; i++)
		log_warn("%s in %s needs a restart of rasd", res->restart[i], r->file);
}

static void on_read(void *arg, struct mail *m)
{
	struct reload *r = arg;
	struct reload_result res = { .n_changed = 0 };
	struct conf *scratch;

	(void)m;
	if (r->running)
		pthread_join(r->thread, NULL);
	r->running = false;
	if (r->r == 0 && r->dry_run) {
		scratch = malloc(sizeof(*scratch));
		if (scratch) {
			*scratch = r->d->conf;
			reload_take(scratch, &r->conf, &res);
		} else {
			r->r = ras_fail(&r->err, RAS_E_NOMEM, "out of memory");
		}
		free(scratch);
	} else if (r->r == 0) {
		reload_take(&r->d->conf, &r->conf, &res);
		server_roles(r->server);
		res.n_refused = injector_recheck(r->d->injector);
	}
	if (!r->dry_run) {
		tell(r, &res);
		systemd_tell("READY=1");
	}
	if (r->done)
		r->done(r->arg, &res, r->r < 0 ? &r->err : NULL);
	if (r->again) {
		r->again = false;
		reload_run(r, AUDIT_NOBODY, false, NULL, NULL, NULL);
	}
}

static void tell_begin(void)
{
	char text[64];

	snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
		 (long long)clock_mono_ns() / 1000);
	systemd_tell(text);
}

int reload_run(struct reload *r, int64_t uid, bool dry_run, reload_done_fn done, void *arg,
	       struct ras_err *err)
{
	if (r->running)
		return ras_fail(err, RAS_E_BUSY, "%s is being read already", r->file);
	r->uid = uid;
	r->dry_run = dry_run;
	r->done = done;
	r->arg = arg;
	if (!dry_run)
		tell_begin();
	if (pthread_create(&r->thread, NULL, read_file, r) != 0) {
		if (!dry_run)
			systemd_tell("READY=1");
		return ras_fail(err, RAS_E_NOMEM, "no thread to read %s", r->file);
	}
	r->running = true;
	return 0;
}

static void on_hup(evutil_socket_t sig, short what, void *arg)
{
	struct reload *r = arg;
	struct ras_err err;

	(void)sig, (void)what;
	if (r->running)
		r->again = true;
	else if (reload_run(r, AUDIT_NOBODY, false, NULL, NULL, &err) < 0)
		log_error("%s", err.text);
}

int reload_new(struct reload **out, struct daemon *d, struct server *s, const char *file,
	       struct ras_err *err)
{
	struct reload *r = calloc(1, sizeof(*r));
	int ret;

	if (!r)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	r->d = d;
	r->server = s;
	r->file = file;
	ret = mailbox_new(&r->mailbox, d->base, on_read, r, err);
	if (ret < 0) {
		free(r);
		return ret;
	}
	r->hup = evsignal_new(d->base, SIGHUP, on_hup, r);
	if (!r->hup || event_add(r->hup, NULL) < 0) {
		reload_free(r);
		return ras_fail(err, RAS_E_NOMEM, "no event for SIGHUP");
	}
	*out = r;
	return 0;
}

void reload_free(struct reload *r)
{
	if (!r)
		return;
	if (r->hup)
		event_free(r->hup);
	r->again = false;
	if (r->running)
		pthread_join(r->thread, NULL);
	r->running = false;
	mailbox_free(r->mailbox); /* what was read is in effect until the end */
	free(r);
}
