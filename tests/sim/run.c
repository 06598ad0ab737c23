// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One run: the world is made, requests and events are scheduled at times that the seed draws, and
 * the loop turns. After heals_ms nothing is disturbed any more, and within PATIENCE_NS of virtual
 * time each row must be decided. Then the oracle judges, and rasd must end and leave nothing.
 */
#include "scenario.h"

#include <string.h>

#include "base/log.h"

#define PATIENCE_NS (200 * SIM_S)
#define HEALS_MS 3000
#define CHECK_NS (500 * SIM_MS)
#define HOST_SETTLES_NS (15 * SIM_S) /* what could not be forwarded is tried every 5 s */

static bool restart_soon, restarting, has_sockets, host_died, is_swapped;

static void start_rasd(void *arg)
{
	(void)arg;
	restarting = false;
	sim_daemon_start();
}

static void rasd_is_gone(void)
{
	sim_daemon_end();
	if (host_died) {
		sim_disk_lose_unsynced();
		oracle_rasd_ends();
		host_died = false;
	} else {
		sim_disk_check_loss();
	}
	restarting = true;
	sim_after(restart_soon ? SIM_MS : sim_between_log(SIM_MS, 2 * SIM_S), start_rasd, NULL);
}

static void foreign(struct sim_guest *g)
{
	uint8_t rec[220] = { 1 };

	if (!g->proc.exists)
		return;
	for (size_t i = 20; i < sizeof(rec); i++)
		rec[i] = (uint8_t)sim_random();
	rec[16] = 2; /* corrected */
	sim_guest_inject(g, rec, sizeof(rec), true);
}

static void start_guest(struct sim_guest *g)
{
	if (g->proc.exists)
		return;
	sim_guest_start(g);
	if (has_sockets) {
		sim_socket_file(g->name, false);
		sim_socket_file(g->name, true);
	}
}

/* The first two guests' sockets change names. */
static void swap(void)
{
	char path[sizeof(sim_guest[0].path)];

	sim_trace("%s and %s: their sockets change names", sim_guest[0].name, sim_guest[1].name);
	memcpy(path, sim_guest[0].path, sizeof(path));
	memcpy(sim_guest[0].path, sim_guest[1].path, sizeof(path));
	memcpy(sim_guest[1].path, path, sizeof(path));
	for (unsigned int i = 0; i < 2; i++)
		sim_socket_file(sim_guest[i].name, false);
	for (unsigned int i = 0; i < 2; i++)
		sim_socket_file(sim_guest[i].name, true);
	is_swapped = !is_swapped;
}

/* All processes end, what was not synced is lost, and the boot clock begins anew. */
static void host_dies(void)
{
	sim_trace("the host dies");
	sim_rasd_set_alive(false);
	host_died = true;
	sim_guests_host_died();
	sim_helper_up(false);
	sim_helper_up(true);
	sim_host_boots();
	sim_host_boots_again();
	for (unsigned int i = 0; i < sim_n_guests; i++)
		start_guest(&sim_guest[i]);
}

static void happen_else(enum sim_do what, struct sim_guest *g)
{
	switch (what) {
	case DO_PAGE_LOST:
		sim_host_error(g, ERROR_LOST, 1);
		break;
	case DO_PAGE_USED:
		sim_host_error(g, ERROR_CONSUMED, 1);
		break;
	case DO_CORRECTED:
		sim_host_error(g, ERROR_CORRECTED, 1);
		break;
	case DO_STORM:
		for (int i = 0; i < 40; i++)
			sim_host_error(g, ERROR_CORRECTED, 1000);
		sim_host_error(g, ERROR_LOST, 1);
		break;
	case DO_NOBODYS_PAGE:
		sim_host_error(NULL, ERROR_LOST, 1);
		break;
	case DO_ENGAGE:
	case DO_ENGAGE_ALL:
		sim_daemon_engage(what == DO_ENGAGE_ALL);
		break;
	case DO_RELEASE:
		sim_daemon_release();
		break;
	case DO_REUSE:
		sim_host_reuse(g, &sim_guest[(g->index + 1) % sim_n_guests]);
		break;
	default:
		break;
	}
}

static void happen(void *arg)
{
	const struct sim_event *e = arg;
	struct sim_guest *g = &sim_guest[e->guest];

	switch (e->what) {
	case DO_NOTHING:
		break;
	case DO_START:
	case DO_START_OTHER:
		if (!g->proc.exists)
			g->is_other = e->what == DO_START_OTHER;
		start_guest(g);
		break;
	case DO_SWAP:
		swap();
		break;
	case DO_KILL:
		sim_guest_kill(g);
		break;
	case DO_RESET:
		sim_guest_reset(g);
		break;
	case DO_PAUSE:
		sim_guest_pause(g);
		break;
	case DO_RESUME:
		sim_guest_resume(g);
		break;
	case DO_HANG:
	case DO_GO_ON:
		sim_guest_hang(g, e->what == DO_HANG);
		break;
	case DO_PANIC:
		sim_guest_panic(g);
		break;
	case DO_SHUTDOWN:
		sim_guest_shutdown(g);
		break;
	case DO_MIGRATE:
		sim_guest_migrate(g);
		break;
	case DO_SAVE:
		sim_guest_save(g);
		break;
	case DO_LOAD:
		sim_guest_load(g);
		break;
	case DO_FOREIGN:
		foreign(g);
		break;
	case DO_CUT:
		sim_trace("%s: the monitor's connections are cut", g->name);
		sim_monitor_cut(g);
		break;
	case DO_UNLINK:
	case DO_LINK:
		sim_trace("%s: socket file %s", g->name, e->what == DO_LINK ? "made" : "removed");
		sim_socket_file(g->name, e->what == DO_LINK);
		break;
	case DO_HELPER_DOWN:
	case DO_HELPER_UP:
		sim_helper_up(e->what == DO_HELPER_UP);
		break;
	case DO_KILL_RASD:
		if (sim_rasd_alive())
			sim_trace("rasd: killed");
		sim_rasd_set_alive(false);
		break;
	case DO_DIE_AT_BORDER:
		sim_die_at_border(1 + sim_below(60));
		break;
	case DO_RESTART_RASD:
		if (sim_rasd_alive())
			rasd_is_gone();
		break;
	case DO_WALL_JUMP:
		sim_jump_wall_clock(sim_between(-3600 * SIM_S, 3600 * SIM_S));
		break;
	case DO_DISK_FULL:
	case DO_DISK_OK:
		sim_disk.full = e->what == DO_DISK_FULL;
		sim_trace("disk %s", sim_disk.full ? "full" : "has room again");
		break;
	case DO_LIBVIRTD_DOWN:
	case DO_LIBVIRTD_UP:
		sim_libvirtd_up(e->what == DO_LIBVIRTD_UP);
		break;
	case DO_REVOKE:
		sim_trace("%s: its grant is taken back", g->name);
		sim_daemon_revoke(g->name);
		g->revoked_ns = sim_now();
		break;
	case DO_HOST_DIES:
		host_dies();
		break;
	default:
		happen_else(e->what, g);
		break;
	}
}

static void schedule_events(const struct scenario *s)
{
	for (size_t i = 0; i < SIM_EVENTS && s->event[i].what != DO_NOTHING; i++) {
		const struct sim_event *e = &s->event[i];

		if (e->percent && !sim_percent(e->percent))
			continue;
		sim_after(sim_between(e->from_ms * SIM_MS, e->to_ms * SIM_MS), happen,
			  (void *)(uintptr_t)e);
	}
}

static void schedule_requests(const struct scenario *s)
{
	for (unsigned int i = 0; i < s->load.n; i++) {
		struct sim_request rq = { .guest = (unsigned int)sim_below(s->n_guests),
					  .severity = CONF_SEV_CORRECTED,
					  .own_fru = !sim_percent(s->load.no_fru),
					  .wait = sim_percent(50),
					  .dry = sim_percent(4),
					  .timeout_ms =
						  s->load.timeout_ms ? s->load.timeout_ms : 5000 };
		int64_t at = sim_between(0, s->load.within_ms * SIM_MS);

		/* Half of all are the first person's. */
		if (s->load.persons && sim_percent(50))
			rq.person = 1 + (unsigned int)sim_below(s->load.persons - 1);
		if (s->backends)
			rq.backend = sim_backend_of((unsigned int)sim_below(3) + SIM_PAGE - 1);

		if (sim_percent(s->load.fatal))
			rq.severity = CONF_SEV_FATAL;
		else if (sim_percent(s->load.recoverable))
			rq.severity = CONF_SEV_RECOVERABLE;
		rq.give_up_ns = sim_now() + at + 20 * SIM_S;
		client_ask(&rq, at);
	}
}

static void make_guests(const struct scenario *s)
{
	sim_n_guests = s->n_guests;
	for (unsigned int i = 0; i < s->n_guests; i++) {
		struct sim_guest *g = &sim_guest[i];

		snprintf(g->name, sizeof(g->name), "vm%u", i + 1);
		snprintf(g->path, sizeof(g->path), "./vm%u.qmp", i + 1);
		g->index = i;
		g->n_sources = s->n_sources ? s->n_sources : 1;
		g->has_more = s->backends != BACKENDS_USUAL;
		g->page.read_ack = 1;
		g->kernel.os = s->os[i];
		g->kernel.deaf = s->deaf;
		g->kernel.after_panic = s->after_panic;
		g->kernel.step_max_ns = (s->step_max_ms ? s->step_max_ms : 3) * SIM_MS;
		g->kernel.boot_max_ns = (s->boot_max_ms ? s->boot_max_ms : 800) * SIM_MS;
		g->kernel.deaf_max_ns = s->deaf_max_ms * SIM_MS;
		if (s->booting)
			sim_guest_start(g);
		else
			sim_guest_start_up(g);
		if (s->ways != WAYS_LIBVIRT)
			sim_socket_file(g->name, true);
	}
}

/* Turn until until_ns, or until ready() says so. */
static void turn(int64_t until_ns)
{
	do {
		if (!sim_rasd_alive() && !restarting)
			rasd_is_gone();
	} while (sim_step(until_ns) && sim_failures() < 5);
}

static int64_t or_ns(int64_t ns, int64_t usual_ns)
{
	return ns ? ns : usual_ns;
}

/* Faults or none; the world is as slow as the scenario says either way. */
static void set_faults(const struct scenario *s, bool faults)
{
	static const struct scenario none;
	const struct scenario *f = faults ? s : &none;

	sim_wire = f->wire;
	sim_helper = f->helper;
	sim_disk = f->disk;
	sim_libvirt = f->libvirt;
	sim_backends = f->backend;
	for (size_t i = 0; i < SIM_EVENTS; i++)
		sim_disk.loses_unsynced |= s->event[i].what == DO_HOST_DIES;
	sim_wire.latency_max_ns = or_ns(s->wire.latency_max_ns, 300 * SIM_US);
	sim_helper.latency_max_ns = or_ns(s->helper.latency_max_ns, 200 * SIM_US);
	sim_disk.commit_max_ns = or_ns(s->disk.commit_max_ns, 2 * SIM_MS);
	sim_libvirt.latency_max_ns = or_ns(s->libvirt.latency_max_ns, 1 * SIM_MS);
	if (sim_wire.cut_at)
		sim_wire.cut_at = 1 + sim_below(sim_wire.cut_at);
	restart_soon = !faults;
}

static void heal(const struct scenario *s)
{
	sim_trace("-- nothing is disturbed from here on");
	set_faults(s, false);
	sim_die_at_border(0);
	sim_helper_up(true);
	sim_libvirtd_up(true);
	if (is_swapped)
		swap();
	for (unsigned int i = 0; i < sim_n_guests; i++) {
		sim_guest_hang(&sim_guest[i], false);
		sim_guest_resume(&sim_guest[i]);
		if (has_sockets && sim_guest[i].proc.exists)
			sim_socket_file(sim_guest[i].name, true);
	}
}

bool scenario_run(const struct scenario *s, uint64_t seed)
{
	int64_t begin, heals_ns = (s->heals_ms ? s->heals_ms : HEALS_MS) * SIM_MS;
	bool ok;

	sim_begin(seed);
	log_limit_reset();
	begin = sim_now();
	restarting = is_swapped = host_died = false;
	sim_helper_clear();
	sim_daemon_prepare(s->ways != WAYS_SOCKET);
	if (s->uuids)
		sim_daemon_knows_uuids();
	sim_daemon.which_backends = s->backends;
	sim_daemon.host_events = s->host.on;
	for (unsigned int i = 0; i < SIM_GUESTS; i++)
		if (s->host.deny & 1u << i)
			sim_daemon_deny_forward(i);
	if (s->host.forward_corrected)
		sim_daemon.conf.events.corrected = CONF_CORRECTED_FORWARD;
	sim_host_begin(&s->host);
	has_sockets = s->ways != WAYS_LIBVIRT;
	sim_libvirt_begin(s->ways != WAYS_SOCKET);
	set_faults(s, true);
	make_guests(s);
	sim_daemon_start();
	schedule_requests(s);
	schedule_events(s);
	turn(begin + heals_ns);
	heal(s);
	do {
		turn(sim_now() + CHECK_NS);
	} while (sim_failures() == 0 && sim_now() < begin + heals_ns + PATIENCE_NS &&
		 (restarting || !clients_done() || !sim_host_quiet() ||
		  sim_now() < begin + heals_ns + (s->host.on ? HOST_SETTLES_NS : 0) ||
		  !oracle_settled(&s->terms)));
	oracle_judge(&s->terms);
	shares_judge();
	sim_host_judge();
	if (!restarting && sim_failures() == 0) {
		clients_resolve();
		turn(sim_now() + SIM_S);
		clients_judge_resolved();
	}
	restart_soon = true;
	if (!restarting)
		sim_daemon_end();
	oracle_clear();
	clients_clear();
	sim_host_clear();
	sim_monitors_clear();
	sim_libvirt_end();
	sim_guests_clear();
	sim_drop_events();
	sim_release_all();
	sim_daemon_cleanup();
	ok = sim_failures() == 0;
	return ok;
}
