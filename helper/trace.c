// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * The kernel reports errors of the host as trace events. rasd has an instance of its own
 * (instances/rasd): nobody else's settings or reading disturb it, and it outlives rasd, so events
 * wait in its buffers while rasd is down. To set it up and to open its files takes root's rights;
 * to read what was opened takes none, so rasd gets descriptors.
 *
 * Every path is fixed here: a request names an event of the list or a number of a CPU. Setting up
 * writes only what is not as it should be yet. That has two reasons. To write trace_clock empties
 * the buffers, even if it is that clock already. And the helper under systemd may write nothing:
 * rasd-trace.service runs this once as root, and the helper then finds all as it should be.
 *
 * buffer_percent must be 0 before anybody waits: by default a reader is not woken before half of
 * the buffer is full. signal_generate is enabled only with its filter in place, or every signal on
 * the host would be recorded.
 *
 * libtracefs is not used: it would bring its parser of formats into the one privileged program for
 * what are a dozen writes to fixed paths.
 */
#include "helper/trace.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"

#define INSTANCES "/sys/kernel/tracing/instances"
#define INSTANCE INSTANCES "/rasd"
#define DAEMON_ACTIVE "/sys/kernel/debug/ras/daemon_active"
#define KMSG "/dev/kmsg"
#define CPU_MAX 16384
#define PATH_SIZE 160

#define EVENT_NAME(system, event) #system "/" #event,
static const char *const events[HELPER_TRACE_N_EVENTS] = { HELPER_TRACE_EVENTS(EVENT_NAME) };

static int kmsg_fd = -1;
static int kmsg_errno;

/* Whether a later request may succeed: rasd asks again then. */
static enum ras_code code_of(int e)
{
	if (e == EMFILE || e == ENFILE || e == ENOMEM)
		return RAS_E_BUSY;
	return e == ENOENT ? RAS_E_NOT_FOUND : RAS_E_HELPER;
}

static int fail_at(struct ras_err *err, const char *what, const char *path)
{
	int e = errno;

	return ras_fail(err, code_of(e), "cannot %s %s: %s", what, path, strerror(e));
}

/* The first line of a file, or as much of it as there is room for. */
static int read_line(const char *path, char *out, size_t size, struct ras_err *err)
{
	_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);

	if (n < 0)
		return fail_at(err, "read", path);
	out[n] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return 0;
}

static int write_text(const char *path, const char *text, struct ras_err *err)
{
	_close_ int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return fail_at(err, "write", path);
	return 0;
}

/* Make a file say text, unless it does already. */
static int ensure(const char *path, const char *text, struct ras_err *err)
{
	char now[256];

	if (read_line(path, now, sizeof(now), err) < 0)
		return -err->code;
	return strcmp(now, text) == 0 ? 0 : write_text(path, text, err);
}

/* The file lists all clocks, with brackets around the one that is used. */
static int ensure_clock(struct ras_err *err)
{
	char now[256];

	if (read_line(INSTANCE "/trace_clock", now, sizeof(now), err) < 0)
		return -err->code;
	return strstr(now, "[boot]") ? 0 : write_text(INSTANCE "/trace_clock", "boot", err);
}

/* Not access(): that asks for the real uid, without our capabilities. */
static bool exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

/* Enabled, or enabled as a soft event: "1", "1*". */
static bool is_enabled(const char *event)
{
	char path[PATH_SIZE], now[16];

	snprintf(path, sizeof(path), INSTANCE "/events/%s/enable", event);
	return read_line(path, now, sizeof(now), NULL) == 0 && now[0] == '1';
}

static int enable(const char *event, struct ras_err *err)
{
	char path[PATH_SIZE], filter[64];

	snprintf(path, sizeof(path), INSTANCE "/events/%s", event);
	if (!exists(path))
		return 0; /* this kernel lacks it */
	if (strcmp(event, "signal/signal_generate") == 0) {
		snprintf(path, sizeof(path), INSTANCE "/events/%s/filter", event);
		snprintf(filter, sizeof(filter), "sig==%d && (code==%d || code==%d)", SIGBUS,
			 BUS_MCEERR_AR, BUS_MCEERR_AO);
		if (ensure(path, filter, err) < 0)
			return -err->code;
	}
	if (is_enabled(event))
		return 0;
	snprintf(path, sizeof(path), INSTANCE "/events/%s/enable", event);
	return write_text(path, "1", err);
}

int trace_setup(struct ras_err *err)
{
	struct ras_err why;

	if (!exists(INSTANCES))
		return fail_at(err, "find", INSTANCES);
	if (mkdir(INSTANCE, 0750) < 0 && errno != EEXIST)
		return fail_at(err, "make", INSTANCE);
	if (ensure_clock(&why) < 0 || ensure(INSTANCE "/buffer_percent", "0", &why) < 0 ||
	    ensure(INSTANCE "/tracing_on", "1", &why) < 0)
		return ras_fail(err, RAS_E_HELPER, "%s", why.text);
	/* One that cannot be enabled is told when its format is asked for. */
	for (size_t i = 0; i < ARRAY_LEN(events); i++)
		if (enable(events[i], &why) < 0)
			log_warn("%s", why.text);
	return 0;
}

static bool is_kmsg(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 11);
}

void trace_take_kmsg(void)
{
	if (is_kmsg(STDIN_FILENO)) {
		kmsg_fd = STDIN_FILENO;
		fcntl(kmsg_fd, F_SETFL, O_NONBLOCK);
		return;
	}
	kmsg_fd = open(KMSG, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	kmsg_errno = errno;
}

static int open_file(const char *path, struct ras_err *err)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? fail_at(err, "open", path) : fd;
}

static int open_format(uint32_t index, struct ras_err *err)
{
	char path[PATH_SIZE];
	int fd;

	if (index >= ARRAY_LEN(events))
		return ras_fail(err, RAS_E_HELPER, "no such event %u", index);
	snprintf(path, sizeof(path), INSTANCE "/events/%s/format", events[index]);
	fd = open_file(path, err);
	if (fd >= 0 && !is_enabled(events[index])) {
		close(fd);
		return ras_fail(err, RAS_E_HELPER, "%s is not enabled in " INSTANCE, events[index]);
	}
	return fd;
}

static int open_cpu(uint32_t cpu, struct ras_err *err)
{
	char path[PATH_SIZE];

	if (cpu >= CPU_MAX)
		return ras_fail(err, RAS_E_NOT_FOUND, "no CPU %u", cpu);
	snprintf(path, sizeof(path), INSTANCE "/per_cpu/cpu%u/trace_pipe_raw", cpu);
	return open_file(path, err);
}

/* A new descriptor, or a negative code. */
static int open_one(const struct helper_request *req, struct ras_err *err)
{
	int fd;

	switch ((enum helper_trace)req->source_id) {
	case HELPER_TRACE_PAGE:
		if (trace_setup(err) < 0)
			return -err->code;
		return open_file(INSTANCE "/events/header_page", err);
	case HELPER_TRACE_FORMAT:
		return open_format(req->index, err);
	case HELPER_TRACE_CPU:
		return open_cpu(req->index, err);
	case HELPER_TRACE_ACTIVE:
		return open_file(DAEMON_ACTIVE, err);
	case HELPER_TRACE_KMSG:
		if (kmsg_fd < 0)
			return ras_fail(err, RAS_E_HELPER, "cannot open " KMSG ": %s",
					strerror(kmsg_errno));
		fd = fcntl(kmsg_fd, F_DUPFD_CLOEXEC, 3);
		return fd < 0 ? fail_at(err, "pass", KMSG) : fd;
	}
	return ras_fail(err, RAS_E_HELPER, "no such thing to trace %u", req->source_id);
}

void trace_answer(struct conn *c, const struct helper_request *req)
{
	struct ras_err err = RAS_ERR_NULL;
	struct helper_reply rep;
	_close_ int fd = open_one(req, &err);

	if (fd < 0) {
		conn_refuse(c, req->id, &err);
		return;
	}
	memset(&rep, 0, offsetof(struct helper_reply, block));
	rep.id = req->id;
	conn_reply(c, &rep, fd);
}
