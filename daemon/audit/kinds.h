// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to the audit: the kinds of messages. */
#pragma once

#include "audit/journald.h"

enum audit_kind {
	/* in the order of enum inj_state */
	AUDIT_INTENT,
	AUDIT_WRITTEN,
	AUDIT_CONSUMED,
	AUDIT_ACKNOWLEDGED,
	AUDIT_DELIVERED,
	AUDIT_INJ_REFUSED,
	AUDIT_LOST,
	AUDIT_UNKNOWN,
	AUDIT_HOST_EVENT,
	AUDIT_REFUSED,
	AUDIT_SAFETY_ENGAGED,
	AUDIT_SAFETY_RELEASED,
	AUDIT_CONFIG,
	AUDIT_CONFIG_ERROR,
	AUDIT_GAP, /* messages before this one were not sent */
	AUDIT__MAX
};

/* Begin a message of that kind: MESSAGE_ID, PRIORITY, SYSLOG_IDENTIFIER, RASD_KIND. */
void audit_begin(struct journald_message *m, enum audit_kind kind);

/* Its MESSAGE_ID, 32 hex digits. systemd/rasd.catalog has each of them. */
const char *audit_message_id(enum audit_kind kind);

/* Its MESSAGE field. */
void audit_text(struct journald_message *m, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
