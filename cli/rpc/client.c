// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The client side of rasd's protocol: one JSON text a line over a unix stream socket. Calls block,
 * but every wait is a poll(2) with a deadline. So a stopped daemon costs a timeout and never a hung
 * terminal. Answers may come in any order and are matched by id.
 */
#include "cli/rpc/client.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/read_only.h"
#include "json/json.h"

#define MAX_REPLY ((size_t)16 << 20)
#define MAX_VALUES ((size_t)1 << 19) /* 4096 guests have half of that; an object takes 780 bytes */

struct client {
	int fd;
	uint64_t last_id;
	struct buf in;
};

static volatile sig_atomic_t interrupted;
static int64_t answer_timeout_ms = 10000;

void client_set_timeout(int64_t ms)
{
	answer_timeout_ms = ms;
}

int64_t client_timeout_ms(void)
{
	return answer_timeout_ms;
}

static void on_interrupt(int sig)
{
	(void)sig;
	interrupted = 1;
}

void client_catch_interrupt(void)
{
	struct sigaction sa = { .sa_handler = on_interrupt };

	/* The first Ctrl-C ends the wait, the second one kills the process. */
	sa.sa_flags = (int)SA_RESETHAND;
	sigaction(SIGINT, &sa, NULL);
}

static int lost(struct ras_err *err, const char *what)
{
	ras_fail(err, RAS_E_GONE, "%s", what);
	ras_hint(err, "see 'systemctl status rasd'; when it runs again, 'rasctl log' shows what it "
		      "has done");
	return ras_field(err, "socket");
}

/* A connection to path; -1 with errno. */
static int dial(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	return fd >= 0 && connect(fd, (struct sockaddr *)&sa, sizeof(sa)) == 0 ? TAKE_FD(fd) : -1;
}

/*
 * Who may not open the control socket may still ask what a viewer may ask, at the read-only socket
 * beside it. rasd refuses the rest, and says which group may. errno is that of the control socket.
 */
static int dial_one(const char *path)
{
	char read_only[sizeof(((struct sockaddr_un *)0)->sun_path)];
	int fd = dial(path), why = errno;

	if (fd < 0 && (why == EACCES || why == EPERM) &&
	    read_only_path(path, read_only, sizeof(read_only)))
		fd = dial(read_only);
	errno = why;
	return fd;
}

int client_open(struct client **out, const char *path, struct ras_err *err)
{
	_close_ int fd = -1;
	struct client *c;

	if (strlen(path) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return ras_fail(err, RAS_E_PARAMS, "the socket path is too long: %.120s", path);
	fd = dial_one(path);
	if (fd < 0) {
		if (errno == EACCES || errno == EPERM) {
			ras_fail(err, RAS_E_PERMISSION, "no permission to talk to rasd at %.120s",
				 path);
			ras_hint(err,
				 "ask for membership in the group that owns the socket, or use "
				 "sudo");
		} else {
			ras_fail(err, RAS_E_GONE, "cannot reach rasd at %.120s: %m", path);
			ras_hint(err,
				 "start it (systemctl start rasd; journalctl -u rasd says why it "
				 "ended), or name its socket with --socket or RASD_SOCKET");
		}
		return ras_field(err, "socket");
	}
	c = calloc(1, sizeof(*c));
	if (!c)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	c->fd = TAKE_FD(fd);
	c->in = BUF_INIT(MAX_REPLY);
	*out = c;
	return 0;
}

void client_close(struct client *c)
{
	if (!c)
		return;
	close(c->fd);
	buf_free(&c->in);
	free(c);
}

/* Wait until the socket is ready for events, or until the deadline (boot clock). */
static int wait_ready(struct client *c, short events, int64_t deadline_ns, struct ras_err *err)
{
	for (;;) {
		int64_t left_ms = (deadline_ns - clock_boot_ns() + 999999) / 1000000;
		struct pollfd p = { .fd = c->fd, .events = events };
		int n;

		if (interrupted)
			return ras_fail(err, RAS_E_INTERNAL, "interrupted while waiting");
		if (left_ms <= 0) {
			ras_fail(err, RAS_E_TIMEOUT, "rasd did not answer in time");
			return ras_hint(err,
					"rasd may be stopped or overloaded: journalctl -u rasd");
		}
		n = poll(&p, 1, left_ms > 60000 ? 60000 : (int)left_ms);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return ras_fail(err, RAS_E_IO, "poll: %m");
	}
}

int client_pause(int64_t ms, struct ras_err *err)
{
	int64_t end_ns = clock_boot_ns() + ms * 1000000, left_ns;

	while (!interrupted && (left_ns = end_ns - clock_boot_ns()) > 0)
		poll(NULL, 0,
		     left_ns > INT64_C(60000000000) ? 60000 : (int)(left_ns / 1000000) + 1);
	return interrupted ? ras_fail(err, RAS_E_INTERNAL, "interrupted while waiting") : 0;
}

static int send_all(struct client *c, const char *data, size_t len, struct ras_err *err)
{
	int64_t deadline = clock_boot_ns() + answer_timeout_ms * 1000000LL;

	while (len) {
		ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		int ret;

		if (n > 0) {
			data += n;
			len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return lost(err, "rasd closed the connection");
		ret = wait_ready(c, POLLOUT, deadline, err);
		if (ret)
			return ret;
	}
	return 0;
}

int client_send(struct client *c, const char *method, json_object *params, uint64_t *id,
		struct ras_err *err)
{
	_json_ json_object *msg = json_object_new_object();
	const char *text;
	size_t len;
	int ret;

	json_object_object_add(msg, "jsonrpc", json_object_new_string("2.0"));
	json_object_object_add(msg, "id", json_object_new_uint64(++c->last_id));
	json_object_object_add(msg, "method", json_object_new_string(method));
	if (params)
		json_object_object_add(msg, "params", json_object_get(params));
	text = json_object_to_json_string_length(
		msg, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &len);
	ret = send_all(c, text, len, err);
	if (ret == 0)
		ret = send_all(c, "\n", 1, err);
	if (ret == 0)
		*id = c->last_id;
	return ret;
}

/* One line without its newline. *line is owned by c->in and valid until it is dropped. */
static int read_line(struct client *c, int64_t deadline, const char **line, size_t *len,
		     struct ras_err *err)
{
	size_t seen = 0;

	for (;;) {
		const char *data = buf_data(&c->in);
		const char *end = NULL;
		char *room;
		ssize_t n;
		int ret;

		if (data && buf_len(&c->in) > seen)
			end = memchr(data + seen, '\n', buf_len(&c->in) - seen);
		if (end) {
			*line = data;
			*len = (size_t)(end - data);
			return 0;
		}
		seen = buf_len(&c->in);
		ret = wait_ready(c, POLLIN, deadline, err);
		if (ret)
			return ret;
		room = buf_reserve(&c->in, 16384);
		if (!room)
			return ras_fail(err, RAS_E_IO, "the answer of rasd is too large");
		n = recv(c->fd, room, 16384, MSG_DONTWAIT);
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return lost(err, "rasd closed the connection");
		if (n > 0)
			buf_commit(&c->in, (size_t)n);
	}
}

/* An error object as struct ras_err. An unknown word becomes "internal"; its text is kept. */
static void load_error(json_object *error, struct ras_err *out)
{
	const char *text = "rasd answered with an error", *reason = NULL, *hint = NULL,
		   *field = NULL;
	json_object *data = NULL;
	uint64_t retry_after_ms = 0;
	bool has;
	int code;

	json_opt_str(error, "message", &text, NULL);
	data = json_member(error, "data", &has);
	if (data && json_object_is_type(data, json_type_object)) {
		json_opt_str(data, "reason", &reason, NULL);
		json_opt_str(data, "hint", &hint, NULL);
		json_opt_str(data, "field", &field, NULL);
		json_opt_u64(data, "retry_after_ms", 0, INT32_MAX, &retry_after_ms, NULL);
	}
	code = reason ? ras_err_from_reason(reason) : 0;
	ras_fail(out, code > 0 ? (enum ras_code)code : RAS_E_INTERNAL, "%s", text);
	if (hint)
		ras_hint(out, "%s", hint);
	if (field)
		ras_field(out, "%s", field);
	out->retry_after_ms = (int64_t)retry_after_ms;
}

static int load_answer(json_object *msg, uint64_t *id, json_object **result,
		       struct ras_err *rpc_err, struct ras_err *err)
{
	bool has_result, has_error, has_id;
	json_object *res, *error, *nr;

	if (!json_object_is_type(msg, json_type_object))
		return ras_fail(err, RAS_E_IO, "the answer of rasd is not JSON-RPC");
	res = json_member(msg, "result", &has_result);
	error = json_member(msg, "error", &has_error);
	nr = json_member(msg, "id", &has_id);
	*id = 0;
	if (nr && json_object_is_type(nr, json_type_int))
		*id = json_object_get_uint64(nr);
	if (has_error && json_object_is_type(error, json_type_object)) {
		load_error(error, rpc_err);
		return 0;
	}
	if (!has_result || !json_object_is_type(res, json_type_object) || !*id)
		return ras_fail(err, RAS_E_IO, "the answer of rasd is not JSON-RPC");
	*rpc_err = RAS_ERR_NULL;
	*result = json_object_get(res);
	return 0;
}

int client_recv(struct client *c, int64_t timeout_ms, uint64_t *id, json_object **result,
		struct ras_err *rpc_err, struct ras_err *err)
{
	int64_t deadline = clock_boot_ns() + timeout_ms * 1000000LL;
	_json_ json_object *msg = NULL;
	const char *line = NULL;
	size_t len = 0;
	int ret;

	ret = read_line(c, deadline, &line, &len, err);
	if (ret)
		return ret;
	ret = json_parse_limits(line, len, JSON_MAX_DEPTH + 4, MAX_REPLY, MAX_VALUES, &msg, err);
	buf_drop(&c->in, len + 1);
	if (ret) {
		struct ras_err why = *err;

		return ras_fail(err, RAS_E_IO, "the answer of rasd cannot be read: %s", why.text);
	}
	return load_answer(msg, id, result, rpc_err, err);
}

bool client_has_answer(struct client *c, int ms)
{
	struct pollfd p = { .fd = c->fd, .events = POLLIN };

	return buf_len(&c->in) || poll(&p, 1, ms) > 0;
}

int client_call(struct client *c, const char *method, json_object *params, json_object **result,
		struct ras_err *err)
{
	struct ras_err rpc_err = RAS_ERR_NULL;
	json_object *res = NULL;
	uint64_t id = 0, got = 0;
	int ret = client_send(c, method, params, &id, err);
	int64_t until_ns = clock_boot_ns() + answer_timeout_ms * 1000000LL;

	json_object_put(params);
	while (ret == 0) {
		/* One limit for all that comes: answers to nothing must not keep us here. */
		int64_t left_ms = (until_ns - clock_boot_ns()) / 1000000;

		ret = client_recv(c, left_ms, &got, &res, &rpc_err, err);
		if (ret == 0 && (got == id || (got == 0 && rpc_err.code)))
			break;
		json_object_put(res);
		res = NULL;
	}
	if (ret)
		return ret;
	if (rpc_err.code) {
		*err = rpc_err;
		return -rpc_err.code;
	}
	*result = res;
	return 0;
}

int client_ask(const char *path, const char *method, json_object *params, json_object **result,
	       struct ras_err *err)
{
	_client_ struct client *c = NULL;
	int ret = client_open(&c, path, err);

	if (ret) {
		json_object_put(params);
		return ret;
	}
	return client_call(c, method, params, result, err);
}
