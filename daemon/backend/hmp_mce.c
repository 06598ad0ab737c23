// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Backend hmp-mce: QEMU's monitor command `mce`, for x86 guests that have no error source of their
 * own. mce_map.c says which record becomes which machine check.
 *
 * Nobody acknowledges a machine check. QEMU says by its event MEMORY_FAILURE that it has raised it;
 * that is the evidence, and the state is `delivered`. The event comes before the command's answer
 * or, through libvirt, at about the same time. It names nothing, so guests/life.c counts the next
 * one after our command as ours, and not as an error of the host.
 *
 * What QEMU does silently or worse, and the rule for each:
 *   - nothing at all for an unknown CPU: the index is looked up before (prepare), and without the
 *     event nothing is called delivered
 *   - it resets the machine where the CPU does not take machine checks yet (firmware, boot loader,
 *     early kernel: CR4.MCE is 0): an exception is sent only where the registers, read just before,
 *     show an operating system and CR4.MCE
 *   - it resets the machine where the exception before is still being handled: the next one is sent
 *     GAP_NS after QEMU's answer at the earliest, and when the processor is seen idle or in user
 *     mode. No time alone is enough: a guest in a crowded host took more than a second (measured)
 *   - it overwrites an error that waits in its bank: mce_banks.h
 *
 * Two of rasd's lives: an event that comes while no rasd listens is lost, and what was sent then is
 * `unknown`. Which banks were in use is not known in the next.
 */
#include <stdlib.h>
#include <string.h>

#include "backend/mce_banks.h"
#include "backend/mce_map.h"
#include "backend/private.h"
#include "backend/road.h"
#include "base/clock.h"
#include "cper/cper.h"
#include "guests/guest.h"

#define CPU 0u /* which every guest has, and which is not unplugged */
#define PREPARE_TRIES 8
/* QEMU answers when the processor is about to take the exception, if the host has a CPU for it. */
#define GAP_NS INT64_C(1000000000)
/* So long after it an exception has been handled, even if the kernel is never seen idle. */
#define HANDLED_NS INT64_C(60000000000)
/* Through libvirt the event may come after the command's answer, from another thread. */
#define EVENT_LATE_NS INT64_C(2000000000)
/* QEMU did not answer in time. When it does, the event comes with the answer. */
#define EVENT_LOST_NS INT64_C(60000000000)
#define EVENT_EVERY_US 500 /* while a look waits for the event */

/* Which processor it is; asked of one connection. */
struct vendor_question {
	struct mce *x;
	struct source_stamp stamp;
	unsigned int tries;
};

/* The record that is being sent. */
struct mce_sending {
	struct mce_mapped mapped;
	struct source_stamp stamp;
};

/* The record that was sent last. */
struct mce_sent {
	bool any; /* in this life of rasd */
	struct generation gen;
	uint64_t n_before;	   /* own events at its send */
	int64_t exception_boot_ns; /* when an exception was raised last, as far as known */
};

struct mce {
	struct road road;
	enum mce_vendor vendor;
	struct vendor_question *question; /* under way, NULL */
	struct mce_sending sending;
	struct mce_sent sent;
	struct mce_banks banks;
	int64_t look_until_boot_ns;
};

static struct mce *mce_of(const struct error_source *s)
{
	return (struct mce *)s->road;
}

static void on_look(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval again = { 0, EVENT_EVERY_US };
	struct mce *x = arg;
	const struct guest_own_failures *own = &x->road.s->guest->life.own_failures;
	bool raised = x->sent.any && generation_equal(&x->road.looking.gen, &x->sent.gen) &&
		      own->n_injected > x->sent.n_before;

	(void)fd, (void)what;
	if (!raised && clock_boot_ns() < x->look_until_boot_ns)
		evtimer_add(x->road.looking.timer, &again);
	else
		road_told(&x->road, raised ? TOLD_RAISED : TOLD_NOTHING, NULL);
}

static void drop(struct road *r)
{
	((struct mce *)r)->question = NULL;
}

/* --- which processor --- */

/* The processor is one that nothing is known of. */
static int other_vendor(const struct guest *g, struct ras_err *err)
{
	ras_fail(
		err, RAS_E_NOT_CAPABLE,
		"%s has processors that are neither Intel's nor AMD's: hmp-mce does not know their "
		"machine checks",
		g->name);
	return ras_hint(err, "use 'rasctl provision', or another CPU model");
}

static int probe(const struct guest *g, struct ras_err *err)
{
	const struct error_source *s = source_known(g, &backend_hmp_mce, SOURCE_ANY);

	if (!backend_fits_processor(g, false)) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s takes no machine checks: it is an %s guest, and they are x86_64's",
			 g->name, g->machine.arch[0] ? g->machine.arch : "unknown");
		return ras_hint(err, "use another backend");
	}
	if (s && s->road && mce_of(s)->vendor == MCE_VENDOR_OTHER &&
	    s->stamp.gen.pid == g->life.pid)
		return other_vendor(g, err);
	return guest_readable(g, err);
}

static void ask_cpus(struct vendor_question *q);

static void prepare_failed(struct vendor_question *q, const struct ras_err *err)
{
	struct error_source *s = q->x->road.s;

	source_note_why(s, err);
	q->x->question = NULL;
	free(q);
	source_finish(s, err);
}

/* False: the answer is of no use any more, and q is gone. */
static bool still_asked(struct vendor_question *q)
{
	struct mce *x = q->x;

	if (road_unhold(&x->road) && x->question == q)
		return true;
	free(q);
	return false;
}

static int no_answer(enum qmp_outcome o, const struct ras_err *said, struct ras_err *err)
{
	if (o == QMP_OK)
		return 0;
	return ras_fail(err, RAS_E_NOT_READY, "its processor is not known: %.200s", said->text);
}

static void on_vendor(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *said)
{
	struct vendor_question *q = arg;
	struct error_source *s;
	const char *word;
	struct ras_err err;

	if (!still_asked(q))
		return;
	s = q->x->road.s;
	if (no_answer(o, said, &err) < 0 || qmp_parse_string(ret, &word, &err) < 0) {
		prepare_failed(q, &err);
		return;
	}
	if (!source_stamp_current(s, &q->stamp) && ++q->tries < PREPARE_TRIES) {
		ask_cpus(q);
		return;
	}
	q->x->vendor = mce_vendor_of(word);
	s->stamp = q->stamp;
	if (q->x->vendor == MCE_VENDOR_OTHER) {
		other_vendor(s->guest, &err);
		prepare_failed(q, &err);
		return;
	}
	s->id = 0;
	s->state = SOURCE_FOUND;
	s->why = (struct source_why){ 0 };
	q->x->question = NULL;
	free(q);
	source_finish(s, NULL);
}

static void on_cpus(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *said)
{
	struct vendor_question *q = arg;
	char path[QMP_PATH_SIZE];
	struct ras_err err;

	if (!still_asked(q))
		return;
	q->x->road.n_asked++;
	if (no_answer(o, said, &err) < 0 || qmp_parse_cpu_path(ret, CPU, path, &err) < 0 ||
	    qmp_cmd_qom_get(q->x->road.s->guest->link.mon, path, "vendor", on_vendor, q, &err) <
		    0) {
		q->x->road.n_asked--;
		prepare_failed(q, &err);
	}
}

static void ask_cpus(struct vendor_question *q)
{
	struct error_source *s = q->x->road.s;
	struct ras_err err;

	q->stamp = source_stamp_now(s);
	q->x->road.n_asked++;
	if (qmp_cmd_query_cpus_fast(s->guest->link.mon, on_cpus, q, &err) < 0) {
		q->x->road.n_asked--;
		prepare_failed(q, &err);
	}
}

static void prepare(struct error_source *s)
{
	struct vendor_question *q;
	struct ras_err err;

	if (road_open(s, sizeof(struct mce), on_look, drop) < 0)
		return;
	q = calloc(1, sizeof(*q));
	if (!q) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		source_finish(s, &err);
		return;
	}
	q->x = mce_of(s);
	/* An earlier life of rasd may have raised one just now. */
	if (!q->x->sent.exception_boot_ns)
		q->x->sent.exception_boot_ns = clock_boot_ns();
	q->x->question = q;
	s->state = SOURCE_SEARCHING;
	ask_cpus(q);
}

/* 0 and the bank that an error goes into. */
static int find_bank(struct mce *x, struct mce_mapped *m, struct ras_err *err)
{
	struct source_stamp now = source_stamp_now(x->road.s);
	unsigned int bank;

	if (!m->deferred)
		return 0;
	bank = mce_bank_free(&x->banks, &now, clock_boot_ns());
	if (!bank) {
		ras_fail(err, RAS_E_BUSY,
			 "%u uncorrected errors wait until the guest's kernel polls for them, "
			 "which Linux does every 5 minutes; another one would overwrite the first",
			 MCE_POLLED_BANKS);
		return ras_hint(err, "try again in 5 minutes; " MCE_HOW_ELSE);
	}
	m->mce.bank = bank;
	return 0;
}

static int fits(const struct guest *g, const struct error_source *s, const uint8_t *rec, size_t len,
		bool allow_crash, struct ras_err *err)
{
	struct mce *x = s && s->road ? mce_of(s) : NULL;
	struct mce_mapped m;
	int r = mce_map(rec, len, x ? x->vendor : MCE_VENDOR_NOT_ASKED, allow_crash, &m, err);

	if (r < 0)
		return r;
	if (g->ram.known && !guest_has_ram(g, (struct gpa){ m.mce.addr }))
		return ras_fail(err, RAS_E_NOT_RAM, "0x%llx is not RAM of %s",
				(unsigned long long)m.mce.addr, g->name);
	return x ? find_bank(x, &m, err) : 0;
}

/* --- sending --- */

static void on_reply(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *said)
{
	struct mce *x = arg;
	struct ras_err err;

	if (!road_unhold(&x->road))
		return;
	if (x->sending.mapped.exception)
		x->sent.exception_boot_ns = clock_boot_ns();
	guest_own_failure_ends(x->road.s->guest, o == QMP_OK	  ? EVENT_LATE_NS :
						 o == QMP_UNKNOWN ? EVENT_LOST_NS :
								    0);
	if (!x->road.answer.fn)
		return;
	if (o != QMP_OK)
		later_answer(&x->road.answer, backend_outcome(o, said), said);
	else if (qmp_parse_mce(ret, &err) < 0)
		later_answer(&x->road.answer, SUBMIT_REFUSED, &err);
	else
		later_answer(&x->road.answer, SUBMIT_OK, NULL);
}

static int send_mce(struct mce *x, struct ras_err *err)
{
	struct guest *g = x->road.s->guest;
	int r;

	x->sent.any = true;
	x->sent.gen = generation_of(g);
	x->sent.n_before = g->life.own_failures.n_injected;
	guest_own_failure_begins(g);
	x->road.n_asked++;
	r = qmp_cmd_mce(g->link.mon, &x->sending.mapped.mce, on_reply, x, err);
	if (r < 0) {
		x->road.n_asked--;
		guest_own_failure_ends(g, 0);
	} else if (x->sending.mapped.exception) {
		x->sent.exception_boot_ns = clock_boot_ns();
	} else if (x->sending.mapped.deferred) {
		mce_bank_use(&x->banks, x->sending.mapped.mce.bank, clock_boot_ns());
	}
	return r;
}

/* 0 where the processor takes an exception now. Otherwise it may a little later. */
static int check_registers(const struct mce *x, enum qmp_outcome o, json_object *ret,
			   const struct ras_err *said, struct ras_err *err)
{
	enum qmp_cpu cpu;

	if (o != QMP_OK)
		return ras_fail(err, RAS_E_MONITOR, "%.200s", said->text);
	if (!source_stamp_current(x->road.s, &x->sending.stamp))
		return ras_fail(err, RAS_E_MONITOR, "the guest was reset or stopped meanwhile");
	cpu = qmp_registers_cpu(ret);
	if (cpu == QMP_CPU_OTHER)
		return ras_fail(err, RAS_E_MONITOR,
				"no 64-bit operating system was seen on its first processor; "
				"firmware would be reset by a machine check");
	if (!qmp_registers_take_mce(ret))
		return ras_fail(
			err, RAS_E_MONITOR,
			"its operating system has not switched on machine checks (CR4.MCE)");
	if (cpu == QMP_CPU_KERNEL && clock_boot_ns() - x->sent.exception_boot_ns < HANDLED_NS)
		return ras_fail(err, RAS_E_MONITOR,
				"its kernel may still be handling the machine check before");
	return 0;
}

static void on_registers(void *arg, enum qmp_outcome o, json_object *ret,
			 const struct ras_err *said)
{
	struct mce *x = arg;
	struct ras_err err;

	if (!road_unhold(&x->road) || !x->road.answer.fn)
		return;
	if (check_registers(x, o, ret, said, &err) < 0 || send_mce(x, &err) < 0)
		later_answer(&x->road.answer, SUBMIT_NOT_SENT, &err);
}

static int submit(struct error_source *s, const uint8_t *rec, size_t len, backend_submit_fn fn,
		  void *arg, struct ras_err *err)
{
	struct mce *x = mce_of(s);
	struct mce_sending *p = &x->sending;
	/* Whether it may crash the guest was decided when the request was accepted. */
	int r = mce_map(rec, len, x->vendor, true, &p->mapped, err);
	struct ras_err busy;

	if (r < 0)
		return r;
	p->mapped.mce.cpu = CPU;
	p->stamp = source_stamp_now(s);
	if (find_bank(x, &p->mapped, &busy) < 0) {
		later_answer(&x->road.answer, SUBMIT_REFUSED, &busy);
	} else if (!p->mapped.exception) {
		r = send_mce(x, err);
	} else if (clock_boot_ns() - x->sent.exception_boot_ns < GAP_NS) {
		ras_fail(&busy, RAS_E_BUSY, "the machine check before may still be handled");
		later_answer(&x->road.answer, SUBMIT_BUSY, &busy);
	} else {
		x->road.n_asked++;
		r = qmp_cmd_info_registers(s->guest->link.mon, on_registers, x, err);
		if (r < 0)
			x->road.n_asked--;
	}
	return road_submitted(&x->road, r, fn, arg);
}

static int readback(struct error_source *s, const struct source_at *at, uint32_t wait_us,
		    backend_look_fn fn, void *arg, struct ras_err *err)
{
	struct mce *x = mce_of(s);

	if (x)
		x->look_until_boot_ns = clock_boot_ns() + wait_us * INT64_C(1000);
	return road_look_now(s, at, fn, arg, err);
}

const struct backend backend_hmp_mce = {
	.name = "hmp-mce",
	.errors_max = 1,
	.limits = "records of one memory error with an address: corrected, recoverable; fatal only "
		  "with allow_crash. Only address and severity arrive, nobody acknowledges",
	.cper_profile = CPER_SPEC,
	.traits = { .proof = PROOF_EVENT, .keeps_block_over_reset = false, .fence = true },
	.probe = probe,
	.fits = fits,
	.prepare = prepare,
	.foretell = monitor_foretell,
	.submit = submit,
	.readback = readback,
};
