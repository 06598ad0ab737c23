// SPDX-License-Identifier: LGPL-2.1-or-later
#include "control/views/views.h"

json_object *view_poison_page(const struct poison_page *p)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, "gpa", json_new_hex64(p->gpa.v, 0));
	json_object_object_add(o, "seen_ns", json_object_new_int64(p->seen_real_ns));
	json_object_object_add(o, "origin", json_new_text(p->origin));
	return o;
}
