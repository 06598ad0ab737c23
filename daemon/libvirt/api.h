// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libvirt's client library, loaded when it is first needed: a host without libvirtd, or a guest
 * reached by QEMU's own socket, does not pay for it in memory. Types and prototypes are libvirt's
 * own headers.
 */
#pragma once

#include <libvirt/libvirt-qemu.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include <stdbool.h>

#include "base/err.h"

/* clang-format off */
#define LIBVIRT_FUNCTIONS(F) \
	F(virConnectClose) \
	F(virConnectDomainEventDeregisterAny) \
	F(virConnectDomainEventRegisterAny) \
	F(virConnectGetLibVersion) \
	F(virConnectIsAlive) \
	F(virConnectListAllDomains) \
	F(virConnectOpenAuth) \
	F(virConnectOpenReadOnly) \
	F(virConnectRegisterCloseCallback) \
	F(virConnectSetKeepAlive) \
	F(virConnectUnregisterCloseCallback) \
	F(virDomainDefineXML) \
	F(virDomainFree) \
	F(virDomainGetConnect) \
	F(virDomainGetID) \
	F(virDomainGetJobInfo) \
	F(virDomainGetName) \
	F(virDomainGetState) \
	F(virDomainGetUUID) \
	F(virDomainGetXMLDesc) \
	F(virDomainIsActive) \
	F(virDomainIsPersistent) \
	F(virDomainLookupByUUID) \
	F(virDomainRef) \
	F(virDomainSetMetadata) \
	F(virEventRegisterDefaultImpl) \
	F(virEventRunDefaultImpl) \
	F(virGetLastError) \
	F(virInitialize) \
	F(virResetLastError) \
	F(virSetErrorFunc)
/* clang-format on */

#define LIBVIRT_QEMU_FUNCTIONS(F) F(virDomainQemuMonitorCommand)

#define LIBVIRT_MEMBER(f) __typeof__(f) *f;
struct libvirt_api {
	LIBVIRT_FUNCTIONS(LIBVIRT_MEMBER)
	LIBVIRT_QEMU_FUNCTIONS(LIBVIRT_MEMBER)
};

/* Valid after libvirt_load(); the same for all threads. */
extern struct libvirt_api lv;

/*
 * Load and initialise the library and route its messages to the log, once; later calls are free.
 * RAS_E_NOT_CAPABLE where it is not installed. From the watcher's thread only, before any other
 * uses lv.
 */
int libvirt_load(struct ras_err *err);

/*
 * What this thread's last failed libvirt call said, as an error: never lost, never empty. Returns
 * -code.
 */
int libvirt_error(struct ras_err *err, const char *what);

/*
 * What libvirt says on this thread is nobody's return value (its event loop): it goes to the log as
 * a warning.
 */
void libvirt_thread_has_no_caller(void);

/* True where the failure means that this user may not, as opposed to that it is not there. */
bool libvirt_error_is_permission(void);

/*
 * A connection (release with virConnectClose) or NULL; read-only of a "socket=PATH" URI is PATH-ro.
 * May block.
 */
virConnectPtr libvirt_connect(const char *uri, bool read_only);
