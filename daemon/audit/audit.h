// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The audit trail in journald: what was asked of rasd, by whom, and what became of it, as fields
 * that journalctl(1) can be asked for: journalctl RASD_DOMAIN=vm1. Each kind of message has a fixed
 * MESSAGE_ID, which systemd/rasd.catalog explains (journalctl -x).
 *
 * There is one trail in a process, as there is one log. Until audit_open(), and on a host without
 * journald, nothing is sent, and every function here may be called all the same. Only the loop's
 * thread may call them.
 *
 * rasd's own journal is the proof; the trail is a copy for people and log collectors. Nothing waits
 * for it: while journald does not read, messages are kept up to a bound, and then counted.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/addr.h"
#include "base/err.h"
#include "base/uuid.h"

struct event_base;

#define AUDIT_JOURNALD "/run/systemd/journal/socket"
#define AUDIT_NOBODY (-1) /* a uid: rasd itself, or a signal */

/* What a message is about. Strings are borrowed, NULL or "" where there is nothing to say. */
struct audit_subject {
	const char *domain, *severity, *origin, *via, *tag, *method;
	const struct uuid *domain_uuid;
	const struct gpa *gpa;
	const struct hpa *hpa;
	int64_t uid; /* of the person who asked; AUDIT_NOBODY */
};

/*
 * A request was refused by policy: grant, role, limit, confirmation or safety lever. Refusals of
 * one person are bounded (AUDIT_REFUSALS at once, then one a second); what is left out is counted
 * in the next message.
 */
void audit_refused(const struct audit_subject *s, const struct ras_err *why);
#define AUDIT_REFUSALS 100

/* The safety lever was engaged or released. */
struct audit_lever {
	int64_t uid;
	bool engaged;
	bool also_forwarding; /* real errors of the host are held back as well */
	const char *reason;
};
void audit_safety(const struct audit_lever *lever);

/* The configuration in file was read again; why: it has an error, and the old one stays. */
void audit_config(int64_t uid, const char *file, const struct ras_err *why);

/* Whether journald took the latest message: then rasd's log need not have it as well. */
bool audit_is_live(void);

/* What the trail says of itself. */
struct audit_stat {
	bool live;	  /* the latest message was taken */
	uint64_t sent;	  /* since the start of rasd */
	uint64_t waiting; /* kept until journald reads */
	uint64_t lost;	  /* never sent */
};
void audit_stat(struct audit_stat *out);

/* Begin. socket: AUDIT_JOURNALD, another one in tests. RAS_E_NOMEM, RAS_E_IO. */
int audit_open(struct event_base *base, const char *socket, struct ras_err *err);

/* The end: what is kept is tried once more. */
void audit_close(void);
