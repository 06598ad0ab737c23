// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasctl decode --explain.
 *
 * Problem: a person with an incident asks what happened, what the operating system did, and whether
 * to change a part. The fields of a record do not say it. Rule: what happened and what to do next
 * come from one table of section kinds and severities, with the document that says so. What Linux
 * does comes from cper/effect.h, which is compared with a real kernel. A severity that the input
 * does not say is never assumed.
 */
#include "cli/record/explain.h"

#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/record/input.h"
#include "cper/effect.h"

#define MAX_BLOCK ((size_t)16 << 20)

enum { CORRECTED = 1, RECOVERABLE = 2, FATAL = 4, INFO = 8, ANY = 15 };

static const char ras_rst[] = "Linux, Documentation/admin-guide/RAS/main.rst";
static const char hwpoison_rst[] = "Linux, Documentation/mm/hwpoison.rst";
static const char aer_rst[] = "Linux, Documentation/PCI/pcieaer-howto.rst";

/* The first row that fits is taken. */
static const struct row {
	const char *kinds; /* words with a blank around each; NULL: every other kind */
	unsigned int severities;
	const char *what, *next, *source;
} rows[] = {
	{ " mem mem2 ", CORRECTED,
	  "A memory module gave wrong bits and ECC corrected them. No data was lost.",
	  "Nothing at once. Count these errors by module (rasdaemon, EDAC): if they come from "
	  "the same row or module again and again, plan to replace the module.",
	  ras_rst },
	{ " mem mem2 ", RECOVERABLE,
	  "Memory has bits that ECC could not correct. What was stored at this address is lost; "
	  "the rest of the machine goes on.",
	  "Restart what was killed. Replace the module if it happens again; firmware may offer "
	  "post package repair at the next boot.",
	  hwpoison_rst },
	{ " mem mem2 ", FATAL,
	  "Memory has bits that ECC could not correct, in a place without which the machine cannot "
	  "go on.",
	  "Find the module by fru_text, node, card and module, and replace it before the machine "
	  "is used again.",
	  ras_rst },
	{ " pcie ", CORRECTED,
	  "A PCIe link or device had an error and corrected it, most often by sending the packet "
	  "again. No data was lost.",
	  "Nothing at once. Many of them at one device: reseat the card or cable, look at firmware "
	  "and drivers, and at the link's speed.",
	  aer_rst },
	{ " pcie ", RECOVERABLE,
	  "A PCIe transaction failed and its data is lost; the link itself is usable.",
	  "See in the kernel's log whether the driver recovered the device. Reseat or replace the "
	  "card if it happens again.",
	  aer_rst },
	{ " pcie ", FATAL, "A PCIe link is not reliable any more: what goes over it may be wrong.",
	  "See in the kernel's log whether the link came back after the reset. If not, restart the "
	  "machine; reseat or replace the card.",
	  aer_rst },
	{ " proc_arm proc_ia proc_generic ", CORRECTED,
	  "A processor corrected an error in its caches, TLBs or buses. No data was lost.",
	  "Nothing at once. If one processor reports them again and again, take it out of use or "
	  "plan to replace it.",
	  ras_rst },
	{ " proc_arm proc_ia proc_generic ", RECOVERABLE,
	  "A processor met data that is wrong and cannot be corrected: bad memory, or an error in "
	  "a cache, TLB or bus.",
	  "Look for a memory record of the same time: it names the module. Without one the "
	  "processor itself is suspect.",
	  ras_rst },
	{ " proc_arm proc_ia proc_generic ", FATAL,
	  "A processor had an error after which its state cannot be trusted.",
	  "Update firmware and microcode. If it happens again, replace the processor, or the "
	  "module that a memory record of the same time names.",
	  ras_rst },
	{ " cxl_prot ", ANY, "The link to a CXL device had a protocol error.",
	  "Treat it as a PCIe error of that device: look at its AER counters, reseat it, update "
	  "its firmware.",
	  "CXL 3.1, 12.2; UEFI 2.10, N.2.13" },
	{ " cxl_media cxl_dram cxl_module cxl_sparing ", ANY,
	  "A CXL memory device reports an event of its memory or of its health.",
	  "Read the device's health (cxl list -H). Many corrected errors in one place, or a low "
	  "health: plan to replace it.",
	  "CXL 3.1, 8.2.9.2.1" },
	{ " dmar vtd iommu ", ANY,
	  "A device asked for an address that the IOMMU does not let it use.",
	  "Most often a fault of a driver or of the device's firmware, not of memory. Update both; "
	  "look at what the device was assigned to.",
	  "UEFI 2.10, N.2.11" },
	{ " fw ", ANY, "Firmware says that it keeps a record of its own about an error.",
	  "Give the record to the vendor of the machine: its format is the vendor's.",
	  "UEFI 2.10, N.2.10" },
	{ NULL, CORRECTED, "Hardware had an error and corrected it. Nothing was lost.",
	  "Nothing at once. Watch whether it happens again.", ras_rst },
	{ NULL, RECOVERABLE,
	  "Hardware had an error that it could not correct; the machine goes on.",
	  "See which part the section names, and whether it happens again.", ras_rst },
	{ NULL, FATAL, "Hardware had an error after which the machine cannot go on.",
	  "Find the part that the section names before the machine is used again.", ras_rst },
	{ NULL, INFO, "Hardware or firmware reports something. Nothing was wrong.", "Nothing.",
	  ras_rst },
};

/* severity: a bit of the enum above, 0 if it is not known. */
static const struct row *find_row(const char *kind, unsigned int severity)
{
	char word[40];

	snprintf(word, sizeof(word), " %s ", kind);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if ((!rows[i].kinds || strstr(rows[i].kinds, word)) &&
		    (rows[i].severities & severity || (rows[i].kinds && rows[i].severities == ANY)))
			return &rows[i];
	return NULL;
}

static unsigned int severity_bit(int64_t severity)
{
	static const uint8_t bits[] = { RECOVERABLE, FATAL, CORRECTED, INFO };

	return severity >= 0 && severity < 4 ? bits[severity] : 0;
}

/* What Linux does about one entry of a block. */
struct linux_does {
	uint16_t entry;
	size_t n;
	char text[512];
};

static void add_effect(void *ctx, const struct cper_effect *effect)
{
	struct linux_does *d = ctx;
	char text[CPER_EFFECT_TEXT_SIZE];
	size_t len = strlen(d->text);

	if (effect->kind != CPER_EFFECT_PANIC && effect->entry != d->entry)
		return;
	cper_effect_text(effect, text);
	snprintf(d->text + len, sizeof(d->text) - len, "%s%s", d->n++ ? "; " : "Linux ", text);
}

static json_object *one(const struct cper_guid *type, int64_t severity, const char *os)
{
	const struct cper_section *s = cper_section_find(type);
	const char *title = cper_section_title(type);
	const struct row *row = find_row(s ? s->kind : "unknown", severity_bit(severity));
	json_object *o = json_object_new_object();
	const char *what = row ? row->what :
				 "A section of this type reports an error; the input does not say "
				 "how bad it was.";
	const char *next = row ? row->next : "Look at the whole record: it has the severity.";

	json_object_object_add(o, "section",
			       json_object_new_string(title ? title : "unknown section"));
	json_object_object_add(o, "what", json_object_new_string(what));
	json_object_object_add(o, "os", json_object_new_string(os));
	json_object_object_add(o, "next", json_object_new_string(next));
	if (row)
		json_object_object_add(o, "source", json_object_new_string(row->source));
	return o;
}

static void add_entry(json_object *list, const uint8_t *block, size_t len,
		      const struct cper_entry *e)
{
	struct linux_does d = { .entry = e->index };

	cper_effects(block, len, add_effect, &d);
	json_object_array_add(list, one(&e->section_type, e->severity,
					d.n ? d.text : "Linux only logs it"));
}

json_object *explain_json(const struct found *f)
{
	json_object *list = json_object_new_array();
	_free_ uint8_t *block = NULL;
	struct cper_entry e;
	struct cper_view v;
	struct ras_err err;
	size_t len = f->len;
	const uint8_t *bytes = f->bytes;

	if (f->kind == FOUND_SECTION && f->severity < 0) {
		json_object_array_add(list,
				      one(&f->type, -1,
					  "That depends on the severity, which the input lacks"));
		return list;
	}
	if (f->kind != CPER_ITEM_BLOCK) {
		block = malloc(MAX_BLOCK);
		if (!block || found_block(f, -1, block, MAX_BLOCK, &len, &err) < 0)
			return list;
		bytes = block;
	}
	if (cper_view_whole(&v, bytes, len) == 0)
		while (cper_view_peek(&v, &e))
			add_entry(list, bytes, len, &e);
	return list;
}

void explain_text(const struct found *f, FILE *out)
{
	json_object *list = explain_json(f), *o, *source;

	for (size_t i = 0; i < json_object_array_length(list); i++) {
		o = json_object_array_get_idx(list, i);
		fprintf(out, "\nexplain section %zu, %s\n", i,
			json_object_get_string(json_object_object_get(o, "section")));
		fprintf(out, "  what happened: %s\n",
			json_object_get_string(json_object_object_get(o, "what")));
		fprintf(out, "  what the OS does: %s.\n",
			json_object_get_string(json_object_object_get(o, "os")));
		fprintf(out, "  what to do next: %s\n",
			json_object_get_string(json_object_object_get(o, "next")));
		if (json_object_object_get_ex(o, "source", &source))
			fprintf(out, "  see: %s\n", json_object_get_string(source));
	}
	json_object_put(list);
}
