// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The source "mcelog": a stand-in server that speaks the captured bytes, whole and cut at every
 * byte, and servers that hang up, stay silent, refuse or talk nonsense; a log that grows, is
 * rotated, cut, forbidden.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "sources/mcelog/private.h"
#include "tests/unit/loop_turn.h"
#include "tests/unit/mcelog_env.h"
#include "tests/unit/needs_root.h"
#include "tests/unit/patience.h"
#include "tests/unit/silent.h"

static char dir[64], path[108];
static struct event_base *base;
static struct conf conf;
static void *self;
static struct ras_event last;
static size_t n_events;
static uint64_t n_errors;

static void on_event(void *arg, const struct ras_event *e)
{
	(void)arg;
	last = *e;
	n_events++;
	n_errors += e->count;
}

static void on_changed(void *arg)
{
	(void)arg;
}

static struct source_status status(void)
{
	struct source_status s;

	mcelog_event_source.status(self, &s);
	return s;
}

static void open_it(const char *socket_path, const char *log_path, const char *position)
{
	struct source_setup to = { .conf = &conf,
				   .position = position,
				   .sink = { .event = on_event, .changed = on_changed } };

	n_events = n_errors = 0;
	conf_defaults(&conf);
	snprintf(conf.sources.mcelog_socket, sizeof(conf.sources.mcelog_socket), "%s", socket_path);
	snprintf(conf.sources.mcelog_log, sizeof(conf.sources.mcelog_log), "%s", log_path);
	to.base = base = event_base_new();
	assert_non_null(base);
	assert_int_equal(mcelog_event_source.open(&self, &to, NULL), 0);
}

static void close_it(void)
{
	mcelog_event_source.close(self);
	self = NULL;
	event_base_free(base);
}

static void make_directory(const char *name)
{
	strcpy(dir, "/tmp/rasd-mcelog-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0755), 0);
	snprintf(path, sizeof(path), "%s/%s", dir, name);
}

static void remove_directory(void)
{
	unlink(path);
	assert_int_equal(rmdir(dir), 0);
}

/* --- the stand-in server: it has one client at a time, as rasd makes one connection --- */

static struct {
	int listening, client;
	const char *answer; /* NULL: silence */
	size_t len, sent, piece;
	bool hangs_up; /* after the answer */
	size_t questions;
} server;

static void server_begin(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	make_directory("mcelog-client");
	strcpy(sa.sun_path, path);
	memset(&server, 0, sizeof(server));
	server.client = -1;
	server.piece = SIZE_MAX;
	server.listening = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_int_equal(bind(server.listening, (const struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(server.listening, 10), 0);
}

static void server_end(void)
{
	close(server.listening);
	if (server.client >= 0)
		close(server.client);
	remove_directory();
}

static void server_says(const char *answer)
{
	server.answer = answer;
	server.len = answer ? strlen(answer) : 0;
}

static void server_turn(void)
{
	char buf[64];
	ssize_t n;

	if (server.client < 0) {
		server.client = accept4(server.listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		server.sent = SIZE_MAX;
		return;
	}
	n = recv(server.client, buf, sizeof(buf), 0);
	if (n == 0) {
		close(server.client);
		server.client = -1;
		return;
	}
	if (n > 0) {
		assert_int_equal(n, 6);
		assert_memory_equal(buf, "pages\n", 6);
		server.questions++;
		server.sent = 0;
	}
	if (!server.answer || server.sent >= server.len)
		return;
	n = (ssize_t)(server.len - server.sent);
	if ((size_t)n > server.piece)
		n = (ssize_t)server.piece;
	n = send(server.client, server.answer + server.sent, (size_t)n, MSG_NOSIGNAL);
	if (n > 0)
		server.sent += (size_t)n;
	if (server.sent == server.len && server.hangs_up)
		shutdown(server.client, SHUT_RDWR);
}

static void turn(void)
{
	loop_turn(base, EVLOOP_NONBLOCK);
	if (server.listening > 0)
		server_turn();
	else
		usleep(1000);
}

static void run_until(enum event_source_state state, const char *why, size_t questions,
		      size_t events)
{
	int64_t end_ns = patience_end_ns();

	while (status().state != state || !strstr(status().why, why) ||
	       server.questions < questions || n_events < events) {
		if (clock_boot_ns() > end_ns)
			fail_msg("%s, not %s: \"%s\", %zu questions, %zu events",
				 event_source_state_name(status().state),
				 event_source_state_name(state), status().why, server.questions,
				 n_events);
		turn();
	}
	if (events != SIZE_MAX)
		assert_int_equal(n_events, events);
}

#define HEAD "Per page corrected memory statistics:\n"

static void test_socket(void **state)
{
	char captured[2048];

	(void)state;
	server_begin();
	mcelog_captured("pages", captured, sizeof(captured));
	server_says(captured);
	open_it(path, "", "");
	run_until(SOURCE_LIVE, "", 3, 0); /* what there was before is no news */
	server_says(HEAD "7777000: total 1 seen \"1 in 24h\" online\n\n"
			 "12345000: total 8 seen \"8 in 24h\" online triggered\n\n"
			 "99999000: total 2 seen \"2 in 24h\" online\n\ndone\n");
	run_until(SOURCE_LIVE, "", 5, 2);
	assert_int_equal(n_errors, 5);
	assert_int_equal(last.where.hpa.v, 0x99999000);
	assert_int_equal(last.count, 2);
	assert_int_equal(last.severity, EVENT_CORRECTED);
	assert_string_equal(last.report, "pages");
	assert_string_equal(last.position, "");
	server_says(HEAD "99999000: total 2 seen \"2 in 24h\" offline\ndone\n");
	run_until(SOURCE_LIVE, "", 7, 3);
	assert_int_equal(last.severity, EVENT_INFO);
	assert_non_null(strstr(last.detail, "out of use"));
	close_it();
	server_end();
}

/* In pieces of every size: nothing is taken twice or left out. */
static void test_pieces(void **state)
{
	char captured[2048];

	(void)state;
	server_begin();
	mcelog_captured("pages", captured, sizeof(captured));
	open_it(path, "", "");
	server_says("done\n");
	run_until(SOURCE_LIVE, "", 1, 0);
	for (size_t piece = 1; piece <= strlen(captured); piece += piece < 30 ? 1 : 13) {
		size_t before = server.questions;

		server_says(captured);
		server.piece = piece;
		run_until(SOURCE_LIVE, "", before + 2, 2);
		assert_int_equal(n_errors, 6);
	}
	assert_int_equal(status().malformed, 0);
	close_it();
	server_end();
}

static void test_refusals(void **state)
{
	(void)state;
	server_begin();
	server_says("permission denied\n");
	server.hangs_up = true;
	open_it(path, "", "");
	run_until(SOURCE_UNREADABLE, "permission denied", 1, 0);
	assert_non_null(strstr(status().mend, "client-user = rasd"));
	assert_non_null(strstr(status().mend, "setfacl -m u:rasd:rw"));
	server.hangs_up = false;
	server_says("mcelog server too busy\n");
	run_until(SOURCE_WAITING, "too many clients", 2, 0);
	server_says("Unknown command\n");
	run_until(SOURCE_ABSENT, "counts no pages", 3, 0);
	server_says("HTTP/1.1 400 Bad Request\n\n\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n"
		    "15\n16\n");
	run_until(SOURCE_WAITING, "no mcelog", 4, 0);
	assert_true(status().malformed > 10);
	server_says(NULL);
	run_until(SOURCE_WAITING, "does not answer", 5, 0);
	server_says(HEAD "1000: total");
	run_until(SOURCE_WAITING, "does not answer", 7, 0);
	server.hangs_up = true;
	run_until(SOURCE_WAITING, "hung up", 9, 0);
	server.hangs_up = false;
	server_says("done\n");
	run_until(SOURCE_LIVE, "", 10, 0);
	close_it();
	server_end();
}

static void test_no_server(void **state)
{
	(void)state;
	server_begin();
	close(server.listening);
	server.listening = -1;
	open_it(path, "", "");
	run_until(SOURCE_WAITING, "refused", 0, 0); /* it has ended and left its socket */
	unlink(path);
	run_until(SOURCE_ABSENT, "not there", 0, 0);
	close_it();
	rmdir(dir);
	open_it("", "", "");
	assert_int_equal(status().state, SOURCE_OFF);
	close_it();
}

static void as_nobody(const char *socket_path, const char *log_path, const char *mend)
{
	int how = -1;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		server.listening = -1;
		if (setgroups(0, NULL) < 0 || setuid(65534) < 0)
			_exit(3);
		open_it(socket_path, log_path, "");
		run_until(SOURCE_UNREADABLE, "Permission denied", 0, 0);
		if (!strstr(status().mend, mend))
			_exit(4);
		close_it();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &how, 0), pid);
	assert_int_equal(how, 0);
}

static void test_forbidden(void **state)
{
	(void)state;
	server_begin();
	assert_int_equal(chmod(path, 0755), 0); /* as mcelog leaves it */
	as_nobody(path, "", "client-user = rasd");
	server_end();
	make_directory("mcelog");
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	as_nobody("", path, "setfacl -m u:rasd:r /tmp/");
	remove_directory();
}

/* --- the log --- */

static void add(const char *text, size_t len)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);

	assert_int_equal(write(fd, text, len), len);
	close(fd);
}

static void test_log(void **state)
{
	char position[EVENT_POSITION_SIZE], old[128], old_end[32];
	size_t len;
	char *text = mcelog_file("mcelog.log", &len);

	(void)state;
	server.listening = -1;
	make_directory("mcelog");
	add(text, len); /* history */
	open_it("", path, "");
	run_until(SOURCE_LIVE, "", 0, 0);
	add(text, len);
	run_until(SOURCE_LIVE, "", 0, 7);
	assert_false(last.when.catch_up);
	assert_int_equal(last.where.hpa.v, 0x7777000);
	/* Rotated: the old one's last bytes, then the new one from its beginning. */
	snprintf(old, sizeof(old), "%s/old", dir);
	assert_int_equal(rename(path, old), 0);
	add(text, len);
	run_until(SOURCE_LIVE, "", 0, 14);
	strcpy(position, last.position);
	/* Cut, and filled again. */
	assert_int_equal(truncate(path, 0), 0);
	run_until(SOURCE_LIVE, "", 0, 14);
	for (unsigned int i = 0; i < 50; i++)
		turn();
	add(text, len);
	run_until(SOURCE_LIVE, "", 0, 21);
	close_it();
	snprintf(old_end, sizeof(old_end), " %zu", len);
	assert_non_null(strstr(position, old_end));

	/* The next life has what came meanwhile. */
	add(text, len);
	open_it("", path, last.position);
	run_until(SOURCE_LIVE, "", 0, 7);
	assert_true(last.when.catch_up);
	close_it();
	/* A position in another file: that file is new. */
	open_it("", path, "1 5");
	run_until(SOURCE_LIVE, "", 0, 14);
	close_it();
	unlink(old);
	remove_directory();
	free(text);
}

/* A record that is written in two pieces is one. */
static void test_slow_writer(void **state)
{
	size_t len, half = 150;
	char *text = mcelog_file("mcelog.log", &len);

	(void)state;
	server.listening = -1;
	make_directory("mcelog");
	open_it("", path, "");
	run_until(SOURCE_WAITING, "No such file", 0, 0);
	add(text, half);
	run_until(SOURCE_LIVE, "", 0, 0);
	add(text + half, len - half);
	run_until(SOURCE_LIVE, "", 0, 7);
	assert_int_equal(status().malformed, 0);
	close_it();
	remove_directory();
	free(text);
}

static void test_no_log(void **state)
{
	(void)state;
	server.listening = -1;
	open_it("", "/nonexistent/mcelog", "");
	run_until(SOURCE_ABSENT, "No such file", 0, 0);
	close_it();
	make_directory("mcelog");
	assert_int_equal(mkfifo(path, 0644), 0);
	open_it("", path, "");
	run_until(SOURCE_UNREADABLE, "no file", 0, 0);
	close_it();
	remove_directory();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_socket),
		cmocka_unit_test(test_pieces),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_no_server),
		cmocka_unit_test_setup(test_forbidden, needs_root),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_slow_writer),
		cmocka_unit_test(test_no_log),
	};

	log_set_sink(silent);
	mcelog_pace = (struct mcelog_pace){
		.poll_ms = 1, .absent_ms = 1, .refused_ms = 1, .reply_ms = 500
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
