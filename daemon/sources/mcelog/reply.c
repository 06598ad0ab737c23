// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sources/mcelog/reply.h"

#include <stdlib.h>
#include <string.h>

#define BROKEN_LINES 16 /* so many that are not understood, and it is no mcelog */

void mcelog_reply_begin(struct mcelog_reply *r, mcelog_page_fn fn, void *arg)
{
	*r = (struct mcelog_reply){ .fn = fn, .arg = arg, .state = REPLY_GOING };
}

/* A number of digits in base up to the text end; moves *at behind it. */
static bool number(const char **at, int base, const char *end, uint64_t *out)
{
	const char *digits = base == 16 ? "0123456789abcdef" : "0123456789";
	size_t len = strspn(*at, digits);

	if (!len || len > (base == 16 ? 16u : 18u) || strncmp(*at + len, end, strlen(end)) != 0)
		return false;
	*out = strtoull(*at, NULL, base);
	*at += len + strlen(end);
	return true;
}

/* 12345000: total 5 seen "5 in 24h" online triggered */
static bool page_line(const char *line, struct mcelog_page *page)
{
	const char *at = line, *quote;

	if (!number(&at, 16, ": total ", &page->address) ||
	    !number(&at, 10, " seen \"", &page->total))
		return false;
	quote = strchr(at, '"');
	if (!quote || quote[1] != ' ')
		return false;
	at = quote + 2;
	/* "offline-failed" is online. */
	page->offline = strcmp(at, "offline") == 0 || strcmp(at, "offline triggered") == 0;
	return page->offline || strncmp(at, "online", 6) == 0 ||
	       strncmp(at, "offline-failed", 14) == 0;
}

static enum mcelog_reply_state on_line(struct mcelog_reply *r)
{
	struct mcelog_page page;

	if (strcmp(r->line, "done") == 0)
		return REPLY_DONE;
	if (strcmp(r->line, "permission denied") == 0)
		return REPLY_DENIED;
	if (strcmp(r->line, "mcelog server too busy") == 0)
		return REPLY_BUSY;
	if (strcmp(r->line, "Unknown command") == 0)
		return REPLY_UNKNOWN;
	if (!r->line[0] || strcmp(r->line, "Per page corrected memory statistics:") == 0)
		return REPLY_GOING;
	if (page_line(r->line, &page)) {
		r->fn(r->arg, &page);
		return REPLY_GOING;
	}
	return ++r->malformed < BROKEN_LINES ? REPLY_GOING : REPLY_BROKEN;
}

enum mcelog_reply_state mcelog_reply_feed(struct mcelog_reply *r, const char *data, size_t len)
{
	for (size_t i = 0; i < len && r->state == REPLY_GOING; i++) {
		if (++r->bytes > MCELOG_REPLY_MAX || (!data[i] && r->state == REPLY_GOING)) {
			r->state = REPLY_BROKEN;
		} else if (data[i] == '\n') {
			r->line[r->len] = '\0';
			r->len = 0;
			r->state = on_line(r);
		} else if (r->len < sizeof(r->line) - 1) {
			r->line[r->len++] = data[i];
		} else {
			r->state = REPLY_BROKEN;
		}
	}
	return r->state;
}
