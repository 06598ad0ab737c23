// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * QEMU puts each reply on one line and ends it with CR LF, so a line is the frame. queued and sent
 * are absolute positions in the output stream. A command remembers where it starts and ends. So it
 * is always known whether nothing, a part or all of it was sent.
 */
#include "qmp/wire.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"
#include "qmp/qmp.h"

#define READ_SOME ((size_t)4 << 10) /* holds what an idle monitor says */
#define READ_MUCH ((size_t)16 << 10)

static size_t pool_used; /* of WIRE_IN_POOL; all monitors are on one loop */

/* Memory of w->in beyond its own share comes from the pool. False: there is none left. */
static bool pool_take(struct wire *w, size_t size)
{
	size_t want = size > WIRE_IN_OWN ? size - WIRE_IN_OWN : 0;

	if (want > w->pooled && want - w->pooled > WIRE_IN_POOL - pool_used)
		return false;
	pool_used = pool_used - w->pooled + want;
	w->pooled = want;
	return true;
}

int wire_open(struct wire *w, const char *path, struct ras_err *err)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	struct ucred cred;
	socklen_t cred_len = sizeof(cred);

	if (len == 0 || len >= sizeof(sa.sun_path))
		return ras_fail(err, RAS_E_PARAMS, "socket path has %zu bytes, 1..%zu are possible",
				len, sizeof(sa.sun_path) - 1);
	memcpy(sa.sun_path, path, len);

	_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return ras_fail(err, RAS_E_IO, "socket: %s", strerror(errno));

	/* A unix socket connects at once or not at all. EAGAIN: its backlog is full. */
	if (connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0) {
		if (errno == EAGAIN)
			return ras_fail(err, RAS_E_BUSY,
					"%s: other clients hold and wait for this monitor", path);
		if (errno == ECONNREFUSED || errno == ENOENT)
			return ras_fail(err, RAS_E_GONE, "%s: %s", path, strerror(errno));
		return ras_fail(err, RAS_E_IO, "%s: %s", path, strerror(errno));
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &cred_len) < 0)
		return ras_fail(err, RAS_E_IO, "SO_PEERCRED: %s", strerror(errno));

	*w = (struct wire){ .fd = TAKE_FD(fd),
			    .pid = cred.pid,
			    .uid = cred.uid,
			    .in = BUF_INIT(WIRE_IN_MAX),
			    .out = BUF_INIT(WIRE_OUT_MAX) };
	return 0;
}

void wire_close(struct wire *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	buf_free(&w->in);
	buf_free(&w->out);
	w->scanned = 0;
	pool_take(w, 0);
}

void wire_relax(struct wire *w)
{
	if (buf_len(&w->in) || w->in.size <= READ_SOME)
		return;
	buf_free(&w->in);
	pool_take(w, 0);
}

void wire_rescan(struct wire *w)
{
	w->scanned = 0;
}

int wire_fill(struct wire *w, struct ras_err *err)
{
	size_t len = buf_len(&w->in), want = len || w->much ? READ_MUCH : READ_SOME;

	if (want > w->in.cap - len)
		want = w->in.cap - len;
	/* The buffer doubles when it grows. */
	if (!pool_take(w, len + want > w->in.size ? 2 * (len + want) : w->in.size))
		return ras_fail(err, RAS_E_BUSY,
				"too many monitors are in the middle of a long "
				"reply");

	char *room = want ? buf_reserve(&w->in, want) : NULL;
	if (!room)
		return ras_fail(err, RAS_E_MONITOR, "a line of more than %zu bytes", len);

	ssize_t n = recv(w->fd, room, want, 0);
	if (n > 0) {
		buf_commit(&w->in, (size_t)n);
		w->much = (size_t)n == want;
		return 1;
	}
	if (n == 0)
		return ras_fail(err, RAS_E_GONE, "QEMU closed its monitor");
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	if (errno == ECONNRESET)
		return ras_fail(err, RAS_E_GONE, "QEMU's monitor: %s", strerror(errno));
	return ras_fail(err, RAS_E_IO, "recv: %s", strerror(errno));
}

bool wire_next_line(struct wire *w, const char **line, size_t *len)
{
	for (;;) {
		const char *data = buf_data(&w->in);
		size_t have = buf_len(&w->in);

		if (have <= w->scanned)
			return false;
		const char *nl = memchr(data + w->scanned, '\n', have - w->scanned);
		if (!nl) {
			w->scanned = have;
			return false;
		}
		size_t n = (size_t)(nl - data);

		/* The bytes stay where they are; only a later reserve moves them. */
		buf_drop(&w->in, n + 1);
		w->scanned = 0;
		while (n && (data[n - 1] == '\r' || data[n - 1] == ' ' || data[n - 1] == '\t'))
			n--;
		if (n) {
			*line = data;
			*len = n;
			return true;
		}
	}
}

char *wire_reserve(struct wire *w, size_t len)
{
	return buf_reserve(&w->out, len);
}

void wire_commit(struct wire *w, size_t len)
{
	buf_commit(&w->out, len);
	w->queued += len;
}

int wire_flush(struct wire *w, struct ras_err *err)
{
	while (buf_len(&w->out)) {
		ssize_t n = send(w->fd, buf_data(&w->out), buf_len(&w->out), MSG_NOSIGNAL);

		if (n >= 0) {
			buf_drop(&w->out, (size_t)n);
			w->sent += (uint64_t)n;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno == EAGAIN)
			return 0;
		if (errno == EPIPE || errno == ECONNRESET)
			return ras_fail(err, RAS_E_GONE, "QEMU's monitor: %s", strerror(errno));
		return ras_fail(err, RAS_E_IO, "send: %s", strerror(errno));
	}
	return 1;
}

int wire_command(struct wire *w, const char *command, json_object *args, uint64_t id, size_t *len,
		 struct ras_err *err)
{
	char head[QMP_COMMAND_MAX + 48], tail[40];
	size_t head_len, body_len = 0, tail_len;
	const char *body = "";
	char *p;

	if (strlen(command) > QMP_COMMAND_MAX ||
	    strspn(command, "abcdefghijklmnopqrstuvwxyz0123456789_-") != strlen(command))
		return ras_fail(err, RAS_E_INTERNAL, "not a monitor command name");
	if (args) {
		body = json_object_to_json_string_length(
			args, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &body_len);
		if (!body)
			return ras_fail(err, RAS_E_NOMEM, "no memory for a monitor command");
	}
	head_len = (size_t)snprintf(head, sizeof(head), "{\"execute\":\"%s\"%s", command,
				    args ? ",\"arguments\":" : "");
	tail_len = (size_t)snprintf(tail, sizeof(tail), ",\"id\":%" PRIu64 "}\n", id);
	p = wire_reserve(w, head_len + body_len + tail_len);
	if (!p)
		return ras_fail(err, RAS_E_BUSY, "QEMU does not read its monitor");
	memcpy(p, head, head_len);
	memcpy(p + head_len, body, body_len);
	memcpy(p + head_len + body_len, tail, tail_len);
	*len = head_len + body_len + tail_len;
	return 0;
}
