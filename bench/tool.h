// SPDX-License-Identifier: LGPL-2.1-or-later
/* What measurements share: how they end, sockets, and figures. */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "base/err.h"

/* Prints what and errno, and ends the program. */
_Noreturn void die(const char *what);
/* The same with the text of an error. */
_Noreturn void die_of(const char *what, const struct ras_err *err);

/* A connection to a unix stream socket, as a descriptor or as a file to ask(). */
int connect_to(const char *path);
FILE *dial(const char *path);
/* Send one line and return the answer's line. QMP events are skipped. */
const char *ask(FILE *f, const char *line);

/* For qsort() of double. */
int by_value(const void *a, const void *b);
double median(double *v, int n);
/* Prints p10, median and p90 of v (sorted then); returns the median. */
double show(const char *what, double *v, size_t n);
