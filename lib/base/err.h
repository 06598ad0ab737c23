// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The error contract of the whole tree.
 *
 * A function that can fail returns 0, or a negative RAS_E_* code after it has filled the caller's
 * struct ras_err. Outputs are untouched on failure. Nothing here allocates, so an error can be
 * reported when there is no memory. Texts are clean (base/utf8.h), whatever they quote. Each code
 * has one stable machine word and one JSON-RPC error number.
 */
#pragma once

#include <stdint.h>

/* Outcome codes. The comment is the JSON-RPC number, see ras_err_rpc_code(). */
enum ras_code {
	RAS_OK = 0,
	RAS_E_PARSE,		/* -32700 not JSON */
	RAS_E_REQUEST,		/* -32600 not a JSON-RPC request */
	RAS_E_METHOD,		/* -32601 no such method */
	RAS_E_PARAMS,		/* -32602 bad parameter; .field names it */
	RAS_E_INTERNAL,		/* -32603 our fault */
	RAS_E_NO_DOMAIN,	/* 1001 */
	RAS_E_NOT_GRANTED,	/* 1002 policy says no */
	RAS_E_NOT_RAM,		/* 1003 address is not guest RAM */
	RAS_E_NOT_CAPABLE,	/* 1004 guest cannot take it (its machine, its QEMU) */
	RAS_E_NOT_READY,	/* 1005 firmware or OS has not set up its HEST */
	RAS_E_NOT_RUNNING,	/* 1006 paused, migrating, shut off */
	RAS_E_BUSY,		/* 1007 queue full or guest has not acknowledged */
	RAS_E_JOURNAL,		/* 1008 intent cannot be made durable */
	RAS_E_MONITOR,		/* 1009 QMP error, timeout or loss */
	RAS_E_GONE,		/* 1010 QEMU or the peer is gone */
	RAS_E_RECORD,		/* 1011 CPER record invalid */
	RAS_E_REQUEST_ID,	/* 1012 request_id reused with other parameters */
	RAS_E_NOT_FOUND,	/* 1013 no such injection */
	RAS_E_PERMISSION,	/* 1014 caller's role is too low */
	RAS_E_HELPER,		/* 1015 rasd-pagemap refused or is gone */
	RAS_E_LAYOUT,		/* 1016 RAM layout unknown */
	RAS_E_TIMEOUT,		/* 1017 */
	RAS_E_CONFIG,		/* 1018 rasd.conf */
	RAS_E_IO,		/* 1019 host I/O error */
	RAS_E_NEED_CONFIRM,	/* 1020 fatal severity without confirmation */
	RAS_E_NOT_ACKNOWLEDGED, /* 1021 wait ended, guest has not acknowledged */
	RAS_E_OTHER_GUEST,	/* 1022 who answers as this guest is not, or not provably, it */
	RAS_E_SAFETY,		/* 1023 the safety lever is engaged */
	RAS_E_RATE,		/* 1024 a limit of [limits] or [injector]; .retry_after_ms */
	RAS_E_NOMEM,		/* -32603 */
	RAS_E__MAX
};

/* An error. text: what failed and why. hint: how to mend it. field: which input is at fault. */
struct ras_err {
	int code; /* enum ras_code, positive */
	char text[256];
	char hint[288];
	char field[64];
	int64_t retry_after_ms; /* RAS_E_RATE: when it may be tried again; else 0 */
};

#define RAS_ERR_NULL ((struct ras_err){ 0 })

/*
 * Fill *err (may be NULL) with code and a printf text, and clear the rest. Returns -code, so
 * that a caller can write "return ras_fail(err, RAS_E_X, ...)".
 */
int ras_fail(struct ras_err *err, enum ras_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Add to a failed *err (may be NULL) how to mend it. Returns -err->code. */
int ras_hint(struct ras_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Name the input field at fault in a failed *err (may be NULL). Returns -err->code. */
int ras_field(struct ras_err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The stable machine word of a code ("no-such-domain"); "internal" for unknown codes. */
const char *ras_err_reason(int code);

/* The JSON-RPC 2.0 error number of a code: -327xx for the standard ones, 10xx for ours. */
int ras_err_rpc_code(int code);

/* The code of a machine word, or 0 if there is no such word. */
int ras_err_from_reason(const char *reason);
