// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <json-c/json.h>

#include "cper/record.h"

/*
 * buf[len] as a UEFI record. *record is buf itself, or, if buf is a block, *owned, which the caller
 * frees. 0, or -1 with *cerr.
 */
int cperjson_as_record(const void *buf, size_t len, const uint8_t **record, size_t *record_len,
		       uint8_t **owned, struct cper_err *cerr);

/* Bytes as a base64 string. NULL: no memory. */
json_object *cperjson_base64(const uint8_t *p, size_t n);

/* A GUID's text from 16 bytes in wire order. */
json_object *cperjson_guid(const uint8_t *p);
