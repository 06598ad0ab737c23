// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The law of inject/verdict.c, written down a second time: as a table in which the first row that
 * fits counts. Every combination of evidence is judged by both. tests/mutants changes verdict.c in
 * small ways, and each change must make this test fail.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "inject/verdict.h"

#define BIT(x) (1u << (x))
#define ANY 0xffffu

/* Sets of values. */
#define N(x) BIT(BLOCK_##x)
#define B(x) BIT(BEST_##x)
#define R(x) BIT(RAN_##x)
#define E(x) BIT(END_##x)
#define W(x) BIT(WATCH_##x)
#define O(x) BIT(OVERDUE_##x)
#define ENDED (E(RESET) | E(STOPPED) | E(GONE))
#define LIVES (E(NONE) | E(PANICKED))
#define WIPES (N(WIPED) | N(WIPED_ACKED))
#define OTHERS (N(OTHER) | N(UNPUBLISHED)) /* a record that is written was published */

enum kind { ACK, ACK_KEEPS, EVENT, REGISTERS, EVENT_KEEPS, N_KINDS };

static const struct backend_traits traits[] = {
	[ACK] = { .proof = PROOF_READ_ACK, .fence = true },
	[ACK_KEEPS] = { .proof = PROOF_READ_ACK, .keeps_block_over_reset = true },
	[EVENT] = { .proof = PROOF_EVENT, .fence = true },
	[REGISTERS] = { .proof = PROOF_REGISTERS },
	[EVENT_KEEPS] = { .proof = PROOF_EVENT, .keeps_block_over_reset = true },
};

struct rule {
	unsigned int kinds, now, best, ran, end, watched, overdue;
	struct verdict want;
};

#define DECIDE(s, t)                                        \
	{                                                   \
		DO_DECIDE, INJ_##s, READ_NOT_SAID, TEXT_##t \
	}
#define LOST(r)                                                 \
	{                                                       \
		DO_DECIDE, INJ_LOST, READ_##r, TEXT_NOT_CLEARED \
	}
#define DO(x)                  \
	{                      \
		.what = DO_##x \
	}

#define BY_ACK (BIT(ACK) | BIT(ACK_KEEPS))
#define NO_ACK (BIT(EVENT) | BIT(REGISTERS) | BIT(EVENT_KEEPS))
#define KEEPS (BIT(ACK_KEEPS) | BIT(EVENT_KEEPS))
#define DOUBTFUL (N(CLEARED) | N(ACKED))

static const struct rule law[] = {
	/* Nobody has looked. */
	{ ANY, N(NOT_LOOKED), ANY, ANY, E(NONE), ANY, ANY, DO(LOOK_AGAIN) },
	{ ANY, N(NOT_LOOKED), ANY, ANY, ANY, ANY, ANY, DO(LAST_LOOK) },

	/* By registers: the guest's driver has cleared them, or was too quick to be seen. */
	{ BIT(REGISTERS), N(ACKED), ANY, ANY, ANY, ANY, ANY,
	  DECIDE(ACKNOWLEDGED, REGISTER_CLEARED) },
	{ BIT(REGISTERS), N(RAISED), ANY, ANY, ANY, ANY, ANY, DECIDE(DELIVERED, RAISED_UNSEEN) },

	/* delivered: by backends without a block, and by no others. */
	{ NO_ACK, N(RAISED), ANY, ANY, ANY, ANY, ANY, DECIDE(DELIVERED, RAISED) },
	{ NO_ACK, ANY, ANY, ANY, E(MOVED), ANY, ANY, DECIDE(UNKNOWN, MOVED) },
	{ NO_ACK, ANY, ANY, ANY, LIVES, ANY, ANY, DO(LOOK_AGAIN) },
	{ NO_ACK & KEEPS, ANY, ANY, ANY, E(RESET), ANY, ANY, DO(LOOK_AGAIN) },
	{ NO_ACK, ANY, ANY, R(NOT_SINCE_WRITE), ENDED, ANY, ANY, LOST(NO) },
	{ NO_ACK, ANY, ANY, ANY, ENDED, ANY, ANY, DECIDE(UNKNOWN, END_UNTOLD) },

	/* acknowledged: our bytes, status 0, read-ack set; but not those of a snapshot. */
	{ BY_ACK, N(ACKED), ANY, ANY, ANY, ANY, ANY, DECIDE(ACKNOWLEDGED, ACKED) },

	/* unknown: its memory lives on elsewhere. */
	{ BY_ACK, ANY, ANY, ANY, E(MOVED), ANY, ANY, DECIDE(UNKNOWN, MOVED) },

	/* consumed: cleared, not acknowledged, and the guest ended. */
	{ BY_ACK, N(CLEARED), ANY, ANY, ENDED | E(PANICKED), ANY, ANY,
	  DECIDE(CONSUMED, CLEARED_AND_ENDED) },
	{ BY_ACK, ANY, B(CLEARED), R(NOT_SINCE_SEEN) | R(NOT_SINCE_WRITE), ENDED | E(PANICKED), ANY,
	  ANY, DECIDE(CONSUMED, CLEARED_AND_ENDED) },

	/* A block that is kept over a reset: as if nothing had happened, but nobody watched. */
	{ BIT(ACK_KEEPS), N(PENDING) | N(UNREADABLE) | N(RAISED), ANY, ANY, E(RESET), ANY, ANY,
	  DO(LOOK_AGAIN) },
	{ BIT(ACK_KEEPS), WIPES, B(PENDING) | B(CLEARED), ANY, E(RESET), ANY, ANY,
	  DECIDE(UNKNOWN, ANEW_UNTOLD) },
	{ BIT(ACK_KEEPS), OTHERS | DOUBTFUL, B(PENDING) | B(CLEARED), ANY, E(RESET), ANY, ANY,
	  DECIDE(UNKNOWN, OTHER_BYTES) },
	{ BIT(ACK_KEEPS), OTHERS | WIPES | DOUBTFUL, B(NOTHING), ANY, E(RESET), ANY, ANY,
	  DECIDE(UNKNOWN, NEVER_SEEN) },
	{ BIT(ACK_KEEPS), N(NO_TABLE), ANY, ANY, E(RESET), ANY, ANY, DECIDE(UNKNOWN, NO_TABLE) },

	/* lost: the guest ended, and had not cleared it. Not read only where it did not run. */
	{ BY_ACK, ANY, ANY, R(NOT_SINCE_WRITE), ENDED, ANY, ANY, LOST(NO) },
	{ BY_ACK, N(PENDING), ANY, ANY, ENDED, ANY, ANY, LOST(POSSIBLY) },
	{ BY_ACK, ANY, B(PENDING), R(NOT_SINCE_SEEN), ENDED, ANY, ANY, LOST(POSSIBLY) },
	{ BY_ACK, ANY, B(CLEARED), ANY, ENDED, ANY, ANY, DECIDE(UNKNOWN, CLEARED_UNTOLD) },
	{ BY_ACK, ANY, ANY, ANY, ENDED, ANY, ANY, DECIDE(UNKNOWN, END_UNTOLD) },

	/* The guest goes on. */
	{ BY_ACK, WIPES | OTHERS, B(NOTHING), ANY, LIVES, ANY, ANY, DECIDE(UNKNOWN, NEVER_SEEN) },
	{ BY_ACK, WIPES, ANY, ANY, LIVES, W(GAP) | W(BOOTING), ANY, DECIDE(UNKNOWN, ANEW_UNTOLD) },
	{ BY_ACK, N(WIPED), ANY, ANY, LIVES, ANY, O(YES), DECIDE(UNKNOWN, WIPED_ONLY) },
	{ BY_ACK, N(WIPED), ANY, ANY, LIVES, ANY, O(UNCONFIRMED), DO(CONFIRM) },
	{ BY_ACK, N(WIPED), ANY, ANY, LIVES, ANY, ANY, DO(LOOK_AGAIN) },
	{ BY_ACK, N(WIPED_ACKED), ANY, ANY, LIVES, W(CONFIRMED), ANY, DECIDE(ACKNOWLEDGED, WIPED) },
	{ BY_ACK, N(WIPED_ACKED), ANY, ANY, LIVES, W(UNBROKEN), ANY, DO(CONFIRM) },
	{ BY_ACK, OTHERS, ANY, ANY, LIVES, ANY, ANY, DECIDE(UNKNOWN, OTHER_BYTES) },
	{ BY_ACK, N(NO_TABLE), ANY, ANY, LIVES, ANY, ANY, DECIDE(UNKNOWN, NO_TABLE) },
	/* Only of a guest that has not ended: else it is consumed. */
	{ BY_ACK, N(CLEARED), ANY, ANY, E(NONE), ANY, O(YES), DECIDE(UNKNOWN, CLEARED_ONLY) },
	{ BY_ACK, N(CLEARED), ANY, ANY, E(NONE), ANY, O(UNCONFIRMED), DO(CONFIRM) },
	{ BY_ACK, N(PENDING) | N(CLEARED) | N(UNREADABLE) | N(RAISED), ANY, ANY, LIVES, ANY, ANY,
	  DO(LOOK_AGAIN) },
};

/* The same bytes may be an older record's, from a snapshot: they count as somebody else's. */
static bool doubtful(const struct evidence *e)
{
	return !e->own_id && e->exchanged && (BIT(e->now) & DOUBTFUL);
}

/* So may a wiped block be, of a guest that was watched throughout: it is a snapshot's. */
static bool wiped_by_snapshot(const struct evidence *e)
{
	bool decided =
		e->now == BLOCK_WIPED_ACKED || (e->now == BLOCK_WIPED && e->overdue != OVERDUE_NO);

	return e->exchanged && decided && (BIT(e->end) & LIVES) &&
	       (BIT(e->watched) & (W(UNBROKEN) | W(CONFIRMED)));
}

static const struct rule *rule_for(const struct evidence *e, enum kind kind)
{
	enum block_now now = e->now;

	if (kind <= ACK_KEEPS && (doubtful(e) || wiped_by_snapshot(e)))
		now = BLOCK_OTHER;
	for (size_t i = 0; i < sizeof(law) / sizeof(law[0]); i++)
		if ((law[i].kinds & BIT(kind)) && (law[i].now & BIT(now)) &&
		    (law[i].best & BIT(e->best)) && (law[i].ran & BIT(e->ran)) &&
		    (law[i].end & BIT(e->end)) && (law[i].watched & BIT(e->watched)) &&
		    (law[i].overdue & BIT(e->overdue)))
			return &law[i];
	return NULL;
}

static bool used[sizeof(law) / sizeof(law[0])];

static void check_one(const struct evidence *e, enum kind kind)
{
	const struct rule *r = rule_for(e, kind);
	struct verdict got = verdict(e);

	if (!r)
		fail_msg("no rule: kind %d now %d best %d ran %d end %d watched %d", kind, e->now,
			 e->best, e->ran, e->end, e->watched);
	used[r - law] = true;
	if (got.what != r->want.what ||
	    (got.what == DO_DECIDE &&
	     (got.state != r->want.state || got.read != r->want.read || got.text != r->want.text)))
		fail_msg("kind %d now %d best %d ran %d end %d watched %d own %d exchanged %d "
			 "overdue %d: do %d state %s read %d text %d, want do %d state %d read %d "
			 "text %d",
			 kind, e->now, e->best, e->ran, e->end, e->watched, e->own_id, e->exchanged,
			 e->overdue, got.what, got.what == DO_DECIDE ? "decided" : "-", got.read,
			 got.text, r->want.what, r->want.state, r->want.read, r->want.text);
}

/* Section by section: what may never be said, whatever the table says. */
static void check_promises(const struct evidence *e, enum kind kind)
{
	struct verdict v = verdict(e);

	if (v.what != DO_DECIDE)
		return;
	assert_int_not_equal(v.state, INJ_INTENT);
	assert_int_not_equal(v.state, INJ_WRITTEN);
	assert_int_not_equal(v.state, INJ_REFUSED); /* it was written */
	if (v.state == INJ_ACKNOWLEDGED) {
		assert_true(kind <= ACK_KEEPS || (kind == REGISTERS && e->now == BLOCK_ACKED));
		assert_true(e->now == BLOCK_ACKED || e->now == BLOCK_WIPED_ACKED);
		if (e->now == BLOCK_WIPED_ACKED) {
			assert_int_not_equal(e->best, BEST_NOTHING);
			assert_int_equal(e->watched, WATCH_CONFIRMED);
			assert_false(e->exchanged);
		}
	}
	/* An expired time alone decides nothing: the guest has cleared it, and lives. */
	if (v.text == TEXT_CLEARED_ONLY || v.text == TEXT_WIPED_ONLY) {
		assert_int_equal(e->overdue, OVERDUE_YES);
		assert_int_equal(v.state, INJ_UNKNOWN);
		assert_false(BIT(e->end) & ENDED && !traits[kind].keeps_block_over_reset);
		assert_true(e->now == BLOCK_CLEARED || e->now == BLOCK_WIPED);
	}
	if (v.state == INJ_DELIVERED)
		assert_true(kind > ACK_KEEPS && e->now == BLOCK_RAISED);
	assert_int_equal(v.read != READ_NOT_SAID, v.state == INJ_LOST);
	if (v.read == READ_NO)
		assert_int_equal(e->ran, RAN_NOT_SINCE_WRITE);
	if (v.state == INJ_LOST)
		assert_true(BIT(e->end) & ENDED);
	if (v.state == INJ_CONSUMED)
		assert_true(e->now == BLOCK_CLEARED ||
			    (e->best == BEST_CLEARED && e->ran != RAN_POSSIBLY));
	if (traits[kind].keeps_block_over_reset && e->end == END_RESET)
		assert_int_not_equal(v.state, INJ_LOST);
}

static void test_every_combination(void **state)
{
	size_t n = 0;

	(void)state;
	for (unsigned int k = 0; k < N_KINDS; k++)
		for (unsigned int x = 0;
		     x < BLOCK__MAX * BEST__MAX * RAN__MAX * END__MAX * 4u * 2u * 2u * OVERDUE__MAX;
		     x++) {
			unsigned int v = x;
			struct evidence e = { .traits = &traits[k] };

			e.now = v % BLOCK__MAX, v /= BLOCK__MAX;
			e.best = v % BEST__MAX, v /= BEST__MAX;
			e.ran = v % RAN__MAX, v /= RAN__MAX;
			e.end = v % END__MAX, v /= END__MAX;
			e.watched = v % 4, v /= 4;
			e.own_id = v % 2, v /= 2;
			e.exchanged = v % 2, v /= 2;
			e.overdue = v % OVERDUE__MAX;
			check_one(&e, (enum kind)k);
			check_promises(&e, (enum kind)k);
			n++;
		}
	for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++)
		if (!used[i])
			fail_msg("rule %zu is never reached", i);
	assert_true(n > 20000);
}

/* --- settling --- */

static struct settle_verdict settle(enum inj_state state, enum block_now now, enum before before,
				    enum fence fence, bool rivals, bool may_have)
{
	struct settle_evidence e = { state, now, before, fence, rivals, may_have };

	return verdict_settle(&e);
}

static void is(struct settle_verdict v, enum settle_do what, enum inj_state state,
	       enum verdict_text text)
{
	assert_int_equal(v.what, what);
	if (what == SETTLE_DECIDE || what == SETTLE_WATCH) {
		assert_int_equal(v.state, state);
		assert_int_equal(v.text, text);
	}
}

static void test_settling(void **state)
{
	(void)state;
	/* Nothing is said without a look. */
	for (int f = FENCE_HOLDS; f <= FENCE_NONE; f++)
		for (int b = BEFORE_NOT_ASKED; b <= BEFORE_NOT_THERE; b++) {
			is(settle(INJ_INTENT, BLOCK_UNREADABLE, b, f, false, false), SETTLE_LATER,
			   0, 0);
			is(settle(INJ_WRITTEN, BLOCK_NOT_LOOKED, b, f, true, true), SETTLE_LATER, 0,
			   0);
		}
	/* Ours is there: written, whatever the fence. Unless the same bytes may be older. */
	for (int now = BLOCK_PENDING; now <= BLOCK_ACKED; now++)
		for (int f = FENCE_HOLDS; f <= FENCE_NONE; f++) {
			is(settle(INJ_INTENT, now, 0, f, false, false), SETTLE_WATCH, INJ_WRITTEN,
			   TEXT_FOUND);
			is(settle(INJ_INTENT, now, 0, f, true, true), SETTLE_DECIDE, INJ_UNKNOWN,
			   TEXT_SAME_BYTES);
			is(settle(INJ_WRITTEN, now, 0, f, true, true), SETTLE_WATCH, INJ_WRITTEN,
			   TEXT_FOUND);
		}
	/* refused: only behind the fence, and only by the intact bytes of the record before. */
	is(settle(INJ_INTENT, BLOCK_OTHER, BEFORE_NOT_ASKED, FENCE_HOLDS, false, false),
	   SETTLE_ASK_BEFORE, 0, 0);
	is(settle(INJ_INTENT, BLOCK_OTHER, BEFORE_INTACT, FENCE_HOLDS, false, false), SETTLE_DECIDE,
	   INJ_REFUSED, TEXT_BEFORE_INTACT);
	is(settle(INJ_INTENT, BLOCK_OTHER, BEFORE_INTACT, FENCE_HOLDS, true, false), SETTLE_DECIDE,
	   INJ_UNKNOWN, TEXT_RIVALS);
	is(settle(INJ_INTENT, BLOCK_OTHER, BEFORE_NOT_THERE, FENCE_HOLDS, false, false),
	   SETTLE_DECIDE, INJ_UNKNOWN, TEXT_NEITHER);
	is(settle(INJ_INTENT, BLOCK_OTHER, BEFORE_INTACT, FENCE_NONE, false, false), SETTLE_DECIDE,
	   INJ_UNKNOWN, TEXT_NO_FENCE);
	is(settle(INJ_WRITTEN, BLOCK_OTHER, BEFORE_INTACT, FENCE_HOLDS, false, false),
	   SETTLE_DECIDE, INJ_UNKNOWN, TEXT_NOT_THERE);
	/* Ours is there and was never shown: refused, whatever else is known. */
	for (int f = FENCE_HOLDS; f <= FENCE_NONE; f++)
		for (int b = BEFORE_NOT_ASKED; b <= BEFORE_NOT_THERE; b++) {
			is(settle(INJ_INTENT, BLOCK_UNPUBLISHED, b, f, false, true), SETTLE_DECIDE,
			   INJ_REFUSED, TEXT_UNPUBLISHED);
			is(settle(INJ_WRITTEN, BLOCK_UNPUBLISHED, b, f, false, true), SETTLE_DECIDE,
			   INJ_UNKNOWN, TEXT_NOT_THERE);
		}
	for (int now = BLOCK_WIPED; now <= BLOCK_WIPED_ACKED; now++) {
		is(settle(INJ_INTENT, now, BEFORE_INTACT, FENCE_HOLDS, false, false), SETTLE_DECIDE,
		   INJ_UNKNOWN, TEXT_BLANK);
		is(settle(INJ_WRITTEN, now, BEFORE_INTACT, FENCE_NONE, false, false), SETTLE_DECIDE,
		   INJ_UNKNOWN, TEXT_NO_FENCE);
	}
}

static void test_submit(void **state)
{
	(void)state;
	for (int in_time = 0; in_time <= 1; in_time++) {
		assert_int_equal(verdict_submit(SUBMIT_OK, in_time), SUBMITTED);
		assert_int_equal(verdict_submit(SUBMIT_REFUSED, in_time), SUBMIT_NEVER);
		assert_int_equal(verdict_submit(SUBMIT_UNKNOWN, in_time), SUBMIT_SETTLE);
	}
	assert_int_equal(verdict_submit(SUBMIT_BUSY, true), SUBMIT_RETRY);
	assert_int_equal(verdict_submit(SUBMIT_NOT_SENT, true), SUBMIT_RETRY);
	assert_int_equal(verdict_submit(SUBMIT_BUSY, false), SUBMIT_NEVER);
	assert_int_equal(verdict_submit(SUBMIT_NOT_SENT, false), SUBMIT_NEVER);
}

/* --- what a look shows --- */

static uint8_t rec[32], block[64];

static enum block_now now(bool read_ack)
{
	struct source_look l = { .block = block, .len_bytes = sizeof(block), .read_ack = read_ack };

	return block_of(&l, rec, sizeof(rec));
}

static void test_looks(void **state)
{
	struct source_look l = { .block = block, .len_bytes = sizeof(rec) - 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(rec); i++)
		rec[i] = (uint8_t)(i + 1);
	assert_int_equal(block_of(NULL, rec, sizeof(rec)), BLOCK_UNREADABLE);
	memcpy(block, rec, sizeof(rec));
	assert_int_equal(block_of(&l, rec, sizeof(rec)), BLOCK_OTHER);
	l.told = TOLD_RAISED;
	assert_int_equal(block_of(&l, rec, sizeof(rec)), BLOCK_RAISED);
	l.told = TOLD_PENDING;
	assert_int_equal(block_of(&l, rec, sizeof(rec)), BLOCK_PENDING);
	l.told = TOLD_ACKED;
	assert_int_equal(block_of(&l, rec, sizeof(rec)), BLOCK_ACKED);

	/* status not 0: whatever read-ack says (NetBSD sets it at every poll) */
	assert_int_equal(now(false), BLOCK_PENDING);
	assert_int_equal(now(true), BLOCK_PENDING);
	for (size_t i = 0; i < 4; i++) {
		memset(block, 0, 4);
		block[i] = 1;
		assert_int_equal(now(true), BLOCK_PENDING);
	}
	memset(block, 0, 4);
	assert_int_equal(now(false), BLOCK_CLEARED);
	assert_int_equal(now(true), BLOCK_ACKED);

	/* every byte counts */
	for (size_t i = 4; i < sizeof(rec); i++) {
		block[i] ^= 0x80;
		assert_int_equal(now(true), BLOCK_OTHER);
		block[i] = 0;
		assert_int_equal(now(true), BLOCK_WIPED_ACKED);
		assert_int_equal(now(false), BLOCK_WIPED);
		block[0] = 1;
		assert_int_equal(now(true), BLOCK_WIPED);
		block[0] = 0;
		block[i] = rec[i];
	}
	memset(block, 0, sizeof(block));
	assert_int_equal(now(true), BLOCK_WIPED_ACKED);
	assert_int_equal(now(false), BLOCK_WIPED);
	/* what lies behind the record is not ours */
	memcpy(block, rec, sizeof(rec));
	memset(block, 0, 4);
	block[sizeof(rec)] = 7;
	assert_int_equal(now(true), BLOCK_ACKED);
}

static void test_unpublished(void **state)
{
	struct source_look l = { .block = block, .len_bytes = sizeof(block), .unpublished = true };

	(void)state;
	for (size_t i = 0; i < sizeof(rec); i++)
		rec[i] = (uint8_t)(i + 1);
	memcpy(block, rec, sizeof(rec));
	memset(block, 0, 4);
	memset(block + 4, 0xff, 4);
	for (int ack = 0; ack <= 1; ack++) {
		l.read_ack = ack;
		assert_int_equal(block_of(&l, rec, sizeof(rec)), BLOCK_UNPUBLISHED);
		/* Somebody else's, which is not published either. */
		for (size_t i = 8; i < sizeof(rec); i++) {
			block[i] ^= 0x80;
			assert_int_equal(block_of(&l, rec, sizeof(rec)), BLOCK_OTHER);
			block[i] = rec[i];
		}
	}
	l.unpublished = false;
	assert_int_equal(block_of(&l, rec, sizeof(rec)), BLOCK_OTHER);
}

/* --- words --- */

static void test_words(void **state)
{
	char text[160];

	(void)state;
	for (enum verdict_text t = TEXT_NONE + 1; t < TEXT__MAX; t++) {
		verdict_say(t, END_RESET, READ_POSSIBLY, "migrated to another host", text);
		assert_true(strlen(text) > 10);
		assert_true(strlen(text) < sizeof(text) - 1);
		assert_null(strchr(text, '%'));
		/* what no evidence shows */
		assert_null(strstr(text, "before it read"));
		assert_null(strstr(text, "never held"));
	}
	verdict_say(TEXT_NOT_CLEARED, END_RESET, READ_POSSIBLY, "", text);
	assert_string_equal(text, "the guest was reset and had not cleared the record; it may have "
				  "read it");
	verdict_say(TEXT_NOT_CLEARED, END_GONE, READ_NO, "", text);
	assert_string_equal(text, "the guest is gone and had not cleared the record; it did not "
				  "run, so it has not read it");
	verdict_say(TEXT_MOVED, END_MOVED, READ_NOT_SAID, "saved to a file", text);
	assert_string_equal(text, "saved to a file before the guest acknowledged");
	verdict_say(TEXT_CLEARED_AND_ENDED, END_PANICKED, READ_NOT_SAID, "", text);
	assert_non_null(strstr(text, "panicked"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_combination),
		cmocka_unit_test(test_settling),
		cmocka_unit_test(test_submit),
		cmocka_unit_test(test_looks),
		cmocka_unit_test(test_unpublished),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
