// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Locals that release themselves at the end of their scope: "_free_ char *s = NULL;". TAKE() gives
 * ownership away.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void ras_cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void ras_cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void ras_cleanup_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
}

#define _free_ __attribute__((cleanup(ras_cleanup_free)))
#define _close_ __attribute__((cleanup(ras_cleanup_close)))
#define _fclose_ __attribute__((cleanup(ras_cleanup_fclose)))

/* Give away a pointer held by a _free_ (or similar) local. */
#define TAKE(p)                              \
	({                                   \
		__typeof__(p) taken__ = (p); \
		(p) = NULL;                  \
		taken__;                     \
	})

/* Give away a descriptor held by a _close_ local. */
#define TAKE_FD(fd)                 \
	({                          \
		int taken__ = (fd); \
		(fd) = -1;          \
		taken__;            \
	})

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
