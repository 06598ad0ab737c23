// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The only caller of a backend's functions. It checks what must hold before a call (the source is
 * ready, the last question is answered) and what a backend promises after it (an outcome has its
 * reason). A backend that breaks its promise has the outcome turned into "unknown": a wrong answer
 * would be told as proof, none would leave the record watched by nobody.
 */
#include "backend/backend.h"

#include <stdlib.h>
#include <string.h>

#include "backend/private.h"
#include "backend/tells.h"
#include "base/cleanup.h"
#include "base/log.h"
#include "guests/guest.h"

static const struct backend *const usual[] = { &backend_qemu_ghes, &backend_shm_ghes,
					       &backend_hmp_mce, &backend_aer, &backend_cxl };
static const struct backend *const *table = usual;
static size_t n_table = ARRAY_LEN(usual);

void backends_override(const struct backend *const *t, size_t n)
{
	table = t ? t : usual;
	n_table = t ? n : ARRAY_LEN(usual);
}

const struct backend *backend_at(size_t i)
{
	return i < n_table ? table[i] : NULL;
}

const struct backend *backend_named(const char *name)
{
	for (size_t i = 0; i < n_table; i++)
		if (strcmp(table[i]->name, name) == 0)
			return table[i];
	return NULL;
}

int backend_pick(const struct guest *g, const char *name, const struct backend **out,
		 struct ras_err *err)
{
	const struct backend *tell = NULL;
	enum backend_meant best = MEANT_NO;

	if (name && !backend_named(name))
		return ras_fail(err, RAS_E_NOT_CAPABLE, "there is no backend \"%.32s\"", name);
	for (size_t i = 0; i < n_table && best != MEANT_SET_UP; i++) {
		enum backend_meant meant = table[i]->meant ? table[i]->meant(g) : MEANT_NO;

		if (name ? strcmp(table[i]->name, name) != 0 : table[i]->per_device)
			continue;
		if (table[i]->probe(g, NULL) == 0) {
			*out = table[i];
			return 0;
		}
		/* The reason of the one that is preferred most, if none was meant for it. */
		if (!tell || meant > best)
			tell = table[i];
		best = meant > best ? meant : best;
	}
	if (!tell)
		return ras_fail(err, RAS_E_NOT_CAPABLE, "there is no backend");
	return tell->probe(g, err);
}

void backend_why(const struct guest *g, const struct backend *b, bool by_name, char *out,
		 size_t size)
{
	size_t at = 0;

	out[0] = '\0';
	if (by_name) {
		snprintf(out, size, "by %s, which was asked for", b->name);
		return;
	}
	for (size_t i = 0; i < n_table && table[i] != b && at < size; i++) {
		struct ras_err err;

		if (table[i]->probe(g, &err) == 0)
			continue;
		at += (size_t)snprintf(out + at, size - at, "%s%s: %.*s", at ? "; " : "not by ",
				       table[i]->name, 60, err.text);
	}
}

int backend_fits(const struct backend *b, const struct guest *g, const struct error_source *s,
		 const uint8_t *rec, size_t len, bool allow_crash, struct ras_err *err)
{
	return b->fits ? b->fits(g, s, rec, len, allow_crash, err) : 0;
}

enum submit_outcome backend_outcome(enum qmp_outcome o, const struct ras_err *err)
{
	switch (o) {
	case QMP_OK:
		return SUBMIT_OK;
	case QMP_ERROR:
		return SUBMIT_REFUSED;
	case QMP_NOT_SENT:
		return err->code == RAS_E_NOT_RUNNING || err->code == RAS_E_PERMISSION ?
			       SUBMIT_REFUSED :
			       SUBMIT_NOT_SENT;
	case QMP_UNKNOWN:
		break;
	}
	return SUBMIT_UNKNOWN;
}

void monitor_foretell(struct error_source *s, int64_t unless_younger_ns)
{
	if (guest_is_up(s->guest))
		s->guest->link.mon->ops->ask_ahead(s->guest->link.mon, unless_younger_ns);
}

struct told_fact {
	void (*fn)(void *arg, const char *name, bool on);
	void *arg;
};

static void tell_fact(void *arg, const char *name, enum guest_fact fact)
{
	const struct told_fact *t = arg;

	t->fn(t->arg, name, fact == FACT_ON);
}

void backend_each_fact(const struct guest *g, void (*fn)(void *arg, const char *name, bool on),
		       void *arg)
{
	struct told_fact t = { .fn = fn, .arg = arg };

	guest_each_shown(g, tell_fact, &t);
}

static const struct guest_question common[] = {
	{ .key = "kvm", .ask = qmp_cmd_query_kvm, .property = "enabled", .shown = "kvm" },
};

enum qemu_tells backend_qemu_tells(const struct guest *g)
{
	switch (guest_fact(g, "kvm")) {
	case FACT_OFF:
		return QEMU_TELLS_NOTHING;
	case FACT_ON:
		if (backend_fits_processor(g, true))
			return QEMU_TELLS_REQUIRED;
		return backend_fits_processor(g, false) ? QEMU_TELLS_ALL : QEMU_TELLS_UNKNOWN;
	case FACT_NONE:
		break;
	}
	return QEMU_TELLS_UNKNOWN;
}

bool backend_fits_processor(const struct guest *g, bool arm)
{
	return strcmp(g->machine.arch, arm ? "aarch64" : "x86_64") == 0;
}

uint32_t backend_choose(const struct backend *b, const uint8_t *rec, size_t len)
{
	return b->choose ? b->choose(rec, len) : SOURCE_ANY;
}

bool source_ready(const struct error_source *s)
{
	return guest_is_known(s->guest) && source_found(s) &&
	       backend_capable(s->backend, s->guest, NULL) == 0;
}

/* --- preparing --- */

struct preparing {
	struct backends *bs;
	const struct backend *b;
	uint32_t id;
	source_fn fn;
	void *arg;
};

static void add_waiter(struct error_source *s, source_fn fn, void *arg)
{
	struct source_waiter *w = calloc(1, sizeof(*w)), **at;
	struct ras_err err;

	if (!w) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		fn(arg, s->guest, s, &err);
		return;
	}
	*w = (struct source_waiter){ .fn = fn, .arg = arg };
	/* Requests are taken in the order in which they came. */
	for (at = &s->waiters; *at; at = &(*at)->next)
		;
	*at = w;
	if (s->state == SOURCE_SEARCHING)
		return;
	s->backend->prepare(s);
}

static void on_known(void *arg, struct guest *g, const struct ras_err *err)
{
	struct preparing p = *(struct preparing *)arg;
	struct error_source *s;
	struct ras_err why;

	free(arg);
	/* Why it can take no record says more than why its RAM layout is not known. */
	if (guest_is_up(g) && (p.b ? p.b->probe(g, &why) : backend_pick(g, NULL, &p.b, &why)) < 0)
		err = &why;
	if (err) {
		p.fn(p.arg, g, NULL, err);
		return;
	}
	s = source_of(p.bs, g, p.b, p.id);
	if (!s) {
		ras_fail(&why, RAS_E_NOMEM, "out of memory");
		p.fn(p.arg, g, NULL, &why);
	} else if (source_found(s)) {
		p.fn(p.arg, g, s, backend_capable(p.b, g, &why) < 0 ? &why : NULL);
	} else {
		add_waiter(s, p.fn, p.arg);
	}
}

void source_prepare(struct backends *bs, struct guest *g, const struct backend *b, uint32_t id,
		    source_fn fn, void *arg)
{
	struct preparing *p = malloc(sizeof(*p));
	struct ras_err err;

	if (!p) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		fn(arg, g, NULL, &err);
		return;
	}
	*p = (struct preparing){ .bs = bs, .b = b, .id = id, .fn = fn, .arg = arg };
	guest_know(g, on_known, p);
}

/* --- records --- */

void source_foretell(struct error_source *s, int64_t unless_younger_ns)
{
	if (s->backend->foretell)
		s->backend->foretell(s, unless_younger_ns);
}

int source_take_back(struct error_source *s, const uint8_t *rec, size_t len, struct ras_err *err)
{
	if (!s->backend->take_back)
		return ras_fail(err, RAS_E_NOT_CAPABLE, "%s keeps no record", s->backend->name);
	return s->backend->take_back(s, rec, len, err);
}

void source_ack(struct error_source *s)
{
	if (s->backend->ack)
		s->backend->ack(s);
}

/* A call of a backend that has not been answered. */
struct asked {
	struct asked **at; /* where the source keeps it, NULL once the source is gone */
	backend_submit_fn submitted;
	backend_look_fn looked;
	void *arg;
};

static struct asked *ask(struct asked **at, void *arg, struct ras_err *err)
{
	struct asked *a;

	if (*at) {
		ras_fail(err, RAS_E_BUSY, "the last question to this error source is not answered");
		return NULL;
	}
	a = calloc(1, sizeof(*a));
	if (!a) {
		ras_fail(err, RAS_E_NOMEM, "out of memory");
		return NULL;
	}
	a->at = at;
	a->arg = arg;
	*at = a;
	return a;
}

static struct asked end_asked(struct asked *a)
{
	struct asked copy = *a;

	if (a->at)
		*a->at = NULL;
	free(a);
	return copy;
}

static void on_submitted(void *arg, enum submit_outcome o, const struct ras_err *err)
{
	struct asked a = end_asked(arg);
	struct ras_err broken;

	if ((o == SUBMIT_OK) == !!err) {
		ras_fail(&broken, RAS_E_INTERNAL, "the backend gave an outcome without its reason");
		a.submitted(a.arg, SUBMIT_UNKNOWN, &broken);
		return;
	}
	a.submitted(a.arg, o, err);
}

int source_submit(struct error_source *s, const uint8_t *rec, size_t len, backend_submit_fn fn,
		  void *arg, struct ras_err *err)
{
	struct asked *a;
	int r;

	if (!source_ready(s))
		return ras_fail(err, RAS_E_NOT_READY, "the error source is not ready");
	a = ask(&s->asked.submitting, arg, err);
	if (!a)
		return -err->code;
	a->submitted = fn;
	/* Before the call: its answer may be the next thing that happens. */
	s->stops_at_send = s->guest->life.n_stops;
	r = s->backend->submit(s, rec, len, on_submitted, a, err);
	if (r < 0)
		end_asked(a);
	return r;
}

static void on_looked(void *arg, const struct source_look *look, const struct ras_err *err)
{
	struct asked a = end_asked(arg);
	struct ras_err broken;

	if (!look == !err) {
		ras_fail(&broken, RAS_E_INTERNAL, "the backend gave neither a look nor an error");
		look = NULL;
		err = &broken;
	}
	a.looked(a.arg, look, err);
}

int source_readback(struct error_source *s, const struct source_at *at, uint32_t wait_us,
		    backend_look_fn fn, void *arg, struct ras_err *err)
{
	struct asked *a = ask(&s->asked.looking, arg, err);
	int r;

	if (!a)
		return -err->code;
	a->looked = fn;
	r = s->backend->readback(s, at, wait_us, on_looked, a, err);
	if (r < 0)
		end_asked(a);
	return r;
}

void source_forget_asked(struct error_source *s)
{
	if (s->asked.submitting)
		s->asked.submitting->at = NULL;
	if (s->asked.looking)
		s->asked.looking->at = NULL;
}

/* --- what happens to guests and to the helper --- */

static void on_guest(void *arg, const void *what)
{
	const struct guest_change *c = what;
	struct ras_err err;

	(void)arg;
	if (c->ev == GUEST_FREED) {
		sources_free(c->g);
		return;
	}
	if (c->ev != GUEST_GONE || guest_why_down(c->g, &err) == 0)
		return;
	for (struct error_source *s = c->g->sources, *next; s; s = next) {
		next = s->next;
		hest_drop(s);
		shm_drop(s);
		road_drop(s);
		s->look_why[0] = '\0';
		source_finish(s, &err);
	}
}

static void on_helper(void *arg, const void *what)
{
	struct backends *bs = arg;

	if (!((const struct helper_link *)what)->up)
		bs->n_helpers++;
}

int backends_new(struct backends **out, struct event_base *base, struct guests *guests,
		 struct helper_client *helper, struct ras_err *err)
{
	struct backends *bs = calloc(1, sizeof(*bs));

	if (!bs)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	bs->base = base;
	bs->guests = guests;
	bs->helper = helper;
	guests_ask(guests, common, ARRAY_LEN(common));
	for (size_t i = 0; i < n_table; i++)
		guests_ask(guests, table[i]->questions, table[i]->n_questions);
	guests_subscribe(guests, &bs->guest_sub, on_guest, bs);
	if (helper)
		helper_client_subscribe(helper, &bs->helper_sub, on_helper, bs);
	*out = bs;
	return 0;
}

static void free_of(void *arg, struct guest *g)
{
	(void)arg;
	sources_free(g);
}

void backends_free(struct backends *bs)
{
	if (!bs)
		return;
	looks_end(bs);
	devices_end(bs);
	guests_each(bs->guests, free_of, NULL);
	guests_unsubscribe(bs->guests, &bs->guest_sub);
	if (bs->helper)
		helper_client_unsubscribe(bs->helper, &bs->helper_sub);
	free(bs);
}
