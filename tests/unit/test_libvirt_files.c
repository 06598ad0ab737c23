// SPDX-License-Identifier: LGPL-2.1-or-later
/* What libvirt says in files and texts: domain XML with its grants, and pid files. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "helper/pidfile.h"
#include "libvirt/metadata.h"

/* --- domain XML --- */

#define HEAD                                                                   \
	"<domain type='qemu'><name>x</name><memory unit='KiB'>524288</memory>" \
	"<os><type arch='aarch64' machine='virt-11.1'>hvm</type></os>"
#define G(x) \
	HEAD "<metadata><r:grants xmlns:r='urn:rasd:grants:1'>" x "</r:grants></metadata></domain>"

static int parse(const char *xml, struct domain_facts *out)
{
	struct ras_err err;

	return domain_xml_parse(xml, strlen(xml), out, &err);
}

static void test_xml(void **state)
{
	struct domain_facts x;

	(void)state;
	assert_int_equal(parse(HEAD "<features><acpi/><ras state='on'/></features><launchSecurity "
				    "type='sev'/></domain>",
			       &x),
			 0);
	assert_string_equal(x.arch, "aarch64");
	assert_string_equal(x.machine, "virt-11.1");
	assert_string_equal(x.launch_security, "sev");
	assert_true(x.acpi && !x.has_grants);
	assert_int_equal(x.memory.total_bytes, 512 << 20);
	/* The same names elsewhere mean nothing. */
	assert_int_equal(parse(HEAD "<devices><acpi/><memory>1</memory></devices></domain>", &x),
			 0);
	assert_true(!x.acpi && x.memory.total_bytes == 512 << 20);
	assert_int_equal(parse(G("<r:target max-severity='fatal'/><r:forward corrected='yes' "
				 "uncorrected='no' label='yes'/>"),
			       &x),
			 0);
	assert_true(x.has_grants && !x.grants_why[0]);
	assert_int_equal(x.grants.target_max_severity, CONF_SEV_FATAL);
	assert_true(x.grants.forward_corrected && !x.grants.forward_uncorrected);
	assert_true(x.grants.forward_label);
}

static void test_xml_denies_what_it_does_not_understand(void **state)
{
	static const char *const bad[] = {
		G("<r:target max-severity='all'/>"),
		G("<r:target severity='fatal'/>"),
		G("<r:target max-severity='fatal'/><r:more/>"),
		G("<r:target max-severity='fatal'><r:inner/></r:target>"),
		G("<r:target max-severity='fatal'/><r:forward corrected='1'/>"),
		G("<r:forward uncorrected='yes' label='maybe'/>"),
		G("<r:target max-severity='fatal'/><r:target max-severity='fatal'/>"),
		G("<r:forward corrected='yes'/><r:target max-severity='fatal'/>"
		  "<r:forward uncorrected='yes'/>"),
		G("<r:target max-severity='fatal'/></r:grants><r:grants "
		  "xmlns:r='urn:rasd:grants:1'>"),
		HEAD "<metadata><r:grants xmlns:r='urn:rasd:grants:1' all='yes'><r:target "
		     "max-severity='fatal'/></r:grants></metadata></domain>",
	};
	struct domain_facts x;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(parse(bad[i], &x), 0);
		assert_true(x.grants_why[0]);
		assert_int_equal(x.grants.target_max_severity, CONF_SEV_NONE);
		assert_false(x.grants.forward_corrected || x.grants.forward_uncorrected ||
			     x.grants.forward_label);
	}
	/* Another namespace, or none, is not ours. */
	assert_int_equal(parse(HEAD "<metadata><grants><target max-severity='fatal'/></grants>"
				    "</metadata></domain>",
			       &x),
			 0);
	assert_false(x.has_grants);
	assert_int_equal(parse(HEAD, &x), -RAS_E_MONITOR);
	assert_int_equal(parse("<!DOCTYPE d [<!ENTITY a 'b'>]>" HEAD "</domain>", &x),
			 -RAS_E_MONITOR);
	assert_int_equal(parse("", &x), -RAS_E_MONITOR);
}

static void test_xml_deep(void **state)
{
	char deep[4096] = HEAD;
	struct domain_facts x;

	(void)state;
	for (int i = 0; i < 200; i++)
		strcat(deep, "<a>");
	assert_int_equal(parse(deep, &x), -RAS_E_MONITOR);
}

static void test_grants_round_trip(void **state)
{
	const struct conf_grant g = { .target_max_severity = CONF_SEV_RECOVERABLE,
				      .forward_uncorrected = true,
				      .forward_label = true };
	char element[256], xml[1024];
	struct domain_facts x;

	(void)state;
	domain_grants_format(&g, element, sizeof(element));
	/* libvirt puts the element into the namespace. */
	snprintf(xml, sizeof(xml),
		 HEAD "<metadata><grants xmlns='urn:rasd:grants:1'>%s</metadata></domain>",
		 element + strlen("<grants>"));
	assert_int_equal(parse(xml, &x), 0);
	assert_true(x.has_grants && !x.grants_why[0]);
	assert_int_equal(x.grants.target_max_severity, CONF_SEV_RECOVERABLE);
	assert_true(x.grants.forward_uncorrected && !x.grants.forward_corrected);
	assert_true(x.grants.forward_label);
}

/* --- libvirt's pid files --- */

static void put(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0644);

	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	fchmod(fd, mode);
	close(fd);
}

static void test_pid_files(void **state)
{
	char dir[] = "/tmp/rasd-unit.XXXXXX", path[64], other[64];
	int64_t now = time(NULL);
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	fd = open(dir, O_RDONLY | O_DIRECTORY);
	snprintf(path, sizeof(path), "%s/a.pid", dir);
	snprintf(other, sizeof(other), "%s/b.pid", dir);
	pid_file_owner = geteuid();
	put(path, "1234\n", 0644);
	assert_true(pid_file_names(fd, "a.pid", 1234, now - 5));
	assert_false(pid_file_names(fd, "a.pid", 1235, now - 5));
	assert_false(
		pid_file_names(fd, "a.pid", 1234, now + 60)); /* older than the process: stale */
	pid_file_owner = geteuid() + 1;
	assert_false(pid_file_names(fd, "a.pid", 1234, now - 5));
	pid_file_owner = geteuid();
	put(path, "1234\n", 0664);
	assert_false(pid_file_names(fd, "a.pid", 1234, now - 5));
	put(path, "1234 5678\n", 0644);
	assert_false(pid_file_names(fd, "a.pid", 1234, now - 5));
	put(path, "", 0644);
	assert_false(pid_file_names(fd, "a.pid", 0, now - 5));
	put(path, "1234\n", 0644);
	assert_int_equal(link(path, other), 0);
	assert_false(pid_file_names(fd, "a.pid", 1234, now - 5));
	unlink(path);
	assert_int_equal(symlink(other, path), 0);
	assert_false(pid_file_names(fd, "a.pid", 1234, now - 5));
	assert_true(pid_file_names(fd, "b.pid", 1234, now - 5));
	assert_false(pid_file_names(fd, "none.pid", 1234, now - 5));
	pid_file_owner = 0;
	unlink(path);
	unlink(other);
	close(fd);
	rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xml),
		cmocka_unit_test(test_xml_denies_what_it_does_not_understand),
		cmocka_unit_test(test_xml_deep),
		cmocka_unit_test(test_grants_round_trip),
		cmocka_unit_test(test_pid_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
