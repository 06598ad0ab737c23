// SPDX-License-Identifier: LGPL-2.1-or-later
/* Several records in a buffer, records that are not whole, and timestamps in two forms. */
#include "cper_gate.h"

#include "cper/scan.h"

struct expect {
	int kind;
	size_t offset, len;
	int code;
};

static void expect_items(const uint8_t *buf, size_t len, const struct expect *want, size_t n)
{
	struct cper_scan s;
	struct cper_item item;
	size_t i = 0, end = 0;

	cper_scan_begin(&s, buf, len);
	for (; cper_scan_next(&s, &item); i++) {
		assert_int_equal(item.offset, end);
		assert_ptr_equal(item.bytes, buf + end);
		end += item.len;
		assert_true(i < n);
		if (item.kind != want[i].kind || item.offset != want[i].offset ||
		    item.len != want[i].len || item.err.code != want[i].code)
			fail_msg("item %zu: %s at %zu, %zu bytes, %s", i, cper_item_name(item.kind),
				 item.offset, item.len, cper_code_name(item.err.code));
	}
	assert_int_equal(i, n);
	assert_int_equal(end, len);
}

#define EXPECT(buf, len, ...)                                              \
	expect_items((buf), (len), (const struct expect[]){ __VA_ARGS__ }, \
		     sizeof((const struct expect[]){ __VA_ARGS__ }) / sizeof(struct expect))

static size_t record_of(const char *kind, uint8_t *out, size_t cap)
{
	uint8_t block[4096];
	size_t n = make_block(maker_of(kind), block, sizeof(block)), len;

	assert_int_equal(cper_record_from_block(block, n, NULL, out, cap, &len, NULL), 0);
	return len;
}

static void test_one_after_the_other(void **state)
{
	uint8_t buf[4096] = { 0 };
	size_t block = make_block(maker_of("mem"), buf, sizeof(buf));
	size_t record = record_of("mem", buf + block, sizeof(buf) - block);
	size_t at = block + record;

	(void)state;
	assert_int_equal(block, 172);
	assert_int_equal(record, 280);
	EXPECT(buf, at, { CPER_ITEM_BLOCK, 0, 172, 0 }, { CPER_ITEM_RECORD, 172, 280, 0 });
	EXPECT(buf, at + 30, { CPER_ITEM_BLOCK, 0, 172, 0 }, { CPER_ITEM_RECORD, 172, 280, 0 },
	       { CPER_ITEM_EMPTY, at, 30, 0 });
	memcpy(buf + at + 64, buf, block);
	EXPECT(buf, at + 64 + block, { CPER_ITEM_BLOCK, 0, 172, 0 },
	       { CPER_ITEM_RECORD, 172, 280, 0 }, { CPER_ITEM_EMPTY, at, 64, 0 },
	       { CPER_ITEM_BLOCK, at + 64, 172, 0 });
	memset(buf + at, 0x5a, 64);
	EXPECT(buf, at + 64 + block, { CPER_ITEM_BLOCK, 0, 172, 0 },
	       { CPER_ITEM_RECORD, 172, 280, 0 }, { CPER_ITEM_OTHER, at, 64, CPER_NOT_A_RECORD },
	       { CPER_ITEM_BLOCK, at + 64, 172, 0 });
	memset(buf + at, 0xff, 64);
	EXPECT(buf, at + 64, { CPER_ITEM_BLOCK, 0, 172, 0 }, { CPER_ITEM_RECORD, 172, 280, 0 },
	       { CPER_ITEM_EMPTY, at, 64, 0 });
	/* a block that was read: block_status 0 */
	memcpy(buf + at, buf, block);
	le_store(buf + at, 4, 0);
	EXPECT(buf, at + block, { CPER_ITEM_BLOCK, 0, 172, 0 }, { CPER_ITEM_RECORD, 172, 280, 0 },
	       { CPER_ITEM_BLOCK, at, 172, 0 });
}

static void test_broken_ones(void **state)
{
	uint8_t buf[4096] = { 0 };
	size_t record = record_of("mem", buf, sizeof(buf));

	(void)state;
	memmove(buf + 240, buf, record);
	EXPECT(buf, 240 + record, { CPER_ITEM_RECORD, 0, 240, CPER_RECORD_LENGTH },
	       { CPER_ITEM_RECORD, 240, 280, 0 });
	le_store(buf + 240 + 132, 4, 8); /* a section that is too short */
	EXPECT(buf + 240, record, { CPER_ITEM_RECORD, 0, 280, CPER_SECTION_TOO_SHORT });
	EXPECT(buf, 60, { CPER_ITEM_RECORD, 0, 60, CPER_RECORD_HEADER });
	make_block(maker_of("mem"), buf, sizeof(buf));
	make_block(maker_of("mem"), buf + 172, sizeof(buf));
	EXPECT(buf, 300, { CPER_ITEM_BLOCK, 0, 172, 0 },
	       { CPER_ITEM_BLOCK, 172, 128, CPER_TRUNCATED_DATA });
	le_store(buf + 44, 4, 0xffffffff);
	EXPECT(buf, 344, { CPER_ITEM_BLOCK, 0, 172, CPER_ENTRY_LENGTH },
	       { CPER_ITEM_BLOCK, 172, 172, 0 });
	EXPECT(buf, 10, { CPER_ITEM_BLOCK, 0, 10, CPER_TRUNCATED_BLOCK });
}

/* A record inside a record is not the next one. */
static void test_a_record_inside(void **state)
{
	uint8_t inner[1024], block[2048], buf[4096];
	struct cper_entry_info info = { .severity = CPER_SEV_CORRECTED };
	size_t n = record_of("mem", inner, sizeof(inner)), len, record;
	struct cper_builder b;

	(void)state;
	memset(info.section_type.b, 0x77, 16);
	cper_build_begin(&b, block, sizeof(block));
	cper_build_entry(&b, &info, inner, n);
	assert_int_equal(cper_build_end(&b, &len, NULL), 0);
	assert_int_equal(cper_record_from_block(block, len, NULL, buf, sizeof(buf), &record, NULL),
			 0);
	EXPECT(buf, record, { CPER_ITEM_RECORD, 0, record, 0 });
	EXPECT(block, len, { CPER_ITEM_BLOCK, 0, len, 0 });
}

static void test_what_is_no_block(void **state)
{
	uint8_t buf[512] = { 0 };

	(void)state;
	EXPECT(buf, 20, { CPER_ITEM_EMPTY, 0, 20, 0 });
	EXPECT(buf, 512, { CPER_ITEM_EMPTY, 0, 512, 0 });
	buf[0] = 1; /* no entry, but that is what its count says */
	EXPECT(buf, 20, { CPER_ITEM_BLOCK, 0, 20, 0 });
	EXPECT(buf, 21, { CPER_ITEM_OTHER, 0, 21, CPER_NOT_A_RECORD });
	buf[0] = 0x11;
	EXPECT(buf, 20, { CPER_ITEM_OTHER, 0, 20, CPER_NOT_A_RECORD });
	le_store(buf, 4, 0x7e07a301);
	EXPECT(buf, 512, { CPER_ITEM_OTHER, 0, 512, CPER_NOT_A_RECORD });
	/* the bytes of a memory section look like a block without entries */
	memset(buf, 0, sizeof(buf));
	le_store(buf, 8, 2);
	le_store(buf + 16, 8, 0x48000000);
	EXPECT(buf, 80, { CPER_ITEM_OTHER, 0, 80, CPER_NOT_A_RECORD });
	/* raw data alone is enough */
	memset(buf, 0, sizeof(buf));
	le_store(buf, 4, 1);
	le_store(buf + 4, 4, 20);
	le_store(buf + 8, 4, 10);
	EXPECT(buf, 30, { CPER_ITEM_BLOCK, 0, 30, 0 });
}

static void test_tables(void **state)
{
	uint8_t buf[1024] = { 0 };
	size_t block = make_block(maker_of("mem"), buf + 48, sizeof(buf) - 48);

	(void)state;
	memcpy(buf, "BERT", 4);
	le_store(buf + 4, 4, 48);
	EXPECT(buf, 48 + block, { CPER_ITEM_TABLE, 0, 48, 0 }, { CPER_ITEM_BLOCK, 48, 172, 0 });
	EXPECT(buf, 40, { CPER_ITEM_TABLE, 0, 40, CPER_TRUNCATED_DATA });
}

/* Every cut of a record and of a block shows what is before the cut and nothing behind it. */
static void test_what_is_whole(void **state)
{
	uint8_t buf[4096], record[4096];
	uint8_t *exact;
	size_t n = make_block(maker_of("mem"), buf, sizeof(buf)), len;
	struct cper_record_view rv;
	struct cper_entry e;
	struct cper_view v;

	(void)state;
	for (len = 0; len < n; len++) {
		exact = malloc(len ? len : 1);
		memcpy(exact, buf, len);
		assert_int_equal(cper_view_whole(&v, exact, len), len < 20 ? -1 : 0);
		if (len >= 20)
			assert_false(cper_view_peek(&v, &e));
		free(exact);
	}
	assert_int_equal(cper_view_whole(&v, buf, n), 0);
	assert_true(cper_view_peek(&v, &e));
	assert_int_equal(e.section_len, 80);
	assert_false(cper_view_peek(&v, &e));
	n = record_of("mem", record, sizeof(record));
	for (len = 0; len <= n; len++) {
		exact = malloc(len ? len : 1);
		memcpy(exact, record, len);
		assert_int_equal(cper_record_view_whole(&rv, exact, len), len < 128 ? -1 : 0);
		if (len >= 128) {
			assert_int_equal(cper_record_view_peek(&rv, &e), len >= 200);
			if (len >= 200)
				assert_int_equal(e.section != NULL, len >= 280);
			assert_false(cper_record_view_peek(&rv, &e));
		}
		free(exact);
	}
}

static const struct {
	uint8_t t[8];
	bool ok, binary;
	uint16_t year;
	uint8_t month, day, hour, minute, second;
} times[] = {
	{ { 0x58, 0x59, 0x23, 1, 0x31, 0x12, 0x26, 0x20 }, true, false, 2026, 12, 31, 23, 59, 58 },
	{ { 0x22, 0x01, 0x02, 0, 0x01, 0x07, 0x19, 0x14 }, true, true, 2025, 7, 1, 2, 1, 34 },
	{ { 58, 59, 23, 1, 31, 12, 99, 19 }, true, true, 1999, 12, 31, 23, 59, 58 },
	{ { 0, 0, 0, 0, 1, 1, 0, 21 }, true, true, 2100, 1, 1, 0, 0, 0 },
	{ { 0, 0, 0, 0, 1, 1, 0, 0x19 }, true, false, 1900, 1, 1, 0, 0, 0 },
	{ { 0, 0, 0, 0, 1, 1, 0x70, 0x19 }, true, false, 1970, 1, 1, 0, 0, 0 },
	{ { 0, 0, 0, 0, 1, 1, 0x25, 0 }, true, false, 25, 1, 1, 0, 0, 0 },
	{ { 0, 0, 0, 0, 0, 0, 0, 0 }, false, false, 0, 0, 0, 0, 0, 0 },
	{ { 60, 0, 0, 0, 1, 1, 25, 20 }, false, false, 0, 0, 0, 0, 0, 0 },
	{ { 0, 0, 0x2a, 0, 1, 1, 25, 20 }, false, false, 0, 0, 0, 0, 0, 0 },
	{ { 0, 0, 0, 0, 0x3f, 1, 25, 20 }, false, false, 0, 0, 0, 0, 0, 0 },
	{ { 0, 0, 0, 0, 1, 13, 25, 20 }, false, false, 0, 0, 0, 0, 0, 0 },
	{ { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, false, false, 0, 0, 0, 0, 0, 0 },
};

static void test_timestamps(void **state)
{
	struct cper_time got;
	uint8_t back[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		memset(&got, 0x5a, sizeof(got));
		if (cper_timestamp_read(times[i].t, &got) != times[i].ok)
			fail_msg("time %zu", i);
		if (!times[i].ok) {
			assert_int_equal(got.month, 0x5a);
			continue;
		}
		if (got.year != times[i].year || got.month != times[i].month ||
		    got.day != times[i].day || got.hour != times[i].hour ||
		    got.minute != times[i].minute || got.second != times[i].second ||
		    got.binary != times[i].binary || got.precise != (times[i].t[3] & 1))
			fail_msg("time %zu: %u-%u-%u %u:%u:%u", i, got.year, got.month, got.day,
				 got.hour, got.minute, got.second);
		assert_true(cper_timestamp_write(&got, back));
		assert_true(cper_timestamp_ok(back));
		if (!got.binary)
			assert_memory_equal(back, times[i].t, 8);
	}
	got = (struct cper_time){ .year = 2026, .month = 13, .day = 1 };
	memset(back, 0x5a, sizeof(back));
	assert_false(cper_timestamp_write(&got, back));
	assert_int_equal(back[0], 0x5a);
}

/* A date in binary reaches a guest in BCD, whichever form it came in. */
static void test_times_of_blocks(void **state)
{
	static const uint8_t binary[8] = { 0x22, 0x01, 0x02, 0, 0x01, 0x07, 0x19, 0x14 };
	static const uint8_t bcd[8] = { 0x34, 0x01, 0x02, 0, 0x01, 0x07, 0x25, 0x20 };
	uint8_t record[1024], block[1024];
	size_t n = record_of("mem", record, sizeof(record)), len;

	(void)state;
	record[16] = CPER_RECORD_VALID_TIMESTAMP;
	memcpy(record + 24, binary, 8);
	assert_int_equal(cper_record_to_block(record, n, block, sizeof(block), &len, NULL), 0);
	assert_memory_equal(block + 84, bcd, 8);
	memcpy(block + 84, binary, 8);
	assert_int_equal(cper_record_from_block(block, len, NULL, record, sizeof(record), &n, NULL),
			 0);
	assert_memory_equal(record + 24, bcd, 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_after_the_other),
		cmocka_unit_test(test_broken_ones),
		cmocka_unit_test(test_a_record_inside),
		cmocka_unit_test(test_what_is_no_block),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_what_is_whole),
		cmocka_unit_test(test_timestamps),
		cmocka_unit_test(test_times_of_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
