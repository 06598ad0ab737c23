// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * All rooms of rasd in one process and on one loop, the real rasd-pagemap, and a process that plays
 * QEMU and its guest's OS: it answers the monitor, writes records into its status block, and
 * acknowledges them. Requests are JSON-RPC on the control socket. Needs root.
 */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "backend/backend.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "base/num.h"
#include "control/reload.h"
#include "control/server_private.h"
#include "daemon.h"
#include "tests/unit/loop_turn.h"
#include "forward/forward.h"
#include "inject/inject.h"
#include "journal/journal.h"
#include "tests/unit/guest_env.h"
#include "tests/unit/helper_env.h"
#include "translate/translate.h"

#define LIVE_READ_ACK 0x18
#define LIVE_BLOCK 0x1000

/* How the played guest takes a record. Shared with its process. */
enum live_os { OS_ACKS, OS_SLEEPS, OS_REFUSES, OS_HANGS_UP };

struct live_shared {
	enum live_os os;
	unsigned int n_injected;
	const char *status; /* what query-status says; NULL: running */
};

static struct daemon live;
static struct server *live_server;
static struct live_shared *live_os;
static char live_socket[96];
static bool live_may_end;
/* What rasd's configuration has, and the helper's not. */
static void (*live_change)(struct conf *c);
static int live_fd = -1, live_say_fd[2]; /* the pipe to what plays QEMU */

static inline json_object *live_inject(struct fake_qemu *q, json_object *args)
{
	const char *cper = "";
	uint8_t rec[BLOCK] = { 0 };
	size_t len;

	if (live_os->os == OS_REFUSES)
		return NULL;
	json_get_str(args, "cper", &cper, NULL);
	if (b64_decode(cper, strlen(cper), rec, sizeof(rec), &len) < 0 || len < 20)
		_exit(3);
	live_os->n_injected++;
	memset(ram + LIVE_READ_ACK, 0, 8);
	memcpy(ram + LIVE_BLOCK, rec, sizeof(rec));
	if (live_os->os == OS_HANGS_UP)
		shutdown(q->fd, SHUT_RDWR);
	if (live_os->os == OS_ACKS) {
		memset(ram + LIVE_BLOCK, 0, 4);
		ram[LIVE_READ_ACK] = 1;
	}
	return json_object_new_object();
}

static inline json_object *live_more(struct fake_qemu *q, const char *command, json_object *args)
{
	const char *line = "";
	char text[128];
	unsigned long long gpa;

	if (strcmp(command, "inject-ghes-v2-error") == 0)
		return live_inject(q, args);
	if (strcmp(command, "query-migrate") == 0)
		return json_object_new_object();
	if (strcmp(command, "query-status") == 0 && live_os->status)
		return json_tokener_parse(live_os->status);
	if (strcmp(command, "query-commands") == 0)
		return json_tokener_parse(
			"[{\"name\":\"query-migrate\"},{\"name\":\"inject-ghes-v2-error\"}]");
	if (args)
		json_opt_str(args, "command-line", &line, NULL);
	if (sscanf(line, "gpa2hva 0x%llx", &gpa) != 1)
		return NULL;
	snprintf(text, sizeof(text), "Host virtual address for 0x%llx (m0) is %p\r\n", gpa,
		 (void *)(ram + (gpa - GPA)));
	return json_object_new_string(text);
}

/* The test says something as QEMU. */
static inline void live_on_say(evutil_socket_t fd, short what, void *arg)
{
	char text[4096];
	ssize_t n = read((int)fd, text, sizeof(text) - 1);

	(void)what;
	if (n <= 0)
		_exit(0);
	text[n] = '\0';
	fake_say_text(arg, text);
}

static inline _Noreturn void live_qemu(int ready)
{
	struct event_base *own = event_base_new();
	char blocks[256];
	struct fake_qemu q;

	fake_qemu_init(&q, own);
	q.ramblock = blocks;
	q.more = live_more;
	snprintf(blocks, sizeof(blocks),
		 " Block Name PSize Offset Used Total HVA RO\n"
		 "  m0 4 KiB 0x0 0x%llx 0x%llx 0x%llx rw\n",
		 (unsigned long long)RAM_BYTES, (unsigned long long)RAM_BYTES,
		 (unsigned long long)(uintptr_t)ram);
	for (volatile uint8_t *p = ram; p < ram + RAM_BYTES; p += 4096)
		(void)*p;
	/* rasd-pagemap wants the socket under the name that it was bound to. */
	snprintf(q.path, sizeof(q.path), "%s/vm1.qmp", dir);
	fake_qemu_listen(&q);
	q.mtree = "FlatView #0\n AS \"memory\", root: system\n"
		  " Root memory region: system\n"
		  "  0000000040000000-0000000043ffffff (prio 0, ram): m0\n";
	event_add(event_new(own, live_say_fd[0], EV_READ | EV_PERSIST, live_on_say, &q), NULL);
	if (setresgid(UID, UID, UID) < 0 || setresuid(UID, UID, UID) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || write(ready, "", 1) != 1)
		_exit(1);
	event_base_dispatch(own);
	_exit(2);
}

static inline void live_start_qemu(void)
{
	int p[2];
	char c;

	memset(ram + LIVE_BLOCK, 0, BLOCK);
	assert_int_equal(pipe2(live_say_fd, O_CLOEXEC), 0);
	assert_int_equal(pipe2(p, O_CLOEXEC), 0);
	qemu = fork();
	assert_true(qemu >= 0);
	if (qemu == 0) {
		setenv("CMOCKA_TEST_ABORT", "1", 1); /* no failed check goes on as the test */
		live_qemu(p[1]);
	}
	close(p[1]);
	assert_int_equal(read(p[0], &c, 1), 1);
	close(p[0]);
}

static inline int live_listen(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	snprintf(live_socket, sizeof(live_socket), "%s/rasd.sock", dir);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", live_socket);
	assert_int_equal(bind(fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static inline void live_connect(void)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", live_socket);
	live_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(live_fd, (struct sockaddr *)&sa, sizeof(sa)), 0);
	while (!live_server->conns)
		loop_turn(base, EVLOOP_ONCE);
}

static inline void live_no_log(int level, const char *line)
{
	(void)level;
	if (getenv("LIVE_LOG"))
		fprintf(stderr, "%s\n", line);
}

/* A room cannot go on: the test must expect that. */
static inline void live_fatal(void *arg, const struct ras_err *why)
{
	(void)arg;
	if (!live_may_end)
		fail_msg("%s", why->text);
	live.failed = *why;
}

/* What daemon/rasd.c does. */
static inline void live_rooms(void)
{
	const struct journal_options o = { .keep = { 90, 1000 }, .on_fatal = live_fatal };
	struct ras_err err = RAS_ERR_NULL;
	size_t n = 0;

	live = (struct daemon){ .base = base, .started_boot_ns = clock_boot_ns() };
	assert_int_equal(conf_load(conf_path, &live.conf, &err), 0);
	snprintf(live.conf.state_directory, sizeof(live.conf.state_directory), "%s/state", dir);
	mkdir(live.conf.state_directory, 0700);
	start_helper();
	if (live_change)
		live_change(&live.conf);
	if (journal_open(&live.journal, base, live.conf.state_directory, &o, &n, &err) < 0 ||
	    guests_new(&live.guests, base, &live.conf, &err) < 0 ||
	    backends_new(&live.backends, base, live.guests, client, &err) < 0 ||
	    translator_new(&live.translator, base, live.guests, client, &err) < 0 ||
	    injector_new(&live.injector, base, &live.conf, live.guests, live.journal, live.backends,
			 &err) < 0 ||
	    forward_new(&live.forward, live.guests, live.translator, live.injector, &err) < 0 ||
	    server_new(&live_server, base, &(struct listeners){ live_listen(), -1 }, &live.conf,
		       &live, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(reload_new(&live.reload, &live, live_server, conf_path, &err), 0);
}

static inline int live_setup(void **state)
{
	FILE *f;

	if (setup(state) < 0)
		return -1;
	f = fopen(conf_path, "ae");
	assert_non_null(f);
	fprintf(f, "libvirt-uri = none\n[domain vm1]\ntarget-max-severity = recoverable\n");
	assert_int_equal(fclose(f), 0);
	log_set_sink(live_no_log);
	live_os = mmap(NULL, sizeof(*live_os), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	assert_true(live_os != MAP_FAILED);
	live_start_qemu();
	live_rooms();
	live_connect();
	return 0;
}

/* rasd ends, and rasd-pagemap with it; the guest and the journal stay. */
static inline void live_rooms_end(void)
{
	close(live_fd);
	reload_free(live.reload);
	server_free(live_server);
	live_server = NULL;
	/* Who waits for rasd-pagemap gets an answer before it is freed. */
	shutdown(helper_socket, SHUT_RDWR);
	while (helper_client_alive(client))
		loop_turn(base, EVLOOP_ONCE);
	injector_free(live.injector);
	backends_free(live.backends);
	guests_free(live.guests);
	translator_free(live.translator);
	forward_free(live.forward);
	helper_client_free(TAKE(client));
	journal_close(live.journal);
	end_helper();
	unlink(live_socket);
}

static inline int live_teardown(void **state)
{
	static const char *const end[] = { "", "-wal", "-shm" };
	char path[256];

	live_rooms_end();
	close(live_say_fd[0]);
	close(live_say_fd[1]);
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/state/journal.db%s", dir, end[i]);
		unlink(path);
	}
	snprintf(path, sizeof(path), "%s/state/journal.lock", dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/state", dir);
	rmdir(path);
	munmap(live_os, sizeof(*live_os));
	return teardown(state);
}

/* The answer to one line; "" where the connection was closed instead. Borrowed, until the next. */
static inline const char *live_ask_line(const char *line)
{
	static char text[1 << 20];
	int64_t end = patience_end_ns();
	size_t n = 0;
	ssize_t r = -1;

	assert_int_equal(write(live_fd, line, strlen(line)), (ssize_t)strlen(line));
	while (r != 0 && clock_boot_ns() < end && (!n || text[n - 1] != '\n')) {
		loop_turn(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		r = read(live_fd, text + n, sizeof(text) - 1 - n);
		if (r > 0)
			n += (size_t)r;
		else
			usleep(50);
	}
	text[n] = '\0';
	return text;
}

/* method, params as in JSON with ' for ". */
static inline const char *live_line(const char *method, const char *params)
{
	static char line[16384];
	int n = snprintf(line, sizeof(line),
			 "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":%s}\n", method,
			 params);

	assert_true(n > 0 && (size_t)n < sizeof(line));
	for (char *p = strstr(line, "\"params\""); p && *p; p++)
		if (*p == '\'')
			*p = '"';
	return line;
}

/* The whole answer. */
static inline const char *live_ask(const char *method, const char *params)
{
	return live_ask_line(live_line(method, params));
}

/* Nobody waits for the answer. */
static inline void live_send(const char *method, const char *params)
{
	const char *line = live_line(method, params);

	assert_int_equal(write(live_fd, line, strlen(line)), (ssize_t)strlen(line));
}

/* The answer must contain the words want (' for "). */
static inline const char *live_expect(const char *method, const char *params, const char *want)
{
	const char *got_text = live_ask(method, params);
	char text[512];

	snprintf(text, sizeof(text), "%s", want);
	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	if (!strstr(got_text, text))
		fail_msg("%s %s -> %s, wanted %s", method, params, got_text, want);
	return got_text;
}

/* As live_expect(), asked again until it is so. */
static inline void live_until(const char *method, const char *params, const char *want)
{
	int64_t end = patience_end_ns();
	char text[512];

	snprintf(text, sizeof(text), "%s", want);
	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	while (!strstr(live_ask(method, params), text) && clock_boot_ns() < end)
		usleep(1000);
	live_expect(method, params, want);
}

/* QEMU sends this text of its own accord. */
static inline void live_say(const char *text)
{
	assert_int_equal(write(live_say_fd[1], text, strlen(text)), (ssize_t)strlen(text));
}

/* --- a record that is in the block --- */

#define RECORD(id) "{'request_id':'" id "','domain':'vm1','gpa':'0x40100000'}"
#define LIVE_AT ",\"timestamp\":{\"seconds\":1,\"microseconds\":1}}\r\n"

static inline void written(const char *id)
{
	char params[128];

	snprintf(params, sizeof(params), "{'request_id':'%s','domain':'vm1','gpa':'0x40100000'}",
		 id);
	live_until("injection.create", params, "'state':'written'");
}

static inline void guest_acknowledges(void)
{
	memset(ram + LIVE_BLOCK, 0, 4);
	ram[LIVE_READ_ACK] = 1;
}
