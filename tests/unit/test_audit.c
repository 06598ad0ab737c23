// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The audit trail against a played journald: fields, what others put into them, a socket that is
 * full, that is not there, and that comes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "audit/kinds.h"
#include "audit/trail.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "tests/unit/loop_turn.h"
#include "tests/unit/patience.h"

static char dir[64], path[96], said[512];
static struct event_base *base;
static int journald = -1, n_said;

static void keep_log(int level, const char *line)
{
	(void)level;
	n_said++;
	snprintf(said, sizeof(said), "%s", line);
}

static void play_journald(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	unlink(path);
	strcpy(sa.sun_path, path);
	journald = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(journald, (const struct sockaddr *)&sa, sizeof(sa)), 0);
}

static int setup(void **state)
{
	struct ras_err err;

	(void)state;
	strcpy(dir, "/tmp/test-audit-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/socket", dir);
	base = event_base_new();
	log_limit_reset();
	log_set_sink(keep_log);
	n_said = 0;
	play_journald();
	return audit_open(base, path, &err);
}

static int teardown(void **state)
{
	(void)state;
	audit_close();
	event_base_free(base);
	if (journald >= 0)
		close(journald);
	unlink(path);
	return rmdir(dir);
}

/* The next message that journald got, "" where there is none. */
static const char *heard(void)
{
	static char text[JOURNALD_MESSAGE_BYTES + 1];
	ssize_t n = recv(journald, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* Whether text has exactly that line. */
static bool has(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *at = text; (at = strstr(at, line)); at++)
		if ((at == text || at[-1] == '\n') && at[len] == '\n')
			return true;
	return false;
}

static void assert_has(const char *text, const char *line)
{
	if (!has(text, line))
		fail_msg("no line \"%s\" in:\n%s", line, text);
}

static void refuse(const char *domain, int64_t uid)
{
	struct ras_err why;

	ras_fail(&why, RAS_E_NOT_GRANTED, "%s does not allow it", domain);
	audit_refused(&(struct audit_subject){ .domain = domain, .uid = uid }, &why);
}

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

/* The loop is not held up, order stays, and what does not fit is counted and told once. */
static void test_full(void **state)
{
	int64_t end = patience_end_ns();
	struct audit_stat s;
	struct ras_err why;
	size_t n = 0;
	char last[32] = "", line[32];

	(void)state;
	ras_fail(&why, RAS_E_CONFIG, "x");
	for (int i = 0; i < 2000; i++) {
		snprintf(line, sizeof(line), "/conf-%d", i);
		audit_config(0, line, NULL);
	}
	audit_stat(&s);
	assert_true(s.sent > 0 && s.waiting > 0 && s.lost > 0);
	assert_int_equal(s.sent + s.waiting + s.lost, 2000);
	assert_int_equal(n_said, 1);
	assert_non_null(strstr(said, "journald does not read"));
	while (clock_boot_ns() < end) {
		const char *m = heard();

		if (!*m) {
			loop_turn(base, EVLOOP_NONBLOCK);
			usleep(500);
			continue;
		}
		if (strstr(m, "RASD_LEFT_OUT="))
			break;
		snprintf(line, sizeof(line), "RASD_FILE=/conf-%zu", n++);
		assert_has(m, line);
	}
	snprintf(last, sizeof(last), "%llu messages", (unsigned long long)s.lost);
	assert_int_equal(n, s.sent + s.waiting);
	assert_int_equal(n_said, 2);
	assert_non_null(strstr(said, last));
	audit_stat(&s);
	assert_int_equal(s.waiting, 0);
	assert_true(s.live);
}

/* A host without journald: counted, told once, nothing kept. It may come later. */
static void test_absent(void **state)
{
	struct audit_stat s;
	const char *m;

	(void)state;
	close(journald);
	unlink(path);
	journald = -1;
	for (int i = 0; i < 5; i++)
		audit_config(0, "/conf", NULL);
	audit_stat(&s);
	assert_int_equal(s.lost, 5);
	assert_int_equal(s.waiting, 0);
	assert_false(s.live);
	assert_int_equal(n_said, 1);
	assert_non_null(strstr(said, "no journald"));
	play_journald();
	audit_config(0, "/conf", NULL);
	m = heard();
	assert_has(m, "RASD_LEFT_OUT=5");
	assert_has(m, "MESSAGE_ID=e7e4fd6248634bef8a002b87d6551905");
	assert_has(heard(), "RASD_FILE=/conf");
}

/* A journald that goes away with messages waiting for it. */
static void test_gone(void **state)
{
	int64_t end = patience_end_ns();
	struct audit_stat s;

	(void)state;
	do {
		audit_config(0, "/conf", NULL);
		audit_stat(&s);
	} while (!s.waiting);
	close(journald);
	journald = -1;
	unlink(path);
	while (s.waiting && clock_boot_ns() < end) {
		loop_turn(base, EVLOOP_NONBLOCK);
		usleep(500);
		audit_stat(&s);
	}
	assert_int_equal(s.waiting, 0);
	assert_true(s.lost > 0);
}

/* One person's refusals do not fill the host's log, nor keep another's out of it. */
static void test_refusals_are_bounded(void **state)
{
	struct audit_stat s;
	size_t n = 0;

	(void)state;
	for (int i = 0; i < AUDIT_REFUSALS * 3; i++) {
		refuse("vm1", 1000);
		n += *heard() != '\0';
	}
	assert_true(n >= AUDIT_REFUSALS && n < AUDIT_REFUSALS * 2);
	refuse("vm1", 1001);
	assert_has(heard(), "RASD_UID=1001");
	audit_stat(&s);
	assert_int_equal(s.lost, 0);
}

/* Before audit_open() and after audit_close() nothing is sent, and nothing breaks. */
static void test_closed(void **state)
{
	(void)state;
	audit_close();
	audit_close();
	refuse("vm1", 1);
	audit_config(0, "/conf", NULL);
	assert_string_equal(heard(), "");
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
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
		cmocka_unit_test_setup_teardown(test_absent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_refusals_are_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_closed, setup, teardown),
		cmocka_unit_test(test_catalog),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
