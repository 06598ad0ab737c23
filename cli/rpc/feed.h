// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What happens next. The daemon keeps nothing for a watcher: each answer has a cursor, and the next
 * request names it. So a restart of rasd, or of this program with its cursor, misses nothing.
 */
#pragma once

#include <json-c/json.h>
#include <stddef.h>

#include "cli/rasctl.h"

#define FEED_CURSOR_SIZE 80

/* The cursor of now, in out. */
int feed_now(const struct options *o, char out[FEED_CURSOR_SIZE], struct ras_err *err);

/*
 * Call fn with each answer of event.subscribe behind cursor ("": from now on), for ever; over a
 * restart of rasd too. Returns an exit code when that ends: fn's, if it is not 0, or after an error
 * that it has reported.
 */
int feed_follow(const struct options *o, const char *cursor,
		int (*fn)(void *arg, json_object *answer), void *arg);

/* What is to be said before the answer's events: some are missing, the host was started again. */
void feed_marks(const struct options *o, json_object *answer);
