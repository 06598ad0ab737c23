// SPDX-License-Identifier: LGPL-2.1-or-later
/* Long answers in slices, fair turns, and what is held for one uid. No test is timed. */
#include "tests/unit/loop_turn.h"
#include "base/clock.h"
#include "rpc_env.h"

#define N_ROWS 1000

/* What the stream under test does, and what it did. */
static struct {
	size_t rows;	       /* in the whole answer */
	size_t fail_at;	       /* this row is an error; 0: none */
	bool later;	       /* the answer comes from the handler */
	struct rpc_call *call; /* the one that waits for it */
	size_t n_slices, n_freed, n_open;
} lists;

struct list {
	struct rpc_call *call;
	size_t n;
};

static int list_next(void *arg, struct buf *out, struct ras_err *err)
{
	struct list *l = arg;
	char row[32];

	lists.n_slices++;
	if (lists.later) {
		lists.call = l->call;
		return RPC_SLICE_LATER;
	}
	for (size_t rows = 0; l->n < lists.rows; rows++) {
		if (rows == RPC_SLICE_ROWS)
			return RPC_SLICE_MORE;
		if (++l->n == lists.fail_at)
			return ras_fail(err, RAS_E_JOURNAL, "row %zu is damaged", l->n);
		snprintf(row, sizeof(row), "%s%zu", l->n == 1 ? "[" : ",", l->n);
		assert_true(buf_add(out, row, strlen(row)));
	}
	assert_true(buf_add(out, "]", 1));
	return RPC_SLICE_END;
}

static void list_free(void *arg)
{
	lists.n_freed++;
	free(arg);
}

static void do_list(struct rpc_call *c, json_object *params)
{
	static const struct rpc_stream stream = { list_next, list_free };

	struct list *l = calloc(1, sizeof(*l));

	(void)params;
	lists.n_open++;
	l->call = c;
	rpc_reply_stream(c, &stream, l);
}

static const struct rpc_method turn_methods[] = {
	{ "t.list", do_list, RPC_VIEW, false, NULL, 0 },
	{ "t.echo", do_echo, RPC_VIEW, false, echo_params, 5 },
	{ "t.hold", do_hold, RPC_VIEW, false, NULL, 0 },
	{ "t.change", do_change, RPC_INJECT, true, NULL, 0 },
	{ "t.big", do_big, RPC_VIEW, false, NULL, 0 },
};

static int setup_turns(void **state)
{
	int r = setup(state);

	memset(&lists, 0, sizeof(lists));
	lists.rows = N_ROWS;
	server->methods = turn_methods;
	server->n_methods = ARRAY_LEN(turn_methods);
	return r;
}

/* One pass: each that is ready now has its turn. */
static void loop_once(void)
{
	loop_turn(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static void starts(const char *text, const char *with)
{
	assert_memory_equal(text, with, strlen(with));
}

#define RQ(id, m) "{\"jsonrpc\":\"2.0\",\"id\":" id ",\"method\":\"" m "\"}"

/* All that the server says, as long as it says anything; the caller frees it. */
static char *hear_all(int fd)
{
	size_t n = 0, size = 16 << 20;
	char *text = malloc(size);

	for (int idle = 0; idle < 400; idle++) {
		ssize_t r = read(fd, text + n, size - 1 - n);

		loop_once();
		if (r > 0) {
			n += (size_t)r;
			idle = 0;
		}
	}
	text[n] = '\0';
	return text;
}

static void say(int fd, const char *text)
{
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* The rows of the t.list in text are complete. */
static void check_rows(const char *text)
{
	const char *p = strchr(text, '[');

	assert_non_null(p);
	for (size_t i = 1; i <= N_ROWS; i++) {
		assert_int_equal(strtoul(p + 1, NULL, 10), i);
		p = strpbrk(p + 1, ",]");
		assert_non_null(p);
	}
	assert_memory_equal(p, "]}", 2);
}

static void a_list_is_made_in_slices(void **state)
{
	_close_ int fd = dial(RPC_VIEW);
	size_t n_turns = 0;
	char *text;

	(void)state;
	say(fd, RQ("1", "t.list") "\n");
	while (!lists.n_freed && n_turns < 1000) {
		size_t before = lists.n_slices;

		loop_once();
		/* A turn ends after two slices, so that others are looked at. */
		assert_in_range(lists.n_slices - before, 0, 2);
		n_turns++;
	}
	assert_int_equal(lists.n_slices, N_ROWS / RPC_SLICE_ROWS + 1);
	assert_in_range(n_turns, lists.n_slices / 2, 1000);
	text = hear_all(fd);
	check_rows(text);
	starts(text, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":[1,");
	assert_string_equal(text + strlen(text) - 3, "]}\n");
	free(text);
	assert_int_equal(lists.n_freed, 1);
}

static void others_have_their_turn(void **state)
{
	_close_ int fd = dial(RPC_VIEW), other = dial(RPC_VIEW);
	char line[4096] = "[", text[256];

	(void)state;
	for (int i = 0; i < 22; i++)
		strcat(line, i ? "," RQ("1", "t.list") : RQ("1", "t.list"));
	strcat(line, "]\n");
	say(fd, line);
	loop_once();
	for (int i = 0; i < 20; i++) {
		size_t before = lists.n_slices;

		say(other, CALL("t.echo", "{\"s\":\"a\"}"));
		loop_once();
		loop_once();
		assert_true(read(other, text, sizeof(text)) > 0);
		assert_in_range(lists.n_slices - before, 1, 4);
	}
}

/* Who has sent sixty lines does not have them all worked off before one line of another. */
static void lines_take_turns(void **state)
{
	_close_ int many = dial(RPC_ADMIN), one = dial(RPC_ADMIN);
	char text[256];

	(void)state;
	for (int i = 0; i < 60; i++)
		say(many, RQ("1", "t.change") "\n");
	say(one, RQ("1", "t.change") "\n");
	loop_once();
	assert_true(read(one, text, sizeof(text)) > 0);
	assert_in_range(strtol(strstr(text, "result\":") + 8, NULL, 10), 1, 3);
}

/* An answer from outside is written on the next turn, and nothing of the client's is begun. */
static void an_answer_waits_for_the_next_turn(void **state)
{
	_close_ int fd = dial(RPC_ADMIN);
	char text[256];

	(void)state;
	assert_string_equal(ask(fd, RQ("1", "t.hold") "\n"), "");
	rpc_reply(held[0], json_object_new_int(5));
	assert_int_equal(read(fd, text, sizeof(text)), -1);
	assert_non_null(strstr(heard(fd), "\"result\":5"));
}

static void a_list_in_a_batch(void **state)
{
	_close_ int fd = dial(RPC_ADMIN);
	char *text;

	(void)state;
	lists.rows = 40;
	say(fd,
	    "[" RQ("1", "t.list") "," RQ(
		    "2",
		    "t.hold") ",{\"jsonrpc\":\"2.0\",\"method\":\"t.list\"}," RQ("3",
										 "t.list") "]\n");
	say(fd, RQ("4", "t.change") "\n");
	text = hear_all(fd);
	/* The batch waits for its second; what was asked later does not. */
	assert_string_equal(text, "{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":1}\n");
	free(text);
	rpc_reply(held[0], NULL);
	text = hear_all(fd);
	starts(text, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":[1,2,");
	assert_non_null(strstr(text, ",40]},{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":null},"
				     "{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":[1,2,"));
	assert_string_equal(text + strlen(text) - 7, ",40]}]\n");
	free(text);
	assert_int_equal(lists.n_freed, 3);
}

static void a_list_that_fails(void **state)
{
	int fd = dial(RPC_ADMIN);
	char *text;

	(void)state;
	log_set_sink(no_log);
	lists.fail_at = 1;
	text = hear_all(fd);
	free(text);
	say(fd, "[" RQ("1", "t.list") "," RQ("2", "t.list") "]\n");
	text = hear_all(fd);
	starts(text, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{");
	assert_non_null(strstr(text, "}},{\"jsonrpc\":\"2.0\",\"id\":2,\"error\":{"));
	assert_string_equal(text + strlen(text) - 4, "}}]\n");
	free(text);
	/* Half an answer cannot be taken back: the client is dropped. */
	lists.fail_at = 500;
	say(fd, RQ("1", "t.list") "\n");
	text = hear_all(fd);
	assert_null(strchr(text, '\n'));
	free(text);
	assert_null(server->conns);
	assert_int_equal(lists.n_freed, 3);
	close(fd);
}

static void an_answer_that_comes_later(void **state)
{
	_close_ int fd = dial(RPC_ADMIN);
	const char *got;

	(void)state;
	lists.later = true;
	say(fd, RQ("1", "t.list") "\n" RQ("2", "t.change") "\n");
	assert_string_equal(heard(fd), "");
	assert_int_equal(lists.n_freed, 1);
	rpc_reply_text(lists.call, "\"late\"");
	got = heard(fd);
	assert_string_equal(got, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"late\"}\n"
				 "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":1}\n");
	say(fd, "[" RQ("3", "t.change") "," RQ("4", "t.list") "]\n");
	assert_string_equal(heard(fd), "[{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":2}");
	rpc_reply_text(lists.call, "4");
	assert_string_equal(heard(fd), ",{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":4}]\n");
}

/* A client that goes at any point of a list, of a batch, or before a late answer. */
static void the_client_goes(void **state)
{
	static const char *const lines[] = {
		RQ("1", "t.list") "\n",
		"[" RQ("1", "t.hold") "," RQ("2", "t.list") "," RQ("3", "t.hold") "]\n",
		RQ("1", "t.list") "\n" RQ("2", "t.list") "\n[" RQ("3", "t.list") "]\n",
		"[" RQ("1", "t.list") "," RQ("2", "t.list") "]\n" RQ("3", "t.hold") "\n",
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(lines); i++)
		for (int turns = 0; turns < 8; turns++) {
			int fd = dial(RPC_ADMIN);

			lists.later = i & 1;
			lists.call = NULL;
			say(fd, lines[i / 2]);
			for (int t = 0; t < turns; t++)
				loop_once();
			server_free(server);
			/* Calls outlive the server. */
			while (n_held)
				rpc_reply(held[--n_held], NULL);
			if (lists.call)
				rpc_reply(lists.call, NULL);
			assert_int_equal(lists.n_freed, lists.n_open);
			lists.n_open = lists.n_freed = 0;
			close(fd);
			event_base_free(base);
			setup_turns(state);
		}
}

/* What 64 connections that read nothing make rasd hold. */
static void what_one_uid_may_hold(void **state)
{
	int fd[MAX_CONNS_PER_PERSON];
	char line[4096] = "[";
	size_t most = 0;

	(void)state;
	for (int i = 0; i < 18; i++)
		strcat(line, i ? "," RQ("1", "t.list") : RQ("1", "t.list"));
	strcat(line, "]\n");
	lists.rows = 100000;
	for (size_t i = 0; i < ARRAY_LEN(fd); i++) {
		fd[i] = dial(RPC_VIEW);
		say(fd[i], line);
	}
	for (int i = 0; i < 20000; i++) {
		loop_once();
		if (server->accounts->held_bytes > most)
			most = server->accounts->held_bytes;
	}
	/* Beside it each may hold a little, and the favoured one goes on to its pause. */
	assert_in_range(most, MAX_HELD_BYTES,
			MAX_HELD_BYTES + MAX_CONNS_PER_PERSON * 2 * FREE_BYTES +
				2 * OUT_PAUSE_BYTES);
	/* Small requests of that uid are answered nevertheless. */
	close(fd[7]);
	turn();
	fd[7] = dial(RPC_VIEW);
	assert_non_null(strstr(ask(fd[7], CALL("t.echo", "{\"s\":\"a\"}")), "\"result\""));
	for (size_t i = 0; i < ARRAY_LEN(fd); i++)
		close(fd[i]);
	turn();
	assert_null(server->accounts);
	assert_int_equal(lists.n_freed, lists.n_open);
}

/* Those who wait for room have their answers once others have taken theirs. */
static void who_waits_is_served(void **state)
{
	int fd[24];

	(void)state;
	lists.rows = 40000;
	for (size_t i = 0; i < ARRAY_LEN(fd); i++) {
		fd[i] = dial(RPC_VIEW);
		say(fd[i], RQ("1", "t.list") "\n" RQ("2", "t.list") "\n");
	}
	for (int i = 0; i < 3000; i++)
		loop_once();
	for (size_t i = 0; i < ARRAY_LEN(fd); i++) {
		char *text = hear_all(fd[i]);
		char *nl = strchr(text, '\n');

		assert_non_null(nl);
		assert_non_null(strstr(nl, "\"id\":2,\"result\":[1,"));
		assert_string_equal(text + strlen(text) - 9, ",40000]}\n");
		free(text);
		close(fd[i]);
	}
}

/* What one has held is free when it goes. */
static void who_goes_makes_room(void **state)
{
	int fd[MAX_CONNS_PER_PERSON];
	size_t n = 0;
	char *text;

	(void)state;
	lists.rows = 1000000;
	/* The first ones take all there is, the favoured one included. */
	while (!server->accounts || !server->accounts->favoured) {
		assert_in_range(n, 0, ARRAY_LEN(fd) - 2);
		fd[n] = dial(RPC_VIEW);
		say(fd[n++], RQ("1", "t.list") "\n");
		for (int i = 0; i < 4000; i++)
			loop_once();
	}
	fd[n] = dial(RPC_VIEW);
	say(fd[n++], RQ("1", "t.list") "\n");
	for (int i = 0; i < 4000; i++)
		loop_once();
	for (size_t i = 0; i + 1 < n; i++)
		close(fd[i]);
	text = hear_all(fd[n - 1]);
	assert_string_equal(text + strlen(text) - 11, ",1000000]}\n");
	free(text);
	close(fd[n - 1]);
}

static void who_reads_nothing_is_dropped(void **state)
{
	_close_ int fd = dial(RPC_VIEW);
	struct conn *c = server->conns;

	(void)state;
	log_set_sink(no_log);
	lists.rows = 1000000;
	say(fd, RQ("1", "t.list") "\n");
	for (int i = 0; i < 20000 && !evtimer_pending(c->io.unread, NULL); i++)
		loop_once();
	assert_true(evtimer_pending(c->io.unread, NULL));
	event_active(c->io.unread, EV_TIMEOUT, 1); /* 30 s later */
	turn();
	assert_null(server->conns);
	assert_int_equal(lists.n_freed, 1);
}

static void the_role_comes_first(void **state)
{
	_close_ int fd = dial(RPC_NONE);
	char line[32768];

	(void)state;
	/* Not even wrong parameters are looked at. */
	assert_non_null(strstr(ask(fd, CALL("t.echo", "{\"s\":5}")), "\"code\":1014"));
	assert_non_null(strstr(ask(fd, CALL("t.echo", "[1]")), "\"code\":1014"));
	/* Nor may one without a role send much. */
	memset(line, ' ', sizeof(line));
	line[sizeof(line) - 1] = '\0';
	assert_non_null(strstr(ask(fd, line), "at most 16384 bytes"));
	assert_null(server->conns);
}

static void too_many_values(void **state)
{
	_close_ int fd = dial(RPC_ADMIN);
	char *line = malloc(200000);
	size_t n;

	(void)state;
	n = (size_t)sprintf(
		line, "{\"jsonrpc\":\"2.0\",\"id\":9,\"method\":\"t.echo\",\"params\":{\"x\":[0");
	for (int i = 0; i < JSON_MAX_VALUES; i++)
		n += (size_t)sprintf(line + n, ",0");
	strcpy(line + n, "]}}\n");
	assert_non_null(
		strstr(ask(fd, line),
		       "\"id\":9,\"error\":{\"code\":-32602,\"message\":\"too many values"));
	assert_non_null(strstr(ask(fd, CALL("t.echo", "{\"s\":\"a\"}")), "\"result\""));
	free(line);
}

/* However late it is, a slice has a row: else the head of a list would be written twice. */
static void a_slice_has_a_row(void **state)
{
	(void)state;
	assert_false(rpc_slice_over(0, 0));
	assert_true(rpc_slice_over(0, 1));
	assert_false(rpc_slice_over(clock_boot_ns() + 1000000000, RPC_SLICE_ROWS - 1));
	assert_true(rpc_slice_over(clock_boot_ns() + 1000000000, RPC_SLICE_ROWS));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup_turns, teardown)
	const struct CMUnitTest tests[] = {
		T(a_list_is_made_in_slices),   T(others_have_their_turn),
		T(lines_take_turns),	       T(an_answer_waits_for_the_next_turn),
		T(a_list_in_a_batch),	       T(a_list_that_fails),
		T(an_answer_that_comes_later), T(the_client_goes),
		T(what_one_uid_may_hold),      T(who_waits_is_served),
		T(who_goes_makes_room),	       T(who_reads_nothing_is_dropped),
		T(the_role_comes_first),       T(too_many_values),
		T(a_slice_has_a_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
