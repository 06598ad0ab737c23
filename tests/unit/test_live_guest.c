// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What becomes of a record if the guest is asleep, refuses, resets or dies; and host addresses.
 * On a played guest: see live_env.h.
 */
#include "live_env.h"

#define RECORD_AND(id, more) "{'request_id':'" id "','domain':'vm1','gpa':'0x40100000'" more "}"

static unsigned long long host_address(void)
{
	unsigned long long hpa;
	const char *at = NULL;

	/* A page that the kernel moves is absent for that moment. */
	for (int i = 0; i < 100 && !at; i++)
		at = strstr(live_ask("address.translate", "{'domain':'vm1','gpa':'0x40100040'}"),
			    "\"hpa\":\"");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "\"hpa\":\"%llx", &hpa), 1);
	return hpa;
}

static void host_addresses(void **state)
{
	char params[256];
	unsigned long long hpa = host_address();

	(void)state;
	snprintf(params, sizeof(params), "{'hpa':'0x%llx'}", hpa);
	live_expect("address.translate", params, "'gpa':'0x40100040'");
	live_expect("address.translate", "{'hpa':'0xffffffffff000'}", "\"");
	snprintf(params, sizeof(params), "{'request_id':'d','hpa':'0x%llx','dry_run':true}", hpa);
	live_until("injection.create", params, "'effects':");
	snprintf(params, sizeof(params), "{'request_id':'h','hpa':'0x%llx','wait':true}", hpa);
	live_until("injection.create", params, "'gpa':'0x40100040'");
	live_until("injection.create", params, "'state':'acknowledged'");
	assert_int_equal(live_os->n_injected, 1);
	snprintf(params, sizeof(params),
		 "{'request_id':'o','domain':'vm2','hpa':'0x%llx','wait':true}", hpa);
	live_until("injection.create", params, "'field':'hpa'");
	live_until("injection.create", "{'request_id':'n','hpa':'0xffffffffff000'}",
		   "'field':'hpa'");
}

static void a_guest_that_sleeps(void **state)
{
	(void)state;
	live_os->os = OS_SLEEPS;
	live_until("injection.create", RECORD("a"), "'state':'written'");
	/* The next one waits until the first is acknowledged. */
	live_until("injection.create", RECORD_AND("b", ",'timeout_ms':100"),
		   "does not acknowledge the record before");
	memset(ram + LIVE_BLOCK, 0, 4);
	ram[LIVE_READ_ACK] = 1;
	for (int64_t end = patience_end_ns(); clock_boot_ns() < end;)
		if (strstr(live_ask("injection.create", RECORD_AND("a", ",'wait':true")),
			   "acknowledged"))
			break;
	live_until("injection.create", RECORD("a"), "'state':'acknowledged'");
	live_os->os = OS_ACKS;
	live_until("injection.create", RECORD_AND("c", ",'wait':true"), "'state':'acknowledged'");
}

static void qemu_refuses(void **state)
{
	(void)state;
	live_os->os = OS_REFUSES;
	live_until("injection.create", RECORD_AND("a", ",'wait':true"), "'state':'refused'");
	assert_int_equal(live_os->n_injected, 0);
}

static void a_reset_loses_the_record(void **state)
{
	(void)state;
	live_os->os = OS_SLEEPS;
	live_until("injection.create", RECORD("a"), "'state':'written'");
	live_say("{\"event\":\"RESET\",\"data\":{\"guest\":true,"
		 "\"reason\":\"guest-reset\"}" LIVE_AT);
	live_until("injection.create", RECORD("a"), "'state':'lost'");
	live_expect("domain.explain", "{'domain':'vm1'}", "'resets':1");
}

/* Nobody can tell what became of it, but an operator. */
static void qemu_dies(void **state)
{
	char params[256], id[40];
	const char *text;

	(void)state;
	live_os->os = OS_SLEEPS;
	live_until("injection.create", RECORD("a"), "'state':'written'");
	text = live_ask("injection.create", RECORD("a"));
	assert_int_equal(sscanf(strstr(text, "\"id\":\""), "\"id\":\"%36[-0-9a-f]", id), 1);
	snprintf(params, sizeof(params), "{'id':'%s','state':'lost','reason':'I saw it'}", id);
	live_expect("injection.resolve", params, "'field':'id'");
	end(qemu);
	qemu = 0;
	live_until("injection.create", RECORD_AND("a", ",'wait':true"), "'state':'unknown'");
	live_until("injection.create", RECORD_AND("b", ",'timeout_ms':300"), "'code':");
	live_expect("address.translate", "{'domain':'vm1','gpa':'0x40100040'}", "'code':");
	snprintf(params, sizeof(params),
		 "{'id':'%s','state':'lost','reason':'I saw it','dry_run':true}", id);
	live_expect("injection.resolve", params, "'state':'lost'");
	snprintf(params, sizeof(params), "{'id':'%s'}", id);
	live_expect("injection.get", params, "'state':'unknown'");
	snprintf(params, sizeof(params), "{'id':'%s','state':'lost','reason':'I saw it'}", id);
	live_expect("injection.resolve", params, "resolved by uid 0: I saw it");
	live_expect("injection.resolve", params, "'field':'id'");
}

static void a_guest_that_is_paused(void **state)
{
	(void)state;
	live_os->status = "{\"status\":\"paused\",\"running\":false}";
	live_until("injection.create", RECORD_AND("a", ",'wait':true,'timeout_ms':300"),
		   "'code':1006");
	live_expect("domain.list", "{}", "'state':'paused'");
}

#define IS(state) "{\"status\":\"" state "\"}"

static const struct {
	const char *event, *status, *want; /* what query-status says from then on */
} events[] = {
	{ "{\"event\":\"STOP\"", IS("paused"), "'state':'paused'" },
	{ "{\"event\":\"RESUME\"", NULL, "'state':'running'" },
	{ "{\"event\":\"MEMORY_FAILURE\",\"data\":{\"recipient\":\"guest\",\"action\":\"inject\","
	  "\"flags\":{\"action-required\":true,\"recursive\":false}}",
	  NULL, "recipient guest, action inject, action required" },
	{ "{\"event\":\"MEMORY_FAILURE\",\"data\":7", NULL, "recipient ?, action ?" },
	{ "{\"event\":\"SUSPEND\"", IS("suspended"), "'state':'suspended'" },
	{ "{\"event\":\"WAKEUP\"", NULL, "'state':'running'" },
	{ "{\"event\":\"DEVICE_DELETED\",\"data\":{\"path\":\"/d\"}", NULL,
	  "'layout_generation':3" },
	{ "{\"event\":\"GUEST_PANICKED\",\"data\":{\"action\":\"pause\"}", IS("guest-panicked"),
	  "'state':'guest-panicked'" },
	{ "{\"event\":\"SHUTDOWN\",\"data\":{\"guest\":true,\"reason\":\"guest-shutdown\"}",
	  IS("shutdown"), "'state':'shutdown'" },
};

/* An uncorrected error of the host on a page of vm1, seen at boot_ns. */
static void host_error(int n, int64_t boot_ns, enum host_decision d)
{
	struct host_event e = { .seen = { .source = "kernel",
					  .report = "memory_failure",
					  .kind = "page-lost",
					  .severity = "uncorrected",
					  .boot_ns = boot_ns,
					  .has_hpa = true,
					  .hpa = { 0x123456000 },
					  .count = 1 },
				.verdict = { .decision = d,
					     .domain = "vm1",
					     .has_gpa = true,
					     .gpa = { 0x40101000 },
					     .uncorrected = 1 } };
	struct ras_err err;

	e.id.b[0] = (uint8_t)n;
	clock_boot_id(e.seen.boot_id);
	assert_int_equal(journal_host_event(live.journal, &e, NULL, 0, NULL, NULL, &err), 0);
}

#define MEMORY_FAILURE(who)                                                             \
	"{\"event\":\"MEMORY_FAILURE\",\"data\":{\"recipient\":\"" who "\",\"action\":" \
	"\"inject\",\"flags\":{\"action-required\":false,\"recursive\":false}}" LIVE_AT

static void cannot_be_migrated(void **state)
{
	(void)state;
	live_expect("domain.explain", "{'domain':'vm1'}", "'blocked':false");
	/* QEMU's own memory, and an error from before its start, are none of the guest's. */
	live_say(MEMORY_FAILURE("hypervisor"));
	host_error(1, 1, HOST_GUEST_TOLD);
	live_until("domain.explain", "{'domain':'vm1'}", "'memory_failures':{'count':1");
	live_until("event.list", "{}", "'blocks_migration':true");
	live_expect("domain.explain", "{'domain':'vm1'}", "'blocked':false");
	assert_null(strstr(live_ask("domain.list", "{}"), "migration"));
	live_say(MEMORY_FAILURE("guest"));
	live_until("domain.explain", "{'domain':'vm1'}", "'by':'memory-failure-event'");
	live_expect("domain.list", "{}", "QEMU refuses after an uncorrected error, reboot it");
	/* A reset replaces the pages. */
	live_say("{\"event\":\"RESET\",\"data\":{\"guest\":true,"
		 "\"reason\":\"guest-reset\"}" LIVE_AT);
	live_until("domain.explain", "{'domain':'vm1'}", "'blocked':false");
	/* Nobody told the guest: it cannot be migrated all the same. */
	host_error(2, clock_boot_ns(), HOST_NOT_GRANTED);
	live_until("domain.explain", "{'domain':'vm1'}", "'guest_told':false");
	live_expect("domain.list", "{}", "'blocked':true");
	host_error(3, clock_boot_ns(), HOST_FORWARDED);
	live_until("domain.explain", "{'domain':'vm1'}", "'guest_told':true");
	/* Without KVM a reset replaces nothing. */
	live_say("{\"event\":\"RESET\",\"data\":{\"guest\":true,"
		 "\"reason\":\"guest-reset\"}" LIVE_AT);
	live_until("domain.explain", "{'domain':'vm1'}", "'blocked':false");
	guest_learn(guests_next(live.guests, ""), "kvm", FACT_OFF);
	live_expect("domain.explain", "{'domain':'vm1'}", "QEMU would be killed");
}

static void what_qemu_announces(void **state)
{
	char text[512];

	(void)state;
	live_expect("domain.explain", "{'domain':'vm1'}", "'running'");
	for (size_t i = 0; i < ARRAY_LEN(events); i++) {
		live_os->status = events[i].status;
		snprintf(text, sizeof(text), "%s" LIVE_AT, events[i].event);
		live_say(text);
		live_until("domain.explain", "{'domain':'vm1'}", events[i].want);
	}
}

/* The end of an outgoing migration is announced as a stop, and query-status tells. */
static void a_guest_that_migrates(void **state)
{
	(void)state;
	live_os->os = OS_SLEEPS;
	live_until("injection.create", RECORD("a"), "'state':'written'");
	live_os->status = IS("finish-migrate");
	live_say("{\"event\":\"STOP\"" LIVE_AT);
	live_until("domain.explain", "{'domain':'vm1'}", "'state':'finish-migrate'");
	live_os->status = IS("postmigrate");
	live_until("injection.create", RECORD("a"), "'state':'unknown'");
}

static void a_connection_that_breaks(void **state)
{
	(void)state;
	live_os->os = OS_HANGS_UP;
	live_until("injection.create", RECORD("a"), "'state':'written'");
	assert_int_equal(live_os->n_injected, 1);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, live_setup, live_teardown)
	const struct CMUnitTest tests[] = {
		T(host_addresses),	     T(a_guest_that_sleeps), T(qemu_refuses),
		T(a_reset_loses_the_record), T(qemu_dies),	     T(a_guest_that_is_paused),
		T(what_qemu_announces),	     T(cannot_be_migrated),  T(a_guest_that_migrates),
		T(a_connection_that_breaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
