// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What is decided about a host error: every combination of the evidence against a second table, in
 * which the first rule that applies decides.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "events/decide.h"

#define WAIT HOST_PENDING

typedef bool rule_fn(const struct decide_evidence *e);
#define RULE(name, expression)                            \
	static bool name(const struct decide_evidence *e) \
	{                                                 \
		return expression;                        \
	}

RULE(other, e->class == DECIDE_OTHER)
RULE(own, e->own)
RULE(no_address, e->owner == OWNER_NOT_ASKED)
RULE(done, e->done)
RULE(secondary, !e->may_originate)
RULE(failed, e->owner == OWNER_FAILED)
RULE(nobody, e->owner == OWNER_NONE || e->owner == OWNER_QEMU)
RULE(doubtful, e->owner == OWNER_DOUBTFUL)
RULE(only_counted, e->class == DECIDE_CORRECTED && e->corrected == CONF_CORRECTED_COUNT)
RULE(below,
     e->class == DECIDE_CORRECTED && e->corrected == CONF_CORRECTED_THRESHOLD && !e->threshold)
RULE(old, e->age != STALE_FRESH && e->age != STALE_PROVED)
RULE(used, e->class == DECIDE_UNCORRECTED && (e->signal == SIGNAL_REQUIRED || e->required))
RULE(told, e->class == DECIDE_UNCORRECTED && e->qemu == QEMU_TELLS_ALL &&
		   (e->signal == SIGNAL_OPTIONAL || e->signal == SIGNAL_UNKNOWN))
RULE(denied, !e->granted)
RULE(early, e->class == DECIDE_UNCORRECTED && !e->waited && !e->page_lost &&
		    e->qemu != QEMU_TELLS_NOTHING && e->signal != SIGNAL_UNKNOWN)
RULE(all, e->class != DECIDE_OTHER)

static const struct {
	rule_fn *applies;
	enum host_decision decision;
} rules[] = {
	{ other, HOST_NOTED },
	{ own, HOST_OWN },
	{ no_address, HOST_NO_ADDRESS },
	{ done, HOST_SAME },
	{ secondary, HOST_SECONDARY },
	{ failed, HOST_FAILED },
	{ nobody, HOST_NO_GUEST },
	{ doubtful, HOST_UNPROVED },
	{ only_counted, HOST_COUNTED },
	{ below, HOST_COUNTED },
	{ old, HOST_STALE },
	{ used, HOST_CONSUMED },
	{ told, HOST_GUEST_TOLD },
	{ denied, HOST_NOT_GRANTED },
	{ early, WAIT },
	{ all, HOST_FORWARDED },
};

static size_t n_checked, n_forwarded;

static void check(const struct decide_evidence *e)
{
	struct decide_verdict v = decide(e);
	size_t i = 0;

	while (!rules[i].applies(e))
		i++;
	assert_int_equal(v.wait ? WAIT : v.decision, rules[i].decision);
	assert_true(v.reason && v.reason[0]);
	assert_int_equal(v.flag_threshold, v.decision == HOST_FORWARDED &&
						   e->class == DECIDE_CORRECTED &&
						   e->corrected == CONF_CORRECTED_THRESHOLD);
	/* Once it was waited, there is an answer. */
	assert_false(v.wait && e->waited);
	n_checked++;
	n_forwarded += v.decision == HOST_FORWARDED;
}

static void with_policy(struct decide_evidence *e)
{
	for (unsigned int c = CONF_CORRECTED_COUNT; c <= CONF_CORRECTED_THRESHOLD; c++)
		for (unsigned int bits = 0; bits < 256; bits++) {
			e->corrected = (enum conf_corrected)c;
			e->own = bits & 1;
			e->done = bits & 2;
			e->may_originate = bits & 4;
			e->required = bits & 8;
			e->page_lost = bits & 16;
			e->waited = bits & 32;
			e->threshold = bits & 64;
			e->granted = bits & 128;
			check(e);
		}
}

static void every_combination(void **state)
{
	struct decide_evidence e = { .own = false };

	(void)state;
	for (unsigned int class = DECIDE_OTHER; class <= DECIDE_UNCORRECTED; class ++)
		for (unsigned int owner = OWNER_NOT_ASKED; owner <= OWNER_ONE; owner++)
			for (unsigned int age = 0; age < STALE__MAX; age++)
				for (unsigned int x = 0; x < 16; x++) {
					e.class = (enum decide_class) class;
					e.owner = (enum decide_owner)owner;
					e.age = (enum stale_verdict)age;
					e.signal = (enum decide_signal)(x % 4);
					e.qemu = (enum qemu_tells)(x / 4);
					with_policy(&e);
				}
	assert_int_equal(n_checked, 3 * 6 * STALE__MAX * 16 * 3 * 256);
	assert_true(n_forwarded > 0);
}

/* The rows of the issue, in words. */
static void the_cases_that_matter(void **state)
{
	struct decide_evidence e = { .class = DECIDE_UNCORRECTED,
				     .may_originate = true,
				     .owner = OWNER_ONE,
				     .age = STALE_FRESH,
				     .signal = SIGNAL_OPTIONAL,
				     .page_lost = true,
				     .granted = true };

	(void)state;
	e.qemu = QEMU_TELLS_REQUIRED; /* arm64 KVM tells nothing of an action-optional error */
	assert_int_equal(decide(&e).decision, HOST_FORWARDED);
	e.qemu = QEMU_TELLS_ALL; /* x86 KVM does */
	assert_int_equal(decide(&e).decision, HOST_GUEST_TOLD);
	e.signal = SIGNAL_NONE; /* ... but the kernel has not signalled it */
	assert_int_equal(decide(&e).decision, HOST_FORWARDED);
	e.page_lost = false;
	assert_true(decide(&e).wait);
	e.qemu = QEMU_TELLS_NOTHING; /* TCG */
	assert_int_equal(decide(&e).decision, HOST_FORWARDED);
	e.signal = SIGNAL_REQUIRED; /* consumed: never told twice */
	assert_int_equal(decide(&e).decision, HOST_CONSUMED);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(every_combination),
					    cmocka_unit_test(the_cases_that_matter) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
