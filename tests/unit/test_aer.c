// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Backend aer with a QEMU that is played, whose root port is a real one's registers: what is sent
 * when, and what its registers become.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/aer_env.h"
#include "tests/unit/patience.h"
#include "tests/unit/road_env.h"

#define BASE UINT64_C(0xb0000000)
#define CONFIG (BASE + 0x8000)
#define DEVICES                                                                                    \
	"[{\"name\":\"type\",\"type\":\"string\"},{\"name\":\"nic1\",\"type\":\"child<e1000e>\"}," \
	"{\"name\":\"rp2\",\"type\":\"child<pcie-root-port>\"},"                                   \
	"{\"name\":\"pci.1\",\"type\":\"child<pcie-root-port>\"}]"
#define OK_TEXT "OK id: pci.1 root bus: 0000:00, bus: 0 devfn: 1.0\r\n"

/* What the guest's driver does with an error, in the time until the next look. */
enum driver { DRIVER_SLOW, DRIVER_QUICK, DRIVER_NONE };

static struct {
	uint32_t words[AER_WORDS];
	const char *devices, *container, *says;
	bool old;  /* before QEMU 9.2: no property busnr */
	bool virt; /* the generic host bridge */
	enum driver driver;
	unsigned int n_sent, n_looks;
	char sent[160];
} q;

#define WORD(at) q.words[(at) / 4]

static void set_error(void)
{
	bool cor = strstr(q.sent, " -c ");

	q.n_looks = 0;
	if (q.driver == DRIVER_QUICK)
		return;
	WORD(cor ? 0x110 : 0x104) = 1;
	WORD(0x130) |= cor ? 1 : 4;
	WORD(0x134) =
		cor ? (WORD(0x134) & 0xffff0000) | AER_BDF : (WORD(0x134) & 0xffff) | AER_BDF << 16;
}

/* The registers as xp shows them. From the third look on a slow driver has done its work. */
static json_object *registers(void)
{
	char text[AER_WORDS / 4 * 64];
	size_t n = 0;

	if (q.n_sent && ++q.n_looks == 3 && q.driver == DRIVER_SLOW)
		WORD(0x104) = WORD(0x110) = WORD(0x130) = 0;
	for (size_t i = 0; i < AER_WORDS; i += 4)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "%llx: 0x%08x 0x%08x 0x%08x 0x%08x\r\n",
				      (unsigned long long)CONFIG + 4 * i, q.words[i],
				      q.words[i + 1], q.words[i + 2], q.words[i + 3]);
	return json_object_new_string(text);
}

static json_object *number(const char *path, const char *property)
{
	bool window = strstr(path, q.virt ? "/bridge/pcie-ecam[0]" : "/q35/pcie-mmcfg-mmio[0]");

	if (strcmp(property, "container") == 0)
		return window ? json_object_new_string(q.container) : NULL;
	if (strcmp(property, "addr") == 0 && window)
		return json_object_new_int64(BASE);
	if (strcmp(property, "size") == 0 && window)
		return json_object_new_int64(0x10000000);
	if (strcmp(property, "busnr") == 0)
		return q.old ? NULL : json_object_new_int64(0);
	if (strcmp(property, "parent_bus") == 0)
		return json_object_new_string("/machine/unattached/bridge/pcie.0");
	if (strcmp(property, "addr") == 0)
		return json_object_new_int64(strstr(path, "/pci.1") ? 8 : 16);
	return NULL;
}

static json_object *more(struct fake_qemu *f, const char *command, json_object *args)
{
	const char *line = "", *path = "", *property = "";

	(void)f;
	if (args) {
		json_opt_str(args, "command-line", &line, NULL);
		json_opt_str(args, "path", &path, NULL);
		json_opt_str(args, "property", &property, NULL);
	}
	if (strcmp(command, "qom-list") == 0) {
		assert_string_equal(path, "/machine/peripheral");
		return json_tokener_parse(q.devices);
	}
	if (strcmp(command, "qom-get") == 0)
		return number(path, property);
	if (strcmp(line, "xp /96xw 0xb0008000") == 0)
		return registers();
	if (strncmp(line, "pcie_aer", 8) != 0)
		return NULL;
	snprintf(q.sent, sizeof(q.sent), "%s", line);
	q.n_sent++;
	if (strcmp(q.says, OK_TEXT) == 0)
		set_error();
	return json_object_new_string(q.says);
}

static int setup(void **state)
{
	(void)state;
	memset(&q, 0, sizeof(q));
	memcpy(q.words, aer_real_port, sizeof(q.words));
	q.devices = DEVICES;
	q.container = "/machine/unattached/system[0]";
	q.says = OK_TEXT;
	road_start(more);
	return 0;
}

/* r is borrowed. */
static struct inject_request request(const struct one_record *r, int64_t timeout_ms)
{
	return (struct inject_request){ .record = r->bytes,
					.record_len = r->len,
					.via = { .backend = "aer" },
					.confirm_fatal = true,
					.timeout_ms = timeout_ms };
}

static struct outcome inject(struct one_record r, int64_t timeout_ms)
{
	return road_inject(request(&r, timeout_ms));
}

/* One that is not final within the time limit. */
static struct outcome inject_briefly(struct one_record r)
{
	return road_briefly(request(&r, 400));
}

static struct one_record correctable(void)
{
	return aer_record(CPER_SEV_CORRECTED, 0, 1);
}

static void says(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("%s", text);
}

/* What was asked of the last connection is void. */
static void connect_again(void)
{
	uint64_t n = road_guest()->life.n_links;

	fake_hang_up(&road.qemu);
	for (int64_t end = patience_end_ns(); clock_boot_ns() < end;) {
		loop_turn(road.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		if (road_guest()->life.n_links > n && guest_is_up(road_guest()))
			return;
	}
	fail();
}

static void test_acknowledged(void **state)
{
	struct outcome o = inject(correctable(), PATIENCE_MS);

	(void)state;
	is_state(&o, INJ_ACKNOWLEDGED);
	assert_string_equal(o.row.target.backend, "aer");
	assert_int_equal(o.row.target.source_id, AER_BDF);
	assert_string_equal(q.sent, "pcie_aer_inject_error -c pci.1 0x1");
	/* The id of the source is the same now: the status alone shows it. */
	o = inject(aer_record(CPER_SEV_RECOVERABLE, 0x1000, 0), PATIENCE_MS);
	is_state(&o, INJ_ACKNOWLEDGED);
	assert_string_equal(q.sent, "pcie_aer_inject_error pci.1 0x1000");
	o = inject(correctable(), PATIENCE_MS);
	is_state(&o, INJ_ACKNOWLEDGED);
	assert_int_equal(q.n_sent, 3);
}

static void test_header_is_sent(void **state)
{
	struct cper_pcie p = aer_section(0x1000, 0);
	struct outcome o;

	(void)state;
	memcpy(p.aer_info + CPER_AER_HEADER_LOG, "\xde\xad\xbe\xef\0\0\0\1", 8);
	o = inject(aer_record_of(CPER_SEV_RECOVERABLE, &p), PATIENCE_MS);
	is_state(&o, INJ_ACKNOWLEDGED);
	assert_string_equal(q.sent, "pcie_aer_inject_error pci.1 0x1000 0xdeadbeef 0x1 0x0 0x0");
}

/* The driver was quicker than the first look: nothing shows that it was set. */
static void test_too_quick(void **state)
{
	struct outcome o;

	(void)state;
	q.driver = DRIVER_QUICK;
	WORD(0x134) = AER_BDF;
	o = inject(correctable(), PATIENCE_MS);
	is_state(&o, INJ_DELIVERED);
	says(o.row.outcome.detail, "not seen");
}

/* Set and not cleared: written, and the next error of its class has to wait. */
static void test_not_cleared(void **state)
{
	struct outcome o;

	(void)state;
	q.driver = DRIVER_NONE;
	o = inject_briefly(correctable());
	is_state(&o, INJ_WRITTEN);
	says(o.row.outcome.detail, "has not cleared it yet");
	assert_int_equal(q.n_sent, 1);
}

/* A reset clears the registers: nobody can say then whether the driver had. */
static void test_reset(void **state)
{
	struct outcome o;

	(void)state;
	q.driver = DRIVER_NONE;
	o = inject_briefly(correctable());
	is_state(&o, INJ_WRITTEN);
	memcpy(q.words, aer_real_port, sizeof(q.words));
	fake_say_text(&road.qemu, "{\"event\":\"RESET\",\"data\":{\"guest\":true,\"reason\":"
				  "\"guest-reset\"},\"timestamp\":{\"seconds\":1,"
				  "\"microseconds\":0}}\r\n");
	road_leaves(&o, INJ_WRITTEN);
	is_state(&o, INJ_UNKNOWN);
}

/* Without the registers QEMU's word is all there is, and what may be fatal counts as fatal. */
static void test_without_registers(void **state)
{
	static const char *const containers[] = { "", "/machine/elsewhere" };
	struct outcome o;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(containers); i++) {
		q.container = containers[i];
		o = inject(correctable(), PATIENCE_MS);
		is_state(&o, INJ_DELIVERED);
		o = inject(aer_record(CPER_SEV_RECOVERABLE, 0x1000, 0), PATIENCE_MS);
		assert_int_equal(o.err.code, RAS_E_NOT_CAPABLE);
		says(o.err.hint, "severity fatal");
		o = inject(aer_record(CPER_SEV_FATAL, 0x1000, 0), PATIENCE_MS);
		is_state(&o, INJ_DELIVERED);
		connect_again();
	}
	q.container = "/machine/unattached/system[0]";
	q.words[0x54 / 4] = 0x00024810; /* an endpoint's */
	connect_again();
	o = inject(correctable(), PATIENCE_MS);
	is_state(&o, INJ_DELIVERED);
}

static void test_generic_bridge_and_old_qemu(void **state)
{
	struct outcome o;

	(void)state;
	q.virt = q.old = true;
	o = inject(correctable(), PATIENCE_MS);
	is_state(&o, INJ_ACKNOWLEDGED);
}

/* The guest's settings, as its port has them just before. */
static void test_checked_before(void **state)
{
	static const struct {
		uint32_t at, value;
		const char *says;
	} t[] = {
		{ 0x114, 1, "masked" },
		{ 0x12c, 0, "has not switched on" },
		{ 0x3c, 0x0000010a, "has not switched on" },
		{ 0x130, 1, "from before" },
		{ 0x110, 1, "from before" },
	};
	struct outcome o;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		memcpy(q.words, aer_real_port, sizeof(q.words));
		WORD(t[i].at) = t[i].value;
		o = inject_briefly(correctable());
		is_state(&o, INJ_REFUSED);
		says(o.row.outcome.detail, t[i].says);
	}
	memcpy(q.words, aer_real_port, sizeof(q.words));
	o = inject(aer_record(CPER_SEV_RECOVERABLE, 0x20, 0), PATIENCE_MS);
	is_state(&o, INJ_REFUSED);
	says(o.row.outcome.detail, "severity fatal");
	assert_int_equal(q.n_sent, 0);
}

/* Recorded from QEMU 11.1.3, and what it never says. */
static void test_refused_by_qemu(void **state)
{
	static const char *const texts[] = {
		"Error: device 'pci.1' not found\r\n",
		"Error: failed to inject error: Invalid argument\r\n",
		"",
		"OK\r\n",
		/* another device, another place */
		"OK id: rp2 root bus: 0000:00, bus: 0 devfn: 1.0\r\n",
		"OK id: pci.1 root bus: 0000:00, bus: 1 devfn: 1.0\r\n",
		"OK id: pci.1 root bus: 0000:00, bus: 0 devfn: 1.1\r\n",
		OK_TEXT "Error: \033[1m\r\n",
	};
	struct outcome o;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		q.says = texts[i];
		o = inject(correctable(), PATIENCE_MS);
		is_state(&o, INJ_REFUSED);
		says(o.row.outcome.detail, "QEMU did not take the error");
		assert_null(strchr(o.row.outcome.detail, '\033'));
	}
}

/* Nothing is stored or sent for what is no root port, and nothing by this backend unasked. */
static void test_not_capable(void **state)
{
	struct cper_pcie p = aer_section(0, 1);
	struct outcome o;

	(void)state;
	p.device = 3;
	o = inject(aer_record_of(CPER_SEV_CORRECTED, &p), PATIENCE_MS);
	assert_int_equal(o.err.code, RAS_E_NOT_CAPABLE);
	says(o.err.text, "00:02.0 (rp2), 00:01.0 (pci.1)");
	says(o.err.hint, "nothing reaches the guest");
	p = aer_section(0, 1);
	p.port_type = 0;
	o = inject(aer_record_of(CPER_SEV_CORRECTED, &p), PATIENCE_MS);
	assert_int_equal(o.err.code, RAS_E_NOT_CAPABLE);
	o = road_inject((struct inject_request){ .gpa = { 0x40008000 }, .timeout_ms = 300 });
	says(o.err.text, "query-cpus-fast"); /* what hmp-mce asks for */
	assert_int_equal(q.n_sent, 0);
}

/* No root port with an id; ids that are none by QEMU's rules never become part of a command. */
static void test_no_port(void **state)
{
	static const char *const devices[] = {
		"[]",
		"{}",
		"[{\"name\":\"nic1\",\"type\":\"child<e1000e>\"}]",
		"[{\"name\":\"a b\",\"type\":\"child<pcie-root-port>\"},"
		"{\"name\":\"1rp\",\"type\":\"child<pcie-root-port>\"},"
		"{\"name\":\"\",\"type\":\"child<pcie-root-port>\"},"
		"{\"name\":\"rp\\n\",\"type\":\"child<pcie-root-port>\"},"
		"{\"name\":\"rp\",\"type\":\"pcie-root-port\"}]",
	};
	struct outcome o = inject(correctable(), PATIENCE_MS);

	(void)state;
	is_state(&o, INJ_ACKNOWLEDGED);
	for (size_t i = 0; i < ARRAY_LEN(devices); i++) {
		q.devices = devices[i];
		connect_again();
		o = inject(correctable(), PATIENCE_MS);
		assert_int_equal(o.err.code, RAS_E_NOT_CAPABLE);
		says(o.err.text, "no PCIe root port");
	}
	assert_int_equal(q.n_sent, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, road_stop)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_acknowledged),
		TEST(test_header_is_sent),
		TEST(test_too_quick),
		TEST(test_not_cleared),
		TEST(test_reset),
		TEST(test_without_registers),
		TEST(test_generic_bridge_and_old_qemu),
		TEST(test_checked_before),
		TEST(test_refused_by_qemu),
		TEST(test_not_capable),
		TEST(test_no_port),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
