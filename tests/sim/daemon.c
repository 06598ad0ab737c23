// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Starting and ending rasd's rooms, as daemon/rasd.c does. A kill leaves the process's state as it
 * is in the journal and in the world: sim_rasd_set_alive(false) cuts every edge first, and what the
 * rooms do while they are freed reaches nobody.
 */
#include "daemon.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "libvirt/domains.h"
#include "clients.h"
#include "disk.h"
#include "guests/guest.h"
#include "inject/policy.h"
#include "guest.h"
#include "helper.h"
#include "libvirt.h"
#include "monitor.h"
#include "oracle.h"

struct sim_daemon sim_daemon;

static struct event_base *const base = (struct event_base *)(void *)&sim_daemon;

static void grant(struct conf *c, const char *name)
{
	struct conf_grant *g = &c->grant[c->n_grants++];

	snprintf(g->domain, sizeof(g->domain), "%s", name);
	g->target_max_severity = CONF_SEV_FATAL;
	g->forward_corrected = g->forward_uncorrected = true;
}

void sim_daemon_deny_forward(unsigned int guest)
{
	struct conf_grant *g = &sim_daemon.conf.grant[guest];

	g->forward_corrected = g->forward_uncorrected = false;
}

/* Files of this process's runs lie here; the working directory, so that no path names it. */
static char home[64];
static pid_t home_of;

static void leave_home(void)
{
	if (home_of == getpid() && chdir("/") == 0)
		rmdir(home);
}

static void enter_home(void)
{
	if (home_of == getpid())
		return;
	snprintf(home, sizeof(home), "%s/rasd-sim.XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	if (!mkdtemp(home) || chdir(home) < 0) {
		perror(home);
		exit(2);
	}
	home_of = getpid();
	atexit(leave_home);
}

void sim_daemon_prepare(bool libvirt)
{
	struct conf *c = &sim_daemon.conf;

	enter_home();
	memset(&sim_daemon, 0, sizeof(sim_daemon));
	conf_defaults(c);
	snprintf(c->state_directory, sizeof(c->state_directory), "state");
	snprintf(c->qmp_directory[0], sizeof(c->qmp_directory[0]), ".");
	c->n_qmp_directories = 1;
	snprintf(c->libvirt_run_directory, sizeof(c->libvirt_run_directory), ".");
	identity_pid_file_owner = geteuid();
	snprintf(c->libvirt_uri, sizeof(c->libvirt_uri), "%s", libvirt ? "qemu:///system" : "");
	for (unsigned int i = 0; i < SIM_GUESTS; i++) {
		char name[16];

		snprintf(name, sizeof(name), "vm%u", i + 1);
		grant(c, name);
	}
}

static void take_back(struct conf_grant *g)
{
	g->target_max_severity = CONF_SEV_NONE;
	g->forward_corrected = g->forward_uncorrected = false;
}

void sim_daemon_revoke(const char *name)
{
	struct conf *c = &sim_daemon.conf;

	for (size_t i = 0; i < c->n_grants; i++)
		if (strcmp(c->grant[i].domain, name) == 0)
			take_back(&c->grant[i]);
}

static void on_engaged(void *arg, const struct ras_err *err)
{
	(void)arg;
	sim_daemon.lever.stored = !err;
	sim_trace("lever: %s", err ? err->text : "stored");
}

void sim_daemon_engage(bool all)
{
	const struct journal_lever l = {
		.engaged = true, .also_forwarding = all, .reason = "sim", .real_ns = 1
	};
	struct ras_err err;

	if (!sim_rasd_alive() || sim_daemon.lever.engaged_ns)
		return;
	sim_trace("lever: engaged");
	sim_daemon.lever = (struct sim_lever){ sim_now(), sim_daemon.life, false, all };
	if (policy_lever_engage(injector_policy(sim_daemon.injector), &l, on_engaged, NULL, &err) <
	    0)
		sim_fail("the lever: %s", err.text);
	injector_recheck(sim_daemon.injector);
}

/* The question whether a job is in progress may be asked between the gate and the send. */
#define ASKED_BEFORE_NS (100 * SIM_MS)

static void on_released(void *arg, const struct ras_err *err)
{
	(void)arg;
	if (err) {
		sim_fail("the lever is not released: %s", err->text);
		return;
	}
	sim_trace("lever: released");
	sim_daemon.lever = (struct sim_lever){ 0 };
	events_released(sim_daemon.events);
}

void sim_daemon_release(void)
{
	const struct journal_lever l = { .reason = "sim", .real_ns = 2 };
	struct ras_err err;

	if (policy_lever_release(injector_policy(sim_daemon.injector), &l, on_released, NULL,
				 &err) < 0)
		sim_fail("the lever: %s", err.text);
}

bool sim_daemon_is_stopped(bool host)
{
	const struct sim_lever *l = &sim_daemon.lever;

	return l->engaged_ns && (l->all || !host) && (l->stored || l->life == sim_daemon.life) &&
	       sim_now() > l->engaged_ns + ASKED_BEFORE_NS;
}

void sim_daemon_knows_uuids(void)
{
	struct conf *c = &sim_daemon.conf;

	for (size_t i = 0; i < c->n_grants; i++) {
		c->grant[i].has_uuid = true;
		c->grant[i].uuid =
			(struct uuid){ .b = { [6] = 0x40, [8] = 0x80, [15] = (uint8_t)i } };
	}
}

void sim_pid_file(const char *name, pid_t pid)
{
	char path[32];
	FILE *f;

	if (!sim_daemon.conf.libvirt_uri[0])
		return;
	snprintf(path, sizeof(path), "%s.pid", name);
	unlink(path);
	f = pid ? fopen(path, "we") : NULL;
	if (!f)
		return;
	fprintf(f, "%d\n", (int)pid);
	fclose(f);
}

static void empty(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	char path[300];

	while (d && (e = readdir(d)))
		if (e->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", dir, e->d_name);
			unlink(path);
		}
	if (d)
		closedir(d);
}

void sim_daemon_cleanup(void)
{
	empty("state");
	rmdir("state");
	empty(".");
}

void sim_socket_file(const char *name, bool there)
{
	char path[32];
	int fd;

	snprintf(path, sizeof(path), "%s.qmp", name);
	if (!there) {
		unlink(path);
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
}

static void start_host_events(void)
{
	struct sim_daemon *d = &sim_daemon;
	struct events_parts parts = { .base = base, .conf = &d->conf, .guests = d->guests };
	struct ras_err err;

	if (translator_new(&d->translator, base, d->guests, d->helper, &err) < 0 ||
	    forward_new(&d->forward, d->guests, d->translator, d->injector, &err) < 0)
		return;
	parts.helper = d->helper;
	parts.translator = d->translator;
	parts.injector = d->injector;
	parts.forward = d->forward;
	parts.journal = d->journal;
	if (events_new(&d->events, &parts, &err) < 0) {
		sim_fail("rasd cannot take host events: %s", err.text);
		sim_rasd_set_alive(false);
	}
}

void sim_daemon_start(void)
{
	struct sim_daemon *d = &sim_daemon;
	size_t n_undecided = 0;
	struct ras_err err;

	sim_rasd_set_alive(true);
	d->life++;
	sim_backends_register(d->which_backends, d->life);
	sim_trace("rasd: life %llu begins", (unsigned long long)d->life);
	if (journal_open(&d->journal, base, d->conf.state_directory, NULL, &n_undecided, &err) <
		    0 ||
	    helper_client_connect(&d->helper, base, "", NULL, &err) < 0 ||
	    guests_new(&d->guests, base, &d->conf, &err) < 0 ||
	    (d->conf.libvirt_uri[0] && libvirt_manager_new(d->guests, &err) < 0) ||
	    backends_new(&d->backends, base, d->guests, d->helper, &err) < 0 ||
	    injector_new(&d->injector, base, &d->conf, d->guests, d->journal, d->backends, &err) <
		    0) {
		sim_trace("rasd: cannot start: %s", err.text);
		if (!sim_disk.full && !sim_disk.fail)
			sim_fail("rasd cannot start: %s", err.text);
		sim_rasd_set_alive(false); /* as a supervisor does, the run starts it again */
		return;
	}
	sim_trace("rasd: %zu undecided", n_undecided);
	if (d->host_events)
		start_host_events();
}

void sim_daemon_end(void)
{
	struct sim_daemon *d = &sim_daemon;

	if (sim_rasd_alive()) {
		sim_trace("rasd: ends in order");
		sim_journal_commit_all();
	}
	sim_rasd_set_alive(false);
	oracle_rasd_ends();
	sim_helper_hang_up();
	sim_libvirt_hang_up();
	sim_monitors_hang_up();
	sim_backends_hang_up();
	sim_helper_hang_up(); /* what the monitors' end made the rooms ask */
	events_free(TAKE(d->events));
	translator_free(TAKE(d->translator));
	injector_free(TAKE(d->injector));
	forward_free(TAKE(d->forward));
	backends_free(TAKE(d->backends));
	guests_free(TAKE(d->guests));
	helper_client_free(TAKE(d->helper));
	journal_close(TAKE(d->journal));
	if (sim_rasd_events())
		sim_fail("%zu events of rasd are left after its end", sim_rasd_events());
	clients_rasd_ended();
}
