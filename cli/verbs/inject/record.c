// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasctl inject --record: one status block from a file in any form of lib/cperform.
 *
 * What rasd must judge goes to rasd as it is: raw bytes that are no sound block, and all of the
 * bytes with --malformed. Everything else must be one whole record here, because nobody wants a
 * half of what they pasted in a guest.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "cli/record/input.h"
#include "cli/show/out.h"
#include "cli/verbs/inject/inject.h"

#define MAX_RECORD 4096

static int put(json_object *params, const uint8_t *bytes, size_t len, struct ras_err *err)
{
	char hex[2 * MAX_RECORD + 1];

	if (!len || len > MAX_RECORD)
		return ras_fail(err, RAS_E_RECORD, "a record has 1 to %d bytes, not %zu",
				MAX_RECORD, len);
	hex_encode(bytes, len, hex);
	json_object_object_add(params, "record_hex", json_object_new_string(hex));
	return 0;
}

/* The record that is meant: the only one, or that of --index. */
static const struct found *choose(const struct inject_options *opt, const struct record_input *in,
				  struct ras_err *err)
{
	uint64_t want = opt->file.index ? opt->file.index : 1, n = 0;

	if (in->records > 1 && !opt->file.index) {
		ras_fail(err, RAS_E_PARAMS, "%.120s has %zu records", opt->record, in->records);
		ras_hint(err, "give --index N; rasctl decode shows them in their order");
		return NULL;
	}
	for (size_t i = 0; i < in->n; i++)
		if (found_record(&in->found[i]) && ++n == want)
			return &in->found[i];
	if (n)
		ras_fail(err, RAS_E_PARAMS, "%.120s has %zu records", opt->record, in->records);
	else
		ras_fail(err, RAS_E_RECORD, "no record was found in it, read as %s",
			 cperform_name(in->form));
	return NULL;
}

static int severity_of(const struct inject_options *opt)
{
	for (int i = 0; opt->severity && i < 4; i++)
		if (!strcmp(opt->severity, cper_severity_name((uint32_t)i)))
			return i;
	return -1;
}

static int put_found(const struct inject_options *opt, const struct found *f, json_object *params,
		     struct ras_err *err)
{
	uint8_t block[MAX_RECORD];
	size_t len;
	int r;

	if (opt->severity && (f->kind != FOUND_SECTION || f->severity >= 0))
		return ras_fail(err, RAS_E_PARAMS,
				"the record says its severity itself: --severity does not apply");
	r = found_block(f, severity_of(opt), block, sizeof(block), &len, err);
	if (r < 0)
		return r;
	if (f->kind == CPER_ITEM_RECORD)
		fprintf(stderr, "note: the sections of this UEFI record are sent as a status "
				"block\n");
	return put(params, block, len, err);
}

int inject_record(const struct inject_options *opt, json_object *params, struct ras_err *err)
{
	_input_ struct record_input in = { 0 };
	const struct found *f;
	int r = input_load(&in, &opt->file, opt->record, err);

	if (r < 0)
		return r;
	if (opt->malformed)
		return put(params, in.found[0].bytes, in.found[0].room, err);
	if (in.form == CPERFORM_RAW && !opt->file.index && in.records <= 1 &&
	    in.found[0].kind != CPER_ITEM_RECORD && in.found[0].kind != FOUND_SECTION &&
	    in.found[0].err.code)
		return put(params, in.in, in.in_len, err);
	f = choose(opt, &in, err);
	return f ? put_found(opt, f, params, err) : -err->code;
}
