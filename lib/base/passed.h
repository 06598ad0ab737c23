// SPDX-License-Identifier: LGPL-2.1-or-later
/* Sockets that systemd has passed, by the name that their unit gives them (FileDescriptorName=). */
#pragma once

#define PASSED_READ_ONLY "readonly"
#define PASSED_TRIGGER "trigger" /* where rasd-trigger sends to */

/* Remember their names. Once, at the start of the program. */
void passed_take(void);

/* The descriptor of that name, which stays this module's; -1: none. */
int passed_fd(const char *name);

/* As if systemd had passed it. Takes fd over. */
void passed_set(const char *name, int fd);
