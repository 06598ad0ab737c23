// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * --port: a device by the id that QEMU has for it (libvirt's alias). A record names it by the place
 * that the guest has given it, so rasd is asked for that place just before. rasd looks once more
 * when it sends the record, and refuses it if no such device is there any more.
 */
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "cli/rpc/client.h"
#include "cli/rpc/domain.h"
#include "cli/show/out.h"
#include "cli/verbs/inject/inject.h"
#include "json/json.h"

#define SHOWN_MAX 6 /* devices that the hint names */

static int no_such_port(const struct inject_options *in, json_object *devices, struct ras_err *err)
{
	size_t n = json_length(devices), len = 0;
	char names[200] = "";

	ras_fail(err, RAS_E_NOT_FOUND, "%.60s has no device \"%.60s\" that takes errors",
		 in->domain, in->port);
	for (size_t i = 0; i < n && i < SHOWN_MAX && len < sizeof(names); i++) {
		json_object *d = json_object_array_get_idx(devices, i);

		len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%.40s (%.16s)",
					i ? ", " : "", member_str(d, "id", "?"),
					member_str(d, "bdf", "?"));
	}
	return ras_hint(err, "%s", n ? names : "'rasctl explain' says why");
}

int inject_port(const struct options *o, const struct inject_options *in, char bdf[INJECT_BDF_SIZE],
		struct ras_err *err)
{
	json_object *params = json_object_new_object(), *devices;
	_json_ json_object *guest = NULL;
	int r;

	json_object_object_add(params, "domain", json_object_new_string(in->domain));
	r = client_ask(o->socket, "domain.explain", params, &guest, err);
	if (r < 0)
		return r;
	devices = member_of(guest, "devices", json_type_array);
	for (size_t i = 0; i < json_length(devices); i++) {
		json_object *d = json_object_array_get_idx(devices, i);

		if (strcmp(member_str(d, "id", ""), in->port) == 0) {
			snprintf(bdf, INJECT_BDF_SIZE, "%s", member_str(d, "bdf", ""));
			return 0;
		}
	}
	return no_such_port(in, devices, err);
}
