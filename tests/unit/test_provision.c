// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Provisioning without a guest: the bytes of the HEST, and what ACPI's own compiler reads in them;
 * the address of the page; metadata files.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "acpi/hest.h"
#include "base/cleanup.h"
#include "provision/base.h"
#include "provision/files.h"
#include "provision/meta.h"

#define GIB (UINT64_C(1) << 30)
#define MIB (UINT64_C(1) << 20)

/* --- the table --- */

static uint64_t number(const uint8_t *at, unsigned int width)
{
	uint64_t v = 0;

	for (unsigned int i = width; i--;)
		v = v << 8 | at[i];
	return v;
}

/* Fields of a GHESv2 by their offsets in ACPI 6.5, table 18.12. */
static void source_says(const uint8_t *s, uint64_t id, uint64_t base, uint8_t notify,
			uint64_t poll_ms)
{
	static const uint8_t memory64[4] = { 0, 64, 0, 4 };

	assert_int_equal(number(s, 2), 10);
	assert_int_equal(number(s + 2, 2), id);
	assert_int_equal(number(s + 4, 2), 0xffff);
	assert_int_equal(s[6], 0);
	assert_int_equal(s[7], 1);
	assert_int_equal(number(s + 8, 4), 1);
	assert_int_equal(number(s + 12, 4), 4);
	assert_int_equal(number(s + 16, 4), 4096);
	assert_memory_equal(s + 20, memory64, 4);
	assert_int_equal(number(s + 24, 8), base + 0x40 * id);
	assert_int_equal(s[32], notify);
	assert_int_equal(s[33], 28);
	assert_int_equal(number(s + 34, 2), 0);
	assert_int_equal(number(s + 36, 4), poll_ms);
	for (int i = 40; i < 60; i++)
		assert_int_equal(s[i], 0);
	assert_int_equal(number(s + 60, 4), 4096);
	assert_memory_equal(s + 64, memory64, 4);
	assert_int_equal(number(s + 68, 8), base + 0x40 * id + 8);
	assert_int_equal(number(s + 76, 8), UINT64_MAX - 1);
	assert_int_equal(number(s + 84, 8), 1);
}

static void table_has_two_sources(void **state)
{
	uint8_t t[HEST_BYTES], sum = 0;

	(void)state;
	hest_build(0x480000000, GHES_NOTIFY_NMI, t);
	assert_int_equal(sizeof(t), 36 + 4 + 2 * 92);
	assert_memory_equal(t, "HEST", 4);
	assert_int_equal(number(t + 4, 4), sizeof(t));
	assert_int_equal(t[8], 1);
	assert_memory_equal(t + 10, "RASD  RASDGHES", 14);
	assert_int_equal(number(t + 36, 4), 2);
	source_says(t + 40, 0, 0x480000000, 0, 1000);
	source_says(t + 132, 1, 0x480000000, 4, 0);
	for (size_t i = 0; i < sizeof(t); i++)
		sum = (uint8_t)(sum + t[i]);
	assert_int_equal(sum, 0);
	hest_build(0x100000000, GHES_NOTIFY_POLL, t);
	source_says(t + 132, 1, 0x100000000, 0, 1000);
}

/* Run `iasl -d` on the table in a directory; its listing is read into out. */
static void disassemble(const char *dir, const uint8_t *table, size_t len, char *out, size_t size)
{
	char path[128];
	int fd, status = 0;
	ssize_t n;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/hest.aml", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_int_equal(write(fd, table, len), (ssize_t)len);
	close(fd);
	pid = fork();
	if (pid == 0) {
		int log;

		snprintf(path, sizeof(path), "%s/log", dir);
		log = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
		dup2(log, 1);
		dup2(log, 2);
		if (chdir(dir) == 0)
			execlp("iasl", "iasl", "-d", "hest.aml", (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0); /* 127 << 8: acpica-tools is missing */
	snprintf(path, sizeof(path), "%s/hest.dsl", dir);
	fd = open(path, O_RDONLY);
	n = read(fd, out, size - 1);
	assert_true(n > 0);
	out[n] = '\0';
	close(fd);
}

static size_t count(const char *in, const char *what)
{
	size_t n = 0;

	while ((in = strstr(in, what))) {
		in += strlen(what);
		n++;
	}
	return n;
}

static void iasl_reads_the_table(void **state)
{
	char dir[] = "/tmp/test-provision.XXXXXX", text[32768], command[64];
	uint8_t t[HEST_BYTES];

	(void)state;
	assert_non_null(mkdtemp(dir));
	hest_build(0x200000000, GHES_NOTIFY_NMI, t);
	disassemble(dir, t, sizeof(t), text, sizeof(text));
	assert_int_equal(count(text, "[Generic Hardware Error Source V2]"), 2);
	assert_int_equal(count(text, "Address : 0000000200000000"), 1);
	assert_int_equal(count(text, "Address : 0000000200000048"), 1);
	assert_int_equal(count(text, "Notify Type : 00 [Polled]"), 1);
	assert_int_equal(count(text, "Notify Type : 04 [NMI]"), 1);
	assert_int_equal(count(text, "000003E8"), 1);
	assert_int_equal(count(text, "Read Ack Write : 0000000000000001"), 2);
	assert_int_equal(count(text, "Invalid"), 0);
	assert_int_equal(count(text, "Incorrect"), 0);
	/* iasl notices a wrong sum: it would have noticed ours. */
	t[9]++;
	disassemble(dir, t, sizeof(t), text, sizeof(text));
	assert_int_equal(count(text, "Incorrect checksum"), 1);
	snprintf(command, sizeof(command), "%s/hest.dsl", dir);
	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "hest.dsl", "hest.aml", "log" };

		snprintf(command, sizeof(command), "%s/%s", dir, names[i]);
		unlink(command);
	}
	assert_int_equal(rmdir(dir), 0);
}

/* --- the address --- */

static void place(uint64_t ram, uint64_t max, uint32_t slots, struct ghes_place *out)
{
	const struct domain_memory m = { .total_bytes = ram, .max_bytes = max, .slots = slots };
	struct ras_err err;

	assert_int_equal(ghes_place_find("pc-q35-11.1", &m, out, &err), 0);
	assert_int_equal(out->base_gpa % GIB, 0);
	assert_int_equal(out->ram_bytes, ram);
	assert_int_equal(out->slots, slots + 1);
	assert_int_equal(out->slot, slots);
}

/*
 * Where memory devices begin by `info mtree` of QEMU 11.1.3 and 7.2.22, q35; without a maxMemory
 * the page is there.
 */
static void page_is_behind_ram(void **state)
{
	static const struct {
		uint64_t ram, begin;
	} seen[] = {
		{ 512 * MIB, 0x100000000 },  { 2815 * MIB, 0x100000000 },
		{ 2816 * MIB, 0x140000000 }, { 3 * GIB, 0x140000000 },
		{ 6 * GIB, 0x200000000 },    { 16 * GIB, 0x480000000 },
	};
	struct ghes_place p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(seen); i++) {
		place(seen[i].ram, 0, 0, &p);
		assert_int_equal(p.base_gpa, seen[i].begin);
		assert_int_equal(p.max_bytes, seen[i].ram + GIB);
	}
}

/* What could be plugged in before has its place still. */
static void page_is_behind_all_that_can_be_plugged_in(void **state)
{
	struct ghes_place p;

	(void)state;
	place(6 * GIB, 16 * GIB, 4, &p);
	assert_int_equal(p.max_bytes, 17 * GIB);
	assert_int_equal(p.base_gpa, 0x200000000 + 10 * GIB);
	place(512 * MIB, 3 * GIB, 1, &p); /* 2.5 GiB: the page fits before the new end */
	assert_int_equal(p.base_gpa, 0x100000000 + 3 * GIB);
	assert_true(p.base_gpa + 2 * MIB <= 0x100000000 + p.max_bytes - 512 * MIB);
	place(512 * MIB, 512 * MIB, 1, &p);
	assert_int_equal(p.base_gpa, 0x100000000);
	/* A maximum below the RAM is none. */
	place(6 * GIB, 4 * GIB, 1, &p);
	assert_int_equal(p.max_bytes, 7 * GIB);
}

static void dimms_are_no_ram(void **state)
{
	struct domain_memory m = {
		.total_bytes = 3 * GIB, .devices_bytes = GIB, .max_bytes = 8 * GIB, .slots = 4
	};
	struct ghes_place p;
	struct ras_err err;

	(void)state;
	assert_int_equal(ghes_place_find("q35", &m, &p, &err), 0);
	assert_int_equal(p.ram_bytes, 2 * GIB);
	assert_int_equal(p.base_gpa, 0x100000000 + 6 * GIB);
	/* One that stands where the page has to be. */
	m.devices_end = p.base_gpa;
	assert_int_equal(ghes_place_find("q35", &m, &p, &err), 0);
	m.devices_end = p.base_gpa + 1;
	assert_int_equal(ghes_place_find("q35", &m, &p, &err), -RAS_E_LAYOUT);
	assert_non_null(strstr(err.hint, "take the address from the device"));
}

static void there_may_be_no_place(void **state)
{
	static const struct {
		const char *machine;
		struct domain_memory m;
		int code;
	} bad[] = {
		{ "virt-11.1", { .total_bytes = GIB }, RAS_E_NOT_CAPABLE },
		{ "pc-i440fx-11.1", { .total_bytes = GIB }, RAS_E_NOT_CAPABLE },
		{ "pc-q35", { .total_bytes = GIB }, RAS_E_NOT_CAPABLE },
		{ "q35", { .total_bytes = 0 }, RAS_E_LAYOUT },
		{ "q35", { .total_bytes = GIB, .devices_bytes = GIB }, RAS_E_LAYOUT },
		{ "q35", { .total_bytes = GIB, .devices_bytes = 2 * GIB }, RAS_E_LAYOUT },
		{ "q35", { .total_bytes = GIB + 4096 }, RAS_E_LAYOUT },
		{ "q35", { .total_bytes = GIB, .slots = 256 }, RAS_E_LAYOUT },
		{ "q35", { .total_bytes = GIB, .slots = UINT32_MAX }, RAS_E_LAYOUT },
		{ "q35", { .total_bytes = 1000 * GIB }, RAS_E_LAYOUT },
		{ "q35", { .total_bytes = GIB, .max_bytes = UINT64_MAX }, RAS_E_LAYOUT },
		{ "q35", { .total_bytes = GIB, .max_bytes = 900 * GIB, .slots = 64 }, RAS_E_LAYOUT },
	};
	struct ghes_place p = { .base_gpa = 7 };
	struct ras_err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(ghes_place_find(bad[i].machine, &bad[i].m, &p, &err),
				 -bad[i].code);
		assert_int_equal(p.base_gpa, 7);
	}
}

/* --- what is remembered --- */

static struct ghes_meta sample(void)
{
	struct ghes_meta m = { .base_gpa = 0x200000000,
			       .notify = GHES_NOTIFY_NMI,
			       .ram_bytes = 6 * GIB,
			       .max_bytes = 7 * GIB,
			       .slots = 3,
			       .style = GHES_STYLE_COMMANDLINE,
			       .before = { .max_bytes = 6 * GIB, .slots = 2, .had_numa = true } };

	assert_int_equal(uuid_parse("11111111-2222-3333-4444-555555555502", &m.uuid, NULL), 0);
	return m;
}

static void metadata_comes_back(void **state)
{
	struct ghes_meta m = sample(), back = { 0 };
	char text[GHES_META_TEXT];
	struct ras_err err;
	size_t len = ghes_meta_format(&m, text);

	(void)state;
	assert_true(len < sizeof(text));
	assert_int_equal(ghes_meta_parse(text, len, &back, &err), 0);
	assert_memory_equal(&back.uuid, &m.uuid, sizeof(m.uuid));
	assert_int_equal(back.base_gpa, m.base_gpa);
	assert_int_equal(back.notify, GHES_NOTIFY_NMI);
	assert_int_equal(back.style, GHES_STYLE_COMMANDLINE);
	assert_int_equal(back.ram_bytes, m.ram_bytes);
	assert_int_equal(back.max_bytes, m.max_bytes);
	assert_int_equal(back.slots, 3);
	assert_int_equal(back.before.max_bytes, m.before.max_bytes);
	assert_int_equal(back.before.slots, 2);
	assert_true(back.before.had_numa);
	/* Cut anywhere it is none: not one of a smaller number. The last byte is a line feed. */
	for (size_t n = 0; n + 1 < len; n++)
		assert_int_equal(ghes_meta_parse(text, n, &back, &err), -RAS_E_CONFIG);
}

/* The longest numbers fit. */
static void metadata_has_room(void **state)
{
	struct ghes_meta m = sample();
	char text[GHES_META_TEXT];

	(void)state;
	m.base_gpa = m.ram_bytes = m.max_bytes = m.before.max_bytes = UINT64_MAX;
	m.slots = m.before.slots = UINT32_MAX;
	assert_true(ghes_meta_format(&m, text) < sizeof(text));
}

static void odd_metadata_is_refused(void **state)
{
	static const struct {
		const char *from, *to;
	} odd[] = {
		{ "\"version\":1", "\"version\":2" },
		{ "\"nmi\"", "\"sci\"" },
		{ "\"commandline\"", "\"other\"" },
		{ "\"base_gpa\":8589934592", "\"base_gpa\":8589934593" },
		{ "\"base_gpa\":8589934592", "\"base_gpa\":0" },
		{ "\"slots\":3", "\"slots\":\"3\"" },
		{ "5502", "550" },
	};
	struct ghes_meta m = sample();
	char text[GHES_META_TEXT], other[GHES_META_TEXT + 32];
	struct ras_err err;

	(void)state;
	ghes_meta_format(&m, text);
	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		char *at = strstr(text, odd[i].from);

		assert_non_null(at);
		snprintf(other, sizeof(other), "%.*s%s%s", (int)(at - text), text, odd[i].to,
			 at + strlen(odd[i].from));
		assert_int_equal(ghes_meta_parse(other, strlen(other), &m, &err), -RAS_E_CONFIG);
	}
}

static void provisions_outlive_rasd(void **state)
{
	char dir[] = "/tmp/test-provision.XXXXXX", ghes[64], path[128];
	struct ghes_meta m = sample();
	struct provisions *p;
	struct ras_err err;
	struct stat st;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(ghes, sizeof(ghes), "%s/ghes", dir);
	assert_int_equal(provisions_new(&p, NULL, dir, &err), 0);
	assert_null(provisions_of(p, &m.uuid));
	assert_int_equal(provisions_put(p, &m, &err), 0);
	assert_int_equal(provisions_of(p, &m.uuid)->slots, 3);
	m.slots = 4;
	assert_int_equal(provisions_put(p, &m, &err), 0);
	provisions_free(p);
	/* A file that is none. */
	fd = ghes_directory_open(ghes, &err);
	m.uuid.b[0]++;
	assert_int_equal(ghes_file_write(fd, &m.uuid, GHES_META, "{}", 2, &err), 0);
	m.uuid.b[0]--;
	assert_int_equal(provisions_new(&p, NULL, dir, &err), 0);
	assert_int_equal(provisions_of(p, &m.uuid)->slots, 4);
	m.uuid.b[0]++;
	assert_null(provisions_of(p, &m.uuid));
	assert_int_equal(ghes_file_remove(fd, &m.uuid, GHES_META, &err), 0);
	m.uuid.b[0]--;
	ghes_file_path(ghes, &m.uuid, GHES_META, path, sizeof(path));
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(provisions_drop(p, &m.uuid, &err), 0);
	assert_int_equal(stat(path, &st), -1);
	assert_int_equal(provisions_drop(p, &m.uuid, &err), 0);
	assert_null(provisions_of(p, &m.uuid));
	close(fd);
	provisions_free(p);
	assert_int_equal(rmdir(ghes), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_int_equal(provisions_new(&p, NULL, dir, &err), 0); /* no directory: nobody is */
	assert_int_equal(provisions_put(p, &m, &err), -RAS_E_IO);
	provisions_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table_has_two_sources),
		cmocka_unit_test(iasl_reads_the_table),
		cmocka_unit_test(page_is_behind_ram),
		cmocka_unit_test(page_is_behind_all_that_can_be_plugged_in),
		cmocka_unit_test(dimms_are_no_ram),
		cmocka_unit_test(there_may_be_no_place),
		cmocka_unit_test(metadata_comes_back),
		cmocka_unit_test(metadata_has_room),
		cmocka_unit_test(odd_metadata_is_refused),
		cmocka_unit_test(provisions_outlive_rasd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
