// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The guest: what QEMU and the machine do. The operating system is in os.c.
 *
 * The rules of the real parts: QEMU refuses a record while read-ack is clear, clears read-ack,
 * copies the bytes and notifies. RAM survives a reset, so the old block stays until the firmware
 * has run again and made it blank. A step of the guest needs its CPUs: while they stand still
 * (paused, QEMU stopped by a signal) it waits, and a reset makes it void.
 */
#include "guest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/process.h"
#include "daemon.h"
#include "host.h"
#include "libvirt.h"
#include "os.h"

struct sim_guest sim_guest[SIM_GUESTS];
unsigned int sim_n_guests;
struct sim_write *sim_writes;

#define NOT_ACKNOWLEDGED "OSPM does not acknowledge previous error, so can not record CPER"
#define FRU_TEXT 64 /* of the first entry; requests have their name there */

static pid_t next_pid;
static int64_t booted_ns; /* the host */

const char *sim_run_name(enum sim_run r)
{
	static const char *const names[] = {
		[RUN_RUNNING] = "running",
		[RUN_PAUSED] = "paused",
		[RUN_FINISH_MIGRATE] = "finish-migrate",
		[RUN_POSTMIGRATE] = "postmigrate",
		[RUN_PANICKED] = "guest-panicked",
		[RUN_SHUTDOWN] = "shutdown",
	};

	return names[r];
}

const char *sim_end_name(enum sim_end e)
{
	static const char *const names[] = {
		[END_NOT] = "none",
		[END_RESET] = "reset",
		[END_STOPPED] = "stopped",
		[END_EXITED] = "exited",
		[END_MOVED] = "moved",
		[END_RESTORED] = "restored",
		[END_REPLACED] = "overwritten",
	};

	return names[e];
}

/* --- the list of processes: lib/base/process.c --- */

uint64_t process_start_time(pid_t pid)
{
	for (unsigned int i = 0; i < sim_n_guests; i++)
		if (sim_guest[i].proc.exists && sim_guest[i].proc.pid == pid)
			return sim_guest[i].proc.start_time;
	return 0;
}

bool process_alive(pid_t pid, uint64_t start_time)
{
	return pid > 0 && process_start_time(pid) == start_time;
}

/* The first CPU's thread has the number after its process's. */
pid_t process_of_thread(pid_t tid)
{
	return process_start_time(tid - 1) ? tid - 1 : -1;
}

bool process_uid(pid_t pid, uid_t *uid)
{
	*uid = SIM_QEMU_UID;
	return process_start_time(pid) != 0;
}

struct sim_guest *sim_guest_of(pid_t pid, uint64_t start_time)
{
	for (unsigned int i = 0; i < sim_n_guests; i++)
		if (sim_guest[i].proc.exists && sim_guest[i].proc.pid == pid &&
		    sim_guest[i].proc.start_time == start_time)
			return &sim_guest[i];
	return NULL;
}

/* --- records --- */

bool sim_guest_runs(const struct sim_guest *g)
{
	return g->proc.exists && !g->proc.hung && g->proc.run == RUN_RUNNING;
}

struct sim_source *sim_source(struct sim_guest *g, unsigned int i)
{
	if (i < SIM_SOURCES)
		return i < g->n_sources ? &g->mem.source[i] : NULL;
	if (!g->has_more)
		return NULL;
	return i == SIM_PAGE ? &g->page : &g->raised;
}

/* Its CPUs run now: whatever lies in a block may be read from here on. */
static void note_running(struct sim_guest *g)
{
	for (unsigned int i = 0; i < SIM_ALL_SOURCES; i++) {
		const struct sim_source *s = sim_source(g, i);

		if (s && s->in_block && sim_guest_runs(g))
			s->in_block->was_running = true;
	}
}

/* It stands still, or runs again: what is cleared may be acknowledged only while it runs. */
static void note_pause(struct sim_guest *g, bool pauses)
{
	for (unsigned int i = 0; i < SIM_ALL_SOURCES; i++) {
		const struct sim_source *s = sim_source(g, i);

		if (s && s->in_block)
			*(pauses ? &s->in_block->paused_ns : &s->in_block->resumed_ns) = sim_now();
	}
}

static void end_records(struct sim_guest *g, enum sim_end how)
{
	for (unsigned int i = 0; i < SIM_ALL_SOURCES; i++) {
		const struct sim_source *s = sim_source(g, i);
		struct sim_write *w = s ? s->in_block : NULL;

		if (!w || w->end != END_NOT)
			continue;
		/* What the OS has not cleared it finds in the page when it is up again. */
		if (i == SIM_PAGE && how == END_RESET && !w->cleared_ns)
			continue;
		w->end = how;
		w->end_ns = sim_now();
	}
}

struct sim_write *sim_guest_write(struct sim_guest *g, unsigned int source, const uint8_t *rec,
				  size_t len, bool foreign)
{
	struct sim_source *s = sim_source(g, source);
	struct sim_write *w;

	if (s->in_block && s->in_block->end == END_NOT) {
		s->in_block->end = END_REPLACED;
		s->in_block->end_ns = sim_now();
	}
	w = sim_alloc(sizeof(*w));
	w->guest = g;
	w->source = source;
	w->foreign = foreign;
	w->written_ns = sim_now();
	w->len = len;
	memcpy(w->bytes, rec, len);
	oracle_write(w);
	w->next = sim_writes;
	sim_writes = w;
	s->read_ack = 0;
	memset(s->block, 0, sizeof(s->block));
	memcpy(s->block, rec, len);
	s->in_block = w;
	if (g->kernel.firmware_due && source < SIM_SOURCES) { /* nobody will read this one */
		w->end = END_RESET;
		w->end_ns = sim_now();
	}
	note_running(g);
	sim_host_write(g, rec, len);
	sim_trace("%s: source %u: a record of %zu bytes is written, %.20s", g->name, source, len,
		  foreign	      ? "another's" :
		  len > FRU_TEXT + 20 ? (const char *)rec + FRU_TEXT :
					"");
	if (source != SIM_RAISED)
		os_notify(g, source);
	return w;
}

const char *sim_guest_inject(struct sim_guest *g, const uint8_t *rec, size_t len, bool foreign)
{
	struct sim_source *s = &g->mem.source[0]; /* the one that QEMU's command uses */

	if (!s->block_gpa)
		return "ACPI HEST is not found: the firmware has not run";
	if (!(s->read_ack & 1)) {
		sim_trace("%s: qemu: refuses a record, read-ack is clear", g->name);
		return NOT_ACKNOWLEDGED;
	}
	sim_guest_write(g, 0, rec, len, foreign);
	return NULL;
}

/* --- the machine --- */

void sim_guest_place_tables(struct sim_guest *g)
{
	for (unsigned int i = 0; i < g->n_sources; i++) {
		struct sim_source *s = &g->mem.source[i];

		memset(s, 0, sizeof(*s));
		/* The one that QEMU's command uses is not the first in the table. */
		s->id = (uint16_t)(g->n_sources - 1 - i);
		s->notify = i == 0 ? 7 : 8;
		s->block_gpa = SIM_RAM_GPA + SIM_RAM_BYTES - 0x10000 - i * 0x1000;
		s->read_ack = 1;
	}
	g->mem.has_hest = true;
	g->kernel.firmware_due = false;
}

static void new_process(struct sim_guest *g, int64_t began_ns)
{
	next_pid += 2;
	g->proc.pid = 1000 + next_pid;
	/* Ticks since the host was started: after its death the same numbers come again. */
	g->proc.start_time = (uint64_t)(began_ns / (10 * SIM_MS));
	g->proc.exists = true;
	sim_pid_file(g->name, g->proc.pid);
	g->proc.hung = g->proc.migrating = false;
	g->proc.run = RUN_RUNNING;
	g->kernel.epoch++;
	g->kernel.up = false;
	g->kernel.handling = g->kernel.again = 0;
	g->snapshot.there = false;
	memset(&g->mem, 0, sizeof(g->mem));
	memset(&g->raised, 0, sizeof(g->raised));
	sim_host_guest_starts(g);
}

void sim_guest_start(struct sim_guest *g)
{
	if (g->proc.exists)
		return;
	new_process(g, clock_boot_ns());
	sim_trace("%s: qemu: pid %d starts", g->name, (int)g->proc.pid);
	sim_libvirt_sees(g, SEEN_STARTED);
	sim_monitor_wake(g);
	os_boot(g);
}

void sim_guest_start_up(struct sim_guest *g)
{
	new_process(g, SIM_S);
	sim_guest_place_tables(g);
	sim_trace("%s: qemu: pid %d is up", g->name, (int)g->proc.pid);
	sim_monitor_wake(g);
	os_attach(g);
}

static void drop_memory(struct sim_guest *g)
{
	for (unsigned int i = 0; i < g->n_sources; i++)
		g->mem.source[i].in_block = NULL;
	g->raised.in_block = NULL; /* the page is a file, and stays as it is */
}

void sim_guest_kill(struct sim_guest *g)
{
	if (!g->proc.exists)
		return;
	sim_trace("%s: qemu: pid %d ends", g->name, (int)g->proc.pid);
	end_records(g, END_EXITED);
	drop_memory(g);
	g->proc.exists = false;
	sim_pid_file(g->name, 0);
	sim_libvirt_sees(g, g->proc.run == RUN_POSTMIGRATE ? SEEN_MIGRATED : SEEN_ENDED);
	sim_libvirt_wake(g);
	g->kernel.up = false;
	g->kernel.epoch++;
	os_drop_stalled(g);
	sim_monitor_end(g);
}

void sim_guest_reset(struct sim_guest *g)
{
	if (!g->proc.exists || g->proc.hung ||
	    (g->proc.run != RUN_RUNNING && g->proc.run != RUN_PANICKED))
		return;
	sim_trace("%s: reset", g->name);
	g->kernel.firmware_due = true;
	end_records(g, END_RESET);
	g->kernel.epoch++;
	g->kernel.up = false;
	g->kernel.handling = g->kernel.again = 0;
	os_drop_stalled(g);
	sim_monitor_event(g, "RESET", "{\"guest\":true}");
	sim_libvirt_sees(g, SEEN_RESET);
	if (g->proc.run == RUN_PANICKED) {
		g->proc.run = RUN_RUNNING;
		sim_monitor_event(g, "RESUME", NULL);
		sim_libvirt_sees(g, SEEN_RESUMED);
	}
	os_boot(g);
}

void sim_guest_pause(struct sim_guest *g)
{
	if (!g->proc.exists || g->proc.hung || g->proc.run != RUN_RUNNING)
		return;
	sim_trace("%s: paused", g->name);
	g->proc.run = RUN_PAUSED;
	note_pause(g, true);
	sim_monitor_event(g, "STOP", NULL);
	sim_libvirt_sees(g, SEEN_PAUSED);
}

void sim_guest_resume(struct sim_guest *g)
{
	if (!g->proc.exists || g->proc.hung || g->proc.run != RUN_PAUSED)
		return;
	sim_trace("%s: resumed", g->name);
	g->proc.run = RUN_RUNNING;
	g->kernel.resumed_ns = sim_now();
	note_pause(g, false);
	note_running(g);
	sim_monitor_event(g, "RESUME", NULL);
	sim_libvirt_sees(g, SEEN_RESUMED);
	os_go_on(g);
}

void sim_guest_hang(struct sim_guest *g, bool hung)
{
	if (!g->proc.exists || g->proc.hung == hung)
		return;
	sim_trace("%s: qemu %s", g->name, hung ? "hangs" : "goes on");
	g->proc.hung = hung;
	if (hung)
		return;
	note_running(g);
	sim_monitor_wake(g);
	sim_libvirt_wake(g);
	if (sim_guest_runs(g))
		os_go_on(g);
}

static void after_panic(void *arg)
{
	struct sim_guest *g = arg;

	if (g->proc.run != RUN_PANICKED)
		return;
	if (g->kernel.after_panic == PANIC_RESETS)
		sim_guest_reset(g);
	else if (g->kernel.after_panic == PANIC_EXITS)
		sim_guest_kill(g);
}

void sim_guest_panic(struct sim_guest *g)
{
	if (!sim_guest_runs(g) || !g->kernel.up)
		return;
	sim_trace("%s: panics", g->name);
	end_records(g, END_STOPPED);
	g->kernel.epoch++;
	g->kernel.up = false;
	g->proc.run = RUN_PANICKED;
	os_drop_stalled(g);
	sim_monitor_event(g, "GUEST_PANICKED", "{\"action\":\"pause\"}");
	sim_monitor_event(g, "STOP", NULL);
	sim_libvirt_sees(g, SEEN_PANICKED);
	sim_after(sim_between(1 * SIM_MS, 500 * SIM_MS), after_panic, g);
}

static void exit_later(void *arg)
{
	struct sim_guest *g = arg;

	if (g->proc.run == RUN_SHUTDOWN || g->proc.run == RUN_POSTMIGRATE)
		sim_guest_kill(g);
}

void sim_guest_shutdown(struct sim_guest *g)
{
	if (!sim_guest_runs(g))
		return;
	sim_trace("%s: shuts down", g->name);
	end_records(g, END_STOPPED);
	g->kernel.epoch++;
	g->kernel.up = false;
	g->proc.run = RUN_SHUTDOWN;
	os_drop_stalled(g);
	sim_monitor_event(g, "SHUTDOWN", "{\"guest\":true}");
	sim_libvirt_sees(g, SEEN_SHUTDOWN);
	sim_after(sim_between_log(100 * SIM_US, 300 * SIM_MS), exit_later, g);
}

/* --- migration and snapshots --- */

static void migrated(void *arg)
{
	struct sim_guest *g = arg;

	if (!g->proc.exists || g->proc.run != RUN_FINISH_MIGRATE)
		return;
	sim_trace("%s: migrated", g->name);
	g->proc.migrating = false;
	end_records(g, END_MOVED);
	g->kernel.epoch++;
	g->kernel.up = false;
	os_drop_stalled(g);
	g->proc.run = RUN_POSTMIGRATE;
	sim_after(sim_between_log(1 * SIM_MS, 2 * SIM_S), exit_later, g);
}

static void last_round(void *arg)
{
	struct sim_guest *g = arg;

	if (!g->proc.migrating)
		return;
	if (!sim_guest_runs(g)) {
		sim_trace("%s: the migration is cancelled", g->name);
		g->proc.migrating = false;
		return;
	}
	g->proc.run = RUN_FINISH_MIGRATE;
	sim_monitor_event(g, "STOP", NULL);
	sim_after(sim_between_log(1 * SIM_MS, 300 * SIM_MS), migrated, g);
}

void sim_guest_migrate(struct sim_guest *g)
{
	if (!sim_guest_runs(g) || g->proc.migrating)
		return;
	sim_trace("%s: migration begins", g->name);
	g->proc.migrating = true;
	sim_after(sim_between_log(10 * SIM_MS, 1 * SIM_S), last_round, g);
}

void sim_guest_save(struct sim_guest *g)
{
	if (!g->proc.exists || !g->mem.has_hest)
		return;
	sim_trace("%s: snapshot saved", g->name);
	g->snapshot.mem = g->mem;
	g->snapshot.up = g->kernel.up;
	g->snapshot.there = true;
}

void sim_guest_load(struct sim_guest *g)
{
	bool ran = sim_guest_runs(g);

	if (!g->proc.exists || g->proc.hung || !g->snapshot.there ||
	    (g->proc.run != RUN_RUNNING && g->proc.run != RUN_PAUSED))
		return;
	if (ran)
		sim_guest_pause(g);
	sim_trace("%s: snapshot loaded", g->name);
	end_records(g, END_RESTORED);
	g->kernel.epoch++;
	os_drop_stalled(g);
	g->kernel.handling = g->kernel.again = 0;
	g->mem = g->snapshot.mem;
	g->kernel.firmware_due = false;
	g->kernel.up = g->snapshot.up;
	if (g->kernel.up)
		os_attach(g); /* its timers and pending interrupts are in the snapshot, too */
	else
		os_boot(g);
	if (ran)
		sim_guest_resume(g);
}

void sim_guests_clear(void)
{
	sim_writes = NULL;
	memset(sim_guest, 0, sizeof(sim_guest));
	sim_n_guests = 0;
	next_pid = 0;
	booted_ns = 0;
}

void sim_guests_host_died(void)
{
	for (unsigned int i = 0; i < sim_n_guests; i++)
		sim_guest_kill(&sim_guest[i]);
	next_pid = 0;
	booted_ns = sim_now();
}
