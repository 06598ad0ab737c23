// SPDX-License-Identifier: LGPL-2.1-or-later
/* What address.owners answers. */
#include "base/clock.h"
#include "control/views/views.h"

json_object *view_owners(const struct owners *o)
{
	json_object *v = json_object_new_object();

	json_object_object_add(v, "from", json_new_hex64(o->from.v, 0));
	json_object_object_add(v, "to", json_new_hex64(o->to.v, 0));
	json_object_object_add(v, "complete", json_object_new_boolean(o->complete && !o->more));
	json_object_object_add(v, "how",
			       json_new_text(o->how == XLATE_RANGE_BY_PAGES ? "pages" : "guests"));
	json_object_object_add(
		v, "read_ns",
		json_object_new_int64(clock_real_ns() - (clock_boot_ns() - o->read_ns)));
	json_object_object_add(v, "n_read", json_object_new_uint64(o->n));
	json_object_object_add(v, "n_left", json_object_new_uint64(o->n_left));
	return v;
}

json_object *view_owned(const struct owned *w)
{
	const struct xlate_share *s = &w->share;
	json_object *v = json_object_new_object(), *runs = json_object_new_array();

	json_object_object_add(v, "domain", json_new_text(w->domain));
	json_object_object_add(v, "bytes",
			       json_object_new_uint64(s->live_bytes + s->poisoned_bytes));
	if (s->poisoned_bytes)
		json_object_object_add(v, "poisoned_bytes",
				       json_object_new_uint64(s->poisoned_bytes));
	if (s->probable_bytes)
		json_object_object_add(v, "probable_bytes",
				       json_object_new_uint64(s->probable_bytes));
	json_object_object_add(v, "memory_bytes", json_object_new_uint64(w->memory_bytes));
	for (size_t i = 0; i < s->n_runs && i < XLATE_SHARE_RUNS; i++) {
		json_object *r = json_object_new_object();

		json_object_object_add(r, "gpa", json_new_hex64(s->run[i].gpa, 0));
		json_object_object_add(r, "bytes", json_object_new_uint64(s->run[i].len_bytes));
		json_object_array_add(runs, r);
	}
	json_object_object_add(v, "ranges", runs);
	json_object_object_add(v, "more_ranges",
			       json_object_new_boolean(s->n_runs > XLATE_SHARE_RUNS));
	return v;
}

json_object *view_not_read(const struct owned *w)
{
	json_object *v = json_object_new_object();

	json_object_object_add(v, "domain", json_new_text(w->domain));
	json_object_object_add(v, "reason", json_new_text(w->why));
	json_object_object_add(v, "partly",
			       json_object_new_boolean(w->share.state == XLATE_SHARE_PARTLY));
	return v;
}
