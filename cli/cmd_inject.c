// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasctl inject.
 *
 * Problem: this process may end before it has printed the outcome. Rule: the request id is printed
 * before anything is sent. The id finds the outcome later, and the same command with the same id
 * never hits the guest twice. Otherwise a user who repeats a command could inject twice.
 *
 * Many requests are pipelined, at most WINDOW in flight, and reported in order.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "base/uuid.h"
#include "client.h"
#include "cperjson/cperjson.h"
#include "json/json.h"
#include "out.h"
#include "rasctl.h"

#define WINDOW 16
#define MAX_SECTIONS_BYTES 4096
#define MAX_REQUEST_ID 63
#define WAIT_DEFAULT_MS 10000
#define GRACE_MS 5000 /* in addition to the wait that the daemon was asked for */

struct outcome {
	bool done;
	int exit;
	json_object *row; /* owned; NULL = error */
	struct ras_err err;
};

struct run {
	const struct options *o;
	struct client *c;
	json_object *params; /* all parameters except request_id */
	char base_id[MAX_REQUEST_ID + 1];
	struct outcome *out; /* o->inject.count of them */
	uint64_t sent, received, printed, ok;
	int first_failure;
	bool progress;
};

/* --pfn is an address in pages of 4 KiB: of the guest with --domain, else of this host. */
static int take_pfn(struct options *o, struct ras_err *err)
{
	if (!o->inject.pfn)
		return 0;
	if (o->gpa || o->hpa)
		return ras_fail(err, RAS_E_PARAMS, "--pfn cannot be combined with --gpa or --hpa");
	*(o->domain ? &o->gpa : &o->hpa) = o->inject.pfn;
	return 0;
}

static int check_options(const struct options *o, struct ras_err *err)
{
	static const char *const severities[] = { "corrected", "recoverable", "fatal", "info" };
	struct uuid u;
	uint64_t v;
	size_t i;

	if (!o->domain && !o->hpa) {
		ras_fail(err, RAS_E_PARAMS, "no domain given");
		return ras_hint(err, "give --domain NAME; 'rasctl domains' lists the guests");
	}
	if (o->hpa && (o->gpa || o->inject.record || o->inject.sections->used))
		return ras_fail(
			err, RAS_E_PARAMS,
			"--hpa cannot be combined with --gpa, --record or options of sections");
	if (o->inject.record && (o->gpa || o->inject.sections->used))
		return ras_fail(err, RAS_E_PARAMS,
				"--record is a ready record: --gpa and options of sections do not "
				"apply");
	if (o->inject.malformed && !o->inject.record)
		return ras_fail(err, RAS_E_PARAMS, "--malformed needs --record");
	if (!o->inject.record && !o->gpa && !o->hpa && !o->inject.sections->used) {
		ras_fail(err, RAS_E_PARAMS, "no address given");
		return ras_hint(err, "give a guest physical address, such as --gpa 0x48000000");
	}
	if (o->gpa && num_parse_u64(o->gpa, &v, err))
		return ras_field(err, "gpa");
	if (o->hpa && num_parse_u64(o->hpa, &v, err))
		return ras_field(err, "hpa");
	for (i = 0; o->inject.severity && i < ARRAY_LEN(severities); i++)
		if (!strcmp(o->inject.severity, severities[i]))
			break;
	if (i == ARRAY_LEN(severities)) {
		ras_fail(err, RAS_E_PARAMS, "no such severity: %.40s", o->inject.severity);
		return ras_hint(err, "corrected, recoverable, fatal or info");
	}
	if (o->inject.fru_id && strcmp(o->inject.fru_id, "own") &&
	    strcmp(o->inject.fru_id, "none") && strcmp(o->inject.fru_id, "keep") &&
	    uuid_parse(o->inject.fru_id, &u, err)) {
		ras_fail(err, RAS_E_PARAMS, "bad FRU id: %.40s", o->inject.fru_id);
		return ras_hint(err, "own, none, keep or a UUID");
	}
	return 0;
}

/* A fatal record ends the guest: ask a person to confirm, require --yes of a script. */
static int confirm_fatal(const struct options *o, struct ras_err *err)
{
	char answer[16];

	if (o->inject.yes || o->dry_run || !o->inject.sections->fatal)
		return 0;
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
		ras_fail(err, RAS_E_NEED_CONFIRM, "a fatal error makes the guest panic");
		return ras_hint(err, "give --yes to confirm it");
	}
	fputs("A fatal error makes ", stderr);
	out_str(stderr, o->domain ? o->domain : "the page's guest");
	fputs(" panic. Go on? [y/N] ", stderr);
	if (!fgets(answer, sizeof(answer), stdin) || (answer[0] != 'y' && answer[0] != 'Y'))
		return ras_fail(err, RAS_E_NEED_CONFIRM, "not confirmed, nothing was sent");
	return 0;
}

/* rasd checks sections in the same way. Here it is done before anything is sent. */
static int try_sections(json_object *params, struct ras_err *err)
{
	_json_ json_object *record = json_object_new_object();
	uint8_t data[MAX_SECTIONS_BYTES];
	json_object *v;
	size_t n;

	json_object_object_get_ex(params, "sections", &v);
	json_object_object_add(record, "entries", json_object_get(v));
	if (json_object_object_get_ex(params, "block", &v))
		json_object_object_add(record, "block", json_object_get(v));
	return cperjson_encode(record, data, sizeof(data), &n, err);
}

static int make_params(const struct options *o, json_object *p, struct ras_err *err)
{
	uint64_t gpa;

	if (o->domain)
		json_object_object_add(p, "domain", json_object_new_string(o->domain));
	if (o->inject.record) {
		int ret = inject_record(o, p, err);

		if (ret)
			return ret;
		if (o->inject.malformed)
			json_object_object_add(p, "malformed", json_object_new_boolean(1));
	} else if (o->inject.sections->used) {
		int ret = sections_build(o->inject.sections, p, err);

		if (ret == 0)
			ret = try_sections(p, err);
		if (ret)
			return ret;
	} else {
		const char *key = o->hpa ? "hpa" : "gpa";

		if (num_parse_u64(o->hpa ? o->hpa : o->gpa, &gpa, err))
			return ras_field(err, "%s", key);
		json_object_object_add(p, key, json_new_hex64(gpa, 0));
		json_object_object_add(p, "severity",
				       json_object_new_string(o->inject.severity ?
								      o->inject.severity :
								      "corrected"));
	}
	if (o->inject.tag)
		json_object_object_add(p, "tag", json_object_new_string(o->inject.tag));
	if (o->inject.fru_id &&
	    (!o->inject.sections->used || strlen(o->inject.fru_id) != UUID_TEXT_SIZE - 1))
		json_object_object_add(p, "fru_id", json_object_new_string(o->inject.fru_id));
	if (o->inject.wait) {
		json_object_object_add(p, "wait", json_object_new_boolean(1));
		json_object_object_add(p, "timeout_ms", json_object_new_uint64(o->timeout_ms));
	}
	if (o->inject.via)
		json_object_object_add(p, "backend", json_object_new_string(o->inject.via));
	if (o->inject.allow_crash)
		json_object_object_add(p, "allow_crash", json_object_new_boolean(1));
	if (o->dry_run)
		json_object_object_add(p, "dry_run", json_object_new_boolean(1));
	/*
	 * A fatal record is confirmed here or by --yes. A ready record may be fatal too, but rasctl
	 * does not look inside it, so only --yes counts for it.
	 */
	if (o->inject.yes || o->inject.sections->fatal)
		json_object_object_add(p, "confirm", json_object_new_boolean(1));
	return 0;
}

static int choose_id(struct run *r, struct ras_err *err)
{
	const struct options *o = r->o;
	size_t suffix = o->inject.count > 1 ? 8 : 0;
	struct uuid u;

	if (!o->inject.request_id) {
		int ret = uuid_generate(&u, err);

		if (ret == 0)
			uuid_format(&u, r->base_id);
		return ret;
	}
	if (!o->inject.request_id[0] || strlen(o->inject.request_id) + suffix > MAX_REQUEST_ID)
		return ras_fail(err, RAS_E_PARAMS, "a request id has 1 to %zu characters",
				MAX_REQUEST_ID - suffix);
	for (const char *s = o->inject.request_id; *s; s++)
		if (*s <= ' ' || *s > '~')
			return ras_fail(
				err, RAS_E_PARAMS,
				"a request id has printable ASCII characters only, no blanks");
	strcpy(r->base_id, o->inject.request_id);
	return 0;
}

/* The exit code of a row. */
static int row_exit(const struct options *o, json_object *row)
{
	const char *state = member_str(row, "state", "?");
	const char *severity = member_str(row, "severity", "");

	if (o->dry_run && strcmp(state, "refused"))
		return EX_DONE;
	/* Nobody acknowledges what is delivered: more than that cannot be known of it. */
	if (!strcmp(state, "acknowledged") || !strcmp(state, "delivered"))
		return EX_DONE;
	if (!strcmp(state, "consumed"))
		return strcmp(severity, "fatal") && o->inject.wait ? EX_NOT_ACKED : EX_DONE;
	if (!strcmp(state, "refused"))
		return EX_FAILED;
	if (!strcmp(state, "written") || !strcmp(state, "intent"))
		return o->inject.wait ? EX_NOT_ACKED : EX_DONE;
	return EX_NOT_ACKED; /* lost, unknown */
}

static void print_row(const struct options *o, json_object *row)
{
	const char *state = member_str(row, "state", o->dry_run ? "dry-run" : "?");
	char text[256];
	const char *detail = detail_text(row, text, sizeof(text));
	json_object *ack = NULL;
	int64_t ack_ns = 0;

	if (json_object_object_get_ex(row, "ack_ns", &ack))
		ack_ns = json_object_get_int64(ack);
	out_str(stdout, member_str(row, "id", "-"));
	fputs("  ", stdout);
	out_str(stdout, state);
	fputs("  ", stdout);
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

	for (; r->printed < r->sent && r->out[r->printed].done; r->printed++) {
		struct outcome *out = &r->out[r->printed];

		if (out->exit == EX_DONE)
			r->ok++;
		else if (!r->first_failure)
			r->first_failure = out->exit;
		if (o->json)
			continue;
		if (out->row) {
			print_row(o, out->row);
			if (o->dry_run)
				out_effects(out->row);
		} else {
			struct options text = *o;

			text.json = false;
			out_error(&text, &out->err);
		}
	}
	fflush(stdout);
	if (r->progress)
		fprintf(stderr, "\r%llu/%llu ", (unsigned long long)r->received,
			(unsigned long long)o->inject.count);
}

static int send_next(struct run *r, struct ras_err *err)
{
	char id[MAX_REQUEST_ID + 24];
	uint64_t rpc_id;

	if (r->o->inject.count > 1)
		snprintf(id, sizeof(id), "%s-%llu", r->base_id, (unsigned long long)r->sent + 1);
	else
		snprintf(id, sizeof(id), "%s", r->base_id);
	json_object_object_add(r->params, "request_id", json_object_new_string(id));
	/* ids of one connection count from 1, so answer n belongs to out[n - 1] */
	r->sent++;
	return client_send(r->c, "injection.create", r->params, &rpc_id, err);
}

static int receive_one(struct run *r, struct ras_err *err)
{
	int64_t timeout =
		r->o->inject.wait ? (int64_t)r->o->timeout_ms + GRACE_MS : client_timeout_ms();
	struct ras_err rpc_err = RAS_ERR_NULL;
	json_object *row = NULL;
	struct outcome *out;
	uint64_t id = 0;
	int ret;

	/* A domain has one queue, so the last request of a window waits for all before it. */
	if (r->o->inject.wait && r->o->inject.count > 1)
		timeout += (int64_t)r->o->timeout_ms * (WINDOW - 1);
	ret = client_recv(r->c, timeout, &id, &row, &rpc_err, err);
	if (ret)
		return ret;
	if (id == 0 || id > r->sent || r->out[id - 1].done) {
		json_object_put(row);
		if (rpc_err.code) {
			*err = rpc_err;
			return -rpc_err.code;
		}
		return ras_fail(err, RAS_E_IO, "rasd answered a request that was not made");
	}
	out = &r->out[id - 1];
	out->done = true;
	r->received++;
	if (!rpc_err.code && !json_object_is_type(row, json_type_object)) {
		json_object_put(row);
		row = NULL;
		ras_fail(&rpc_err, RAS_E_IO, "rasd's answer is not an injection");
	}
	out->row = row;
	out->err = rpc_err;
	out->exit = row ? row_exit(r->o, row) : exit_code_of(&rpc_err);
	return 0;
}

static int run_all(struct run *r, struct ras_err *err)
{
	while (r->received < r->o->inject.count) {
		int ret = 0;

		while (ret == 0 && r->sent < r->o->inject.count && r->sent - r->received < WINDOW)
			ret = send_next(r, err);
		if (ret == 0)
			ret = receive_one(r, err);
		if (ret)
			return ret;
		report(r);
	}
	return 0;
}

static void print_json(struct run *r)
{
	const struct options *o = r->o;
	_json_ json_object *all = json_object_new_object();
	json_object *list = json_object_new_array();

	for (uint64_t i = 0; i < r->sent; i++) {
		struct outcome *out = &r->out[i];
		json_object *item = out->row ? json_object_get(out->row) : json_object_new_object();

		if (!out->row && out->done)
			json_object_object_add(item, "error", error_json(&out->err));
		if (out->done)
			json_object_array_add(list, item);
		else
			json_object_put(item);
	}
	if (o->inject.count == 1 && json_object_array_length(list) == 1) {
		out_json(json_object_array_get_idx(list, 0));
		json_object_put(list);
		return;
	}
	json_object_object_add(all, "request_id", json_object_new_string(r->base_id));
	json_object_object_add(all, "count", json_object_new_uint64(o->inject.count));
	json_object_object_add(all, "ok", json_object_new_uint64(r->ok));
	json_object_object_add(all, "injections", list);
	out_json(all);
}

static int finish(struct run *r, int ret, const struct ras_err *err)
{
	const struct options *o = r->o;

	if (r->progress)
		fputc('\n', stderr);
	if (o->json && (ret == 0 || r->received))
		print_json(r);
	else if (!o->json && o->inject.count > 1)
		printf("%llu requested, %llu ok, %llu not ok, %llu without an answer\n",
		       (unsigned long long)o->inject.count, (unsigned long long)r->ok,
		       (unsigned long long)(r->received - r->ok),
		       (unsigned long long)(o->inject.count - r->received));
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
	if (r->ok == o->inject.count)
		return EX_DONE;
	if (o->inject.count == 1 && o->json && !r->out[0].row) {
		struct options text = *o;

		text.json = false;
		return out_error(&text, &r->out[0].err);
	}
	return r->ok ? EX_PARTIAL : r->first_failure;
}

int cmd_inject(const struct options *o)
{
	_json_ json_object *params = json_object_new_object();
	_client_ struct client *c = NULL;
	_free_ struct outcome *outs = NULL;
	struct options opt = *o;
	struct run r = { .o = &opt, .params = params };
	struct ras_err err;
	int ret, rc;

	if (!opt.has_timeout)
		opt.timeout_ms = WAIT_DEFAULT_MS;
	ret = take_pfn(&opt, &err);
	if (ret == 0)
		ret = check_options(&opt, &err);
	if (ret == 0)
		ret = choose_id(&r, &err);
	if (ret == 0)
		ret = make_params(&opt, params, &err);
	if (ret == 0)
		ret = confirm_fatal(&opt, &err);
	if (ret == 0)
		ret = client_open(&c, opt.socket, &err);
	if (ret)
		return out_error(o, &err);
	outs = calloc(opt.inject.count, sizeof(*outs));
	if (!outs) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		return out_error(o, &err);
	}
	r.out = outs;
	r.c = c;
	r.progress = opt.inject.count > 1 && isatty(STDERR_FILENO) && !isatty(STDOUT_FILENO);
	fprintf(opt.json ? stderr : stdout, "request-id: %s\n", r.base_id);
	fflush(stdout);
	client_catch_interrupt();
	ret = run_all(&r, &err);
	rc = finish(&r, ret, &err);
	for (uint64_t i = 0; i < opt.inject.count; i++)
		json_object_put(outs[i].row);
	return rc;
}
