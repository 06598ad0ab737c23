// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A QEMU that answers by itself what rasd asks of a new guest, on the test's own loop. Its socket
 * is DIR/NAME.qmp of a qmp-directory. Include after cmocka.
 */
#pragma once

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/process.h"
#include "base/utf8.h"
#include "conf/conf.h"
#include "guests/guest.h"

#include "tests/unit/loop_turn.h"

#define ENV_LIMIT_MS 5000

struct fake_qemu {
	struct event_base *base;
	char path[80];
	int listener, fd;
	struct event *on_accept, *on_read;
	char in[65536];
	size_t in_len;
	bool mute;	   /* it does not greet */
	const char *mtree; /* what "info mtree -f" says */
	const char *ramblock;
	const char *arch, *type;
	int ras; /* the property: 0 off, 1 on, -1 there is none */
	/* It took the record; NULL: it has no command for that. */
	bool (*inject)(json_object *args);
	unsigned int n_asked; /* of x-query-ramblock, by the layout and by the first questions */
	/* The test's own answers, asked first (may be NULL). NULL from it: the answer below. */
	json_object *(*more)(struct fake_qemu *q, const char *command, json_object *args);
};

#define FAKE_MTREE                                    \
	"FlatView #0\n AS \"memory\", root: system\n" \
	" Root memory region: system\n"               \
	"  0000000040000000-000000004fffffff (prio 0, ram): m0\n"
#define FAKE_RAMBLOCK                                  \
	" Block Name PSize Offset Used Total HVA RO\n" \
	"  m0 4 KiB 0x0 0x10000000 0x10000000 0x7f0000000000 rw\n"

static inline void fake_say_text(struct fake_qemu *q, const char *text)
{
	ssize_t n = send(q->fd, text, strlen(text), MSG_NOSIGNAL);

	if (n < 0 && errno == EPIPE)
		return; /* the client has gone, and on_read says so */
	assert_int_equal(n, strlen(text));
}

static inline json_object *fake_named(const char *key, const char *value)
{
	json_object *o = json_object_new_object();

	json_object_object_add(o, key, json_object_new_string(value));
	return o;
}

/* The reply to one command, as QEMU words it. */
static inline json_object *fake_reply(struct fake_qemu *q, const char *command, json_object *args)
{
	const char *line = "", *property = "";
	char text[128];
	unsigned long long gpa;

	if (args)
		json_opt_str(args, "command-line", &line, NULL);
	if (args)
		json_opt_str(args, "property", &property, NULL);
	if (strcmp(command, "query-status") == 0)
		return json_tokener_parse("{\"status\":\"running\",\"running\":true}");
	if (strcmp(command, "query-migrate") == 0)
		return json_object_new_object(); /* no migration */
	if (strcmp(command, "query-version") == 0)
		return json_tokener_parse(
			"{\"qemu\":{\"micro\":3,\"minor\":1,\"major\":11},\"package\":\"\"}");
	if (strcmp(command, "query-target") == 0) {
		snprintf(text, sizeof(text), "{\"arch\":\"%s\"}", q->arch);
		return json_tokener_parse(text);
	}
	/* Several of them are one process: each says its own name, as it is that of its socket. */
	if (strcmp(command, "query-name") == 0) {
		const char *slash = strrchr(q->path, '/');

		utf8_copy(text, sizeof(text), slash ? slash + 1 : "",
			  slash ? strlen(slash) - 5 : 0);
		return fake_named("name", text);
	}
	if (strcmp(command, "query-commands") == 0)
		return json_tokener_parse("[{\"name\":\"inject-ghes-v2-error\"}]");
	if (strcmp(command, "query-cpus-fast") == 0)
		return json_tokener_parse("[{\"thread-id\":1}]");
	if (strcmp(command, "inject-ghes-v2-error") == 0)
		return q->inject && q->inject(args) ? json_object_new_object() : NULL;
	if (strcmp(property, "ras") == 0)
		return q->ras < 0 ? NULL : json_object_new_boolean(q->ras);
	if (strcmp(property, "type") == 0)
		return json_object_new_string(q->type);
	if (strcmp(command, "query-memdev") == 0)
		return json_tokener_parse("[{\"id\":\"m0\"}]");
	if (strcmp(command, "x-query-ramblock") == 0) {
		json_object *o = json_object_new_object();

		q->n_asked++;
		json_object_object_add(o, "human-readable-text",
				       json_object_new_string(q->ramblock));
		return o;
	}
	if (strcmp(line, "info mtree -f") == 0)
		return json_object_new_string(q->mtree);
	if (sscanf(line, "gpa2hva 0x%llx", &gpa) == 1) {
		snprintf(text, sizeof(text), "Host virtual address for 0x%llx (m0) is 0x%llx\r\n",
			 gpa, gpa - 0x40000000ull + 0x7f0000000000ull);
		return json_object_new_string(text);
	}
	return NULL;
}

static inline void fake_answer(struct fake_qemu *q, const char *line, size_t len)
{
	_json_ json_object *msg = NULL, *out = json_object_new_object();
	json_object *args = NULL, *ret, *id;
	const char *command;
	struct ras_err err;
	char text[4096];

	assert_int_equal(json_parse(line, len, &msg, &err), 0);
	assert_int_equal(json_get_str(msg, "execute", &command, &err), 0);
	json_get_obj(msg, "arguments", &args, NULL);
	assert_true(json_object_object_get_ex(msg, "id", &id));
	ret = strcmp(command, "qmp_capabilities") == 0 ? json_object_new_object() :
	      q->more				       ? q->more(q, command, args) :
							 NULL;
	if (!ret)
		ret = fake_reply(q, command, args);
	if (ret)
		json_object_object_add(out, "return", ret);
	else
		json_object_object_add(out, "error",
				       json_tokener_parse("{\"class\":\"GenericError\","
							  "\"desc\":\"no\"}"));
	json_object_object_add(out, "id", json_object_get(id));
	snprintf(text, sizeof(text), "%s\r\n",
		 json_object_to_json_string_ext(out, JSON_C_TO_STRING_PLAIN));
	fake_say_text(q, text);
}

static inline void fake_hang_up(struct fake_qemu *q)
{
	if (q->on_read)
		event_free(q->on_read);
	if (q->fd >= 0)
		close(q->fd);
	q->on_read = NULL;
	q->fd = -1;
	q->in_len = 0;
}

static inline void fake_on_read(evutil_socket_t fd, short what, void *arg)
{
	struct fake_qemu *q = arg;
	ssize_t n = recv((int)fd, q->in + q->in_len, sizeof(q->in) - q->in_len, MSG_DONTWAIT);
	char *nl;

	(void)what;
	if (n <= 0) {
		fake_hang_up(q);
		return;
	}
	q->in_len += (size_t)n;
	while ((nl = memchr(q->in, '\n', q->in_len))) {
		size_t len = (size_t)(nl - q->in);

		fake_answer(q, q->in, len);
		q->in_len -= len + 1;
		memmove(q->in, nl + 1, q->in_len);
	}
}

static inline void fake_greet(struct fake_qemu *q)
{
	fake_say_text(q, "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 3, \"minor\": 1, "
			 "\"major\": 11}}, \"capabilities\": []}}\r\n");
}

static inline void fake_on_accept(evutil_socket_t fd, short what, void *arg)
{
	struct fake_qemu *q = arg;
	int client = accept4((int)fd, NULL, NULL, SOCK_CLOEXEC);

	(void)what;
	fake_hang_up(q);
	q->fd = client;
	q->on_read = event_new(q->base, client, EV_READ | EV_PERSIST, fake_on_read, q);
	event_add(q->on_read, NULL);
	if (!q->mute)
		fake_greet(q);
}

/* It listens at q->path. */
static inline void fake_qemu_listen(struct fake_qemu *q)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", q->path);
	q->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(q->listener, (struct sockaddr *)&sa, sizeof(sa)), 0);
	/* One that only its owner may use is no monitor of rasd's. */
	assert_int_equal(chmod(q->path, 0660), 0);
	assert_int_equal(listen(q->listener, 4), 0);
	q->on_accept = event_new(q->base, q->listener, EV_READ | EV_PERSIST, fake_on_accept, q);
	event_add(q->on_accept, NULL);
}

/* An arm64 guest, virt with ras=on, that listens nowhere yet. */
static inline void fake_qemu_init(struct fake_qemu *q, struct event_base *base)
{
	*q = (struct fake_qemu){ .base = base,
				 .fd = -1,
				 .mtree = FAKE_MTREE,
				 .ramblock = FAKE_RAMBLOCK,
				 .arch = "aarch64",
				 .type = "virt-11.1-machine",
				 .ras = 1 };
}

/* dir, a template of mkdtemp(), becomes the only qmp-directory of conf; there is no libvirt. */
static inline void env_directory(struct conf *conf, char *dir)
{
	assert_non_null(mkdtemp(dir));
	conf_defaults(conf);
	conf->libvirt_uri[0] = '\0';
	conf->n_qmp_directories = 1;
	snprintf(conf->qmp_directory[0], sizeof(conf->qmp_directory[0]), "%s", dir);
}

/* The socket appears. */
static inline void fake_qemu_start(struct fake_qemu *q, struct event_base *base, const char *dir,
				   const char *name)
{
	char shown[80];

	fake_qemu_init(q, base);
	snprintf(q->path, sizeof(q->path), "%s/%s.hidden", dir, name);
	fake_qemu_listen(q);
	snprintf(shown, sizeof(shown), "%s/%s.qmp", dir, name);
	assert_int_equal(rename(q->path, shown), 0);
	memcpy(q->path, shown, sizeof(q->path));
}

static inline void fake_qemu_stop(struct fake_qemu *q)
{
	fake_hang_up(q);
	event_free(q->on_accept);
	close(q->listener);
	unlink(q->path);
}

/* Turn the loop until *flag reaches want; fails the test after ENV_LIMIT_MS. */
static inline void env_until(struct event_base *base, const int *flag, int want)
{
	int64_t end = clock_boot_ns() + ENV_LIMIT_MS * INT64_C(1000000);

	while (*flag < want && clock_boot_ns() < end) {
		loop_turn(base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		if (*flag < want)
			usleep(200);
	}
	assert_int_equal(*flag, want);
}
