// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Host events in the journal: pending, decided once, forwarded once for each page and QEMU,
 * counted, and in one feed with the transitions.
 */
#include "journal_env.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct host_event make_event(int n, enum host_decision d)
{
	struct host_event e = { .seen = { .source = "kernel",
					  .report = "memory_failure",
					  .kind = "page-lost",
					  .severity = "uncorrected",
					  .boot_ns = 1000 + n,
					  .real_ns = 5,
					  .has_hpa = true,
					  .len_bytes = 4096,
					  .count = 1 } };

	e.id.b[0] = (uint8_t)n;
	e.id.b[15] = 0xee;
	clock_boot_id(e.seen.boot_id);
	e.seen.hpa.v = 0x100000000 + (uint64_t)n * 4096;
	e.verdict.decision = d;
	e.verdict.decided_real_ns = 77;
	strcpy(e.verdict.reason, "because");
	strcpy(e.verdict.domain, "vm1");
	e.verdict.has_gpa = true;
	e.verdict.gpa.v = 0x48000000;
	e.verdict.pages = 1;
	e.verdict.uncorrected = d != HOST_PENDING;
	return e;
}

static struct host_forward make_forward(const struct host_event *e, const struct journal_row *row)
{
	struct host_forward fw = { .key = { .pfn = e->seen.hpa.v / 4096,
					    .pid = 4321,
					    .start_time = 99,
					    .gpa = e->verdict.gpa },
				   .event = e->id,
				   .pages = 1,
				   .done = 1,
				   .injection = row->id };

	clock_boot_id(fw.key.boot_id);
	strcpy(fw.domain, "vm1");
	return fw;
}

static int store(struct env *e, const struct host_event *ev)
{
	struct result r = { 0 };
	struct ras_err err;

	assert_int_equal(journal_host_event(e->j, ev, NULL, 0, on_done, &r, &err), 0);
	wait_for(e, &r);
	return r.code;
}

static int forward(struct env *e, const struct journal_row *row, const struct host_event *ev,
		   const struct host_forward *fw)
{
	struct journal_cursor c = { "rasdaemon", "" };
	struct journal_with with = { .moved = { &c, 1 }, .host = { ev, fw } };
	struct result r = { 0 };
	struct ras_err err;

	snprintf(c.position, sizeof(c.position), "%d", row->id.b[0]);
	assert_int_equal(journal_intent(e->j, row, &with, 0, on_done, &r, &err), 0);
	wait_for(e, &r);
	return r.code;
}

static int take(void *arg, const struct host_event *ev)
{
	struct host_event *out = arg;

	*out = *ev;
	return 0;
}

static int count(void *arg, const struct host_event *ev)
{
	(void)ev;
	++*(int *)arg;
	return 0;
}

/* Decided events, newest first, until fn says stop; domain NULL: all. */
static void list(struct env *e, const char *domain,
		 int (*fn)(void *arg, const struct host_event *ev), void *arg)
{
	struct journal_page p = { .filter.domain = { domain != NULL, { domain } } };
	struct ras_err err;

	journal_page_begin(&p);
	assert_true(journal_host_page(e->j, &p, fn, arg, &err) >= 0);
}

static int n_pending(struct env *e)
{
	struct ras_err err;
	int n = 0;

	assert_int_equal(journal_host_pending(e->j, 100, count, &n, &err), 0);
	return n;
}

/* Pending over a restart; decided once; what is decided stays as it is. */
static void pending_then_decided(void **state)
{
	struct env *e = *state;
	struct host_event ev = make_event(1, HOST_PENDING), got = { .seq = 9 };
	struct host_counts counts;
	struct ras_err err;
	int n = 0;

	assert_int_equal(store(e, &ev), 0);
	reopen(e);
	assert_int_equal(n_pending(e), 1);
	assert_int_equal(journal_host_pending(e->j, 100, take, &got, &err), 0);
	assert_int_equal(got.seq, 0);
	assert_memory_equal(&got.id, &ev.id, sizeof(ev.id));
	assert_memory_equal(&got.seen, &ev.seen, sizeof(ev.seen));
	list(e, NULL, count, &n);
	assert_int_equal(n, 0); /* only what is decided is listed */

	ev = make_event(1, HOST_CONSUMED);
	assert_int_equal(store(e, &ev), 0);
	ev.verdict.decision = HOST_STALE;
	assert_int_equal(store(e, &ev), 0); /* dropped */
	assert_int_equal(n_pending(e), 0);
	list(e, "vm1", take, &got);
	assert_int_equal(got.verdict.decision, HOST_CONSUMED);
	assert_int_equal(got.seq, 1);
	assert_int_equal(journal_host_counts(e->j, "vm1", &counts, &err), 0);
	assert_int_equal(counts.uncorrected, 1);
	assert_int_equal(counts.last_real_ns, 77);
	assert_string_equal(sql_refusal(e, "UPDATE host_event SET decision = 'stale'"),
			    "a decided host event stays as it is");
	assert_string_equal(sql_refusal(e, "DELETE FROM host_event"),
			    "host events are deleted by retention only");
}

/* Two reports of one error: the second forward is refused, with all that it would have stored. */
static void forwarded_once(void **state)
{
	struct env *e = *state;
	struct journal_row a = make_row(1), b = make_row(2);
	struct host_event first = make_event(1, HOST_FORWARDED), second = first, got;
	struct host_forward fw = make_forward(&first, &a);
	struct journal_cursor cursor;
	struct ras_err err;
	int n = 0;

	assert_int_equal(forward(e, &a, &first, &fw), 0);
	second.id.b[1] = 7;
	fw.event = second.id;
	fw.injection = b.id;
	assert_int_equal(forward(e, &b, &second, &fw), RAS_E_REQUEST_ID);
	assert_int_equal(journal_get(e->j, &b.id, &b, &err), -RAS_E_NOT_FOUND);
	list(e, NULL, count, &n);
	assert_int_equal(n, 1);
	list(e, NULL, take, &got);
	assert_int_equal(got.seq, 2); /* behind the intent, in one sequence */
	assert_int_equal(journal_cursor_get(e->j, "rasdaemon", &cursor, &err), 0);
	assert_string_equal(cursor.position, "1");
	/* The same page of another QEMU is another forward. */
	fw.key.start_time++;
	assert_int_equal(forward(e, &b, &second, &fw), 0);
}

/* Refused is proved not written: the same event may be sent again, by another injection. */
static void again_after_refused(void **state)
{
	struct env *e = *state;
	struct journal_row a = make_row(1), b = make_row(2), c = make_row(3);
	struct host_event ev = make_event(1, HOST_FORWARDED), got;
	struct host_forward fw = make_forward(&ev, &a);

	ev.verdict.has_injection = true;
	ev.verdict.injection = a.id;
	assert_int_equal(forward(e, &a, &ev, &fw), 0);
	fw.injection = b.id;
	assert_int_equal(forward(e, &b, NULL, &fw), RAS_E_REQUEST_ID); /* it may be written */
	journal_transition(e->j, &a.id, &(struct journal_change){ .state = INJ_REFUSED });
	assert_int_equal(flush(e), 0);
	assert_int_equal(forward(e, &b, NULL, &fw), 0);
	list(e, NULL, take, &got);
	assert_memory_equal(&got.verdict.injection, &b.id, sizeof(b.id));
	journal_transition(e->j, &b.id, &(struct journal_change){ .state = INJ_ACKNOWLEDGED });
	assert_int_equal(flush(e), 0);
	fw.injection = c.id;
	assert_int_equal(forward(e, &c, NULL, &fw), RAS_E_REQUEST_ID);
}

static int take_open(void *arg, const struct host_forward *fw, const struct host_event *ev)
{
	(void)ev;
	*(struct host_forward *)arg = *fw;
	return 0;
}

/* A forward of many pages goes on behind what is stored, never from the beginning. */
static void block_by_block(void **state)
{
	struct env *e = *state;
	struct journal_row a = make_row(1), b = make_row(2), c = make_row(3);
	struct host_event ev = make_event(1, HOST_FORWARDED);
	struct host_forward fw = make_forward(&ev, &a), open = { .pages = 0 };
	struct ras_err err;

	fw.pages = 14;
	fw.done = 6;
	assert_int_equal(forward(e, &a, &ev, &fw), 0);
	journal_transition(e->j, &a.id, &(struct journal_change){ .state = INJ_ACKNOWLEDGED });
	assert_int_equal(flush(e), 0);
	reopen(e);
	assert_int_equal(journal_forwards_open(e->j, take_open, &open, &err), 0);
	assert_int_equal(open.done, 6);
	assert_int_equal(open.pages, 14);
	fw.injection = b.id;
	assert_int_equal(forward(e, &b, NULL, &fw), RAS_E_REQUEST_ID); /* the first block again */
	fw.begun = 6;
	fw.done = 14;
	assert_int_equal(forward(e, &b, NULL, &fw), 0);
	journal_transition(e->j, &b.id, &(struct journal_change){ .state = INJ_ACKNOWLEDGED });
	assert_int_equal(flush(e), 0);
	open.pages = 0;
	assert_int_equal(journal_forwards_open(e->j, take_open, &open, &err), 0);
	assert_int_equal(open.pages, 0);
	fw.injection = c.id;
	assert_int_equal(forward(e, &c, NULL, &fw), RAS_E_REQUEST_ID);
}

/* The key goes only when the poison was seen, and is gone. */
static void poison_goes(void **state)
{
	struct env *e = *state;
	struct journal_row a = make_row(1), b = make_row(2);
	struct host_event ev = make_event(1, HOST_FORWARDED), other = make_event(1, HOST_FORWARDED);
	struct host_forward fw = make_forward(&ev, &a), got;
	struct ras_err err;
	int64_t when_ns = 0;

	assert_int_equal(forward(e, &a, &ev, &fw), 0);
	assert_int_equal(journal_host_settled(e->j, "vm1", ev.seen.hpa, ev.verdict.gpa, 4096,
					      &when_ns, &err),
			 0);
	assert_int_equal(when_ns, 1001);
	assert_int_equal(journal_host_settled(e->j, "vm2", ev.seen.hpa, ev.verdict.gpa, 4096,
					      &when_ns, &err),
			 -RAS_E_NOT_FOUND);
	assert_int_equal(journal_forward_seen(e->j, &fw.key, true, &err), 0);
	assert_int_equal(flush(e), 0);
	assert_int_equal(journal_forward_get(e->j, &fw.key, &got, &err),
			 0); /* it never was there */
	assert_int_equal(journal_forward_seen(e->j, &fw.key, false, &err), 0);
	assert_int_equal(journal_forward_seen(e->j, &fw.key, true, &err), 0);
	assert_int_equal(flush(e), 0);
	assert_int_equal(journal_forward_get(e->j, &fw.key, &got, &err), -RAS_E_NOT_FOUND);
	other.id.b[1] = 1;
	fw.event = other.id;
	fw.injection = b.id;
	assert_int_equal(forward(e, &b, &other, &fw), 0);
}

/* Merged memory: the host page is at two places of the guest, and each is forwarded. */
static void at_two_places(void **state)
{
	struct env *e = *state;
	struct journal_row a = make_row(1), b = make_row(2), c = make_row(3);
	struct host_event ev = make_event(1, HOST_FORWARDED), other = ev;
	struct host_forward fw = make_forward(&ev, &a), got;
	struct gpa second = { ev.verdict.gpa.v + 0x5000 };
	struct ras_err err;
	int64_t when_ns = 0;

	assert_int_equal(forward(e, &a, &ev, &fw), 0);
	assert_int_equal(journal_host_settled(e->j, "vm1", ev.seen.hpa, second, 4096, &when_ns,
					      &err),
			 -RAS_E_NOT_FOUND);
	other.id.b[1] = 1;
	other.verdict.gpa = second;
	fw = make_forward(&other, &b);
	assert_int_equal(journal_forward_get(e->j, &fw.key, &got, &err), -RAS_E_NOT_FOUND);
	assert_int_equal(forward(e, &b, &other, &fw), 0);
	assert_int_equal(journal_forward_get(e->j, &fw.key, &got, &err), 0);
	assert_int_equal(got.key.gpa.v, second.v);
	other.id.b[1] = 2;
	fw.event = other.id;
	fw.injection = c.id;
	assert_int_equal(forward(e, &c, &other, &fw), RAS_E_REQUEST_ID);
}

static void take_day(void *arg, const struct host_day *d)
{
	struct host_day *out = arg;

	out[d->pfn & 3] = *d;
}

/* What was counted of a page is known to the next life: of this boot, and of this day. */
static void day_of_a_page(void **state)
{
	struct env *e = *state;
	struct host_day day[4] = { { 0 } };
	struct ras_err err;

	for (int i = 1; i <= 4; i++) {
		struct host_event ev = make_event(i, i == 2 ? HOST_FORWARDED : HOST_COUNTED);

		strcpy(ev.seen.severity, "corrected");
		ev.verdict.uncorrected = 0;
		ev.seen.hpa.v = 0x100001000 + (i == 3 ? 0x1000 : 8 * (uint64_t)i);
		ev.seen.count = i == 2 ? UINT64_MAX >> 1 : 3; /* an absurd count adds up, too */
		if (i == 4)
			strcpy(ev.seen.boot_id, "of another boot");
		assert_int_equal(store(e, &ev), 0);
	}
	reopen(e);
	assert_int_equal(journal_host_day(e->j, 4096, 1000, 10, take_day, day, &err), 0);
	assert_int_equal(day[1].pfn, 0x100001);
	assert_int_equal(day[1].corrected, 3 + UINT64_C(4294967295));
	assert_int_equal(day[1].first_boot_ns, 1001);
	assert_true(day[1].forwarded);
	assert_int_equal(day[2].corrected, 3);
	assert_false(day[2].forwarded);
	memset(day, 0, sizeof(day));
	assert_int_equal(journal_host_day(e->j, 4096, 1002, 1, take_day, day, &err), 0);
	assert_int_equal(day[2].corrected, 3);
	assert_int_equal(day[1].corrected, 0);
}

struct seen_news {
	uint64_t seq[16];
	bool host[16];
	size_t n;
};

static int on_news(void *arg, const struct journal_news *n)
{
	struct seen_news *s = arg;

	s->host[s->n] = n->host;
	s->seq[s->n++] = n->seq;
	return 0;
}

static void on_more(void *arg, const void *what)
{
	(void)what;
	++*(int *)arg;
}

/* One feed: transitions and host events, each number once; and who waits is woken. */
static void one_feed(void **state)
{
	struct env *e = *state;
	struct journal_row a = make_row(1);
	struct host_event ev = make_event(1, HOST_NO_GUEST), pending = make_event(2, HOST_PENDING);
	struct journal_feed_bounds bounds;
	struct notify_sub sub = { 0 };
	struct seen_news s = { .n = 0 };
	struct ras_err err;
	int n_told = 0;
	const bool host[] = { false, true, false };

	journal_subscribe(e->j, &sub, on_more, &n_told);
	assert_int_equal(add(e, &a), 0);
	assert_int_equal(store(e, &ev), 0);
	assert_int_equal(store(e, &pending), 0);
	assert_int_equal(n_told, 2);
	journal_transition(e->j, &a.id, &(struct journal_change){ .state = INJ_WRITTEN });
	for (int64_t end = patience_end_ns(); n_told < 3 && clock_boot_ns() < end;)
		loop_turn(e->base, EVLOOP_NONBLOCK);
	assert_int_equal(n_told, 3); /* woken for a transition */
	journal_unsubscribe(e->j, &sub);
	assert_int_equal(journal_news(e->j, 0, 16, on_news, &s, &err), 0);
	assert_int_equal(s.n, 3);
	for (size_t i = 0; i < s.n; i++) {
		assert_int_equal(s.seq[i], i + 1);
		assert_int_equal(s.host[i], host[i]);
	}
	s.n = 0;
	assert_int_equal(journal_news(e->j, 1, 1, on_news, &s, &err), 0);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.seq[0], 2);
	assert_int_equal(journal_feed_bounds(e->j, &bounds, &err), 0);
	assert_int_equal(bounds.newest, 3);
}

#define T(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

/* The latest uncorrected error of this boot on a page of a guest, from some time on. */
static void lost(void **state)
{
	struct env *e = *state;
	struct host_event ev = make_event(1, HOST_NOT_GRANTED), out;
	struct ras_err err;

	assert_int_equal(store(e, &ev), 0);
	ev = make_event(2, HOST_GUEST_TOLD);
	assert_int_equal(store(e, &ev), 0);
	/* Corrected, of another boot, of another guest: none of these. */
	ev = make_event(3, HOST_COUNTED);
	ev.verdict.uncorrected = 0;
	ev.verdict.corrected = 1;
	assert_int_equal(store(e, &ev), 0);
	ev = make_event(4, HOST_GUEST_TOLD);
	ev.seen.boot_id[0] ^= 1;
	assert_int_equal(store(e, &ev), 0);
	ev = make_event(5, HOST_GUEST_TOLD);
	strcpy(ev.verdict.domain, "vm2");
	assert_int_equal(store(e, &ev), 0);
	assert_int_equal(journal_host_lost(e->j, "vm1", 0, &out, &err), 0);
	assert_int_equal(out.id.b[0], 2);
	assert_int_equal(out.verdict.decision, HOST_GUEST_TOLD);
	assert_int_equal(journal_host_lost(e->j, "vm1", 1002, &out, &err), 0);
	assert_int_equal(journal_host_lost(e->j, "vm1", 1003, &out, &err), -RAS_E_NOT_FOUND);
	assert_int_equal(journal_host_lost(e->j, "vm2", 0, &out, &err), 0);
	assert_int_equal(journal_host_lost(e->j, "vm3", 0, &out, &err), -RAS_E_NOT_FOUND);
	assert_int_equal(sql_int(e, "SELECT count(*) FROM sqlite_schema WHERE name ="
				    " 'host_event_lost'"),
			 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { T(pending_then_decided),
					    T(forwarded_once),
					    T(again_after_refused),
					    T(block_by_block),
					    T(poison_goes),
					    T(one_feed),
					    T(lost),
					    T(at_two_places),
					    T(day_of_a_page) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
