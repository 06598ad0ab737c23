// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Problem: QEMU accepts commands while it migrates or saves the guest. It announces a migration
 * only if the client enabled the `events` capability, and rasd may not enable it.
 *
 * Rule: a command that changes the guest asks with query-migrate first. If the command was
 * expected, the question was sent early and the answer is here when it is needed. No byte of the
 * command is sent before the answer. So whatever becomes of the question, the command is
 * QMP_NOT_SENT; also if the guest was reset or stopped meanwhile. A QEMU that does not answer in
 * time gets a new connection, as after a lost reply.
 *
 * Otherwise a record could be written into memory that has been copied already.
 */
#include "qmp/job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "qmp/cmds.h"

struct qmp_change {
	struct qmp_job *j;
	int64_t asked_boot_ns;
	uint64_t n_turns;
	char command[QMP_COMMAND_MAX + 1];
	json_object *args;
	int timeout_ms;
	qmp_reply_fn fn;
	void *arg;
};

/*
 * 0 if QEMU's answer says that no migration is in progress, or if QEMU does not know the command.
 * Otherwise err says why not.
 */
static int no_job(struct qmp_job *j, int64_t asked_boot_ns, enum qmp_outcome o, json_object *ret,
		  const struct ras_err *said, struct ras_err *err)
{
	int r = -RAS_E_MONITOR;

	if (o == QMP_OK)
		r = qmp_parse_migrate(ret, err);
	else if (o == QMP_ERROR && said->code == RAS_E_NOT_CAPABLE)
		r = 0;
	else
		*err = *said;
	j->no_job_boot_ns = r == 0 ? asked_boot_ns : 0;
	return r;
}

static bool known(const struct qmp_job *j, int64_t age_ns)
{
	return j->no_job_boot_ns && clock_boot_ns() - j->no_job_boot_ns < age_ns;
}

static void end_if_mute(struct qmp_job *j, enum qmp_outcome o, const struct ras_err *said)
{
	if (o == QMP_UNKNOWN && said->code == RAS_E_TIMEOUT)
		qmp_lost(j->q, said);
}

/* Takes args. */
static int send_change(struct qmp_job *j, const char *command, json_object *args, int timeout_ms,
		       qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	int r;

	FAILPOINT(submit_asked);
	r = qmp_exec(j->q, command, args, timeout_ms, fn, arg, err);
	FAILPOINT(submit_after);
	return r;
}

/* Takes c. */
static void answered(struct qmp_change *c, enum qmp_outcome o, json_object *ret,
		     const struct ras_err *said)
{
	_json_ json_object *args = c->args;
	struct ras_err err;
	int r = no_job(c->j, c->asked_boot_ns, o, ret, said, &err);

	if (r == 0 && c->n_turns != c->j->n_turns)
		r = ras_fail(&err, RAS_E_MONITOR, "the guest was reset or stopped meanwhile");
	if (r == 0)
		r = send_change(c->j, c->command, TAKE(args), c->timeout_ms, c->fn, c->arg, &err);
	if (r < 0)
		c->fn(c->arg, QMP_NOT_SENT, NULL, &err);
	free(c);
}

static void on_ahead(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *said)
{
	struct qmp_job *j = arg;
	struct qmp_change *c = TAKE(j->waiting);
	struct ras_err err;

	j->asking = false;
	if (c)
		answered(c, o, ret, said);
	else
		no_job(j, j->asked_boot_ns, o, ret, said, &err);
	end_if_mute(j, o, said);
}

static void on_asked(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *said)
{
	struct qmp_change *c = arg;
	struct qmp_job *j = c->j;

	answered(c, o, ret, said);
	end_if_mute(j, o, said);
}

void qmp_job_ask_ahead(struct qmp_job *j, int64_t unless_younger_ns)
{
	struct ras_err err;

	if (j->asking || known(j, unless_younger_ns))
		return;
	j->no_job_boot_ns = 0;
	j->asked_boot_ns = clock_boot_ns();
	j->asking = qmp_cmd_query_migrate(qmp_monitor(j->q), on_ahead, j, &err) == 0;
}

void qmp_job_event(struct qmp_job *j, const char *name)
{
	static const char *const turns[] = { "RESET",	       "STOP",	  "SHUTDOWN",
					     "GUEST_PANICKED", "SUSPEND", "SUSPEND_DISK" };

	for (size_t i = 0; i < ARRAY_LEN(turns); i++)
		j->n_turns += strcmp(name, turns[i]) == 0;
}

int qmp_job_exec(struct qmp_job *j, const char *command, json_object *args, int timeout_ms,
		 qmp_reply_fn fn, void *arg, struct ras_err *err)
{
	_json_ json_object *owned = args;
	struct qmp_change *c;
	int r;

	if (known(j, MONITOR_NO_JOB_NS))
		return send_change(j, command, TAKE(owned), timeout_ms, fn, arg, err);
	c = malloc(sizeof(*c));
	if (!c)
		return ras_fail(err, RAS_E_NOMEM, "no memory for a monitor command");
	*c = (struct qmp_change){ .j = j,
				  .asked_boot_ns = clock_boot_ns(),
				  .n_turns = j->n_turns,
				  .args = owned,
				  .timeout_ms = timeout_ms,
				  .fn = fn,
				  .arg = arg };
	snprintf(c->command, sizeof(c->command), "%s", command);
	if (j->asking && !j->waiting) {
		c->asked_boot_ns = j->asked_boot_ns;
		j->waiting = c;
	} else {
		r = qmp_cmd_query_migrate(qmp_monitor(j->q), on_asked, c, err);
		if (r < 0) {
			free(c);
			return r;
		}
	}
	TAKE(owned);
	return 0;
}
