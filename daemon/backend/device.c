// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Problem: a record names a device by bus, device and function; QEMU's commands take its id. Rule:
 * QEMU is asked which devices of the right types have an id, and where each is now. Nothing is
 * kept: the guest numbers its buses itself, and may do it again. query-pci would tell all in one
 * answer, but that grows with every device and says no types.
 */
#include "backend/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "qmp/cmds.h"

#define SEEK_MAX 128 /* devices; libvirt's default machine has 15 root ports */

struct device_seek {
	device_seek_fn fn; /* NULL: dropped */
	void *arg;
	struct monitor *m;
	const char *const *types;
	uint16_t bdf;
	uint64_t bus; /* of the device that is looked at */
	char id[SEEK_MAX][QMP_ID_SIZE];
	size_t n, at;
	char seen[120]; /* where the others are, for people */
};

static bool is_type(const char *const types[DEVICE_TYPES_MAX], const char *type)
{
	for (size_t i = 0; i < DEVICE_TYPES_MAX && types[i]; i++)
		if (strcmp(types[i], type) == 0)
			return true;
	return false;
}

struct listed {
	const char *const *types;
	bool any;
};

static void see(void *arg, const char *id, const char *type)
{
	struct listed *l = arg;

	(void)id;
	l->any |= is_type(l->types, type);
}

bool device_listed(json_object *ret, const char *const types[DEVICE_TYPES_MAX])
{
	struct listed l = { .types = types };

	return qmp_parse_devices(ret, see, &l, NULL) == 0 && l.any;
}

void device_seek_drop(struct device_seek *k)
{
	if (k)
		k->fn = NULL;
}

static void finish(struct device_seek *k, const char *id, const struct ras_err *err)
{
	struct device_seek copy = { .fn = k->fn, .arg = k->arg };
	char found[QMP_ID_SIZE] = "";

	if (id)
		snprintf(found, sizeof(found), "%s", id);
	free(k);
	copy.fn(copy.arg, id ? found : NULL, err);
}

static void ask_next(struct device_seek *k);

/* False: the answer is of no use any more, and k is gone. */
static bool usable(struct device_seek *k, enum qmp_outcome o, const struct ras_err *said)
{
	struct ras_err err;

	if (!k->fn) {
		free(k);
		return false;
	}
	if (o == QMP_OK || o == QMP_ERROR)
		return true;
	ras_fail(&err, RAS_E_NOT_READY, "its devices are not known: %.160s", said->text);
	finish(k, NULL, &err);
	return false;
}

static void skip(struct device_seek *k)
{
	k->at++;
	ask_next(k);
}

static void on_function(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *said)
{
	struct device_seek *k = arg;
	size_t len = strlen(k->seen);
	uint64_t devfn;

	if (!usable(k, o, said))
		return;
	if (o == QMP_OK && qmp_parse_u64(ret, &devfn, NULL) == 0 && devfn < 256) {
		if ((k->bus << 8 | devfn) == k->bdf) {
			finish(k, k->id[k->at], NULL);
			return;
		}
		snprintf(k->seen + len, sizeof(k->seen) - len, "%s%02x:%02x.%x", len ? ", " : "",
			 (unsigned int)k->bus, (unsigned int)devfn >> 3, (unsigned int)devfn & 7);
	}
	skip(k);
}

static void ask_function(struct device_seek *k)
{
	struct ras_err err;

	if (k->bus > 255)
		skip(k);
	else if (qmp_cmd_device_get(k->m, k->id[k->at], "addr", on_function, k, &err) < 0)
		finish(k, NULL, &err);
}

/* A bus that is no other device's is the machine's own: number 0. */
static void on_parent(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *said)
{
	struct device_seek *k = arg;
	const char *path;

	if (!usable(k, o, said))
		return;
	k->bus = 0;
	if (o == QMP_OK && qmp_parse_string(ret, &path, NULL) == 0 &&
	    strcmp(path + strlen(path) - (strlen(path) < 7 ? 0 : 7), "/pcie.0") == 0)
		ask_function(k);
	else
		skip(k);
}

static void on_bus(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *said)
{
	struct device_seek *k = arg;
	struct ras_err err;

	if (!usable(k, o, said))
		return;
	if (o == QMP_ERROR) { /* before QEMU 9.2 */
		if (qmp_cmd_device_get(k->m, k->id[k->at], "parent_bus", on_parent, k, &err) < 0)
			finish(k, NULL, &err);
	} else if (qmp_parse_u64(ret, &k->bus, NULL) < 0) {
		skip(k);
	} else {
		ask_function(k);
	}
}

static void ask_next(struct device_seek *k)
{
	struct ras_err err;

	if (k->at < k->n) {
		if (qmp_cmd_device_get(k->m, k->id[k->at], "busnr", on_bus, k, &err) < 0)
			finish(k, NULL, &err);
		return;
	}
	ras_fail(&err, RAS_E_NOT_FOUND, "it has none at %02x:%02x.%x with an id of QEMU's%s%s",
		 k->bdf >> 8, k->bdf >> 3 & 31, k->bdf & 7, k->seen[0] ? "; there are " : "",
		 k->seen);
	finish(k, NULL, &err);
}

static void keep(void *arg, const char *id, const char *type)
{
	struct device_seek *k = arg;

	if (is_type(k->types, type) && k->n < SEEK_MAX)
		snprintf(k->id[k->n++], QMP_ID_SIZE, "%s", id);
}

static void on_devices(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *said)
{
	struct device_seek *k = arg;

	if (!usable(k, o, said))
		return;
	if (o == QMP_OK)
		qmp_parse_devices(ret, keep, k, NULL);
	ask_next(k);
}

int device_seek(struct device_seek **out, struct monitor *m,
		const char *const types[DEVICE_TYPES_MAX], uint16_t bdf, device_seek_fn fn,
		void *arg, struct ras_err *err)
{
	struct device_seek *k = calloc(1, sizeof(*k));
	int r;

	if (!k)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	*k = (struct device_seek){ .fn = fn, .arg = arg, .m = m, .types = types, .bdf = bdf };
	r = qmp_cmd_list_devices(m, on_devices, k, err);
	if (r < 0)
		free(k);
	else
		*out = k;
	return r;
}
