// SPDX-License-Identifier: LGPL-2.1-or-later
/* domain.list, domain.explain. */
#include <string.h>

#include "backend/backend.h"
#include "base/buf.h"
#include "control/methods/methods.h"
#include "control/views/views.h"
#include "daemon.h"
#include "guests/guests.h"
#include "journal/journal.h"

#define LIST_MAX ((size_t)7 << 20)

struct domain_list {
	struct buf text;
	size_t n;
	bool ok;
};

static bool put(struct buf *b, const char *text)
{
	return text && buf_add(b, text, strlen(text));
}

static bool put_json(struct buf *b, json_object *o)
{
	return put(b, json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
								JSON_C_TO_STRING_NOSLASHESCAPE));
}

static void add_domain(void *arg, struct guest *g)
{
	_json_ json_object *o = view_guest(g, false);
	struct domain_list *l = arg;

	l->ok = l->ok && put(&l->text, l->n++ ? "," : "") && put_json(&l->text, o);
}

/* Guest by guest into text: thousands as json-c values would take several times the memory. */
void rpc_domain_list(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	struct domain_list l = { .text = BUF_INIT(LIST_MAX) };
	_json_ json_object *libvirt = guests_libvirt_json(d->guests);
	struct ras_err err;

	(void)params;
	l.ok = put(&l.text, "{\"domains\":[");
	guests_each(d->guests, add_domain, &l);
	l.ok = l.ok &&
	       put(&l.text,
		   guests_complete(d->guests) ? "],\"complete\":true" : "],\"complete\":false") &&
	       put(&l.text, ",\"libvirt\":") && put_json(&l.text, libvirt) &&
	       buf_add(&l.text, "}", 2);
	if (l.ok) {
		rpc_reply_text(c, buf_data(&l.text));
	} else {
		ras_fail(&err, RAS_E_NOMEM, "no room for a list of %zu domains", l.n);
		rpc_reply_error(c, &err);
	}
	buf_free(&l.text);
}

/* Ready or not, what is known now is the answer. */
static void on_explain(void *arg, struct guest *g, struct error_source *s,
		       const struct ras_err *err)
{
	struct daemon *d = rpc_call_user(arg);
	json_object *o = view_guest(g, true);
	const char *name = NULL;
	uint64_t n = 0;

	(void)s, (void)err;
	if (json_get_str(o, "name", &name, NULL) == 0 &&
	    journal_poison_count(d->journal, name, &n, NULL) == 0)
		json_object_object_add(o, "poisoned_pages", json_object_new_uint64(n));
	rpc_reply(arg, o);
}

void rpc_domain_explain(struct rpc_call *c, json_object *params)
{
	struct daemon *d = rpc_call_user(c);
	const char *name = NULL;
	struct guest *g;
	struct ras_err err;

	if (json_get_str(params, "domain", &name, &err) < 0 ||
	    guests_find(d->guests, name, &g, &err) < 0) {
		rpc_reply_error(c, &err);
		return;
	}
	source_prepare(d->backends, g, NULL, on_explain, c);
}
