// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasd as the simulation has it: its rooms between the loop and the monitors. */
#pragma once

#include "backend/backend.h"
#include "events/events.h"
#include "inject/inject.h"
#include "backends.h"
#include "sim.h"

struct sim_daemon {
	struct conf conf;
	struct guests *guests;
	struct backends *backends;
	struct injector *injector;
	struct journal *journal;
	struct helper_client *helper;
	/* where the scenario has host events */
	struct translator *translator;
	struct forward *forward;
	struct events *events;
	bool host_events;
	enum sim_backends which_backends;
	uint64_t life; /* grows with each start */
	struct sim_lever {
		int64_t engaged_ns; /* 0: it is released */
		uint64_t life;	    /* which engaged it */
		bool stored;	    /* and was told so: it must outlive it */
		bool all;	    /* also for errors of the host */
	} lever;
};

extern struct sim_daemon sim_daemon;

/* A configuration and an empty directory for a run; and its end. */
void sim_daemon_prepare(bool libvirt);
void sim_daemon_cleanup(void);

/* The guest of that name allows nothing any more. */
void sim_daemon_revoke(const char *name);

/* The safety lever is engaged, also for errors of the host or not; and released. */
void sim_daemon_engage(bool all);
void sim_daemon_release(void);

/* A record of a person must not be sent now, or (host) one about an error of the host. */
bool sim_daemon_is_stopped(bool host);

/* The guest of that number gets no errors of the host. */
void sim_daemon_deny_forward(unsigned int guest);

/* Open the journal, and all rooms on it. */
void sim_daemon_start(void);

/* Free all rooms. If rasd is alive it ends in order; else it was killed and nothing leaves it. */
void sim_daemon_end(void);

/* The configuration names the uuid of each guest from now on. */
void sim_daemon_knows_uuids(void);

/* libvirt's pid file of that domain; 0: it is removed. Nothing where there is no libvirt. */
void sim_pid_file(const char *name, pid_t pid);

/* A socket file appears in, or vanishes from, the qmp-directory. */
void sim_socket_file(const char *name, bool there);
