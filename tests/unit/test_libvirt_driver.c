// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The libvirt side with libvirt's own client library and its "test" driver, which keeps domains in
 * this process. That driver has no QEMU, no close and few events: what is missing is said by the
 * test, through the callbacks that rasd registered.
 */
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

static int play_register(virConnectPtr c, virDomainPtr d, int id,
			 virConnectDomainEventGenericCallback fn, void *arg, virFreeCallback ff)
{
	assert_in_range(id, 0, N_EVENTS - 1);
	event_fn[id] = fn;
	event_arg = arg;
	return register_any(c, d, id, fn, arg, ff);
}

static int play_register_close(virConnectPtr c, virConnectCloseFunc fn, void *arg,
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

static void no_log(int level, const char *line)
{
	(void)level, (void)line;
}

/* The library, and what no driver does. */
static int load(void **state)
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

static bool until(bool (*fn)(void))
{
	for (int64_t end = patience_end_ns(); clock_boot_ns() < end && !fn(); usleep(500))
		loop_turn(base, EVLOOP_NONBLOCK);
	return fn();
}

static struct guest *guest(void)
{
	struct guest *g = NULL;

	guests_find(gs, "test", &g, NULL);
	return g;
}

static bool described(void)
{
	return guest() && guest_is_described(guest()) && guest()->dom.own->describing == 0;
}

static struct libvirt_manager *manager(void)
{
	return (struct libvirt_manager *)guests_manager(gs);
}

static bool up(void)
{
	return manager()->link == LIBVIRT_THERE;
}

static bool away(void)
{
	return manager()->link == LIBVIRT_AWAY;
}

static void begin(const char *driver, bool serve)
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

static int setup(void **state)
{
	(void)state;
	refuse = false;
	begin(DRIVER, true);
	if (!until(described) || !until(up))
		return -1;
	dom = lv.virDomainLookupByUUID(mine, guest()->dom.uuid.b);
	return dom ? 0 : -1;
}

static int teardown(void **state)
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

static bool shows(const char *text)
{
	_json_ json_object *o = guests_libvirt_json(gs);

	return strstr(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
								JSON_C_TO_STRING_NOSLASHESCAPE),
		      text);
}

static void domains_are_listed(void **state)
{
	struct ras_err err;

	(void)state;
	assert_true(shows("\"connected\":true"));
	assert_true(shows("\"read_only\":false"));
	assert_true(guest()->dom.id > 0);
	assert_true(guest()->dom.facts.memory_bytes > 0);
	/* The driver has no QEMU, so there is no monitor; that is said. */
	assert_true(guest_why_down(guest(), &err) < 0);
	assert_int_equal(guests_find(gs, "none", &(struct guest *){ NULL }, &err),
			 -RAS_E_NO_DOMAIN);
}

static bool is_off(void)
{
	return guest() && guest()->dom.id < 0 && described();
}

static bool is_on(void)
{
	return guest() && guest()->dom.id > 0 && described();
}

static void it_ends_and_starts(void **state)
{
	(void)state;
	assert_int_equal(dom_destroy(dom), 0);
	assert_true(until(is_off));
	assert_int_equal(guest()->life.fate, FATE_ENDED);
	assert_int_equal(dom_create(dom), 0);
	assert_true(until(is_on));
}

static int n_allowed;
static struct ras_err allow_err;

static void on_allowed(void *arg, const struct ras_err *err)
{
	(void)arg;
	allow_err = err ? *err : RAS_ERR_NULL;
	n_allowed++;
}

static bool allowed(void)
{
	return n_allowed > 0;
}

static bool granted(void)
{
	return described() && guest_grant(guest()).target_max_severity == CONF_SEV_RECOVERABLE;
}

static void grants_are_stored(void **state)
{
	const struct conf_grant want = { .target_max_severity = CONF_SEV_RECOVERABLE };

	(void)state;
	n_allowed = 0;
	assert_int_equal(guest_allow(guest(), &want, NULL, NULL, &allow_err), 0);
	assert_int_equal(guest_allow(guest(), &want, on_allowed, NULL, &allow_err), 0);
	assert_true(until(allowed));
	if (allow_err.code)
		fail_msg("%s", allow_err.text);
	assert_true(until(granted));
	/* libvirt has it: another rasd reads the same. */
	guest()->dom.facts = (struct domain_facts){ 0 };
	describe(guest());
	assert_true(until(granted));
}

/* --- events that the driver does not have --- */

static void say(int event, int detail)
{
	struct libvirt_record rec = { .what = LIBVIRT_LIFECYCLE,
				      .uuid = guest()->dom.uuid,
				      .name = "test",
				      .number = { event, detail,
						  event == VIR_DOMAIN_EVENT_STOPPED ? -1 : 7 } };

	libvirt_on_event(manager(), &rec);
}

static void what_a_guest_goes_through(void **state)
{
	static const struct {
		int event, detail;
		enum guest_fate fate;
		const char *how;
	} t[] = {
		{ VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_SAVED, FATE_MOVED, "saved" },
		{ VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_RESTORED, FATE_MOVED, "" },
		{ VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_UNPAUSED, FATE_NONE, "" },
		{ VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_MIGRATED, FATE_MOVED,
		  "another host" },
		{ VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_MIGRATED, FATE_NONE, "" },
		{ VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_FROM_SNAPSHOT, FATE_MOVED,
		  "snapshot" },
		{ VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_FROM_SNAPSHOT, FATE_NONE, "" },
		{ VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_POSTCOPY, FATE_MOVED,
		  "another host" },
		{ VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_POSTCOPY, FATE_NONE, "" },
		{ VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_FROM_SNAPSHOT, FATE_MOVED,
		  "snapshot" },
		{ VIR_DOMAIN_EVENT_RESUMED, VIR_DOMAIN_EVENT_RESUMED_UNPAUSED, FATE_NONE, "" },
		{ VIR_DOMAIN_EVENT_SUSPENDED, VIR_DOMAIN_EVENT_SUSPENDED_PAUSED, FATE_NONE, "" },
		{ VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED, FATE_ENDED, "" },
		{ VIR_DOMAIN_EVENT_STARTED, VIR_DOMAIN_EVENT_STARTED_BOOTED, FATE_ENDED, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		say(t[i].event, t[i].detail);
		if (guest()->life.fate != t[i].fate)
			fail_msg("%zu: fate %d", i, guest()->life.fate);
		assert_non_null(strstr(guest()->life.moved_how, t[i].how));
		assert_int_equal(guest()->dom.id, t[i].event == VIR_DOMAIN_EVENT_STOPPED ? -1 : 7);
	}
	say(VIR_DOMAIN_EVENT_DEFINED, 0);
	say(VIR_DOMAIN_EVENT_SHUTDOWN, 0);
	assert_int_equal(guest()->life.state, RUN_STATE_SHUTDOWN);
	say(VIR_DOMAIN_EVENT_CRASHED, 0);
	assert_int_equal(guest()->life.state, RUN_STATE_GUEST_PANICKED);
	say(VIR_DOMAIN_EVENT_PMSUSPENDED, 0);
	assert_int_equal(guest()->life.state, RUN_STATE_SUSPENDED);
	say(99, 0); /* a libvirt of later */
	say(VIR_DOMAIN_EVENT_UNDEFINED, 0);
	assert_non_null(guest()); /* it runs still */
	say(VIR_DOMAIN_EVENT_STOPPED, VIR_DOMAIN_EVENT_STOPPED_DESTROYED);
	say(VIR_DOMAIN_EVENT_UNDEFINED, 0);
	assert_null(guest());
}

static bool failed_once(void)
{
	return guest()->life.n_memory_failures == 1;
}

static int n_resets;

static void on_change(void *arg, const void *what)
{
	(void)arg;
	n_resets += ((const struct guest_change *)what)->ev == GUEST_RESET;
}

static bool reset_once(void)
{
	return n_resets == 1;
}

static void events_reach_the_loop(void **state)
{
	uint64_t layout = guest()->ram.generation;
	struct notify_sub sub = { 0 };
	void (*fn)(void);

	(void)state;
	n_resets = 0;
	guests_subscribe(gs, &sub, on_change, NULL);
	fn = (void (*)(void))event_fn[VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE];
	((virConnectDomainEventMemoryFailureCallback)fn)(
		mine, dom, VIR_DOMAIN_EVENT_MEMORY_FAILURE_RECIPIENT_GUEST,
		VIR_DOMAIN_EVENT_MEMORY_FAILURE_ACTION_INJECT,
		VIR_DOMAIN_MEMORY_FAILURE_ACTION_REQUIRED, event_arg);
	assert_true(until(failed_once));
	assert_string_equal(guest()->life.memory_failure,
			    "recipient guest, action inject, action required");
	fn = (void (*)(void))event_fn[VIR_DOMAIN_EVENT_ID_REBOOT];
	((virConnectDomainEventGenericCallback)fn)(mine, dom, event_arg);
	assert_true(until(reset_once));
	fn = (void (*)(void))event_fn[VIR_DOMAIN_EVENT_ID_DEVICE_ADDED];
	((virConnectDomainEventDeviceAddedCallback)fn)(mine, dom, "dimm0", event_arg);
	fn = (void (*)(void))event_fn[VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE];
	((virConnectDomainEventMemoryDeviceSizeChangeCallback)fn)(mine, dom, "vm0", 1, event_arg);
	fn = (void (*)(void))event_fn[VIR_DOMAIN_EVENT_ID_JOB_COMPLETED];
	((virConnectDomainEventJobCompletedCallback)fn)(mine, dom, NULL, 0, event_arg);
	fn = (void (*)(void))event_fn[VIR_DOMAIN_EVENT_ID_METADATA_CHANGE];
	((virConnectDomainEventMetadataChangeCallback)fn)(mine, dom, VIR_DOMAIN_METADATA_ELEMENT,
							  "u", event_arg);
	fn = (void (*)(void))event_fn[VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE];
	((virConnectDomainEventMemoryFailureCallback)fn)(mine, dom, 9, 9, 0, event_arg);
	for (int64_t end = patience_end_ns();
	     clock_boot_ns() < end && guest()->life.n_memory_failures < 2; usleep(500))
		loop_turn(base, EVLOOP_NONBLOCK);
	/* Events come in order: the reset, the device and its size made the layout void. */
	assert_true(guest()->ram.generation >= layout + 3);
	assert_int_equal(n_resets, 1);
	guests_unsubscribe(gs, &sub);
	assert_string_equal(guest()->life.memory_failure, "recipient ?, action ?");
}

static void libvirtd_goes_and_comes(void **state)
{
	(void)state;
	unlink(path);
	close_fn(mine, VIR_CONNECT_CLOSE_REASON_EOF, event_arg);
	assert_true(until(away));
	assert_true(shows("\"connected\":false"));
	assert_non_null(guest());
	close(listener);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	{
		struct sockaddr_un sa = { .sun_family = AF_UNIX };

		strcpy(sa.sun_path, path);
		assert_int_equal(bind(listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
	}
	assert_true(until(up));
	assert_true(until(described));
}

static void refused_it_reads_only(void **state)
{
	const struct conf_grant want = { .target_max_severity = CONF_SEV_FATAL };
	struct ras_err err;

	(void)state;
	refuse = true;
	begin(DRIVER, true);
	assert_true(until(up));
	assert_true(shows("\"read_only\":true"));
	assert_true(shows("polkit"));
	assert_non_null(guest());
	assert_int_equal(guest_allow(guest(), &want, NULL, NULL, &err), -RAS_E_PERMISSION);
	teardown(state);
}

static bool said_why(void)
{
	return away() && shows("reason");
}

static void no_libvirt(void **state)
{
	(void)state;
	refuse = false;
	begin(DRIVER, false);
	assert_true(until(said_why));
	assert_true(shows("libvirtd is not running"));
	teardown(state);
	begin("test:///tmp/no-such-file.xml", true);
	assert_true(until(said_why));
	assert_true(shows("cannot connect to libvirt"));
	teardown(state);
}

static void which_errors_are_permission(void **state)
{
	static const struct {
		int code, number;
		enum ras_code want;
	} t[] = {
		{ VIR_ERR_AUTH_CANCELLED, 0, RAS_E_PERMISSION },
		{ VIR_ERR_AUTH_UNAVAILABLE, 0, RAS_E_PERMISSION },
		{ VIR_ERR_ACCESS_DENIED, 0, RAS_E_PERMISSION },
		{ VIR_ERR_OPERATION_DENIED, 0, RAS_E_PERMISSION },
		{ VIR_ERR_SYSTEM_ERROR, EACCES, RAS_E_PERMISSION },
		{ VIR_ERR_SYSTEM_ERROR, EPERM, RAS_E_PERMISSION },
		{ VIR_ERR_SYSTEM_ERROR, ENOENT, RAS_E_MONITOR },
		{ VIR_ERR_NO_DOMAIN, 0, RAS_E_GONE },
		{ VIR_ERR_INTERNAL_ERROR, 0, RAS_E_MONITOR },
	};
	const virError was = refusal;
	struct ras_err err;

	(void)state;
	refuse = true;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		refusal.code = t[i].code;
		refusal.int1 = t[i].number;
		assert_int_equal(libvirt_error(&err, "what"), -(int)t[i].want);
		assert_string_equal(err.text, "what: no");
	}
	refusal = was;
	refuse = false;
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(domains_are_listed),
		T(it_ends_and_starts),
		T(grants_are_stored),
		T(what_a_guest_goes_through),
		T(events_reach_the_loop),
		T(libvirtd_goes_and_comes),
		cmocka_unit_test(refused_it_reads_only),
		cmocka_unit_test(no_libvirt),
		cmocka_unit_test(which_errors_are_permission),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
