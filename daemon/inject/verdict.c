// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Three traps shape these rules.
 *
 * The registers' level proves nothing. "block_status 0 and read-ack set" is also the idle state,
 * and what firmware leaves when it starts again; NetBSD sets read-ack at every poll. So an
 * acknowledgement needs our own bytes beside it. A guest OS that wipes our bytes as it clears them
 * looks like restarted firmware. It is believed only if our bytes were seen after the send, no
 * firmware can have been at work since, and the monitor answers afterwards without having told of a
 * reset.
 *
 * "Not cleared" is not "not read". Linux copies and prints a record before it clears the block. So
 * a record that was not cleared when its guest ended is lost, in the sense that nobody will
 * acknowledge it, but that nobody has read it is said only where the guest did not run.
 *
 * "Cleared" is not "acknowledged". NetBSD clears what is pending when it attaches, and never sets
 * read-ack for it. It has most probably read the record, but the guest lives, so it is not consumed
 * either. Without a limit such a record would keep its queue waiting for ever. So it is unknown
 * once the guest has run on for so long (overdue) that no acknowledgement is expected.
 */
#include "inject/verdict.h"

#include <stdio.h>
#include <string.h>

static struct verdict decide(enum inj_state state, enum verdict_text text)
{
	return (struct verdict){ .what = DO_DECIDE, .state = state, .text = text };
}

static struct verdict only(enum verdict_do what)
{
	return (struct verdict){ .what = what };
}

static bool ended(enum guest_end e)
{
	return e == END_RESET || e == END_STOPPED || e == END_GONE;
}

static struct verdict lost(enum guest_ran ran)
{
	struct verdict v = decide(INJ_LOST, TEXT_NOT_CLEARED);

	v.read = ran == RAN_NOT_SINCE_WRITE ? READ_NO : READ_POSSIBLY;
	return v;
}

/*
 * A backend without a block. Where no register shows what the guest did with it, it counts that
 * QEMU raised it.
 */
static struct verdict without_block(const struct evidence *e)
{
	bool registers = e->traits->proof == PROOF_REGISTERS;

	if (registers && e->now == BLOCK_ACKED)
		return decide(INJ_ACKNOWLEDGED, TEXT_REGISTER_CLEARED);
	if (e->now == BLOCK_RAISED)
		return decide(INJ_DELIVERED, registers ? TEXT_RAISED_UNSEEN : TEXT_RAISED);
	if (e->end == END_MOVED)
		return decide(INJ_UNKNOWN, TEXT_MOVED);
	if (!ended(e->end) || (e->end == END_RESET && e->traits->keeps_block_over_reset))
		return only(DO_LOOK_AGAIN);
	if (e->ran == RAN_NOT_SINCE_WRITE)
		return lost(e->ran);
	return decide(INJ_UNKNOWN, TEXT_END_UNTOLD);
}

/* Cleared by a guest that lives. */
static struct verdict not_acknowledged(const struct evidence *e, enum verdict_text text)
{
	if (e->overdue == OVERDUE_YES)
		return decide(INJ_UNKNOWN, text);
	return only(e->overdue == OVERDUE_UNCONFIRMED ? DO_CONFIRM : DO_LOOK_AGAIN);
}

/* The guest goes on, as far as known. */
static struct verdict of_living(const struct evidence *e, enum block_now now, bool gap)
{
	switch (now) {
	case BLOCK_WIPED_ACKED:
	case BLOCK_WIPED:
		if (e->best == BEST_NOTHING)
			return decide(INJ_UNKNOWN, TEXT_NEVER_SEEN);
		if (gap)
			return decide(INJ_UNKNOWN, TEXT_ANEW_UNTOLD);
		if (now == BLOCK_WIPED && e->overdue == OVERDUE_NO)
			return only(DO_LOOK_AGAIN);
		/* A snapshot of before the record looks the same, and need not be announced. */
		if (e->exchanged)
			return decide(INJ_UNKNOWN, TEXT_OTHER_BYTES);
		if (now == BLOCK_WIPED)
			return not_acknowledged(e, TEXT_WIPED_ONLY);
		if (e->watched == WATCH_CONFIRMED)
			return decide(INJ_ACKNOWLEDGED, TEXT_WIPED);
		return only(DO_CONFIRM);
	case BLOCK_OTHER:
	case BLOCK_UNPUBLISHED: /* and yet it is stored as written */
		return decide(INJ_UNKNOWN,
			      e->best == BEST_NOTHING ? TEXT_NEVER_SEEN : TEXT_OTHER_BYTES);
	case BLOCK_NO_TABLE:
		return decide(INJ_UNKNOWN, TEXT_NO_TABLE);
	case BLOCK_CLEARED:
		return not_acknowledged(e, TEXT_CLEARED_ONLY);
	default:
		return only(DO_LOOK_AGAIN);
	}
}

struct verdict verdict(const struct evidence *e)
{
	bool kept = e->end == END_RESET && e->traits->keeps_block_over_reset;
	bool gap = e->watched == WATCH_GAP || e->watched == WATCH_BOOTING || kept;
	enum block_now now = e->now;
	bool cleared;

	if (now == BLOCK_NOT_LOOKED)
		return only(e->end == END_NONE ? DO_LOOK_AGAIN : DO_LAST_LOOK);
	if (e->traits->proof != PROOF_READ_ACK)
		return without_block(e);
	/* The restored memory may hold an older record of the same bytes, long acknowledged. */
	if ((now == BLOCK_CLEARED || now == BLOCK_ACKED) && !e->own_id && e->exchanged)
		now = BLOCK_OTHER;
	if (now == BLOCK_ACKED)
		return decide(INJ_ACKNOWLEDGED, TEXT_ACKED);
	if (e->end == END_MOVED)
		return decide(INJ_UNKNOWN, TEXT_MOVED);
	cleared = now == BLOCK_CLEARED || (e->best == BEST_CLEARED && e->ran != RAN_POSSIBLY);
	if (cleared && e->end != END_NONE)
		return decide(INJ_CONSUMED, TEXT_CLEARED_AND_ENDED);
	/* Panicked of something else: the record is where it was, and QEMU goes on. */
	if (!ended(e->end) || kept)
		return of_living(e, now, gap);
	if (now == BLOCK_PENDING || e->ran == RAN_NOT_SINCE_WRITE ||
	    (e->ran == RAN_NOT_SINCE_SEEN && e->best == BEST_PENDING))
		return lost(e->ran);
	return decide(INJ_UNKNOWN, e->best == BEST_CLEARED ? TEXT_CLEARED_UNTOLD : TEXT_END_UNTOLD);
}

struct settle_verdict verdict_settle(const struct settle_evidence *e)
{
	bool intent = e->state == INJ_INTENT;
	struct settle_verdict v = { .what = SETTLE_DECIDE, .state = INJ_UNKNOWN };

	switch (e->now) {
	case BLOCK_NOT_LOOKED:
	case BLOCK_UNREADABLE:
		v.what = SETTLE_LATER;
		return v;
	case BLOCK_PENDING:
	case BLOCK_CLEARED:
	case BLOCK_ACKED:
	case BLOCK_RAISED:
		if (intent && e->may_have) {
			v.text = TEXT_SAME_BYTES;
			return v;
		}
		return (struct settle_verdict){ SETTLE_WATCH, INJ_WRITTEN, TEXT_FOUND };
	case BLOCK_WIPED:
	case BLOCK_WIPED_ACKED:
		v.text = e->fence == FENCE_HOLDS ? TEXT_BLANK : TEXT_NO_FENCE;
		return v;
	case BLOCK_UNPUBLISHED:
		v.state = intent ? INJ_REFUSED : INJ_UNKNOWN;
		v.text = intent ? TEXT_UNPUBLISHED : TEXT_NOT_THERE;
		return v;
	case BLOCK_OTHER:
	case BLOCK_NO_TABLE:
	case BLOCK__MAX:
		break;
	}
	if (e->fence == FENCE_NONE) {
		v.text = TEXT_NO_FENCE;
	} else if (!intent) {
		v.text = TEXT_NOT_THERE;
	} else if (e->before == BEFORE_NOT_ASKED) {
		v.what = SETTLE_ASK_BEFORE;
	} else if (e->before == BEFORE_NOT_THERE) {
		v.text = TEXT_NEITHER;
	} else if (e->rivals) {
		v.text = TEXT_RIVALS;
	} else {
		v.state = INJ_REFUSED;
		v.text = TEXT_BEFORE_INTACT;
	}
	return v;
}

enum submit_do verdict_submit(enum submit_outcome o, bool in_time)
{
	switch (o) {
	case SUBMIT_OK:
		return SUBMITTED;
	case SUBMIT_BUSY:
	case SUBMIT_NOT_SENT:
		return in_time ? SUBMIT_RETRY : SUBMIT_NEVER;
	case SUBMIT_REFUSED:
		return SUBMIT_NEVER;
	case SUBMIT_UNKNOWN:
		break;
	}
	return SUBMIT_SETTLE;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

bool look_is_blank(const struct source_look *look)
{
	return all_zero(look->block, look->len_bytes);
}

enum block_now block_of(const struct source_look *look, const uint8_t *rec, size_t len)
{
	bool cleared;

	if (!look)
		return BLOCK_UNREADABLE;
	if (look->told != TOLD_NOTHING)
		return look->told == TOLD_RAISED  ? BLOCK_RAISED :
		       look->told == TOLD_PENDING ? BLOCK_PENDING :
						    BLOCK_ACKED;
	if (len < 8 || look->len_bytes < len)
		return BLOCK_OTHER;
	/* Its first two words are still to come. */
	if (look->unpublished)
		return memcmp(look->block + 8, rec + 8, len - 8) == 0 ? BLOCK_UNPUBLISHED :
									BLOCK_OTHER;
	cleared = all_zero(look->block, 4);
	if (memcmp(look->block + 4, rec + 4, len - 4) == 0) {
		if (!cleared)
			return BLOCK_PENDING;
		return look->read_ack ? BLOCK_ACKED : BLOCK_CLEARED;
	}
	for (size_t i = 4; i < len; i++)
		if (look->block[i] && look->block[i] != rec[i])
			return BLOCK_OTHER;
	return cleared && look->read_ack ? BLOCK_WIPED_ACKED : BLOCK_WIPED;
}

static const char *end_words(enum guest_end end)
{
	switch (end) {
	case END_PANICKED:
		return "panicked";
	case END_RESET:
		return "was reset";
	case END_STOPPED:
		return "stopped";
	case END_NONE:
	case END_GONE:
	case END_MOVED:
	case END__MAX:
		break;
	}
	return "is gone";
}

/* %s is how the guest ended. */
static const char *const words[] = {
	[TEXT_NONE] = "",
	[TEXT_ACKED] = "the guest cleared our record and set read-ack",
	[TEXT_WIPED] = "the guest wiped our record from the block and set read-ack",
	[TEXT_CLEARED_ONLY] = "the guest cleared our record and ran on, but did not acknowledge it",
	[TEXT_WIPED_ONLY] = "the guest wiped our record from the block and ran on, but did not "
			    "acknowledge it",
	[TEXT_CLEARED_AND_ENDED] = "the guest cleared our record and %s before it set read-ack",
	[TEXT_CLEARED_UNTOLD] =
		"the guest cleared our record and %s; whether it set read-ack cannot "
		"be told",
	[TEXT_NOT_CLEARED] = "the guest %s and had not cleared the record; ",
	[TEXT_END_UNTOLD] = "the guest %s; whether it had cleared the record cannot be told",
	[TEXT_MOVED] = "%s before the guest acknowledged",
	[TEXT_NEVER_SEEN] = "the record was not seen in the block that was found: the firmware "
			    "started again, or another table claims to be the guest's",
	[TEXT_ANEW_UNTOLD] = "the block is blank, the firmware started again; whether the guest "
			     "had cleared the record cannot be told",
	[TEXT_OTHER_BYTES] = "the block holds other bytes now: another writer's, or those of a "
			     "snapshot that was loaded",
	[TEXT_NO_TABLE] = "the guest's memory holds no error table any more: a snapshot was "
			  "loaded",
	[TEXT_RAISED] = "QEMU raised it; this backend has no acknowledgement",
	[TEXT_RAISED_UNSEEN] = "QEMU raised it; that the guest's driver cleared it was not seen",
	[TEXT_REGISTER_CLEARED] =
		"the error was in the port's status, and the guest's driver cleared it",
	[TEXT_FOUND] = "found in the block after the reply was lost",
	[TEXT_SAME_BYTES] = "the block may have held the same bytes before: read-back cannot tell",
	[TEXT_NO_FENCE] = "the monitor it was sent by is gone: it may be in the block later",
	[TEXT_BLANK] = "the block is blank: never written, or the guest started again",
	[TEXT_NOT_THERE] = "the block does not hold this record",
	[TEXT_RIVALS] = "more than one table claims to be the guest's: the block proves nothing",
	[TEXT_BEFORE_INTACT] = "not written: the block still holds the record before",
	[TEXT_UNPUBLISHED] =
		"rasd ended while it wrote the record, and had not shown it to the guest",
	[TEXT_NEITHER] = "the block holds neither this record nor the one before",
	[TEXT_BEHIND] = "not sent: the block holds a record before it",
	[TEXT_LATER_ONE] = "a later record is in the block, and is sent after that only",
	[TEXT_LATER_WRITTEN] = "a later record was written, and is sent after that only",
	[TEXT_BEHIND_AT_START] = "not sent: rasd ended while a record before it was undecided",
};

void verdict_say(enum verdict_text t, enum guest_end end, enum record_read read, const char *moved,
		 char out[160])
{
	const char *how = t == TEXT_MOVED ? (moved[0] ? moved : "moved away") : end_words(end);
	const char *at = strstr(words[t], "%s");

	if (!at)
		snprintf(out, 160, "%s", words[t]);
	else
		snprintf(out, 160, "%.*s%.48s%s%s", (int)(at - words[t]), words[t], how, at + 2,
			 t != TEXT_NOT_CLEARED ? "" :
			 read == READ_NO       ? "it did not run, so it has not read it" :
						 "it may have read it");
}
