// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Redfish: a LogEntry carries the CPER as DiagnosticData of type CPER (UEFI's record form in
 * base64) and its notification type. Redfish has no names for a section's fields. The types of the
 * sections are under Oem.
 */
#include "base/cleanup.h"
#include "base/num.h"
#include "base/le.h"
#include "cperjson/cperjson.h"
#include "cperjson/export.h"

int cperjson_as_record(const void *buf, size_t len, const uint8_t **record, size_t *record_len,
		       uint8_t **owned, struct cper_err *cerr)
{
	struct cper_err err = { 0 };
	uint8_t *p;

	if (cper_is_record(buf, len)) {
		*record = buf;
		*record_len = len;
		return 0;
	}
	if (!cper_record_from_block(buf, len, NULL, NULL, 0, record_len, &err) ||
	    err.code != CPER_NO_SPACE) {
		if (cerr)
			*cerr = err;
		return -1;
	}
	p = malloc(err.offset);
	if (!p || cper_record_from_block(buf, len, NULL, p, err.offset, record_len, &err) < 0) {
		free(p);
		if (cerr)
			*cerr = err;
		return -1;
	}
	*record = *owned = p;
	return 0;
}

json_object *cperjson_base64(const uint8_t *p, size_t n)
{
	_free_ char *text = malloc(b64_size(n));

	if (!text)
		return NULL;
	b64_encode(p, n, text);
	return json_object_new_string(text);
}

json_object *cperjson_guid(const uint8_t *p)
{
	char text[CPER_GUID_TEXT_SIZE];
	struct cper_guid g;

	memcpy(g.b, p, sizeof(g.b));
	cper_guid_format(&g, text);
	return json_object_new_string(text);
}

int cperjson_redfish(const void *buf, size_t len, json_object **out, struct cper_err *cerr)
{
	static const char *const severities[] = { "OK", "OK", "Warning", "Critical" };
	json_object *o, *cper, *oem, *rasd, *types;
	_free_ uint8_t *owned = NULL;
	const uint8_t *record;
	struct cper_record_view check, v;
	struct cper_entry e;
	size_t n;
	int r;

	if (cperjson_as_record(buf, len, &record, &n, &owned, cerr) < 0 ||
	    cper_record_view_init(&v, record, n, cerr) < 0)
		return -1;
	check = v;
	types = json_object_new_array();
	while ((r = cper_record_view_next(&check, &e, cerr)) > 0)
		json_object_array_add(types, cperjson_guid(e.section_type.b));
	if (r < 0) {
		json_object_put(types);
		return -1;
	}
	o = json_object_new_object();
	cper = json_object_new_object();
	oem = json_object_new_object();
	rasd = json_object_new_object();
	json_object_object_add(o, "EntryType", json_object_new_string("Event"));
	json_object_object_add(o, "Severity",
			       json_object_new_string(severities[cper_severity_rank(v.severity)]));
	json_object_object_add(cper, "NotificationType", cperjson_guid(record + 80));
	json_object_object_add(rasd, "SectionTypes", types);
	json_object_object_add(oem, "Rasd", rasd);
	json_object_object_add(cper, "Oem", oem);
	json_object_object_add(o, "CPER", cper);
	json_object_object_add(o, "DiagnosticDataType", json_object_new_string("CPER"));
	json_object_object_add(o, "DiagnosticData", cperjson_base64(record, v.total));
	*out = o;
	return 0;
}
