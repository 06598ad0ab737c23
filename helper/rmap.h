// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/err.h"

/*
 * Load the program that tells where the kernel notes a page to belong (XLATE_KPAGERMAP of
 * xlate/io.h). Returns its descriptor, the caller's; the program has answered rightly about two
 * pages of our own. RAS_E_HELPER names the reason where the kernel cannot or may not: no BTF, bpf()
 * forbidden, locked down. Translation searches then. Needs CAP_SYS_ADMIN, or CAP_BPF and
 * CAP_PERFMON, and CAP_SYS_ADMIN for pagemap. Takes 10 to 100 ms, longer where the machine is
 * emulated: call it before serving.
 */
int rmap_open(struct ras_err *err);
