// SPDX-License-Identifier: LGPL-2.1-or-later
/* Is a process named by a pid file in libvirt's run directory? */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "conf/conf.h"

/* procfd: O_PATH of /proc/PID. start_time: field 22 of its stat. */
bool pidfile_found(const struct conf *conf, int procfd, pid_t pid, uint64_t start_time);

/*
 * True where file in dirfd is a pid file of root's (pid_file_owner's) with this pid, not older than
 * the process.
 */
bool pid_file_names(int dirfd, const char *file, pid_t pid, int64_t started_real_s);
extern uid_t pid_file_owner;

/*
 * The guest's name in a QEMU command line of libvirt's (len bytes, arguments end with NUL):
 * "-name guest=NAME,...", where ",," is a comma. False: none, or it is no file name.
 */
bool pidfile_guest_name(const char *cmdline, size_t len, char *out, size_t size);
