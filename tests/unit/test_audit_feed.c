// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is stored in rasd's journal reaches journald: all of it, in order, also over a journald that
 * does not read, and over a restart of rasd; and nothing waits for that.
 */
#include "audit/feed.h"
#include "journal_env.h"
#include "tests/unit/audit_env.h"

static struct audit_feed *feed;

static void begin_feed(struct env *e)
{
	struct ras_err err;

	assert_int_equal(audit_open(e->base, journald_path, &err), 0);
	assert_int_equal(audit_feed_new(&feed, e->base, e->j, &err), 0);
}

static void end_feed(void)
{
	audit_feed_free(feed);
	feed = NULL;
	audit_close();
}

static int begin(void **state)
{
	struct env *e;

	if (setup(state) < 0)
		return -1;
	e = *state;
	snprintf(journald_path, sizeof(journald_path), "%s/socket", e->dir);
	play_journald();
	begin_feed(e);
	return 0;
}

static int end(void **state)
{
	end_feed();
	end_journald();
	return teardown(state);
}

/* The next message, waited for; "" after a while without one where that is expected. */
static const char *next(struct env *e, bool expected)
{
	static char text[JOURNALD_MESSAGE_BYTES + 1];
	int64_t until = expected ? patience_end_ns() : clock_boot_ns() + 100000000;
	ssize_t n;

	while ((n = recv(journald, text, sizeof(text) - 1, 0)) < 0 && clock_boot_ns() < until) {
		loop_turn(e->base, EVLOOP_NONBLOCK);
		usleep(500);
	}
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void a_life_of_a_record(void **state)
{
	struct env *e = *state;
	struct journal_row row = make_row(1);
	const char *m;

	row.guest = (struct journal_guest){ "vm1", row.id, true, 64055 };
	row.target.hpa.v = 0x12345000;
	row.target.has_hpa = true;
	assert_int_equal(add(e, &row), 0);
	m = next(e, true);
	assert_has(m, "MESSAGE_ID=ab19442f40bb414a87d7d7926cb8a040");
	assert_has(m, "RASD_STATE=intent");
	change(e, &row.id, INJ_WRITTEN, "sent", 0);
	change(e, &row.id, INJ_LOST, "a reset\nRASD_UID=0", 0);
	assert_has(next(e, true), "RASD_STATE=written");
	m = next(e, true);
	assert_has(m, "MESSAGE_ID=9ed5defb9c2743b2b9e028efa82cb7ae");
	assert_has(m, "MESSAGE=injection 01000000-0000-0000-0000-0000000000aa into vm2: lost: "
		      "a reset\\x0aRASD_UID=0");
	assert_has(m, "RASD_INJECTION=01000000-0000-0000-0000-0000000000aa");
	assert_has(m, "RASD_DOMAIN=vm2");
	assert_has(m, "RASD_DOMAIN_UUID=01000000-0000-0000-0000-0000000000aa");
	assert_has(m, "RASD_GPA=0x48000000");
	assert_has(m, "RASD_HPA=0x12345000");
	assert_has(m, "RASD_SEVERITY=corrected");
	assert_has(m, "RASD_ORIGIN=operator");
	assert_has(m, "RASD_UID=1000");
	assert_has(m, "RASD_VIA=qemu-ghes");
	assert_has(m, "RASD_TAG=rack 7");
	assert_has(m, "RASD_SEQ=3");
	assert_string_equal(next(e, false), "");
}

static void a_host_event(void **state)
{
	struct env *e = *state;
	struct host_event ev = { .id = { { 9 } },
				 .seen = { .has_hpa = true, .hpa = { 0x7000 }, .count = 3 },
				 .verdict = { .decision = HOST_NOT_GRANTED } };
	struct ras_err err;
	const char *m;

	strcpy(ev.seen.severity, "uncorrected");
	strcpy(ev.seen.source, "kernel");
	strcpy(ev.verdict.domain, "vm7");
	strcpy(ev.verdict.reason, "no grant");
	assert_int_equal(journal_host_event(e->j, &ev, NULL, 0, NULL, NULL, &err), 0);
	m = next(e, true);
	assert_has(m, "MESSAGE=uncorrected error of this host in memory of vm7: not-granted: "
		      "no grant");
	assert_has(m, "RASD_HPA=0x7000");
	assert_has(m, "RASD_DECISION=not-granted");
	assert_has(m, "RASD_VIA=kernel");
}

/* Far more than a socket holds, and rasd is started again meanwhile: none is left out. */
static void a_journald_that_does_not_read(void **state)
{
	enum { N = 700 };
	static struct result r[N];
	struct env *e = *state;
	struct audit_stat s;
	char line[64];
	struct ras_err err;

	for (int i = 0; i < N; i++) {
		struct journal_row row = make_row(i);

		r[i] = (struct result){ 0 };
		assert_int_equal(journal_intent(e->j, &row, NULL, 0, on_done, &r[i], &err), 0);
	}
	assert_int_equal(flush(e), 0);
	do {
		loop_turn(e->base, EVLOOP_ONCE);
		audit_stat(&s);
	} while (!s.waiting);
	assert_true(s.sent + s.waiting < N);
	assert_int_equal(s.lost, 0);
	for (int i = 0; i < N; i++) {
		snprintf(line, sizeof(line), "RASD_SEQ=%d", i + 1);
		assert_has(next(e, true), line);
		if (i != N - 100)
			continue;
		/* What it had sent is noted: that is not sent again. */
		while (recv(journald, line, sizeof(line), 0) >= 0)
			i++;
		assert_int_equal(flush(e), 0);
		end_feed();
		reopen(e);
		begin_feed(e);
	}
	assert_string_equal(next(e, false), "");
	audit_stat(&s);
	assert_int_equal(s.lost, 0);
}

/* Without journald nothing is kept for it, and the journal has all. */
static void no_journald(void **state)
{
	struct env *e = *state;
	struct journal_row row = make_row(1), got;
	struct audit_stat s = { 0 };
	struct ras_err err;

	end_journald();
	assert_int_equal(add(e, &row), 0);
	while (!s.lost) {
		loop_turn(e->base, EVLOOP_ONCE);
		audit_stat(&s);
	}
	assert_int_equal(s.waiting, 0);
	assert_int_equal(journal_get(e->j, &row.id, &got, &err), 0);
	assert_false(audit_is_live());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_life_of_a_record, begin, end),
		cmocka_unit_test_setup_teardown(a_host_event, begin, end),
		cmocka_unit_test_setup_teardown(a_journald_that_does_not_read, begin, end),
		cmocka_unit_test_setup_teardown(no_journald, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
