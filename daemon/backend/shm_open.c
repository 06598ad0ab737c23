// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The page of a provisioned guest: finding it in QEMU, and giving it back. What proves that it is
 * the guest's is said in shm_ghes.c.
 *
 * The device that has the page must be one whose memory the guest leaves alone. A DIMM's memory is
 * RAM for the guest's kernel: it would write to our page what it likes.
 *
 * What is found counts for the guest's counters of the moment when it was asked for (source.h: the
 * stamp). A reset or a stop makes it void; then it is asked for again, which takes a packet.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend/private.h"
#include "backend/shm.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "guests/guest.h"
#include "provision/meta.h"

#define OPEN_TRIES 8 /* each was undone by an event of the guest */

/* A question to rasd-pagemap, or to the guest before it. */
struct opening {
	struct shm *x;
	struct source_stamp stamp;
	struct ghes_meta meta;
	unsigned int tries;
};

static const struct ram_section *page_section(const struct guest *g, uint64_t base_gpa)
{
	for (size_t i = 0; g->ram.known && i < g->ram.n; i++)
		if (g->ram.section[i].gpa == base_gpa &&
		    g->ram.section[i].len_bytes == GHES_PAGE_BYTES)
			return &g->ram.section[i];
	return NULL;
}

static int no_page(const struct guest *g, struct ras_err *err)
{
	ras_fail(err, RAS_E_NOT_CAPABLE,
		 "%s is provisioned, but its QEMU does not have the page of its error sources",
		 g->name);
	return ras_hint(err, "stop it and start it again (a reboot from inside is not enough)");
}

int shm_probe(const struct guest *g, struct ras_err *err)
{
	const struct ghes_meta *m = provision_of(g);
	int r = guest_readable(g, err);

	if (r == 0)
		r = provision_current(g, err);
	if (r == 0 && m && g->ram.known && !page_section(g, m->base_gpa))
		r = no_page(g, err);
	return r;
}

struct sharing {
	const struct guest *g;
	struct uuid uuid;
	const char *other; /* NULL: none */
};

static void compare(void *arg, struct guest *h)
{
	struct sharing *c = arg;
	struct uuid uuid;

	if (guest_is_up(h) && h->life.pid != c->g->life.pid && provision_uuid(h, &uuid) &&
	    uuid_equal(&uuid, &c->uuid))
		c->other = h->name;
}

int shm_check_alone(const struct guest *g, const struct uuid *uuid, struct ras_err *err)
{
	struct sharing c = { .g = g, .uuid = *uuid };

	guests_each(g->gs, compare, &c);
	if (!c.other)
		return 0;
	ras_fail(err, RAS_E_NOT_CAPABLE,
		 "%.64s and %.64s run with the same UUID, so they share one page: either may read "
		 "what is sent to the other",
		 g->name, c.other);
	return ras_hint(err, "stop one of them, or start it with a UUID of its own");
}

/* It is provisioned; or it can be, and QEMU has nothing of its own for it. */
enum backend_meant shm_meant(const struct guest *g)
{
	if (provision_of(g))
		return MEANT_SET_UP;
	return backend_fits_processor(g, false) && !qemu_ghes_offers(g) ? MEANT_POSSIBLE : MEANT_NO;
}

/* --- struct shm --- */

static void free_if_unused(struct shm *x)
{
	if (x->s || x->n_asked)
		return;
	if (x->page.fd >= 0)
		close(x->page.fd);
	free(x);
}

void shm_hold(struct shm *x)
{
	x->n_asked++;
}

bool shm_unhold(struct shm *x)
{
	bool alive = x->s;

	x->n_asked--;
	free_if_unused(x);
	return alive;
}

static struct shm *shm_new(struct error_source *s)
{
	struct event_base *base = s->backends->base;
	struct shm *x = calloc(1, sizeof(*x));

	if (!x)
		return NULL;
	x->looking.timer = evtimer_new(base, shm_on_look, x);
	x->notice.timer = evtimer_new(base, shm_on_notice, x);
	if (!x->looking.timer || !x->notice.timer || later_init(&x->sending.answer, base) < 0) {
		if (x->looking.timer)
			event_free(x->looking.timer);
		if (x->notice.timer)
			event_free(x->notice.timer);
		free(x);
		return NULL;
	}
	x->s = s;
	x->page.fd = -1;
	x->gen.pid = x->notice.up.gen.pid = x->notice.kernel.gen.pid = -1;
	return x;
}

void shm_drop(struct error_source *s)
{
	if (s->shm)
		s->shm->opening = NULL;
}

void shm_forget(struct error_source *s)
{
	struct shm *x = s->shm;
	struct ras_err err;

	if (!x)
		return;
	shm_drop(s);
	ras_fail(&err, RAS_E_GONE, "%s is gone", s->guest->name);
	event_free(x->looking.timer);
	event_free(x->notice.timer);
	s->shm = NULL;
	x->s = NULL;
	/* A record whose question was not answered was not written. */
	later_end(&x->sending.answer, SUBMIT_NOT_SENT, &err);
	if (x->looking.fn)
		x->looking.fn(x->looking.arg, NULL, &err);
	free_if_unused(x);
}

/* --- finding --- */

/* The opening has ended. NULL: nobody waits for it any more. */
static struct error_source *end_opening(struct opening *o)
{
	struct shm *x = o->x;
	struct error_source *s = x->opening == o ? x->s : NULL;

	if (s) {
		x->opening = NULL;
		s->state = SOURCE_UNKNOWN;
	}
	free(o);
	shm_unhold(x);
	return s;
}

static void failed(struct opening *o, const struct ras_err *why)
{
	struct error_source *s = end_opening(o);
	struct ras_err err = *why;

	if (!s)
		return;
	source_note_why(s, &err);
	source_finish(s, &err);
}

static void found(struct opening *o, int fd)
{
	struct shm *x = o->x;
	const struct ghes_meta meta = o->meta;
	struct error_source *s = end_opening(o);
	struct shm_block b;
	struct ras_err err;
	int r;

	if (x->page.fd >= 0)
		close(x->page.fd);
	x->page = (struct shm_page){ .fd = fd, .base_gpa = meta.base_gpa, .domain = meta.uuid };
	x->notify = meta.notify;
	x->gen = generation_of(s->guest);
	/* What lies in it now was told of before, or will be when the guest's OS looks. */
	x->notice.tried_boot_ns = clock_boot_ns();
	s->place = (struct source_place){
		.block_gpa = meta.base_gpa + GHES_PAGE_BLOCK(s->id),
		.read_ack_gpa = meta.base_gpa + GHES_PAGE_READ_ACK(s->id),
		.has_read_ack = true,
	};
	s->stamp = source_stamp_now(s);
	s->state = SOURCE_FOUND;
	s->why = (struct source_why){ 0 };
	log_limited(LOG_INFO, s->guest->name,
		    "guest %s: source %u in the page at 0x%" PRIx64 ", %s", s->guest->name, s->id,
		    meta.base_gpa,
		    s->id == GHES_SOURCE_URGENT && meta.notify == GHES_NOTIFY_NMI ?
			    "notified by NMI" :
			    "polled");
	/* A page that was overwritten is still read: what became of older records stands in it. */
	r = shm_page_check(&x->page, &err);
	if (shm_page_read(&x->page, s->id, &b, r == 0 ? &err : NULL) == 0)
		source_seen(s, b.bytes, sizeof(b.bytes));
	else if (r == 0)
		r = -err.code;
	source_finish(s, r < 0 ? &err : NULL);
}

static void again(struct opening *o);

static void on_page(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	struct opening *o = arg;
	struct error_source *s = o->x->opening == o ? o->x->s : NULL;
	_close_ int page = fd;
	struct ras_err why;

	(void)rep;
	if (!s) {
		end_opening(o);
	} else if (!source_stamp_current(s, &o->stamp)) {
		again(o);
	} else if (err && err->code == RAS_E_NOT_FOUND) {
		no_page(s->guest, &why);
		failed(o, &why);
	} else if (err && err->code == RAS_E_NOT_CAPABLE) {
		ras_fail(
			&why, RAS_E_NOT_CAPABLE,
			"%s was started without the ACPI table of its error sources, so its kernel "
			"does not look at them",
			s->guest->name);
		ras_hint(&why, "stop it: %s", err->text);
		failed(o, &why);
	} else if (err || page < 0) {
		ras_fail(&why, err ? (enum ras_code)err->code : RAS_E_HELPER,
			 "the page of %s cannot be opened: %s", s->guest->name,
			 err ? err->text : "no descriptor came");
		ras_hint(&why, "see the log of rasd-pagemap");
		failed(o, &why);
	} else {
		found(o, TAKE_FD(page));
	}
}

static int check_device(const struct opening *o, json_object *devices, struct ras_err *err)
{
	const char *kind = "";
	int r = qmp_parse_memory_device(devices, o->meta.base_gpa, &kind, err);

	if (r == -RAS_E_NOT_FOUND)
		return no_page(o->x->s->guest, err);
	if (r < 0 || strcmp(kind, "nvdimm") == 0 || strcmp(kind, "virtio-pmem") == 0)
		return r;
	ras_fail(err, RAS_E_NOT_CAPABLE,
		 "the page of %s is a memory device of another kind (%.40s): its kernel may use it "
		 "as RAM",
		 o->x->s->guest->name, strcmp(kind, "dimm") == 0 ? "pc-dimm" : kind);
	return ras_hint(err, "stop it, and start it with an nvdimm, as 'rasctl provision' shows");
}

static void on_devices(void *arg, enum qmp_outcome outcome, json_object *devices,
		       const struct ras_err *said)
{
	struct opening *o = arg;
	struct error_source *s = o->x->opening == o ? o->x->s : NULL;
	const struct ram_section *section;
	struct ras_err err;

	if (!s) {
		end_opening(o);
		return;
	}
	section = page_section(s->guest, o->meta.base_gpa);
	if (!source_stamp_current(s, &o->stamp) || !section) {
		again(o);
		return;
	}
	if (outcome != QMP_OK)
		err = *said;
	if (outcome != QMP_OK || check_device(o, devices, &err) < 0 ||
	    helper_shm_mapped(s->backends->helper, &o->meta.uuid, s->guest->life.pid,
			      s->guest->life.start_time, section, on_page, o, &err) < 0)
		failed(o, &err);
}

static void begin(struct opening *o)
{
	struct error_source *s = o->x->s;
	const struct guest *g = s->guest;
	const struct ghes_meta *m = provision_of(g);
	const struct ram_section *section = m ? page_section(g, m->base_gpa) : NULL;
	struct ras_err err;

	if (!m && provision_current(g, &err) == 0)
		ras_fail(&err, RAS_E_NOT_CAPABLE, "%s is not provisioned", g->name);
	else if (m && !section)
		no_page(g, &err);
	if (!section || shm_check_alone(g, &m->uuid, &err) < 0) {
		failed(o, &err);
		return;
	}
	o->meta = *m;
	o->stamp = source_stamp_now(s);
	if (qmp_cmd_query_memory_devices(g->link.mon, on_devices, o, &err) < 0)
		failed(o, &err);
}

static void on_known_again(void *arg, struct guest *g, const struct ras_err *err)
{
	struct opening *o = arg;

	(void)g;
	if (o->x->opening != o)
		end_opening(o);
	else if (err)
		failed(o, err);
	else
		begin(o);
}

/* Something happened to the guest meanwhile: what was found is void. */
static void again(struct opening *o)
{
	struct ras_err err;

	if (++o->tries <= OPEN_TRIES) {
		guest_know(o->x->s->guest, on_known_again, o);
		return;
	}
	ras_fail(&err, RAS_E_NOT_READY, "%s is reset, stopped or resumed again and again",
		 o->x->s->guest->name);
	failed(o, &err);
}

void shm_prepare(struct error_source *s)
{
	struct opening *o = NULL;
	struct ras_err err;

	if (source_lacks_helper(s))
		return;
	if (!s->shm)
		s->shm = shm_new(s);
	if (s->shm)
		o = calloc(1, sizeof(*o));
	if (!o) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		source_finish(s, &err);
		return;
	}
	o->x = s->shm;
	shm_hold(o->x);
	o->x->opening = o;
	s->state = SOURCE_SEARCHING;
	begin(o);
}
