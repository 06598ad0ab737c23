// SPDX-License-Identifier: LGPL-2.1-or-later
/* The KPAGE verb: descriptors that tell about host pages and name no process. */
#pragma once

#include "helper/conn.h"

/*
 * Load the BPF look-up, or keep the reason why that cannot be done; either way the helper can
 * serve. Takes as long as rmap_open(): call it once, before anybody is served.
 */
void kpage_load(void);

/* Answer a KPAGE request with its descriptor, at once: opening /proc/kpage* waits for nobody. */
void kpage_answer(struct conn *c, const struct helper_request *req);
