// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * No memory: the n-th piece that rasd asks for is refused, for every n, while it starts and while
 * it serves each kind of request. It must answer, free what it had, inject nothing twice, and serve
 * the next request. The linker leads malloc() and calloc() of rasd's own objects here (WRAP in the
 * Makefile). Libraries are not meant: json-c and libevent do not survive it.
 */
#include <pthread.h>

#include "inject/queue.h"
#include "live_env.h"
#include "tests/unit/loop_turn.h"

#define MAX_PIECES 400 /* more than any request needs */

static long refuse_in; /* pieces from now; 0: none is refused */
static pthread_t loop_thread;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);

static bool refused(void)
{
	return refuse_in && pthread_equal(pthread_self(), loop_thread) && --refuse_in == 0;
}

void *__wrap_malloc(size_t n)
{
	return refused() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return refused() ? NULL : __real_calloc(n, size);
}

static int nomem_setup(void **state)
{
	int r = live_setup(state);

	loop_thread = pthread_self();
	live_may_end = true;
	return r;
}

static int nomem_teardown(void **state)
{
	live_may_end = false;
	return live_teardown(state);
}

/* A journal that could not keep what became of a record ends rasd, and another begins. */
static void begin_again(void)
{
	live_rooms_end();
	live_rooms();
	live_connect();
}

/* Who cannot be answered is told by the end of the connection. */
static bool connect_again_if_closed(void)
{
	char c;

	if (recv(live_fd, &c, 1, MSG_PEEK | MSG_DONTWAIT) != 0)
		return false;
	close(live_fd);
	while (live_server->conns)
		loop_turn(base, EVLOOP_ONCE);
	live_connect();
	return true;
}

/* Ask with the n-th piece refused. False: it did not need so many. params may have one %ld. */
static bool ask_without(long n, const char *method, const char *params)
{
	char text[512];
	const char *got_text;
	bool needed;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), params, n);
#pragma GCC diagnostic pop
	refuse_in = n;
	got_text = live_ask(method, text);
	needed = refuse_in == 0;
	refuse_in = 0;
	if (live.failed.code)
		begin_again();
	else if (!got_text[0] && !connect_again_if_closed())
		fail_msg("%s %s without piece %ld: no answer", method, text, n);
	else if (got_text[0] && !strstr(got_text, "\"result\"") && !strstr(got_text, "\"code\":"))
		fail_msg("%s %s without piece %ld -> %s", method, text, n, got_text);
	return needed;
}

static void each_piece(const char *method, const char *params)
{
	long n = 1;

	while (n < MAX_PIECES && ask_without(n, method, params))
		n++;
	assert_in_range(n, 2, MAX_PIECES - 1);
}

static void every_method_answers(void **state)
{
	static const char *const ask_for[][2] = {
		{ "rpc.ping", "{}" },
		{ "domain.list", "{}" },
		{ "domain.explain", "{'domain':'vm1'}" },
		{ "domain.allow", "{'domain':'vm1','forward_corrected':true}" },
		{ "address.translate", "{'domain':'vm1','gpa':'0x40100000'}" },
		{ "address.translate", "{'hpa':'0x1000'}" },
		{ "address.owners", "{'from':'0x1000','to':'0x3000'}" },
		{ "injection.list", "{}" },
		{ "injection.get", "{'id':'00000000-0000-4000-8000-000000000000'}" },
		{ "injection.resolve",
		  "{'id':'00000000-0000-4000-8000-000000000000','state':'lost','reason':'r'}" },
		{ "poison.import",
		  "{'domain':'vm1','pages':[{'gpa':'0x1000','seen_ns':5,'origin':'o'}]}" },
		{ "poison.export", "{'domain':'vm1'}" },
		{ "record.encode", "{'record':{'block':{},'entries':[]}}" },
	};

	(void)state;
	live_expect("domain.explain", "{'domain':'vm1'}", "'available':true");
	for (size_t i = 0; i < ARRAY_LEN(ask_for); i++)
		each_piece(ask_for[i][0], ask_for[i][1]);
	live_expect("poison.export", "{'domain':'vm1'}", "'gpa':'0x1000'");
}

/* How often text is in what injection.list shows. */
static unsigned int n_listed(const char *text)
{
	unsigned int n = 0;

	for (const char *p = live_ask("injection.list", "{'limit':1000}"); (p = strstr(p, text));
	     p++)
		n++;
	return n;
}

/*
 * Is a request or a record still under way? A client that was dropped for want of memory leaves an
 * accepted request behind, whose row comes into the list only after a while.
 */
static bool something_is_open(void)
{
	bool open = live.injector->creations;

	for (const struct queue *q = live.injector->queues; q && !open; q = q->next)
		open = q->first;
	return open || n_listed("\"final\":false");
}

/* Until nothing is open any more: rasd is not taken apart while QEMU still has a command. */
static void all_decided(void)
{
	bool open;

	for (int64_t end_ns = patience_end_ns();
	     (open = something_is_open()) && clock_boot_ns() < end_ns;) {
		loop_turn(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		usleep(1000);
	}
	assert_false(open);
	assert_int_equal(n_listed("\"final\":false"), 0);
}

/* Each try in a rasd that knows nothing yet, or (warm) in one that has done it before. */
static void each_piece_of_injection(const char *params, bool warm)
{
	int in_a_row = 0;
	long n = 1;

	/* What goes on beside it takes pieces, too, so one try that needed fewer is not the end. */
	for (; n < MAX_PIECES && in_a_row < 3; n++) {
		if (!warm) {
			all_decided();
			begin_again();
		}
		in_a_row = ask_without(n, "injection.create", params) ? 0 : in_a_row + 1;
	}
	assert_in_range(n, 5, MAX_PIECES - 1);
}

static void records_are_injected_once(void **state)
{
	(void)state;
	each_piece_of_injection(
		"{'request_id':'c%ld','domain':'vm1','gpa':'0x40100000','wait':true}", false);
	each_piece_of_injection(
		"{'request_id':'w%ld','domain':'vm1','gpa':'0x40100000','wait':true}", true);
	each_piece_of_injection(
		"{'request_id':'d%ld','domain':'vm1','gpa':'0x40100000','dry_run':true}", true);
	/* What was given up in one life is settled by the next. */
	begin_again();
	all_decided();
	assert_int_equal(n_listed("\"state\":\"acknowledged\"") + n_listed("\"state\":\"unknown\""),
			 live_os->n_injected);
}

static void host_addresses(void **state)
{
	char params[128];
	unsigned long long hpa;
	const char *at = NULL;

	(void)state;
	for (int i = 0; i < 100 && !at; i++)
		at = strstr(live_ask("address.translate", "{'domain':'vm1','gpa':'0x40100040'}"),
			    "\"hpa\":\"");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "\"hpa\":\"%llx", &hpa), 1);
	snprintf(params, sizeof(params), "{'request_id':'h%%ld','hpa':'0x%llx','wait':true}", hpa);
	each_piece_of_injection(params, false);
	each_piece_of_injection(params, true);
	all_decided();
	for (long n = 1; n < MAX_PIECES; n++) {
		begin_again();
		if (!ask_without(n, "domain.explain", "{'domain':'vm1'}"))
			break;
	}
	for (long n = 1; n < MAX_PIECES; n++) {
		begin_again();
		if (!ask_without(n, "address.translate", "{'domain':'vm1','gpa':'0x40100000'}"))
			break;
	}
}

/* --- starting --- */

static int make_journal(struct ras_err *err)
{
	const struct journal_options o = { .keep = { 90, 1000 }, .on_fatal = live_fatal };
	size_t n;

	return journal_open(&live.journal, base, live.conf.state_directory, &o, &n, err);
}

static void drop_journal(void)
{
	journal_close(live.journal);
}

static int make_helper(struct ras_err *err)
{
	return helper_client_connect(&client, base, "/nonexistent", &test_waits, err);
}

static void drop_helper(void)
{
	helper_client_free(client);
}

static int make_guests(struct ras_err *err)
{
	return guests_new(&live.guests, base, &live.conf, err);
}

static void drop_guests(void)
{
	guests_free(live.guests);
}

static int make_backends(struct ras_err *err)
{
	return backends_new(&live.backends, base, live.guests, client, err);
}

static void drop_backends(void)
{
	backends_free(live.backends);
}

static int make_injector(struct ras_err *err)
{
	return injector_new(&live.injector, base, &live.conf, live.guests, live.journal,
			    live.backends, err);
}

static void drop_injector(void)
{
	injector_free(live.injector);
}

static int make_server(struct ras_err *err)
{
	return server_new(&live_server, base, &(struct listeners){ live_listen(), -1 }, &live.conf,
			  &live, err);
}

static void drop_server(void)
{
	server_free(live_server);
	unlink(live_socket);
}

static const struct {
	int (*make)(struct ras_err *err);
	void (*drop)(void);
} rooms[] = {
	{ make_journal, drop_journal },	  { make_helper, drop_helper },
	{ make_guests, drop_guests },	  { make_backends, drop_backends },
	{ make_injector, drop_injector }, { make_server, drop_server },
};

/* False: it did not need so many pieces, and is there now. */
static bool make_without(size_t room, long n)
{
	struct ras_err err = RAS_ERR_NULL;
	bool needed;
	int r;

	refuse_in = n;
	r = rooms[room].make(&err);
	needed = refuse_in == 0;
	refuse_in = 0;
	assert_int_equal(r, -err.code);
	assert_true(needed || r == 0);
	if (needed && r == 0)
		rooms[room].drop();
	unlink(live_socket);
	return needed;
}

/* Each room without its n-th piece: it says so and leaves nothing behind, which asan checks. */
static void no_room_starts_halfway(void **state)
{
	(void)state;
	/* A record that is undecided is taken up by the next life. */
	live_os->os = OS_SLEEPS;
	live_until("injection.create", "{'request_id':'u','domain':'vm1','gpa':'0x40100000'}",
		   "'id'");
	live_until("injection.list", "{}", "'state':'written'");
	live_rooms_end();
	for (size_t i = 0; i < ARRAY_LEN(rooms); i++)
		for (long n = 1; make_without(i, n); n++)
			assert_true(n < MAX_PIECES);
	for (size_t i = ARRAY_LEN(rooms); i-- > 0;)
		rooms[i].drop();
	client = NULL;
	live_rooms();
	live_connect();
	live_expect("injection.list", "{}", "'state':'written'");
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, nomem_setup, nomem_teardown)
	const struct CMUnitTest tests[] = {
		T(every_method_answers),
		T(records_are_injected_once),
		T(host_addresses),
		T(no_room_starts_halfway),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
