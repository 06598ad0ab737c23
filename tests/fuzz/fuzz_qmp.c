// SPDX-License-Identifier: LGPL-2.1-or-later
/* The input plays the monitor and chooses the commands: each must get exactly one answer. */
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "qmp/cmds.h"
#include "qmp/qmp.h"

static struct event_base *base;
static int listener;
static char dir[] = "/tmp/fuzz-qmp.XXXXXX", path[64];

struct state {
	struct qmp *q;
	int n_asked, n_answered, n_ready, n_closed;
	bool over;     /* this test closed it: no callback may come */
	bool close_at; /* an event of that kind */
};

static void check(bool ok)
{
	if (!ok)
		abort();
}

static void on_reply(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct state *s = arg;
	enum run_state rs;
	const char *text;
	size_t len;
	pid_t tid;
	int version;

	check(!s->over && (o == QMP_OK) == (ret != NULL) && (o != QMP_OK) == (err != NULL));
	s->n_answered++;
	if (o != QMP_OK)
		return;
	qmp_parse_status(ret, &rs, NULL);
	qmp_parse_version(ret, &version, NULL);
	qmp_parse_cpus(ret, &tid, NULL);
	qmp_parse_name(ret, &text, NULL);
	qmp_commands_have(ret, "query-name");
	if (qmp_parse_text(ret, &text, &len, NULL) == 0)
		check(strlen(text) <= len);
}

static void on_ready(void *arg)
{
	struct state *s = arg;

	check(!s->over && s->n_ready++ == 0);
}

static void on_event(void *arg, const char *name, json_object *data)
{
	struct state *s = arg;

	(void)data;
	check(!s->over && s->n_ready == 1 && !s->n_closed);
	if (s->close_at && name[0] == 'C') {
		qmp_close(s->q);
		s->q = NULL;
		s->over = true;
	}
}

static void on_closed(void *arg, const struct ras_err *err)
{
	struct state *s = arg;

	check(!s->over && err->code != 0 && s->n_closed++ == 0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void silent(int level, const char *line)
{
	(void)level, (void)line;
}

static void clean(void)
{
	unlink(path);
	rmdir(dir);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	(void)argc, (void)argv;
	log_set_sink(silent);
	check(mkdtemp(dir) != NULL);
	atexit(clean);
	snprintf(path, sizeof(path), "%s/q", dir);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	check(bind(listener, (const struct sockaddr *)&sa, sizeof(sa)) == 0 &&
	      listen(listener, 1) == 0);
	base = event_base_new();
	return 0;
}

static void say(int fd, const void *text, size_t len)
{
	send(fd, text, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void turn(void)
{
	for (int i = 0; i < 3; i++)
		event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

/* What the input says that server and client do. */
static void play(struct state *s, int fd, const uint8_t *data, size_t size)
{
	static char filler[5000];
	struct ras_err err;
	char text[160];

	memset(filler, 'x', sizeof(filler));
	for (size_t i = 1; i < size;) {
		uint8_t op = data[i++];
		size_t len = op >> 2;

		switch (op == 0xfe || op == 0xfa ? 4 : op & 3) {
		case 0:
			if (len > size - i)
				len = size - i;
			say(fd, data + i, len);
			i += len;
			break;
		case 1:
			if (s->q && (len & 3) == 3 ?
				    qmp_cmd_info_mtree(qmp_monitor(s->q), on_reply, s, &err) == 0 :
			    s->q && (len & 3) == 2 ?
				    qmp_cmd_query_ramblock(qmp_monitor(s->q), on_reply, s, &err) ==
					    0 :
				    s->q && qmp_exec(s->q, "query-name", NULL, len == 1 ? 1 : 0,
						     on_reply, s, &err) == 0)
				s->n_asked++;
			break;
		case 2:
			snprintf(text, sizeof(text),
				 "{\"return\":{\"status\":\"running\"},\"id\":%zu}%s", len,
				 i < size && data[i] & 1 ? "\n" : "");
			say(fd, text, strlen(text));
			break;
		case 4: /* the beginning of a long text, or more of it */
			say(fd, len & 1 ? "{\"return\": \"" : "", len & 1 ? 12 : 0);
			say(fd, filler, sizeof(filler));
			break;
		default:
			if (len == 63)
				shutdown(fd, SHUT_RDWR);
			turn();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct monitor_callbacks cb = { on_ready, on_event, on_closed };
	static const char hello[] = "{\"QMP\":{}}\n{\"return\":{},\"id\":1}\n";
	struct state s = { 0 };
	struct ras_err err;
	int fd;

	if (size < 2)
		return 0;
	check(qmp_open(&s.q, base, path, 60000, &cb, &s, &err) == 0);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	check(fd >= 0);
	s.close_at = data[0] & 2;
	if (data[0] & 1) {
		say(fd, hello, 11); /* no reply may come before the command was sent */
		turn();
		say(fd, hello + 11, sizeof(hello) - 12);
		turn();
	}
	play(&s, fd, data, size);
	turn();
	check(s.n_answered <= s.n_asked);
	qmp_close(s.q);
	s.over = true;
	check(s.n_answered == s.n_asked);
	turn();
	close(fd);
	return 0;
}
