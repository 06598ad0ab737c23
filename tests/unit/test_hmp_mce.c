// SPDX-License-Identifier: LGPL-2.1-or-later
/* Backend hmp-mce with a QEMU that is played: what is sent when, and what its words become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/road_env.h"

#define IN_LINUX \
	"\r\nCPU#0\r\nRIP=ffffffff81000000 RFL=00000246 [---Z-P-] CPL=0 II=0 SMM=0 HLT=1\r\n"
#define IN_KERNEL \
	"\r\nCPU#0\r\nRIP=ffffffff81000000 RFL=00000246 [---Z-P-] CPL=0 II=0 SMM=0 HLT=0\r\n"
#define IN_USER \
	"\r\nCPU#0\r\nRIP=000000007e000000 RFL=00000246 [---Z-P-] CPL=3 II=0 SMM=0 HLT=0\r\n"
#define IN_FIRMWARE \
	"\r\nCPU#0\r\nRIP=000000007e000000 RFL=00000246 [---Z-P-] CPL=0 II=0 SMM=0 HLT=0\r\n"
#define MCE_ON "CR0=80050033 CR2=0000000000000000 CR3=0000000000000000 CR4=003506f0\r\n"
#define MCE_OFF "CR0=80050033 CR2=0000000000000000 CR3=0000000000000000 CR4=003506b0\r\n"
#define GPA "0x40008000"

static const char *vendor, *registers, *says, *event_action;
static unsigned int cpu_index, n_sent;
static char sent[160];

static void say_failure(const char *recipient, const char *action)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "{\"event\":\"MEMORY_FAILURE\",\"data\":{\"recipient\":\"%s\",\"action\":\"%s\","
		 "\"flags\":{\"action-required\":false,\"recursive\":false}},"
		 "\"timestamp\":{\"seconds\":1,\"microseconds\":0}}\r\n",
		 recipient, action);
	fake_say_text(&road.qemu, text);
}

static json_object *more(struct fake_qemu *q, const char *command, json_object *args)
{
	const char *line = "", *property = "";
	char text[128];

	(void)q;
	if (args) {
		json_opt_str(args, "command-line", &line, NULL);
		json_opt_str(args, "property", &property, NULL);
	}
	if (strcmp(command, "query-cpus-fast") == 0) {
		snprintf(text, sizeof(text),
			 "[{\"thread-id\":1,\"cpu-index\":%u,\"qom-path\":\"/machine/cpu\"}]",
			 cpu_index);
		return json_tokener_parse(text);
	}
	if (strcmp(property, "vendor") == 0) {
		const char *path = "";

		json_opt_str(args, "path", &path, NULL);
		assert_string_equal(path, "/machine/cpu");
		return vendor ? json_object_new_string(vendor) : NULL;
	}
	if (strcmp(line, "info registers") == 0)
		return json_object_new_string(registers);
	if (strncmp(line, "mce ", 4) != 0)
		return NULL;
	snprintf(sent, sizeof(sent), "%s", line);
	n_sent++;
	if (event_action)
		say_failure("guest", event_action);
	return json_object_new_string(says);
}

static int setup(void **state)
{
	(void)state;
	vendor = "GenuineIntel";
	registers = IN_LINUX MCE_ON;
	says = "";
	event_action = "inject";
	cpu_index = n_sent = 0;
	sent[0] = '\0';
	road_start(more);
	return 0;
}

static struct outcome inject(enum conf_severity severity, bool allow_crash, int64_t timeout_ms)
{
	struct inject_request rq = { .gpa = { 0x40008000 },
				     .severity = severity,
				     .via = { .allow_crash = allow_crash },
				     .confirm_fatal = true,
				     .timeout_ms = timeout_ms };

	return timeout_ms == PATIENCE_MS ? road_inject(rq) : road_briefly(rq);
}

static void test_delivered(void **state)
{
	static const struct {
		const char *vendor;
		enum conf_severity severity;
		bool allow_crash;
		const char *sent;
	} t[] = {
		{ "GenuineIntel", CONF_SEV_CORRECTED, false,
		  "mce 0 9 0x9c00004000000090 0x0 " GPA " 0x8c" },
		{ "GenuineIntel", CONF_SEV_RECOVERABLE, false,
		  "mce 0 9 0xbd000000000000c0 0xd " GPA " 0x8c" },
		{ "GenuineIntel", CONF_SEV_FATAL, true,
		  "mce 0 9 0xbe00000000000090 0xc " GPA " 0x8c" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		struct outcome o = inject(t[i].severity, t[i].allow_crash, PATIENCE_MS);

		is_state(&o, INJ_DELIVERED);
		assert_string_equal(o.row.target.backend, "hmp-mce");
		assert_string_equal(sent, t[i].sent);
		assert_int_equal(n_sent, i + 1);
		/* Our own event is no error of the host, and does not keep it from migrating. */
		assert_int_equal(road_guest()->life.own_failures.n_seen, i + 1);
		assert_int_equal(road_guest()->life.n_memory_failures, 0);
		assert_int_equal(road_guest()->life.poisoned_ns, 0);
	}
	/* What comes now is no answer to anything. */
	say_failure("guest", "inject");
	for (int64_t end = clock_boot_ns() + 5000000000;
	     clock_boot_ns() < end && !road_guest()->life.n_memory_failures;)
		loop_turn(road.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	assert_int_equal(road_guest()->life.n_memory_failures, 1);
	assert_int_equal(road_guest()->life.own_failures.n_seen, ARRAY_LEN(t));
	assert_true(road_guest()->life.poisoned_ns > 0);
}

/* Each deferred error stays in a bank of its own until the guest's kernel polls. */
static void test_amd(void **state)
{
	static const unsigned int banks[] = { 8, 7, 6, 5, 3, 2, 1 };
	struct outcome o;

	(void)state;
	vendor = "AuthenticAMD";
	registers = IN_FIRMWARE MCE_OFF; /* no exception: they do not matter */
	for (unsigned int i = 0; i < ARRAY_LEN(banks); i++) {
		char expected[160];

		o = inject(CONF_SEV_RECOVERABLE, false, PATIENCE_MS);
		is_state(&o, INJ_DELIVERED);
		snprintf(expected, sizeof(expected), "mce 0 %u 0x9c001800000000c0 0x0 " GPA " 0x8c",
			 banks[i]);
		assert_string_equal(sent, expected);
	}
	/* Another one would overwrite the first: nothing is stored or sent. */
	o = inject(CONF_SEV_RECOVERABLE, false, PATIENCE_MS);
	assert_int_equal(o.err.code, RAS_E_BUSY);
	assert_non_null(strstr(o.err.text, "overwrite"));
	assert_non_null(strstr(o.err.hint, "rasctl provision"));
	assert_int_equal(n_sent, ARRAY_LEN(banks));
	/* A corrected one has a bank of its own. */
	o = inject(CONF_SEV_CORRECTED, false, PATIENCE_MS);
	is_state(&o, INJ_DELIVERED);
	assert_string_equal(sent, "mce 0 9 0x9c00004000000090 0x0 " GPA " 0x8c");
}

/* Accepted and no event, as for a processor that QEMU does not have: never called delivered. */
static void test_without_event(void **state)
{
	struct outcome o;

	(void)state;
	event_action = NULL;
	o = inject(CONF_SEV_CORRECTED, false, 300);
	is_state(&o, INJ_WRITTEN);
	assert_int_equal(n_sent, 1);
}

/* Any text is a refusal. The event of the reset that QEMU then makes is our own, too. */
static void test_refused_by_qemu(void **state)
{
	static const char *const texts[] = {
		"CPU 0: MCE capability is not enabled, raising triple fault\r\n",
		"Invalid MCE bank number\r\n", "\033[1m"
	};
	struct outcome o;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		says = texts[i];
		event_action = i == 0 ? "reset" : NULL;
		o = inject(CONF_SEV_CORRECTED, false, PATIENCE_MS);
		is_state(&o, INJ_REFUSED);
		assert_non_null(strstr(o.row.outcome.detail, "QEMU did not take"));
		assert_null(strchr(o.row.outcome.detail, '\033'));
		assert_int_equal(road_guest()->life.n_memory_failures, 0);
	}
}

/* An exception resets a machine whose OS does not take it: none is sent. */
static void test_not_into_firmware(void **state)
{
	static const struct {
		const char *registers, *says;
	} t[] = {
		{ IN_FIRMWARE MCE_ON, "no 64-bit operating system" },
		{ IN_LINUX MCE_OFF, "CR4.MCE" },
		{ IN_LINUX, "CR4.MCE" },
		{ "", "no 64-bit operating system" },
		/* The exception before may still be handled. */
		{ IN_KERNEL MCE_ON, "still be handling" },
	};
	struct outcome o;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		registers = t[i].registers;
		o = inject(CONF_SEV_RECOVERABLE, false, i == 0 ? 1500 : 300);
		is_state(&o, INJ_REFUSED);
		if (!strstr(o.row.outcome.detail, t[i].says))
			fail_msg("%s", o.row.outcome.detail);
		assert_int_equal(n_sent, 0);
	}
	registers = IN_USER MCE_ON;
	o = inject(CONF_SEV_RECOVERABLE, false, PATIENCE_MS);
	is_state(&o, INJ_DELIVERED);
	assert_int_equal(n_sent, 1);
}

/* Each is refused before anything is stored or sent, and says what to do. */
static void test_not_capable(void **state)
{
	struct outcome o = inject(CONF_SEV_FATAL, false, PATIENCE_MS);

	(void)state;
	assert_int_equal(o.err.code, RAS_E_NOT_CAPABLE);
	assert_non_null(strstr(o.err.hint, "--allow-crash"));
	assert_int_equal(n_sent, 0);
}

static void test_other_vendor(void **state)
{
	struct outcome o;

	(void)state;
	vendor = "HygonGenuine";
	o = inject(CONF_SEV_CORRECTED, false, PATIENCE_MS);
	assert_int_equal(o.err.code, RAS_E_NOT_CAPABLE);
	assert_non_null(strstr(o.err.text, "neither Intel's nor AMD's"));
	assert_int_equal(n_sent, 0);
}

static void test_no_such_processor(void **state)
{
	struct outcome o;

	(void)state;
	cpu_index = 1;
	o = inject(CONF_SEV_CORRECTED, false, PATIENCE_MS);
	assert_non_null(strstr(o.err.text, "no processor 0"));
	cpu_index = 0;
	vendor = NULL;
	o = inject(CONF_SEV_CORRECTED, false, PATIENCE_MS);
	assert_int_equal(o.err.code, RAS_E_NOT_READY);
	assert_int_equal(n_sent, 0);
	vendor = "GenuineIntel";
	o = inject(CONF_SEV_CORRECTED, false, PATIENCE_MS);
	is_state(&o, INJ_DELIVERED);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, road_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_delivered),	      TEST(test_amd),
		TEST(test_without_event),     TEST(test_refused_by_qemu),
		TEST(test_not_into_firmware), TEST(test_not_capable),
		TEST(test_no_such_processor), TEST(test_other_vendor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
