// SPDX-License-Identifier: LGPL-2.1-or-later
/* The sockets that clients connect to: passed by systemd, or made here. */
#pragma once

#include "conf/conf.h"

/* Listening unix stream sockets. -1: none. */
struct listeners {
	int control;
	int read_only; /* every caller is at most a viewer */
};

#define LISTENERS_NONE ((struct listeners){ -1, -1 })

/*
 * Open both. What systemd passed counts (passed_take() has run); where it passed no control socket,
 * they are made at the paths of the configuration. *out is the caller's to close, also on failure,
 * when it has what was opened so far. RAS_E_BUSY: another rasd serves there.
 */
int listeners_open(struct listeners *out, const struct conf *c, struct ras_err *err);
