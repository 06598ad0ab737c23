// SPDX-License-Identifier: LGPL-2.1-or-later
/* A datagram of rasd-trigger as an event. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sources/event.h"

/*
 * Make an event of packet[len]. vendor is this host's X86_VENDOR_*: mcelog does not say it. Returns
 * false for what rasd-trigger does not send, and for a trigger that names no error. Boot id and
 * position are the caller's; real_ns is 0 where the packet has no time.
 */
bool trigger_parse(const char *packet, size_t len, uint64_t vendor, struct ras_event *out);
