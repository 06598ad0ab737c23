// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Who asks for injections: each request is asked for until it has an answer that is not "try
 * again", across the lives of rasd, always with the same request_id.
 */
#pragma once

#include "daemon.h"
#include "guest.h"

#define SIM_REQUESTS 40

struct sim_request {
	unsigned int guest, person;
	char request_id[16]; /* also its tag, so also the FRU text of its record */
	const char *backend; /* NULL: the usual one */
	enum conf_severity severity;
	bool own_fru; /* else the record has no id of its own */
	bool wait, dry;
	int64_t timeout_ms;
	int64_t give_up_ns;	     /* asks no more after this */
	unsigned int tries, pending; /* calls that rasd has not answered */
	bool answered;		     /* for good */
	bool accepted;		     /* with a row */
	struct uuid id;
	enum inj_state told;		/* the last state that it was told */
	unsigned int resolved, refused; /* answers to the two operators */
	bool told_too_early; /* a final state that was not durable when rasd was killed */
	struct ras_err err;
};

extern struct sim_request sim_request[SIM_REQUESTS];
extern size_t sim_n_requests;

/* A request that begins after delay_ns. */
void client_ask(const struct sim_request *rq, int64_t delay_ns);

/* rasd has gone: what it has not answered is asked again. */
void clients_rasd_ended(void);

/* No request waits for an answer or for its next try. */
bool clients_done(void);

/* Two operators resolve each row that is unknown, at once, and with different words. */
void clients_resolve(void);
/* After it: of each two exactly one was answered with success. */
void clients_judge_resolved(void);
void clients_clear(void);
