// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasd.conf: strict ini (libinih). Unknown sections and keys, repeated single keys, bad values and
 * an absent file are errors with file:line in the text. rasd and rasd-pagemap read the same file.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/uuid.h"

#define CONF_MAX_DIRS 8
#define CONF_MAX_UIDS 16
#define CONF_MAX_GRANTS 256
#define CONF_MAX_INJECTORS 32
#define CONF_MAX_GLOBS 16

/* What an operator may do to a guest, in order of harm. CONF_SEV_NONE = nothing. */
enum conf_severity {
	CONF_SEV_NONE,
	CONF_SEV_INFO,
	CONF_SEV_CORRECTED,
	CONF_SEV_RECOVERABLE,
	CONF_SEV_FATAL
};

struct conf_grant { /* section [domain NAME]; NAME exact, no globs */
	char domain[64];
	bool has_uuid; /* uuid = ...: whoever answers for this guest must say it */
	struct uuid uuid;
	/* target-max-severity = none|info|corrected|recoverable|fatal */
	enum conf_severity target_max_severity;
	bool forward_corrected;	  /* forward-corrected = yes|no */
	bool forward_uncorrected; /* forward-uncorrected = yes|no */
	bool forward_label;	  /* forward-label = yes|no: the name of the DIMM goes with it */
};

/* What is done with the corrected errors of a guest that has the grant. */
enum conf_corrected { CONF_CORRECTED_COUNT, CONF_CORRECTED_FORWARD, CONF_CORRECTED_THRESHOLD };

#define CONF_MAX_SOURCES 8

struct conf_events { /* section [events] */
	/* source = NAME, repeatable; without one: all. "none": none */
	char source[CONF_MAX_SOURCES][32];
	size_t n_sources;
	bool none;
	enum conf_corrected corrected; /* corrected = count|forward|threshold */
	int64_t threshold;	       /* corrected-threshold = 2: errors of a page in 24 hours */
	/* uncorrected-per-minute = 600: lost pages that a guest is told of */
	int64_t uncorrected_a_minute;
};

/* Section [events]: where sources of host errors are; "" = not used ("none" in the file). */
struct conf_sources {
	/* rasdaemon-database = /var/lib/rasdaemon/ras-mc_event.db */
	char rasdaemon_database[200];
	char mcelog_socket[108]; /* mcelog-socket = /run/mcelog-client */
	char mcelog_log[200];	 /* mcelog-log = none: mcelog's own file */
};

struct conf_sockets {
	char control[108]; /* socket = /run/rasd/rasd.sock */
	/* read-only-socket = PATH | none (""); the default is read_only_path() of control */
	char read_only[108];
	char helper[108]; /* helper-socket = /run/rasd/pagemap.sock */
};

/* Section [injector group NAME] or [injector user NAME]: what its members may inject. */
struct conf_injector {
	char name[40]; /* "group NAME", "user NAME" */
	bool is_user;
	uint32_t id; /* the uid or gid of that name */
	/* domains = GLOB ..., repeatable: * is any text, ? any character */
	char domains[CONF_MAX_GLOBS][64];
	size_t n_domains;
	enum conf_severity max_severity; /* max-severity = info|corrected|recoverable|fatal */
	int64_t per_minute; /* per-minute = N: injections of each member; 0 = no limit of its own */
};

/* (gid_t)-1: there is no such group. */
struct conf_gids {
	gid_t view, inject, admin;
};

struct conf_roles {	       /* in section [rasd] */
	char view_group[32];   /* view-group = rasd-view: may read */
	char inject_group[32]; /* inject-group = rasd: may inject */
	char admin_group[32];  /* admin-group = rasd-admin: everything */
	struct conf_gids gids; /* of these; asked for once, when the file is read */
	struct conf_injector injector[CONF_MAX_INJECTORS];
	size_t n_injectors;
};

/*
 * Section [limits]: injections that persons ask for. 0 = no limit. Real errors of this host are
 * exempt. Each is a bucket of BURST injections that is filled again with so many a minute.
 */
struct conf_limits {
	enum conf_severity max_severity; /* max-severity = fatal: of all guests */
	int64_t guest_per_minute;	 /* guest-per-minute = 600 */
	int64_t guest_burst;		 /* guest-burst = 1000 */
	int64_t host_per_minute;	 /* host-per-minute = 6000 */
	int64_t host_burst;		 /* host-burst = 10000 */
	int64_t guests_per_hour;	 /* guests-per-hour = 256: different ones */
	int64_t concurrent; /* concurrent = 1024: injections that are not decided yet */
};

struct conf {
	/* [rasd] */
	char user[32]; /* user = rasd: rasd becomes it when started as root */
	struct conf_sockets sockets;
	char state_directory[200]; /* state-directory = /var/lib/rasd */
	char ghes_directory[200];  /* ghes-directory = /var/lib/rasd-ghes */
	struct conf_roles roles;
	int64_t journal_keep_days; /* journal-keep-days = 90: older injections go; 0 = never */
	int64_t journal_keep_rows; /* journal-keep-rows = 1000000: so do more; 0 = no limit */
	/* [guests] */
	char qmp_directory[CONF_MAX_DIRS][96]; /* qmp-directory = DIR, repeatable: DIR/NAME.qmp */
	size_t n_qmp_directories;
	uid_t qemu_uid[CONF_MAX_UIDS]; /* qemu-user = NAME|UID, repeatable; never 0 */
	size_t n_qemu_uids;
	/* libvirt-uri = qemu:///system | qemu+unix:///system?socket=PATH | none ("") */
	char libvirt_uri[200];
	/* libvirt-run-directory = /run/libvirt/qemu: NAME.pid of its QEMUs */
	char libvirt_run_directory[96];
	struct conf_events events;
	struct conf_sources sources;
	struct conf_limits limits;
	/* [domain NAME] */
	struct conf_grant grant[CONF_MAX_GRANTS];
	size_t n_grants;
};

/* Fill *out with the defaults above: no directories, no uids, no grants. */
void conf_defaults(struct conf *out);

/* Read path over the defaults. RAS_E_CONFIG names file, line, key and the correct form. */
int conf_load(const char *path, struct conf *out, struct ras_err *err);

/* Whether name is covered by one of the section's domains. */
bool conf_injector_covers(const struct conf_injector *in, const char *name);

/* The grant for a domain, or NULL = denied. */
const struct conf_grant *conf_grant_for(const struct conf *c, const char *domain);

/* "recoverable" <-> CONF_SEV_RECOVERABLE. conf_severity_parse: RAS_E_PARAMS on another word. */
const char *conf_severity_name(enum conf_severity s);
int conf_severity_parse(const char *word, enum conf_severity *out, struct ras_err *err);
