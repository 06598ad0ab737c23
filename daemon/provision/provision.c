// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The steps of provisioning, and of taking it back.
 *
 * Order: files first, then what rasd remembers, then the definition. If rasd dies in between, the
 * definition never names a file that is not there, and what was put into it can be taken out again,
 * because that was remembered before. Taking back has the opposite order.
 *
 * The guest may go while a step is under way: only its name is kept, and it is looked up again.
 * Nothing is changed under a QEMU that has the page: its HEST was made from the old files.
 */
#include "provision/provision.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "acpi/error_device.h"
#include "acpi/hest.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "guests/guest.h"
#include "guests/manager.h"
#include "provision/base.h"
#include "provision/files.h"
#include "provision/private.h"

void provision_end(struct provisioning *x, const struct ras_err *err)
{
	if (!err)
		log_info("guest %s: %s%s", x->name,
			 x->request.remove ? "provisioning is taken back" : "is provisioned",
			 x->request.dry_run ? " (dry run)" : "");
	provisions_release(&x->claim);
	x->fn(x->arg, err ? NULL : &x->result, err);
	domain_definition_free(x->def);
	free(x->text);
	free(x);
}

struct guest *provision_guest(struct provisioning *x, struct ras_err *err)
{
	struct guest *g;

	return guests_find(x->gs, x->name, &g, err) == 0 ? g : NULL;
}

static int in_use(const struct provisioning *x, struct ras_err *err)
{
	ras_fail(err, RAS_E_BUSY, "%s runs with the page that this would change", x->name);
	return ras_hint(err, "shut it down first (a reboot is not enough)");
}

/* --- the last steps --- */

static void on_removed(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	struct provisioning *x = arg;
	struct ras_err why;

	(void)rep;
	ras_cleanup_close(&fd);
	if (err) {
		provision_end(x, err);
		return;
	}
	provision_end(x, provisions_drop(x->p, &x->result.meta.uuid, &why) < 0 ? &why : NULL);
}

void provision_remove_files(struct provisioning *x)
{
	struct ras_err err;

	if (helper_shm(x->helper, HELPER_SHM_REMOVE, HELPER_SHM_PAGE, &x->result.meta.uuid,
		       on_removed, x, &err) < 0)
		provision_end(x, &err);
}

/* A first provisioning that failed leaves nothing behind; the reason is what counts. */
static void on_undone(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	struct provisioning *x = arg;

	(void)rep, (void)err;
	ras_cleanup_close(&fd);
	provision_end(x, &x->why);
}

static void on_stored(void *arg, const struct ras_err *err)
{
	struct provisioning *x = arg;

	if (!err && x->request.remove) {
		provision_remove_files(x);
		return;
	}
	/* It may be stored nevertheless where libvirt did not answer in time: then it is kept. */
	if (!err || x->request.remove || x->again || err->code == RAS_E_TIMEOUT) {
		provision_end(x, err);
		return;
	}
	x->why = *err;
	provisions_drop(x->p, &x->result.meta.uuid, NULL);
	if (helper_shm(x->helper, HELPER_SHM_REMOVE, HELPER_SHM_PAGE, &x->result.meta.uuid,
		       on_undone, x, NULL) < 0)
		provision_end(x, &x->why);
}

static void store(struct provisioning *x, const char *text)
{
	struct ras_err err;
	struct guest *g = provision_guest(x, &err);
	struct guest_manager *m = guests_manager(x->gs);

	if (!g || m->ops->redefine(m, g, x->def, text, on_stored, x, &err) < 0)
		on_stored(x, &err);
}

/* --- the files --- */

static void files_are_made(struct provisioning *x)
{
	struct ras_err err;

	if (provisions_put(x->p, &x->result.meta, &err) < 0) {
		provision_end(x, &err);
		return;
	}
	if (x->def)
		store(x, x->text);
	else
		provision_end(x, NULL);
}

/* 0 once an ACPI table is in its file. */
static int put_table(int fd, const uint8_t *table, size_t len, const struct ras_err *helper_err,
		     struct ras_err *err)
{
	_close_ int owned = fd;

	if (helper_err) {
		*err = *helper_err;
		return -err->code;
	}
	return ghes_content_write(owned, table, len, len, err);
}

static void on_ssdt(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	struct provisioning *x = arg;
	uint8_t table[ERROR_DEVICE_BYTES];
	struct ras_err why;

	(void)rep;
	error_device_build(table);
	if (put_table(fd, table, sizeof(table), err, &why) < 0)
		provision_end(x, &why);
	else
		files_are_made(x);
}

static void on_table(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	struct provisioning *x = arg;
	const struct ghes_meta *m = &x->result.meta;
	uint8_t table[HEST_BYTES];
	struct ras_err why;

	(void)rep;
	hest_build(m->base_gpa, m->notify, table);
	if (put_table(fd, table, sizeof(table), err, &why) < 0)
		provision_end(x, &why);
	else if (!m->error_device)
		files_are_made(x);
	else if (helper_shm(x->helper, HELPER_SHM_MAKE, HELPER_SHM_SSDT, &m->uuid, on_ssdt, x,
			    &why) < 0)
		provision_end(x, &why);
}

static void on_page(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	struct provisioning *x = arg;
	const struct ghes_meta *m = &x->result.meta;
	/* A page that was used before has records in it. */
	uint8_t head[GHES_PAGE_BLOCK(GHES_PAGE_SOURCES)] = { 0 };
	_close_ int owned = fd;
	struct ras_err why;

	(void)rep;
	if (err) {
		provision_end(x, err);
		return;
	}
	ghes_page_head(head, m->base_gpa, &m->uuid);
	if (ghes_content_write(owned, head, sizeof(head), GHES_PAGE_BYTES, &why) < 0 ||
	    helper_shm(x->helper, HELPER_SHM_MAKE, HELPER_SHM_HEST, &m->uuid, on_table, x, &why) <
		    0)
		provision_end(x, &why);
}

void provision_make_files(struct provisioning *x)
{
	struct ras_err err;

	if (x->request.dry_run)
		provision_end(x, NULL);
	else if (helper_shm(x->helper, HELPER_SHM_MAKE, HELPER_SHM_PAGE, &x->result.meta.uuid,
			    on_page, x, &err) < 0)
		provision_end(x, &err);
}

/* --- a domain of libvirt --- */

static int plan(struct provisioning *x, struct ras_err *err)
{
	const struct domain_definition *d = x->def;
	struct guest_manager *mgr = guests_manager(x->gs);
	struct ghes_meta *m = &x->result.meta;
	struct ghes_place place;
	int r;

	if (d->low_split || d->other_hest)
		return ras_fail(err, RAS_E_NOT_CAPABLE, "%s: %s", x->name,
				d->low_split ?
					"QEMU is given max-ram-below-4g, so rasd cannot tell "
					"where memory devices begin" :
					"another ACPI table stands where the HEST has to be");
	r = ghes_place_find(d->machine, &d->memory, &place, err);
	if (r < 0)
		return r;
	provision_take_place(x, &place, d->native ? GHES_STYLE_NATIVE : GHES_STYLE_COMMANDLINE);
	m->before = (struct ghes_before){ .max_bytes = d->memory.max_bytes,
					  .slots = d->memory.slots,
					  .had_numa = d->has_numa };
	return mgr->ops->put_page(
		mgr, d,
		&(struct domain_page){ .page_path = x->result.page_path,
				       .table_path = x->result.table_path,
				       .ssdt_path = m->error_device ? x->result.ssdt_path : NULL,
				       .gpa = place.base_gpa,
				       .bytes = GHES_PAGE_BYTES,
				       .max_bytes = place.max_bytes,
				       .slots = place.slots,
				       .slot = place.slot },
		&x->text, &x->result.changes, err);
}

/* The page is taken out of the definition, its files go. */
static void take_back(struct provisioning *x)
{
	bool changed = strcmp(x->def->text, x->def->without) != 0;
	struct ras_err err;

	x->result.changes = x->def->taken_out;
	if (!changed && !x->again) {
		ras_fail(&err, RAS_E_NOT_FOUND, "%s is not provisioned", x->name);
		provision_end(x, &err);
	} else if (x->request.dry_run) {
		provision_end(x, NULL);
	} else if (changed) {
		store(x, x->def->without);
	} else {
		provision_remove_files(x);
	}
}

static void on_definition(void *arg, struct domain_definition *def, const struct ras_err *err)
{
	struct provisioning *x = arg;
	struct ras_err why;
	struct guest *g;

	x->def = def;
	if (err) {
		provision_end(x, err);
		return;
	}
	g = provision_guest(x, &why);
	x->result.runs = def->runs;
	if (!g || (def->in_use && in_use(x, &why) < 0))
		provision_end(x, &why);
	else if (x->request.remove)
		take_back(x);
	else if (plan(x, &why) < 0)
		provision_end(x, &why);
	else
		provision_make_files(x);
}

static int begin_domain(struct provisioning *x, struct guest *g, struct ras_err *err)
{
	const struct ghes_meta *m = provision_of(g);
	struct guest_manager *mgr = guests_manager(x->gs);
	struct domain_page_undo undo = { .grown_bytes = GHES_PAGE_BASE_ALIGN };

	if (m)
		undo = (struct domain_page_undo){ .page = true,
						  .set_bytes = m->max_bytes,
						  .set_slots = m->slots,
						  .max_bytes = m->before.max_bytes,
						  .slots = m->before.slots,
						  .had_numa = m->before.had_numa };
	return mgr->ops->definition(mgr, g, &undo, on_definition, x, err);
}

/* --- a guest without libvirt --- */

static int with_arguments(struct provisioning *x, struct guest *g, struct ras_err *err)
{
	if (x->again && guest_has_ram(g, (struct gpa){ x->result.meta.base_gpa }))
		return in_use(x, err);
	if (!x->request.remove)
		return provision_arguments(x, g, err);
	if (!x->again)
		return ras_fail(err, RAS_E_NOT_FOUND, "%s is not provisioned", x->name);
	if (x->request.dry_run)
		provision_end(x, NULL);
	else
		provision_remove_files(x);
	return 0;
}

/* --- the beginning --- */

static void provision_paths(struct provisioning *x)
{
	const char *directory = guests_conf(x->gs)->ghes_directory;
	struct provision_result *res = &x->result;

	ghes_file_path(directory, &res->meta.uuid, GHES_PAGE, res->page_path,
		       sizeof(res->page_path));
	ghes_file_path(directory, &res->meta.uuid, GHES_HEST, res->table_path,
		       sizeof(res->table_path));
	if (res->meta.error_device)
		ghes_file_path(directory, &res->meta.uuid, GHES_SSDT, res->ssdt_path,
			       sizeof(res->ssdt_path));
}

/* NULL: fn was called with the error. */
static struct provisioning *provisioning_new(struct provisions *p, struct helper_client *helper,
					     struct guests *gs, provision_fn fn, void *arg)
{
	struct provisioning *x = calloc(1, sizeof(*x));
	struct ras_err err;

	if (!x) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		fn(arg, NULL, &err);
		return NULL;
	}
	*x = (struct provisioning){ .p = p, .helper = helper, .gs = gs, .fn = fn, .arg = arg };
	return x;
}

static int begin(struct provisioning *x, struct guest *g, struct ras_err *err)
{
	const struct ghes_meta *m = provision_of(g);
	const struct conf *conf = guests_conf(g->gs);
	struct provision_result *res = &x->result;

	if (m)
		res->meta = *m;
	x->again = m != NULL;
	if (!provision_uuid(g, &res->meta.uuid)) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s has no UUID, by which its files could be named", g->name);
		return ras_hint(err, "start its QEMU with -uuid");
	}
	if (!x->helper)
		return ras_fail(err, RAS_E_HELPER, "no rasd-pagemap, which makes the files");
	if (strpbrk(conf->ghes_directory, ",:&<>'\""))
		return ras_fail(err, RAS_E_CONFIG,
				"ghes-directory %.120s has a character in it that means something "
				"else to QEMU or libvirt",
				conf->ghes_directory);
	if (!provisions_claim(x->p, &x->claim, &res->meta.uuid))
		return ras_fail(err, RAS_E_BUSY,
				"%s is being provisioned by somebody else just now", g->name);
	res->meta.notify = x->request.notify;
	if (!x->request.remove)
		res->meta.error_device = x->request.error_device;
	provision_paths(x);
	return guest_is_managed(g) ? begin_domain(x, g, err) : with_arguments(x, g, err);
}

/* QEMU has said what its UUID is, and what it has mapped where; or cannot be asked. */
static void on_known(void *arg, struct guest *g, const struct ras_err *err)
{
	struct provisioning *x = arg;
	struct ras_err why;

	x->result.runs = true;
	if (err)
		provision_end(x, err);
	else if (begin(x, g, &why) < 0)
		provision_end(x, &why);
}

void provision_run(struct provisions *p, struct helper_client *helper, struct guest *g,
		   const struct provision_request *request, provision_fn fn, void *arg)
{
	struct provisioning *x = provisioning_new(p, helper, g->gs, fn, arg);
	struct ras_err err;

	if (!x)
		return;
	x->request = *request;
	x->result.dry_run = request->dry_run;
	memcpy(x->name, g->name, sizeof(x->name));
	if (!guest_is_managed(g))
		guest_know(g, on_known, x);
	else if (begin(x, g, &err) < 0)
		provision_end(x, &err);
}

/* --- what is left of a guest that is gone --- */

struct same_uuid {
	const struct uuid *uuid;
	const struct guest *found;
};

static void compare(void *arg, struct guest *g)
{
	struct same_uuid *same = arg;
	struct uuid uuid;

	if (provision_uuid(g, &uuid) && uuid_equal(&uuid, same->uuid))
		same->found = g;
}

static int begin_left(struct provisioning *x, const struct uuid *uuid, struct ras_err *err)
{
	const struct ghes_meta *m = provisions_of(x->p, uuid);
	struct guest_manager *mgr = guests_manager(x->gs);
	struct same_uuid same = { .uuid = uuid };

	if (!m)
		return ras_fail(err, RAS_E_NOT_FOUND, "no guest with the UUID %s is provisioned",
				x->name);
	if (mgr && !mgr->ops->version(mgr))
		return ras_fail(err, RAS_E_NOT_READY,
				"libvirt cannot be reached, so a domain may have that UUID");
	guests_each(x->gs, compare, &same);
	if (same.found) {
		ras_fail(err, RAS_E_BUSY, "%s has that UUID", same.found->name);
		return ras_hint(err, "rasctl unprovision %s", same.found->name);
	}
	if (!x->helper)
		return ras_fail(err, RAS_E_HELPER, "no rasd-pagemap, which removes the files");
	if (!provisions_claim(x->p, &x->claim, uuid))
		return ras_fail(err, RAS_E_BUSY, "somebody else is at it just now");
	x->result.meta = *m;
	x->again = true;
	provision_paths(x);
	return 0;
}

void provision_remove_left(struct provisions *p, struct helper_client *helper, struct guests *gs,
			   const struct uuid *uuid, bool dry_run, provision_fn fn, void *arg)
{
	struct provisioning *x = provisioning_new(p, helper, gs, fn, arg);
	struct ras_err err;

	if (!x)
		return;
	x->request = (struct provision_request){ .remove = true, .dry_run = dry_run };
	x->result.dry_run = dry_run;
	uuid_format(uuid, x->name);
	if (begin_left(x, uuid, &err) < 0)
		provision_end(x, &err);
	else if (dry_run)
		provision_end(x, NULL);
	else
		provision_remove_files(x);
}
