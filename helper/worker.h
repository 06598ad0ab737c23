// SPDX-License-Identifier: LGPL-2.1-or-later
/* One thread per guest answers that guest's requests, so that a slow guest delays no other. */
#pragma once

#include "base/err.h"
#include "conf/conf.h"
#include "helper/protocol.h"

/* A peer's socket, shared by the main loop and workers; closed with the last reference. */
struct conn;

/*
 * Take fd with one reference; read it; add a reference; drop one (the last closes fd). NULL: no
 * memory.
 */
struct conn *conn_new(int fd);
int conn_fd(const struct conn *c);
struct conn *conn_ref(struct conn *c);
void conn_unref(struct conn *c);

/* Send a reply that has only a status. */
void conn_refuse(struct conn *c, uint64_t id, const struct ras_err *err);

/* Answer a KPAGE request with its descriptor, at once: opening /proc/kpage* waits for nobody. */
void worker_kpage(struct conn *c, const struct helper_request *req);

/*
 * Hand a checked request to its guest's worker, or answer that this is impossible. Main thread
 * only.
 */
void worker_submit(const struct conf *conf, struct conn *c, const struct helper_request *req);
