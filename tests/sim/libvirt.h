// SPDX-License-Identifier: LGPL-2.1-or-later
/* The simulated libvirtd. */
#pragma once

#include "guest.h"

enum sim_ways {
	WAYS_SOCKET,  /* each guest has a QMP socket, and there is no libvirtd */
	WAYS_LIBVIRT, /* each guest is a domain, and has no socket */
	WAYS_BOTH
};

/* What goes wrong between rasd and a domain's QEMU, in percent of the commands that inject. */
struct sim_libvirt_faults {
	unsigned int lose_command, lose_reply; /* an error that says nothing of what was done */
	unsigned int lock;		       /* libvirt says that it did not get the job lock */
	int64_t latency_max_ns;
};

extern struct sim_libvirt_faults sim_libvirt;

/* A run begins; used: there is a libvirtd, and all guests are its domains. */
void sim_libvirt_begin(bool used);

/* rasd ends: its calls are answered with an error, while all rooms still exist. */
void sim_libvirt_hang_up(void);

/* Free what calls hold (end of a run). */
void sim_libvirt_end(void);

/* libvirtd ends, or another one starts. */
void sim_libvirtd_up(bool up);

/* What libvirtd sees of a domain. */
enum sim_seen {
	SEEN_STARTED,
	SEEN_ENDED,
	SEEN_MIGRATED, /* its QEMU ended because it was migrated */
	SEEN_PAUSED,
	SEEN_RESUMED,
	SEEN_RESET,
	SEEN_SHUTDOWN,
	SEEN_PANICKED
};
void sim_libvirt_sees(struct sim_guest *g, enum sim_seen what);

/* A domain's QEMU goes on after it hung: the call that waits for it is made. */
void sim_libvirt_wake(struct sim_guest *g);

/* Whether a record waits in libvirtd for this guest. */
bool sim_libvirt_has_record(const struct sim_guest *g);
