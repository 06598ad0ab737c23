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

static int read_params(const struct json_part *p, json_object **out, struct ras_err *err)
{
	if (p->text[0] == '[') {
		ras_fail(err, RAS_E_PARAMS, "parameters by position are not supported");
		return ras_hint(err, "use named parameters: \"params\":{...}");
	}
	if (p->text[0] != '{')
		return ras_fail(err, RAS_E_REQUEST, "\"params\" must be an object");
	return json_parse(p->text, p->len, out, err);
}

int request_read(const char *text, size_t len, struct request *rq, struct ras_err *err)
{
	const struct json_part *at[N_MEMBERS] = { NULL };
	struct json_part parts[MAX_REQUEST_PARTS];
	size_t n;
	char version[8];
	int r = json_cut(text, len, parts, MAX_REQUEST_PARTS, &n, err);

	*rq = (struct request){ .notification = true };
	if (r < 0)
		return r;
	while (len && strchr(" \t\r\n", *text)) {
		text++;
		len--;
	}
	if (*text != '{')
		return ras_fail(err, RAS_E_REQUEST, "a request is an object");
	r = find(parts, n < MAX_REQUEST_PARTS ? n : MAX_REQUEST_PARTS, at, err);
	if (at[0]) {
		if (!good_id(at[0]))
			return ras_fail(
				err, RAS_E_REQUEST,
				"id must be a string of at most %d bytes, an integer or null",
				MAX_ID_BYTES);
		rq->id = at[0]->text;
		rq->id_len = at[0]->len;
		rq->notification = false;
	}
	if (r < 0)
		return r;
	if (!at[1] || json_part_str(at[1]->text, at[1]->len, version, sizeof(version)) != 3 ||
	    strcmp(version, "2.0") != 0)
		return ras_fail(err, RAS_E_REQUEST, "\"jsonrpc\" must be \"2.0\"");
	if (!at[2] || json_part_str(at[2]->text, at[2]->len, rq->method, sizeof(rq->method)) < 0)
		return ras_fail(err, RAS_E_REQUEST, "\"method\" must be a string");
	return at[3] ? read_params(at[3], &rq->params, err) : 0;
}
