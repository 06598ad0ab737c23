// SPDX-License-Identifier: LGPL-2.1-or-later
/* Counts what a job allocates. */
#include <stddef.h>
#include <stdint.h>

#include "bench/cper_jobs.h"

uint64_t allocations;
extern void *__libc_malloc(size_t n), *__libc_calloc(size_t n, size_t m),
	*__libc_realloc(void *p, size_t n);

void *malloc(size_t n)
{
	allocations++;
	return __libc_malloc(n);
}

void *calloc(size_t n, size_t m)
{
	allocations++;
	return __libc_calloc(n, m);
}

void *realloc(void *p, size_t n)
{
	allocations++;
	return __libc_realloc(p, n);
}
