// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The libvirt side without a libvirtd. The pool's promises (one call a domain, own deadline, what
 * counts as sent) are tested with a table of simulated functions, because no real libvirt hangs on
 * command.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "guests/guest.h"
#include "libvirt/pool.h"
#include "libvirt/monitor.h"
#include "tests/unit/loop_turn.h"
#include "tests/unit/patience.h"

/* --- the simulated library --- */

static pthread_mutex_t play_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t play_go = PTHREAD_COND_INITIALIZER;
static bool hang, job, refuse_connect;
static int fail_code;
static const char *fail_text;
static atomic_int n_jobs_asked, in_command, max_in_command, n_commands, n_connections;
static __thread virError last_error;

static int play_error(int code, const char *text)
{
	last_error = (virError){ .code = code, .message = (char *)(uintptr_t)text };
	return -1;
}

static virConnectPtr play_open(const char *uri, virConnectAuthPtr auth, unsigned int flags)
{
	(void)uri, (void)auth, (void)flags;
	if (refuse_connect) {
		play_error(VIR_ERR_SYSTEM_ERROR, "no server");
		return NULL;
	}
	n_connections++;
	return malloc(1);
}

static int play_close(virConnectPtr c)
{
	free(c);
	return 0;
}

static int play_alive(virConnectPtr c)
{
	return c != NULL;
}

static virDomainPtr play_lookup(virConnectPtr c, const unsigned char *uuid)
{
	(void)c;
	if (uuid[0] == 0xff) {
		play_error(VIR_ERR_NO_DOMAIN, "no such domain");
		return NULL;
	}
	return malloc(1);
}

static int play_free(virDomainPtr d)
{
	free(d);
	return 0;
}

static int play_job(virDomainPtr d, virDomainJobInfoPtr info)
{
	(void)d;
	n_jobs_asked++;
	info->type = job ? VIR_DOMAIN_JOB_UNBOUNDED : VIR_DOMAIN_JOB_NONE;
	return 0;
}

static int play_command(virDomainPtr d, const char *cmd, char **reply, unsigned int flags)
{
	int now = ++in_command;

	(void)d, (void)flags;
	n_commands++;
	if (now > max_in_command)
		max_in_command = now;
	if (strstr(cmd, "hang")) {
		pthread_mutex_lock(&play_lock);
		while (hang)
			pthread_cond_wait(&play_go, &play_lock);
		pthread_mutex_unlock(&play_lock);
	} else {
		usleep(2000);
	}
	in_command--;
	if (fail_code)
		return play_error(fail_code, fail_text);
	*reply = strdup(strstr(cmd, "bad") ?
				"{\"error\":{\"class\":\"GenericError\","
				"\"desc\":\"no\"},\"id\":\"libvirt-1\"}" :
				"{\"return\":{\"status\":\"running\"},\"id\":\"libvirt-1\"}");
	return 0;
}

static virErrorPtr play_last(void)
{
	return last_error.code ? &last_error : NULL;
}

static void play_reset(void)
{
	last_error.code = 0;
}

static struct event_base *base;
static struct libvirt_pool *pool;
static int n_recovered, n_stuck;

static void on_stuck(void *arg, const struct uuid *u, bool stuck)
{
	(void)arg, (void)u;
	if (stuck)
		n_stuck++;
	else
		n_recovered++;
}

static int setup(void **state)
{
	(void)state;
	lv.virConnectOpenAuth = play_open;
	lv.virConnectClose = play_close;
	lv.virConnectIsAlive = play_alive;
	lv.virDomainLookupByUUID = play_lookup;
	lv.virDomainFree = play_free;
	lv.virDomainGetJobInfo = play_job;
	lv.virDomainQemuMonitorCommand = play_command;
	lv.virGetLastError = play_last;
	lv.virResetLastError = play_reset;
	hang = job = refuse_connect = false;
	fail_code = 0;
	max_in_command = n_commands = n_connections = n_recovered = n_stuck = 0;
	base = event_base_new();
	return libvirt_pool_new(&pool, base, "test:///", on_stuck, NULL, NULL);
}

static void release(void)
{
	pthread_mutex_lock(&play_lock);
	hang = false;
	pthread_cond_broadcast(&play_go);
	pthread_mutex_unlock(&play_lock);
}

static int teardown(void **state)
{
	(void)state;
	release();
	libvirt_pool_free(pool);
	for (int i = 0; i < PATIENCE_MS && in_command; i++)
		usleep(1000);
	usleep(20000); /* the workers end by themselves */
	event_base_free(base);
	return 0;
}

static struct uuid domain(unsigned char n)
{
	struct uuid u = { { n } };

	return u;
}

struct answer {
	int n;
	enum qmp_outcome outcome;
	struct ras_err err;
	bool has_return;
};

static void on_answer(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct answer *a = arg;

	a->n++;
	a->outcome = o;
	a->has_return = ret != NULL;
	a->err = err ? *err : RAS_ERR_NULL;
}

static bool ready, closed;
static struct ras_err why_closed;

static void on_ready(void *arg)
{
	(void)arg;
	ready = true;
}

static void on_closed(void *arg, const struct ras_err *err)
{
	(void)arg;
	closed = true;
	why_closed = *err;
}

/* Run the loop until *flag, at most seconds. */
static void run_until(const bool *flag, const int *count, int want, int seconds)
{
	for (int i = 0; i < seconds * 5000 && !(flag && *flag) && !(count && *count >= want); i++) {
		loop_turn(base, EVLOOP_NONBLOCK);
		usleep(200);
	}
}

static struct monitor *open_monitor(unsigned char n)
{
	static const struct monitor_callbacks cb = { .ready = on_ready, .closed = on_closed };
	const struct uuid u = domain(n);
	struct monitor *m = NULL;

	ready = closed = false;
	assert_int_equal(monitor_libvirt_open(&m, pool, &u, false, &cb, NULL, NULL), 0);
	run_until(&ready, NULL, 0, PATIENCE_MS / 1000);
	assert_true(ready);
	return m;
}

static void command(struct monitor *m, const char *name, enum monitor_kind kind, struct answer *a)
{
	*a = (struct answer){ 0 };
	assert_int_equal(m->ops->exec(m, name, NULL, kind, 5000, on_answer, a, NULL), 0);
}

static void test_fence_and_replies(void **state)
{
	struct monitor *m = open_monitor(1);
	struct answer a;

	(void)state;
	assert_int_equal(n_commands, 2); /* the fence asks twice */
	command(m, "query-name", MONITOR_QUERY, &a);
	run_until(NULL, &a.n, 1, PATIENCE_MS / 1000);
	assert_int_equal(a.outcome, QMP_OK);
	assert_true(a.has_return);
	command(m, "bad", MONITOR_QUERY, &a);
	run_until(NULL, &a.n, 1, PATIENCE_MS / 1000);
	assert_int_equal(a.outcome, QMP_ERROR);
	assert_string_equal(a.err.text, "no");
	m->ops->close(m);
}

static void test_fence_refuses_a_job(void **state)
{
	static const struct monitor_callbacks cb = { .ready = on_ready, .closed = on_closed };
	const struct uuid u = domain(1);
	struct monitor *m;

	(void)state;
	job = true;
	ready = closed = false;
	assert_int_equal(monitor_libvirt_open(&m, pool, &u, true, &cb, NULL, NULL), 0);
	run_until(&closed, NULL, 0, PATIENCE_MS / 1000);
	assert_true(closed && !ready);
	assert_int_equal(why_closed.code, RAS_E_NOT_RUNNING);
	m->ops->close(m);
}

/* Before an expected change the question is asked early. */
static void test_change_in_a_job_is_not_sent(void **state)
{
	static const struct {
		bool ahead, wait, job;
		int want_asked;
	} t[] = {
		{ false, false, true, 1 }, { true, false, false, 1 }, { false, false, false, 1 },
		{ true, true, true, 2 },   { true, false, true, 2 },
	};
	struct monitor *m = open_monitor(1);
	struct answer a;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		int asked = n_jobs_asked, before = n_commands;

		usleep(MONITOR_NO_JOB_NS / 1000); /* no answer is used longer than that */
		job = t[i].job && !t[i].wait;
		if (t[i].ahead)
			m->ops->ask_ahead(m, MONITOR_NO_JOB_NS / 2);
		if (t[i].wait)
			run_until(NULL, &(int){ 0 }, 1, 1);
		job = t[i].job;
		command(m, "inject", MONITOR_CHANGE, &a);
		run_until(NULL, &a.n, 1, PATIENCE_MS / 1000);
		assert_int_equal(a.outcome, job ? QMP_NOT_SENT : QMP_OK);
		assert_true(!job || a.err.code == RAS_E_NOT_RUNNING);
		assert_int_equal(n_commands - before, job ? 0 : 1);
		assert_int_equal(n_jobs_asked - asked, t[i].want_asked);
	}
	usleep(MONITOR_NO_JOB_NS / 1000);
	m->ops->ask_ahead(m, MONITOR_NO_JOB_NS / 2); /* closed while the question is open */
	m->ops->close(m);
}

/* Another process may have the CPU meanwhile, so one of several tries must do. */
static void test_an_answer_serves_for_a_while(void **state)
{
	struct monitor *m = open_monitor(1);
	int least = 4;

	(void)state;
	for (int i = 0; i < 20 && least > 1; i++) {
		int asked = n_jobs_asked;

		usleep(MONITOR_NO_JOB_NS / 1000);
		for (int k = 0; k < 2; k++) {
			struct answer a;

			m->ops->ask_ahead(m, MONITOR_NO_JOB_NS / 2);
			command(m, "inject", MONITOR_CHANGE, &a);
			run_until(NULL, &a.n, 1, PATIENCE_MS / 1000);
			assert_int_equal(a.outcome, QMP_OK);
		}
		if (n_jobs_asked - asked < least)
			least = n_jobs_asked - asked;
	}
	assert_int_equal(least, 1);
	m->ops->close(m);
}

static void test_what_counts_as_sent(void **state)
{
	static const struct {
		int code;
		const char *text;
		enum qmp_outcome want;
	} t[] = {
		{ VIR_ERR_OPERATION_DENIED, "read only access prevents it", QMP_NOT_SENT },
		{ VIR_ERR_ACCESS_DENIED, "access denied", QMP_NOT_SENT },
		{ VIR_ERR_NO_DOMAIN, "no domain", QMP_NOT_SENT },
		{ VIR_ERR_OPERATION_INVALID,
		  "Requested operation is not valid: domain is not running", QMP_NOT_SENT },
		{ VIR_ERR_OPERATION_TIMEOUT, "Timed out: cannot acquire state change lock",
		  QMP_NOT_SENT },
		{ VIR_ERR_OPERATION_INVALID, "something else", QMP_UNKNOWN },
		{ VIR_ERR_OPERATION_TIMEOUT, "something else", QMP_UNKNOWN },
		{ VIR_ERR_INTERNAL_ERROR, "End of file from qemu monitor", QMP_UNKNOWN },
		{ VIR_ERR_SYSTEM_ERROR, "Connection reset by peer", QMP_UNKNOWN },
		{ VIR_ERR_RPC, "client socket is closed", QMP_UNKNOWN },
	};
	struct monitor *m = open_monitor(1);
	struct answer a;

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		fail_code = t[i].code;
		fail_text = t[i].text;
		command(m, "inject", MONITOR_CHANGE, &a);
		run_until(NULL, &a.n, 1, PATIENCE_MS / 1000);
		assert_int_equal(a.outcome, t[i].want);
		assert_non_null(strstr(a.err.text, t[i].text));
	}
	m->ops->close(m);
}

static void test_no_connection_and_no_domain_are_not_sent(void **state)
{
	struct monitor *m = open_monitor(1);
	struct answer a;

	(void)state;
	refuse_connect = true;
	libvirt_pool_renew(pool);
	command(m, "inject", MONITOR_CHANGE, &a);
	run_until(NULL, &a.n, 1, PATIENCE_MS / 1000);
	assert_int_equal(a.outcome, QMP_NOT_SENT);
	m->ops->close(m);
}

static void test_one_call_a_domain_and_others_go_on(void **state)
{
	struct monitor *one = open_monitor(1), *two = open_monitor(2);
	const struct uuid u = domain(1);
	struct answer hung, behind, other[4];

	(void)state;
	hang = true;
	max_in_command = 0;
	command(one, "hang", MONITOR_QUERY, &hung);
	command(one, "behind", MONITOR_CHANGE, &behind);
	for (int i = 0; i < 4; i++) {
		command(two, "query", MONITOR_QUERY, &other[i]);
		run_until(NULL, &other[i].n, 1, PATIENCE_MS / 1000);
		assert_int_equal(other[i].outcome, QMP_OK);
	}
	assert_int_equal(behind.n, 0);
	assert_int_equal(max_in_command, 2);
	assert_int_equal(libvirt_pool_stuck_ns(pool, &u), 0);
	run_until(NULL, &behind.n, 1, PATIENCE_MS / 1000); /* the deadline */
	assert_int_equal(hung.outcome, QMP_UNKNOWN);
	assert_int_equal(n_stuck, 1);
	assert_int_equal(behind.outcome, QMP_NOT_SENT);
	assert_true(libvirt_pool_stuck_ns(pool, &u) >= LIBVIRT_DEADLINE_MS * INT64_C(1000000));
	command(two, "query", MONITOR_QUERY, &other[0]);
	run_until(NULL, &other[0].n, 1, PATIENCE_MS / 1000);
	assert_int_equal(other[0].outcome, QMP_OK);
	release();
	run_until(NULL, &n_recovered, 1, PATIENCE_MS / 1000);
	assert_int_equal(n_recovered, 1);
	assert_int_equal(libvirt_pool_stuck_ns(pool, &u), 0);
	assert_int_equal(hung.n, 1); /* the late reply is dropped */
	one->ops->close(one);
	two->ops->close(two);
}

static void test_closing_answers_what_is_pending(void **state)
{
	struct monitor *m = open_monitor(1);
	struct answer sent, queued;

	(void)state;
	hang = true;
	command(m, "hang", MONITOR_QUERY, &sent);
	command(m, "queued", MONITOR_QUERY, &queued);
	for (int i = 0; i < PATIENCE_MS && !in_command; i++)
		usleep(1000);
	m->ops->close(m);
	assert_int_equal(sent.outcome, QMP_UNKNOWN);
	assert_int_equal(queued.outcome, QMP_NOT_SENT);
	release();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_fence_and_replies, setup, teardown),
		cmocka_unit_test_setup_teardown(test_fence_refuses_a_job, setup, teardown),
		cmocka_unit_test_setup_teardown(test_change_in_a_job_is_not_sent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_an_answer_serves_for_a_while, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_counts_as_sent, setup, teardown),
		cmocka_unit_test_setup_teardown(test_no_connection_and_no_domain_are_not_sent,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_one_call_a_domain_and_others_go_on, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_closing_answers_what_is_pending, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
