// SPDX-License-Identifier: LGPL-2.1-or-later
#include "control/views/views.h"

#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "cper/address.h"
#include "cper/cper.h"
#include "cper/effect.h"
#include "cperjson/cperjson.h"

/* An answer must stay small; a status block of QEMU has room for fewer. */
#define MAX_EFFECTS 64u

/* A row without an address has 0 in the journal, as one that names page 0 of the guest. */
static void add_gpa(json_object *o, const struct journal_row *r)
{
	uint64_t gpa = r->target.gpa.v;

	if (gpa || cper_first_page(r->record, r->record_len, &gpa))
		json_object_object_add(o, "gpa", json_new_hex64(gpa, 0));
}

json_object *view_injection(const struct journal_row *r)
{
	json_object *o = json_object_new_object();
	char id[UUID_TEXT_SIZE];

	uuid_format(&r->id, id);
	json_object_object_add(o, "id", json_new_text(id));
	json_object_object_add(o, "request_id", json_new_text(r->asked.request_id));
	json_object_object_add(o, "domain", json_new_text(r->target.domain));
	json_object_object_add(o, "state",
			       json_object_new_string(inj_state_name(r->outcome.state)));
	json_object_object_add(o, "final",
			       json_object_new_boolean(inj_state_final(r->outcome.state)));
	json_object_object_add(o, "detail", json_new_text(r->outcome.detail));
	json_object_object_add(o, "backend", json_new_text(r->target.backend));
	json_object_object_add(o, "source", json_object_new_int64(r->target.source_id));
	json_object_object_add(o, "severity", json_new_text(r->severity));
	add_gpa(o, r);
	json_object_object_add(o, "tag", json_new_text(r->asked.tag));
	json_object_object_add(o, "uid", json_object_new_int64(r->asked.uid));
	if (r->asked.as_uid != r->asked.uid)
		json_object_object_add(o, "as_uid", json_object_new_int64(r->asked.as_uid));
	json_object_object_add(o, "record_bytes", json_object_new_uint64(r->record_len));
	json_object_object_add(o, "created_ns", json_object_new_int64(r->created_real_ns));
	json_object_object_add(o, "decided_ns", json_object_new_int64(r->outcome.decided_real_ns));
	json_object_object_add(o, "ack_ns", json_object_new_int64(r->outcome.ack_ns));
	json_object_object_add(o, "origin", json_object_new_string(origin_name(r->asked.origin)));
	if (r->asked.origin_ref[0])
		json_object_object_add(o, "origin_ref", json_new_text(r->asked.origin_ref));
	if (r->outcome.read != READ_NOT_SAID)
		json_object_object_add(o, "read",
				       json_object_new_string(record_read_name(r->outcome.read)));
	return o;
}

void view_injection_hpa(json_object *o, const struct journal_row *r)
{
	if (r->target.has_hpa)
		json_object_object_add(o, "hpa", json_new_hex64(r->target.hpa.v, 0));
}

static int add_transition(void *arg, const struct journal_feed_entry *e)
{
	json_object *o = json_object_new_object();

	if (e->seq)
		json_object_object_add(o, "seq", json_object_new_uint64(e->seq));
	json_object_object_add(o, "state", json_object_new_string(inj_state_name(e->state)));
	json_object_object_add(o, "time_ns", json_object_new_int64(e->real_ns));
	json_object_object_add(o, "detail", json_new_text(e->detail));
	if (e->read != READ_NOT_SAID)
		json_object_object_add(o, "read",
				       json_object_new_string(record_read_name(e->read)));
	json_object_array_add(arg, o);
	return 0;
}

int view_injection_whole(json_object *o, struct journal *j, const struct journal_row *r,
			 struct ras_err *err)
{
	json_object *list = json_object_new_array(), *guest = json_object_new_object();
	char hex[2 * JOURNAL_MAX_RECORD + 1] = "", id[UUID_TEXT_SIZE];

	for (size_t i = 0; i < r->record_len; i++)
		snprintf(hex + 2 * i, 3, "%02x", r->record[i]);
	json_object_object_add(o, "record_hex", json_object_new_string(hex));
	if (r->target.monitor[0])
		json_object_object_add(o, "monitor", json_new_text(r->target.monitor));
	json_object_object_add(guest, "pid", json_object_new_int64(r->gen.pid));
	json_object_object_add(guest, "reset_count", json_object_new_uint64(r->gen.reset_count));
	if (r->guest.name[0])
		json_object_object_add(guest, "name", json_new_text(r->guest.name));
	if (r->guest.has_uuid) {
		uuid_format(&r->guest.uuid, id);
		json_object_object_add(guest, "uuid", json_new_text(id));
	}
	json_object_object_add(o, "guest", guest);
	json_object_object_add(o, "transitions", list);
	return journal_transitions(j, &r->id, add_transition, list, err);
}

static void add_effect(void *ctx, const struct cper_effect *x)
{
	json_object *list = ctx, *o;
	const uint32_t severity = cper_effect_severity(x->kind);
	char text[CPER_EFFECT_TEXT_SIZE + sizeof("Linux ")] = "Linux ", device[16];

	if (json_object_array_length(list) >= MAX_EFFECTS)
		return;
	o = json_object_new_object();
	json_object_object_add(o, "effect", json_object_new_string(cper_effect_name(x->kind)));
	json_object_object_add(o, "section", json_object_new_int(x->entry));
	json_object_object_add(o, "severity", json_object_new_string(cper_severity_name(severity)));
	switch (x->kind) {
	case CPER_EFFECT_PAGE_SOFT_OFFLINE:
	case CPER_EFFECT_PAGE_OFFLINE:
		json_object_object_add(o, "gpa", json_new_hex64(x->gpa, 0));
		break;
	case CPER_EFFECT_PCIE_RECOVERY:
	case CPER_EFFECT_PCIE_RESET:
		snprintf(device, sizeof(device), "%04x:%02x:%02x.%x", x->segment, x->bus, x->device,
			 x->function);
		json_object_object_add(o, "device", json_new_text(device));
		break;
	case CPER_EFFECT_PANIC:
	case CPER_EFFECT_MAX:
		break;
	}
	cper_effect_text(x, text + strlen(text));
	json_object_object_add(o, "text", json_new_text(text));
	json_object_array_add(list, o);
}

json_object *view_dry_run(const struct journal_row *r)
{
	json_object *o = view_injection(r), *list = json_object_new_array();
	json_object *decoded = NULL;
	struct cper_err ce;
	char hex[2 * JOURNAL_MAX_RECORD + 1];

	/* It is in no journal, and has no state there. */
	json_object_object_del(o, "id");
	json_object_object_del(o, "decided_ns");
	json_object_object_add(o, "state", json_object_new_string("dry-run"));
	json_object_object_add(o, "final", json_object_new_boolean(true));
	json_object_object_add(o, "dry_run", json_object_new_boolean(true));
	cper_effects(r->record, r->record_len, add_effect, list);
	json_object_object_add(o, "effects", list);
	hex_encode(r->record, r->record_len, hex);
	json_object_object_add(o, "record_hex", json_object_new_string(hex));
	if (cperjson_decode(r->record, r->record_len, &decoded, &ce) == 0)
		json_object_object_add(o, "record", decoded);
	return o;
}
