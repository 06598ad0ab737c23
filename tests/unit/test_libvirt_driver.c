// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The libvirt side with libvirt's own client library and its "test" driver (libvirt_env.h).
 */
#include "libvirt_env.h"

static void domains_are_listed(void **state)
{
	struct ras_err err;

	(void)state;
	assert_true(shows("\"connected\":true"));
	assert_true(shows("\"read_only\":false"));
	assert_true(guest()->dom.id > 0);
	assert_true(guest()->dom.facts.memory.total_bytes > 0);
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

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(domains_are_listed),
		T(it_ends_and_starts),
		T(grants_are_stored),
		T(what_a_guest_goes_through),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
