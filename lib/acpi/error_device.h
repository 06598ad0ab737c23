// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An SSDT with the generic hardware error device (PNP0C33) and an _OSC that grants APEI, for
 * systems that insist on them. Linux needs neither. Pure: no allocation, no I/O.
 */
#pragma once

#include <stdint.h>

#define ERROR_DEVICE_BYTES 213u

/* The whole table, with header and checksum. */
void error_device_build(uint8_t out[ERROR_DEVICE_BYTES]);
