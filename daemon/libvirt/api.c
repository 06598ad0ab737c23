// SPDX-License-Identifier: LGPL-2.1-or-later
#include "libvirt/api.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

struct libvirt_api lv;

static bool loaded;
static __thread bool no_caller;

/* The connection has ended: the watcher notices, and says it once. */
static bool is_loss(const virError *e)
{
	return e->domain == VIR_FROM_RPC || e->code == VIR_ERR_RPC ||
	       e->code == VIR_ERR_SYSTEM_ERROR;
}

/* libvirt calls this for every error of every thread. Most are some caller's to report. */
static void on_error(void *arg, virErrorPtr e)
{
	(void)arg;
	if (e && e->code != VIR_ERR_OK)
		log_limited(no_caller && !is_loss(e) ? LOG_WARNING : LOG_DEBUG, "libvirt",
			    "libvirt: %s", e->message ? e->message : "an error without text");
}

void libvirt_thread_has_no_caller(void)
{
	no_caller = true;
}

static int find(void *lib, const char *name, void *slot, struct ras_err *err)
{
	void *f = dlsym(lib, name);

	if (!f)
		return ras_fail(err, RAS_E_NOT_CAPABLE, "libvirt's client library has no %s", name);
	memcpy(slot, &f, sizeof(f));
	return 0;
}

#define LIBVIRT_FIND(f) \
	if (r == 0)     \
		r = find(lib, #f, &lv.f, err);

int libvirt_load(struct ras_err *err)
{
	void *lib, *qemu;
	int r = 0;

	if (loaded)
		return 0;
	lib = dlopen("libvirt.so.0", RTLD_NOW | RTLD_LOCAL);
	qemu = lib ? dlopen("libvirt-qemu.so.0", RTLD_NOW | RTLD_LOCAL) : NULL;
	if (!lib || !qemu) {
		ras_fail(err, RAS_E_NOT_CAPABLE, "libvirt's client library cannot be loaded: %s",
			 dlerror());
		return ras_hint(err, "install libvirt0, or set libvirt-uri = none in rasd.conf");
	}
	LIBVIRT_FUNCTIONS(LIBVIRT_FIND)
	lib = qemu;
	LIBVIRT_QEMU_FUNCTIONS(LIBVIRT_FIND)
	if (r < 0)
		return r;
	lv.virSetErrorFunc(NULL, on_error);
	/* The event loop must be there before the first connection, and is never changed. */
	if (lv.virInitialize() < 0 || lv.virEventRegisterDefaultImpl() < 0)
		return libvirt_error(err, "libvirt");
	loaded = true;
	return 0;
}

bool libvirt_error_is_permission(void)
{
	virErrorPtr e = lv.virGetLastError();

	switch (e ? e->code : 0) {
	case VIR_ERR_AUTH_FAILED:
	case VIR_ERR_AUTH_CANCELLED:
	case VIR_ERR_AUTH_UNAVAILABLE:
	case VIR_ERR_ACCESS_DENIED:
	case VIR_ERR_OPERATION_DENIED:
		return true;
	case VIR_ERR_SYSTEM_ERROR:
		return e->int1 == EACCES || e->int1 == EPERM;
	default:
		return false;
	}
}

int libvirt_error(struct ras_err *err, const char *what)
{
	virErrorPtr e = lv.virGetLastError();
	enum ras_code code = RAS_E_MONITOR;

	if (libvirt_error_is_permission())
		code = RAS_E_PERMISSION;
	else if (e && e->code == VIR_ERR_NO_DOMAIN)
		code = RAS_E_GONE;
	ras_fail(err, code, "%s: %.200s", what,
		 e && e->message ? e->message : "libvirt gave no reason");
	if (code == RAS_E_PERMISSION)
		ras_hint(err, "let rasd's user manage libvirt: polkit rule 60-rasd.rules, shown by "
			      "'man rasd' under LIBVIRT");
	return -(int)code;
}

virConnectPtr libvirt_connect(const char *uri, bool read_only)
{
	char ro[256];

	if (!read_only)
		return lv.virConnectOpenAuth(uri, NULL, 0);
	/* libvirt knows the read-only socket's name only where it chooses the socket itself. */
	snprintf(ro, sizeof(ro), "%s%s", uri,
		 strstr(uri, "socket=") && !strstr(uri, "-sock-ro") ? "-ro" : "");
	return lv.virConnectOpenReadOnly(ro);
}
