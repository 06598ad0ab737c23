// SPDX-License-Identifier: LGPL-2.1-or-later
/* One thread per guest answers that guest's requests, so that a slow guest delays no other. */
#pragma once

#include "conf/conf.h"
#include "helper/conn.h"

/*
 * Hand a checked request to its guest's worker, or answer that this is impossible. Main thread
 * only.
 */
void worker_submit(const struct conf *conf, struct conn *c, const struct helper_request *req);
