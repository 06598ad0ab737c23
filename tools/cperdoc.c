// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Prints the field tables of lib/cper as man/cper-fields.5 (`make man-fields`; test_cper_tables
 * compares the two).
 */
#include <stdio.h>

#include "cper/record.h"

/* A word of the tables. What mdoc would read as a macro or an escape is quoted. */
static void text(FILE *f, const char *s)
{
	for (; *s; s++) {
		if (*s == '-')
			fputs("\\-", f);
		else
			fputc(*s, f);
	}
}

static void words(FILE *f, const struct cper_word *w)
{
	const char *before = "";

	for (; w && w->word; w++) {
		fprintf(f, "%s%llu ", before, (unsigned long long)w->value);
		text(f, w->word);
		before = ", ";
	}
}

static void bits(FILE *f, const struct cper_bits *b)
{
	const char *before = "bits: ";

	for (; b && b->name; b++) {
		if (b->width > 1)
			fprintf(f, "%s%u\\-%u ", before, b->lo, b->lo + b->width - 1);
		else
			fprintf(f, "%s%u ", before, b->lo);
		text(f, b->name);
		before = ", ";
	}
}

/* The meaning of a field's values, if it has any. */
static void values(FILE *f, const struct cper_field *d)
{
	if (!d->words && !d->bits)
		return;
	fprintf(f, ".Pp\n.Va %s :\n", d->name);
	words(f, d->words);
	bits(f, d->bits);
	fputc('\n', f);
}

/* Fields inside bytes: offset, size, name, and their words. */
static void inside(FILE *f, const char *name, const struct cper_field *d)
{
	fprintf(f,
		".Pp\nInside\n.Va %s :\n.Bl -column \"offset\" \"size\" "
		"\"a_long_name_of_a_field\"\n"
		".It offset Ta size Ta field\n",
		name);
	for (const struct cper_field *i = d; i->name; i++)
		fprintf(f, ".It %u Ta %u Ta %s\n", i->offset, i->width, i->name);
	fputs(".El\n", f);
	for (; d->name; d++)
		values(f, d);
}

static void table(FILE *f, const struct cper_table *t)
{
	fprintf(f, ".Bl -column \"offset\" \"size\" \"valid\" \"a_long_name_of_a_field\"\n"
		   ".It offset Ta size Ta valid Ta field\n");
	for (size_t i = 0; i < t->nr_fields; i++) {
		const struct cper_field *d = &t->fields[i];

		fprintf(f, ".It %u Ta %u Ta ", d->offset, d->width);
		if (d->reserved)
			fputs("res", f);
		else if (d->valid_bit >= 0)
			fprintf(f, "%d", d->valid_bit);
		else
			fputs("\\-", f);
		fprintf(f, " Ta %s", d->name);
		if (d->unit)
			fprintf(f, " (%s)", d->unit);
		fputc('\n', f);
	}
	fputs(".El\n", f);
	for (size_t i = 0; i < t->nr_fields; i++) {
		const struct cper_field *d = &t->fields[i];

		for (const struct cper_guid_word *g = d->guids; g && g->word; g++) {
			char guid[CPER_GUID_TEXT_SIZE];

			cper_guid_format(&g->guid, guid);
			fprintf(f, ".Pp\n.Va %s\n%s is ", d->name, guid);
			text(f, g->word);
			fputs(g->bits ? "; its information has " : "", f);
			bits(f, g->bits);
			fputc('\n', f);
		}
		if (d->sub)
			inside(f, d->name, d->sub);
		values(f, d);
	}
}

static void section(FILE *f, const struct cper_section *s)
{
	char guid[CPER_GUID_TEXT_SIZE];

	cper_guid_format(&s->guid, guid);
	fprintf(f, ".Ss %s\n%s, %s, kind\n.Va %s ,\n%u bytes", s->title, guid, s->spec, s->kind,
		s->table.size);
	if (s->min_size < s->table.size)
		fprintf(f, " (at least %u)", s->min_size);
	fputs(s->nr_parts ? " and what follows.\n" : ".\n", f);
	table(f, &s->table);
	for (size_t i = 0; i < s->nr_parts; i++) {
		const struct cper_part *p = &s->parts[i];

		fprintf(f, ".Pp\n.Va %s :\n", p->name);
		if (p->kind == CPER_PART_BYTES) {
			fputs("bytes.\n", f);
			if (p->sub)
				inside(f, p->name, p->sub);
			continue;
		}
		fprintf(f, "%u bytes each%s.\n", p->table->size,
			p->kind == CPER_PART_CONTEXTS ?
				", then as many bytes as its size field says" :
				"");
		table(f, p->table);
	}
}

void cperdoc(FILE *f);
void cperdoc(FILE *f)
{
	fputs(".\\\" SPDX-License-Identifier: LGPL-2.1-or-later\n"
	      ".\\\" Made by `make man-fields` from lib/cper; do not edit.\n"
	      ".Dd November 25, 2026\n.Dt CPER-FIELDS 5\n.Os\n.Sh NAME\n.Nm cper-fields\n"
	      ".Nd fields of CPER records as rasctl and librascper name them\n.Sh DESCRIPTION\n"
	      "Each type of section has one table.\n"
	      "Offsets and sizes are bytes, integers are little endian.\n"
	      "The column\n.Dq valid\nis the bit of\n.Va validation_bits\n"
	      "that says that the field means something;\n.Sq \\-\nis always valid,\n.Dq res\nis "
	      "reserved and must be 0.\n"
	      "In JSON a number of up to 4 bytes is a number, a wider one\n.Li \"0x\"\nand 16 "
	      "digits.\n",
	      f);
	for (size_t i = 0; cper_section_at(i); i++) {
		/* The six CXL events have one form. */
		if (i && cper_section_at(i)->table.fields == cper_section_at(i - 1)->table.fields) {
			char guid[CPER_GUID_TEXT_SIZE];

			cper_guid_format(&cper_section_at(i)->guid, guid);
			fprintf(f, ".Ss %s\n%s, kind\n.Va %s :\nas the one above.\n",
				cper_section_at(i)->title, guid, cper_section_at(i)->kind);
			if (cper_section_at(i)->parts[0].sub !=
			    cper_section_at(i - 1)->parts[0].sub)
				inside(f, cper_section_at(i)->parts[0].name,
				       cper_section_at(i)->parts[0].sub);
			continue;
		}
		section(f, cper_section_at(i));
	}
	fputs(".Ss header of a UEFI record\nUEFI 2.10 N.2.1, 128 bytes.\n", f);
	table(f, &cper_record_table);
	fputs(".Ss section descriptor of a UEFI record\nUEFI 2.10 N.2.2, 72 bytes.\n", f);
	table(f, &cper_descriptor_table);
	fputs(".Sh SEE ALSO\n.Xr rasctl 1 ,\n.Xr librascper 3\n", f);
}

#ifndef CPERDOC_NO_MAIN
int main(void)
{
	cperdoc(stdout);
	return ferror(stdout) ? 1 : 0;
}
#endif
