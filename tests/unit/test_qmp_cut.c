// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The QMP client when the connection ends at any byte, is flooded, or carries lies. send(2) is
 * replaced, so that the test knows to the byte what was sent. "Not sent" is right only if no byte
 * was sent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "fake_qmp.h"
#include "silent.h"

#define COMMAND "{\"execute\":\"query-name\",\"id\":2}\n"
#define REPLY "{\"return\": {\"name\": \"vm1\"}, \"id\": 2}\r\n"

static int server_fd = -1; /* not held back */
static size_t let_through = SIZE_MAX;
static int then_errno;

ssize_t send(int fd, const void *buf, size_t len, int flags)
{
	if (fd == server_fd)
		return sendto(fd, buf, len, flags, NULL, 0);
	if (let_through == 0 && len > 0) {
		errno = then_errno;
		return -1;
	}
	if (len > let_through)
		len = let_through;
	ssize_t n = sendto(fd, buf, len, flags, NULL, 0);
	if (n > 0 && let_through != SIZE_MAX)
		let_through -= (size_t)n;
	return n;
}

static void start(struct fake *f)
{
	let_through = SIZE_MAX;
	fake_listen(f);
	fake_connect(f, 2000, NULL);
	server_fd = f->fd;
	fake_ready(f);
}

static void exec(struct fake *f)
{
	struct ras_err err;

	assert_int_equal(qmp_exec(f->q, "query-name", NULL, 0, fake_on_reply, f, &err), 0);
}

/* What became of the command. */
static size_t heard(struct fake *f, char *buf, size_t size)
{
	ssize_t n = recv(f->fd, buf, size, MSG_DONTWAIT);

	return n > 0 ? (size_t)n : 0;
}

/* QEMU dies, or send(2) fails, after that many bytes of the command. */
static void test_death_in_command(void **state)
{
	static const int how[] = { EAGAIN, EPIPE, ECONNRESET };
	const size_t len = strlen(COMMAND);
	char buf[128];
	struct fake f;

	(void)state;
	for (size_t cut = 0; cut <= len; cut++)
		for (size_t k = 0; k < ARRAY_LEN(how); k++) {
			start(&f);
			let_through = cut;
			then_errno = how[k];
			exec(&f);
			fake_turn(&f);
			assert_int_equal(heard(&f, buf, sizeof(buf)), cut);
			assert_memory_equal(buf, COMMAND, cut);
			if (how[k] == EAGAIN || cut == len) {
				assert_int_equal(f.n_reply, 0);
				close(f.fd);
				f.fd = -1;
			}
			fake_until(&f, &f.n_closed, 1);
			assert_int_equal(f.n_reply, 1);
			assert_int_equal(f.outcome, cut ? QMP_UNKNOWN : QMP_NOT_SENT);
			assert_int_equal(f.closed_err.code, RAS_E_GONE);
			fake_stop(&f);
		}
}

/*
 * A socket takes the command in two parts. It arrives whole. A reply before the second part does
 * not count.
 */
static void test_short_write(void **state)
{
	const size_t len = strlen(COMMAND);
	char buf[128];
	struct fake f;

	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		start(&f);
		let_through = cut;
		then_errno = EAGAIN;
		exec(&f);
		fake_say(&f, REPLY); /* QEMU cannot know the id yet */
		fake_turn(&f);
		assert_int_equal(f.n_reply, 0);
		let_through = SIZE_MAX;
		fake_turn(&f);
		assert_int_equal(heard(&f, buf, sizeof(buf)), len);
		assert_memory_equal(buf, COMMAND, len);
		fake_say(&f, REPLY);
		fake_until(&f, &f.n_reply, 1);
		assert_int_equal(f.outcome, QMP_OK);
		assert_int_equal(f.n_closed, 0);
		fake_stop(&f);
	}
}

static void test_death_in_reply(void **state)
{
	const size_t len = strlen(REPLY);
	struct fake f;

	(void)state;
	for (size_t cut = 0; cut <= len; cut++) {
		start(&f);
		exec(&f);
		fake_send(&f, REPLY, cut);
		close(f.fd);
		f.fd = -1;
		fake_until(&f, &f.n_closed, 1);
		assert_int_equal(f.n_reply, 1);
		/* A whole object without its end of line is a reply that was cut. */
		assert_int_equal(f.outcome, cut == len ? QMP_OK : QMP_UNKNOWN);
		assert_int_equal(f.closed_err.code, RAS_E_GONE);
		fake_stop(&f);
	}
}

/* A whole conversation byte by byte: greeting, capabilities, events around a reply. */
static void test_byte_by_byte(void **state)
{
	static const char rest[] =
		"{\"event\":\"STOP\"}\r\n" REPLY "{\"event\":\"RESUME\",\"data\":{}}\r\n";
	static const char caps[] = "{\"return\": {}, \"id\": 1}\r\n";
	struct fake f;

	(void)state;
	let_through = SIZE_MAX;
	fake_listen(&f);
	fake_connect(&f, 3000, NULL);
	server_fd = f.fd;
	for (const char *p = GREETING; *p; p++)
		fake_send(&f, p, 1);
	json_object_put(fake_hear(&f));
	for (const char *p = caps; *p; p++) {
		assert_int_equal(f.n_ready, 0);
		fake_send(&f, p, 1);
	}
	fake_until(&f, &f.n_ready, 1);
	exec(&f);
	for (const char *p = rest; *p; p++)
		fake_send(&f, p, 1);
	assert_int_equal(f.n_event, 2);
	assert_int_equal(f.n_reply, 1);
	assert_int_equal(f.outcome, QMP_OK);
	fake_stop(&f);
}

/* A reply that is repeated is used once. It is no reason to hang up. */
static void test_duplicate_reply(void **state)
{
	struct fake f;

	(void)state;
	start(&f);
	exec(&f);
	for (int i = 0; i < 100; i++)
		fake_say(&f, REPLY);
	fake_say(&f, "{\"error\":{\"class\":\"GenericError\",\"desc\":\"x\"},\"id\":2}\n");
	assert_int_equal(f.n_reply, 1);
	assert_int_equal(f.outcome, QMP_OK);
	assert_int_equal(f.n_closed, 0);
	fake_stop(&f);
}

/*
 * Ids that no command of ours has: at the third the client hangs up. They do not answer an open
 * command.
 */
static void test_foreign_ids(void **state)
{
	static const char *const id[] = {
		"0",
		"3",
		"-2",
		"2.0",
		"\"2\"",
		"null",
		"[2]",
		"true",
		"18446744073709551615",
		"18446744073709551618",
		"4294967298",
	};
	char text[96];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(id); i++) {
		struct fake f;

		start(&f);
		exec(&f);
		snprintf(text, sizeof(text), "{\"return\": {}, \"id\": %s}\n", id[i]);
		fake_say(&f, text);
		fake_say(&f, text);
		assert_int_equal(f.n_reply, 0);
		assert_int_equal(f.n_closed, 0);
		fake_say(&f, text);
		fake_until(&f, &f.n_closed, 1);
		assert_int_equal(f.closed_err.code, RAS_E_MONITOR);
		assert_int_equal(f.outcome, QMP_UNKNOWN);
		fake_stop(&f);
	}
}

/* An event of another object, due in every pass of the loop. */
struct other {
	const struct fake *f;
	struct event *ev;
	int n_event, most; /* when it last ran, and the longest time between two runs */
};

static void tick(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval zero = { 0, 0 };
	struct other *o = arg;

	(void)fd, (void)what;
	if (o->f->n_event - o->n_event > o->most)
		o->most = o->f->n_event - o->n_event;
	o->n_event = o->f->n_event;
	event_add(o->ev, &zero);
}

/* Events without end: other objects still run, and the reply among the events is used. */
static void test_flood(void **state)
{
	static const char event[] = "{\"event\":\"RTC_CHANGE\",\"data\":{\"offset\":1}}\r\n";
	const int n = 20000;
	const size_t one = sizeof(event) - 1;
	_free_ char *text = malloc((size_t)n * one);
	struct fake f;
	struct other o = { .f = &f };

	(void)state;
	start(&f);
	o.ev = event_new(f.base, -1, 0, tick, &o);
	tick(-1, 0, &o);
	exec(&f);
	for (int i = 0; i < n; i++)
		memcpy(text + (size_t)i * one, event, one);
	fake_send(&f, text, (size_t)n / 2 * one);
	fake_say(&f, REPLY);
	fake_send(&f, text, (size_t)n / 2 * one);
	fake_until(&f, &f.n_event, n);
	assert_int_equal(f.n_reply, 1);
	assert_in_range(o.most, 1, 600);
	assert_int_equal(f.n_closed, 0);
	event_free(o.ev);
	fake_stop(&f);
}

/* A line without end. */
static void test_over_cap(void **state)
{
	const size_t size = 1 << 20;
	_free_ char *text = malloc(size);
	struct fake f;

	(void)state;
	memset(text, 'x', size);
	start(&f);
	exec(&f);
	fake_say(&f, "{\"return\": \"");
	for (int i = 0; i < 17 && !f.n_closed; i++)
		for (size_t at = 0; at < size && !f.n_closed; at += 65536) {
			send(f.fd, text + at, 65536, MSG_NOSIGNAL | MSG_DONTWAIT);
			fake_turn(&f);
		}
	fake_until(&f, &f.n_closed, 1);
	assert_int_equal(f.closed_err.code, RAS_E_MONITOR);
	assert_int_equal(f.outcome, QMP_UNKNOWN);
	fake_stop(&f);
}

/*
 * Another client holds the socket. This one gets no greeting, and its error says why that may be.
 */
static void test_second_client(void **state)
{
	static const struct monitor_callbacks cb = { fake_on_ready, fake_on_event, fake_on_closed };
	struct fake f, second;
	struct ras_err err;

	(void)state;
	start(&f);
	second = (struct fake){ .base = f.base };
	assert_int_equal(qmp_open(&second.q, f.base, f.path, 50, &cb, &second, &err), 0);
	fake_until(&second, &second.n_closed, 1);
	assert_int_equal(second.closed_err.code, RAS_E_TIMEOUT);
	assert_non_null(strstr(second.closed_err.hint, "another may hold it"));
	qmp_close(second.q);
	exec(&f);
	fake_say(&f, REPLY);
	fake_until(&f, &f.n_reply, 1);
	fake_stop(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_death_in_command),
		cmocka_unit_test(test_short_write),
		cmocka_unit_test(test_death_in_reply),
		cmocka_unit_test(test_byte_by_byte),
		cmocka_unit_test(test_duplicate_reply),
		cmocka_unit_test(test_foreign_ids),
		cmocka_unit_test(test_flood),
		cmocka_unit_test(test_over_cap),
		cmocka_unit_test(test_second_client),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
