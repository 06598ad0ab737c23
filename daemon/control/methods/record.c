// SPDX-License-Identifier: LGPL-2.1-or-later
/* record.decode, record.encode: between bytes and the neutral JSON; no guest is touched. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "control/methods/methods.h"
#include "cper/scan.h"
#include "cperjson/cperjson.h"

/* One block or record and nothing but empty bytes behind it? decode says what is broken. */
static int only_record(const uint8_t *record, size_t len, struct cper_err *ce)
{
	static const struct cper_err several = {
		.code = CPER_NOT_A_RECORD, .what = "several records: ask for each of them alone"
	};
	struct cper_item item;
	struct cper_scan s;
	bool found = false;

	cper_scan_begin(&s, record, len);
	while (cper_scan_next(&s, &item)) {
		bool is = item.kind == CPER_ITEM_BLOCK || item.kind == CPER_ITEM_RECORD;

		if (is && found) {
			*ce = several;
			ce->offset = (uint32_t)item.offset;
			return -1;
		}
		found |= is;
		if (!found) {
			*ce = item.err;
			ce->code = CPER_NOT_A_RECORD;
			ce->what = ce->what ? ce->what : "no block and no record";
			return -1;
		}
	}
	return 0;
}

void rpc_record_decode(struct rpc_call *c, json_object *params)
{
	uint8_t record[65536];
	const char *hex = NULL;
	json_object *o = NULL;
	struct cper_err ce;
	struct ras_err err;
	size_t len;

	if (json_get_str(params, "record_hex", &hex, &err) < 0 ||
	    hex_decode(hex, strlen(hex), record, sizeof(record), &len, &err) < 0) {
		ras_field(&err, "record_hex");
		rpc_reply_error(c, &err);
		return;
	}
	if (only_record(record, len, &ce) < 0 || cperjson_decode(record, len, &o, &ce) < 0) {
		ras_fail(&err, RAS_E_RECORD, "%s at byte %u (entry %u): %s",
			 cper_code_name(ce.code), ce.offset, ce.entry, ce.what ? ce.what : "");
		ras_field(&err, "record_hex");
		rpc_reply_error(c, &err);
		return;
	}
	rpc_reply(c, o);
}

void rpc_record_encode(struct rpc_call *c, json_object *params)
{
	uint8_t record[65536];
	_free_ char *hex = NULL;
	json_object *in = NULL, *o;
	struct ras_err err;
	size_t len;

	if (json_get_obj(params, "record", &in, &err) < 0 ||
	    cperjson_encode(in, record, sizeof(record), &len, &err) < 0) {
		rpc_reply_error(c, &err);
		return;
	}
	hex = malloc(2 * len + 1);
	if (!hex) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		rpc_reply_error(c, &err);
		return;
	}
	hex_encode(record, len, hex);
	o = json_object_new_object();
	json_object_object_add(o, "record_hex", json_object_new_string(hex));
	json_object_object_add(o, "length", json_object_new_uint64(len));
	rpc_reply(c, o);
}
