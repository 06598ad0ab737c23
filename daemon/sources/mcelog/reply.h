// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mcelog's answer to "pages". It has no length, and the server does not close the connection: the
 * line "done" ends it. Pure; bytes may come in any pieces.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MCELOG_LINE_MAX 256	   /* a real one has some 60 bytes */
#define MCELOG_REPLY_MAX (8 << 20) /* 100,000 pages */

enum mcelog_reply_state {
	REPLY_GOING,
	REPLY_DONE,
	REPLY_DENIED,  /* not for this user */
	REPLY_BUSY,    /* too many clients */
	REPLY_UNKNOWN, /* this mcelog has no such command */
	REPLY_BROKEN   /* this is no mcelog */
};

struct mcelog_page {
	uint64_t address;
	uint64_t total; /* corrected errors since mcelog started */
	bool offline;
};

typedef void (*mcelog_page_fn)(void *arg, const struct mcelog_page *page);

struct mcelog_reply {
	mcelog_page_fn fn;
	void *arg;
	enum mcelog_reply_state state;
	size_t len; /* of the line so far */
	uint64_t bytes;
	uint64_t malformed; /* lines that were not understood */
	char line[MCELOG_LINE_MAX];
};

/* A question was sent. */
void mcelog_reply_begin(struct mcelog_reply *r, mcelog_page_fn fn, void *arg);

/* The next bytes. fn is called for each page in them. What comes after the end is not read. */
enum mcelog_reply_state mcelog_reply_feed(struct mcelog_reply *r, const char *data, size_t len);
