// SPDX-License-Identifier: LGPL-2.1-or-later
/* QEMU's monitor socket: the wire in monitor.c, the answers in qemu.c. */
#pragma once

#include "guest.h"
#include "json/json.h"

/* What goes wrong on the wire, in percent of the commands. */
struct sim_wire_faults {
	bool any_command;	   /* else only the command that injects */
	unsigned int lose_command; /* the connection ends, QEMU never saw it */
	unsigned int lose_reply;   /* QEMU did it, the connection ends before the answer */
	unsigned int mute;	   /* QEMU did it and never answers */
	unsigned int late;	   /* QEMU answers after rasd's patience */
	unsigned int error;	   /* QEMU did not do it and says so */
	unsigned int slow_send;	   /* the bytes lie in rasd's own buffer for a while */
	/* Bugs of the world, by which the self-test shows that the oracle can fail. */
	unsigned int twice; /* QEMU writes the record twice */
	unsigned int lie;   /* QEMU writes the record and answers that it did not */
	uint64_t cut_at;    /* the connection ends at the n-th command; 0: not */
	int64_t latency_max_ns;
};

extern struct sim_wire_faults sim_wire;

/* QEMU executes a command. *ret is its answer, or NULL and *error says why not. */
void sim_qemu_exec(struct sim_guest *g, const char *command, json_object *args, json_object **ret,
		   const char **error);

/* Whether a command that injects waits for this QEMU, on any connection. */
bool sim_monitor_has_record(const struct sim_guest *g);

/* rasd ends: its commands are answered with an error, while all rooms still exist. */
void sim_monitors_hang_up(void);

/* Free what messages hold (end of a run). */
void sim_monitors_clear(void);

/* Somebody cuts all connections to this guest's monitor; QEMU goes on. */
void sim_monitor_cut(struct sim_guest *g);
