// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * UUIDs in the byte order of their text (RFC 4122). lib/cper converts to CPER's mixed-endian form.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define UUID_TEXT_SIZE 37 /* with NUL */

struct uuid {
	uint8_t b[16];
};

/* A random version-4 UUID from getrandom(2). RAS_E_IO if the kernel gives none. */
int uuid_generate(struct uuid *out, struct ras_err *err);

/* Lower-case 8-4-4-4-12 text. */
void uuid_format(const struct uuid *u, char out[UUID_TEXT_SIZE]);

/* Parse exactly 36 characters, either case. RAS_E_PARAMS otherwise. */
int uuid_parse(const char *s, struct uuid *out, struct ras_err *err);

/* clock_boot_id() as a UUID; nil where it cannot be read. */
struct uuid uuid_of_boot(void);

/* Same 16 bytes. */
bool uuid_equal(const struct uuid *a, const struct uuid *b);

/* All of them 0. */
bool uuid_is_nil(const struct uuid *u);
