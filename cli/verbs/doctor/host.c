// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What rasctl doctor finds in files that everybody may read: the kernel's configuration and
 * settings, and which rasdaemon is there. rasd is not asked, because a doctor must also work where
 * rasd does not run.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/verbs/doctor/doctor.h"
#include "json/json.h"

#define PATH_SIZE 512

void check_add(struct checks *c, const char *name, enum check_level level, const char *mend,
	       const char *found, ...)
{
	static const char *const level_name[] = { "ok", "warn", "fail", "unknown" };
	json_object *o = json_object_new_object();
	char text[512];
	va_list ap;

	va_start(ap, found);
	vsnprintf(text, sizeof(text), found, ap);
	va_end(ap);
	json_object_object_add(o, "name", json_new_text(name));
	json_object_object_add(o, "level", json_object_new_string(level_name[level]));
	json_object_object_add(o, "found", json_new_text(text));
	if (mend && *mend)
		json_object_object_add(o, "mend", json_new_text(mend));
	json_object_array_add(c->list, o);
	c->n[level]++;
}

static void path_of(const struct doctor_host *h, char *out, const char *path)
{
	snprintf(out, PATH_SIZE, "%s%s", h->root, path);
}

static FILE *open_file(const struct doctor_host *h, const char *path)
{
	char full[PATH_SIZE];

	path_of(h, full, path);
	return fopen(full, "re");
}

/* The first line of a file, without its end. False: it cannot be read. */
static bool first_line(const struct doctor_host *h, const char *path, char *out, size_t size)
{
	_fclose_ FILE *f = open_file(h, path);

	if (!f || !fgets(out, (int)size, f))
		return false;
	out[strcspn(out, "\n")] = '\0';
	return true;
}

/* --- the kernel's configuration --- */

enum option { OPTION_UNKNOWN, OPTION_OFF, OPTION_MODULE, OPTION_ON };

struct config {
	bool read;
	enum option cec, edac_ghes, memory_failure;
};

static void config_line(struct config *k, const char *line)
{
	struct {
		const char *name;
		enum option *to;
	} const want[] = { { "CONFIG_RAS_CEC=", &k->cec },
			   { "CONFIG_EDAC_GHES=", &k->edac_ghes },
			   { "CONFIG_MEMORY_FAILURE=", &k->memory_failure } };

	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		size_t len = strlen(want[i].name);

		if (strncmp(line, want[i].name, len) == 0)
			*want[i].to = line[len] == 'm' ? OPTION_MODULE : OPTION_ON;
	}
}

static void config_read(struct config *k, FILE *f)
{
	char line[512];

	while (fgets(line, sizeof(line), f)) {
		k->read |= strncmp(line, "CONFIG_", 7) == 0;
		config_line(k, line);
	}
	if (k->read) {
		/* What is not set is a comment there. */
		k->cec = k->cec ? k->cec : OPTION_OFF;
		k->edac_ghes = k->edac_ghes ? k->edac_ghes : OPTION_OFF;
		k->memory_failure = k->memory_failure ? k->memory_failure : OPTION_OFF;
	}
}

/* /proc/config.gz, unpacked by gzip: one file is no reason to link zlib. */
static void read_packed(struct config *k)
{
	_fclose_ FILE *f = NULL;
	int p[2], status;
	pid_t pid;

	if (access("/proc/config.gz", R_OK) < 0 || pipe2(p, O_CLOEXEC) < 0)
		return;
	pid = fork();
	if (pid == 0) {
		dup2(p[1], STDOUT_FILENO);
		execl("/bin/gzip", "gzip", "-dc", "/proc/config.gz", (char *)NULL);
		_exit(127);
	}
	close(p[1]);
	f = fdopen(p[0], "r");
	if (f && pid > 0)
		config_read(k, f);
	else if (!f)
		close(p[0]);
	if (pid > 0)
		waitpid(pid, &status, 0);
}

/* /boot is not readable everywhere, and /proc/config.gz is not in every kernel. */
static void config_find(const struct doctor_host *h, struct config *k)
{
	static const struct {
		const char *before, *behind;
	} place[] = { { "/boot/config-", "" }, { "/lib/modules/", "/config" } };
	char path[PATH_SIZE];
	FILE *f;

	for (size_t i = 0; i < ARRAY_LEN(place) && !k->read; i++) {
		snprintf(path, sizeof(path), "%s%s%s", place[i].before, h->release,
			 place[i].behind);
		f = open_file(h, path);
		if (f) {
			config_read(k, f);
			fclose(f);
		}
	}
	if (k->read || *h->root)
		return;
	read_packed(k);
}

static bool is_x86(const struct doctor_host *h)
{
	return strcmp(h->arch, "x86_64") == 0;
}

static void check_cec(struct checks *c, const struct doctor_host *h, const struct config *k)
{
	char line[4096] = "";

	if (!is_x86(h) || k->cec == OPTION_UNKNOWN)
		return;
	first_line(h, "/proc/cmdline", line, sizeof(line));
	if (k->cec == OPTION_OFF || strstr(line, "ras=cec_disable"))
		check_add(c, "ras-cec", CHECK_OK, NULL, "off: the kernel moves no page by itself");
	else
		check_add(c, "ras-cec", CHECK_OK,
			  "ras=cec_disable on the kernel's command line, if it is not wanted",
			  "on: the kernel moves a page away at its second corrected error (AMD: "
			  "1023rd), and EDAC hears nothing of it; source kernel sees each error");
}

static void check_edac(struct checks *c, const struct doctor_host *h, const struct config *k)
{
	char name[128];

	if (k->edac_ghes == OPTION_OFF && !is_x86(h) && !h->kmsg_live)
		check_add(c, "edac-ghes", CHECK_FAIL,
			  "let rasd read the kernel's log (source kmsg), or use a kernel with "
			  "CONFIG_EDAC_GHES=y",
			  "not built in: corrected memory errors that firmware reports make no "
			  "trace event, only a line in the kernel's log, which rasd does not read");
	else if (k->edac_ghes == OPTION_OFF)
		check_add(c, "edac-ghes", CHECK_OK, NULL,
			  "not built in: what firmware reports is taken from the kernel's log%s",
			  h->kmsg_live ? " (source kmsg)" : ", where source kmsg is live");
	else if (k->edac_ghes != OPTION_UNKNOWN)
		check_add(c, "edac-ghes", CHECK_OK, NULL,
			  "built in: what firmware reports makes trace events");
	if (first_line(h, "/sys/devices/system/edac/mc/mc0/mc_name", name, sizeof(name)))
		check_add(c, "edac", CHECK_OK, NULL, "memory controller %.60s: errors name a DIMM",
			  name);
	else
		check_add(c, "edac", CHECK_WARN,
			  "load the EDAC driver of this platform (modprobe amd64_edac, i10nm_edac, "
			  "skx_edac ...); a virtual machine has none",
			  "no driver for the memory controller: errors come without DIMM labels");
}

static void check_config(struct checks *c, const struct doctor_host *h)
{
	struct config k = { 0 };

	config_find(h, &k);
	if (!k.read)
		check_add(c, "kernel-config", CHECK_UNKNOWN,
			  "make /boot/config-RELEASE readable, or use a kernel with "
			  "CONFIG_IKCONFIG_PROC",
			  "the configuration of %s cannot be read: RAS_CEC, EDAC_GHES and "
			  "MEMORY_FAILURE are not known",
			  h->release);
	else if (k.memory_failure == OPTION_OFF)
		check_add(c, "memory-failure", CHECK_FAIL,
			  "use a kernel with CONFIG_MEMORY_FAILURE",
			  "not built in: the kernel cannot take bad pages out of use");
	else
		check_add(c, "memory-failure", CHECK_OK, NULL,
			  "built in: the kernel takes bad pages out of use");
	check_cec(c, h, &k);
	check_edac(c, h, &k);
}

/* --- settings --- */

/* -1: there is none. */
static int setting(const struct doctor_host *h, const char *name)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), "/proc/sys/vm/%s", name);
	return first_line(h, path, text, sizeof(text)) ? atoi(text) : -1;
}

static void check_settings(struct checks *c, const struct doctor_host *h)
{
	int recovery = setting(h, "memory_failure_recovery");
	int early = setting(h, "memory_failure_early_kill");
	int panics = setting(h, "panic_on_unrecoverable_memory_failure");

	if (recovery == 0)
		check_add(c, "memory-failure-recovery", CHECK_FAIL,
			  "sysctl vm.memory_failure_recovery=1",
			  "0: an uncorrected error of any page panics the host");
	else if (recovery > 0)
		check_add(c, "memory-failure-recovery", CHECK_OK, NULL,
			  "1: an uncorrected error costs the page, not the host");
	if (early >= 0)
		check_add(c, "memory-failure-early-kill", CHECK_OK, NULL,
			  early ? "1: every process that maps a bad page is signalled at once" :
				  "0: a process is signalled when it touches a bad page; QEMU with "
				  "KVM asks for it at once by itself");
	if (panics > 0)
		check_add(c, "panic-on-unrecoverable", CHECK_WARN,
			  "sysctl vm.panic_on_unrecoverable_memory_failure=0, if guests are to go "
			  "on",
			  "%d: the host panics where the kernel cannot take a bad page out of use; "
			  "all guests end then, and rasd forwards nothing",
			  panics);
	else
		check_add(c, "panic-on-unrecoverable", CHECK_OK, NULL,
			  panics < 0 ? "this kernel has no such setting" :
				       "0: the host goes on where a bad page cannot be taken away");
}

/* --- rasdaemon --- */

/* The version that dpkg has of an installed package. False: not known. */
static bool dpkg_version(const struct doctor_host *h, const char *package, char *out, size_t size)
{
	_fclose_ FILE *f = open_file(h, "/var/lib/dpkg/status");
	char line[1024];
	bool here = false, installed = false;

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "Package: ", 9) == 0) {
			here = strcmp(line + 9, package) == 0;
			installed = false;
		} else if (here && strncmp(line, "Status: ", 8) == 0) {
			installed = strstr(line, " installed") != NULL;
		} else if (here && installed && strncmp(line, "Version: ", 9) == 0) {
			snprintf(out, size, "%.60s", line + 9);
			return true;
		}
	}
	return false;
}

static bool runs(const struct doctor_host *h, const char *name)
{
	char path[PATH_SIZE], comm[64];
	struct dirent *e;
	bool found = false;
	DIR *d;

	path_of(h, path, "/proc");
	d = opendir(path);
	while (d && !found && (e = readdir(d))) {
		if (e->d_name[0] < '1' || e->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/comm", e->d_name);
		found = first_line(h, path, comm, sizeof(comm)) && strcmp(comm, name) == 0;
	}
	if (d)
		closedir(d);
	return found;
}

/*
 * 0.6.8 (Debian 12) leaves the kernel's buffer_percent at 50, so that its poll() does not return
 * before half of the buffer is full: seen on Linux 6.x, and mended in 0.8.
 */
static bool records_nothing(const struct doctor_host *h, const char *version)
{
	int major = 0, minor = 0;

	return atoi(h->release) >= 6 && sscanf(version, "%d.%d", &major, &minor) == 2 &&
	       major == 0 && minor < 8;
}

static void check_rasdaemon(struct checks *c, const struct doctor_host *h)
{
	char version[64] = "";
	bool known = dpkg_version(h, "rasdaemon", version, sizeof(version));
	bool running = runs(h, "rasdaemon");

	if (!known && !running)
		check_add(c, "rasdaemon", CHECK_OK, NULL,
			  "not there: rasd needs none, source kernel reads the kernel itself");
	else if (known && records_nothing(h, version))
		check_add(
			c, "rasdaemon", CHECK_WARN,
			"install rasdaemon 0.8.1 or later; rasd needs none where source kernel is "
			"live",
			"%s is known to record nothing on Linux %s", version, h->release);
	else if (!running)
		check_add(c, "rasdaemon", CHECK_WARN,
			  "systemctl enable --now rasdaemon, or remove it",
			  "%s does not run: there are no labels from it", version);
	else
		check_add(c, "rasdaemon", CHECK_OK, NULL, "%s runs",
			  known ? version : "a version that is not known");
}

void doctor_host(struct checks *c, const struct doctor_host *h)
{
	check_add(c, "kernel", CHECK_OK, NULL, "Linux %s, %s", h->release, h->arch);
	check_config(c, h);
	check_settings(c, h);
	check_rasdaemon(c, h);
}
