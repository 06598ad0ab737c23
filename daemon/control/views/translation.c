// SPDX-License-Identifier: LGPL-2.1-or-later
/* What address.translate answers. */
#include "base/clock.h"
#include "control/views/views.h"

/* A boot time as ns since 1970. */
static int64_t real_of_boot(int64_t boot_ns)
{
	return clock_real_ns() - (clock_boot_ns() - boot_ns);
}

static json_object *owner_json(const struct translator *t, const struct xlate_owner *w)
{
	json_object *o = json_object_new_object();
	const char *domain = translate_domain(t, w);

	json_object_object_add(o, "domain", json_new_text(domain ? domain : ""));
	if (w->state != XLATE_QEMU_INTERNAL)
		json_object_object_add(o, "gpa", json_new_hex64(w->gpa.v, 0));
	json_object_object_add(o, "state", json_object_new_string(xlate_state_name(w->state)));
	if (w->alias)
		json_object_object_add(o, "alias", json_object_new_boolean(1));
	return o;
}

json_object *view_translation(const struct translator *t, const struct xlate_answer *a)
{
	json_object *o = json_object_new_object(), *owners = json_object_new_array();

	if (a->has_hpa)
		json_object_object_add(o, "hpa", json_new_hex64(a->hpa.v, 0));
	json_object_object_add(o, "state", json_object_new_string(xlate_state_name(a->state)));
	json_object_object_add(o, "found", json_object_new_string(xlate_found_name(a->found)));
	if (a->page_bytes) {
		json_object_object_add(o, "backing",
				       json_object_new_string(xlate_backing_name(a->backing)));
		json_object_object_add(o, "page_bytes", json_object_new_uint64(a->page_bytes));
	}
	for (size_t i = 0; i < a->n_owners; i++)
		json_object_array_add(owners, owner_json(t, &a->owner[i]));
	json_object_object_add(o, "owners", owners);
	json_object_object_add(o, "more_owners", json_object_new_boolean(a->more_owners));
	if (a->n_mappings)
		json_object_object_add(o, "mappings", json_object_new_uint64(a->n_mappings));
	json_object_object_add(o, "other_mappings", json_object_new_boolean(a->other_mappings));
	json_object_object_add(o, "read_ns", json_object_new_int64(real_of_boot(a->read_ns)));
	if (a->seen_ns)
		json_object_object_add(o, "seen_ns",
				       json_object_new_int64(real_of_boot(a->seen_ns)));
	if (a->hpa_now)
		json_object_object_add(o, "hpa_now", json_new_hex64(a->hpa_now, 0));
	json_object_object_add(o, "moved", json_object_new_int64(a->moved));
	if (a->detail[0])
		json_object_object_add(o, "detail", json_new_text(a->detail));
	return o;
}
