// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Two simulated backends beside qemu-ghes, so that a guest has several error sources and a queue
 * for each.
 *   sim-page   its block is a page that rasd writes itself, and that a RESET does not touch
 *   sim-event  no block: QEMU raises the record and sends an event; nobody acknowledges
 */
#pragma once

#include "guest.h"

struct sim_backend_faults {
	unsigned int lose_command; /* percent of records: not written, and nobody knows */
	unsigned int lose_reply;   /* percent: written, and nobody knows */
};

extern struct sim_backend_faults sim_backends;

enum sim_backends { BACKENDS_USUAL, BACKENDS_ALL, BACKENDS_ALL_IN_FIRST_LIFE, BACKENDS_EVENT };

/* rasd begins its next life: which backends has it? */
void sim_backends_register(enum sim_backends which, uint64_t life);

/* rasd ends: its calls are answered with an error, while all rooms still exist. */
void sim_backends_hang_up(void);

/* The name of the backend that writes to this source. */
const char *sim_backend_of(unsigned int source);
