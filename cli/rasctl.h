// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl: types and functions that the verbs share. */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "sections.h"

/* The exit codes of rasctl(1). */
enum exit_code {
	EX_DONE = 0,
	EX_FAILED = 1,
	EX_USAGE_ERROR = 2,
	EX_NO_DAEMON = 3,
	EX_NOT_FOUND = 4,
	EX_REFUSED = 5,
	EX_NOT_ACKED = 6,
	EX_TIMED_OUT = 7,
	EX_PARTIAL = 8,
};

/* The command line. Strings are borrowed from argv. NULL: not given. */
struct inject_options {
	const char *severity, *tag, *fru_id, *request_id, *record;
	const char *pfn; /* as an address */
	const char *via;
	bool malformed, yes, wait, allow_crash;
	uint64_t count;
	struct sections *sections; /* options of sections, in the order given */
};

struct allow_options {
	const char *target_max_severity, *forward_corrected, *forward_uncorrected, *forward_label;
};

struct resolve_options {
	const char *state, *reason;
};

/* How a file of records is read: decode, inject --record. */
struct file_options {
	const char *format, *format_in;
	const char *section_type; /* the file is one section */
	uint64_t index;		  /* which of its records, from 1; 0: not given */
	bool explain;
};

struct options {
	const char *socket, *domain, *gpa, *hpa;
	const char *cursor;  /* watch */
	const char *notify;  /* provision */
	const char *operand; /* DOMAIN or FILE: the first of the operands */
	char *const *operands;
	int n_operands;
	bool json, no_color, dry_run, has_timeout, host;
	uint64_t limit, timeout_ms;
	struct inject_options inject;
	struct allow_options allow;
	struct resolve_options resolve;
	struct file_options file;
};

/* Each verb has reported its errors when it returns an exit code. */
int cmd_status(const struct options *o);
int cmd_domains(const struct options *o);
int cmd_explain(const struct options *o);
int cmd_allow(const struct options *o);
int cmd_provision(const struct options *o);
int cmd_unprovision(const struct options *o);
int cmd_resolve(const struct options *o);
int cmd_poison(const struct options *o);
int cmd_inject(const struct options *o);
int cmd_translate(const struct options *o);
int cmd_owners(const struct options *o);
int cmd_doctor(const struct options *o);
int cmd_decode(const struct options *o);
int cmd_encode(const struct options *o);
int cmd_log(const struct options *o);
int cmd_watch(const struct options *o);

/* record_hex of injection.create from the file of --record. */
int inject_record(const struct options *o, json_object *params, struct ras_err *err);
