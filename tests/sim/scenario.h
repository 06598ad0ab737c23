// SPDX-License-Identifier: LGPL-2.1-or-later
/* A scenario: a world, what happens in it, and what may come out. */
#pragma once

#include "backends.h"
#include "clients.h"
#include "disk.h"
#include "guest.h"
#include "helper.h"
#include "host.h"
#include "libvirt.h"
#include "monitor.h"
#include "oracle.h"

enum sim_do {
	DO_NOTHING,
	DO_START,	/* QEMU */
	DO_START_OTHER, /* QEMU with another uuid, behind the same socket */
	DO_SWAP,	/* the sockets of the first two guests change names */
	DO_KILL,
	DO_RESET,
	DO_PAUSE,
	DO_RESUME,
	DO_HANG,
	DO_GO_ON,
	DO_PANIC,
	DO_SHUTDOWN,
	DO_MIGRATE,
	DO_SAVE, /* a snapshot */
	DO_LOAD,
	DO_FOREIGN, /* somebody else writes a record */
	DO_CUT,	    /* the monitor's connections */
	DO_UNLINK,  /* the monitor's socket file */
	DO_LINK,
	DO_HELPER_DOWN,
	DO_HELPER_UP,
	DO_KILL_RASD,
	DO_DIE_AT_BORDER, /* rasd dies at one of its next borders */
	DO_RESTART_RASD,  /* in order */
	DO_WALL_JUMP,
	DO_DISK_FULL,
	DO_DISK_OK,
	DO_LIBVIRTD_DOWN,
	DO_LIBVIRTD_UP,
	DO_REVOKE,     /* the grant is taken back */
	DO_ENGAGE,     /* the safety lever */
	DO_ENGAGE_ALL, /* also for the errors of the host */
	DO_RELEASE,
	DO_HOST_DIES, /* and is started again, with its guests */
	DO_PAGE_LOST, /* one of the guest's pages */
	DO_PAGE_USED, /* lost as a CPU of the guest used it */
	DO_CORRECTED,
	DO_STORM,	 /* of corrected errors, and a page is lost behind it */
	DO_NOBODYS_PAGE, /* is lost */
	DO_REUSE	 /* the guest's bad pages go to the next guest */
};

struct sim_event {
	enum sim_do what;
	unsigned int guest;
	int from_ms, to_ms;   /* it happens at some time between these */
	unsigned int percent; /* of the seeds; 0: all */
};

#define SIM_EVENTS 12

/* Requests: so many, begun within so long. */
struct sim_load {
	unsigned int n;
	int within_ms, timeout_ms;
	unsigned int fatal, recoverable, no_fru; /* percent */
	unsigned int persons;			 /* who ask, 0: one */
};

/* shape: table, each scenario is a row of constants */
struct scenario {
	const char *name, *what;
	enum sim_ways ways;
	enum sim_backends backends;
	unsigned int n_guests, n_sources;
	unsigned int deaf; /* sources that no guest looks at, a bit each */
	enum sim_os os[SIM_GUESTS];
	int after_panic;
	bool uuids;   /* the configuration names the guests' uuids */
	bool booting; /* guests have only just been started */
	int step_max_ms, boot_max_ms, deaf_max_ms;
	struct sim_load load;
	struct sim_wire_faults wire;
	struct sim_helper_faults helper;
	struct sim_disk_faults disk;
	struct sim_libvirt_faults libvirt;
	struct sim_backend_faults backend;
	struct sim_host_terms host;
	struct sim_event event[SIM_EVENTS];
	int heals_ms; /* all faults end then */
	struct oracle_terms terms;
};

/* Tables, a row without a name at the end of each. */
extern const struct scenario scenarios_guests[];
extern const struct scenario scenarios_sources[];
extern const struct scenario scenarios_host[];

/* The i-th of all; NULL behind the last. */
const struct scenario *scenario_at(size_t i);

/* Run one seed; true where no rule was broken. */
bool scenario_run(const struct scenario *s, uint64_t seed);
