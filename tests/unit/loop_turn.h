// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One turn of the loop in a test.
 *
 * An assertion that fails inside a callback leaves the loop by cmocka's longjmp. libevent does not
 * know that and refuses to enter the loop again: it warns and returns at once. A teardown that
 * waits in the loop would then go round for ever and write warnings until the disk is full. So the
 * program ends here, after the words that cmocka has printed of the assertion.
 */
#pragma once

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

static inline void loop_turn(struct event_base *base, int flags)
{
	if (event_base_loop(base, flags) >= 0)
		return;
	fprintf(stderr,
		"the loop cannot be entered: an assertion failed in one of its callbacks\n");
	_Exit(1);
}
