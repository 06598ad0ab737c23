// SPDX-License-Identifier: LGPL-2.1-or-later
/* Where the read-only socket is, which rasd makes and rasctl uses. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * The path of the read-only socket that goes with a control socket, where nobody has named another:
 * "/run/rasd/rasd.sock" and "/run/rasd/rasd-ro.sock". False: it does not fit.
 */
bool read_only_path(const char *control, char *out, size_t size);
