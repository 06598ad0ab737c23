// SPDX-License-Identifier: LGPL-2.1-or-later
/* What rasd remembers of provisioned guests. */
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

#include "base/cleanup.h"
#include "provision/files.h"
#include "provision/meta.h"

#define GIB (UINT64_C(1) << 30)

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
	assert_false(back.error_device);
	m.error_device = true;
	len = ghes_meta_format(&m, text);
	assert_int_equal(ghes_meta_parse(text, len, &back, &err), 0);
	assert_true(back.error_device);
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
		{ "device\":false", "device\":0" },
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

/* Each is found again, in whatever order they came; and what malloc() gives is not all zeros. */
static void many_provisions(void **state)
{
	char dir[] = "/tmp/test-provision.XXXXXX", ghes[64];
	struct ghes_meta m = sample();
	struct provisions *p;
	struct ras_err err;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(ghes, sizeof(ghes), "%s/ghes", dir);
	assert_int_equal(provisions_new(&p, NULL, dir, &err), 0);
	for (unsigned int i = 0; i < 64; i++) {
		m.uuid.b[0] = (uint8_t)(i * 37);
		m.slots = i + 1;
		assert_int_equal(provisions_put(p, &m, &err), 0);
	}
	for (int life = 0; life < 2; life++) {
		for (unsigned int i = 0; i < 64; i++) {
			m.uuid.b[0] = (uint8_t)(i * 37);
			assert_non_null(provisions_of(p, &m.uuid));
			assert_int_equal(provisions_of(p, &m.uuid)->slots, i + 1);
		}
		provisions_free(p);
		assert_int_equal(provisions_new(&p, NULL, dir, &err), 0);
	}
	for (unsigned int i = 0; i < 64; i++) {
		m.uuid.b[0] = (uint8_t)(i * 37);
		assert_int_equal(provisions_drop(p, &m.uuid, &err), 0);
	}
	provisions_free(p);
	assert_int_equal(rmdir(ghes), 0);
	assert_int_equal(rmdir(dir), 0);
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
		cmocka_unit_test(metadata_comes_back),	   cmocka_unit_test(metadata_has_room),
		cmocka_unit_test(odd_metadata_is_refused), cmocka_unit_test(many_provisions),
		cmocka_unit_test(provisions_outlive_rasd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
