// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

static const struct {
	const char *reason;
	int rpc;
} codes[] = {
	[RAS_OK] = { "ok", 0 },
	[RAS_E_PARSE] = { "parse-error", -32700 },
	[RAS_E_REQUEST] = { "invalid-request", -32600 },
	[RAS_E_METHOD] = { "method-not-found", -32601 },
	[RAS_E_PARAMS] = { "invalid-params", -32602 },
	[RAS_E_INTERNAL] = { "internal", -32603 },
	[RAS_E_NO_DOMAIN] = { "no-such-domain", 1001 },
	[RAS_E_NOT_GRANTED] = { "policy-denied", 1002 },
	[RAS_E_NOT_RAM] = { "address-not-ram", 1003 },
	[RAS_E_NOT_CAPABLE] = { "not-capable", 1004 },
	[RAS_E_NOT_READY] = { "guest-not-ready", 1005 },
	[RAS_E_NOT_RUNNING] = { "guest-not-running", 1006 },
	[RAS_E_BUSY] = { "busy", 1007 },
	[RAS_E_JOURNAL] = { "journal-unavailable", 1008 },
	[RAS_E_MONITOR] = { "monitor-error", 1009 },
	[RAS_E_GONE] = { "guest-gone", 1010 },
	[RAS_E_RECORD] = { "invalid-record", 1011 },
	[RAS_E_REQUEST_ID] = { "request-id-conflict", 1012 },
	[RAS_E_NOT_FOUND] = { "not-found", 1013 },
	[RAS_E_PERMISSION] = { "permission", 1014 },
	[RAS_E_HELPER] = { "helper-error", 1015 },
	[RAS_E_LAYOUT] = { "layout-unknown", 1016 },
	[RAS_E_TIMEOUT] = { "timeout", 1017 },
	[RAS_E_CONFIG] = { "config", 1018 },
	[RAS_E_IO] = { "io-error", 1019 },
	[RAS_E_NEED_CONFIRM] = { "needs-confirmation", 1020 },
	[RAS_E_NOT_ACKNOWLEDGED] = { "guest-not-acknowledged", 1021 },
	[RAS_E_OTHER_GUEST] = { "other-guest", 1022 },
	[RAS_E_SAFETY] = { "safety-engaged", 1023 },
	[RAS_E_RATE] = { "rate-limited", 1024 },
	[RAS_E_NOMEM] = { "out-of-memory", -32603 },
};

_Static_assert(sizeof(codes) / sizeof(codes[0]) == RAS_E__MAX, "one row per code");

/*
 * Texts quote what others have said: names, parameters, QEMU's words. The whole text is made before
 * it is cut, as an argument may be a part of *err.
 */
#define TEXT_MAX 1024

static void say(char *out, size_t size, const char *fmt, va_list ap)
{
	char text[TEXT_MAX];

	vsnprintf(text, sizeof(text), fmt, ap);
	utf8_clean(out, size, text, strlen(text));
}

int ras_fail(struct ras_err *err, enum ras_code code, const char *fmt, ...)
{
	va_list ap;

	if (err) {
		va_start(ap, fmt);
		say(err->text, sizeof(err->text), fmt, ap);
		va_end(ap);
		err->code = (int)code;
		err->hint[0] = '\0';
		err->field[0] = '\0';
		err->retry_after_ms = 0;
	}
	return -(int)code;
}

int ras_hint(struct ras_err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -RAS_E_INTERNAL;
	va_start(ap, fmt);
	say(err->hint, sizeof(err->hint), fmt, ap);
	va_end(ap);
	return -err->code;
}

int ras_field(struct ras_err *err, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -RAS_E_INTERNAL;
	va_start(ap, fmt);
	say(err->field, sizeof(err->field), fmt, ap);
	va_end(ap);
	return -err->code;
}

const char *ras_err_reason(int code)
{
	if (code < 0 || code >= RAS_E__MAX)
		return "internal";
	return codes[code].reason;
}

int ras_err_rpc_code(int code)
{
	if (code < 0 || code >= RAS_E__MAX)
		return -32603;
	return codes[code].rpc;
}

int ras_err_from_reason(const char *reason)
{
	for (int i = 1; i < RAS_E__MAX; i++)
		if (strcmp(codes[i].reason, reason) == 0)
			return i;
	return 0;
}
