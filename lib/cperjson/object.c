// SPDX-License-Identifier: LGPL-2.1-or-later
/* The neutral form as json-c values: parses what write.c writes, so that there is one writer. */
#include "base/cleanup.h"
#include "cperjson/cperjson.h"

static json_object *parse(const char *text, size_t len)
{
	struct json_tokener *tok = json_tokener_new();
	json_object *o;

	if (!tok)
		return NULL;
	o = json_tokener_parse_ex(tok, text, (int)len);
	json_tokener_free(tok);
	return o;
}

/* One call of a writer of lib/cperjson into text[cap]. */
struct source {
	const void *buf;
	size_t len;
	unsigned int flags;
	const struct cper_guid *type; /* NULL: a block or record */
};

static int write_text(const struct source *s, char *text, size_t cap, size_t *need,
		      struct cper_err *err)
{
	if (s->type)
		return cperjson_write_one(s->type, s->buf, (uint32_t)s->len, s->flags, text, cap,
					  need, err);
	return cperjson_write(s->buf, s->len, s->flags, text, cap, need, err);
}

static int decode(const struct source *s, json_object **out, struct cper_err *cerr)
{
	static const struct cper_err no_memory = { .code = CPER_NO_SPACE, .what = "out of memory" };
	struct cper_err err = { 0 };
	size_t need = 0, cap = 4096 + 8 * s->len;
	_free_ char *text = malloc(cap);
	json_object *o;
	int r;

	r = text ? write_text(s, text, cap, &need, &err) : -1;
	if (text && r < 0 && err.code == CPER_NO_SPACE) {
		free(text);
		text = malloc(need);
		r = text ? write_text(s, text, need, &need, &err) : -1;
	}
	if (!text)
		err = no_memory;
	o = r < 0 || need > INT32_MAX ? NULL : parse(text, need - 1);
	if (!o) {
		if (cerr)
			*cerr = r < 0 ? err : no_memory;
		return -1;
	}
	*out = o;
	return 0;
}

int cperjson_decode(const void *buf, size_t len, json_object **out, struct cper_err *cerr)
{
	return decode(&(struct source){ buf, len, CPERJSON_WORDS, NULL }, out, cerr);
}

int cperjson_decode_whole(const void *buf, size_t len, json_object **out, struct cper_err *cerr)
{
	return decode(&(struct source){ buf, len, CPERJSON_WORDS | CPERJSON_WHOLE, NULL }, out,
		      cerr);
}

int cperjson_decode_section(const struct cper_guid *type, const void *section, uint32_t len,
			    json_object **out, struct cper_err *cerr)
{
	return decode(&(struct source){ section, len, CPERJSON_WORDS, type }, out, cerr);
}

json_object *cperjson_error(const struct cper_err *e)
{
	json_object *o = json_object_new_object(), *b = json_object_new_object();

	json_object_object_add(b, "code", json_object_new_string(cper_code_name(e->code)));
	json_object_object_add(b, "offset", json_object_new_uint64(e->offset));
	json_object_object_add(b, "entry", json_object_new_uint64(e->entry));
	json_object_object_add(b, "message", json_object_new_string(e->what ? e->what : ""));
	json_object_object_add(o, "error", b);
	return o;
}
