// SPDX-License-Identifier: LGPL-2.1-or-later
/* The page of rasd's error sources in a domain's XML: put in, found again, taken out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libvirt/page_xml.h"

#define UUID "11111111-2222-3333-4444-555555555502"
#define PAGE "/g/" UUID ".page"
#define HEST "/g/" UUID ".hest"
#define SSDT "/g/" UUID ".ssdt"
#define GIB (UINT64_C(1) << 30)

/* As libvirt prints a domain; %s: what a test adds there. */
static const char form[] =
	"<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>\n"
	"  <name>vx</name>\n  <uuid>" UUID "</uuid>\n"
	"  <metadata>\n    <x:memory xmlns:x='urn:x'><memory>1</memory></x:memory>\n  </metadata>\n"
	"  %s<memory unit='KiB'>%s</memory>\n"
	"  <currentMemory unit='KiB'>524288</currentMemory>\n"
	"  <vcpu placement='static'>2</vcpu>\n"
	"  <os>\n    <type arch='x86_64' machine='pc-q35-11.1'>hvm</type>\n%s  </os>\n"
	"  <cpu mode='maximum' check='none'%s\n"
	"  <devices>\n    <emulator>/usr/bin/qemu-system-x86_64</emulator>\n%s  </devices>\n"
	"%s</domain>\n";

struct parts {
	const char *max, *memory, *os, *cpu, *devices, *tail;
};

static char *domain(struct parts p)
{
	static char text[8192];

	snprintf(text, sizeof(text), form, p.max ? p.max : "", p.memory ? p.memory : "524288",
		 p.os ? p.os : "", p.cpu ? p.cpu : "/>", p.devices ? p.devices : "",
		 p.tail ? p.tail : "");
	return text;
}

static struct page_xml scan(const char *text)
{
	struct page_xml x;
	struct ras_err err;

	if (page_xml_scan(text, strlen(text), &x, &err) < 0)
		fail_msg("%s", err.text);
	return x;
}

static const struct domain_page page = { .page_path = PAGE,
					 .table_path = HEST,
					 .gpa = 0x100000000,
					 .bytes = 2 << 20,
					 .max_bytes = GIB + (512 << 20),
					 .slots = 1,
					 .slot = 0 };
static const struct domain_page_undo undo = { .page = true,
					      .set_bytes = GIB + (512 << 20),
					      .set_slots = 1 };

static const struct domain_page_undo none = { .grown_bytes = GIB };

static char *added(const char *text, bool native, struct domain_changes *changes)
{
	struct ras_err err;
	char *out;

	changes->n = 0;
	if (page_xml_add(text, &page, native, &out, changes, &err) < 0)
		fail_msg("%s", err.text);
	return out;
}

static char *removed(const char *text, const struct domain_page_undo *u,
		     struct domain_changes *changes)
{
	struct ras_err err;
	char *out;

	changes->n = 0;
	if (page_xml_remove(text, u, &out, changes, &err) < 0)
		fail_msg("%s", err.text);
	return out;
}

static void has(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("no %s in\n%s", what, text);
}

static void has_not(const char *text, const char *what)
{
	if (strstr(text, what))
		fail_msg("%s in\n%s", what, text);
}

static void memory_is_read(void **state)
{
	struct page_xml x = scan(domain((struct parts){
		.max = "<maxMemory slots='4' unit='KiB'>16777216</maxMemory>",
		.memory = "2359296",
		.cpu = "><numa><cell id='0' cpus='0-1' memory='1048576'/></numa></cpu>",
		.devices = "<memory model='dimm'><target><size unit='KiB'>1048576</size>"
			   "<node>0</node></target><address type='dimm' slot='0' "
			   "base='0x100000000'/></memory>"
			   "<memory model='nvdimm' access='shared'><source><path>/other.page</path>"
			   "</source><target><size unit='KiB'>262144</size></target></memory>" }));

	(void)state;
	assert_int_equal(x.memory.total_bytes, UINT64_C(2359296) << 10);
	assert_int_equal(x.memory.devices_bytes, GIB + (256 << 20));
	assert_int_equal(x.memory.devices_end, 0x140000000);
	assert_int_equal(x.memory.max_bytes, 16 * GIB);
	assert_int_equal(x.memory.slots, 4);
	assert_int_equal(x.memory.page_gpa, 0);
	assert_int_equal(x.n_cells, 1);
	assert_int_equal(x.n_vcpus, 2);
	assert_string_equal(x.uuid, UUID);
	assert_string_equal(x.machine, "pc-q35-11.1");
	assert_false(x.other_hest || x.low_split);
}

/* What was put in is found, and taking it out gives what was there before. */
static void goes_in_and_out(void **state)
{
	const struct parts plain = { .max = NULL };

	(void)state;
	for (int native = 0; native < 2; native++) {
		struct domain_changes changes = { .n = 0 };
		char *before = strdup(domain(plain)), *in = added(before, native, &changes), *out;
		struct page_xml x = scan(in);

		assert_int_equal(changes.n, 4);
		assert_int_equal(x.memory.page_gpa, 0x100000000);
		assert_int_equal(x.page_bytes, 2 << 20);
		assert_int_equal(x.memory.max_bytes, GIB + (512 << 20));
		assert_int_equal(x.memory.slots, 1);
		assert_int_equal(x.n_cells, 1);
		assert_true(x.table.end > x.table.begin);
		has(in, "<cell id='0' cpus='0-1' memory='524288' unit='KiB'/>");
		has(in, native ? "<acpi><table type='raw'>" HEST "</table></acpi>" :
				 "<qemu:arg value='-acpitable'/><qemu:arg value='file=" HEST "'/>");
		has(in, "<path>" PAGE "</path>");
		out = removed(in, &undo, &changes);
		has_not(out, UUID ".");
		has_not(out, "maxMemory");
		has_not(out, "cell");
		/* libvirt counts the page in <memory>; here nobody has. */
		assert_int_equal(scan(out).memory.total_bytes,
				 (UINT64_C(524288) << 10) - (2 << 20));
		assert_int_equal(changes.n, 4);
		free(before);
		free(in);
		free(out);
	}
}

/* A second table is given by QEMU's arguments, in one element with the first if need be. */
static void second_table(void **state)
{
	static const struct parts had[] = {
		{ .max = NULL },
		{ .tail = "  <qemu:commandline><qemu:arg value='-name'/><qemu:arg value='x'/>"
			  "</qemu:commandline>\n" },
	};
	struct domain_page two = page;

	(void)state;
	two.ssdt_path = SSDT;
	for (size_t i = 0; i < 4; i++) {
		struct domain_changes changes = { .n = 0 };
		char *in, *out, *again, *before = strdup(domain(had[i / 2]));
		struct page_xml x;

		assert_int_equal(page_xml_add(before, &two, i % 2, &in, &changes, NULL), 0);
		assert_int_equal(changes.n, 5);
		x = scan(in);
		assert_true(x.table.end > x.table.begin && x.ssdt.end > x.ssdt.begin);
		assert_false(x.other_hest);
		has(in, "<qemu:arg value='-acpitable'/><qemu:arg value='file=" SSDT "'/>");
		assert_null(strstr(strstr(in, "<qemu:commandline") + 1, "<qemu:commandline"));
		out = removed(in, &undo, &changes);
		assert_int_equal(changes.n, 5);
		has_not(out, UUID ".");
		has_not(out, "acpitable");
		/* What is left of it is as it was. */
		again = added(out, true, &changes);
		assert_int_equal(scan(again).ssdt.end, 0);
		if (i / 2)
			has(out, "<qemu:arg value='-name'/><qemu:arg value='x'/>");
		free(before);
		free(in);
		free(out);
		free(again);
	}
}

/* What a guest had stays: its limit, its NUMA cells, its tables, its arguments. */
static void what_was_there_stays(void **state)
{
	const struct parts had = {
		.max = "<maxMemory slots='3' unit='KiB'>8388608</maxMemory>",
		.os = "    <acpi>\n      <table type='slic'>/s</table>\n    </acpi>\n",
		.cpu = "><numa><cell id='0' cpus='0-1' memory='524288'/></numa></cpu>",
		.tail = "  <qemu:commandline><qemu:arg value='-name'/><qemu:arg value='x'/>"
			"</qemu:commandline>\n",
	};
	const struct domain_page_undo back = { .page = true,
					       .set_bytes = page.max_bytes,
					       .set_slots = page.slots,
					       .max_bytes = 8 * GIB,
					       .slots = 3,
					       .had_numa = true };

	(void)state;
	for (int native = 0; native < 2; native++) {
		struct domain_changes changes = { .n = 0 };
		char *before = strdup(domain(had)), *in = added(before, native, &changes), *out;

		assert_int_equal(changes.n, 3);
		has(changes.line[0], "was 8388608 KiB, 3 slots");
		assert_int_equal(scan(in).n_cells, 1);
		has(in,
		    native ? "</table>\n    <table type='raw'>" : "<table type='slic'>/s</table>");
		out = removed(in, &back, &changes);
		has(out, "<maxMemory slots='3' unit='KiB'>8388608</maxMemory>");
		has(out, "<numa>");
		has(out, "<table type='slic'>/s</table>");
		has(out, "<qemu:arg value='-name'/><qemu:arg value='x'/>");
		has_not(out, "acpitable");
		free(before);
		free(in);
		free(out);
	}
}

/* An administrator may have changed the limit since: it is not ours any more. */
static void changed_limit_stays(void **state)
{
	struct domain_changes changes = { .n = 0 };
	struct domain_page_undo other = undo;
	char *in = added(domain((struct parts){ .max = NULL }), true, &changes), *out;

	(void)state;
	other.set_bytes += 1 << 20;
	out = removed(in, &other, &changes);
	has(out, "<maxMemory slots='1' unit='KiB'>1572864</maxMemory>");
	has(changes.line[2], "somebody has changed it");
	free(in);
	free(out);
}

/* A definition of another host: nobody remembers what was there, but what a page costs is known. */
static void page_of_another_host(void **state)
{
	static const char *const had[] = { "",
					   "<maxMemory slots='2' unit='KiB'>8388608</maxMemory>" };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct domain_changes changes = { .n = 0 };
		struct domain_page put = page;
		char *in, *out;
		struct ras_err err;

		put.max_bytes = i ? 9 * GIB : page.max_bytes;
		put.slots = i ? 3 : 1;
		/* libvirt counts the page in <memory>. */
		assert_int_equal(
			page_xml_add(domain((struct parts){ .max = had[i], .memory = "526336" }),
				     &put, true, &in, &changes, &err),
			0);
		out = removed(in, &none, &changes);
		has_not(out, UUID ".");
		has(out, "<memory unit='KiB'>524288</memory>");
		has(out, "<numa>"); /* whose it is nobody knows */
		if (i)
			has(out, had[i]);
		else
			has_not(out, "maxMemory");
		free(in);
		free(out);
	}
}

/* A domain without our page: nothing is taken out, whatever else it has. */
static void nothing_of_others_is_removed(void **state)
{
	struct domain_changes changes = { .n = 0 };
	char *before = strdup(domain((struct parts){
		.os = "<acpi><table type='raw'>/g/other.hest</table></acpi>",
		.devices = "<memory model='nvdimm'><source><path>/g/" UUID ".pages</path></source>"
			   "<target><size unit='KiB'>2048</size></target></memory>",
		.tail = "<qemu:commandline><qemu:arg value='-acpitable'/><qemu:arg "
			"value='file=/g/" UUID ".hest.old'/></qemu:commandline>" }));
	char *out = removed(before, &none, &changes);

	(void)state;
	assert_string_equal(out, before);
	assert_int_equal(changes.n, 0);
	free(before);
	free(out);
}

static void what_would_contradict_is_seen(void **state)
{
	(void)state;
	assert_true(
		scan(domain((struct parts){ .os = "<acpi><table type='raw'>/x</table></acpi>" }))
			.other_hest);
	assert_true(
		scan(domain((struct parts){
			     .tail = "<qemu:commandline><qemu:arg value='-acpitable'/><qemu:arg "
				     "value='sig=HEST,data=/x'/></qemu:commandline>" }))
			.other_hest);
	assert_true(scan(domain((struct parts){
				 .tail = "<qemu:commandline><qemu:arg value='-machine'/><qemu:arg "
					 "value='max-ram-below-4g=1G'/></qemu:commandline>" }))
			    .low_split);
	/* A page at another path, or of another domain, is none of ours. */
	assert_int_equal(scan(domain((struct parts){ .devices = "<memory><source><path>/g/" UUID
								".page/x</path>"
								"</source></memory>" }))
				 .page.end,
			 0);
}

static void text_that_is_no_domain(void **state)
{
	static const char *const bad[] = {
		"", "<domain", "<!DOCTYPE x><domain/>", "<domain></os>", "<domain><a></domain>",
	};
	struct domain_changes changes = { .n = 0 };
	struct page_xml x;
	struct ras_err err;
	char *out = NULL, *deep = malloc(200 * 4 + 1);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(page_xml_scan(bad[i], strlen(bad[i]), &x, &err), -RAS_E_MONITOR);
	assert_int_equal(page_xml_add("<domain/>", &page, true, &out, &changes, &err),
			 -RAS_E_MONITOR);
	assert_null(out);
	/* Deeper than anything of libvirt's: passed over. */
	for (int i = 0; i < 100; i++) {
		memcpy(deep + (size_t)3 * (size_t)i, "<a>", 3);
		memcpy(deep + 300 + (size_t)4 * (size_t)i, "</a>", 4);
	}
	deep[700] = '\0';
	assert_int_equal(page_xml_scan(deep, 700, &x, &err), 0);
	free(deep);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_read),
		cmocka_unit_test(goes_in_and_out),
		cmocka_unit_test(second_table),
		cmocka_unit_test(what_was_there_stays),
		cmocka_unit_test(changed_limit_stays),
		cmocka_unit_test(page_of_another_host),
		cmocka_unit_test(nothing_of_others_is_removed),
		cmocka_unit_test(what_would_contradict_is_seen),
		cmocka_unit_test(text_that_is_no_domain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
