// SPDX-License-Identifier: LGPL-2.1-or-later
/* One checker for the parameters of all methods, driven by the tables made from proto/ras-rpc.json. */
#include <inttypes.h>
#include <string.h>

#include "control/server_private.h"

#define NEAR_MAX 64

unsigned int check_distance(const char *a, const char *b)
{
	size_t la = strlen(a), lb = strlen(b);
	unsigned int row[NEAR_MAX + 1];

	if (la > NEAR_MAX || lb > NEAR_MAX)
		return 99;
	for (size_t j = 0; j <= lb; j++)
		row[j] = (unsigned int)j;
	for (size_t i = 1; i <= la; i++) {
		unsigned int diagonal = row[0];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= lb; j++) {
			unsigned int best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[lb];
}

static int bad(const struct rpc_param *p, struct ras_err *err)
{
	return ras_field(err, "%s", p->name);
}

static const struct rpc_param *find(const struct rpc_method *m, const char *name)
{
	for (size_t i = 0; i < m->n_params; i++)
		if (strcmp(m->params[i].name, name) == 0)
			return &m->params[i];
	return NULL;
}

static int unknown(const struct rpc_method *m, const char *name, struct ras_err *err)
{
	const char *nearest = NULL;
	unsigned int best = 4;

	for (size_t i = 0; i < m->n_params; i++) {
		unsigned int d = check_distance(name, m->params[i].name);

		if (d < best) {
			best = d;
			nearest = m->params[i].name;
		}
	}
	ras_fail(err, RAS_E_PARAMS, "%s has no parameter \"%.64s\"", m->name, name);
	if (nearest)
		ras_hint(err, "did you mean \"%s\"?", nearest);
	else if (m->n_params == 0)
		ras_hint(err, "it takes none");
	else
		ras_hint(err, "rpc.discover describes the parameters");
	return ras_field(err, "%.63s", name);
}

static int check_word(const struct rpc_param *p, const char *s, struct ras_err *err)
{
	char list[160] = "";
	size_t n = 0;

	for (const char *const *w = p->words; *w; w++) {
		if (strcmp(*w, s) == 0)
			return 0;
		if (n < sizeof(list))
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "", *w);
	}
	ras_fail(err, RAS_E_PARAMS, "\"%s\" cannot be \"%.32s\"", p->name, s);
	ras_hint(err, "one of: %s", list);
	return bad(p, err);
}

static int check_str(const struct rpc_param *p, json_object *v, struct ras_err *err)
{
	const char *s = json_object_get_string(v);
	size_t len = (size_t)json_object_get_string_len(v);

	if (!json_object_is_type(v, json_type_string)) {
		ras_fail(err, RAS_E_PARAMS, "\"%s\" must be a string", p->name);
		return bad(p, err);
	}
	if (p->words)
		return check_word(p, s, err);
	if (len < p->min || len > p->max) {
		ras_fail(err, RAS_E_PARAMS, "\"%s\" has %zu bytes, must have %" PRIu64 "..%" PRIu64, p->name,
			 len, p->min, p->max);
		return bad(p, err);
	}
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)s[i] >= 0x20 && s[i] != 0x7f)
			continue;
		ras_fail(err, RAS_E_PARAMS, "\"%s\" has a control character at byte %zu", p->name, i);
		return bad(p, err);
	}
	return 0;
}

static int check_range(const struct rpc_param *p, uint64_t u, struct ras_err *err)
{
	if (u >= p->min && u <= p->max)
		return 0;
	ras_fail(err, RAS_E_PARAMS, "\"%s\" must be %" PRIu64 "..%" PRIu64, p->name, p->min, p->max);
	return bad(p, err);
}

static int check_u64(const struct rpc_param *p, json_object *v, struct ras_err *err)
{
	if (!json_object_is_type(v, json_type_int)) {
		ras_fail(err, RAS_E_PARAMS, "\"%s\" must be an integer", p->name);
		return bad(p, err);
	}
	/* A negative number reads as 0 when asked for unsigned. */
	if (json_object_get_int64(v) < 0) {
		ras_fail(err, RAS_E_PARAMS, "\"%s\" must be %" PRIu64 "..%" PRIu64, p->name, p->min, p->max);
		return bad(p, err);
	}
	return check_range(p, json_object_get_uint64(v), err);
}

static int check_type(const struct rpc_param *p, json_object *v, json_type type, const char *what,
		      struct ras_err *err)
{
	if (json_object_is_type(v, type))
		return 0;
	ras_fail(err, RAS_E_PARAMS, "\"%s\" must be %s", p->name, what);
	return bad(p, err);
}

static int check_value(const struct rpc_param *p, json_object *v, struct ras_err *err)
{
	uint64_t u = 0;
	int r;

	switch (p->type) {
	case RPC_STR:
		return check_str(p, v, err);
	case RPC_U64:
		return check_u64(p, v, err);
	case RPC_BOOL:
		return check_type(p, v, json_type_boolean, "true or false", err);
	case RPC_HEX64:
		r = json_as_hex64(v, p->name, &u, err);
		return r < 0 ? r : check_range(p, u, err);
	case RPC_OBJ:
		return check_type(p, v, json_type_object, "an object", err);
	case RPC_ARR:
		r = check_type(p, v, json_type_array, "an array", err);
		return r < 0 ? r : check_range(p, json_object_array_length(v), err);
	}
	return ras_fail(err, RAS_E_INTERNAL, "parameter \"%s\" has no type", p->name);
}

int check_params(const struct rpc_method *m, json_object *params, struct ras_err *err)
{
	int r;

	/* Unknown names first: a misspelt required one is better told as such. */
	json_object_object_foreach(params, key, unused) {
		(void)unused;
		if (!find(m, key))
			return unknown(m, key, err);
	}
	for (size_t i = 0; i < m->n_params; i++) {
		const struct rpc_param *p = &m->params[i];
		bool there;
		json_object *v = json_member(params, p->name, &there);

		if (!there && !p->required)
			continue;
		if (!there) {
			ras_fail(err, RAS_E_PARAMS, "%s needs \"%s\"", m->name, p->name);
			return bad(p, err);
		}
		r = check_value(p, v, err);
		if (r < 0)
			return r;
	}
	return 0;
}
