// SPDX-License-Identifier: LGPL-2.1-or-later
/* Devices of a guest: QEMU's id, and the place on the PCI bus. */
#pragma once

#include "qmp/device.h"

#define DEVICE_TYPES_MAX 4

/* A device that has an id. */
struct device_place {
	char id[QMP_ID_SIZE], type[QMP_ID_SIZE];
	bool placed;  /* QEMU has said where it is */
	uint16_t bdf; /* bus, device and function as in a requester id */
};

struct device_seek;

/*
 * fn runs once, from the loop: the id of the device, or why there is none; RAS_E_NOT_FOUND: QEMU
 * has no device of these types with an id there, RAS_E_NOT_READY: QEMU did not answer.
 */
typedef void (*device_seek_fn)(void *arg, const char *id, const struct ras_err *err);

/* Whether the reply to qmp_cmd_list_devices() has a device of one of these types. */
bool device_listed(json_object *ret, const char *const types[DEVICE_TYPES_MAX]);

/*
 * Ask m which of its devices of one of these QOM types is at bdf. *out is valid until fn runs or
 * device_seek_drop(). On failure fn does not run.
 */
int device_seek(struct device_seek **out, struct monitor *m,
		const char *const types[DEVICE_TYPES_MAX], uint16_t bdf, device_seek_fn fn,
		void *arg, struct ras_err *err);

/* fn runs once, from the loop; list is borrowed for the call. err: RAS_E_NOT_READY. */
typedef void (*device_list_fn)(void *arg, const struct device_place *list, size_t n,
			       const struct ras_err *err);

/* Ask m for all of its devices of these types. *out and failure as with device_seek(). */
int device_list(struct device_seek **out, struct monitor *m,
		const char *const types[DEVICE_TYPES_MAX], device_list_fn fn, void *arg,
		struct ras_err *err);

/* fn will not run. NULL is fine. */
void device_seek_drop(struct device_seek *k);
