// SPDX-License-Identifier: LGPL-2.1-or-later
#include "qmp/cxl.h"

#include <stdio.h>

#include "base/cleanup.h"
#include "qmp/cmds.h"
#include "qmp/device.h"
#include "qmp/send.h"

#define POISON_BYTES 64

static bool add_number(json_object *o, const char *name, uint64_t v)
{
	json_object *n = json_object_new_uint64(v);

	if (n && json_object_object_add(o, name, n) == 0)
		return true;
	json_object_put(n);
	return false;
}

static bool add_mask(json_object *o, const uint64_t mask[4])
{
	json_object *a = json_object_new_array();
	bool ok = a;

	for (size_t i = 0; ok && i < 4; i++) {
		json_object *n = json_object_new_uint64(mask[i]);

		ok = n && json_object_array_add(a, n) == 0;
	}
	if (ok && json_object_object_add(o, "correction-mask", a) == 0)
		return true;
	json_object_put(a);
	return false;
}

static bool add_path(json_object *o, const char *id)
{
	char path[QMP_DEVICE_PATH_SIZE];

	snprintf(path, sizeof(path), "/machine/peripheral/%s", id);
	return qmp_add_str(o, "path", path);
}

int qmp_cmd_cxl_event(struct monitor *m, const struct qmp_cxl_event *e, qmp_reply_fn fn, void *arg,
		      struct ras_err *err)
{
	_json_ json_object *args = json_object_new_object();
	bool ok = add_path(args, e->id) && qmp_add_str(args, "log", e->log);

	for (size_t i = 0; ok && i < e->n; i++)
		ok = add_number(args, e->number[i].name, e->number[i].value);
	if (ok && e->has_correction_mask)
		ok = add_mask(args, e->correction_mask);
	if (!ok)
		return ras_fail(err, RAS_E_NOMEM, "no memory for an event");
	return m->ops->exec(m, e->command, TAKE(args), MONITOR_CHANGE, QMP_CMD_TIMEOUT_MS, fn, arg,
			    err);
}

int qmp_cmd_cxl_poison(struct monitor *m, const char *id, uint64_t dpa, qmp_reply_fn fn, void *arg,
		       struct ras_err *err)
{
	_json_ json_object *args = json_object_new_object();

	if (!add_path(args, id) || !add_number(args, "start", dpa & ~UINT64_C(63)) ||
	    !add_number(args, "length", POISON_BYTES))
		return ras_fail(err, RAS_E_NOMEM, "no memory for poison");
	return m->ops->exec(m, "cxl-inject-poison", TAKE(args), MONITOR_CHANGE, QMP_CMD_TIMEOUT_MS,
			    fn, arg, err);
}
