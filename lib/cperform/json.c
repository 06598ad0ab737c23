// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Records inside JSON of others: a Redfish LogEntry or event (DiagnosticData, Oem), a monitor
 * command of QEMU. The text is walked once, without a tree: a string that begins as a record does,
 * in base64 or hex, is one, whatever its member is called. DiagnosticData of type CPERSection is
 * one section; its type stands in the same object, before or after it.
 *
 * Text that is not JSON ends the walk and is no error: lines of JSON, and JSON that was cut, still
 * give what they hold.
 */
#include "cperform/private.h"

#include "base/cleanup.h"

struct span {
	const char *text;
	size_t len;
};

/* The string that begins behind the quote at t[0]. Returns the bytes up to behind its end. */
static size_t json_string(const char *t, size_t len, struct span *out)
{
	size_t i = 0;

	while (i < len && t[i] != '"')
		i += t[i] == '\\' ? 2 : 1;
	i = i > len ? len : i;
	*out = (struct span){ t, i };
	return i < len ? i + 1 : i;
}

static bool is(const struct span *s, const char *word)
{
	return s->len == strlen(word) && !strncmp(s->text, word, s->len);
}

/* Which of the n names the text has as a key at any depth, a bit each. */
static uint32_t keys_found(const char *t, size_t len, const char *const *names, size_t n)
{
	uint32_t found = 0;
	struct span s;

	for (size_t i = 0; i < len;) {
		if (t[i++] != '"')
			continue;
		i += json_string(t + i, len - i, &s);
		while (i < len && is_space(t[i]))
			i++;
		if (i >= len || t[i] != ':')
			continue;
		for (size_t k = 0; k < n; k++)
			if (is(&s, names[k]))
				found |= 1u << k;
	}
	return found;
}

int json_kind(const char *t, size_t len)
{
	static const char *const names[] = {
		"sectionDescriptors", "sectionDescriptor", "entries",	       "kind",
		"DiagnosticData",     "execute",	   "AdditionalDataURI"
	};
	enum { DESCRIPTORS, DESCRIPTOR, ENTRIES, KIND, DIAGNOSTIC, EXECUTE, ELSEWHERE };
	struct cperform f = { .in = t, .len = len };
	struct sink none = { NULL, 0, 0 };
	struct cperform_piece p;
	uint32_t found;
	size_t i = 1;

	while (i < len && is_space(t[i]))
		i++;
	if (i >= len || (t[0] == '{' && t[i] != '"') || (t[0] == '[' && !strchr("{\"", t[i])))
		return CPERFORM_AUTO;
	found = keys_found(t, len, names, ARRAY_LEN(names));
	/*
	 * Fields of a record may hold another record as bytes; an event that has one may name
	 * fields.
	 */
	if (!(found >> DIAGNOSTIC & 1) && (found & (1u << DESCRIPTORS | 1u << DESCRIPTOR)))
		return CPERFORM_LIBCPER;
	if (!(found >> DIAGNOSTIC & 1) && (found >> ENTRIES & 1) && (found >> KIND & 1))
		return CPERFORM_NEUTRAL;
	if (json_next(&f, &none, &p) > 0)
		return found >> EXECUTE & 1 ? CPERFORM_QMP : CPERFORM_REDFISH;
	if (found & (1u << DESCRIPTORS | 1u << DESCRIPTOR))
		return CPERFORM_LIBCPER;
	if (found >> ENTRIES & 1)
		return CPERFORM_NEUTRAL;
	return found >> ELSEWHERE & 1 ? CPERFORM_ELSEWHERE : CPERFORM_JSON;
}

static struct cperform_level *level_of(struct cperform *f)
{
	return f->depth < CPERFORM_MAX_DEPTH ? &f->level[f->depth] : NULL;
}

static void open_level(struct cperform *f)
{
	f->depth++;
	if (level_of(f))
		*level_of(f) = (struct cperform_level){ 0 };
	f->key = NULL;
	f->key_len = 0;
}

/* At the end of an object: the section that it holds, if it says which type. */
static bool close_level(struct cperform *f, struct sink *s, struct cperform_piece *p)
{
	const struct cperform_level *l = level_of(f);

	f->depth -= f->depth ? 1 : 0;
	if (!l || !l->data || !l->has_type)
		return false;
	base64_run(l->data, l->len, s);
	p->is_section = true;
	p->type = l->type;
	p->at = (size_t)(l->data - f->in);
	return s->len > 0;
}

/* A string that is a value. True: it holds a record. */
static bool take_value(struct cperform *f, const struct span *v, struct sink *s)
{
	const struct span key = { f->key, f->key_len };
	struct cperform_level *l = level_of(f);

	if (record_in_text(v->text, v->len, s))
		return true;
	s->len = 0;
	if (!l || !key.text)
		return false;
	if (is(&key, "DiagnosticData") || is(&key, "CPERData")) {
		l->data = v->text;
		l->len = v->len;
	}
	if (is(&key, "SectionType") && find_guid(v->text, v->len, &l->type)) {
		l->has_type = true;
		/* "CPER":{"SectionType":...} speaks of the object around it */
		if (f->depth && !l[-1].has_type) {
			l[-1].type = l->type;
			l[-1].has_type = true;
		}
	}
	return false;
}

int json_next(struct cperform *f, struct sink *s, struct cperform_piece *p)
{
	const char *t = f->in;

	while (f->pos < f->len) {
		struct span v;
		char c = t[f->pos++];

		if (c == '{' || c == '[') {
			open_level(f);
		} else if (c == '}' || c == ']') {
			if (close_level(f, s, p))
				return 1;
		} else if (c == '"') {
			f->pos += json_string(t + f->pos, f->len - f->pos, &v);
			while (f->pos < f->len && is_space(t[f->pos]))
				f->pos++;
			if (f->pos < f->len && t[f->pos] == ':') {
				f->key = v.text;
				f->key_len = v.len;
				f->pos++;
				continue;
			}
			if (!take_value(f, &v, s))
				continue;
			p->at = (size_t)(v.text - t);
			return 1;
		}
	}
	return 0;
}
