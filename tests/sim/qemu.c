// SPDX-License-Identifier: LGPL-2.1-or-later
/* What QEMU answers: a virt machine with ras=on and one stretch of RAM. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "monitor.h"

#define HVA UINT64_C(0x7f0000000000)

static json_object *text(const char *s)
{
	return json_object_new_string(s);
}

static json_object *parse(const char *s)
{
	return json_tokener_parse(s);
}

static json_object *ramblocks(void)
{
	char table[512];
	json_object *o = json_object_new_object();

	snprintf(table, sizeof(table),
		 "              Block Name    PSize              Offset               Used"
		 "              Total                HVA  RO\n"
		 "           mach-virt.ram    4 KiB  0x0000000000000000 0x%016" PRIx64
		 " 0x%016" PRIx64 " 0x%016" PRIx64 "  rw\n",
		 SIM_RAM_BYTES, SIM_RAM_BYTES, HVA);
	json_object_object_add(o, "human-readable-text", text(table));
	return o;
}

static json_object *human(const char *line, const char **error)
{
	char out[512];
	uint64_t gpa;

	if (strcmp(line, "info mtree -f") == 0) {
		snprintf(out, sizeof(out),
			 "FlatView #0\n AS \"memory\", root: system\n Root memory region: system\n"
			 "  %016" PRIx64 "-%016" PRIx64 " (prio 0, ram): mach-virt.ram\n\n",
			 SIM_RAM_GPA, SIM_RAM_GPA + SIM_RAM_BYTES - 1);
		return text(out);
	}
	if (sscanf(line, "gpa2hva 0x%" SCNx64, &gpa) == 1) {
		if (gpa < SIM_RAM_GPA || gpa - SIM_RAM_GPA >= SIM_RAM_BYTES)
			snprintf(out, sizeof(out), "No memory is mapped at address 0x%" PRIx64 "\n",
				 gpa);
		else
			snprintf(out, sizeof(out),
				 "Host virtual address for 0x%" PRIx64
				 " (mach-virt.ram) is 0x%" PRIx64 "\n",
				 gpa, HVA + (gpa - SIM_RAM_GPA));
		return text(out);
	}
	*error = "unknown command";
	return NULL;
}

static json_object *property(const char *name, const char **error)
{
	if (strcmp(name, "ras") == 0)
		return json_object_new_boolean(1);
	if (strcmp(name, "type") == 0)
		return text("virt-11.1-machine");
	if (strcmp(name, "confidential-guest-support") == 0)
		return text("");
	*error = "Property not found";
	return NULL;
}

static json_object *inject(struct sim_guest *g, json_object *args, const char **error)
{
	const char *cper = NULL;
	uint8_t rec[SIM_BLOCK];
	size_t len;

	if (json_get_str(args, "cper", &cper, NULL) < 0 ||
	    b64_decode(cper, strlen(cper), rec, sizeof(rec), &len) < 0 || len < 20) {
		sim_fail("rasd sent a record that aborts QEMU");
		*error = "invalid";
		return NULL;
	}
	*error = sim_guest_inject(g, rec, len, false);
	return *error ? NULL : json_object_new_object();
}

static json_object *named(const char *key, const char *value)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, key, text(value));
	return o;
}

void sim_qemu_exec(struct sim_guest *g, const char *command, json_object *args, json_object **ret,
		   const char **error)
{
	const char *arg = "";
	char line[80];

	*ret = NULL;
	*error = NULL;
	if (strcmp(command, "inject-ghes-v2-error") == 0) {
		*ret = inject(g, args, error);
	} else if (strcmp(command, "query-status") == 0) {
		*ret = named("status", sim_run_name(g->proc.run));
	} else if (strcmp(command, "query-migrate") == 0) {
		*ret = g->proc.migrating ? named("status", "active") : json_object_new_object();
	} else if (strcmp(command, "query-version") == 0) {
		*ret = parse("{\"qemu\":{\"major\":11,\"minor\":1,\"micro\":3},\"package\":\"\"}");
	} else if (strcmp(command, "query-kvm") == 0) {
		*ret = parse("{\"enabled\":true,\"present\":true}");
	} else if (strcmp(command, "query-target") == 0) {
		*ret = named("arch", "aarch64");
	} else if (strcmp(command, "query-name") == 0) {
		*ret = named("name", g->name);
	} else if (strcmp(command, "query-uuid") == 0) {
		snprintf(line, sizeof(line), "00000000-0000-4000-8000-00000000000%u",
			 g->is_other ? g->index + SIM_GUESTS : g->index);
		*ret = named("UUID", line);
	} else if (strcmp(command, "query-commands") == 0) {
		*ret = parse("[{\"name\":\"query-migrate\"},{\"name\":\"inject-ghes-v2-error\"}]");
	} else if (strcmp(command, "query-cpus-fast") == 0) {
		snprintf(line, sizeof(line), "[{\"thread-id\":%d}]", (int)g->proc.pid + 1);
		*ret = parse(line);
	} else if (strcmp(command, "query-memdev") == 0) {
		*ret = parse("[{\"id\":\"mach-virt.ram\"}]");
	} else if (strcmp(command, "x-query-ramblock") == 0) {
		*ret = ramblocks();
	} else if (strcmp(command, "qom-get") == 0) {
		json_get_str(args, "property", &arg, NULL);
		*ret = property(arg, error);
	} else if (strcmp(command, "human-monitor-command") == 0) {
		json_get_str(args, "command-line", &arg, NULL);
		*ret = human(arg, error);
	} else if (strcmp(command, "qmp_capabilities") == 0) {
		*ret = json_object_new_object();
	} else {
		*error = "The command has not been found";
	}
}
