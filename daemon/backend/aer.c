// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Backend aer: QEMU's monitor command `pcie_aer_inject_error`, for errors of PCIe root ports.
 * aer_map.c says which record is which error, aer_open.c finds the port. Each port is an error
 * source of its own; its id is bus, device and function as in a requester id.
 *
 * The proof is in the port's registers, which are read from outside. They are read before the send,
 * because QEMU sets an error also where the guest has masked it or is not there yet. Then, after
 * it: the error was in the port (its own status, the root port's, or the id of the source), and the
 * root error status is clear again: acknowledged, for nobody but the guest's driver clears it. The
 * driver may be faster than the first look, and then all is as it was before: `delivered`. The same
 * where the registers cannot be read. The first look follows the command in the same write to the
 * monitor, so that this is rare.
 *
 * What was sent by an earlier life of rasd cannot be told from another error: it is `unknown`.
 */
#include "backend/aer.h"

#include <stdlib.h>
#include <string.h>

#include "backend/private.h"
#include "base/cleanup.h"
#include "cper/cper.h"
#include "guests/guest.h"

/* --- looking --- */

/* What the port shows now. */
static void take_port(struct aer *x, const struct aer_port *now)
{
	struct aer_sent *t = &x->sent;

	t->was_set |= aer_port_was_set(&t->before, now, &t->error);
	t->is_set = aer_port_is_set(now, &t->error);
	t->has_look = true;
}

static enum source_told told(struct aer *x)
{
	const struct generation *gen = &x->road.looking.gen;
	struct generation now = generation_of(x->road.s->guest);
	struct aer_sent *t = &x->sent;

	if (!t->any || !generation_equal(gen, &t->gen) || !generation_equal(gen, &now))
		return TOLD_NOTHING;
	if (!x->config_gpa)
		return TOLD_RAISED;
	t->has_look = false;
	if (t->is_set)
		return TOLD_PENDING;
	return t->was_set ? TOLD_ACKED : TOLD_RAISED;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct aer *x = arg;

	(void)fd, (void)what;
	road_told(&x->road, told(x), NULL);
}

static int port_of_reply(const struct aer *x, enum qmp_outcome o, json_object *ret,
			 const struct ras_err *said, struct aer_port *port, struct ras_err *err)
{
	uint32_t words[AER_WORDS];
	int r;

	if (o != QMP_OK)
		return ras_fail(err, RAS_E_MONITOR, "%.200s", said->text);
	r = qmp_parse_words(ret, x->config_gpa, AER_WORDS, words, err);
	return r < 0 ? r : aer_port_of(words, port, err);
}

static int read_port(struct aer *x, enum monitor_kind kind, qmp_reply_fn fn, struct ras_err *err)
{
	int r;

	x->road.n_asked++;
	r = qmp_cmd_read_words(x->road.s->guest->link.mon, x->config_gpa, AER_WORDS, kind, fn, x,
			       err);
	if (r < 0)
		x->road.n_asked--;
	return r;
}

static void on_look(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *said)
{
	struct aer *x = arg;
	struct aer_port now;
	struct ras_err err;
	int r;

	if (!road_unhold(&x->road) || !x->road.looking.fn)
		return;
	r = port_of_reply(x, o, ret, said, &now, &err);
	if (r == 0)
		take_port(x, &now);
	road_told(&x->road, r < 0 ? TOLD_NOTHING : told(x), r < 0 ? &err : NULL);
}

static int readback(struct error_source *s, const struct source_at *at, uint32_t wait_us,
		    backend_look_fn fn, void *arg, struct ras_err *err)
{
	struct aer *x = aer_of(s);
	struct generation now = generation_of(s->guest);
	int r = 0;

	(void)wait_us;
	if (!x)
		return ras_fail(err, RAS_E_NOT_FOUND, "nothing was sent to it");
	if (!x->config_gpa || x->sent.has_look || !x->sent.any ||
	    !generation_equal(&at->gen, &x->sent.gen) || !generation_equal(&at->gen, &now))
		event_at_once(x->road.looking.timer);
	else if (!guest_is_up(s->guest))
		r = ras_fail(err, RAS_E_MONITOR, "its monitor is away");
	else
		r = read_port(x, MONITOR_QUERY, on_look, err);
	if (r == 0)
		road_looks(&x->road, at, fn, arg);
	return r;
}

/* --- struct aer --- */

static void prepare(struct error_source *s)
{
	if (road_open(s, sizeof(struct aer), on_timer, aer_open_drop) == 0)
		aer_open(s, aer_of(s));
}

static int probe(const struct guest *g, struct ras_err *err)
{
	if (guest_fact(g, aer_question.key) == FACT_ON)
		return 0;
	ras_fail(err, RAS_E_NOT_CAPABLE, "%s has no PCIe root port with an id of QEMU's", g->name);
	return ras_hint(err, "start it with '-device pcie-root-port,id=NAME,...'; libvirt does");
}

static int fits(const struct guest *g, const struct error_source *s, const uint8_t *rec, size_t len,
		bool allow_crash, struct ras_err *err)
{
	struct aer_error e;
	int r = aer_map(rec, len, &e, err);

	(void)g, (void)allow_crash;
	if (r < 0 || !s || !s->road || aer_of(s)->config_gpa || e.class != AER_NONFATAL)
		return r;
	/* Only the port says whether it is fatal, and it cannot be asked. */
	ras_fail(err, RAS_E_NOT_CAPABLE,
		 "the port's registers cannot be read, so the error may be a fatal one");
	return ras_hint(err, "send it with severity fatal");
}

static uint32_t choose(const uint8_t *rec, size_t len)
{
	struct aer_error e;

	return aer_map(rec, len, &e, NULL) < 0 ? SOURCE_ANY : e.bdf;
}

/* --- sending --- */

static void on_first_look(void *arg, enum qmp_outcome o, json_object *ret,
			  const struct ras_err *said)
{
	struct aer *x = arg;
	struct aer_port now;
	struct ras_err err;

	if (road_unhold(&x->road) && port_of_reply(x, o, ret, said, &now, &err) == 0)
		take_port(x, &now);
}

static void on_reply(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *said)
{
	struct aer *x = arg;
	struct ras_err err;

	if (!road_unhold(&x->road) || !x->road.answer.fn)
		return;
	if (o != QMP_OK)
		later_answer(&x->road.answer, backend_outcome(o, said), said);
	else if (qmp_parse_aer(ret, x->id, x->sending.error.bdf, &err) < 0)
		later_answer(&x->road.answer, SUBMIT_REFUSED, &err);
	else
		later_answer(&x->road.answer, SUBMIT_OK, NULL);
}

static int send_error(struct aer *x, const struct aer_port *before, struct ras_err *err)
{
	const struct aer_error *e = &x->sending.error;
	struct guest *g = x->road.s->guest;
	struct qmp_aer a = { .id = x->id,
			     .correctable = e->class == AER_CORRECTABLE,
			     .status = e->status,
			     .has_header = e->has_header };
	int r;

	memcpy(a.header, e->header, sizeof(a.header));
	x->sent = (struct aer_sent){ .any = true, .gen = generation_of(g), .error = *e };
	x->road.n_asked++;
	r = qmp_cmd_aer(g->link.mon, &a, on_reply, x, err);
	if (r < 0) {
		x->road.n_asked--;
		return r;
	}
	if (before) {
		x->sent.before = *before;
		/* Without it the next look is the first. */
		read_port(x, MONITOR_CHANGE, on_first_look, NULL);
	}
	return 0;
}

/* Why not, as an outcome of the submit. */
static enum submit_outcome outcome_of(const struct ras_err *err)
{
	switch (err->code) {
	case RAS_E_BUSY:
		return SUBMIT_BUSY;
	case RAS_E_NOT_CAPABLE:
		return SUBMIT_REFUSED;
	default:
		return SUBMIT_NOT_SENT;
	}
}

static int check_before(const struct aer *x, enum qmp_outcome o, json_object *ret,
			const struct ras_err *said, struct aer_port *before, struct ras_err *err)
{
	int r = port_of_reply(x, o, ret, said, before, err);

	if (r < 0)
		return r;
	if (!source_stamp_current(x->road.s, &x->sending.stamp))
		return ras_fail(err, RAS_E_MONITOR, "the guest was reset or stopped meanwhile");
	return aer_port_takes(before, &x->sending.error, err);
}

static void on_before(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *said)
{
	struct aer *x = arg;
	struct aer_port before;
	struct ras_err err;

	if (!road_unhold(&x->road) || !x->road.answer.fn)
		return;
	if (check_before(x, o, ret, said, &before, &err) < 0 || send_error(x, &before, &err) < 0)
		later_answer(&x->road.answer, outcome_of(&err), &err);
}

static int submit(struct error_source *s, const uint8_t *rec, size_t len, backend_submit_fn fn,
		  void *arg, struct ras_err *err)
{
	struct aer *x = aer_of(s);
	int r = aer_map(rec, len, &x->sending.error, err);

	if (r < 0)
		return r;
	x->sending.stamp = source_stamp_now(s);
	r = x->config_gpa ? read_port(x, MONITOR_QUERY, on_before, err) : send_error(x, NULL, err);
	return road_submitted(&x->road, r, fn, arg);
}

const struct backend backend_aer = {
	.name = "aer",
	.limits = "only if it is asked for (--via aer): records of one error of a PCIe root port, "
		  "with one bit of its AER status",
	.per_device = true,
	.device_types = aer_root_ports,
	.cper_profile = CPER_SPEC,
	.traits = { .proof = PROOF_REGISTERS, .keeps_block_over_reset = false, .fence = true },
	.questions = &aer_question,
	.n_questions = 1,
	.probe = probe,
	.fits = fits,
	.choose = choose,
	.prepare = prepare,
	.foretell = monitor_foretell,
	.submit = submit,
	.readback = readback,
};
