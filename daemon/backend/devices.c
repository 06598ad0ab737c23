// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The devices of a guest that backends of single devices serve. QEMU is asked once for all types;
 * which backend a device belongs to, its type says.
 */
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "backend/private.h"
#include "base/cleanup.h"
#include "guests/guest.h"

struct devices_asked {
	LIST_ENTRY(devices_asked) all;
	struct device_seek *seek;
	const char *types[DEVICE_TYPES_MAX];
	size_t n_types;
	backend_devices_fn fn;
	void *arg;
};

static const struct backend *backend_of_type(const char *type)
{
	const struct backend *b;

	for (size_t i = 0; (b = backend_at(i)); i++)
		for (const char *const *t = b->device_types; t && *t; t++)
			if (strcmp(*t, type) == 0)
				return b;
	return NULL;
}

/* a is gone then. */
static void finish(struct devices_asked *a, const struct backend_device *list, size_t n,
		   const struct ras_err *err)
{
	LIST_REMOVE(a, all);
	a->fn(a->arg, list, n, err);
	free(a);
}

static void on_list(void *arg, const struct device_place *place, size_t n_places,
		    const struct ras_err *err)
{
	_free_ struct backend_device *list = calloc(n_places ? n_places : 1, sizeof(*list));
	struct ras_err none;
	size_t n = 0;

	if (!list) {
		ras_fail(&none, RAS_E_NOMEM, "out of memory");
		err = &none;
	}
	for (size_t i = 0; !err && i < n_places; i++)
		if (place[i].placed)
			list[n++] =
				(struct backend_device){ backend_of_type(place[i].type),
							 place[i].id, place[i].type, place[i].bdf };
	finish(arg, list, n, err);
}

/* The types of the backends that can serve g, as many as there is room for. */
static void add_types(struct devices_asked *a, const struct guest *g)
{
	const struct backend *b;

	for (size_t i = 0; (b = backend_at(i)); i++)
		for (const char *const *t = b->device_types;
		     t && *t && b->probe(g, NULL) == 0 && a->n_types < DEVICE_TYPES_MAX; t++)
			a->types[a->n_types++] = *t;
}

void backends_devices(struct backends *bs, const struct guest *g, backend_devices_fn fn, void *arg)
{
	struct devices_asked *a = calloc(1, sizeof(*a));
	struct ras_err err;

	if (!a) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		fn(arg, NULL, 0, &err);
		return;
	}
	a->fn = fn;
	a->arg = arg;
	LIST_INSERT_HEAD(&bs->asked, a, all);
	add_types(a, g);
	if (!a->n_types || !guest_is_up(g))
		finish(a, NULL, 0, NULL);
	else if (device_list(&a->seek, g->link.mon, a->types, on_list, a, &err) < 0)
		finish(a, NULL, 0, &err);
}

void devices_end(struct backends *bs)
{
	struct devices_asked *a;
	struct ras_err err;

	ras_fail(&err, RAS_E_GONE, "rasd ends");
	while ((a = LIST_FIRST(&bs->asked))) {
		device_seek_drop(a->seek);
		finish(a, NULL, 0, &err);
	}
}
