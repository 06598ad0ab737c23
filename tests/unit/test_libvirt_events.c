// SPDX-License-Identifier: LGPL-2.1-or-later
/* Events and losses of libvirt, with its own client library and its "test" driver. */
#include "libvirt_env.h"

static bool failed_once(void)
{
	return guest()->life.n_memory_failures == 1;
}

static const struct libvirt_record ghost = { .what = LIBVIRT_LIFECYCLE,
					     .uuid.b = { 0x60 },
					     .name = "ghost",
					     .number = { VIR_DOMAIN_EVENT_SUSPENDED,
							 VIR_DOMAIN_EVENT_SUSPENDED_RESTORED, 7 } };

static bool no_ghost(void)
{
	return !libvirt_find(manager(), &ghost.uuid);
}

/*
 * A restore of a transient domain fails after its first event: libvirt does not know the domain any
 * more, and says nothing. It is no guest then.
 */
static void a_failed_restore(void **state)
{
	(void)state;
	libvirt_on_event(manager(), &ghost);
	assert_false(no_ghost());
	guest_connect_soon(libvirt_find(manager(), &ghost.uuid));
	assert_true(until(no_ghost));
	assert_int_equal(guests_find(gs, "ghost", &(struct guest *){ NULL }, NULL),
			 -RAS_E_NO_DOMAIN);
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

/* A domain with the uuid of another one as its name, where the other is known by its uuid. */
static void names_that_are_uuids(void **state)
{
	struct libvirt_record a = { .what = LIBVIRT_DOMAIN, .uuid.b = { 0xa } };
	struct libvirt_record b = { .what = LIBVIRT_DOMAIN, .uuid.b = { 0xb } };
	struct libvirt_record gone = { .what = LIBVIRT_LIFECYCLE,
				       .uuid = a.uuid,
				       .number = { VIR_DOMAIN_EVENT_UNDEFINED, 0, -1 } };
	struct guest *g;

	(void)state;
	memset(b.name, 'x', 70); /* too long for a request */
	uuid_format(&b.uuid, a.name);
	for (int a_first = 0; a_first < 2; a_first++) {
		g = libvirt_manage(manager(), a_first ? &a : &b, 1);
		assert_string_equal(g->name, a.name);
		assert_false(g->dom.ambiguous);
		libvirt_manage(manager(), a_first ? &b : &a, 1);
		g = libvirt_find(manager(), &b.uuid);
		assert_string_equal(g->name, a.name);
		assert_true(g->dom.ambiguous);
		assert_null(libvirt_find(manager(), &a.uuid));
		libvirt_on_event(manager(), &gone);
		assert_false(g->dom.ambiguous);
		libvirt_unmanage(g, "the test ends");
	}
	/* One's own uuid as one's name is nothing odd. */
	uuid_format(&a.uuid, a.name);
	assert_false(libvirt_manage(manager(), &a, 1)->dom.ambiguous);
	assert_false(libvirt_manage(manager(), &b, 1)->dom.ambiguous);
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

static int n_lines;
static char last_line[256];

static void count_line(int level, const char *line)
{
	if (level > LOG_INFO)
		return;
	n_lines++;
	snprintf(last_line, sizeof(last_line), "%s", line);
}

static void libvirtd_goes_and_comes(void **state)
{
	(void)state;
	n_lines = 0;
	log_set_sink(count_line);
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
	log_set_sink(no_log);
	/* A restart is one line, unless it took long. */
	if (!strstr(last_line, "away for 0.") && !strstr(last_line, "away for 1."))
		assert_non_null(strstr(last_line, "away for"));
	else
		assert_int_equal(n_lines, 1);
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
		T(names_that_are_uuids),
		T(events_reach_the_loop),
		T(a_failed_restore),
		T(libvirtd_goes_and_comes),
		cmocka_unit_test(refused_it_reads_only),
		cmocka_unit_test(no_libvirt),
		cmocka_unit_test(which_errors_are_permission),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
