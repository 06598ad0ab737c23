// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What of a domain's XML matters to the page of rasd's error sources, by expat, with the places in
 * the text. page_edit.c puts text in there and takes text out; all other bytes stay as they are.
 *
 * Our own elements are known by the names of the files in them: UUID.page, UUID.hest, UUID.ssdt,
 * with the domain's own UUID, in whatever directory.
 */
#include "libvirt/page_xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "libvirt/xml_walk.h"

#define DEPTH_MAX 64
#define PATH_MAX_BYTES 256
#define QEMU_NS "http://libvirt.org/schemas/domain/qemu/1.0|"

struct scan {
	struct xml_walk walk; /* first */
	struct page_xml out;
	int depth;
	size_t n_passed_over;	   /* open elements that are none of path */
	char path[PATH_MAX_BYTES]; /* "/domain/os/acpi", names without namespace */
	size_t path_len[DEPTH_MAX];
	char text[512];
	size_t text_len;
	char unit[8];
	/* the memory device that is open */
	struct {
		size_t begin;
		bool page;
		uint64_t bytes, base;
	} device;
	/* the argument of QEMU before */
	struct {
		struct xml_range at;
		bool acpitable;
	} arg;
	size_t table_begin;
	bool table_raw;
};

static bool at(const struct scan *s, const char *path)
{
	return strcmp(s->path, path) == 0;
}

static size_t here(const struct scan *s)
{
	long i = XML_GetCurrentByteIndex(s->walk.xml);

	return i < 0 ? 0 : (size_t)i;
}

static const char *attr(const XML_Char **atts, const char *name)
{
	for (; *atts; atts += 2)
		if (strcmp(atts[0], name) == 0)
			return atts[1];
	return "";
}

/* True if a path names a file of ours: DIR/UUID.suffix. */
static bool is_ours(const struct scan *s, const char *path, const char *suffix)
{
	const char *slash = strrchr(path, '/');
	size_t n = strlen(s->out.uuid);

	return slash && n && strncmp(slash + 1, s->out.uuid, n) == 0 &&
	       strcmp(slash + 1 + n, suffix) == 0;
}

/* A size as libvirt prints it: a number of KiB. 0: none. */
static uint64_t size_of(const struct scan *s)
{
	uint64_t kib;

	if (s->unit[0] && strcmp(s->unit, "KiB") != 0)
		return 0;
	return num_parse_range(s->text, 0, UINT64_MAX >> 10, &kib, NULL) == 0 ? kib << 10 : 0;
}

static void qemu_argument(struct scan *s, const char *value)
{
	size_t begin = here(s);
	const char *file = strstr(value, "file=");

	if (s->arg.acpitable && file && is_ours(s, file, ".hest"))
		s->out.table = (struct xml_range){ s->arg.at.begin, 0 };
	else if (s->arg.acpitable && file && is_ours(s, file, ".ssdt"))
		s->out.ssdt = (struct xml_range){ s->arg.at.begin, 0 };
	else if (s->arg.acpitable && strstr(value, "sig=HEST"))
		s->out.other_hest = true;
	if (strstr(value, "max-ram-below-4g"))
		s->out.low_split = true;
	s->arg.acpitable = strcmp(value, "-acpitable") == 0;
	s->arg.at.begin = begin;
}

static struct xml_element *element_at(struct scan *s)
{
	struct page_xml *o = &s->out;
	const struct {
		const char *path;
		struct xml_element *element;
	} known[] = {
		{ "/domain", &o->domain },
		{ "/domain/os", &o->os },
		{ "/domain/os/acpi", &o->os_acpi },
		{ "/domain/cpu", &o->cpu },
		{ "/domain/cpu/numa", &o->numa },
		{ "/domain/devices", &o->devices },
		{ "/domain/commandline", &o->commandline },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (at(s, known[i].path))
			return known[i].element;
	return NULL;
}

static void start_leaf(struct scan *s, const XML_Char **atts)
{
	struct page_xml *o = &s->out;
	uint64_t n;

	snprintf(s->unit, sizeof(s->unit), "%s", attr(atts, "unit"));
	if (at(s, "/domain/memory")) {
		o->memory_tag.begin = here(s);
	} else if (at(s, "/domain/maxMemory")) {
		o->max_memory.begin = here(s);
		if (num_parse_range(attr(atts, "slots"), 0, UINT32_MAX, &n, NULL) == 0)
			o->memory.slots = (uint32_t)n;
	} else if (at(s, "/domain/os/type")) {
		snprintf(o->machine, sizeof(o->machine), "%s", attr(atts, "machine"));
	} else if (at(s, "/domain/os/acpi/table")) {
		s->table_begin = here(s);
		s->table_raw = strcmp(attr(atts, "type"), "raw") == 0;
	} else if (at(s, "/domain/cpu/numa/cell")) {
		o->n_cells++;
	} else if (at(s, "/domain/devices/memory")) {
		memset(&s->device, 0, sizeof(s->device));
		s->device.begin = here(s);
	} else if (at(s, "/domain/devices/memory/address")) {
		if (num_parse_range(attr(atts, "base"), 0, UINT64_MAX, &n, NULL) == 0)
			s->device.base = n;
	} else if (at(s, "/domain/commandline/arg")) {
		qemu_argument(s, attr(atts, "value"));
	}
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **atts)
{
	struct scan *s = user;
	struct xml_element *e;
	const char *local = strchr(name, '|');
	size_t n = strlen(s->path);

	/* Of another namespace than QEMU's is metadata. What is so deep is none of ours either. */
	if (s->n_passed_over || (local && strncmp(name, QEMU_NS, sizeof(QEMU_NS) - 1) != 0) ||
	    s->depth == DEPTH_MAX || n + strlen(name) + 2 > sizeof(s->path)) {
		s->n_passed_over++; /* with all that is in it */
		return;
	}
	if (local)
		name = local + 1;
	s->path_len[s->depth++] = n;
	snprintf(s->path + n, sizeof(s->path) - n, "/%s", name);
	s->text_len = 0;
	e = element_at(s);
	if (e)
		e->all.begin = here(s);
	start_leaf(s, atts);
}

static void end_device(struct scan *s, size_t end)
{
	struct domain_memory *m = &s->out.memory;

	if (s->device.page) {
		s->out.page = (struct xml_range){ s->device.begin, end };
		m->page_gpa = s->device.base;
		s->out.page_bytes = s->device.bytes;
		m->devices_bytes += s->device.bytes;
		return;
	}
	m->devices_bytes += s->device.bytes;
	if (s->device.base && s->device.base + s->device.bytes > m->devices_end)
		m->devices_end = s->device.base + s->device.bytes;
}

static void end_table(struct scan *s, size_t end)
{
	if (is_ours(s, s->text, ".hest"))
		s->out.table = (struct xml_range){ s->table_begin, end };
	else if (s->table_raw)
		s->out.other_hest = true; /* libvirt takes one of a type */
}

static void end_leaf(struct scan *s, size_t end)
{
	struct page_xml *o = &s->out;

	if (at(s, "/domain/uuid")) {
		snprintf(o->uuid, sizeof(o->uuid), "%.36s", s->text);
	} else if (at(s, "/domain/vcpu")) {
		num_parse_range(s->text, 0, UINT32_MAX, &o->n_vcpus, NULL);
	} else if (at(s, "/domain/memory")) {
		o->memory.total_bytes = size_of(s);
		o->memory_tag.end = end;
	} else if (at(s, "/domain/maxMemory")) {
		o->memory.max_bytes = size_of(s);
		o->max_memory.end = end;
	} else if (at(s, "/domain/os/acpi/table")) {
		end_table(s, end);
	} else if (at(s, "/domain/devices/memory/source/path")) {
		s->device.page = is_ours(s, s->text, ".page");
	} else if (at(s, "/domain/devices/memory/target/size")) {
		s->device.bytes = size_of(s);
	} else if (at(s, "/domain/devices/memory")) {
		end_device(s, end);
	} else if (at(s, "/domain/commandline/arg")) {
		if (o->table.begin && !o->table.end)
			o->table.end = end;
		if (o->ssdt.begin && !o->ssdt.end)
			o->ssdt.end = end;
	}
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
	struct scan *s = user;
	size_t count = (size_t)XML_GetCurrentByteCount(s->walk.xml), end = here(s) + count;
	struct xml_element *e;

	(void)name;
	if (s->n_passed_over) {
		s->n_passed_over--;
		return;
	}
	e = element_at(s);
	s->text[s->text_len] = '\0';
	if (e) {
		e->all.end = end;
		e->inner_end = count ? here(s) : 0;
	}
	end_leaf(s, end);
	s->text_len = 0;
	s->path[s->path_len[--s->depth]] = '\0';
}

static void XMLCALL on_text(void *user, const XML_Char *text, int len)
{
	struct scan *s = user;

	for (int i = 0; i < len && s->text_len + 1 < sizeof(s->text); i++)
		s->text[s->text_len++] = text[i];
}

int page_xml_scan(const char *text, size_t len, struct page_xml *out, struct ras_err *err)
{
	_free_ struct scan *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return ras_fail(err, RAS_E_NOMEM, "no memory for the domain XML");
	r = xml_walk(&s->walk, text, len, on_start, on_end, on_text, err);
	if (r == 0)
		*out = s->out;
	return r;
}
