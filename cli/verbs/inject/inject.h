// SPDX-License-Identifier: LGPL-2.1-or-later
/* The parts of rasctl inject. */
#pragma once

#include "cli/rasctl.h"

#define MAX_REQUEST_ID 63

/* What inject's options say. Strings are borrowed from argv. NULL: not given. */
struct inject_options {
	const char *domain, *gpa, *hpa;
	const char *pfn; /* as an address */
	const char *port;
	const char *severity, *tag, *fru_id, *request_id, *record, *via;
	bool malformed, yes, wait, allow_crash, no_retry;
	uint64_t count;
	uint64_t wait_ms;
	struct file_options file; /* of --record */
};

/* record_hex of injection.create from the file of --record. */
int inject_record(const struct inject_options *in, json_object *params, struct ras_err *err);

/*
 * Send in->count requests with these parameters, named request_id or request_id-1 and so on, and
 * print what becomes of them. Returns the exit code.
 */
int inject_run(const struct options *o, const struct inject_options *in, json_object *params,
	       const char *request_id);

/* The place of the device in->port of in->domain, as --bdf takes it. RAS_E_NOT_FOUND. */
#define INJECT_BDF_SIZE 16
int inject_port(const struct options *o, const struct inject_options *in, char bdf[INJECT_BDF_SIZE],
		struct ras_err *err);

/* A row of a dry run, below its line: effects, rules, the record. */
void out_dry_run(json_object *row);
