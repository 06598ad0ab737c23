// SPDX-License-Identifier: LGPL-2.1-or-later
/* rasd's side of the rasd-pagemap socket: asynchronous, on the daemon's loop. */
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "helper/protocol.h"

struct helper_client;

/* rep is borrowed and NULL when err is not. fd is -1 but for a pagemap or kpage reply, where the callee owns it. */
typedef void (*helper_reply_fn)(void *arg, const struct helper_reply *rep, int fd,
				const struct ras_err *err);

/* Use a connected SOCK_SEQPACKET socket (taken, also on failure). */
int helper_client_new(struct helper_client **out, struct event_base *base, int fd,
		      struct ras_err *err);

/* Close and free (NULL allowed); pending calls are answered with RAS_E_HELPER first. */
void helper_client_free(struct helper_client *c);

/* False once the helper has gone; the owner may then make a new client. */
bool helper_client_alive(const struct helper_client *c);

/*
 * The verbs. fn runs exactly once from the loop, RAS_E_TIMEOUT after 100 ms (hest: 2.5 s); on a
 * negative return it does not run. start_time is field 22 of /proc/PID/stat.
 */
int helper_hest(struct helper_client *c, pid_t pid, uint64_t start_time,
		const struct ram_section *sections, size_t n, helper_reply_fn fn, void *arg,
		struct ras_err *err);
int helper_slot(struct helper_client *c, pid_t pid, uint64_t start_time, uint32_t source_id,
		helper_reply_fn fn, void *arg, struct ras_err *err);
int helper_pagemap(struct helper_client *c, pid_t pid, uint64_t start_time, helper_reply_fn fn,
		   void *arg, struct ras_err *err);
int helper_kpage(struct helper_client *c, enum helper_kpage which, helper_reply_fn fn, void *arg,
		 struct ras_err *err);
