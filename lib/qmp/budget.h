// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What one line of a monitor may be.
 *
 * Problem: a QEMU in wrong hands sends what it likes: lines of any length, millions of JSON values,
 * before the greeting or for query-status. Rule: each line has a budget of bytes and values, that
 * of the largest reply that is due now, and is counted before anything is made of it. Who breaks it
 * loses the connection. Otherwise one QEMU would take the time and memory of all other guests.
 *
 * Measured on QEMU 11.1.3 with 200 PCI devices and 50 DIMMs (arm64 with 8 CPUs, q35 with 32), in
 * bytes / values: greeting 139 / 8, query-commands 7424 / 487, query-memdev 7877 / 513 (157 / 10 a
 * backend, of which 64 are understood), x-query-ramblock 6663 / 4 (115 a block, 256 are
 * understood), qom-list of the devices 50 / 3 a device, query-cpus-fast 207 / 11 a CPU, info mtree
 * -f 120882 (arm64) and 2989104 (q35, TCG: a view for each CPU); all others, and events, less than
 * 1000 / 40.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <json-c/json.h>

#include "base/err.h"

struct reply_budget {
	const char *what; /* in words */
	size_t bytes;	  /* of a line, without its end */
	size_t values;	  /* JSON values in it */
	bool flat_view;	  /* a longer line may be text of info mtree -f: flat_view.h */
	bool first_only;  /* of a longer list, in one piece, only the first object matters */
};

/* Until qmp_capabilities is answered. */
extern const struct reply_budget reply_budget_greeting;

/* Events, and replies to commands that no other is for. */
extern const struct reply_budget reply_budget_small;

/* The reply to "info mtree -f". */
extern const struct reply_budget reply_budget_flat_view;

/* The budget of the reply to command with args, which may be NULL. */
const struct reply_budget *reply_budget_of(const char *command, json_object *args);

/* RAS_E_MONITOR or RAS_E_PARSE, as reply_parse(), without making values. */
int reply_gate(const char *text, size_t len, const struct reply_budget *b, struct ras_err *err);

/*
 * Any thread. *text, malloc'ed, is the whole reply to command (as JSON, ours). It stays, or another
 * takes its place that says the same of what is asked, and is within its budget. RAS_E_MONITOR,
 * RAS_E_PARSE, RAS_E_NOMEM: it stays as it is.
 */
int reply_cut(char **text, const char *command, struct ras_err *err);

/* What may come while both are due. */
void reply_budget_add(struct reply_budget *b, const struct reply_budget *other);

/* RAS_E_MONITOR: the monitor sent more than that many bytes. */
int reply_budget_broken(const struct reply_budget *b, size_t bytes, struct ras_err *err);

/*
 * One reply, or event, as json-c values. RAS_E_MONITOR: over budget. RAS_E_PARSE: not JSON, or
 * deeper than 16.
 */
int reply_parse(const char *text, size_t len, const struct reply_budget *b, json_object **out,
		struct ras_err *err);
