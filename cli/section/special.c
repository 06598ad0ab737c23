// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Options whose value is more than one field of the section: banks, registers, addresses of
 * devices, AER.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/le.h"
#include "base/num.h"
#include "cli/section/draft.h"
#include "json/json.h"

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
	r = draft_set_number(d, "version_major", draft_bcd(major), err);
	return r < 0 ? r : draft_set_number(d, "version_minor", draft_bcd(minor), err);
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
				     b++)
					value_hint(err, "one of ", b->name);
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
