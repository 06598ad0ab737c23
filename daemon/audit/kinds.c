// SPDX-License-Identifier: LGPL-2.1-or-later
#include "audit/kinds.h"

#include <stdarg.h>
#include <stdio.h>
#include <syslog.h>

/* The ids are for ever: people and programs search by them. */
static const struct {
	const char *id, *name;
	int priority;
} kinds[AUDIT__MAX] = {
	[AUDIT_INTENT] = { "ab19442f40bb414a87d7d7926cb8a040", "intent", LOG_INFO },
	[AUDIT_WRITTEN] = { "db7ba7a6c4fb440c9fc263426fc0766f", "written", LOG_INFO },
	[AUDIT_CONSUMED] = { "7ad1117b2bb54d9e86a64b84a5415c0c", "consumed", LOG_NOTICE },
	[AUDIT_ACKNOWLEDGED] = { "b60cbc6353434283bf8824e14a2cdd7b", "acknowledged", LOG_INFO },
	[AUDIT_DELIVERED] = { "5c4855b1c9a64943874f1be75b7bf92b", "delivered", LOG_INFO },
	[AUDIT_INJ_REFUSED] = { "0caaf496d87b48a4af796dfceeb15c17", "not-written", LOG_NOTICE },
	[AUDIT_LOST] = { "9ed5defb9c2743b2b9e028efa82cb7ae", "lost", LOG_WARNING },
	[AUDIT_UNKNOWN] = { "87706e462b6a4d81947ce69f27de1f63", "unknown", LOG_WARNING },
	[AUDIT_HOST_EVENT] = { "1f482f73a5c74cd4b06c718c3154d820", "host-event", LOG_NOTICE },
	[AUDIT_REFUSED] = { "2af184d968084e2d910849289793efb0", "request-refused", LOG_NOTICE },
	[AUDIT_SAFETY_ENGAGED] = { "e3685697e8bc403588dea9401e05ede2", "safety-engaged",
				   LOG_WARNING },
	[AUDIT_SAFETY_RELEASED] = { "4999b3f9022846c0a45ad8ba34b28c61", "safety-released",
				    LOG_WARNING },
	[AUDIT_CONFIG] = { "f997741f692743478132f57dcedbd249", "config-read", LOG_NOTICE },
	[AUDIT_CONFIG_ERROR] = { "582a4cd10e254c68b08435a84b7e7e04", "config-error", LOG_ERR },
	[AUDIT_GAP] = { "e7e4fd6248634bef8a002b87d6551905", "gap", LOG_WARNING },
};

const char *audit_message_id(enum audit_kind kind)
{
	return kinds[kind].id;
}

void audit_begin(struct journald_message *m, enum audit_kind kind)
{
	m->len = 0;
	journald_field(m, "MESSAGE_ID", kinds[kind].id);
	journald_number(m, "PRIORITY", kinds[kind].priority);
	journald_field(m, "SYSLOG_IDENTIFIER", "rasd");
	journald_field(m, "RASD_KIND", kinds[kind].name);
}

void audit_text(struct journald_message *m, const char *fmt, ...)
{
	char text[JOURNALD_VALUE_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	journald_field(m, "MESSAGE", text);
}
