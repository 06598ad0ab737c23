// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the QMP client reads. All of it is hostile.
 *
 * | bound | where | what it keeps |
 * |---|---|---|
 * | bytes and values of a line | budget.h | memory, and the time of one line |
 * | work of a step, and of all monitors in a pass of the loop | here, turns.c | the loop's time |
 * | lines that nobody asked for, and bytes, a second | SHARE_NS | CPU time |
 * | time of a line that is not whole | LINE_MS | memory |
 * | lines that make no sense, replies without an id | BAD_LINES_MAX, NO_ID_MAX | the log |
 * | what is read after send(2) failed | LAST_BYTES_MAX | an end |
 *
 * Who breaks one loses the connection with the reason, and guests/link.c tries again with back-off.
 */
#include "qmp/qmp_private.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define BAD_LINES_MAX 3 /* QEMU sends none; another program on the socket does */
/* Replies without an id: QEMU sends one for each 0xFF, of which rasd sends none. */
#define NO_ID_MAX 16
#define STEP_LINES 16 /* short ones, 2 us each */
#define STEP_NS 100000
#define LINE_MS 10000 /* twice the time that a command has */
/*
 * What nobody asked for costs rasd's time, so each monitor has a share of it: 40 s worth at once,
 * i.e. 40,000 events or 40 MB, and then 1,000 events or 1 MB a second. A flood does not keep rasd
 * busy: a process that is always busy waits for a CPU when it is needed.
 */
#define SHARE_NS (40 * INT64_C(1000000000))
#define LINE_COST_NS 1000000
#define BYTE_COST_NS 1000
#define PAUSE_NS 50000000 /* at least: then there is work for more than a line */
/* Of replies that came before a failed send(2): what the kernel holds for a socket by default. */
#define LAST_BYTES_MAX ((size_t)256 << 10)

static bool bad_line(struct qmp *q, const char *why)
{
	struct ras_err err;

	q->input.bad_lines++;
	log_limited_id(LOG_WARNING, (uint64_t)q->wire.pid,
		       "qmp: pid %d: bad line %d of at most %d ignored: %s", (int)q->wire.pid,
		       q->input.bad_lines, BAD_LINES_MAX - 1, why);
	if (q->input.bad_lines < BAD_LINES_MAX)
		return true;
	ras_fail(&err, RAS_E_MONITOR, "%d bad lines from the monitor, the last: %.100s",
		 q->input.bad_lines, why);
	qmp_lost(q, &err);
	return false;
}

static void charge(struct qmp *q, int64_t cost_ns)
{
	int64_t from = clock_boot_ns() - SHARE_NS;

	if (q->input.paid_ns < from)
		q->input.paid_ns = from;
	q->input.paid_ns += cost_ns;
}

/* True: its share is used up, and it is not read until it has some again. */
static bool pause_flood(struct qmp *q)
{
	if (q->input.last || q->input.paid_ns <= clock_boot_ns())
		return false;
	q->input.resume_ns = q->input.paid_ns + PAUSE_NS;
	q->input.line_ns = INT64_MAX;
	event_del(q->ev_read);
	return true;
}

static bool on_greeting(struct qmp *q, json_object *msg)
{
	json_object *hello;

	if (json_get_obj(msg, "QMP", &hello, NULL) < 0)
		return bad_line(q, "not a QMP greeting");
	return qmp_greeted(q);
}

static bool on_reply(struct qmp *q, json_object *msg)
{
	bool has_return, has_error, has_id;
	json_object *ret = json_member(msg, "return", &has_return);
	json_object *error = json_member(msg, "error", &has_error);
	json_object *id_obj = json_member(msg, "id", &has_id);
	struct ras_err err = RAS_ERR_NULL;

	if (has_return == has_error)
		return bad_line(q, "neither reply nor event");
	if (!has_id) {
		/* Without an id it answers no command, even if only one is open: do not guess. */
		if (++q->input.n_no_id > NO_ID_MAX)
			return bad_line(q, "too many replies without an id");
		qmp_reply_error(error, &err);
		log_limited_id(LOG_WARNING, (uint64_t)q->wire.pid,
			       "qmp: pid %d: reply without id ignored: %s", (int)q->wire.pid,
			       has_error ? err.text : "success");
		return true;
	}
	if (!json_object_is_type(id_obj, json_type_int))
		return bad_line(q, "reply with an id that is not ours");

	uint64_t id = json_object_get_uint64(id_obj);
	struct command *c = pending_find(&q->pending, id);
	if (!c) {
		if (id == 0 || id > q->pending.last_id)
			return bad_line(q, "reply to a command that was never sent");
		charge(q, LINE_COST_NS);
		log_debug("qmp: pid %d: late reply dropped", (int)q->wire.pid);
		return true;
	}
	if (q->wire.sent < c->end)
		return bad_line(q, "reply to a command that is not sent yet");

	if (has_error) {
		qmp_reply_error(error, &err);
		pending_answer(&q->pending, c, QMP_ERROR, NULL, &err);
		return true;
	}
	/* "return": null is not QMP, but a success. Callers expect an object. */
	_json_ json_object *other = ret ? NULL : json_object_new_object();
	const char *text;
	size_t len;

	if (reader_text(&q->input.reader, &text, &len)) {
		if (!c->budget->flat_view)
			return bad_line(q, "a text in reply to another command");
		other = json_object_new_string_len(text, (int)len);
		ret = NULL;
	}
	pending_answer(&q->pending, c, QMP_OK, ret ? ret : other, NULL);
	return true;
}

/* What may come now. */
static struct reply_budget budget(const struct qmp *q)
{
	return q->state == READY ? pending_budget(&q->pending) : reply_budget_greeting;
}

/* One line. False: the client is dead or closed now. */
static bool on_line(struct qmp *q, const struct reply_budget *b, const char *line, size_t len)
{
	_json_ json_object *msg = NULL;
	struct ras_err err;
	const char *name;
	bool has_event;
	int r = reply_parse(line, len, b, &msg, &err);

	if (r == -RAS_E_MONITOR)
		qmp_lost(q, &err);
	else if (r < 0)
		bad_line(q, err.text);
	else if (!json_object_is_type(msg, json_type_object))
		bad_line(q, "not an object");
	else if (q->state == GREETING)
		on_greeting(q, msg);
	else if (json_member(msg, "event", &has_event), !has_event)
		on_reply(q, msg);
	else if (json_get_str(msg, "event", &name, &err) < 0)
		bad_line(q, err.text);
	else if (q->state == READY) {
		charge(q, LINE_COST_NS);
		qmp_job_event(&q->job, name);
		if (q->cb.event)
			q->cb.event(q->arg, name, json_member(msg, "data", &has_event));
	}
	return !q->closed && q->state != DEAD;
}

/* Read once. False: there is nothing more to read now, or the connection has ended. */
static bool fill(struct qmp *q)
{
	struct ras_err err;
	size_t had = buf_len(&q->wire.in);
	int rc = wire_fill(&q->wire, &err);

	if (rc > 0)
		charge(q, (int64_t)(buf_len(&q->wire.in) - had) * BYTE_COST_NS);
	if (q->input.last && rc > 0) {
		q->input.last_bytes += buf_len(&q->wire.in) - had;
		if (q->input.last_bytes > LAST_BYTES_MAX)
			rc = 0;
	}
	if (q->input.last && rc <= 0)
		qmp_lost(q, &q->death);
	else if (rc < 0)
		qmp_lost(q, &err);
	return rc > 0;
}

/* What is left in the buffer is a line that is not whole, or nothing. */
static void note_unfinished(struct qmp *q)
{
	wire_relax(&q->wire);
	if (!buf_len(&q->wire.in) && !reader_in_line(&q->input.reader))
		q->input.line_ns = INT64_MAX;
	else if (q->input.line_ns == INT64_MAX)
		q->input.line_ns = clock_boot_ns() + (int64_t)LINE_MS * 1000000;
}

/*
 * At most one read, and the lines that are whole. True: there are more lines. More bytes in the
 * socket make ev_read due again.
 */
static bool read_some(struct qmp *q)
{
	int64_t end_ns = clock_boot_ns() + STEP_NS;
	bool has_read = false;
	struct ras_err err;
	const char *line;
	size_t len;

	for (int n = 0; n < STEP_LINES;) {
		struct reply_budget b = budget(q);
		int rc;

		if (pause_flood(q))
			return false;
		rc = reader_line(&q->input.reader, &q->wire, &b, &line, &len, &err);

		if (rc < 0) {
			qmp_lost(q, &err);
			return false;
		}
		if (rc == 0) {
			if (has_read || !fill(q)) {
				if (!q->closed && q->state != DEAD)
					note_unfinished(q);
				return q->input.last && has_read && q->state != DEAD;
			}
			has_read = true;
			continue;
		}
		q->input.line_ns = INT64_MAX;
		if (!on_line(q, &b, line, len))
			return false;
		n++;
		if (clock_boot_ns() > end_ns)
			break;
	}
	return true;
}

bool qmp_receive(void *arg)
{
	struct qmp *q = arg;
	bool more;

	qmp_hold(q);
	more = read_some(q);
	if (q->closed || q->state == DEAD)
		more = false;
	else
		qmp_arm_timer(q);
	qmp_drop(q);
	return more;
}

void qmp_receive_timer(struct qmp *q, int64_t now_ns)
{
	struct ras_err err;

	if (now_ns >= q->input.resume_ns) {
		q->input.resume_ns = INT64_MAX;
		event_add(q->ev_read, NULL);
		turns_wanted(&q->input.turn); /* for what is in the buffer */
	}
	if (now_ns >= q->input.line_ns) {
		ras_fail(&err, RAS_E_MONITOR, "its monitor did not end a line within %d s",
			 LINE_MS / 1000);
		qmp_lost(q, &err);
	}
}
