// SPDX-License-Identifier: LGPL-2.1-or-later
/* The access control list of a provisioned guest's file, as the kernel takes it. Pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "conf/conf.h"

/* Four entries that each list has, one for us and one for each of QEMU's users. */
#define SHM_ACL_MAX_BYTES (4 + 8 * (4 + 1 + CONF_MAX_UIDS))

/*
 * Its owner and `own` may read and write; QEMU's users of conf may read, and write if qemu_writes;
 * others may do nothing. Returns the length.
 */
size_t shm_acl(const struct conf *conf, uid_t own, bool qemu_writes,
	       uint8_t out[SHM_ACL_MAX_BYTES]);
