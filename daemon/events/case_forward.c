// SPDX-License-Identifier: LGPL-2.1-or-later
/* From a decision to the forward room, and what came of it. */
#include <string.h>

#include "base/clock.h"
#include "base/failpoint.h"
#include "events/case.h"

static struct gpa first_page(const struct ue_case *c)
{
	uint64_t bytes = (uint64_t)c->pages * GUEST_PAGE_BYTES;

	return (struct gpa){ c->hit.gpa.v & ~(bytes - 1) };
}

void case_key(const struct ue_case *c, struct host_forward_key *key)
{
	*key = (struct host_forward_key){ .pfn = c->lost_pfn,
					  .pid = c->hit.pid,
					  .start_time = c->hit.start_time,
					  .gpa = first_page(c) };
	memcpy(key->boot_id, c->ev->boot_id, sizeof(key->boot_id));
}

/* Of no use to try again? Then what is to be said of it; else HOST_PENDING. */
static enum host_decision final_failure(int code)
{
	switch (code) {
	case RAS_E_REQUEST_ID:
		return HOST_SAME;
	case RAS_E_NOT_GRANTED:
		return HOST_NOT_GRANTED;
	case RAS_E_NOT_RAM:
		return HOST_STALE;
	case RAS_E_NOT_CAPABLE:
	case RAS_E_GONE:
	case RAS_E_RECORD:
	case RAS_E_NO_DOMAIN:
		return HOST_FAILED;
	default:
		return HOST_PENDING;
	}
}

static void count_time(struct ue_case *c, const struct journal_row *row)
{
	int64_t margin_ns, event_ns = events_time(&c->event, &margin_ns);

	if (row && row->outcome.state == INJ_ACKNOWLEDGED && event_ns && !margin_ns &&
	    uuid_equal(&c->event.when.boot_id, &c->ev->boot))
		histogram_add(&c->ev->forward_times, clock_boot_ns() - event_ns);
}

static void on_forwarded(void *arg, const struct forward_result *r)
{
	struct ue_case *c = arg;
	enum host_decision d;

	if (case_orphaned(c))
		return;
	FAILPOINT(host_sent);
	/* A page of a huge page may take seconds; what goes on is not given up. */
	if (r->done > c->done)
		c->begun_ns = clock_boot_ns();
	c->done = r->done;
	c->tries++;
	c->stored |= r->stored;
	if (c->stored)
		c->host.verdict.decision = HOST_FORWARDED;
	if (r->over) {
		count_time(c, r->row);
		case_say(c, r->row ? r->row->outcome.detail : "");
		case_keep(c);
		return;
	}
	d = final_failure(r->err.code);
	if (d == HOST_PENDING)
		case_later(c, &r->err);
	else if (c->stored || d == HOST_FAILED)
		case_give_up(c, r->err.text);
	else
		case_conclude(c, d, r->err.text);
}

/* A label is for the guest only if its owner wants that; only what a record may hold. */
static void put_label(const struct ue_case *c, char out[21])
{
	struct guest *g;
	size_t n = 0;

	out[0] = '\0';
	if (guests_find(c->ev->p.guests, c->hit.domain, &g, NULL) < 0 ||
	    !guest_grant(g).forward_label)
		return;
	for (const char *s = c->host.seen.label; *s && n < 20; s++)
		if (*s >= ' ' && *s <= '~')
			out[n++] = *s;
	out[n] = '\0';
}

/* The host page, and where a huge one begins, which first_page() belongs to. */
static struct hpa first_hpa(const struct ue_case *c)
{
	uint64_t bytes = (uint64_t)c->pages * GUEST_PAGE_BYTES;

	return (struct hpa){ c->event.where.hpa.v & ~(bytes - 1) };
}

void case_foretell(const struct ue_case *c)
{
	forward_foretell(c->ev->p.forward, c->hit.domain, first_page(c), first_hpa(c));
}

void case_forward(struct ue_case *c)
{
	struct forward_error e = { .pid = c->hit.pid,
				   .start_time = c->hit.start_time,
				   .hpa = first_hpa(c),
				   .gpa = first_page(c),
				   .pages = c->pages,
				   .done = c->done,
				   .severity = CONF_SEV_RECOVERABLE,
				   .real_ns = c->event.when.real_ns,
				   .tries = c->tries,
				   .host = { .event_id = c->host.id,
					     .has_event = !c->stored,
					     .has_forward = true,
					     .event = c->host } };
	struct host_forward *fw = &e.host.forward;

	memcpy(e.domain, c->hit.domain, sizeof(e.domain));
	put_label(c, e.fru_text);
	case_key(c, &fw->key);
	fw->event = c->host.id;
	memcpy(fw->domain, c->hit.domain, sizeof(fw->domain));
	fw->pages = c->pages;
	fw->poisoned = c->hit.state == XLATE_POISONED;
	c->state = CASE_FORWARDING;
	forward_error(c->ev->p.forward, &e, on_forwarded, c);
}
