// SPDX-License-Identifier: LGPL-2.1-or-later
/* One qualified process and what the verbs answer about it. Used by one thread at a time. */
#pragma once

#include <sys/types.h>

#include "conf/conf.h"
#include "helper/hest.h"
#include "helper/memory.h"

struct process {
	const struct conf *conf;
	pid_t pid;
	uint64_t start_time;
	int pidfd, procfd; /* -1 until qualified */
	struct guest_memory mem;
	/* of the last search, if it succeeded; the sections are those it was made with */
	struct hest_found found;
	struct ram_section section[HELPER_MAX_SECTIONS]; /* those of the request in guest RAM */
	size_t n_sections;
};

/* Nothing is opened yet. conf is borrowed. */
void process_init(struct process *p, const struct conf *conf, pid_t pid, uint64_t start_time);

/* Close and forget what is known of it. It may be qualified again. */
void process_forget(struct process *p);

/* Qualify it, unless that is done and it still runs. Errors as of qualify() and memory_open(). */
int process_qualify(struct process *p, struct ras_err *err);

/* False once a qualified process has exited. */
bool process_runs(const struct process *p);

/*
 * The verbs, for a qualified process. They fill their part of rep, also the counts of a search that
 * fails. process_hest(): RAS_E_HELPER where no section is guest RAM of the process, else as
 * hest_search(). process_block(): RAS_E_NOT_FOUND where the last search did not find the error
 * source, RAS_E_NOT_READY where its pointer has changed since, RAS_E_HELPER where memory cannot be
 * read or is no guest RAM any more.
 * process_pagemap() returns a descriptor, the caller's.
 */
int process_hest(struct process *p, const struct helper_request *req, struct helper_reply *rep,
		 struct ras_err *err);
int process_block(struct process *p, uint32_t source_id, struct helper_reply *rep,
		  struct ras_err *err);
int process_pagemap(struct process *p, struct ras_err *err);
/*
 * The page that the request names, as shm_open_file(), if the process has all of it mapped and
 * shared where the section says; else RAS_E_NOT_FOUND. RAS_E_NOT_CAPABLE: shm_check_table().
 * Returns a descriptor, the caller's.
 */
int process_shm(struct process *p, const struct helper_request *req, struct ras_err *err);

/* The two verbs over any memory and the sections of p, for process.c and for fuzzing. */
int verb_hest(struct process *p, const struct hest_io *io, struct helper_reply *rep,
	      struct ras_err *err);
int verb_block(const struct process *p, const struct hest_io *io, uint32_t source_id,
	       struct helper_reply *rep, struct ras_err *err);

/* True where the block in rep is acknowledged: block_status 0 and read-ack set. */
bool block_acknowledged(const struct helper_reply *rep);
