// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/failpoint.h"

#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[FP__MAX] = {
#define FAILPOINT_NAME(name) #name,
	FAILPOINTS(FAILPOINT_NAME)
#undef FAILPOINT_NAME
};

const char *failpoint_name(enum failpoint p)
{
	return (unsigned int)p < FP__MAX ? names[p] : NULL;
}

void failpoint_hit(enum failpoint p)
{
	static atomic_int hits[FP__MAX];
	const char *want = getenv("RASD_FAILPOINT");
	size_t len;
	int n;

	if (!want || (unsigned int)p >= FP__MAX)
		return;
	len = strlen(names[p]);
	if (strncmp(want, names[p], len) != 0 || (want[len] != '\0' && want[len] != ':'))
		return;
	n = want[len] ? atoi(want + len + 1) : 1;
	if (atomic_fetch_add(&hits[p], 1) + 1 == n)
		kill(getpid(), strstr(want, ":stop") ? SIGSTOP : SIGKILL);
}
