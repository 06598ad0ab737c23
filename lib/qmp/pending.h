// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The commands of one QMP connection that wait for their reply. Private to lib/qmp.
 *
 * A command is known by its id. Ids are never used twice, so a late or a forged reply can never
 * answer a newer command. The stream positions say whether QEMU can have seen a command: before its
 * first byte was sent it is certainly not executed, before its last byte no reply is possible.
 */
#pragma once

#include "qmp/budget.h"
#include "qmp/qmp.h"

#define PENDING_MAX 64 /* a bound: rasd has only a few open at a time */

struct command {
	uint64_t id;	     /* 0: free */
	uint64_t start, end; /* position in the output stream */
	int64_t given_ns;    /* when it was given to us */
	int64_t deadline_ns; /* INT64_MAX: none */
	const struct reply_budget *budget;
	qmp_reply_fn fn;
	void *arg;
};

struct pending {
	uint64_t last_id; /* highest id used so far, 0 before the first command */
	size_t n;
	struct reply_budget late; /* of those whose time was up: their replies may still come */
	struct command list[PENDING_MAX];
};

/* A free place, with an id that was never used. NULL: all are in use. Counts only when kept. */
struct command *pending_new(struct pending *p);

/* Keep the command that pending_new() returned: it waits for its reply from now on. */
void pending_keep(struct pending *p, struct command *c);

/* The command with this id, or NULL. */
struct command *pending_find(struct pending *p, uint64_t id);

/* The command with the lowest id above id, or NULL. With 0 the one that was given first. */
struct command *pending_after(struct pending *p, uint64_t id);

/* The largest budget of a reply that may come now. */
struct reply_budget pending_budget(const struct pending *p);

/* Its time is up: answer it with err as QMP_UNKNOWN. Its reply may still come. */
void pending_expire(struct pending *p, struct command *c, const struct ras_err *err);

/* The earliest deadline, INT64_MAX if there is none. */
int64_t pending_deadline_ns(const struct pending *p);

/* Answer and forget it. ret and err are borrowed. Its callback may change the table. */
void pending_answer(struct pending *p, struct command *c, enum qmp_outcome outcome,
		    json_object *ret, const struct ras_err *err);

/*
 * Answer all of them, in the order of their ids, with why: QMP_UNKNOWN if any byte was among the
 * first sent bytes of the stream, otherwise QMP_NOT_SENT.
 */
void pending_answer_all(struct pending *p, uint64_t sent, const struct ras_err *why);
