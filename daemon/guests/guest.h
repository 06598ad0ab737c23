// SPDX-License-Identifier: LGPL-2.1-or-later
/* One guest as the rooms guests/ and inject/ see it. Owned by struct guests; read-only outside it. */
#pragma once

#include "guests/guests.h"
#include "qmp/cmds.h"
#include "qmp/layout.h"

enum guest_link {
	LINK_DOWN,	/* no monitor; a retry is pending */
	LINK_CONNECTING,
	LINK_PROBING,	/* monitor ready, first questions under way */
	LINK_UP
};

struct guest_waiter {
	struct guest_waiter *next;
	void (*fn)(void *arg, struct guest *g, const struct ras_err *err);
	void *arg;
};

struct guest {
	struct guests *gs;
	struct guest *next;		/* name order */
	char name[64];
	char path[160];
	bool socket_present;

	enum guest_link link;
	struct qmp *qmp;
	struct event *retry;
	int backoff_ms;
	struct ras_err down;		/* why link is LINK_DOWN */

	/* the generation */
	pid_t pid;
	uid_t uid;
	uint64_t start_time;		/* clock ticks, field 22 of /proc/PID/stat */
	uint64_t reset_count;		/* RESET events seen in this process's life */

	/* what the monitor said */
	char arch[24];
	int version;			/* major*10000 + minor*100 + micro, 0 unknown */
	bool has_inject;
	int ras;			/* machine property: 1 on, 0 off, -1 there is none */
	enum run_state state;
	bool panicked;

	/* RAM layout of this generation */
	bool layout_ok;
	char layout_why[128];
	struct ram_section ram[HELPER_MAX_SECTIONS];
	size_t n_ram;

	/* HEST of this generation */
	bool hest_ok;
	char hest_why[160];
	uint64_t hest_gpa;
	uint32_t hest_ignored;
	struct hest_source source;	/* the GPIO/GED one that QEMU's command uses */
	bool void_check;		/* a RESET happened: the firmware must have run again */
	uint8_t old_slot[HELPER_MAX_BLOCK];	/* slot as last seen before the RESET */
	size_t old_slot_len;

	/* probe and prepare under way */
	unsigned int outstanding;	/* replies still to come */
	bool probe_failed, preparing;
	json_object *memdevs, *mtree, *ramblock;	/* replies, until joined */
	struct qmp_ram_section *join;	/* QMP_SECTIONS_MAX, while gpa2hva verifies it */
	size_t n_join;
	unsigned int hva_at;
	struct guest_waiter *waiters;
};

/* probe.c: ask the monitor everything; guest_probe_done() follows. */
void guest_probe(struct guest *g);
/* probe.c: rebuild the RAM layout; calls guest_layout_done() with or without success. */
void guest_layout(struct guest *g);
/* probe.c: questions are under way, so guest_layout() would do nothing now. */
bool guest_layout_busy(const struct guest *g);
void guest_layout_drop(struct guest *g);

/* guests.c: results of the above. */
void guest_probe_done(struct guest *g);
void guest_layout_done(struct guest *g);
struct helper_client *guests_helper(struct guests *gs);
const struct conf *guests_conf(struct guests *gs);

/* prepare.c */
void guest_prepare_next(struct guest *g);
void guest_prepare_fail(struct guest *g, const struct ras_err *err);

/* Why this guest cannot take a record, from what is known; 0 if it can as far as known. */
int guest_capable(const struct guest *g, struct ras_err *err);

/* True if [gpa, gpa+1) is RAM of the known layout. */
bool guest_has_ram(const struct guest *g, struct gpa gpa);

/* True if the slot, as last seen, holds these bytes but for the first four: a second copy could not be told apart. */
bool guest_slot_same(const struct guest *g, const uint8_t *rec, size_t len);

/* Remember the slot's bytes (for the rule that the firmware must have run after a RESET). */
void guest_slot_seen(struct guest *g, const uint8_t *block, size_t len);
