// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Changing a domain's XML: text goes in and comes out at places that page_xml_scan() found, and all
 * other bytes stay as libvirt wrote them. libvirt reads the result and prints it in its own form.
 *
 * Nothing is found again by guessing: what was changed is known from the metadata of provisioning
 * (struct domain_page_undo), and is put back only where it is still as it was put in.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "libvirt/page_xml.h"

#define EDITS_MAX 9
#define QEMU_XMLNS "http://libvirt.org/schemas/domain/qemu/1.0"

/* Text that takes the place of some bytes, or (empty range) goes in before one. */
struct edit {
	struct xml_range at;
	char with[768];
};

struct edits {
	struct edit edit[EDITS_MAX];
	size_t n;
	struct domain_changes *changes;
};

__attribute__((format(printf, 3, 4))) static void replace(struct edits *e, struct xml_range at,
							  const char *fmt, ...)
{
	struct edit *x = &e->edit[e->n++];
	va_list ap;

	x->at = at;
	va_start(ap, fmt);
	vsnprintf(x->with, sizeof(x->with), fmt, ap);
	va_end(ap);
}

static int begin(struct edits **out, const char *text, struct page_xml *x,
		 struct domain_changes *changes, struct ras_err *err)
{
	*out = calloc(1, sizeof(**out));
	if (!*out)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	(*out)->changes = changes;
	return page_xml_scan(text, strlen(text), x, err);
}

/* For people. */
__attribute__((format(printf, 2, 3))) static void say(struct edits *e, const char *fmt, ...)
{
	va_list ap;

	if (!e->changes || e->changes->n == DOMAIN_CHANGES_MAX)
		return;
	va_start(ap, fmt);
	vsnprintf(e->changes->line[e->changes->n++], sizeof(e->changes->line[0]), fmt, ap);
	va_end(ap);
}

/* At the end of an element's content; "<x/>" becomes "<x>...</x>". */
static void put_into(struct edits *e, const char *text, const struct xml_element *into,
		     const char *name, const char *what)
{
	if (into->inner_end)
		replace(e, (struct xml_range){ into->inner_end, into->inner_end }, "%s", what);
	else if (into->all.end >= 2 && text[into->all.end - 2] == '/')
		replace(e, (struct xml_range){ into->all.end - 2, into->all.end }, ">%s</%s>", what,
			name);
}

static int by_place(const void *a, const void *b)
{
	const struct edit *x = a, *y = b;

	return x->at.begin < y->at.begin ? -1 : x->at.begin > y->at.begin;
}

static int apply(struct edits *e, const char *text, char **out, struct ras_err *err)
{
	struct buf b = BUF_INIT(DOMAIN_XML_MAX);
	size_t from = 0;
	bool ok = true;

	qsort(e->edit, e->n, sizeof(e->edit[0]), by_place);
	for (size_t i = 0; ok && i < e->n; i++) {
		const struct edit *x = &e->edit[i];

		ok = x->at.begin >= from && x->at.end >= x->at.begin &&
		     buf_add(&b, text + from, x->at.begin - from) &&
		     buf_add(&b, x->with, strlen(x->with));
		from = x->at.end;
	}
	if (!ok || !buf_add(&b, text + from, strlen(text + from) + 1)) {
		buf_free(&b);
		return ras_fail(err, RAS_E_MONITOR, "the domain's XML cannot be changed: %s",
				ok ? "it would be too long" : "its elements overlap");
	}
	*out = strdup(buf_data(&b));
	buf_free(&b);
	return *out ? 0 : ras_fail(err, RAS_E_NOMEM, "out of memory");
}

static void put_memory_total(struct edits *e, const struct page_xml *x, uint64_t bytes)
{
	replace(e, x->memory_tag, "<memory unit='KiB'>%" PRIu64 "</memory>", bytes >> 10);
}

/* --- out --- */

static void put_limit_back(struct edits *e, const struct page_xml *x,
			   const struct domain_page_undo *undo)
{
	const struct domain_memory *m = &x->memory;

	if (m->max_bytes != undo->set_bytes || m->slots != undo->set_slots) {
		say(e, "maxMemory stays as it is: somebody has changed it since");
	} else if (undo->max_bytes) {
		replace(e, x->max_memory,
			"<maxMemory slots='%u' unit='KiB'>%" PRIu64 "</maxMemory>", undo->slots,
			undo->max_bytes >> 10);
		say(e, "maxMemory back to %" PRIu64 " KiB, %u slots", undo->max_bytes >> 10,
		    undo->slots);
	} else {
		replace(e, x->max_memory, "%s", "");
		say(e, "maxMemory removed");
	}
}

/* A page that nobody remembers here: the limit is what it was before one was put in. */
static void shrink_limit(struct edits *e, const struct page_xml *x, uint64_t grown)
{
	const struct domain_memory *m = &x->memory;
	uint64_t ram = m->total_bytes - m->devices_bytes;

	if (!m->slots || m->max_bytes < grown + ram)
		return;
	if (m->slots == 1 && m->max_bytes == grown + ram) {
		replace(e, x->max_memory, "%s", "");
		say(e, "maxMemory removed");
		return;
	}
	replace(e, x->max_memory, "<maxMemory slots='%u' unit='KiB'>%" PRIu64 "</maxMemory>",
		m->slots - 1, (m->max_bytes - grown) >> 10);
	say(e, "maxMemory back to %" PRIu64 " KiB, %u slots", (m->max_bytes - grown) >> 10,
	    m->slots - 1);
}

int page_xml_remove(const char *text, const struct domain_page_undo *undo, char **out,
		    struct domain_changes *changes, struct ras_err *err)
{
	_free_ struct edits *e = NULL;
	struct page_xml x;
	bool ours;
	int r = begin(&e, text, &x, changes, err);

	if (r < 0)
		return r;
	if (x.page.end) {
		replace(e, x.page, "%s", "");
		say(e, "memory device removed: the page of 2048 KiB at 0x%" PRIx64,
		    x.memory.page_gpa);
		/* <memory> counts it. libvirt's own XML always has that; another one is hostile. */
		if (x.memory_tag.end && x.memory.total_bytes >= x.page_bytes)
			put_memory_total(e, &x, x.memory.total_bytes - x.page_bytes);
	}
	if (x.table.end) {
		replace(e, x.table, "%s", "");
		say(e, "ACPI table HEST removed");
	}
	if (x.ssdt.end) {
		replace(e, x.ssdt, "%s", "");
		say(e, "ACPI table SSDT removed");
	}
	ours = undo->page && (x.page.end || x.table.end);
	if (ours && x.max_memory.end)
		put_limit_back(e, &x, undo);
	else if (x.page.end && x.max_memory.end)
		shrink_limit(e, &x, undo->grown_bytes);
	if (ours && !undo->had_numa && x.n_cells == 1) {
		replace(e, x.numa.all, "%s", "");
		say(e, "NUMA cell removed");
	}
	return apply(e, text, out, err);
}

/* --- in --- */

static void put_limit(struct edits *e, const struct page_xml *x, const struct domain_page *p)
{
	char limit[96], before[64] = "none";

	snprintf(limit, sizeof(limit), "<maxMemory slots='%u' unit='KiB'>%" PRIu64 "</maxMemory>",
		 p->slots, p->max_bytes >> 10);
	if (x->max_memory.end) {
		replace(e, x->max_memory, "%s", limit);
		snprintf(before, sizeof(before), "%" PRIu64 " KiB, %u slots",
			 x->memory.max_bytes >> 10, x->memory.slots);
	} else {
		replace(e, (struct xml_range){ x->memory_tag.begin, x->memory_tag.begin }, "%s",
			limit);
	}
	say(e, "maxMemory (was %s): %s", before, limit);
}

/* libvirt wants a NUMA cell for a memory device. */
static void put_cell(struct edits *e, const char *text, const struct page_xml *x)
{
	char cell[256];
	uint64_t ram = x->memory.total_bytes - x->memory.devices_bytes;

	snprintf(cell, sizeof(cell),
		 "<numa><cell id='0' cpus='0-%" PRIu64 "' memory='%" PRIu64 "' unit='KiB'/></numa>",
		 x->n_vcpus ? x->n_vcpus - 1 : 0, ram >> 10);
	if (x->cpu.all.end)
		put_into(e, text, &x->cpu, "cpu", cell);
	else
		replace(e, (struct xml_range){ x->devices.all.begin, x->devices.all.begin },
			"<cpu>%s</cpu>", cell);
	say(e, "NUMA cell: %s", cell);
}

static void put_native_table(struct edits *e, const char *text, const struct page_xml *x,
			     const struct domain_page *p)
{
	char what[512];

	snprintf(what, sizeof(what), "<table type='raw'>%s</table>", p->table_path);
	say(e, "ACPI table: <os><acpi>%s</acpi></os>", what);
	if (x->os_acpi.all.end) {
		put_into(e, text, &x->os_acpi, "acpi", what);
		return;
	}
	snprintf(what, sizeof(what), "<acpi><table type='raw'>%s</table></acpi>", p->table_path);
	put_into(e, text, &x->os, "os", what);
}

/* libvirt takes one table of a type, so a second one is always given like this. */
static size_t add_argument(struct edits *e, const char *path, char *out, size_t size)
{
	snprintf(out, size, "<qemu:arg value='-acpitable'/><qemu:arg value='file=%s'/>", path);
	say(e, "ACPI table by QEMU's command line, which libvirt marks as tainted: %s", out);
	return strlen(out);
}

static void put_tables(struct edits *e, const char *text, const struct page_xml *x,
		       const struct domain_page *p, bool native)
{
	char what[640] = "";
	size_t n = 0;

	if (native)
		put_native_table(e, text, x, p);
	else
		n = add_argument(e, p->table_path, what, sizeof(what));
	if (p->ssdt_path)
		n += add_argument(e, p->ssdt_path, what + n, sizeof(what) - n);
	if (n && x->commandline.all.end)
		put_into(e, text, &x->commandline, "qemu:commandline", what);
	else if (n)
		replace(e, (struct xml_range){ x->domain.inner_end, x->domain.inner_end },
			"<qemu:commandline xmlns:qemu='" QEMU_XMLNS "'>%s</qemu:commandline>",
			what);
}

static void put_page(struct edits *e, const char *text, const struct page_xml *x,
		     const struct domain_page *p)
{
	char what[600];

	snprintf(what, sizeof(what),
		 "<memory model='nvdimm' access='shared'><source><path>%s</path></source>"
		 "<target><size unit='KiB'>%" PRIu64 "</size><node>0</node></target>"
		 "<address type='dimm' slot='%u' base='0x%" PRIx64 "'/></memory>",
		 p->page_path, p->bytes >> 10, p->slot, p->gpa);
	put_into(e, text, &x->devices, "devices", what);
	say(e, "memory device: %s", what);
}

int page_xml_add(const char *text, const struct domain_page *page, bool native, char **out,
		 struct domain_changes *changes, struct ras_err *err)
{
	_free_ struct edits *e = NULL;
	struct page_xml x;
	int r = begin(&e, text, &x, changes, err);

	if (r < 0)
		return r;
	if (!x.memory_tag.end || !x.devices.all.end || !x.os.all.end || !x.domain.inner_end)
		return ras_fail(err, RAS_E_MONITOR,
				"the domain's XML has no <memory>, <os> or <devices>");
	put_limit(e, &x, page);
	if (!x.n_cells)
		put_cell(e, text, &x);
	put_tables(e, text, &x, page, native);
	put_page(e, text, &x, page);
	/* <memory> counts the page: libvirt adds it where there are NUMA cells, and there are. */
	return apply(e, text, out, err);
}
