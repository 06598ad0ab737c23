// SPDX-License-Identifier: LGPL-2.1-or-later
/* The setup of a test that becomes another user or plays root: without root it fails. */
#pragma once

#include <stdio.h>
#include <unistd.h>

static inline int needs_root(void **state)
{
	(void)state;
	if (geteuid() == 0)
		return 0;
	fprintf(stderr, "this test must run as root\n");
	return -1;
}
