// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasctl doctor: one list of checks, from rasd's answers and from files of the host. */
#pragma once

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

enum check_level {
	CHECK_OK,
	CHECK_WARN,    /* works, but something is lost or unusual */
	CHECK_FAIL,    /* errors do not get where they should */
	CHECK_UNKNOWN, /* could not be found out */
	CHECK__MAX
};

struct checks {
	json_object *list; /* {"name","level","found","mend"} */
	size_t n[CHECK__MAX];
};

/* Add one; mend (NULL allowed) says how to change it, found is a format. */
void check_add(struct checks *c, const char *name, enum check_level level, const char *mend,
	       const char *found, ...) __attribute__((format(printf, 5, 6)));

/* What the host's checks are about. */
struct doctor_host {
	const char *root;    /* "" ; a test has its own files */
	const char *release; /* uname -r */
	const char *arch;    /* uname -m */
	bool kmsg_live;	     /* rasd reads the kernel's log */
};

struct options;
struct ras_err;

/*
 * Checks of rasd and of what it knows. *kmsg: its source kmsg is live. Fails where rasd does not
 * answer; that is a check, too.
 */
int doctor_rasd(struct checks *c, const struct options *o, bool *kmsg, struct ras_err *err);

/* Of these, the sources of source.list (NULL: there are none). Is the source kmsg live? */
bool doctor_sources(struct checks *c, json_object *list);

/* Checks of the kernel, its settings, and rasdaemon. */
void doctor_host(struct checks *c, const struct doctor_host *h);
