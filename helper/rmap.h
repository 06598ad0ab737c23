// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/err.h"

/*
 * Load the program that tells where the kernel notes a page to belong (XLATE_KPAGERMAP of
 * xlate/io.h). Returns its descriptor, the caller's; the program has answered rightly about two
 * pages of our own. RAS_E_HELPER where the kernel cannot (no BTF, no BPF, locked down): translation
 * searches then. Needs CAP_SYS_ADMIN, or CAP_BPF and CAP_PERFMON besides it for pagemap. About 10
 * ms.
 */
int rmap_open(struct ras_err *err);
