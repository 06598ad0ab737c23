// SPDX-License-Identifier: LGPL-2.1-or-later
/* The guest's firmware and operating system; guest.c's other half. */
#pragma once

#include "guest.h"

/* Firmware and kernel begin; the block is made blank when the firmware has come that far. */
void os_boot(struct sim_guest *g);

/* The kernel's driver begins: it looks at once, and polls if it is one that polls. */
void os_attach(struct sim_guest *g);

/* QEMU's notification for a source. */
void os_notify(struct sim_guest *g, unsigned int source);

/* The CPUs run again: steps that waited for them go on. */
void os_go_on(struct sim_guest *g);
void os_drop_stalled(struct sim_guest *g);

/* guest.c: the firmware writes the tables: blank blocks, read-ack set. */
void sim_guest_place_tables(struct sim_guest *g);
