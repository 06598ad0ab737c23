// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to lib/qmp: how its commands are given to a monitor. */
#pragma once

#include "qmp/monitor.h"

/* Add a string member. False: out of memory, or no object. */
bool qmp_add_str(json_object *o, const char *key, const char *value);

/* A command of the human monitor. line is made of words and numbers of this program. */
int qmp_send_line(struct monitor *m, const char *line, enum monitor_kind kind, qmp_reply_fn fn,
		  void *arg, struct ras_err *err);

/* The reply to command has an unexpected form: the monitor is at fault, and not a parameter. */
int qmp_odd(struct ras_err *err, const char *command);
