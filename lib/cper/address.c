// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "cper/address.h"
#include "base/le.h"

bool cper_is_page_address(const char *kind, const char *field)
{
	if (strcmp(kind, "mem") == 0 || strcmp(kind, "mem2") == 0)
		return strcmp(field, "physical_address") == 0;
	return strcmp(kind, "proc_arm") == 0 && strcmp(field, "physical_fault_address") == 0;
}

struct search {
	const struct cper_entry *entry;
	uint64_t *address;
};

static int look_at(void *ctx, const char *part, uint32_t element, const struct cper_field *f,
		   const uint8_t *structure, bool valid)
{
	const struct search *s = ctx;

	(void)part, (void)element;
	if (!valid ||
	    !cper_is_page_address(cper_section_find(&s->entry->section_type)->kind, f->name))
		return 0;
	*s->address = le64(structure + f->offset);
	return -1;
}

bool cper_first_page(const uint8_t *block, size_t len, uint64_t *address)
{
	struct cper_entry e;
	struct search s = { &e, address };
	struct cper_view v;
	struct cper_err err;

	if (cper_view_init(&v, block, len, &err) < 0)
		return false;
	while (cper_view_next(&v, &e, &err) > 0)
		if (cper_section_find(&e.section_type) &&
		    cper_for_each_field(&e, look_at, &s, &err) == -1)
			return true;
	return false;
}
