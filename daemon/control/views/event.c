// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "control/views/views.h"

static void add_str(json_object *o, const char *key, const char *value)
{
	if (value[0])
		json_object_object_add(o, key, json_new_text(value));
}

json_object *view_host_event(const struct host_event *e)
{
	const struct host_seen *s = &e->seen;
	const struct host_verdict *v = &e->verdict;
	json_object *o = json_object_new_object();
	char id[UUID_TEXT_SIZE];

	uuid_format(&e->id, id);
	json_object_object_add(o, "id", json_new_text(id));
	json_object_object_add(o, "seq", json_object_new_uint64(e->seq));
	add_str(o, "source", s->source);
	add_str(o, "report", s->report);
	add_str(o, "kind", s->kind);
	add_str(o, "severity", s->severity);
	if (s->has_hpa)
		json_object_object_add(o, "hpa", json_new_hex64(s->hpa.v, 0));
	json_object_object_add(o, "count", json_object_new_uint64(s->count));
	add_str(o, "label", s->label);
	add_str(o, "detail", s->detail);
	add_str(o, "boot_id", s->boot_id);
	json_object_object_add(o, "seen_ns", json_object_new_int64(s->real_ns));
	json_object_object_add(o, "late", json_object_new_boolean(s->catch_up));
	json_object_object_add(o, "decision",
			       json_object_new_string(host_decision_name(v->decision)));
	add_str(o, "reason", v->reason);
	add_str(o, "domain", v->domain);
	if (v->has_gpa)
		json_object_object_add(o, "gpa", json_new_hex64(v->gpa.v, 0));
	if (v->pages)
		json_object_object_add(o, "pages", json_object_new_int64(v->pages));
	if (v->uncorrected)
		json_object_object_add(o, "blocks_migration", json_object_new_boolean(1));
	if (v->has_injection) {
		uuid_format(&v->injection, id);
		json_object_object_add(o, "injection", json_new_text(id));
	}
	json_object_object_add(o, "decided_ns", json_object_new_int64(v->decided_real_ns));
	return o;
}

json_object *view_news(const struct journal_news *n)
{
	const struct journal_feed_entry *i = n->injection;
	json_object *o = json_object_new_object(), *inner;
	char id[UUID_TEXT_SIZE];

	json_object_object_add(o, "seq", json_object_new_uint64(n->seq));
	if (n->host) {
		json_object_object_add(o, "host", view_host_event(n->host));
		return o;
	}
	inner = json_object_new_object();
	uuid_format(&i->id, id);
	json_object_object_add(inner, "id", json_new_text(id));
	json_object_object_add(inner, "domain", json_new_text(i->domain));
	json_object_object_add(inner, "state", json_object_new_string(inj_state_name(i->state)));
	add_str(inner, "read", record_read_name(i->read));
	add_str(inner, "detail", i->detail);
	json_object_object_add(inner, "time_ns", json_object_new_int64(i->real_ns));
	json_object_object_add(o, "injection", inner);
	return o;
}

json_object *view_source(const struct event_source *src, const struct source_status *s)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_new_text(src->name));
	json_object_object_add(o, "state",
			       json_object_new_string(event_source_state_name(s->state)));
	add_str(o, "why", s->why);
	add_str(o, "mend", s->mend);
	json_object_object_add(o, "originates",
			       json_object_new_boolean(src->rank == SOURCE_KERNEL));
	json_object_object_add(o, "events", json_object_new_uint64(s->events));
	json_object_object_add(o, "missed", json_object_new_uint64(s->missed));
	json_object_object_add(o, "malformed", json_object_new_uint64(s->malformed));
	json_object_object_add(o, "last_ns", json_object_new_int64(s->last_real_ns));
	return o;
}
