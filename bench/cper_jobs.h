// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <stdint.h>

#define ROUNDS 9

struct job {
	const char *name;
	void (*fn)(void);
	int peer; /* index of the job it is compared with, or -1 */
	double rate[ROUNDS];
	uint64_t allocations; /* of one call */
};

enum {
	MEMCPY,
	ENCODE,
	DECODE,
	GATE,
	JSON,
	WORDS,
	JSON_IN,
	TEXT_IN,
	P_DECODE,
	P_TEXT,
	P_ENCODE,
	P_ENCODE_TEXT,
	NR
};

extern struct job jobs[NR];
/* Calls of malloc() and its kind so far. */
extern uint64_t allocations;

/* Makes the record, and loads libcper if it is named (else NULL). */
void setup(const char *libcper);
