// SPDX-License-Identifier: LGPL-2.1-or-later
/* Messages of the audit trail: fields, what others put into them, ids and the catalog. */
#include "tests/unit/audit_trail_env.h"

static void test_fields(void **state)
{
	const struct uuid id = { { 1, 2, 3 } };
	struct ras_err why;
	const char *m;

	(void)state;
	ras_fail(&why, RAS_E_NOT_GRANTED, "vm1 does not allow it");
	audit_refused(&(struct audit_subject){ .domain = "vm1",
					       .domain_uuid = &id,
					       .severity = "fatal",
					       .origin = "operator",
					       .via = "qemu-ghes",
					       .method = "injection.create",
					       .gpa = &(struct gpa){ 0x48000000 },
					       .hpa = &(struct hpa){ UINT64_MAX },
					       .uid = 1000 },
		      &why);
	m = heard();
	assert_has(m, "MESSAGE_ID=2af184d968084e2d910849289793efb0");
	assert_has(m, "MESSAGE=refused to uid 1000: vm1 does not allow it");
	assert_has(m, "SYSLOG_IDENTIFIER=rasd");
	assert_has(m, "PRIORITY=5");
	assert_has(m, "RASD_DOMAIN=vm1");
	assert_has(m, "RASD_DOMAIN_UUID=01020300-0000-0000-0000-000000000000");
	assert_has(m, "RASD_GPA=0x48000000");
	assert_has(m, "RASD_HPA=0xffffffffffffffff");
	assert_has(m, "RASD_SEVERITY=fatal");
	assert_has(m, "RASD_ORIGIN=operator");
	assert_has(m, "RASD_VIA=qemu-ghes");
	assert_has(m, "RASD_METHOD=injection.create");
	assert_has(m, "RASD_UID=1000");
	assert_has(m, "RASD_REASON=policy-denied");
	assert_string_equal(heard(), "");
}

static void test_lever_and_configuration(void **state)
{
	struct ras_err why;
	const char *m;

	(void)state;
	audit_safety(&(struct audit_lever){ 0, true, true, "rack 7\nis\x1b[31m moved" });
	m = heard();
	assert_has(m, "MESSAGE_ID=e3685697e8bc403588dea9401e05ede2");
	assert_has(m, "MESSAGE=uid 0 engaged the safety lever, real errors of the host are held "
		      "back too: rack 7\\x0ais\\x1b[31m moved");
	assert_has(m, "RASD_ALSO_FORWARDING=yes");
	audit_safety(&(struct audit_lever){ AUDIT_NOBODY, false, false, "done" });
	m = heard();
	assert_has(m, "MESSAGE=rasd released the safety lever: done");
	assert_null(strstr(m, "RASD_UID="));
	audit_config(AUDIT_NOBODY, "/etc/rasd/rasd.conf", NULL);
	assert_has(heard(), "MESSAGE=rasd had /etc/rasd/rasd.conf read again");
	ras_fail(&why, RAS_E_CONFIG, "line 3: no such key");
	audit_config(0, "/etc/rasd/rasd.conf", &why);
	m = heard();
	assert_has(m, "PRIORITY=3");
	assert_has(m, "RASD_REASON=line 3: no such key");
}

/* Nobody can add a field, or a line, or bytes that are no text. */
static void test_no_field_is_forged(void **state)
{
	static const char *const names[] = { "vm1\nMESSAGE_ID=0\nRASD_UID=0", "a\rb", "\xff\xfe",
					     "vm1\n\n\n", "\x01\x7f\xc2\x85" };
	const char *m;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t n_lines = 0;

		refuse(names[i], 1000);
		m = heard();
		assert_has(m, "RASD_UID=1000");
		assert_false(has(m, "RASD_UID=0"));
		for (const char *c = m; *c; c++) {
			n_lines += *c == '\n';
			assert_true(*c == '\n' || ((unsigned char)*c >= ' ' && *c != 0x7f));
		}
		assert_int_equal(n_lines, 8); /* as for any other name */
	}
}

/* A value is bounded; the message stays whole. */
static void test_long_values(void **state)
{
	static char name[100000];
	const char *m;

	(void)state;
	memset(name, '\n', sizeof(name) - 1);
	refuse(name, 1);
	m = heard();
	assert_true(strlen(m) < JOURNALD_MESSAGE_BYTES);
	assert_has(m, "RASD_UID=1");
	assert_int_equal(m[strlen(m) - 1], '\n');
}

/* Each kind has an id of its own, and the catalog explains exactly these. */
static void test_catalog(void **state)
{
	_fclose_ FILE *f = fopen("systemd/rasd.catalog", "re");
	char text[256], id[64];
	int seen[AUDIT__MAX] = { 0 };
	size_t n = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(text, sizeof(text), f)) {
		if (sscanf(text, "-- %32[0-9a-f]", id) != 1 || strlen(id) != 32)
			continue;
		n++;
		for (int k = 0; k < AUDIT__MAX; k++)
			seen[k] += strcmp(id, audit_message_id((enum audit_kind)k)) == 0;
	}
	for (int k = 0; k < AUDIT__MAX; k++)
		assert_int_equal(seen[k], 1);
	assert_int_equal(n, AUDIT__MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fields, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lever_and_configuration, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_field_is_forged, setup, teardown),
		cmocka_unit_test_setup_teardown(test_long_values, setup, teardown),
		cmocka_unit_test(test_catalog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
