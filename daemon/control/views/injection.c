// SPDX-License-Identifier: LGPL-2.1-or-later
#include "control/views/views.h"

json_object *view_injection(const struct journal_row *r)
{
	json_object *o = json_object_new_object();
	char id[UUID_TEXT_SIZE];

	uuid_format(&r->id, id);
	json_object_object_add(o, "id", json_object_new_string(id));
	json_object_object_add(o, "request_id", json_object_new_string(r->request_id));
	json_object_object_add(o, "domain", json_object_new_string(r->domain));
	json_object_object_add(o, "state", json_object_new_string(inj_state_name(r->state)));
	json_object_object_add(o, "final", json_object_new_boolean(inj_state_final(r->state)));
	json_object_object_add(o, "detail", json_object_new_string(r->detail));
	json_object_object_add(o, "backend", json_object_new_string(r->backend));
	json_object_object_add(o, "source", json_object_new_int64(r->source_id));
	json_object_object_add(o, "severity", json_object_new_string(r->severity));
	json_object_object_add(o, "gpa", json_new_hex64(r->gpa.v, 0));
	json_object_object_add(o, "tag", json_object_new_string(r->tag));
	json_object_object_add(o, "uid", json_object_new_int64(r->peer_uid));
	json_object_object_add(o, "record_bytes", json_object_new_uint64(r->record_len));
	json_object_object_add(o, "created_ns", json_object_new_int64(r->created_real_ns));
	json_object_object_add(o, "decided_ns", json_object_new_int64(r->decided_real_ns));
	json_object_object_add(o, "ack_ns", json_object_new_int64(r->ack_ns));
	json_object_object_add(o, "origin", json_object_new_string(origin_name(r->origin)));
	if (r->origin_ref[0])
		json_object_object_add(o, "origin_ref", json_object_new_string(r->origin_ref));
	if (r->read != READ_NOT_SAID)
		json_object_object_add(o, "read",
				       json_object_new_string(record_read_name(r->read)));
	return o;
}
