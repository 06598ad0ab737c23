// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Options whose value is more than one field: addresses of devices, AER, time, overrides of
 * validation bits.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "cper/le.h"
#include "json/json.h"
#include "section_draft.h"

#define PAGE_MASK_4K ~UINT64_C(0xfff)

static void set_header(struct draft *d, const char *name, uint64_t n)
{
	json_object_object_add(d->header, name, json_object_new_uint64(n));
}

int special_severity(struct draft *d, const char *arg, struct ras_err *err)
{
	uint32_t n = 0;

	while (n <= CPER_SEV_INFO && strcmp(cper_severity_name(n), arg) != 0)
		n++;
	if (n > CPER_SEV_INFO) {
		ras_fail(err, RAS_E_PARAMS, "no such severity: %.40s", arg);
		return ras_hint(err, "corrected, recoverable, fatal or info");
	}
	d->severity = arg;
	return 0;
}

static const struct cper_bits entry_flags[] = {
	{ "primary", 0, 1, CPER_NO_BIT, NULL },
	{ "containment_warning", 1, 1, CPER_NO_BIT, NULL },
	{ "reset", 2, 1, CPER_NO_BIT, NULL },
	{ "threshold_exceeded", 3, 1, CPER_NO_BIT, NULL },
	{ "resource_not_accessible", 4, 1, CPER_NO_BIT, NULL },
	{ "latent_error", 5, 1, CPER_NO_BIT, NULL },
	{ "propagated", 6, 1, CPER_NO_BIT, NULL },
	{ "overflow", 7, 1, CPER_NO_BIT, NULL },
	{ .name = NULL },
};

int special_flags(struct draft *d, const char *arg, struct ras_err *err)
{
	uint64_t n = 0;
	int r = value_number("flags", arg, NULL, entry_flags, 0xff, &n, err);

	if (r == 0)
		set_header(d, "flags", n);
	return r;
}

static const struct cper_bits entry_valid[] = {
	{ "fru_id", 0, 1, CPER_NO_BIT, NULL },
	{ "fru_text", 1, 1, CPER_NO_BIT, NULL },
	{ "timestamp", 2, 1, CPER_NO_BIT, NULL },
	{ .name = NULL },
};

int special_entry_valid(struct draft *d, const char *arg, struct ras_err *err)
{
	uint64_t n = 0;
	int r = value_number("entry-valid", arg, NULL, entry_valid, 0xff, &n, err);

	if (r == 0)
		set_header(d, "validation_bits", n);
	return r;
}

static const struct cper_bits block_status[] = {
	{ "uncorrectable", 0, 1, CPER_NO_BIT, NULL },
	{ "correctable", 1, 1, CPER_NO_BIT, NULL },
	{ "multiple_uncorrectable", 2, 1, CPER_NO_BIT, NULL },
	{ "multiple_correctable", 3, 1, CPER_NO_BIT, NULL },
	{ .name = NULL },
};

int special_block_status(struct draft *d, const char *arg, struct ras_err *err)
{
	uint64_t n = 0;
	int r = value_number("block-status", arg, NULL, block_status, UINT32_MAX, &n, err);

	if (r == 0)
		json_object_object_add(d->block, "block_status", json_object_new_uint64(n));
	return r;
}

int special_raw_data(struct draft *d, const char *arg, struct ras_err *err)
{
	uint8_t bytes[1024];
	char hex[2 * sizeof(bytes) + 1];
	size_t len;
	int r = value_bytes("raw-data", arg, 1, bytes, sizeof(bytes), &len, err);

	if (r < 0)
		return r;
	hex_encode(bytes, len, hex);
	json_object_object_add(d->block, "raw_data", json_object_new_string(hex));
	return 0;
}

static uint8_t bcd(int n)
{
	return (uint8_t)(n / 10 % 10 << 4 | n % 10);
}

int special_timestamp(struct draft *d, const char *arg, struct ras_err *err)
{
	time_t now = time(NULL);
	struct tm tm = { 0 };
	uint8_t b[8];
	char hex[17];
	const char *end;

	if (!strcmp(arg, "now")) {
		gmtime_r(&now, &tm);
	} else {
		end = strptime(arg, "%Y-%m-%d %H:%M:%S", &tm);
		if (!end || *end || tm.tm_sec > 59 || tm.tm_year < -1900 ||
		    tm.tm_year > 9999 - 1900) {
			ras_fail(err, RAS_E_PARAMS, "--timestamp cannot be \"%.40s\"", arg);
			return ras_hint(err, "now, or YYYY-MM-DD HH:MM:SS");
		}
	}
	b[0] = bcd(tm.tm_sec);
	b[1] = bcd(tm.tm_min);
	b[2] = bcd(tm.tm_hour);
	b[3] = d->precise;
	b[4] = bcd(tm.tm_mday);
	b[5] = bcd(tm.tm_mon + 1);
	b[6] = bcd((tm.tm_year + 1900) % 100);
	b[7] = bcd((tm.tm_year + 1900) / 100);
	hex_encode(b, sizeof(b), hex);
	json_object_object_add(d->header, "timestamp", json_object_new_string(hex));
	return 0;
}

/* May come before or after --timestamp. */
int special_precise(struct draft *d, const char *arg, struct ras_err *err)
{
	json_object *v;
	char hex[17];

	(void)arg;
	(void)err;
	d->precise = true;
	if (!json_object_object_get_ex(d->header, "timestamp", &v))
		return 0;
	snprintf(hex, sizeof(hex), "%s", json_object_get_string(v));
	hex[7] = '1';
	json_object_object_add(d->header, "timestamp", json_object_new_string(hex));
	return 0;
}

/* Bits of a validation_bits field, from a number or from names of the table's fields. */
static int valid_bits(const char *opt, const char *arg, const struct cper_table *t, uint64_t *out,
		      struct ras_err *err)
{
	struct cper_bits names[33] = { { 0 } };
	size_t n = 0;

	for (size_t i = 0; t && i < t->nr_fields && n < ARRAY_LEN(names) - 1; i++)
		if (t->fields[i].valid_bit >= 0)
			names[n++] = (struct cper_bits){ t->fields[i].name,
							 (uint8_t)t->fields[i].valid_bit, 1,
							 CPER_NO_BIT, NULL };
	return value_number(opt, arg, NULL, names, UINT64_MAX, out, err);
}

int special_section_valid(struct draft *d, const char *arg, struct ras_err *err)
{
	uint64_t n = 0;
	char text[24];
	int r;

	if (!d->type || d->type->table.valid_field < 0)
		return ras_fail(err, RAS_E_PARAMS, "type %s has no validation bits", d->word);
	r = valid_bits("section-valid", arg, &d->type->table, &n, err);
	if (r < 0)
		return r;
	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)n);
	return draft_set(d, TO_FIELD, "validation_bits", "section-valid", text, err);
}

int special_error_valid(struct draft *d, const char *arg, struct ras_err *err)
{
	const struct cper_table *t = NULL;
	uint64_t n = 0;
	char text[24];
	int r;

	for (size_t i = 0; i < d->type->nr_parts; i++)
		if (!strcmp(d->type->parts[i].name, "error_info"))
			t = d->type->parts[i].table;
	r = valid_bits("error-valid", arg, t, &n, err);
	if (r < 0)
		return r;
	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)n);
	return draft_set(d, TO_ERROR, "validation_bits", "error-valid", text, err);
}

int special_set(struct draft *d, const char *arg, struct ras_err *err)
{
	enum target_where where = TO_FIELD;
	const char *eq = strchr(arg, '=');
	char name[64];

	if (!strncmp(arg, "error.", 6))
		where = TO_ERROR;
	else if (!strncmp(arg, "context.", 8))
		where = TO_CONTEXT;
	arg += where == TO_ERROR ? 6 : where == TO_CONTEXT ? 8 : 0;
	if (!eq || eq - arg <= 0 || (size_t)(eq - arg) >= sizeof(name))
		return ras_fail(err, RAS_E_PARAMS, "--set takes FIELD=VALUE");
	snprintf(name, sizeof(name), "%.*s", (int)(eq - arg), arg);
	return draft_set(d, where, name, name, eq + 1, err);
}

/*
 * ARM: the address goes into the error structure, but if the address is all there is, no error
 * structure is made for it.
 */
int special_gpa(struct draft *d, const char *arg, struct ras_err *err)
{
	return draft_set(d, TO_ERROR, "physical_fault_address", "gpa", arg, err);
}

static int bank(struct draft *d, const char *opt, const char *arg, uint64_t max, unsigned int shift,
		uint64_t bit, struct ras_err *err)
{
	json_object *v;
	uint64_t n = 0, old = 0;
	int r = value_number(opt, arg, NULL, NULL, max, &n, err);

	if (r < 0)
		return r;
	if (json_object_object_get_ex(d->fields, "bank", &v)) {
		if (!(d->add_bits & (CPER_MEM_VALID_BANK_GROUP | CPER_MEM_VALID_BANK_ADDRESS)))
			return ras_fail(err, RAS_E_PARAMS,
					"--%s is used instead of --bank, not with it", opt);
		old = json_object_get_uint64(v);
	}
	d->add_bits |= bit;
	d->drop_bits |= CPER_MEM_VALID_BANK;
	return draft_set_number(d, "bank", old | n << shift, err);
}

int special_bank_group(struct draft *d, const char *arg, struct ras_err *err)
{
	return bank(d, "bank-group", arg, 0xff, 8, CPER_MEM_VALID_BANK_GROUP, err);
}

int special_bank_address(struct draft *d, const char *arg, struct ras_err *err)
{
	return bank(d, "bank-address", arg, 0xff, 0, CPER_MEM_VALID_BANK_ADDRESS, err);
}

/* "extended" holds bits of the row and the chip id. Each has its own validation bit. */
static int extended(struct draft *d, uint64_t n, uint64_t bit, struct ras_err *err)
{
	json_object *v;

	if (json_object_object_get_ex(d->fields, "extended", &v))
		n |= json_object_get_uint64(v);
	d->add_bits |= bit;
	d->drop_bits |= CPER_MEM_VALID_EXTENDED;
	return draft_set_number(d, "extended", n, err);
}

int special_row(struct draft *d, const char *arg, struct ras_err *err)
{
	uint64_t n = 0;
	int r = value_number("row", arg, NULL, NULL, 0x3ffff, &n, err);

	if (r == 0 && n > 0xffff)
		r = extended(d, n >> 16, CPER_MEM_VALID_EXTENDED, err);
	return r < 0 ? r : draft_set_number(d, "row", n & 0xffff, err);
}

int special_chip_id(struct draft *d, const char *arg, struct ras_err *err)
{
	uint64_t n = 0;
	int r = value_number("chip-id", arg, NULL, NULL, 7, &n, err);

	return r < 0 ? r : extended(d, n << 5, CPER_MEM_VALID_CHIP_ID, err);
}

int special_running(struct draft *d, const char *arg, struct ras_err *err)
{
	(void)arg;
	return draft_set_number(d, "running_state", 1, err);
}

int special_stopped(struct draft *d, const char *arg, struct ras_err *err)
{
	(void)arg;
	return draft_set_number(d, "running_state", 0, err);
}

static int set_registers(struct draft *d, const uint8_t *bytes, size_t len, struct ras_err *err)
{
	static char hex[2 * 4096 + 1];

	if (!d->context) {
		ras_fail(err, RAS_E_PARAMS, "--registers without a context");
		return ras_hint(err, "give --context TYPE before it");
	}
	hex_encode(bytes, len, hex);
	json_object_object_add(d->context_element, "registers", json_object_new_string(hex));
	return 0;
}

int special_registers(struct draft *d, const char *arg, struct ras_err *err)
{
	static uint8_t bytes[4096];
	size_t len;
	int r = value_bytes("registers", arg, 8, bytes, sizeof(bytes), &len, err);

	return r < 0 ? r : set_registers(d, bytes, len, err);
}

int special_context_size(struct draft *d, const char *arg, struct ras_err *err)
{
	static uint8_t bytes[4096];
	json_object *v = NULL;
	uint64_t n = 0;
	size_t len = 0;
	int r = value_number("context-size", arg, NULL, NULL, sizeof(bytes) / 8, &n, err);

	if (r < 0)
		return r;
	memset(bytes, 0, sizeof(bytes));
	if (d->context && json_object_object_get_ex(d->context_element, "registers", &v))
		hex_decode(json_object_get_string(v), (size_t)json_object_get_string_len(v), bytes,
			   sizeof(bytes), &len, NULL);
	return set_registers(d, bytes, len > n * 8 ? len : (size_t)n * 8, err);
}

int special_bdf(struct draft *d, const char *arg, struct ras_err *err)
{
	unsigned int seg = 0, bus, dev, fn;
	char end;
	int r;

	if (sscanf(arg, "%4x:%2x:%2x.%1x%c", &seg, &bus, &dev, &fn, &end) != 4 &&
	    (seg = 0, sscanf(arg, "%2x:%2x.%1x%c", &bus, &dev, &fn, &end) != 3))
		goto bad;
	if (dev > 31 || fn > 7)
		goto bad;
	if (!strcmp(d->type->kind, "cxl_prot"))
		return draft_set_number(d, "agent_address",
					fn | dev << 8 | bus << 16 | (uint64_t)seg << 24, err);
	r = draft_set_number(d, "segment", seg, err);
	if (r == 0)
		r = draft_set_number(d, "bus", bus, err);
	if (r == 0)
		r = draft_set_number(d, "device", dev, err);
	return r < 0 ? r : draft_set_number(d, "function", fn, err);
bad:
	ras_fail(err, RAS_E_PARAMS, "--bdf cannot be \"%.40s\"", arg);
	return ras_hint(err, "as lspci writes it: 0000:01:00.0");
}

int special_slot(struct draft *d, const char *arg, struct ras_err *err)
{
	uint64_t n = 0;
	int r = value_number("slot", arg, NULL, NULL, 0x1fff, &n, err);

	return r < 0 ? r : draft_set_number(d, "slot", n << 3, err);
}

int special_class_code(struct draft *d, const char *arg, struct ras_err *err)
{
	uint64_t n = 0;
	int r = value_number("class-code", arg, NULL, NULL, 0xffffff, &n, err);

	return r < 0 ? r : draft_set_number(d, "class_code", n, err);
}

int special_pcie_version(struct draft *d, const char *arg, struct ras_err *err)
{
	unsigned int major, minor;
	char end;
	int r;

	if (sscanf(arg, "%2u.%2u%c", &major, &minor, &end) != 2) {
		ras_fail(err, RAS_E_PARAMS, "--pcie-version cannot be \"%.40s\"", arg);
		return ras_hint(err, "two numbers, such as 3.1");
	}
	r = draft_set_number(d, "version_major", bcd((int)major), err);
	return r < 0 ? r : draft_set_number(d, "version_minor", bcd((int)minor), err);
}

/*
 * Names of uncorrectable and correctable errors. Each goes into its register of the AER capability.
 */
static int aer(struct draft *d, const char *opt, const char *arg, unsigned int uncorrectable,
	       unsigned int correctable, struct ras_err *err)
{
	const struct cper_field *sub =
		d->type->table.fields[cper_field_index(&d->type->table, "aer_info")].sub;
	const struct cper_bits *bits[2] = { NULL, NULL };
	unsigned int at[2] = { uncorrectable, correctable };
	_free_ char *copy = strdup(arg);
	char *rest = copy, *name;
	int r;

	for (; sub && sub->name; sub++) {
		if (sub->offset == CPER_AER_UNCORRECTABLE_STATUS)
			bits[0] = sub->bits;
		if (sub->offset == CPER_AER_CORRECTABLE_STATUS)
			bits[1] = sub->bits;
	}
	d->has_aer = true;
	while (copy && (name = strsep(&rest, ",")) != NULL) {
		uint64_t n = 0;
		size_t i;

		r = -1;
		for (i = 0; r < 0 && i < 2; i++)
			if (at[i] && bits[i])
				r = value_number(opt, name, NULL, bits[i], UINT32_MAX, &n, NULL);
		if (r < 0) {
			ras_fail(err, RAS_E_PARAMS, "--%s: no AER error \"%.40s\"", opt, name);
			for (i = 0; i < 2; i++)
				for (const struct cper_bits *b = bits[i]; at[i] && b && b->name;
				     b++) {
					size_t len = strlen(err->hint);

					snprintf(err->hint + len, sizeof(err->hint) - len, "%s%s",
						 len ? ", " : "one of ", b->name);
				}
			return -RAS_E_PARAMS;
		}
		le_store(d->aer + at[i - 1], 4, le32(d->aer + at[i - 1]) | n);
	}
	return 0;
}

int special_aer(struct draft *d, const char *arg, struct ras_err *err)
{
	return aer(d, "aer", arg, CPER_AER_UNCORRECTABLE_STATUS, CPER_AER_CORRECTABLE_STATUS, err);
}

int special_aer_mask(struct draft *d, const char *arg, struct ras_err *err)
{
	return aer(d, "aer-mask", arg, CPER_AER_UNCORRECTABLE_MASK, CPER_AER_CORRECTABLE_MASK, err);
}

int special_aer_severity(struct draft *d, const char *arg, struct ras_err *err)
{
	return aer(d, "aer-severity", arg, CPER_AER_UNCORRECTABLE_SEVERITY, 0, err);
}

int special_tlp_header(struct draft *d, const char *arg, struct ras_err *err)
{
	size_t len;
	int r = value_bytes("tlp-header", arg, 4, d->aer + CPER_AER_HEADER_LOG, 16, &len, err);

	if (r == 0 && len != 16)
		return ras_fail(err, RAS_E_PARAMS, "--tlp-header takes four double words");
	d->has_aer = true;
	return r;
}

/* A number, or (since revision 2) a GUID. */
int special_record_id(struct draft *d, const char *arg, struct ras_err *err)
{
	if (strlen(arg) != CPER_GUID_TEXT_SIZE - 1)
		return draft_set(d, TO_FIELD, "record_identifier", "record-id", arg, err);
	if (!json_object_object_get_ex(d->fields, "revision", NULL))
		json_object_object_add(d->fields, "revision", json_object_new_int(2));
	return draft_set(d, TO_FIELD, "record_id_guid", "record-id", arg, err);
}

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
	set_header(d, "error_severity", severity);
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
