// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Problem: a record names a device by bus, device and function; QEMU's commands take its id, and
 * people know it by that id. Rule: QEMU is asked which devices of the right types have an id, and
 * where each is now. Nothing is kept: the guest numbers its buses itself, and may do it again.
 * query-pci would tell all in one answer, but that grows with every device and says no types.
 */
#include "backend/device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "qmp/cmds.h"

#define SEEK_MAX 128 /* devices; libvirt's default machine has 15 root ports */

struct device_seek {
	device_seek_fn fn;   /* with list NULL: dropped */
	device_list_fn list; /* of all; NULL: the one at bdf is sought */
	void *arg;
	struct monitor *m;
	const char *const *types;
	uint16_t bdf;
	uint64_t bus; /* of the device that is looked at */
	struct device_place place[SEEK_MAX];
	size_t n, at;
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
	if (k) {
		k->fn = NULL;
		k->list = NULL;
	}
}

/* Its answer is given, and k is gone. */
static void finish(struct device_seek *k, const char *id, const struct ras_err *err)
{
	if (k->list)
		k->list(k->arg, k->place, err ? 0 : k->n, err);
	else
		k->fn(k->arg, id, err);
	free(k);
}

static void ask_next(struct device_seek *k);

/* False: the answer is of no use any more, and k is gone. */
static bool usable(struct device_seek *k, enum qmp_outcome o, const struct ras_err *said)
{
	struct ras_err err;

	if (!k->fn && !k->list) {
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
	struct device_place *d;
	uint64_t devfn;

	if (!usable(k, o, said))
		return;
	if (o == QMP_OK && qmp_parse_u64(ret, &devfn, NULL) == 0 && devfn < 256) {
		d = &k->place[k->at];
		d->placed = true;
		d->bdf = (uint16_t)(k->bus << 8 | devfn);
		if (!k->list && d->bdf == k->bdf) {
			finish(k, d->id, NULL);
			return;
		}
	}
	skip(k);
}

static void ask_function(struct device_seek *k)
{
	struct ras_err err;

	if (k->bus > 255)
		skip(k);
	else if (qmp_cmd_device_get(k->m, k->place[k->at].id, "addr", on_function, k, &err) < 0)
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
		if (qmp_cmd_device_get(k->m, k->place[k->at].id, "parent_bus", on_parent, k, &err) <
		    0)
			finish(k, NULL, &err);
	} else if (qmp_parse_u64(ret, &k->bus, NULL) < 0) {
		skip(k);
	} else {
		ask_function(k);
	}
}

/* Where those are that were passed over, for people. */
static void say_places(const struct device_seek *k, char *out, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < k->n && len < size; i++) {
		const struct device_place *d = &k->place[i];

		if (d->placed)
			len += (size_t)snprintf(out + len, size - len, "%s%02x:%02x.%x (%s)",
						len ? ", " : "; there are ", d->bdf >> 8,
						d->bdf >> 3 & 31, d->bdf & 7, d->id);
	}
}

static void ask_next(struct device_seek *k)
{
	char others[120] = "";
	struct ras_err err;

	if (k->at < k->n) {
		if (qmp_cmd_device_get(k->m, k->place[k->at].id, "busnr", on_bus, k, &err) < 0)
			finish(k, NULL, &err);
		return;
	}
	if (k->list) {
		finish(k, NULL, NULL);
		return;
	}
	say_places(k, others, sizeof(others));
	ras_fail(&err, RAS_E_NOT_FOUND, "it has none at %02x:%02x.%x with an id of QEMU's%s",
		 k->bdf >> 8, k->bdf >> 3 & 31, k->bdf & 7, others);
	finish(k, NULL, &err);
}

static void keep(void *arg, const char *id, const char *type)
{
	struct device_seek *k = arg;
	struct device_place *d = &k->place[k->n];

	if (!is_type(k->types, type) || k->n == SEEK_MAX)
		return;
	snprintf(d->id, sizeof(d->id), "%s", id);
	snprintf(d->type, sizeof(d->type), "%s", type);
	k->n++;
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

static int seek(struct device_seek **out, const struct device_seek *how, struct ras_err *err)
{
	struct device_seek *k = malloc(sizeof(*k));
	int r;

	if (!k)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	*k = *how;
	r = qmp_cmd_list_devices(k->m, on_devices, k, err);
	if (r < 0)
		free(k);
	else
		*out = k;
	return r;
}

int device_seek(struct device_seek **out, struct monitor *m,
		const char *const types[DEVICE_TYPES_MAX], uint16_t bdf, device_seek_fn fn,
		void *arg, struct ras_err *err)
{
	struct device_seek how = { .fn = fn, .arg = arg, .m = m, .types = types, .bdf = bdf };

	return seek(out, &how, err);
}

int device_list(struct device_seek **out, struct monitor *m,
		const char *const types[DEVICE_TYPES_MAX], device_list_fn fn, void *arg,
		struct ras_err *err)
{
	struct device_seek how = { .list = fn, .arg = arg, .m = m, .types = types };

	return seek(out, &how, err);
}
