// SPDX-License-Identifier: LGPL-2.1-or-later
/* The SHM verb: the files of provisioned guests, by the guest's UUID. */
#pragma once

#include "conf/conf.h"
#include "helper/conn.h"

/*
 * Make the file that req asks for if it is absent, and open it. RAS_E_NOT_FOUND: it is absent and
 * was not to be made. RAS_E_HELPER: the directory or the file is not as rasd-pagemap makes them.
 * Returns a read-write descriptor, the caller's.
 */
int shm_open_file(const struct conf *conf, const struct helper_request *req, struct ras_err *err);

/*
 * 0 if a QEMU (procfd: O_PATH of its /proc/PID) was started with the table of the guest that req
 * names. RAS_E_NOT_CAPABLE: it was not, so nothing in the guest reads the page.
 */
int shm_check_table(const struct conf *conf, int procfd, const struct helper_request *req,
		    struct ras_err *err);

/* Answer a SHM request that names no process, at once. */
void shm_answer(const struct conf *conf, struct conn *c, const struct helper_request *req);
