// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The thread that reads rasdaemon's database. A read waits for the disk, and the loop may not. One
 * pass is under way at a time.
 */
#pragma once

#include "base/mailbox.h"
#include "sources/rasdaemon/db.h"

struct rasdaemon_worker;

/* In the loop: a pass is over. news is the receiver's until it asks again. */
typedef void (*rasdaemon_news_fn)(void *arg, struct rasdaemon_news *news);

/* db is borrowed; it is the thread's while a pass is under way. RAS_E_NOMEM, RAS_E_INTERNAL. */
int rasdaemon_worker_start(struct rasdaemon_worker **out, struct event_base *base,
			   struct rasdaemon_db *db, rasdaemon_news_fn fn, void *arg,
			   struct ras_err *err);

/* Make a pass. Not while one is under way. */
void rasdaemon_worker_ask(struct rasdaemon_worker *w);

/* End the pass that is under way, and the thread. fn is not called any more. NULL allowed. */
void rasdaemon_worker_stop(struct rasdaemon_worker *w);
