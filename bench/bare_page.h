// SPDX-License-Identifier: LGPL-2.1-or-later
/* The bare client of a guest that has a page: it writes there itself and lets QEMU send an NMI. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/uuid.h"

/* Where the guest's status block and read-ack register are in QEMU's memory. */
struct slot_at {
	int mem;
	off_t block, ack;
};

/* Records go into a page that is shared with the guest, and are urgent then. */
extern bool bare_by_page;
/* An urgent record that has no effect; its length. */
size_t make_urgent(const struct uuid *id, uint8_t *rec, size_t cap);
/* The parameters of such a record for injection.create. */
void urgent_words(char *out, size_t size);
/* Write it into the page, as rasd does, and send an NMI. */
void send_by_page(FILE *q, const struct slot_at *at, const uint8_t *rec, size_t len);
