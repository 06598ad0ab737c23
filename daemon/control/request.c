// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One request's text into its four members. Only params become json-c values: the id goes back to
 * the client byte for byte, and "jsonrpc" and "method" are compared where they stand. That is most
 * of what a small request costs.
 */
#include "control/request.h"

#include <string.h>

#define MAX_ID_BYTES 128
#define N_MEMBERS 4

static bool is_integer(const struct json_part *p)
{
	if (p->text[0] != '-' && (p->text[0] < '0' || p->text[0] > '9'))
		return false;
	for (size_t i = 1; i < p->len; i++)
		if (p->text[i] < '0' || p->text[i] > '9')
			return false;
	return true;
}

static bool good_id(const struct json_part *p)
{
	char text[MAX_ID_BYTES + 1];
	ssize_t n = json_part_str(p->text, p->len, text, sizeof(text));

	return n >= 0 ? n <= MAX_ID_BYTES : p->text[0] == 'n' || is_integer(p);
}

/* Where the four members are; the first that is none of them is the error. */
static int find(const struct json_part *parts, size_t n, const struct json_part *at[N_MEMBERS],
		struct ras_err *err)
{
	static const char *const names[N_MEMBERS] = { "id", "jsonrpc", "method", "params" };
	const struct json_part *strange = NULL;
	char name[41];

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		json_part_str(parts[i].key, parts[i].key_len, name, sizeof(name));
		while (k < N_MEMBERS && strcmp(name, names[k]) != 0)
			k++;
		if (k < N_MEMBERS)
			at[k] = &parts[i];
		else if (!strange)
			strange = &parts[i];
	}
	if (!strange)
		return 0;
	json_part_str(strange->key, strange->key_len, name, sizeof(name));
	return ras_fail(err, RAS_E_REQUEST, "a request has no member \"%.40s\"", name);
}

static int read_members(const struct json_part *at[N_MEMBERS], struct request *rq,
			struct ras_err *err)
{
	char version[8];

	if (!at[1] || json_part_str(at[1]->text, at[1]->len, version, sizeof(version)) != 3 ||
	    strcmp(version, "2.0") != 0)
		return ras_fail(err, RAS_E_REQUEST, "\"jsonrpc\" must be \"2.0\"");
	if (!at[2] || json_part_str(at[2]->text, at[2]->len, rq->method, sizeof(rq->method)) < 0)
		return ras_fail(err, RAS_E_REQUEST, "\"method\" must be a string");
	if (!at[3])
		return 0;
	if (at[3]->text[0] != '{' && at[3]->text[0] != '[')
		return ras_fail(err, RAS_E_REQUEST, "\"params\" must be an object");
	rq->params = at[3]->text;
	rq->params_len = at[3]->len;
	return 0;
}

static int read_id(const struct json_part *id, struct request *rq, struct ras_err *err)
{
	if (!good_id(id))
		return ras_fail(err, RAS_E_REQUEST,
				"id must be a string of at most %d bytes, an integer or null",
				MAX_ID_BYTES);
	rq->id = id->text;
	rq->id_len = id->len;
	rq->notification = false;
	return 0;
}

/* The gate stopped at too many values: the id is known if it stands before them. */
static void read_early_id(const struct json_part *parts, size_t n, struct request *rq)
{
	const struct json_part *at[N_MEMBERS] = { NULL };
	struct ras_err err;

	rq->notification = false;
	find(parts, n, at, &err);
	if (at[0])
		read_id(at[0], rq, &err);
}

int request_read(const char *text, size_t len, struct request *rq, struct ras_err *err)
{
	const struct json_part *at[N_MEMBERS] = { NULL };
	struct json_part parts[MAX_REQUEST_PARTS];
	size_t n = 0;
	int r = json_cut(text, len, parts, MAX_REQUEST_PARTS, &n, err);

	*rq = (struct request){ .notification = true };
	n = n < MAX_REQUEST_PARTS ? n : MAX_REQUEST_PARTS;
	if (r == -RAS_E_PARAMS)
		read_early_id(parts, n, rq);
	if (r < 0)
		return r;
	while (len && strchr(" \t\r\n", *text)) {
		text++;
		len--;
	}
	if (*text != '{')
		return ras_fail(err, RAS_E_REQUEST, "a request is an object");
	r = find(parts, n, at, err);
	if (at[0]) {
		int bad_id = read_id(at[0], rq, err);

		r = bad_id < 0 ? bad_id : r;
	}
	return r < 0 ? r : read_members(at, rq, err);
}

int request_params(const struct request *rq, json_object **out, struct ras_err *err)
{
	*out = NULL;
	if (!rq->params)
		return 0;
	if (rq->params[0] == '[') {
		ras_fail(err, RAS_E_PARAMS, "parameters by position are not supported");
		return ras_hint(err, "use named parameters: \"params\":{...}");
	}
	return json_parse_part(rq->params, rq->params_len, out, err);
}
