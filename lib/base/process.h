// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which process it is. A pid is used again after a process has ended, so a process is named by its
 * pid and its start time (field 22 of /proc/PID/stat, in clock ticks since boot).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The start time of a process. 0 if there is no such process, or if it is ending: a zombie, or one
 * that has given up its memory.
 */
uint64_t process_start_time(pid_t pid);

/* True while the process with that pid and that start time runs; false for a zombie. */
bool process_alive(pid_t pid, uint64_t start_time);

/* The uid that the process runs with (its effective one). False: there is no such process. */
bool process_uid(pid_t pid, uid_t *uid);

/* The process that a thread belongs to (Tgid of /proc/TID/status), -1 where there is none. */
pid_t process_of_thread(pid_t tid);
