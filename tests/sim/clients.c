// SPDX-License-Identifier: LGPL-2.1-or-later
#include "clients.h"

#include <stdio.h>
#include <string.h>

#define RETRY_NS (200 * SIM_MS)

struct sim_request sim_request[SIM_REQUESTS];
size_t sim_n_requests;

/* Beyond its own time a request may wait for a monitor (5 s) and a search of the HEST (2.5 s). */
#define PATIENCE_NS (20 * SIM_S)

struct ask {
	struct sim_request *rq;
	int64_t asked_ns;
	uint64_t life;
	unsigned int n_answers;
};

static size_t n_waiting_to_ask;

static void ask(void *arg);

static void ask_later(struct sim_request *rq, int64_t delay_ns)
{
	n_waiting_to_ask++;
	sim_after(delay_ns, ask, rq);
}

/* Not accepted, and worth another try. */
static bool try_again(const struct ras_err *err)
{
	switch (err->code) {
	case RAS_E_NO_DOMAIN: /* rasd has only just started */
	case RAS_E_NOT_READY:
	case RAS_E_NOT_RUNNING:
	case RAS_E_BUSY:
	case RAS_E_JOURNAL:
	case RAS_E_MONITOR:
	case RAS_E_GONE:
	case RAS_E_HELPER:
	case RAS_E_LAYOUT:
	case RAS_E_TIMEOUT:
		return true;
	default:
		return false;
	}
}

static void on_answer(void *arg, const struct journal_row *row, const struct ras_err *err)
{
	struct ask *a = arg;
	struct sim_request *rq = a->rq;

	if (!sim_rasd_alive() || a->life != sim_daemon.life)
		return;
	if (a->n_answers++) {
		sim_fail("request %s: answered twice", rq->request_id);
		return;
	}
	rq->pending--;
	if (sim_now() - a->asked_ns > rq->timeout_ms * SIM_MS + PATIENCE_NS)
		sim_fail("request %s: its answer came after %lld ms, its time was %lld ms",
			 rq->request_id, (long long)((sim_now() - a->asked_ns) / SIM_MS),
			 (long long)rq->timeout_ms);
	sim_trace("client: %s is told %s: %s", rq->request_id,
		  err ? ras_err_reason(err->code) : inj_state_name(row->outcome.state),
		  err ? err->text : row->outcome.detail);
	if (err) {
		rq->err = *err;
		if (rq->accepted && err->code != RAS_E_JOURNAL)
			sim_fail("request %s: first accepted, then told %s", rq->request_id,
				 err->text);
		if (try_again(err) && sim_now() < rq->give_up_ns)
			ask_later(rq, sim_between(RETRY_NS / 2, RETRY_NS));
		else
			rq->answered = true;
		return;
	}
	if (rq->dry) {
		rq->answered = true;
		return;
	}
	if (rq->accepted && !uuid_equal(&rq->id, &row->id))
		sim_fail("request %s: has two rows", rq->request_id);
	if (rq->accepted && inj_state_final(rq->told) && rq->told != row->outcome.state &&
	    !rq->told_too_early)
		sim_fail("request %s: told %s, later %s", rq->request_id, inj_state_name(rq->told),
			 inj_state_name(row->outcome.state));
	rq->accepted = rq->answered = true;
	rq->id = row->id;
	rq->told = row->outcome.state;
	/* Some ask once more: the same request_id has the same row. */
	if (sim_percent(10) && sim_now() < rq->give_up_ns)
		ask_later(rq, sim_between_log(SIM_US, SIM_S));
}

static void ask(void *arg)
{
	struct sim_request *rq = arg;
	struct inject_request q = { .domain = sim_guest[rq->guest].name,
				    .request_id = rq->request_id,
				    .tag = rq->request_id,
				    .params_digest = rq->request_id,
				    .via = { .backend = rq->backend },
				    .peer.uid = 1000 + rq->person,
				    .peer.as_uid = 1000 + rq->person,
				    .peer.pid = 4242,
				    .severity = rq->severity,
				    .fru = rq->own_fru ? FRU_OWN : FRU_NONE,
				    .confirm_fatal = true,
				    .dry_run = rq->dry,
				    .wait = rq->wait,
				    .timeout_ms = rq->timeout_ms };
	struct ask *a;

	n_waiting_to_ask--;
	if (!sim_rasd_alive()) {
		if (sim_now() < rq->give_up_ns)
			ask_later(rq, sim_between(RETRY_NS / 2, RETRY_NS));
		else
			rq->answered = true;
		return;
	}
	/* Records without an id of their own are all the same bytes. */
	q.gpa = (struct gpa){ SIM_RAM_GPA };
	if (rq->own_fru)
		q.gpa.v = SIM_RAM_GPA + 0x1000 * (uint64_t)(rq - sim_request);
	rq->tries++;
	rq->pending++;
	a = sim_alloc(sizeof(*a));
	a->rq = rq;
	a->asked_ns = sim_now();
	a->life = sim_daemon.life;
	sim_trace("client: %s into %s, %s, try %u", rq->request_id, q.domain,
		  conf_severity_name(rq->severity), rq->tries);
	sim_border("request");
	if (!sim_rasd_alive())
		return; /* clients_rasd_ended() follows */
	injector_create(sim_daemon.injector, &q, on_answer, a);
}

void client_ask(const struct sim_request *rq, int64_t delay_ns)
{
	struct sim_request *r = &sim_request[sim_n_requests];

	*r = *rq;
	snprintf(r->request_id, sizeof(r->request_id), "q%04zu", sim_n_requests++);
	ask_later(r, delay_ns);
}

void clients_rasd_ended(void)
{
	for (size_t i = 0; i < sim_n_requests; i++) {
		struct sim_request *rq = &sim_request[i];

		if (!rq->pending)
			continue;
		rq->pending = 0;
		ask_later(rq, sim_between_log(SIM_MS, SIM_S));
	}
}

bool clients_done(void)
{
	if (n_waiting_to_ask)
		return false;
	for (size_t i = 0; i < sim_n_requests; i++)
		if (sim_request[i].pending)
			return false;
	return true;
}

static void on_resolved(void *arg, const struct ras_err *err)
{
	struct sim_request *rq = arg;

	if (err)
		rq->refused++;
	else
		rq->resolved++;
}

void clients_resolve(void)
{
	static const enum inj_state words[] = { INJ_REFUSED, INJ_LOST };
	struct ras_err err;

	for (size_t i = 0; i < sim_n_requests; i++)
		for (size_t k = 0; k < 2 && sim_request[i].told == INJ_UNKNOWN; k++)
			if (journal_resolve(sim_daemon.journal, &sim_request[i].id, words[k],
					    "an operator looked", on_resolved, &sim_request[i],
					    &err) < 0)
				sim_request[i].refused++;
}

void clients_judge_resolved(void)
{
	for (size_t i = 0; i < sim_n_requests; i++) {
		const struct sim_request *rq = &sim_request[i];

		if (rq->told == INJ_UNKNOWN && (rq->resolved != 1 || rq->refused != 1))
			sim_fail("request %s: of two operators %u were told that they resolved it",
				 rq->request_id, rq->resolved);
	}
}

void clients_clear(void)
{
	memset(sim_request, 0, sizeof(sim_request));
	sim_n_requests = 0;
	n_waiting_to_ask = 0;
}
