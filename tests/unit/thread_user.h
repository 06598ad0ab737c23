// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The calling thread becomes somebody else, and its other threads stay who they are. setegid() and
 * seteuid() of the C library change all of them: a journal that looks at its directory meanwhile is
 * not allowed to, and takes its files for lost. Needs root. Include after cmocka.
 */
#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

static inline void thread_user(uid_t uid, gid_t gid)
{
	/* Back to root first, who may do all of it. */
	assert_int_equal(syscall(SYS_setresuid, -1, 0, -1), 0);
	assert_int_equal(syscall(SYS_setgroups, 0, NULL), 0);
	assert_int_equal(syscall(SYS_setresgid, -1, gid, -1), 0);
	assert_int_equal(syscall(SYS_setresuid, -1, uid, -1), 0);
}
