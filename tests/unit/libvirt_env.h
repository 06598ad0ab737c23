// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * libvirt's client library with its "test" driver, which keeps domains in this process. That driver
 * has no QEMU, no close and few events: what is missing is said by the test, through the callbacks
 * that rasd registered.
 */
#pragma once

#include <dlfcn.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "libvirt/domains.h"
#include "libvirt/private.h"
#include "tests/unit/loop_turn.h"
#include "tests/unit/patience.h"

#define DRIVER "test:///default"
#define N_EVENTS 32

/*
 * The sanitizer of gcc 12 keeps a list of each thread's dynamic TLS. In the threads of libvirt that
 * list is garbage now and then, and the leak check at the end crashes on it.
 */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "intercept_tls_get_addr=0";
}

static struct event_base *base;
static struct conf conf;
static struct guests *gs;
static char dir[32], path[64];
static int listener;
static virConnectPtr mine;
static virDomainPtr dom;
/* What rasd registered, and the rest of the library. */
static virConnectDomainEventGenericCallback event_fn[N_EVENTS];
static virConnectCloseFunc close_fn;
static void *event_arg;
static bool refuse;
static virError refusal = { .code = VIR_ERR_AUTH_FAILED, .message = (char *)(uintptr_t) "no" };
static __typeof__(virGetLastError) *last_error;
static __typeof__(virConnectOpenAuth) *open_auth;
static __typeof__(virConnectDomainEventRegisterAny) *register_any;
static int (*dom_destroy)(virDomainPtr), (*dom_create)(virDomainPtr);

static inline int play_register(virConnectPtr c, virDomainPtr d, int id,
				virConnectDomainEventGenericCallback fn, void *arg,
				virFreeCallback ff)
{
	assert_in_range(id, 0, N_EVENTS - 1);
	event_fn[id] = fn;
	event_arg = arg;
	return register_any(c, d, id, fn, arg, ff);
}

static inline int play_register_close(virConnectPtr c, virConnectCloseFunc fn, void *arg,
				      virFreeCallback ff)
{
	(void)c, (void)arg, (void)ff;
	close_fn = fn;
	return 0;
}

static virConnectPtr play_open(const char *uri, virConnectAuthPtr auth, unsigned int flags)
{
	return refuse ? NULL : open_auth(uri, auth, flags);
}

static virErrorPtr play_error(void)
{
	return refuse ? &refusal : last_error();
}

static inline void no_log(int level, const char *line)
{
	(void)level, (void)line;
}

/* The library, and what no driver does. */
static inline int load(void **state)
{
	void *lib = dlopen("libvirt.so.0", RTLD_NOW);
	struct ras_err err;
	void *f;

	(void)state;
	if (!lib || libvirt_load(&err) < 0) {
		fprintf(stderr, "libvirt.so.0 is missing: lab/install-deps build\n");
		return -1;
	}
	f = dlsym(lib, "virDomainDestroy");
	memcpy(&dom_destroy, &f, sizeof(f));
	f = dlsym(lib, "virDomainCreate");
	memcpy(&dom_create, &f, sizeof(f));
	last_error = lv.virGetLastError;
	open_auth = lv.virConnectOpenAuth;
	register_any = lv.virConnectDomainEventRegisterAny;
	lv.virGetLastError = play_error;
	lv.virConnectOpenAuth = play_open;
	lv.virConnectDomainEventRegisterAny = play_register;
	lv.virConnectRegisterCloseCallback = play_register_close;
	log_set_sink(no_log);
	mine = libvirt_connect(DRIVER, false);
	return mine ? 0 : -1;
}

static inline bool until(bool (*fn)(void))
{
	for (int64_t end = patience_end_ns(); clock_boot_ns() < end && !fn(); usleep(500))
		loop_turn(base, EVLOOP_NONBLOCK);
	return fn();
}

static inline struct guest *guest(void)
{
	struct guest *g = NULL;

	guests_find(gs, "test", &g, NULL);
	return g;
}

static inline bool described(void)
{
	return guest() && guest_is_described(guest()) && guest()->dom.own->describing == 0;
}

static inline struct libvirt_manager *manager(void)
{
	return (struct libvirt_manager *)guests_manager(gs);
}

static inline bool up(void)
{
	return manager()->link == LIBVIRT_THERE;
}

static inline bool away(void)
{
	return manager()->link == LIBVIRT_AWAY;
}

static inline void begin(const char *driver, bool serve)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	strcpy(dir, "/tmp/test-libvirt-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sock", dir);
	strcpy(sa.sun_path, path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (serve)
		assert_int_equal(bind(listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
	base = event_base_new();
	conf_defaults(&conf);
	snprintf(conf.libvirt_uri, sizeof(conf.libvirt_uri), "%s?socket=%s", driver, path);
	assert_int_equal(guests_new(&gs, base, &conf, NULL), 0);
	assert_int_equal(libvirt_manager_new(gs, NULL), 0);
}

static inline int setup(void **state)
{
	(void)state;
	refuse = false;
	begin(DRIVER, true);
	if (!until(described) || !until(up))
		return -1;
	dom = lv.virDomainLookupByUUID(mine, guest()->dom.uuid.b);
	return dom ? 0 : -1;
}

static inline int teardown(void **state)
{
	(void)state;
	if (dom)
		lv.virDomainFree(dom);
	dom = NULL;
	guests_free(gs);
	event_base_free(base);
	close(listener);
	unlink(path);
	rmdir(dir);
	return 0;
}

static inline bool shows(const char *text)
{
	_json_ json_object *o = guests_libvirt_json(gs);

	return strstr(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
								JSON_C_TO_STRING_NOSLASHESCAPE),
		      text);
}
