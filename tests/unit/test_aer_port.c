// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the registers of a real root port say of an error: whether it is sent, and the proof. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "backend/aer_map.h"
#include "tests/unit/aer_env.h"

static struct ras_err err;

static void says(const char *what)
{
	if (!strstr(err.text, what))
		fail_msg("%s", err.text);
}

static struct aer_error error_of(uint32_t severity, uint32_t unc, uint32_t cor)
{
	struct one_record r = aer_record(severity, unc, cor);
	struct aer_error e;

	assert_int_equal(aer_map(r.bytes, r.len, &e, &err), 0);
	return e;
}

static struct aer_port port(void)
{
	struct aer_port p;

	assert_int_equal(aer_port_of(aer_real_port, &p, &err), 0);
	return p;
}

static void test_real_port(void **state)
{
	struct aer_port p = port();

	(void)state;
	assert_int_equal(p.type, 4);
	assert_int_equal(p.device_control, 0xf);
	assert_int_equal(p.bridge_control, 2);
	assert_int_equal(p.uncorrectable_mask, 0x2400000);
	assert_int_equal(p.uncorrectable_severity, 0x462030);
	assert_int_equal(p.correctable_mask, 0xe000);
	assert_int_equal(p.root_command, 7);
	assert_int_equal(p.root_status, 0);
	assert_int_equal(p.correctable_source, 0);
}

/* A list of capabilities that has no end, leaves the space, or is not there. */
static void test_odd_port(void **state)
{
	uint32_t w[AER_WORDS];
	struct aer_port p;

	(void)state;
	for (int i = 0; i < 6; i++) {
		memcpy(w, aer_real_port, sizeof(w));
		if (i == 0)
			memset(w, 0xff, sizeof(w));
		if (i == 1)
			memset(w, 0, sizeof(w));
		if (i == 2) /* to itself */
			w[0x54 / 4] = 0x5401;
		if (i == 3)
			w[0x34 / 4] = 0x20;
		if (i == 4) /* the first extended capability is another, and the last */
			w[0x100 / 4] = 0x0001000d;
		if (i == 5) /* beyond what was read */
			w[0x100 / 4] = 0xfff1000d;
		assert_int_equal(aer_port_of(w, &p, &err), -RAS_E_MONITOR);
	}
	/* Behind another one. */
	memcpy(w, aer_real_port, sizeof(w));
	memmove(w + 0x140 / 4, w + 0x100 / 4, 0x40);
	w[0x100 / 4] = 0x1401000d;
	assert_int_equal(aer_port_of(w, &p, &err), 0);
	assert_int_equal(p.correctable_mask, 0xe000);
}

static void test_takes(void **state)
{
	struct aer_error cor = error_of(CPER_SEV_CORRECTED, 0, 1);
	struct aer_error nonfatal = error_of(CPER_SEV_RECOVERABLE, 0x1000, 0);
	struct aer_error fatal = error_of(CPER_SEV_FATAL, 0x20, 0);
	struct aer_error wrong, masked = error_of(CPER_SEV_CORRECTED, 0, 0x8000);
	struct aer_port p = port();

	(void)state;
	assert_int_equal(aer_port_takes(&p, &cor, &err), 0);
	assert_int_equal(aer_port_takes(&p, &nonfatal, &err), 0);
	assert_int_equal(aer_port_takes(&p, &fatal, &err), 0);
	assert_int_equal(aer_port_takes(&p, &masked, &err), -RAS_E_NOT_CAPABLE);
	says("masked");
	/* What the guest calls fatal needs the grant for fatal errors. */
	wrong = error_of(CPER_SEV_RECOVERABLE, 0x20, 0);
	assert_int_equal(aer_port_takes(&p, &wrong, &err), -RAS_E_NOT_CAPABLE);
	says("severity fatal");
	wrong = error_of(CPER_SEV_FATAL, 0x1000, 0);
	assert_int_equal(aer_port_takes(&p, &wrong, &err), -RAS_E_NOT_CAPABLE);
	says("severity recoverable");
	/* The driver is not there yet: each switch counts, for its class only. */
	p.root_command = 6;
	assert_int_equal(aer_port_takes(&p, &cor, &err), -RAS_E_NOT_READY);
	assert_int_equal(aer_port_takes(&p, &nonfatal, &err), 0);
	p.root_command = 7;
	p.device_control = 0xb;
	assert_int_equal(aer_port_takes(&p, &fatal, &err), -RAS_E_NOT_READY);
	assert_int_equal(aer_port_takes(&p, &cor, &err), 0);
	p = port();
	p.bridge_control = 0;
	assert_int_equal(aer_port_takes(&p, &cor, &err), -RAS_E_NOT_READY);
	p = port();
	p.type = 0;
	assert_int_equal(aer_port_takes(&p, &cor, &err), -RAS_E_NOT_CAPABLE);
	/* From before: of the same class, by either register. */
	p = port();
	p.root_status = 1;
	assert_int_equal(aer_port_takes(&p, &cor, &err), -RAS_E_BUSY);
	assert_int_equal(aer_port_takes(&p, &fatal, &err), 0);
	p = port();
	p.correctable_status = 1;
	assert_int_equal(aer_port_takes(&p, &cor, &err), -RAS_E_BUSY);
	p.correctable_status = 0x40;
	assert_int_equal(aer_port_takes(&p, &cor, &err), 0);
}

static void test_proof(void **state)
{
	struct aer_error cor = error_of(CPER_SEV_CORRECTED, 0, 1);
	struct aer_error unc = error_of(CPER_SEV_RECOVERABLE, 0x1000, 0);
	struct aer_port before = port(), now = port();

	(void)state;
	/* Nothing has changed, or what has is of another error. */
	assert_false(aer_port_was_set(&before, &now, &cor));
	assert_false(aer_port_is_set(&now, &cor));
	now.root_status = 4;
	now.correctable_status = 0x40;
	now.uncorrectable_status = 1;
	now.uncorrectable_source = AER_BDF;
	now.correctable_source = AER_BDF + 1;
	assert_false(aer_port_was_set(&before, &now, &cor));
	assert_false(aer_port_is_set(&now, &cor));
	assert_true(aer_port_was_set(&before, &now, &unc));
	assert_true(aer_port_is_set(&now, &unc));
	/* Each of the three is enough. */
	now = before;
	now.root_status = 1;
	assert_true(aer_port_was_set(&before, &now, &cor));
	assert_true(aer_port_is_set(&now, &cor));
	now = before;
	now.correctable_status = 1;
	assert_true(aer_port_was_set(&before, &now, &cor));
	assert_false(aer_port_is_set(&now, &cor));
	now = before;
	now.correctable_source = AER_BDF;
	assert_true(aer_port_was_set(&before, &now, &cor));
	assert_false(aer_port_is_set(&now, &cor));
	/* It was there before. */
	before = now;
	assert_false(aer_port_was_set(&before, &now, &cor));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_port),
		cmocka_unit_test(test_odd_port),
		cmocka_unit_test(test_takes),
		cmocka_unit_test(test_proof),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
