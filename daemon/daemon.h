// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a method handler can reach: the rooms of one running rasd. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "conf/conf.h"

struct backends;
struct event_base;
struct events;
struct forward;
struct guests;
struct helper_client;
struct injector;
struct journal;
struct provisions;
struct reload;
struct translator;

struct daemon {
	struct event_base *base;
	struct conf conf;
	const char *config; /* its file */
	struct forward *forward;
	struct guests *guests;
	struct helper_client *helper; /* until it is freed: while the loop runs */
	struct backends *backends;
	struct events *events;
	struct injector *injector;
	struct journal *journal;
	struct provisions *provisions;
	struct reload *reload;
	struct translator *translator;
	int64_t started_boot_ns;
	bool new_journal;      /* --new-journal: files of the journal may be missing */
	bool own_helper;       /* rasd-pagemap is a child of ours */
	struct ras_err failed; /* why it is stopping, if that is an error */
};
