// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What an idle rasd waits for: all rooms, a guest, the sources of host errors that look for
 * something, no journald. Whatever was asked of it, three timers are left after a while, of a
 * minute and more. Another one wakes up every host that rasd is on: it needs an event in its place,
 * or a reason beside IDLE_TIMERS.
 *
 * Timers of 10 to 59 s run a hundred times as fast here: nothing is awaited by them.
 */
#include "gate_env.h"

#include "audit/audit.h"
#include "audit/feed.h"
#include "events/events.h"

/*
 * Nothing tells that mcelog's socket, or the directory of rasdaemon's database, has been made (60 s
 * each), or that the kernel has moved pages that the index has (300 s).
 */
#define IDLE_TIMERS 3
#define HURRIED_S 10
#define NOT_HURRIED_S 60 /* and more: the test's own patience with rasd-pagemap */
#define HURRY 100

int __real_event_add(struct event *ev, const struct timeval *tv);
int __wrap_event_add(struct event *ev, const struct timeval *tv);

int __wrap_event_add(struct event *ev, const struct timeval *tv)
{
	struct timeval soon;

	if (!tv || tv->tv_sec < HURRIED_S || tv->tv_sec >= NOT_HURRIED_S)
		return __real_event_add(ev, tv);
	soon = (struct timeval){ .tv_sec = tv->tv_sec / HURRY,
				 .tv_usec = tv->tv_sec % HURRY * (1000000 / HURRY) };
	return __real_event_add(ev, &soon);
}

/* Of the sanitizers; a build without them shows addresses. */
__attribute__((weak)) void __sanitizer_symbolize_pc(void *pc, const char *fmt, char *out,
						    size_t size);

struct armed {
	size_t n;
	char names[1024]; /* of the functions that they call */
};

static int count_armed(const struct event_base *b, const struct event *ev, void *arg)
{
	struct armed *a = arg;
	event_callback_fn fn = event_get_callback(ev);
	size_t len = strlen(a->names);
	char name[128];
	void *pc;

	(void)b;
	if (!event_pending(ev, EV_TIMEOUT, NULL))
		return 0;
	memcpy(&pc, &fn, sizeof(pc));
	snprintf(name, sizeof(name), "%p", pc);
	if (__sanitizer_symbolize_pc)
		__sanitizer_symbolize_pc((char *)pc + 1, "%f at %s", name, sizeof(name));
	snprintf(a->names + len, sizeof(a->names) - len, "\n  %s", name);
	a->n++;
	return 0;
}

/* The client leaves; until no more than those are armed. */
static void becomes_idle(const char *after)
{
	int64_t end = patience_end_ns();
	struct armed a;

	close(TAKE_FD(live_fd));
	for (;;) {
		a = (struct armed){ 0 };
		event_base_foreach_event(base, count_armed, &a);
		if (a.n <= IDLE_TIMERS)
			return;
		if (clock_boot_ns() > end)
			fail_msg("after %s %zu timers are armed, not %d:%s", after, a.n,
				 IDLE_TIMERS, a.names);
		loop_turn(base, EVLOOP_ONCE);
	}
}

static struct audit_feed *feed;

/* The rooms that live_env.h leaves out. */
static void open_rest(void)
{
	struct conf *c = &live.conf;
	char path[128];
	struct ras_err err;

	snprintf(path, sizeof(path), "%s/no-journald", dir);
	assert_int_equal(audit_open(base, path, &err), 0);
	assert_int_equal(audit_feed_new(&feed, base, live.journal, &err), 0);
	/* What the kernel shows of its own errors is another matter on each host. */
	c->events.n_sources = 3;
	strcpy(c->events.source[0], "rasdaemon");
	strcpy(c->events.source[1], "mcelog");
	strcpy(c->events.source[2], "trigger");
	snprintf(c->sources.rasdaemon_database, sizeof(c->sources.rasdaemon_database),
		 "%s/none/x.db", dir);
	snprintf(c->sources.mcelog_socket, sizeof(c->sources.mcelog_socket), "%s/no-mcelog", dir);
	assert_int_equal(events_new(&live.events,
				    &(struct events_parts){ .base = base,
							    .conf = c,
							    .helper = client,
							    .guests = live.guests,
							    .translator = live.translator,
							    .injector = live.injector,
							    .forward = live.forward,
							    .journal = live.journal },
				    &err),
			 0);
}

static void three_timers_are_left(void **state)
{
	static const char *const asked[][2] = {
		{ "domain.list", "{}" },
		{ "injection.list", "{}" },
		{ "event.list", "{}" },
		{ "metrics.get", "{}" },
		{ "rpc.discover", "{}" },
		{ "policy.check", "{'domain':'vm1'}" },
		{ "address.translate", "{'domain':'vm1','gpa':'0x40100000'}" },
		{ "address.owners", "{'from':'0x0','to':'0x1000'}" },
		{ "config.reload", "{'dry_run':true}" },
	};

	(void)state;
	open_rest();
	becomes_idle("the start");
	be(0, 0);
	/* A busy machine's rasd-pagemap may be late. */
	live_until("injection.create", WAITED("a"), "'state':'acknowledged'");
	becomes_idle("an injection");
	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		be(0, 0);
		live_ask(asked[i][0], asked[i][1]);
		becomes_idle(asked[i][0]);
	}
	be(0, 0);
	live_expect("safety.engage", "{'reason':'x'}", "'engaged':true");
	becomes_idle("the safety lever");
	audit_feed_free(feed);
	audit_close();
	events_free(live.events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(three_timers_are_left, live_setup, live_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
