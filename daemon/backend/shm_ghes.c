// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Backend shm-ghes: rasd's own GHES, for machines whose QEMU has none (x86 today).
 *
 * `rasctl provision` gives a guest a HEST and a page at a fixed address (acpi/ghes_page.h). rasd
 * writes records into that page itself; the monitor is needed only for the NMI. Two sources:
 * corrected errors go into the first, which the guest polls; all others into the urgent one.
 *
 * What proves that the page is the guest's: rasd's own metadata names its address; the RAM layout,
 * verified with gpa2hva, says where in QEMU that address is; and rasd-pagemap finds that QEMU has
 * mapped this very file there. Architecture and names prove nothing.
 *
 * The block lies in the page over a RESET, and a guest's OS reports what it finds there when it
 * boots. So there is no fence and no search, and a record that was sent before a reset is watched
 * further. It outlives QEMU, too: what lies unread there when its QEMU ends is taken back, or the
 * next one would show it to its guest.
 *
 * What must not be done is to write while a migration copies the page: hence the question
 * before each record, as for a monitor command.
 *
 * Finding the page is in shm_open.c, how the guest is notified in shm_notify.c.
 */
#include <stdlib.h>
#include <string.h>

#include "backend/private.h"
#include "backend/shm.h"
#include "base/clock.h"
#include "cper/cper.h"
#include "guests/guest.h"

#define SEVERITY_AT 16		      /* in a status block */
#define READ_EVERY_NS INT64_C(100000) /* of a block whose acknowledgement is waited for */

/* The severity of the block as a whole decides: the guest's OS goes by it, too. */
static uint32_t choose(const uint8_t *rec, size_t len)
{
	uint32_t severity = len < CPER_BLOCK_SIZE ? 0 : le32(rec + SEVERITY_AT);

	return severity == CPER_SEV_CORRECTED || severity == CPER_SEV_INFO ? GHES_SOURCE_CORRECTED :
									     GHES_SOURCE_URGENT;
}

/* --- a block that is cleared and not acknowledged --- */

/*
 * Some guests never acknowledge what they cleared: NetBSD at its start, and one that is reset in
 * between. Such a block may be written over once the guest has run for long since. Only the time in
 * which it ran counts: a guest that was stopped may still be about to copy the record.
 */
static void note_unacked(struct shm *x, bool cleared_only)
{
	struct shm_unacked *u = &x->unacked;

	if (!cleared_only || x->s->guest->life.state != RUN_STATE_RUNNING)
		u->since_boot_ns = 0;
	else if (!u->since_boot_ns || !source_unbroken(x->s, &u->stamp))
		*u = (struct shm_unacked){ clock_boot_ns(), source_stamp_now(x->s) };
}

/* 0 where a record may be written over what is in the block. */
static int check_free(struct shm *x, struct ras_err *err)
{
	bool cleared = false;
	int r = shm_page_free(&x->page, x->s->id, &cleared, err);

	note_unacked(x, r == -RAS_E_BUSY && cleared);
	return x->unacked.since_boot_ns &&
			       clock_boot_ns() - x->unacked.since_boot_ns >= SOURCE_ACK_LONG_NS ?
		       0 :
		       r;
}

/* --- sending --- */

static void write_now(struct shm *x)
{
	struct shm_sending *p = &x->sending;
	struct ras_err err;
	int r;

	if (!source_stamp_current(x->s, &p->stamp)) {
		ras_fail(&err, RAS_E_MONITOR, "the guest was reset or stopped meanwhile");
		later_answer(&x->sending.answer, SUBMIT_NOT_SENT, &err);
		return;
	}
	r = shm_check_alone(x->s->guest, &x->page.domain, &err);
	if (r == 0)
		r = check_free(x, &err);
	if (r == 0)
		r = shm_page_write(&x->page, x->s->id, p->rec, p->len, &err);
	if (r < 0) {
		later_answer(&x->sending.answer, r == -RAS_E_BUSY ? SUBMIT_BUSY : SUBMIT_REFUSED,
			     &err);
		return;
	}
	x->unacked.since_boot_ns = 0;
	shm_notify(x);
	later_answer(&x->sending.answer, SUBMIT_OK, NULL);
}

/* --- no migration while we write --- */

static bool job_known(const struct shm *x, int64_t age_ns)
{
	return x->job.no_job_boot_ns && clock_boot_ns() - x->job.no_job_boot_ns < age_ns;
}

static void on_job(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *said)
{
	struct shm *x = arg;
	struct ras_err err;
	int r = -RAS_E_MONITOR;

	if (!shm_unhold(x))
		return;
	x->job.asking = false;
	if (o == QMP_OK)
		r = qmp_parse_migrate(ret, &err);
	else if (o == QMP_ERROR && said->code == RAS_E_NOT_CAPABLE)
		r = 0; /* a QEMU without the command */
	else
		err = *said;
	x->job.no_job_boot_ns = r == 0 ? x->job.asked_boot_ns : 0;
	/* The question may have been asked for the next record, with this one written already. */
	if (!later_waits(&x->sending.answer))
		return;
	if (r == 0)
		write_now(x);
	else
		later_answer(&x->sending.answer,
			     r == -RAS_E_NOT_RUNNING ? SUBMIT_REFUSED : SUBMIT_NOT_SENT, &err);
}

static int ask_job(struct shm *x, struct ras_err *err)
{
	int r = 0;

	if (x->job.asking)
		return 0;
	x->job.no_job_boot_ns = 0;
	x->job.asked_boot_ns = clock_boot_ns();
	r = qmp_cmd_query_migrate(x->s->guest->link.mon, on_job, x, err);
	x->job.asking = r == 0;
	if (r == 0)
		shm_hold(x);
	return r;
}

static void foretell(struct error_source *s, int64_t unless_younger_ns)
{
	if (s->shm && guest_is_up(s->guest) && !job_known(s->shm, unless_younger_ns))
		ask_job(s->shm, NULL);
}

static int submit(struct error_source *s, const uint8_t *rec, size_t len, backend_submit_fn fn,
		  void *arg, struct ras_err *err)
{
	struct shm *x = s->shm;
	struct shm_sending *p = &x->sending;
	bool known = job_known(x, MONITOR_NO_JOB_NS);
	int r;

	if (len > sizeof(p->rec))
		return ras_fail(err, RAS_E_RECORD, "a record of %zu bytes does not fit into %zu",
				len, sizeof(p->rec));
	memcpy(p->rec, rec, len);
	p->len = len;
	p->stamp = source_stamp_now(s);
	r = known ? 0 : ask_job(x, err);
	if (r < 0)
		return r;
	p->answer.arg = arg;
	p->answer.fn = fn;
	if (known)
		write_now(x);
	return 0;
}

/* --- looking --- */

static void look_ends(struct shm *x, const struct shm_block *b, const struct ras_err *err)
{
	struct shm_looking *l = &x->looking;
	backend_look_fn fn = l->fn;
	struct source_look look = { 0 };

	l->fn = NULL;
	snprintf(x->s->look_why, sizeof(x->s->look_why), "%.*s", (int)sizeof(x->s->look_why) - 1,
		 err ? err->text : "");
	if (!err) {
		look = (struct source_look){ .block = b->bytes,
					     .len_bytes = sizeof(b->bytes),
					     .read_ack = b->read_ack & 1,
					     .unpublished = shm_block_unpublished(b) };
		if (source_stamp_current(x->s, &l->stamp))
			source_seen(x->s, look.block, look.len_bytes);
	}
	fn(l->arg, err ? NULL : &look, err);
}

void shm_on_look(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval again = { 0, READ_EVERY_NS / 1000 };
	struct shm *x = arg;
	struct shm_block b;
	struct ras_err err;
	bool pending, cleared;

	(void)fd, (void)what;
	/* While it waits it reads two words. */
	if (clock_boot_ns() < x->looking.until_boot_ns &&
	    shm_page_free(&x->page, x->s->id, &cleared, NULL) == -RAS_E_BUSY) {
		evtimer_add(x->looking.timer, &again);
		return;
	}
	if (shm_page_read(&x->page, x->s->id, &b, &err) < 0) {
		look_ends(x, NULL, &err);
		return;
	}
	pending = le32(b.bytes) != 0;
	note_unacked(x, !pending && !(b.read_ack & 1) && !shm_block_unpublished(&b));
	if (pending)
		shm_notify_again(x);
	look_ends(x, &b, NULL);
}

static void on_found_again(void *arg, struct guest *g, struct error_source *s,
			   const struct ras_err *err)
{
	(void)arg, (void)g, (void)s, (void)err;
}

static int readback(struct error_source *s, const struct source_at *at, uint32_t wait_us,
		    backend_look_fn fn, void *arg, struct ras_err *err)
{
	struct shm *x = s->shm;

	if (!x || x->page.fd < 0 || x->gen.pid != at->gen.pid ||
	    x->gen.start_time != at->gen.start_time) {
		if (s->state != SOURCE_SEARCHING && guest_is_up(s->guest))
			source_prepare(s->backends, s->guest, s->backend, s->id, on_found_again,
				       NULL);
		return ras_fail(err, RAS_E_NOT_FOUND, "the page of this QEMU is not open");
	}
	x->looking.fn = fn;
	x->looking.arg = arg;
	x->looking.stamp = source_stamp_now(s);
	x->looking.until_boot_ns = clock_boot_ns() + wait_us * INT64_C(1000);
	event_at_once(x->looking.timer);
	return 0;
}

/* The page is a file, which the guest's next QEMU has as it was left. */
static int take_back(struct error_source *s, const uint8_t *rec, size_t len, struct ras_err *err)
{
	if (!s->shm || s->shm->page.fd < 0)
		return ras_fail(err, RAS_E_NOT_FOUND, "the page is not open");
	return shm_page_take_back(&s->shm->page, s->id, rec, len, err);
}

const struct backend backend_shm_ghes = {
	.name = "shm-ghes",
	.cper_profile = CPER_SPEC | CPER_LINUX_GUEST,
	.traits = { .proof = PROOF_READ_ACK, .keeps_block_over_reset = true, .fence = false },
	.probe = shm_probe,
	.meant = shm_meant,
	.choose = choose,
	.prepare = shm_prepare,
	.foretell = foretell,
	.submit = submit,
	.readback = readback,
	.take_back = take_back,
};
