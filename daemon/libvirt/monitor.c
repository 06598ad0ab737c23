// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The contract of outcomes, kept exactly: whatever was given to libvirt and failed or timed out is
 * QMP_UNKNOWN, except for the failures that libvirt raises before it writes to QEMU's monitor
 * (qemu_driver.c, domain lookup, ACL check, job lock, "not running"): those prove that nothing was
 * sent.
 *
 * libvirt lets a monitor command through while a save or an outgoing migration is under way, so a
 * command that changes the guest asks for its job first, on the same worker just before; or, where
 * it was foretold, while the intent was being stored. An answer serves for MONITOR_NO_JOB_NS. A job
 * that begins in between is like one that begins just after the send: nothing can exclude that.
 *
 * libvirt passes on what QEMU sends, up to 4 MiB. The worker holds it against its budget, and cuts
 * what may be long, so that the loop gets no more than from QEMU's own socket (qmp/budget.h). A
 * QEMU that breaks a budget loses its monitor as it does there.
 */
#include "libvirt/monitor.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "qmp/budget.h"

/* Of any reply that reply_cut() has let through. */
static const struct reply_budget cut_budget = { .what = "a reply",
						.bytes = 65536,
						.values = JSON_MAX_VALUES };

struct command {
	struct command *next;
	struct monitor_libvirt *m;
	struct libvirt_call *call;
	int64_t given_ns;
	qmp_reply_fn fn;
	void *arg;
};

struct monitor_libvirt {
	struct monitor mon;
	struct libvirt_pool *pool;
	struct uuid domain;
	struct monitor_callbacks cb;
	void *arg;
	struct libvirt_call *opening, *asking_ahead;
	int64_t no_job_boot_ns; /* none was in progress then; 0: not known */
	bool ready, closed;
	int depth;
	struct command *pending;
};

/* --- on a worker --- */

/* True for the failures that come before anything is written to QEMU. */
static bool nothing_sent(void)
{
	virErrorPtr e = lv.virGetLastError();

	switch (e ? e->code : 0) {
	case VIR_ERR_NO_DOMAIN:
	case VIR_ERR_OPERATION_DENIED:
	case VIR_ERR_ACCESS_DENIED:
	case VIR_ERR_AUTH_FAILED:
	case VIR_ERR_AUTH_CANCELLED:
	case VIR_ERR_AUTH_UNAVAILABLE:
		return true;
	case VIR_ERR_OPERATION_INVALID:
		return e->message && strstr(e->message, "domain is not running");
	case VIR_ERR_OPERATION_TIMEOUT:
		return e->message && strstr(e->message, "state change lock");
	default:
		return false;
	}
}

static void work_query(virDomainPtr dom, const char *in, struct libvirt_result *r)
{
	char *reply = NULL;

	if (lv.virDomainQemuMonitorCommand(dom, in, &reply, 0) < 0) {
		r->outcome = nothing_sent() ? QMP_NOT_SENT : QMP_UNKNOWN;
		libvirt_error(&r->err, "libvirt");
		return;
	}
	r->outcome = QMP_OK;
	r->reply = reply;
	if (reply_cut(&r->reply, in, &r->err) < 0) {
		r->outcome = QMP_UNKNOWN;
		r->broke = r->err.code != RAS_E_NOMEM;
	}
}

/* True where libvirt says that no job is in progress; else r tells why. */
static bool no_job(virDomainPtr dom, struct libvirt_result *r)
{
	virDomainJobInfo job;
	int64_t now = clock_boot_ns();

	memset(&job, 0, sizeof(job));
	r->no_job_boot_ns = 0;
	if (lv.virDomainGetJobInfo(dom, &job) < 0) {
		libvirt_error(&r->err, "libvirt does not say which job the domain has");
		return false;
	}
	if (job.type == VIR_DOMAIN_JOB_NONE || job.type == VIR_DOMAIN_JOB_COMPLETED) {
		r->no_job_boot_ns = now;
		return true;
	}
	ras_fail(&r->err, RAS_E_NOT_RUNNING,
		 "a job of libvirt is in progress (save, dump or migration)");
	ras_hint(&r->err, "'virsh domjobinfo' shows which; try again when it has ended");
	return false;
}

static void work_ask_ahead(virDomainPtr dom, const char *in, struct libvirt_result *r)
{
	(void)in;
	r->outcome = no_job(dom, r) ? QMP_OK : QMP_NOT_SENT;
}

static void work_change(virDomainPtr dom, const char *in, struct libvirt_result *r)
{
	bool known = r->no_job_boot_ns && clock_boot_ns() - r->no_job_boot_ns < MONITOR_NO_JOB_NS;

	r->outcome = QMP_NOT_SENT;
	if (known || no_job(dom, r))
		work_query(dom, in, r);
}

static void work_fence(virDomainPtr dom, const char *in, struct libvirt_result *r)
{
	static const char ask[] = "{\"execute\":\"query-status\"}";

	(void)in;
	work_query(dom, ask, r);
	free(r->reply);
	r->reply = NULL;
	if (r->outcome != QMP_OK)
		return;
	r->outcome = QMP_NOT_SENT;
	if (!no_job(dom, r))
		return;
	work_query(dom, ask, r);
}

/* --- on the loop --- */

static void drop(struct monitor_libvirt *m)
{
	if (--m->depth == 0 && m->closed)
		free(m);
}

static void on_open(void *arg, struct libvirt_result *r)
{
	struct monitor_libvirt *m = arg;

	m->opening = NULL;
	m->depth++;
	if (r->outcome == QMP_OK) {
		m->ready = true;
		m->cb.ready(m->arg);
	} else {
		m->cb.closed(m->arg, &r->err);
	}
	drop(m);
}

int monitor_libvirt_open(struct monitor **out, struct libvirt_pool *pool, const struct uuid *domain,
			 bool fresh, const struct monitor_callbacks *cb, void *arg,
			 struct ras_err *err)
{
	struct monitor_libvirt *m = calloc(1, sizeof(*m));
	int r;

	if (!m)
		return ras_fail(err, RAS_E_NOMEM, "no memory for a monitor");
	m->mon.ops = &monitor_libvirt_ops;
	m->pool = pool;
	m->domain = *domain;
	m->cb = *cb;
	m->arg = arg;
	r = libvirt_pool_call(pool, domain, work_fence, NULL, fresh, on_open, m, &m->opening, err);
	if (r < 0) {
		free(m);
		return r;
	}
	*out = &m->mon;
	return 0;
}

static void answer(struct command *c, enum qmp_outcome o, json_object *ret,
		   const struct ras_err *err)
{
	struct monitor_libvirt *m = c->m;

	for (struct command **at = &m->pending; *at; at = &(*at)->next)
		if (*at == c) {
			*at = c->next;
			break;
		}
	monitor_count(MONITOR_BY_LIBVIRT, o, clock_boot_ns() - c->given_ns);
	if (c->fn)
		c->fn(c->arg, o, ret, err);
	free(c);
}

/*
 * QEMU's reply, which libvirt passes on as it came: "return" or "error", with an id of libvirt's.
 */
static void on_reply(void *arg, struct libvirt_result *r)
{
	struct command *c = arg;
	struct monitor_libvirt *m = c->m;
	_json_ json_object *msg = NULL, *empty = NULL;
	json_object *ret, *error;
	bool has_return, has_error;
	struct ras_err err;

	m->depth++;
	m->no_job_boot_ns = r->no_job_boot_ns;
	if (r->outcome != QMP_OK) {
		answer(c, r->outcome, NULL, &r->err);
		if (r->broke && !m->closed)
			m->cb.closed(m->arg, &r->err);
	} else if (reply_parse(r->reply, strlen(r->reply), &cut_budget, &msg, &err) < 0 ||
		   !json_object_is_type(msg, json_type_object)) {
		ras_fail(&err, RAS_E_MONITOR, "libvirt passed on what is no reply of QEMU's");
		answer(c, QMP_UNKNOWN, NULL, &err);
	} else {
		ret = json_member(msg, "return", &has_return);
		error = json_member(msg, "error", &has_error);
		if (has_error) {
			qmp_reply_error(error, &err);
			answer(c, QMP_ERROR, NULL, &err);
		} else if (has_return) {
			empty = ret ? NULL : json_object_new_object();
			answer(c, QMP_OK, ret ? ret : empty, NULL);
		} else {
			ras_fail(&err, RAS_E_MONITOR, "QEMU's reply has neither return nor error");
			answer(c, QMP_UNKNOWN, NULL, &err);
		}
	}
	drop(m);
}

static int lv_exec(struct monitor *mon, const char *command, json_object *args,
		   enum monitor_kind kind, int timeout_ms, qmp_reply_fn fn, void *arg,
		   struct ras_err *err)
{
	struct monitor_libvirt *m = (struct monitor_libvirt *)mon;
	_json_ json_object *msg = json_object_new_object();
	struct command *c;
	int r;

	(void)timeout_ms; /* the pool's deadline is the same */
	if (args && json_object_object_add(msg, "arguments", args) < 0)
		json_object_put(args);
	if (m->closed || !m->ready)
		return ras_fail(err, RAS_E_GONE, "the monitor is not connected");
	c = calloc(1, sizeof(*c));
	if (!c || json_object_object_add(msg, "execute", json_object_new_string(command)) < 0) {
		free(c);
		return ras_fail(err, RAS_E_NOMEM, "no memory for a monitor command");
	}
	*c = (struct command){
		.next = m->pending, .m = m, .given_ns = clock_boot_ns(), .fn = fn, .arg = arg
	};
	r = libvirt_pool_call(m->pool, &m->domain,
			      kind == MONITOR_CHANGE ? work_change : work_query,
			      json_object_to_json_string_ext(
				      msg, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
			      false, on_reply, c, &c->call, err);
	if (r < 0) {
		free(c);
		return r;
	}
	m->pending = c;
	return 0;
}

static void on_asked_ahead(void *arg, struct libvirt_result *r)
{
	struct monitor_libvirt *m = arg;

	/*
	 * The pool hands it to the next call; without it that one asks itself, and tells what is
	 * wrong.
	 */
	m->no_job_boot_ns = r->no_job_boot_ns;
	m->asking_ahead = NULL;
}

static void lv_ask_ahead(struct monitor *mon, int64_t unless_younger_ns)
{
	struct monitor_libvirt *m = (struct monitor_libvirt *)mon;
	struct ras_err err;

	if (m->closed || !m->ready || m->asking_ahead ||
	    clock_boot_ns() - m->no_job_boot_ns < unless_younger_ns)
		return;
	if (libvirt_pool_call(m->pool, &m->domain, work_ask_ahead, NULL, false, on_asked_ahead, m,
			      &m->asking_ahead, &err) < 0)
		m->asking_ahead = NULL;
}

static bool lv_peer(const struct monitor *m, pid_t *pid, uid_t *uid)
{
	(void)m, (void)pid, (void)uid;
	return false; /* query-cpus-fast tells */
}

static void lv_close(struct monitor *mon)
{
	struct monitor_libvirt *m = (struct monitor_libvirt *)mon;
	struct ras_err err;

	if (m->closed)
		return;
	m->closed = true;
	m->depth++;
	if (m->opening)
		libvirt_call_cancel(m->opening);
	if (m->asking_ahead)
		libvirt_call_cancel(m->asking_ahead);
	ras_fail(&err, RAS_E_GONE, "the connection to the monitor was closed");
	while (m->pending) {
		bool handed = libvirt_call_cancel(m->pending->call);

		answer(m->pending, handed ? QMP_UNKNOWN : QMP_NOT_SENT, NULL, &err);
	}
	drop(m);
}

const struct monitor_ops monitor_libvirt_ops = {
	.name = "libvirt",
	.exec = lv_exec,
	.ask_ahead = lv_ask_ahead,
	.peer = lv_peer,
	.close = lv_close,
};
