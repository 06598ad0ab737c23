// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Backend cxl: QEMU's commands `cxl-inject-*`, for events of CXL memory devices. cxl_map.c says
 * which record is which event. Each device is an error source of its own; its id is bus, device and
 * function as in a requester id.
 *
 * QEMU puts the event into the device's log and raises the interrupt that the guest's driver has
 * asked for. Who has read it can be told only by the device's mailbox, which is the driver's. So
 * QEMU's success is the evidence, and the state is `delivered`. Unlike the human monitor these
 * commands refuse by an error what they do not take.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/cxl_map.h"
#include "backend/device.h"
#include "backend/private.h"
#include "backend/road.h"
#include "base/cleanup.h"
#include "cper/cper.h"
#include "guests/guest.h"

#define PREPARE_TRIES 8

struct cxl {
	struct road road;
	struct device_seek *seek; /* under way, NULL */
	struct source_stamp stamp;
	unsigned int tries;
	char id[QMP_ID_SIZE]; /* of the device */
	struct cxl_mapped sending;
	struct generation sent_gen; /* of the record that was sent last */
	bool raised;		    /* QEMU has said so of it */
};

static const char *const types[DEVICE_TYPES_MAX] = { "cxl-type3" };

static bool has_device(json_object *ret)
{
	return device_listed(ret, types);
}

static const struct guest_question question = { .key = "cxl-type3",
						.ask = qmp_cmd_list_devices,
						.holds = has_device };

static int probe(const struct guest *g, struct ras_err *err)
{
	if (guest_fact(g, question.key) == FACT_ON)
		return 0;
	ras_fail(err, RAS_E_NOT_CAPABLE, "%s has no CXL memory device with an id of QEMU's",
		 g->name);
	return ras_hint(err, "start it with '-M cxl=on' and '-device cxl-type3,id=NAME,...'");
}

static int fits(const struct guest *g, const struct error_source *s, const uint8_t *rec, size_t len,
		bool allow_crash, struct ras_err *err)
{
	struct cxl_mapped m;

	(void)g, (void)s, (void)allow_crash;
	return cxl_map(rec, len, &m, err);
}

static uint32_t choose(const uint8_t *rec, size_t len)
{
	struct cxl_mapped m;

	return cxl_map(rec, len, &m, NULL) < 0 ? SOURCE_ANY : m.bdf;
}

/* --- finding the device --- */

static void begin(struct cxl *x);

static void finish(struct cxl *x, const struct ras_err *err)
{
	struct error_source *s = x->road.s;

	if (err) {
		source_note_why(s, err);
	} else {
		s->stamp = x->stamp;
		s->state = SOURCE_FOUND;
		s->why = (struct source_why){ 0 };
	}
	source_finish(s, err);
}

static void on_found(void *arg, const char *id, const struct ras_err *err)
{
	struct cxl *x = arg;
	struct error_source *s = x->road.s;
	struct ras_err why;

	x->seek = NULL;
	if (err && err->code == RAS_E_NOT_FOUND) {
		ras_fail(&why, RAS_E_NOT_CAPABLE, "%.48s: no CXL memory device: %.130s",
			 s->guest->name, err->text);
		ras_hint(&why, "name a device of type cxl-type3 by its bus, device and function");
		err = &why;
	}
	if (id)
		snprintf(x->id, sizeof(x->id), "%s", id);
	if (id && !source_stamp_current(s, &x->stamp) && ++x->tries < PREPARE_TRIES)
		begin(x);
	else
		finish(x, err);
}

static void begin(struct cxl *x)
{
	struct error_source *s = x->road.s;
	struct ras_err err;

	x->stamp = source_stamp_now(s);
	if (device_seek(&x->seek, s->guest->link.mon, types, (uint16_t)s->id, on_found, x, &err) <
	    0)
		finish(x, &err);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct cxl *x = arg;
	bool mine = generation_equal(&x->road.looking.gen, &x->sent_gen);

	(void)fd, (void)what;
	road_told(&x->road, mine && x->raised ? TOLD_RAISED : TOLD_NOTHING, NULL);
}

static void drop(struct road *r)
{
	struct cxl *x = (struct cxl *)r;

	device_seek_drop(TAKE(x->seek));
}

static struct cxl *cxl_of(const struct error_source *s)
{
	return (struct cxl *)s->road;
}

static void prepare(struct error_source *s)
{
	if (road_open(s, sizeof(struct cxl), on_timer, drop) < 0)
		return;
	s->state = SOURCE_SEARCHING;
	cxl_of(s)->tries = 0;
	begin(cxl_of(s));
}

/* --- sending --- */

static void answer(struct cxl *x, enum qmp_outcome o, const struct ras_err *said)
{
	x->raised = o == QMP_OK;
	later_answer(&x->road.answer, backend_outcome(o, said), o == QMP_OK ? NULL : said);
}

static void on_event(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *said)
{
	struct cxl *x = arg;
	struct ras_err err;

	(void)ret;
	if (!road_unhold(&x->road) || !x->road.answer.fn)
		return;
	if (o != QMP_OK && x->sending.poison) {
		/* The poison is in the device: "not written" would be wrong. */
		ras_fail(&err, RAS_E_MONITOR, "the poison was set, the event not: %.120s",
			 said->text);
		answer(x, QMP_UNKNOWN, &err);
		return;
	}
	answer(x, o, said);
}

static int send_event(struct cxl *x, struct ras_err *err)
{
	int r;

	x->road.n_asked++;
	r = qmp_cmd_cxl_event(x->road.s->guest->link.mon, &x->sending.event, on_event, x, err);
	if (r < 0)
		x->road.n_asked--;
	return r;
}

static void on_poison(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *said)
{
	struct cxl *x = arg;
	struct ras_err err;

	(void)ret;
	if (!road_unhold(&x->road) || !x->road.answer.fn)
		return;
	if (o != QMP_OK)
		answer(x, o, said);
	else if (send_event(x, &err) < 0)
		answer(x, QMP_UNKNOWN, &err);
}

static int submit(struct error_source *s, const uint8_t *rec, size_t len, backend_submit_fn fn,
		  void *arg, struct ras_err *err)
{
	struct cxl *x = cxl_of(s);
	int r = cxl_map(rec, len, &x->sending, err);

	if (r < 0)
		return r;
	x->sending.event.id = x->id;
	x->sent_gen = generation_of(s->guest);
	x->raised = false;
	if (x->sending.poison) {
		x->road.n_asked++;
		r = qmp_cmd_cxl_poison(s->guest->link.mon, x->id, x->sending.dpa, on_poison, x,
				       err);
		if (r < 0)
			x->road.n_asked--;
	} else {
		r = send_event(x, err);
	}
	return road_submitted(&x->road, r, fn, arg);
}

static int readback(struct error_source *s, const struct source_at *at, uint32_t wait_us,
		    backend_look_fn fn, void *arg, struct ras_err *err)
{
	(void)wait_us;
	return road_look_now(s, at, fn, arg, err);
}

const struct backend backend_cxl = {
	.name = "cxl",
	.limits = "only if it is asked for (--via cxl): records of one general media, DRAM or "
		  "memory module event of a CXL memory device. Nobody acknowledges",
	.per_device = true,
	.device_types = types,
	.cper_profile = CPER_SPEC,
	.traits = { .proof = PROOF_EVENT, .keeps_block_over_reset = false, .fence = true },
	.questions = &question,
	.n_questions = 1,
	.probe = probe,
	.fits = fits,
	.choose = choose,
	.prepare = prepare,
	.foretell = monitor_foretell,
	.submit = submit,
	.readback = readback,
};
