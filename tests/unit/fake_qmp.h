// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A QMP server that a test drives by hand, in the test's own thread and loop. Include after cmocka.
 */
#pragma once

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "qmp/qmp.h"
#include "tests/unit/loop_turn.h"
#include "tests/unit/patience.h"

#define GREETING                                                                            \
	"{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 3, \"minor\": 1, \"major\": 11}}, " \
	"\"capabilities\": [\"oob\"]}}\r\n"

struct fake {
	struct event_base *base;
	struct qmp *q;
	char dir[32], path[64];
	int listener, fd;
	char in[8192]; /* read from the client, not used yet */
	size_t in_len;
	/* What the callbacks got. */
	int n_ready, n_event, n_closed, n_reply;
	char event_name[64];
	struct ras_err closed_err, reply_err;
	enum qmp_outcome outcome;
	size_t ret_len; /* characters of the return value */
};

/* Run the loop until *flag is want. Fails the test after PATIENCE_MS. */
static inline void fake_until(struct fake *f, const int *flag, int want)
{
	int64_t end = patience_end_ns();

	while (*flag < want && clock_boot_ns() < end) {
		loop_turn(f->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		if (*flag < want)
			usleep(100);
	}
	assert_int_equal(*flag, want);
}

/* Run the loop a few times, enough for everything that is due now. */
static inline void fake_turn(struct fake *f)
{
	for (int i = 0; i < 4; i++)
		loop_turn(f->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
}

static inline void fake_send(struct fake *f, const char *data, size_t len)
{
	while (len) {
		ssize_t n = send(f->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n > 0) {
			data += n;
			len -= (size_t)n;
		} else {
			assert_int_equal(errno, EAGAIN);
		}
		fake_turn(f);
	}
}

static inline void fake_say(struct fake *f, const char *text)
{
	fake_send(f, text, strlen(text));
}

/* The next line from the client, parsed. The caller puts it. */
static inline json_object *fake_hear(struct fake *f)
{
	int64_t end = patience_end_ns();
	char *nl;

	while (!(nl = memchr(f->in, '\n', f->in_len)) && clock_boot_ns() < end) {
		fake_turn(f);
		ssize_t n = recv(f->fd, f->in + f->in_len, sizeof(f->in) - f->in_len, MSG_DONTWAIT);
		if (n > 0)
			f->in_len += (size_t)n;
		else
			usleep(100);
	}
	assert_non_null(nl);
	json_object *o = NULL;
	struct ras_err err;
	assert_int_equal(json_parse(f->in, (size_t)(nl - f->in), &o, &err), 0);
	f->in_len -= (size_t)(nl + 1 - f->in);
	memmove(f->in, nl + 1, f->in_len);
	return o;
}

static inline void fake_on_ready(void *arg)
{
	((struct fake *)arg)->n_ready++;
}

static inline void fake_on_event(void *arg, const char *name, json_object *data)
{
	struct fake *f = arg;

	(void)data;
	f->n_event++;
	snprintf(f->event_name, sizeof(f->event_name), "%s", name);
}

static inline void fake_on_closed(void *arg, const struct ras_err *err)
{
	struct fake *f = arg;

	f->n_closed++;
	f->closed_err = *err;
}

static inline void fake_on_reply(void *arg, enum qmp_outcome outcome, json_object *ret,
				 const struct ras_err *err)
{
	struct fake *f = arg;

	assert_int_equal(outcome == QMP_OK, ret != NULL);
	assert_int_equal(outcome != QMP_OK, err != NULL);
	f->n_reply++;
	f->outcome = outcome;
	if (err)
		f->reply_err = *err;
	if (ret)
		f->ret_len = strlen(json_object_to_json_string_ext(ret, JSON_C_TO_STRING_PLAIN));
}

static inline void fake_listen(struct fake *f)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	*f = (struct fake){ .listener = -1, .fd = -1, .dir = "/tmp/rasd-qmp-XXXXXX" };
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/q", f->dir);
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", f->path);
	f->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(f->listener, (const struct sockaddr *)&sa, sizeof(sa)), 0);
	assert_int_equal(listen(f->listener, 4), 0);
	f->base = event_base_new();
	assert_non_null(f->base);
}

/* Connect a client. No greeting yet. */
static inline void fake_connect(struct fake *f, int greeting_ms, const struct monitor_callbacks *cb)
{
	static const struct monitor_callbacks plain = { fake_on_ready, fake_on_event,
							fake_on_closed };
	struct ras_err err;

	assert_int_equal(qmp_open(&f->q, f->base, f->path, greeting_ms, cb ? cb : &plain, f, &err),
			 0);
	f->fd = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(f->fd >= 0);
}

/* Greet and answer qmp_capabilities. */
static inline void fake_ready(struct fake *f)
{
	fake_say(f, GREETING);
	json_object_put(fake_hear(f));
	fake_say(f, "{\"return\": {}, \"id\": 1}\r\n");
	fake_until(f, &f->n_ready, 1);
}

static inline void fake_start(struct fake *f)
{
	fake_listen(f);
	fake_connect(f, 2000, NULL);
	fake_ready(f);
}

static inline void fake_stop(struct fake *f)
{
	qmp_close(f->q);
	if (f->fd >= 0)
		close(f->fd);
	close(f->listener);
	unlink(f->path);
	rmdir(f->dir);
	event_base_free(f->base);
}
