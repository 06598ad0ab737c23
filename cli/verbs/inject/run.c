// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasctl inject: requests and their outcomes.
 *
 * Problem: this process may end before it has printed the outcome. Rule: the request id is printed
 * as soon as rasd has taken a request or has not answered within ANNOUNCE_MS. The id finds the
 * outcome later, and the same command with the same id never hits the guest twice. Otherwise a user
 * who repeats a command could inject twice. A request that is refused at once needs none.
 *
 * What is accepted may still be refused when it is sent. So the summary of --count asks again for
 * what waits in rasd's queue, and counts how it ended.
 *
 * Many requests are pipelined, at most WINDOW in flight, and reported in order. Where a limit of
 * rasd's refuses one of --count, nothing of it was stored: it is sent again with the same id when
 * rasd says, before any new one. From then on one request is in flight, and one more with each that
 * is accepted: others would only be refused, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "cli/rpc/client.h"
#include "cli/show/out.h"
#include "cli/verbs/inject/inject.h"
#include "json/json.h"

#define WINDOW 16
#define GRACE_MS 5000 /* in addition to the wait that the daemon was asked for */
#define ANNOUNCE_MS 200
#define SETTLE_MS 10000 /* what waits in the queue is asked for so long, without --timeout */
#define SETTLE_EVERY_US 50000
#define MAX_STATES 12
/* One request waits for a limit so long at most. rasd closes a silent connection after 15 min. */
#define LIMIT_PATIENCE_MS 600000

enum outcome_state { NOT_SENT, IN_FLIGHT, LIMITED, DONE };

struct outcome {
	enum outcome_state state;
	uint64_t rpc_id;    /* IN_FLIGHT: what its answer will carry */
	int64_t limited_ns; /* when a limit refused it first; 0: none has */
	int exit;
	json_object *row; /* owned; NULL = error */
	struct ras_err err;
};

struct run {
	const struct options *o;
	const struct inject_options *in;
	struct client *c;
	json_object *params; /* all parameters except request_id */
	const char *base_id;
	struct outcome *out; /* in->count of them */
	uint64_t sent;	     /* the first of these were sent, if only to be refused by a limit */
	uint64_t received, printed, ok;
	int first_failure;
	struct {
		uint64_t in_flight, window;
		uint64_t limited;  /* that wait for a limit */
		uint64_t refusals; /* by a limit, in all */
		int64_t resume_ns; /* nothing is sent before */
	} pace;
	int64_t start_ns;
	bool progress, announced;
};

/* What is needed to ask for the outcome. */
static void announce(struct run *r)
{
	if (r->announced)
		return;
	r->announced = true;
	fprintf(r->o->json ? stderr : stdout, "request-id: %s\n", r->base_id);
	fflush(stdout);
}

/* The line on stderr is written over by the next one. */
static void hide_progress(const struct run *r)
{
	if (r->progress)
		fputs("\r\033[K", stderr);
}

static void show_progress(const struct run *r)
{
	double seconds = (double)(clock_boot_ns() - r->start_ns) / 1e9;

	if (!r->progress)
		return;
	fprintf(stderr, "%llu of %llu, %.0f a second", (unsigned long long)r->received,
		(unsigned long long)r->in->count, seconds > 0 ? (double)r->received / seconds : 0);
	if (r->pace.limited)
		fprintf(stderr, ", a limit of rasd's is waited for");
}

/* The exit code of a row. */
static int row_exit(const struct options *o, const struct inject_options *in, json_object *row)
{
	const char *state = member_str(row, "state", "?");
	const char *severity = member_str(row, "severity", "");

	if (o->dry_run && strcmp(state, "refused"))
		return EX_DONE;
	/* Nobody acknowledges what is delivered: more than that cannot be known of it. */
	if (!strcmp(state, "acknowledged") || !strcmp(state, "delivered"))
		return EX_DONE;
	if (!strcmp(state, "consumed"))
		return strcmp(severity, "fatal") && in->wait ? EX_NOT_ACKED : EX_DONE;
	if (!strcmp(state, "refused"))
		return EX_FAILED;
	if (!strcmp(state, "written") || !strcmp(state, "intent"))
		return in->wait ? EX_NOT_ACKED : EX_DONE;
	return EX_NOT_ACKED; /* lost, unknown */
}

static void print_row(const struct options *o, json_object *row)
{
	const char *state = member_str(row, "state", o->dry_run ? "dry-run" : "?");
	char text[256];
	const char *detail = detail_text(row, text, sizeof(text));
	const char *color = o->no_color ? NULL : state_color(state);
	json_object *ack = NULL;
	int64_t ack_ns = 0;

	if (json_object_object_get_ex(row, "ack_ns", &ack))
		ack_ns = json_object_get_int64(ack);
	out_str(stdout, member_str(row, "id", "-"));
	fputs("  ", stdout);
	if (color)
		fputs(color, stdout);
	out_str(stdout, state);
	fputs(color ? COLOR_END "  " : "  ", stdout);
	out_str(stdout, member_str(row, "backend", "-"));
	if (ack_ns > 0)
		printf("  %.3f ms", (double)ack_ns / 1e6);
	else
		fputs("  -", stdout);
	if (detail[0] && strcmp(state, "acknowledged")) {
		fputs("  ", stdout);
		out_str(stdout, detail);
	}
	putchar('\n');
}

/* Print the answers in the order of the requests, up to the first that is still missing. */
static void report(struct run *r)
{
	const struct options *o = r->o;

	hide_progress(r);
	for (; r->printed < r->sent && r->out[r->printed].state == DONE; r->printed++) {
		struct outcome *out = &r->out[r->printed];

		if (out->exit == EX_DONE)
			r->ok++;
		else if (!r->first_failure)
			r->first_failure = out->exit;
		if (o->json)
			continue;
		if (out->row) {
			if (!o->dry_run &&
			    strcmp(member_str(out->row, "state", ""), "refused") != 0)
				announce(r);
			print_row(o, out->row);
			if (o->dry_run)
				out_dry_run(out->row);
		} else {
			struct options text = *o;

			text.json = false;
			out_error(&text, &out->err);
		}
	}
	fflush(stdout);
	show_progress(r);
}

/* The one to be sent next; NULL: there is none. */
static struct outcome *next_to_send(struct run *r)
{
	for (uint64_t i = r->printed; r->pace.limited && i < r->sent; i++)
		if (r->out[i].state == LIMITED)
			return &r->out[i];
	return r->sent < r->in->count ? &r->out[r->sent] : NULL;
}

static int send_one(struct run *r, struct outcome *out, struct ras_err *err)
{
	uint64_t number = (uint64_t)(out - r->out) + 1;
	char id[MAX_REQUEST_ID + 24];

	if (r->in->count > 1)
		snprintf(id, sizeof(id), "%s-%llu", r->base_id, (unsigned long long)number);
	else
		snprintf(id, sizeof(id), "%s", r->base_id);
	json_object_object_add(r->params, "request_id", json_object_new_string(id));
	r->pace.limited -= out->state == LIMITED;
	r->sent += out->state == NOT_SENT;
	r->pace.in_flight++;
	out->state = IN_FLIGHT;
	return client_send(r->c, "injection.create", r->params, &out->rpc_id, err);
}

static struct outcome *answered(struct run *r, uint64_t rpc_id)
{
	for (uint64_t i = r->printed; i < r->sent; i++)
		if (r->out[i].state == IN_FLIGHT && r->out[i].rpc_id == rpc_id)
			return &r->out[i];
	return NULL;
}

/* A limit refused it: will it be sent again? */
static bool wait_for_limit(struct run *r, struct outcome *out, const struct ras_err *why)
{
	int64_t now_ns = clock_boot_ns();
	int64_t again_ns = now_ns + (why->retry_after_ms > 0 ? why->retry_after_ms : 1) * 1000000;

	if (why->code != RAS_E_RATE || r->in->count == 1 || r->in->no_retry || r->o->dry_run)
		return false;
	if (!out->limited_ns)
		out->limited_ns = now_ns;
	if (again_ns - out->limited_ns > LIMIT_PATIENCE_MS * INT64_C(1000000))
		return false;
	if (!r->pace.refusals++ && !r->progress)
		fprintf(stderr, "waiting: %s\n", why->text);
	out->state = LIMITED;
	r->pace.limited++;
	r->pace.window = 1;
	if (again_ns > r->pace.resume_ns)
		r->pace.resume_ns = again_ns;
	return true;
}

static int receive_one(struct run *r, struct ras_err *err)
{
	int64_t timeout = r->in->wait ? (int64_t)r->in->wait_ms + GRACE_MS : client_timeout_ms();
	struct ras_err rpc_err = RAS_ERR_NULL;
	json_object *row = NULL;
	struct outcome *out;
	uint64_t id = 0;
	int ret;

	/* A domain has one queue, so the last request of a window waits for all before it. */
	if (r->in->wait && r->in->count > 1)
		timeout += (int64_t)r->in->wait_ms * (WINDOW - 1);
	if (!r->announced && !r->o->dry_run && !client_has_answer(r->c, ANNOUNCE_MS))
		announce(r);
	ret = client_recv(r->c, timeout, &id, &row, &rpc_err, err);
	if (ret)
		return ret;
	out = answered(r, id);
	if (!out) {
		json_object_put(row);
		if (rpc_err.code) {
			*err = rpc_err;
			return -rpc_err.code;
		}
		return ras_fail(err, RAS_E_IO, "rasd answered a request that was not made");
	}
	r->pace.in_flight--;
	if (wait_for_limit(r, out, &rpc_err))
		return 0;
	out->state = DONE;
	r->received++;
	r->pace.window += r->pace.window < WINDOW;
	if (!rpc_err.code && !json_object_is_type(row, json_type_object)) {
		json_object_put(row);
		row = NULL;
		ras_fail(&rpc_err, RAS_E_IO, "rasd's answer is not an injection");
	}
	out->row = row;
	out->err = rpc_err;
	out->exit = row ? row_exit(r->o, r->in, row) : exit_code_of(&rpc_err);
	return 0;
}

static int run_all(struct run *r, struct ras_err *err)
{
	struct outcome *out;

	while (r->received < r->in->count) {
		int64_t pause_ns = r->pace.resume_ns - clock_boot_ns();
		int ret = 0;

		while (ret == 0 && pause_ns <= 0 && r->pace.in_flight < r->pace.window &&
		       (out = next_to_send(r)))
			ret = send_one(r, out, err);
		if (ret == 0)
			ret = r->pace.in_flight ? receive_one(r, err) :
						  client_pause(pause_ns / 1000000 + 1, err);
		if (ret)
			return ret;
		report(r);
	}
	return 0;
}

static bool is_queued(const struct outcome *out)
{
	return out->row && strcmp(member_str(out->row, "state", ""), "intent") == 0;
}

/* Ask for one that waits in rasd's queue. */
static int ask_again(struct run *r, struct outcome *out, struct ras_err *err)
{
	json_object *params = json_object_new_object(), *row = NULL;
	int ret;

	json_object_object_add(params, "id",
			       json_object_new_string(member_str(out->row, "id", "")));
	ret = client_call(r->c, "injection.get", params, &row, err);
	if (ret == 0 && json_object_is_type(row, json_type_object)) {
		json_object_put(out->row);
		out->row = row;
		out->exit = row_exit(r->o, r->in, row);
	}
	return ret;
}

/* What was accepted is counted as it ended. An error leaves it as it was known last. */
static void settle(struct run *r)
{
	int64_t ms = r->o->has_timeout ? (int64_t)r->o->timeout_ms : SETTLE_MS;
	int64_t give_up = clock_boot_ns() + ms * 1000000;
	struct ras_err err;
	bool waits = true;

	while (waits && clock_boot_ns() < give_up) {
		waits = false;
		for (uint64_t i = 0; i < r->sent; i++) {
			if (!is_queued(&r->out[i]))
				continue;
			if (ask_again(r, &r->out[i], &err) < 0)
				return;
			waits |= is_queued(&r->out[i]);
		}
		if (waits)
			usleep(SETTLE_EVERY_US);
	}
}

/* How many ended in which state, the most frequent or not: as they came first. */
static void print_states(struct run *r)
{
	const char *state[MAX_STATES];
	uint64_t n[MAX_STATES] = { 0 };
	size_t n_states = 0;

	r->ok = 0;
	r->first_failure = 0;
	for (uint64_t i = 0; i < r->sent; i++) {
		struct outcome *out = &r->out[i];
		const char *word = out->row ? member_str(out->row, "state", "?") : "not accepted";
		size_t k = 0;

		if (out->state != DONE)
			continue;
		r->ok += out->exit == EX_DONE;
		if (out->exit != EX_DONE && !r->first_failure)
			r->first_failure = out->exit;
		while (k < n_states && strcmp(state[k], word) != 0)
			k++;
		if (k == MAX_STATES)
			continue;
		if (k == n_states)
			state[n_states++] = word;
		n[k]++;
	}
	if (r->o->json)
		return;
	for (size_t k = 0; k < n_states; k++)
		out_format("%s%llu %s", k ? ", " : "", (unsigned long long)n[k], state[k]);
	if (n_states)
		putchar('\n');
}

/* Those that rasd has not taken: it has nothing of them. */
static uint64_t not_sent(const struct run *r)
{
	return r->in->count - r->sent + r->pace.limited;
}

static void print_json(struct run *r)
{
	_json_ json_object *all = json_object_new_object();
	json_object *list = json_object_new_array();

	for (uint64_t i = 0; i < r->sent; i++) {
		struct outcome *out = &r->out[i];
		json_object *item = out->row ? json_object_get(out->row) : json_object_new_object();

		if (!out->row && out->state == DONE)
			json_object_object_add(item, "error", error_json(&out->err));
		if (out->state == DONE)
			json_object_array_add(list, item);
		else
			json_object_put(item);
	}
	if (r->in->count == 1 && json_object_array_length(list) == 1) {
		out_json(json_object_array_get_idx(list, 0));
		json_object_put(list);
		return;
	}
	json_object_object_add(all, "request_id", json_object_new_string(r->base_id));
	json_object_object_add(all, "count", json_object_new_uint64(r->in->count));
	json_object_object_add(all, "ok", json_object_new_uint64(r->ok));
	json_object_object_add(all, "rate_limited", json_object_new_uint64(r->pace.refusals));
	json_object_object_add(all, "not_sent", json_object_new_uint64(not_sent(r)));
	json_object_object_add(all, "injections", list);
	out_json(all);
}

static void print_summary(const struct run *r)
{
	printf("%llu requested, %llu ok, %llu not ok, %llu without an answer",
	       (unsigned long long)r->in->count, (unsigned long long)r->ok,
	       (unsigned long long)(r->received - r->ok), (unsigned long long)r->pace.in_flight);
	if (not_sent(r))
		printf(", %llu not sent", (unsigned long long)not_sent(r));
	putchar('\n');
}

static int finish(struct run *r, int ret, const struct ras_err *err)
{
	const struct options *o = r->o;

	hide_progress(r);
	if (ret)
		announce(r);
	if (r->in->count > 1)
		print_states(r);
	if (o->json && (ret == 0 || r->received))
		print_json(r);
	if (!o->json && r->in->count > 1)
		print_summary(r);
	if (ret) {
		struct options text = *o;
		int rc;

		text.json = o->json && !r->received; /* one JSON value on stdout */
		rc = out_error(&text, err);
		fprintf(stderr,
			"A record that was sent cannot be taken back. 'rasctl log' shows what "
			"became of request id %s.\n",
			r->base_id);
		return r->ok ? EX_PARTIAL : rc;
	}
	if (r->ok == r->in->count)
		return EX_DONE;
	if (r->in->count == 1 && o->json && !r->out[0].row) {
		struct options text = *o;

		text.json = false;
		return out_error(&text, &r->out[0].err);
	}
	return r->ok ? EX_PARTIAL : r->first_failure;
}

int inject_run(const struct options *o, const struct inject_options *in, json_object *params,
	       const char *request_id)
{
	_client_ struct client *c = NULL;
	_free_ struct outcome *outs = NULL;
	struct run r = { .o = o, .in = in, .params = params, .base_id = request_id };
	struct ras_err err;
	int ret, rc;

	if (client_open(&c, o->socket, &err))
		return out_error(o, &err);
	outs = calloc(in->count, sizeof(*outs));
	if (!outs) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		return out_error(o, &err);
	}
	r.out = outs;
	r.c = c;
	r.pace.window = WINDOW;
	r.progress = in->count > 1 && isatty(STDERR_FILENO);
	r.start_ns = clock_boot_ns();
	client_catch_interrupt();
	ret = run_all(&r, &err);
	if (ret == 0 && in->count > 1 && !o->dry_run)
		settle(&r);
	rc = finish(&r, ret, &err);
	for (uint64_t i = 0; i < in->count; i++)
		json_object_put(outs[i].row);
	return rc;
}
