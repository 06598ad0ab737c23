// SPDX-License-Identifier: LGPL-2.1-or-later
/* Pages of the ring buffer that real kernels wrote, by their own formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "sources/trace/decode.h"
#include "sources/trace/page.h"
#include "tests/unit/trace_env.h"

#define PAGE 4096

struct seen {
	const struct trace_kernel *k;
	size_t n;
	struct ras_event e[64];
	uint64_t time[64];
	size_t other;
};

static void on_record(void *arg, uint64_t time_ns, const uint8_t *data, size_t len)
{
	struct seen *s = arg;

	for (size_t i = 0; i < s->k->n; i++) {
		struct trace_record r = { &s->k->format[i], data, len };
		uint16_t id;

		memcpy(&id, data, 2);
		if (id != r.format->id)
			continue;
		if (trace_decode(&r, &s->e[s->n]) == TRACE_EVENT)
			s->time[s->n++] = time_ns;
		else
			s->other++;
	}
}

static void read_pages(struct seen *s, const char *version)
{
	for (int cpu = 0; cpu < 2; cpu++) {
		struct trace_page_end end;
		char path[96];
		size_t len;
		char *page;

		snprintf(path, sizeof(path), "tests/data/host-events/linux-%s-cpu%d.page", version,
			 cpu);
		page = trace_file(path, &len);
		assert_int_equal(len, PAGE);
		end = trace_page_walk(&s->k->layout, (uint8_t *)page, len, on_record, s);
		assert_false(end.malformed);
		assert_int_equal(end.missed, 0);
		free(page);
	}
}

static const struct ras_event *only(const struct seen *s, const char *report, uint64_t hpa,
				    uint64_t *time)
{
	const struct ras_event *found = NULL;

	for (size_t i = 0; i < s->n; i++) {
		if (strcmp(s->e[i].report, report) != 0 || s->e[i].where.hpa.v != hpa || found)
			continue;
		found = &s->e[i];
		*time = (s->time[i] + 500) / 1000; /* as "trace" shows it */
	}
	if (!found)
		fail_msg("no %s at 0x%llx", report, (unsigned long long)hpa);
	return found;
}

/* What "trace" of the same kernel printed at the same moment is beside each. */
static void test_linux_6_12(void **state)
{
	struct trace_kernel k;
	struct seen s = { .k = &k };
	const struct ras_event *e;
	uint64_t time;

	(void)state;
	trace_kernel_load(&k, "tests/data/host-events/linux-6.12-amd64.formats");
	read_pages(&s, "6.12-amd64");
	/* 22.756462: pfn 0x10: recovery action for get hwpoison page: Ignored */
	e = only(&s, "memory_failure_event", 0x10000, &time);
	assert_int_equal(time, 22756462);
	assert_string_equal(e->outcome.page_type, "get hwpoison page");
	assert_int_equal(e->outcome.kind, OUTCOME_IGNORED);
	assert_int_equal(e->kind, EVENT_PAGE_LOST);
	assert_int_equal(e->where.len_bytes, 4096);
	/* 23.837720: MC5: 8c00004000010090 ADDR: 000000001f000000 MISC: 000000000000008c, Intel */
	e = only(&s, "mce_record", 0x1f000000, &time);
	assert_int_equal(time, 23837720);
	assert_int_equal(e->severity, EVENT_CORRECTED);
	assert_int_equal(e->kind, EVENT_MEMORY);
	assert_int_equal(e->count, 1); /* this bank does not count: no MCG_CMCI_P */
	assert_int_equal(s.n, 4);
	assert_int_equal(s.other, 1); /* 22.822839: a SIGBUS by kill(2), code 0 */
	trace_kernel_clear(&k);
}

static void test_linux_6_1(void **state)
{
	struct trace_kernel k;
	struct seen s = { .k = &k };
	const struct ras_event *e;
	uint64_t time;

	(void)state;
	trace_kernel_load(&k, "tests/data/host-events/linux-6.1-amd64.formats");
	read_pages(&s, "6.1-amd64");
	/* 8.281749: pfn 0x1e002: recovery action for free buddy page: Recovered */
	e = only(&s, "memory_failure_event", 0x1e002000, &time);
	assert_int_equal(time, 8281749);
	assert_string_equal(e->outcome.page_type, "free buddy page");
	assert_int_equal(e->outcome.kind, OUTCOME_RECOVERED);
	/* 8.349300: pfn 0x10: recovery action for unknown page: Ignored */
	e = only(&s, "memory_failure_event", 0x10000, &time);
	assert_string_equal(e->outcome.page_type, "unknown page");
	/* 9.821753 */
	e = only(&s, "mce_record", 0x1f000000, &time);
	assert_int_equal(time, 9821753);
	assert_int_equal(s.n, 3);
	trace_kernel_clear(&k);
}

/* mce_record has new fields; 20 is another type of page than in 6.12 and 6.1. */
static void test_linux_7_3(void **state)
{
	struct trace_kernel k;
	struct seen s = { .k = &k };
	const struct ras_event *e;
	uint64_t time;
	char word[64];

	(void)state;
	trace_kernel_load(&k, "tests/data/host-events/linux-7.3-amd64.formats");
	read_pages(&s, "7.3-amd64");
	/* 37.826248: pfn 0x10: recovery action for reserved kernel page: Ignored */
	e = only(&s, "memory_failure_event", 0x10000, &time);
	assert_int_equal(time, 37826248);
	assert_string_equal(e->outcome.page_type, "reserved kernel page");
	/* 38.846595 */
	e = only(&s, "mce_record", 0x1f000000, &time);
	assert_int_equal(time, 38846595);
	assert_int_equal(e->severity, EVENT_CORRECTED);
	assert_int_equal(s.n, 4);
	assert_true(trace_format_word(trace_kernel_format(&k, "memory_failure_event"), "type", 20,
				      word, sizeof(word)));
	assert_string_equal(word, "non struct page pfn");
	trace_kernel_clear(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linux_6_12),
		cmocka_unit_test(test_linux_6_1),
		cmocka_unit_test(test_linux_7_3),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
