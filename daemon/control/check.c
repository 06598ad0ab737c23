// SPDX-License-Identifier: LGPL-2.1-or-later
#include "control/check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const struct rpc_method *rpc_find(const struct rpc_method *table, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (table[i].name[0] == name[0] && strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

static int check_word(const struct rpc_param *p, const char *field, const char *s,
		      struct ras_err *err)
{
	for (const char *const *w = p->words; w && *w; w++)
		if (strcmp(*w, s) == 0)
			return 0;
	if (!p->words)
		return 0;
	ras_fail(err, RAS_E_PARAMS, "\"%s\" cannot be \"%.32s\"", field, s);
	ras_field(err, "%s", field);
	for (const char *const *w = p->words; *w; w++) {
		size_t at = strlen(err->hint);

		snprintf(err->hint + at, sizeof(err->hint) - at, "%s%s", at ? ", " : "one of ", *w);
	}
	return -RAS_E_PARAMS;
}

static int check_array(const struct rpc_param *p, json_object *params, struct ras_err *err)
{
	json_object *v, *item;
	char field[64];
	int r = json_get_arr(params, p->name, &v, err);

	if (r < 0)
		return r;
	if (json_object_array_length(v) < p->min || json_object_array_length(v) > p->max) {
		ras_fail(err, RAS_E_PARAMS, "\"%s\" has a wrong number of items", p->name);
		return ras_field(err, "%s", p->name);
	}
	for (size_t i = 0; p->words && r == 0 && i < json_object_array_length(v); i++) {
		item = json_object_array_get_idx(v, i);
		snprintf(field, sizeof(field), "%.32s[%zu]", p->name, i);
		if (json_object_is_type(item, json_type_string)) {
			r = check_word(p, field, json_object_get_string(item), err);
			continue;
		}
		ras_fail(err, RAS_E_PARAMS, "\"%s\" must be a string", field);
		r = ras_field(err, "%s", field);
	}
	return r;
}

static int check_string(const struct rpc_param *p, json_object *params, struct ras_err *err)
{
	const char *s;
	size_t len;
	int r = json_get_str(params, p->name, &s, err);

	if (r < 0)
		return r;
	len = strlen(s);
	if (len < p->min || len > p->max) {
		ras_fail(err, RAS_E_PARAMS, "\"%s\" must have %" PRIu64 "..%" PRIu64 " bytes",
			 p->name, p->min, p->max);
		return ras_field(err, "%s", p->name);
	}
	return check_word(p, p->name, s, err);
}

static int check_one(const struct rpc_param *p, json_object *params, struct ras_err *err)
{
	json_object *v;
	uint64_t u;
	bool b;

	switch (p->type) {
	case RPC_STR:
		return check_string(p, params, err);
	case RPC_U64:
		return json_get_u64(params, p->name, p->min, p->max, &u, err);
	case RPC_BOOL:
		return json_get_bool(params, p->name, &b, err);
	case RPC_HEX64:
		return json_get_hex64(params, p->name, &u, err);
	case RPC_OBJ:
		return json_get_obj(params, p->name, &v, err);
	case RPC_ARR:
		return check_array(p, params, err);
	}
	return ras_fail(err, RAS_E_INTERNAL, "parameter table");
}

int rpc_check_params(const struct rpc_method *m, json_object *params, struct ras_err *err)
{
	if (params) {
		json_object_object_foreach(params, key, val)
		{
			size_t i;

			(void)val;
			for (i = 0; i < m->n_params && strcmp(m->params[i].name, key) != 0; i++)
				;
			if (i < m->n_params)
				continue;
			ras_fail(err, RAS_E_PARAMS, "%s has no parameter \"%.40s\"", m->name, key);
			ras_hint(err, "rpc.discover shows the parameters of every method");
			return ras_field(err, "%.60s", key);
		}
	}
	for (size_t i = 0; i < m->n_params; i++) {
		const struct rpc_param *p = &m->params[i];
		bool there = params && json_object_object_get_ex(params, p->name, NULL);
		int r = 0;

		if (there) {
			r = check_one(p, params, err);
		} else if (p->required) {
			ras_fail(err, RAS_E_PARAMS, "\"%s\" is missing", p->name);
			r = ras_field(err, "%s", p->name);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

int rpc_check_words(const char *text, const char *field, struct ras_err *err)
{
	for (const char *p = text; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~') {
			ras_fail(err, RAS_E_PARAMS, "\"%s\" must be printable ASCII", field);
			return ras_field(err, "%s", field);
		}
	return 0;
}
