// SPDX-License-Identifier: LGPL-2.1-or-later
/* The types of rasctl inject --type, and the help of each. */
#include <string.h>

#include "base/cleanup.h"
#include "cli/section/draft.h"

static const struct section_word {
	const char *word, *kind, *help;
	const char *examples[2];
} types[] = {
	{ "memory",
	  "mem",
	  "memory error (if --type is not given)",
	  { "rasctl inject vm1 --gpa 0x48000000 --memory-type single-bit --card 1",
	    "rasctl inject vm1 --gpa 0x48000000 --severity recoverable --wait" } },
	{ "pcie",
	  "pcie",
	  "PCIe error, with AER registers",
	  { "rasctl inject vm1 --type pcie --bdf 0000:01:00.0 --aer bad_tlp",
	    "rasctl inject vm1 --type pcie --bdf 0000:00:01.0 --aer completion_timeout" } },
	{ "arm-processor",
	  "proc_arm",
	  "ARM processor error, arm64 guests only",
	  { "rasctl inject vm1 --type arm-processor --error cache --gpa 0x48000000",
	    "rasctl inject vm1 --type arm-processor --error tlb --mpidr 0x80000001" } },
	{ "x86-processor",
	  "proc_ia",
	  "IA32/X64 processor error, x86_64 guests only",
	  { "rasctl inject vx --type x86-processor --error cache --apic-id 1",
	    "rasctl inject vx --type x86-processor --error bus --severity recoverable" } },
	{ "generic-processor",
	  "proc_generic",
	  "generic processor error",
	  { "rasctl inject vm1 --type generic-processor --error cache --level 1",
	    "rasctl inject vm1 --type generic-processor --error tlb --isa ARM-A64" } },
	{ "cxl-protocol",
	  "cxl_prot",
	  "CXL protocol error",
	  { "rasctl inject vm1 --type cxl-protocol --agent-type CXL-device --slot 3",
	    "rasctl inject vm1 --type cxl-protocol --bdf 0000:01:00.0 --serial-number 7" } },
	{ "firmware",
	  "fw",
	  "firmware error record reference",
	  { "rasctl inject vm1 --type firmware --record-type 1 --record-id 7",
	    "rasctl inject vm1 --type firmware --record-type 2 --record-id \\\n        "
	    "8f87f311-c998-4d9e-a0c4-6065518c4f6d" } },
	{ "vendor",
	  "unknown",
	  "section of a vendor by its GUID, for the admin group",
	  { "rasctl inject vm1 --type vendor \\\n        "
	    "--guid 12345678-9abc-def0-1122-334455667788 --data 0102",
	    "rasctl inject vm1 --type vendor \\\n        "
	    "--guid fbcd0a77-c260-417f-85a9-088b1621eba6 --data hex:00" } },
	{ "memory2",
	  "mem2",
	  "memory error, second form",
	  { "rasctl inject vm1 --type memory2 --gpa 0x48000000 --memory-type single-bit",
	    "rasctl inject vm1 --type memory2 --gpa 0x48000000 --rank 1 --row 75492" } },
};

const char *section_kind(const char *word)
{
	const struct cper_section *s;

	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (value_same_word(word, types[i].word, false))
			return types[i].kind;
	for (size_t i = 0; (s = cper_section_at(i)) != NULL; i++)
		if (value_same_word(word, s->kind, false))
			return s->kind;
	return NULL;
}

static const struct section_word *word_of(const char *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		if (!strcmp(kind, types[i].kind))
			return &types[i];
	return NULL;
}

const char *section_kind_word(const char *kind)
{
	const struct section_word *w = word_of(kind);

	return w ? w->word : kind;
}

int section_no_type(const char *word, struct ras_err *err)
{
	ras_fail(err, RAS_E_PARAMS, "no such type: %.40s", word);
	return ras_hint(err, "memory, pcie, arm-processor, x86-processor, generic-processor, "
			     "cxl-protocol, firmware, vendor, or one of EINJ's (Memory "
			     "Correctable, 0x8)");
}

const struct section_target *section_find_target(const struct section_opt *o, const char *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(o->to) && o->to[i].kind; i++)
		if (!strcmp(o->to[i].kind, kind) || !strcmp(o->to[i].kind, "*"))
			return &o->to[i];
	return NULL;
}

void section_types(section_word_fn fn)
{
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		fn(types[i].word, types[i].help);
}

void section_options_of(const char *type, section_word_fn fn)
{
	const char *kind = section_kind(type);

	for (size_t i = 0; kind && i < section_table_len; i++)
		if (section_find_target(&section_table[i], kind))
			fn(section_table[i].name, section_table[i].help);
	fn("type", "what the next options describe");
	fn("section", "the next section");
}

void sections_help_types(FILE *f, help_line_fn line)
{
	fputs("\nsections of the record, from their fields:\n", f);
	line(f, "--type TYPE", "what the next options describe");
	line(f, "--section", "the next section; without --severity as the one before");
	fputs("types (rasctl inject --type TYPE --help lists the options of one):\n", f);
	for (size_t i = 0; i < ARRAY_LEN(types); i++)
		line(f, types[i].word, types[i].help);
	line(f, "0x8, ...",
	     "EINJ's types, also as words, with the severity that they say: "
	     "\"Memory Correctable\", \"PCI Express Uncorrectable fatal\"");
}

/* The options of this kind alone, or those of every kind. */
static void print_options(FILE *f, const char *kind, bool every, help_line_fn line)
{
	for (size_t i = 0; i < section_table_len; i++) {
		const struct section_opt *o = &section_table[i];
		const struct section_target *t = section_find_target(o, kind);
		char left[64];

		if (!t || every != !strcmp(t->kind, "*"))
			continue;
		snprintf(left, sizeof(left), "--%s%s%s", o->name, o->arg ? " " : "",
			 o->arg ? o->arg : "");
		line(f, left, o->help);
	}
}

int sections_help(FILE *f, const char *type, help_line_fn line, const char *examples[2],
		  struct ras_err *err)
{
	const char *kind = section_kind(type);
	const struct section_word *w;

	if (!kind)
		return section_no_type(type, err);
	w = word_of(kind);
	fprintf(f, "usage: rasctl inject DOMAIN --type %s OPTION... [--section ...]\n",
		section_kind_word(kind));
	fprintf(f, "%s\n\n--type %s:\n", w ? w->help : "section of another type",
		section_kind_word(kind));
	print_options(f, kind, false, line);
	fputs("any type:\n", f);
	print_options(f, kind, true, line);
	examples[0] = w ? w->examples[0] : "rasctl inject vm1 --type TYPE --set FIELD=VALUE";
	examples[1] = w ? w->examples[1] : "rasctl decode -o json FILE";
	return 0;
}
