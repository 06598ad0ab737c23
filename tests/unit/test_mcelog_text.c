// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What mcelog says: captured answers of its client socket and captured logs, in pieces of every
 * size; answers that no mcelog gives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "sources/mcelog/pages.h"
#include "sources/mcelog/record.h"
#include "sources/mcelog/reply.h"
#include "tests/unit/mcelog_env.h"

/* --- pages --- */

static struct mcelog_page pages[8];
static size_t n_pages;

static void on_page(void *arg, const struct mcelog_page *page)
{
	(void)arg;
	if (n_pages < ARRAY_LEN(pages))
		pages[n_pages] = *page;
	n_pages++;
}

static enum mcelog_reply_state feed(const char *text, size_t len, size_t piece,
				    struct mcelog_reply *r)
{
	n_pages = 0;
	mcelog_reply_begin(r, on_page, NULL);
	for (size_t at = 0; at < len; at += piece)
		mcelog_reply_feed(r, text + at, len - at < piece ? len - at : piece);
	return r->state;
}

static void test_captured(void **state)
{
	struct mcelog_reply r;
	char text[2048];
	size_t len = mcelog_captured("pages", text, sizeof(text));

	(void)state;
	for (size_t piece = 1; piece <= len; piece++) {
		assert_int_equal(feed(text, len, piece, &r), REPLY_DONE);
		assert_int_equal(r.malformed, 0);
		assert_int_equal(n_pages, 2);
		assert_int_equal(pages[0].address, 0x7777000);
		assert_int_equal(pages[0].total, 1);
		assert_int_equal(pages[1].address, 0x12345000);
		assert_int_equal(pages[1].total, 5);
		assert_false(pages[1].offline);
	}
	/* It is over with "done", not before. */
	for (size_t cut = 1; cut <= 5; cut++)
		assert_int_equal(feed(text, len - cut, 1, &r), REPLY_GOING);
}

static enum mcelog_reply_state say(const char *text)
{
	struct mcelog_reply r;

	return feed(text, strlen(text), 3, &r);
}

static void test_answers(void **state)
{
	char text[4096], many[20000] = "";
	struct mcelog_reply r;

	(void)state;
	assert_int_equal(say("done\n"), REPLY_DONE);
	assert_int_equal(n_pages, 0);
	assert_int_equal(say("permission denied\n"), REPLY_DENIED);
	assert_int_equal(say("mcelog server too busy\n"), REPLY_BUSY);
	mcelog_captured("hello", text, sizeof(text));
	assert_int_equal(say(text), REPLY_UNKNOWN);
	mcelog_captured("ping", text, sizeof(text));
	assert_int_equal(say(text), REPLY_GOING);
	/* What belongs to another command is not understood. */
	mcelog_captured("dump", text, sizeof(text));
	assert_int_equal(say(text), REPLY_BROKEN);
	assert_int_equal(n_pages, 0);
	assert_int_equal(say("1000: total 7 seen \"7 in 24h\" offline triggered\n"
			     "2000: total 3 seen \"3 in 24h\" offline-failed\n"
			     "3000: total 3 seen \"3 in 24h\" offline\ndone\n"),
			 REPLY_DONE);
	assert_int_equal(n_pages, 3);
	assert_true(pages[0].offline);
	assert_false(pages[1].offline);
	assert_true(pages[2].offline);
	/* A line without an end, a NUL, an answer without an end. */
	memset(many, 'x', sizeof(many) - 1);
	assert_int_equal(say(many), REPLY_BROKEN);
	assert_int_equal(feed("\0done\n", 6, 6, &r), REPLY_BROKEN);
	mcelog_reply_begin(&r, on_page, NULL);
	memset(many, '\n', sizeof(many));
	for (size_t i = 0; i <= MCELOG_REPLY_MAX / sizeof(many); i++)
		mcelog_reply_feed(&r, many, sizeof(many));
	assert_int_equal(r.state, REPLY_BROKEN);
}

static void test_lines(void **state)
{
	static const char *const bad[] = {
		"0x1000: total 1 seen \"1 in 24h\" online",
		"1000 total 1 seen \"1 in 24h\" online",
		"1000: total -1 seen \"1 in 24h\" online",
		"1000: total 1 seen \"1 in 24h online",
		"1000: total 1 seen \"1 in 24h\"",
		"1000: total 1 seen \"1 in 24h\" gone",
		"12345678901234567: total 1 seen \"1 in 24h\" online",
		"1000: total 1234567890123456789 seen \"1 in 24h\" online",
	};
	struct mcelog_reply r;
	char text[512];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		size_t len = (size_t)snprintf(text, sizeof(text), "%s\ndone\n", bad[i]);

		assert_int_equal(feed(text, len, len, &r), REPLY_DONE);
		if (n_pages || r.malformed != 1)
			fail_msg("\"%s\" is a page", bad[i]);
	}
}

static void test_changes(void **state)
{
	struct mcelog_page page = { .address = 0x1000, .total = 5 };
	struct mcelog_change c;
	struct mcelog_pages *p;

	(void)state;
	assert_int_equal(mcelog_pages_new(&p, NULL), 0);
	assert_int_equal(mcelog_pages_note(p, &page).errors, 5);
	assert_int_equal(mcelog_pages_note(p, &page).errors, 0);
	page.total = 7;
	page.offline = true;
	c = mcelog_pages_note(p, &page);
	assert_int_equal(c.errors, 2);
	assert_true(c.offline);
	assert_false(mcelog_pages_note(p, &page).offline);
	page.total = 1; /* mcelog has started again */
	assert_int_equal(mcelog_pages_note(p, &page).errors, 1);
	for (uint64_t i = 1; i < MCELOG_PAGES; i++)
		assert_false(
			mcelog_pages_note(p, &(struct mcelog_page){ .address = 0x1000 + (i << 12),
								    .total = 1 })
				.full);
	assert_true(mcelog_pages_note(p, &(struct mcelog_page){ .address = UINT64_C(0xff) << 24,
								.total = 1 })
			    .full);
	assert_int_equal(mcelog_pages_note(p, &page).errors, 0); /* the others are still known */
	mcelog_pages_free(p);
}

/* --- the log --- */

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captured),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
