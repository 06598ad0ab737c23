// SPDX-License-Identifier: LGPL-2.1-or-later
/* Texts of "info mtree -f", and what is left of them. Shared by the tests of flat_view.c. */
#pragma once

#include "qmp_env.h"
#include "qmp/budget.h"
#include "qmp/flat_view.h"
#include "qmp/mtree.h"
#include "qmp/wire.h"

#define HEAD "FlatView #1\r\n AS \"memory\", root: system\r\n Root memory region: system\r\n"
#define RAM "  0000000040000000-000000005fffffff (prio 0, ram): mach-virt.ram KVM\r\n"
#define IO "  0000000010000000-0000000010000fff (prio 1, i/o): virtio-pci-common-virtio-rng\r\n"
#define OTHER "FlatView #0\r\n AS \"I/O\", root: io\r\n Root memory region: io\r\n"

/* The same verdict and the same lines, of the whole text and of what is left of it. */
static inline void compare(const char *text, size_t len, const char *cut, size_t cut_len)
{
	struct qmp_flat_line a[QMP_FLAT_LINES_MAX], b[QMP_FLAT_LINES_MAX];
	size_t na = 0, nb = 0;
	struct ras_err ea = RAS_ERR_NULL, eb = RAS_ERR_NULL;

	assert_int_equal(qmp_mtree_parse(text, len, a, &na, &ea),
			 qmp_mtree_parse(cut, cut_len, b, &nb, &eb));
	assert_string_equal(ea.text, eb.text);
	assert_int_equal(na, nb);
	for (size_t i = 0; i < na; i++) {
		assert_int_equal(a[i].gpa, b[i].gpa);
		assert_int_equal(a[i].len_bytes, b[i].len_bytes);
		assert_int_equal(a[i].offset, b[i].offset);
		assert_int_equal(a[i].name_len, b[i].name_len);
		assert_memory_equal(a[i].name, b[i].name, a[i].name_len);
	}
}

#define WANTED HEAD RAM "\r\n" /* of it */

/* A text as large as the one of a real q35 with 32 CPUs and 200 devices. */
static inline char *large_text(size_t *len)
{
	char *text = malloc(4 << 20);
	size_t n = 0;

	for (int view = 0; view < 240; view++) {
		n += (size_t)sprintf(text + n, "%s", view == 100 ? HEAD : OTHER);
		for (int i = 0; i < 160; i++)
			n += (size_t)sprintf(text + n, IO);
		n += (size_t)sprintf(text + n, RAM "\r\n");
	}
	*len = n;
	return text;
}

/* As a JSON string inside a reply. */
static inline char *as_line(const char *text, const char *head, const char *tail)
{
	_json_ json_object *s = json_object_new_string(text);
	const char *quoted = json_object_to_json_string_ext(s, JSON_C_TO_STRING_NOSLASHESCAPE);
	char *line = malloc(strlen(quoted) + strlen(head) + strlen(tail) + 1);

	sprintf(line, "%s%s%s", head, quoted, tail);
	return line;
}
