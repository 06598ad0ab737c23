// SPDX-License-Identifier: LGPL-2.1-or-later
/* Shared by the tests of rasd-pagemap under attack. */
#ifndef RASD_TEST_HELPER_HOSTILE_H
#define RASD_TEST_HELPER_HOSTILE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/fuse.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "base/log.h"
#include "tests/unit/helper_env.h"
#include "tests/unit/silent.h"

#define PLANT_BYTES (UINT64_C(1) << 20) /* below the table of fill_ram() */
#define PLANT_AT (RAM_BYTES - 0x4000 - PLANT_BYTES)
#define TRUE_AT UINT64_C(0x100000)

static inline int slot(pid_t pid)
{
	return ask(helper_slot(client, pid, start_of(pid), 1, 0, on_reply, NULL, NULL));
}

static inline void fill(uint8_t *at, uint64_t table_at)
{
	const uint64_t block = GPA + 0x1000, one = 1;

	memcpy(at + 8, &block, 8);
	memcpy(at + 0x18, &one, 8);
	hest_make(at + table_at, 1, GPA + 8, GPA + 0x18, BLOCK);
}

/* A QEMU whose table is found, and a helper that serves. */
static inline int setup_running(void **state)
{
	int r = setup(state);

	if (r < 0)
		return r;
	qemu = start_qemu("x.qmp", UID);
	start_helper();
	assert_int_equal(hest(qemu, start_of(qemu), section(), 1), 0);
	return 0;
}

static int n_other;

static inline void on_other(void *arg, const struct helper_reply *rep, int fd,
			    const struct ras_err *err)
{
	(void)rep, (void)fd;
	n_other++;
	*(int *)arg = err ? -err->code : 0;
}

#endif
