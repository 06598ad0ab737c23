// SPDX-License-Identifier: LGPL-2.1-or-later
/* What rasctl doctor makes of the files of a host. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/verbs/doctor/doctor.h"
#include "cli/verbs/doctor/host.c"

static char root[64];
static struct checks checks;
static struct doctor_host host;

static void put(const char *path, const char *text)
{
	char full[256];
	FILE *f;

	snprintf(full, sizeof(full), "%s%s", root, path);
	for (char *s = strchr(full + 1, '/'); s; s = strchr(s + 1, '/')) {
		*s = '\0';
		mkdir(full, 0755);
		*s = '/';
	}
	f = fopen(full, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int setup(void **state)
{
	(void)state;
	snprintf(root, sizeof(root), "/tmp/rasd-doctor-XXXXXX");
	if (!mkdtemp(root))
		return -1;
	host = (struct doctor_host){ .root = root, .release = "6.12.1-x", .arch = "x86_64" };
	checks = (struct checks){ .list = json_object_new_array() };
	return 0;
}

static int teardown(void **state)
{
	char command[128];

	(void)state;
	json_object_put(checks.list);
	snprintf(command, sizeof(command), "rm -rf %s", root);
	return system(command);
}

static void look(void)
{
	json_object_put(checks.list);
	checks = (struct checks){ .list = json_object_new_array() };
	doctor_host(&checks, &host);
}

/* The check of that name has that level, and says these words. */
static void says(const char *name, const char *level, const char *words)
{
	for (size_t i = 0; i < json_object_array_length(checks.list); i++) {
		json_object *k = json_object_array_get_idx(checks.list, i), *v;

		json_object_object_get_ex(k, "name", &v);
		if (strcmp(json_object_get_string(v), name) != 0)
			continue;
		json_object_object_get_ex(k, "level", &v);
		assert_string_equal(json_object_get_string(v), level);
		if (!strstr(json_object_to_json_string_ext(k, JSON_C_TO_STRING_NOSLASHESCAPE),
			    words))
			fail_msg("%s: %s, wanted %s", name, json_object_to_json_string(k), words);
		return;
	}
	if (level)
		fail_msg("no check %s", name);
}

static void nothing_there(void **state)
{
	(void)state;
	look();
	says("kernel", "ok", "6.12.1-x, x86_64");
	says("kernel-config", "unknown", "cannot be read");
	says("panic-on-unrecoverable", "ok", "no such setting");
	says("rasdaemon", "ok", "not there");
	says("edac", "warn", "without DIMM labels");
	assert_int_equal(checks.n[CHECK_FAIL], 0);
}

static void configuration(void **state)
{
	(void)state;
	put("/boot/config-6.12.1-x", "CONFIG_MEMORY_FAILURE=y\nCONFIG_RAS_CEC=y\n"
				     "# CONFIG_EDAC_GHES is not set\n");
	put("/sys/devices/system/edac/mc/mc0/mc_name", "Intel Sky\n");
	look();
	says("memory-failure", "ok", "built in");
	says("ras-cec", "ok", "second corrected error");
	says("edac-ghes", "ok", "where source kmsg is live");
	says("edac", "ok", "Intel Sky");
	put("/proc/cmdline", "quiet ras=cec_disable\n");
	look();
	says("ras-cec", "ok", "off");
	/* arm64: the kernel's log is the only place where these errors are told. */
	host.arch = "aarch64";
	look();
	says("edac-ghes", "fail", "source kmsg");
	host.kmsg_live = true;
	look();
	says("edac-ghes", "ok", "source kmsg");
	assert_int_equal(checks.n[CHECK_FAIL], 0);
	host.release = "7.3";
	put("/lib/modules/7.3/config", "CONFIG_EDAC_GHES=m\n");
	look();
	says("edac-ghes", "ok", "makes trace events");
	says("memory-failure", "fail", "not built in");
}

static void settings(void **state)
{
	(void)state;
	put("/proc/sys/vm/memory_failure_recovery", "0\n");
	put("/proc/sys/vm/memory_failure_early_kill", "0\n");
	put("/proc/sys/vm/panic_on_unrecoverable_memory_failure", "1\n");
	look();
	says("memory-failure-recovery", "fail", "sysctl vm.memory_failure_recovery=1");
	says("memory-failure-early-kill", "ok", "when it touches");
	says("panic-on-unrecoverable", "warn", "all guests end");
	put("/proc/sys/vm/memory_failure_recovery", "1\n");
	put("/proc/sys/vm/memory_failure_early_kill", "1\n");
	put("/proc/sys/vm/panic_on_unrecoverable_memory_failure", "0\n");
	look();
	says("memory-failure-recovery", "ok", "costs the page");
	says("memory-failure-early-kill", "ok", "at once");
	says("panic-on-unrecoverable", "ok", "goes on");
}

#define DPKG(version)                                                  \
	"Package: other\nStatus: install ok installed\nVersion: 9\n\n" \
	"Package: rasdaemon\nStatus: install ok installed\nVersion: " version "\n"

static void rasdaemons(void **state)
{
	(void)state;
	put("/var/lib/dpkg/status", DPKG("0.6.8-1"));
	put("/proc/77/comm", "rasdaemon\n");
	look();
	says("rasdaemon", "warn", "record nothing on Linux 6.12.1-x");
	host.release = "5.10.0";
	look();
	says("rasdaemon", "ok", "0.6.8-1 runs");
	host.release = "6.12.1-x";
	put("/var/lib/dpkg/status", DPKG("0.8.3-1"));
	look();
	says("rasdaemon", "ok", "0.8.3-1 runs");
	put("/proc/77/comm", "other\n");
	look();
	says("rasdaemon", "warn", "does not run");
	/* Removed, with its configuration left behind. */
	put("/var/lib/dpkg/status",
	    "Package: rasdaemon\nStatus: deinstall ok config-files\nVersion: 0.6.8-1\n");
	look();
	says("rasdaemon", "ok", "not there");
	put("/proc/77/comm", "rasdaemon\n");
	look();
	says("rasdaemon", "ok", "not known");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = { T(nothing_there), T(configuration), T(settings),
					    T(rasdaemons) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
