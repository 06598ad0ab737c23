// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A guest that is known by QEMU's own socket only: nobody but its owner can start it with other
 * arguments, so they are shown. What memory its machine has now, QEMU says.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "guests/guest.h"
#include "provision/private.h"

void provision_take_place(struct provisioning *x, const struct ghes_place *place,
			  enum ghes_style style)
{
	struct ghes_meta *m = &x->result.meta;

	m->base_gpa = place->base_gpa;
	m->ram_bytes = place->ram_bytes;
	m->max_bytes = place->max_bytes;
	m->slots = place->slots;
	m->style = style;
}

__attribute__((format(printf, 2, 3))) static void say(struct provision_result *r, const char *fmt,
						      ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(r->argument[r->n_arguments++], sizeof(r->argument[0]), fmt, ap);
	va_end(ap);
}

static void say_arguments(struct provision_result *r, uint32_t slot)
{
	const struct ghes_meta *m = &r->meta;

	say(r, "-machine");
	say(r, "nvdimm=on");
	say(r, "-m");
	say(r, "size=%" PRIu64 "k,slots=%u,maxmem=%" PRIu64 "k", m->ram_bytes >> 10, m->slots,
	    m->max_bytes >> 10);
	say(r, "-object");
	say(r, "memory-backend-file,id=rasd-ghes,size=%" PRIu64 ",share=on,mem-path=%s",
	    GHES_PAGE_BYTES, r->page_path);
	say(r, "-device");
	say(r, "nvdimm,id=rasd-ghes0,memdev=rasd-ghes,slot=%u,addr=0x%" PRIx64, slot, m->base_gpa);
	say(r, "-acpitable");
	say(r, "file=%s", r->table_path);
	if (m->error_device) {
		say(r, "-acpitable");
		say(r, "file=%s", r->ssdt_path);
	}
}

static void on_memory(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct provisioning *x = arg;
	struct domain_memory memory = { .total_bytes = 0 };
	struct ghes_place place;
	struct ras_err why;
	struct guest *g = provision_guest(x, &why);

	if (o != QMP_OK) {
		provision_end(x, err);
		return;
	}
	if (!g ||
	    qmp_parse_machine_memory(ret, &memory.total_bytes, &memory.max_bytes, &memory.slots,
				     &why) < 0 ||
	    ghes_place_find(g->machine.type, &memory, &place, &why) < 0) {
		provision_end(x, &why);
		return;
	}
	provision_take_place(x, &place, GHES_STYLE_ARGUMENTS);
	say_arguments(&x->result, place.slot);
	provision_make_files(x);
}

int provision_arguments(struct provisioning *x, struct guest *g, struct ras_err *err)
{
	return qmp_cmd_qom_get(g->link.mon, "/machine", "memory", on_memory, x, err);
}
