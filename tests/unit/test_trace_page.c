// SPDX-License-Identifier: LGPL-2.1-or-later
/* Pages of the ring buffer: every kind of record, and lies. test_trace_real.c has real ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "sources/trace/page.h"
#include <stdlib.h>
#include <string.h>

#define DATA 16
#define PAGE 4096
#define MISSED (UINT64_C(1) << 31)
#define STORED (UINT64_C(1) << 30)

static const struct trace_layout layout = { 0, 8, DATA, PAGE };

struct page {
	uint8_t b[PAGE];
	size_t used;
};

static void put(struct page *p, uint32_t word)
{
	memcpy(p->b + DATA + p->used, &word, 4);
	p->used += 4;
}

static void head(struct page *p, uint32_t type, uint32_t delta)
{
	put(p, delta << 5 | type);
}

static void end(struct page *p, uint64_t time, uint64_t flags)
{
	uint64_t commit = p->used | flags;

	memcpy(p->b, &time, 8);
	memcpy(p->b + 8, &commit, 8);
}

static struct {
	size_t n;
	uint64_t time[8];
	uint32_t first[8];
	size_t len[8];
} got;

static void on_made(void *arg, uint64_t time_ns, const uint8_t *data, size_t len)
{
	(void)arg;
	if (got.n == ARRAY_LEN(got.time))
		return;
	got.time[got.n] = time_ns;
	got.len[got.n] = len;
	memcpy(&got.first[got.n++], data, 4);
}

static struct trace_page_end walk(const struct page *p, size_t len)
{
	uint8_t *exact = malloc(len ? len : 1); /* so that a read behind its end is seen */
	struct trace_page_end e;

	memset(&got, 0, sizeof(got));
	memcpy(exact, p->b, len);
	e = trace_page_walk(&layout, exact, len, on_made, NULL);
	free(exact);
	return e;
}

static void test_each_kind(void **state)
{
	struct page p = { .used = 0 };
	struct trace_page_end e;

	(void)state;
	head(&p, 1, 5);
	put(&p, 0xa1);
	head(&p, 30, 3); /* time extend */
	put(&p, 2);
	head(&p, 2, 1);
	put(&p, 0xa2);
	put(&p, 0);
	head(&p, 29, 7); /* taken back */
	put(&p, 8);
	put(&p, 0xdead);
	head(&p, 0, 1); /* its length is in a word: 10 bytes, padded */
	put(&p, 14);
	put(&p, 0xa3);
	put(&p, 0);
	put(&p, 0);
	head(&p, 31, 9); /* absolute */
	put(&p, 3);
	head(&p, 1, 0);
	put(&p, 0xa4);
	head(&p, 29, 0); /* the end */
	put(&p, 0xdead);
	end(&p, 1000, 0);
	e = walk(&p, PAGE);
	assert_false(e.malformed);
	assert_int_equal(e.missed, 0);
	assert_int_equal(got.n, 4);
	assert_int_equal(got.first[0], 0xa1);
	assert_int_equal(got.time[0], 1005);
	assert_int_equal(got.len[0], 4);
	assert_int_equal(got.time[1], 1005 + (UINT64_C(2) << 27) + 3 + 1);
	assert_int_equal(got.first[1], 0xa2);
	assert_int_equal(got.len[1], 8);
	assert_int_equal(got.first[2], 0xa3);
	assert_int_equal(got.len[2], 10);
	assert_int_equal(got.first[3], 0xa4);
	assert_int_equal(got.time[3], (UINT64_C(3) << 27) + 9);
}

/* An absolute time has 59 bits; the others are those of the page. */
static void test_high_time(void **state)
{
	struct page p = { .used = 0 };

	(void)state;
	head(&p, 31, 1);
	put(&p, 0xffffffff);
	head(&p, 1, 0);
	put(&p, 1);
	end(&p, UINT64_C(0xf8) << 56, 0);
	assert_false(walk(&p, PAGE).malformed);
	assert_int_equal(got.time[0], (UINT64_C(0xf8) << 56) + (UINT64_C(0xffffffff) << 27) + 1);
}

static void test_missed(void **state)
{
	struct page p = { .used = 0 };
	uint64_t n = 77;

	(void)state;
	head(&p, 1, 0);
	put(&p, 1);
	end(&p, 1, MISSED);
	assert_int_equal(walk(&p, PAGE).missed, 1);
	end(&p, 1, MISSED | STORED);
	memcpy(p.b + DATA + p.used, &n, 8);
	assert_int_equal(walk(&p, PAGE).missed, 77);
	/* no room for the number */
	assert_int_equal(walk(&p, DATA + p.used + 7).missed, 1);
	end(&p, 1, STORED);
	assert_int_equal(walk(&p, PAGE).missed, 0);
	assert_int_equal(got.n, 1);
}

static void test_lies(void **state)
{
	static const uint32_t bad[][3] = {
		{ 29 | 1 << 5, 3, 0 }, /* a padding shorter than its own length */
		{ 29 | 1 << 5, 0xffffffff, 0 },
		{ 0, 3, 0 },
		{ 0, 0, 0 },
		{ 0, 13, 0 }, /* one byte more than there is */
		{ 0, 0xfffffffe, 0 },
		{ 28, 0, 0 },
		{ 3, 0, 0 },
	};
	struct page p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		p.used = 0;
		head(&p, 1, 0);
		put(&p, 0xa1);
		for (size_t j = 0; j < 3; j++)
			put(&p, bad[i][j]);
		end(&p, 1, 0);
		if (!walk(&p, DATA + p.used).malformed)
			fail_msg("lie %zu", i);
		assert_int_equal(got.n, 1); /* what comes before it is good */
	}
	/* A word that is cut, of each kind that has one. */
	for (uint32_t type = 0; type < 32; type++) {
		p.used = 0;
		head(&p, type, 1);
		end(&p, 1, 0);
		assert_true(walk(&p, DATA + 4).malformed);
	}
	/* More data than the page has; a page that has not even its head. */
	p.used = PAGE - DATA + 1;
	end(&p, 1, 0);
	assert_true(walk(&p, PAGE).malformed);
	assert_int_equal(got.n, 0);
	for (size_t len = 0; len < DATA; len++)
		assert_true(walk(&p, len).malformed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {

		cmocka_unit_test(test_each_kind),
		cmocka_unit_test(test_high_time),
		cmocka_unit_test(test_missed),
		cmocka_unit_test(test_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
