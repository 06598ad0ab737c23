// SPDX-License-Identifier: LGPL-2.1-or-later
/* What provisioning changes, and whether a guest is provisioned. */
#include "backend/tells.h"
#include "control/views/views.h"
#include "guests/guest.h"

static json_object *lines(const struct domain_changes *changes)
{
	json_object *a = json_object_new_array();

	for (size_t i = 0; i < changes->n; i++)
		json_object_array_add(a, json_new_text(changes->line[i]));
	return a;
}

static const char *what_next(const struct provision_result *r, bool removed)
{
	if (r->dry_run)
		return "nothing was changed";
	if (removed)
		return r->n_arguments || r->meta.style == GHES_STYLE_ARGUMENTS ?
			       "start QEMU without the arguments from now on" :
			       "the guest has no error sources of rasd's own when it starts next";
	if (r->n_arguments)
		return "shut the guest down, and start QEMU with these arguments added";
	return r->runs ? "shut the guest down and start it: a reboot is not enough" :
			 "start the guest";
}

json_object *view_provision(const struct provision_result *r, bool removed)
{
	json_object *o = json_object_new_object(), *a;
	char uuid[UUID_TEXT_SIZE];

	uuid_format(&r->meta.uuid, uuid);
	json_object_object_add(o, "uuid", json_new_text(uuid));
	json_object_object_add(o, "page", json_new_text(r->page_path));
	json_object_object_add(o, "table", json_new_text(r->table_path));
	if (r->meta.base_gpa) {
		json_object_object_add(o, "gpa", json_new_hex64(r->meta.base_gpa, 0));
		json_object_object_add(o, "notify",
				       json_object_new_string(ghes_notify_name(r->meta.notify)));
	}
	json_object_object_add(o, "changes", lines(&r->changes));
	a = json_object_new_array();
	for (size_t i = 0; i < r->n_arguments; i++)
		json_object_array_add(a, json_new_text(r->argument[i]));
	json_object_object_add(o, "qemu_arguments", a);
	json_object_object_add(o, "restart_needed", json_object_new_boolean(r->runs));
	json_object_object_add(o, "next", json_new_text(what_next(r, removed)));
	json_object_object_add(o, "dry_run", json_object_new_boolean(r->dry_run));
	return o;
}

json_object *view_provisioned(const struct guest *g)
{
	const struct ghes_meta *m = provision_of(g);
	json_object *o;
	struct ras_err err;

	if (!m)
		return NULL;
	o = json_object_new_object();
	json_object_object_add(o, "gpa", json_new_hex64(m->base_gpa, 0));
	json_object_object_add(o, "notify", json_object_new_string(ghes_notify_name(m->notify)));
	json_object_object_add(o, "acpi_error_device", json_object_new_boolean(m->error_device));
	json_object_object_add(o, "ram_bytes", json_object_new_uint64(m->ram_bytes));
	if (provision_current(g, &err) < 0) {
		json_object_object_add(o, "problem", json_new_text(err.text));
		json_object_object_add(o, "hint", json_new_text(err.hint));
	}
	/* QEMU 11.1 under TCG ends by an assertion where a guest with an nvdimm runs on. */
	json_object_object_add(
		o, "migration",
		json_new_text(backend_qemu_tells(g) == QEMU_TELLS_NOTHING ?
				      "before it is migrated, define it on the other host and "
				      "provision it there, and pause it first, because it runs "
				      "without KVM: rasd(8), X86_64 GUESTS" :
				      "before it is migrated, define it on the other host and "
				      "provision it there: rasd(8), X86_64 GUESTS"));
	return o;
}
