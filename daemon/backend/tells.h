// SPDX-License-Identifier: LGPL-2.1-or-later
/* Of which errors of the host a guest hears without us. */
#pragma once

struct guest;

/* What QEMU tells its guest of itself when the kernel signals it for bad memory. */
enum qemu_tells {
	QEMU_TELLS_NOTHING,  /* TCG */
	QEMU_TELLS_REQUIRED, /* KVM on arm64: only what was used, nothing that is optional */
	QEMU_TELLS_ALL,	     /* KVM on x86 */
	QEMU_TELLS_UNKNOWN   /* another architecture, or not asked yet */
};

/* By what is known of g's machine. */
enum qemu_tells backend_qemu_tells(const struct guest *g);
