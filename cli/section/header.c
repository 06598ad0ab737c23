// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Options of the section's header and of the block, and overrides of validation bits: severity,
 * flags, time, FRU, status, raw data.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/le.h"
#include "base/num.h"
#include "cli/section/draft.h"
#include "json/json.h"

int special_severity(struct draft *d, const char *arg, struct ras_err *err)
{
	uint32_t n = 0;

	while (n <= CPER_SEV_INFO && strcmp(cper_severity_name(n), arg) != 0)
		n++;
	if (n > CPER_SEV_INFO) {
		ras_fail(err, RAS_E_PARAMS, "no such severity: %.40s", arg);
		for (n = 0; n <= CPER_SEV_INFO; n++)
			value_hint(err, "one of ", cper_severity_name(n));
		return -RAS_E_PARAMS;
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
		draft_set_header(d, "flags", n);
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
		draft_set_header(d, "validation_bits", n);
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

uint8_t draft_bcd(unsigned int n)
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
	b[0] = draft_bcd((unsigned int)tm.tm_sec);
	b[1] = draft_bcd((unsigned int)tm.tm_min);
	b[2] = draft_bcd((unsigned int)tm.tm_hour);
	b[3] = d->precise;
	b[4] = draft_bcd((unsigned int)tm.tm_mday);
	b[5] = draft_bcd((unsigned int)(tm.tm_mon + 1));
	b[6] = draft_bcd((unsigned int)((tm.tm_year + 1900) % 100));
	b[7] = draft_bcd((unsigned int)((tm.tm_year + 1900) / 100));
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
