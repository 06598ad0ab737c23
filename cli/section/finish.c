// SPDX-License-Identifier: LGPL-2.1-or-later
/* What needs all options of a section: its defaults, and validation bits that no field sets. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/le.h"
#include "base/num.h"
#include "cli/section/draft.h"
#include "json/json.h"

#define PAGE_MASK_4K ~UINT64_C(0xfff)

static int finish_memory(struct draft *d, struct ras_err *err)
{
	bool ue = !strcmp(d->severity, "recoverable") || !strcmp(d->severity, "fatal");
	int r = 0;

	if (!json_object_object_length(d->fields)) {
		ras_fail(err, RAS_E_PARAMS, "the memory section is empty");
		return ras_hint(err, "give an address, such as --gpa 0x48000000");
	}
	if (json_object_object_get_ex(d->fields, "physical_address", NULL) &&
	    !json_object_object_get_ex(d->fields, "physical_address_mask", NULL))
		r = draft_set_number(d, "physical_address_mask", PAGE_MASK_4K, err);
	if (r == 0 && !json_object_object_get_ex(d->fields, "memory_error_type", NULL))
		r = draft_set_number(d, "memory_error_type", ue ? 3 : 2,
				     err); /* multi-bit, single-bit ECC */
	return r;
}

/*
 * QEMU's ghes_inject.py uses these values for a structure of one type if error_information is not
 * given.
 */
static int finish_arm(struct draft *d, struct ras_err *err)
{
	static const struct {
		uint64_t type;
		const char *information;
	} defaults[] = {
		{ CPER_ARM_TYPE_CACHE, "0x91000f" },
		{ CPER_ARM_TYPE_TLB, "0x54007f" },
		{ CPER_ARM_TYPE_BUS, "0x80d6460fff" },
		{ CPER_ARM_TYPE_MICROARCH, "0x78da03ff" },
	};
	json_object *list = NULL;
	int r = d->error ? 0 : special_error(d, "cache", err);

	json_object_object_get_ex(d->section, "error_info", &list);
	for (size_t i = 0; r == 0 && list && i < json_object_array_length(list); i++) {
		json_object *type = NULL;

		json_object_object_get_ex(json_object_array_get_idx(list, i), "fields", &d->error);
		json_object_object_get_ex(d->error, "type", &type);
		if (json_object_object_get_ex(d->error, "error_information", NULL))
			continue;
		for (size_t k = 0; r == 0 && k < ARRAY_LEN(defaults); k++)
			if (defaults[k].type == json_object_get_uint64(type))
				r = draft_set(d, TO_ERROR, "error_information", "error-info",
					      defaults[k].information, err);
	}
	return r;
}

/*
 * The counts of structures are part of an IA32/X64 section's validation bits. An override of the
 * other bits keeps them.
 */
static int finish_x86(struct draft *d, struct ras_err *err)
{
	static const char *const lists[] = { "error_info", "context_info" };
	static const unsigned int shift[] = { 2, 8 };
	json_object *v = NULL;
	uint64_t bits = 0;
	char text[24];
	int r = d->error ? 0 : special_error(d, "cache", err);

	if (r < 0 || !json_object_object_get_ex(d->fields, "validation_bits", &v))
		return r;
	num_parse_u64(json_object_get_string(v), &bits, NULL);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++)
		if (!(bits >> shift[i] & 0x3f) &&
		    json_object_object_get_ex(d->section, lists[i], &v))
			bits |= (uint64_t)json_object_array_length(v) << shift[i];
	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)bits);
	return draft_set(d, TO_FIELD, "validation_bits", "section-valid", text, err);
}

/* Validation bits that the presence of a field does not set. */
static int finish_bits(struct draft *d, struct ras_err *err)
{
	const struct cper_table *t = &d->type->table;
	uint64_t bits = d->add_bits;
	char text[24];

	if (!d->add_bits || json_object_object_get_ex(d->fields, "validation_bits", NULL))
		return 0;
	for (size_t i = 0; i < t->nr_fields; i++)
		if (t->fields[i].valid_bit >= 0 && !(d->drop_bits >> t->fields[i].valid_bit & 1) &&
		    json_object_object_get_ex(d->fields, t->fields[i].name, NULL))
			bits |= UINT64_C(1) << t->fields[i].valid_bit;
	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)bits);
	return draft_set(d, TO_FIELD, "validation_bits", "section-valid", text, err);
}

int special_finish(struct draft *d, struct ras_err *err)
{
	const char *kind = d->type ? d->type->kind : "unknown";
	uint32_t severity = 0;
	char hex[2 * sizeof(d->aer) + 1];
	int r = 0;

	while (severity < CPER_SEV_INFO && strcmp(cper_severity_name(severity), d->severity) != 0)
		severity++;
	draft_set_header(d, "error_severity", severity);
	if (!d->type && (!json_object_object_get_ex(d->header, "section_type", NULL) ||
			 !json_object_object_get_ex(d->section, "data", NULL))) {
		ras_fail(err, RAS_E_PARAMS, "a vendor's section needs a type and data");
		return ras_hint(err, "give --guid and --data");
	}
	if (d->has_aer) {
		if (!le32(d->aer))
			/* capability 1, version 2, no next capability */
			le_store(d->aer, 4, 0x00020001);
		hex_encode(d->aer, sizeof(d->aer), hex);
		json_object_object_add(d->fields, "aer_info", json_object_new_string(hex));
	}
	if (!strncmp(kind, "mem", 3))
		r = finish_memory(d, err);
	else if (!strcmp(kind, "proc_arm"))
		r = finish_arm(d, err);
	else if (!strcmp(kind, "proc_ia"))
		r = finish_x86(d, err);
	if (r == 0 && d->type)
		r = finish_bits(d, err);
	return r;
}
