// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Error sources that a guest's HEST describes: finding them, and reading their status block.
 *
 * The problem: rasd-pagemap finds the table by its signature in the guest's memory, and memory
 * tells nothing about time. A RESET keeps RAM, so the table of the life before is still there until
 * the firmware has written the new one. While a guest stands still its memory may be replaced by a
 * snapshot's. While its monitor is away a RESET may pass unseen.
 *
 * The rules:
 *   anything happened during the search    it is thrown away and made again (source.h: the stamp)
 *   a RESET since the block was last seen  the table counts once the block no longer holds those
 *                                          bytes: the firmware zeroes it when it runs
 *   the monitor was away, same process     the block is blank now or lies elsewhere: that was a
 *                                          RESET, and it is counted
 *
 * Without them a record would be looked for in the block of an earlier life, where an old record,
 * long acknowledged, may pass for it.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "backend/private.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "guests/guest.h"

/* Each try was undone by an event of the guest; one that resets this fast takes no record. */
#define SEARCH_TRIES 8
/* Firmware and kernel of the slowest guests seen (TCG, loaded host) are up within this. */
#define MISSING_LONG_S 60
#define HEADER_BYTES 20u

struct search {
	struct error_source *s; /* NULL: given up */
	struct source_stamp stamp;
	struct source_place place;
	uint32_t id;
	hest_choose_fn choose;
	unsigned int tries;
};

/* A read of the status block that has not come back. */
struct look {
	struct look *next, **prev; /* of the source's; prev NULL: the source is gone */
	struct error_source *s;
	struct source_stamp stamp; /* when it was asked for */
	backend_look_fn fn;
	void *arg;
};

static bool all_zero(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

void hest_drop(struct error_source *s)
{
	if (s->search)
		TAKE(s->search)->s = NULL;
	if (s->state == SOURCE_SEARCHING)
		s->state = SOURCE_UNKNOWN;
}

/* The end of a search: the source is s's again. */
static struct error_source *end_search(struct search *x)
{
	struct error_source *s = x->s;

	s->search = NULL;
	s->state = SOURCE_UNKNOWN;
	free(x);
	return s;
}

void source_not_ready(const struct error_source *s, struct ras_err *err)
{
	struct generation now = generation_of(s->guest);
	int64_t for_s = 0;

	if (s->why.code && s->why.code != RAS_E_NOT_READY) {
		ras_fail(err, s->why.code, "%s", s->why.text);
		ras_hint(err, "%s", s->why.hint);
		return;
	}
	if (s->missing.since_boot_ns && generation_equal(&s->missing.gen, &now))
		for_s = (clock_boot_ns() - s->missing.since_boot_ns) / 1000000000;
	ras_fail(err, RAS_E_NOT_READY, "%s is not ready: %s", s->guest->name,
		 s->why.code ? s->why.text : "its error source was not looked for yet");
	if (for_s < MISSING_LONG_S)
		ras_hint(err, "wait until the guest's firmware and kernel are up, then try again");
	else
		ras_hint(
			err,
			"that has been so for %lld s. It may never change: is the guest stopped in "
			"its firmware or boot loader, was it started without UEFI firmware (EDK2) "
			"or without ACPI (acpi=off), or does its kernel have hest_disable?",
			(long long)for_s);
}

static void missing(struct error_source *s, const char *why)
{
	struct generation now = generation_of(s->guest);
	struct ras_err err;

	if (!s->missing.since_boot_ns || !generation_equal(&s->missing.gen, &now)) {
		s->missing.gen = now;
		s->missing.since_boot_ns = clock_boot_ns();
	}
	ras_fail(&err, RAS_E_NOT_READY, "%s", why);
	source_note_why(s, &err);
	source_not_ready(s, &err);
	source_finish(s, &err);
}

static void give_up(struct search *x, const struct ras_err *err)
{
	struct error_source *s = end_search(x);

	source_note_why(s, err);
	source_finish(s, err);
}

/* rasd-pagemap refuses the process: most often its user is not one of those that are named. */
static void hint_helper(struct ras_err *err, const struct ras_err *said)
{
	unsigned int uid;

	if (err->code == RAS_E_TIMEOUT || err->code == RAS_E_BUSY)
		ras_hint(err, "its memory does not answer (post-copy migration, userfaultfd, "
			      "swap?); try again later");
	else if (sscanf(said->text, "uid %u is not a configured", &uid) == 1 && uid)
		ras_hint(err,
			 "if that is QEMU's user: add qemu-user = %u to [guests] of rasd.conf, "
			 "then systemctl restart rasd",
			 uid);
	else
		ras_hint(err, "journalctl -u rasd-pagemap");
}

/* The helper's answer is an error: the guest's fault, or the helper's own. */
static void helper_failed(struct error_source *s, const struct ras_err *why)
{
	struct ras_err err;

	if (why->code == RAS_E_NOT_READY) {
		missing(s, why->text);
		return;
	}
	ras_fail(&err, (enum ras_code)why->code, "memory of %s cannot be read: %s", s->guest->name,
		 why->text);
	hint_helper(&err, why);
	source_note_why(s, &err);
	source_finish(s, &err);
}

static void found(struct search *x)
{
	struct error_source *s = x->s;
	const char *name = s->guest->name;

	s->place = x->place;
	if (s->id != x->id)
		source_unseen(s);
	s->id = x->id;
	s->stamp = source_stamp_now(s);
	end_search(x);
	s->state = SOURCE_FOUND;
	s->missing.since_boot_ns = 0;
	s->why = (struct source_why){ 0 };
	log_limited(LOG_INFO, name,
		    "guest %s: HEST at 0x%" PRIx64 ", source %u, block at 0x%" PRIx64
		    ", %u ignored",
		    name, s->place.table_gpa, s->id, s->place.block_gpa, s->place.n_ignored);
	if (s->place.n_rivals)
		log_limited(
			LOG_WARNING, name,
			"guest %s: %u more valid tables in its memory say something else: one of "
			"them was planted or is old",
			name, s->place.n_rivals);
}

static bool same_process(const struct generation *a, const struct generation *b)
{
	return a->pid == b->pid && a->start_time == b->start_time;
}

/* The block was seen before a RESET of this process, and its memory is the same. */
static bool seen_before_reset(const struct error_source *s, const struct source_stamp *now)
{
	return s->last.len_bytes && same_process(&s->last.stamp.gen, &now->gen) &&
	       s->last.stamp.gen.reset_count != now->gen.reset_count &&
	       s->last.stamp.n_memories == now->n_memories;
}

/* The source was found in this process, and its monitor was away since. */
static bool seen_before_gap(const struct error_source *s, const struct source_stamp *now)
{
	return s->place.block_gpa && same_process(&s->stamp.gen, &now->gen) &&
	       s->stamp.n_links != now->n_links && s->stamp.n_memories == now->n_memories;
}

/* The block as read before still lies there, but for its first four bytes: they are the guest's. */
static bool unchanged(const struct error_source *s, const uint8_t *block, size_t len)
{
	size_t n = s->last.len_bytes < len ? s->last.len_bytes : len;

	/* A block of zeros tells nothing. */
	return n > HEADER_BYTES && !all_zero(s->last.bytes + 4, n - 4) &&
	       memcmp(s->last.bytes + 4, block + 4, n - 4) == 0;
}

static bool blanked(const struct error_source *s, const uint8_t *block, size_t len)
{
	return s->last.len_bytes > 4 && !all_zero(s->last.bytes + 4, s->last.len_bytes - 4) &&
	       all_zero(block, len);
}

static void again(struct search *x);

static void on_block(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	struct search *x = arg;
	struct error_source *s = x->s;

	(void)fd;
	if (!s) {
		free(x);
	} else if (!source_stamp_current(s, &x->stamp)) {
		again(x);
	} else if (err) {
		/* Without what the block holds now a later RESET could not be told from none. */
		helper_failed(end_search(x), err);
	} else if (seen_before_reset(s, &x->stamp) &&
		   unchanged(s, rep->block, rep->block_len_bytes)) {
		missing(end_search(x), "the firmware has not run since the last reset");
	} else {
		/* A RESET that the firmware has not followed up yet is not seen here. */
		if (!seen_before_reset(s, &x->stamp) && seen_before_gap(s, &x->stamp) &&
		    (x->place.block_gpa != s->place.block_gpa ||
		     blanked(s, rep->block, rep->block_len_bytes)))
			guest_missed_reset(s->guest);
		found(x);
		source_seen(s, rep->block, rep->block_len_bytes);
		source_finish(s, NULL);
	}
}

static void take_table(struct search *x, const struct helper_reply *rep)
{
	struct error_source *s = x->s;
	struct helper_client *helper = s->backends->helper;
	const struct guest *g = s->guest;
	const struct hest_source *h;
	struct ras_err err;
	size_t n = rep->n_sources < HELPER_MAX_SOURCES ? rep->n_sources : HELPER_MAX_SOURCES;

	h = x->choose(rep->source, n);
	if (!h) {
		missing(end_search(x), n ? "its HEST has no source that QEMU's command could use" :
					   "no HEST in its memory: the firmware has not run yet");
		return;
	}
	x->id = h->source_id;
	x->place = (struct source_place){ .table_gpa = rep->hest_gpa,
					  .block_gpa = h->block_gpa,
					  .read_ack_gpa = h->read_ack_gpa,
					  .has_read_ack = true,
					  .n_ignored = rep->n_ignored,
					  .n_rivals = rep->n_rivals };
	if (helper_slot(helper, g->life.pid, g->life.start_time, x->id, 0, on_block, x, &err) < 0)
		helper_failed(end_search(x), &err);
}

static void on_table(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	struct search *x = arg;
	struct error_source *s = x->s;

	(void)fd;
	if (!s) {
		free(x);
		return;
	}
	if (!source_stamp_current(s, &x->stamp)) {
		again(x);
		return;
	}
	s->place.n_ignored = rep ? rep->n_ignored : 0;
	s->place.n_rivals = rep ? rep->n_rivals : 0;
	if (err)
		helper_failed(end_search(x), err);
	else
		take_table(x, rep);
}

static void begin(struct search *x)
{
	struct error_source *s = x->s;
	const struct guest *g = s->guest;
	struct ras_err err;

	x->stamp = source_stamp_now(s);
	if (helper_hest(s->backends->helper, g->life.pid, g->life.start_time, g->ram.section,
			g->ram.n, on_table, x, &err) == 0)
		return;
	give_up(x, &err);
}

static void on_known_again(void *arg, struct guest *g, const struct ras_err *err)
{
	struct search *x = arg;

	(void)g;
	if (!x->s)
		free(x);
	else if (err)
		give_up(x, err);
	else
		begin(x);
}

/* Something happened to the guest meanwhile: what was found is void. */
static void again(struct search *x)
{
	if (++x->tries > SEARCH_TRIES)
		missing(end_search(x), "it is reset, stopped or resumed again and again");
	else
		guest_know(x->s->guest, on_known_again, x);
}

int backends_helper(const struct backends *bs, const struct guest *g, struct ras_err *err)
{
	const struct helper_client *helper = bs->helper;

	if (helper && helper_client_alive(helper))
		return 0;
	ras_fail(err, RAS_E_HELPER,
		 "rasd-pagemap is not running: %s cannot be proved to acknowledge: %s", g->name,
		 helper ? helper_client_why(helper) : "none is configured");
	return ras_hint(err, "start rasd-pagemap.socket, or start rasd as root with --helper");
}

bool source_lacks_helper(struct error_source *s)
{
	struct ras_err err;

	if (backends_helper(s->backends, s->guest, &err) == 0)
		return false;
	source_note_why(s, &err);
	source_finish(s, &err);
	return true;
}

void hest_prepare(struct error_source *s, hest_choose_fn choose)
{
	struct search *x;
	struct ras_err err;

	if (source_lacks_helper(s))
		return;
	x = calloc(1, sizeof(*x));
	if (!x) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		source_note_why(s, &err);
		source_finish(s, &err);
		return;
	}
	x->s = s;
	x->choose = choose;
	s->search = x;
	s->state = SOURCE_SEARCHING;
	begin(x);
}

/* --- reading --- */

static void unlink_look(struct look *l)
{
	if (!l->prev)
		return;
	*l->prev = l->next;
	if (l->next)
		l->next->prev = l->prev;
	l->prev = NULL;
}

void hest_forget_looks(struct error_source *s)
{
	while (s->looks) {
		s->looks->s = NULL;
		unlink_look(s->looks);
	}
}

static void on_found_again(void *arg, struct guest *g, struct error_source *s,
			   const struct ras_err *err)
{
	(void)arg, (void)g, (void)s, (void)err;
}

/* rasd-pagemap does not know this source: it was started again, or needed the place. */
static void not_known(struct error_source *s)
{
	if (s->state == SOURCE_SEARCHING)
		return;
	s->state = SOURCE_UNKNOWN;
	source_prepare(s->backends, s->guest, s->backend, s->id, on_found_again, NULL);
}

static void on_slot(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	struct look *l = arg;
	struct error_source *s = l->s;
	struct source_look look = { 0 };

	(void)fd;
	unlink_look(l);
	if (s)
		snprintf(s->look_why, sizeof(s->look_why), "%.*s", (int)sizeof(s->look_why) - 1,
			 err ? err->text : "");
	if (s && err && err->code == RAS_E_NOT_FOUND)
		not_known(s);
	if (!err) {
		look.block = rep->block;
		look.len_bytes = rep->block_len_bytes;
		look.read_ack = rep->read_ack & 1;
		if (s && source_stamp_current(s, &l->stamp))
			source_seen(s, look.block, look.len_bytes);
	}
	l->fn(l->arg, err ? NULL : &look, err);
	free(l);
}

int hest_readback(struct error_source *s, const struct source_at *at, uint32_t wait_us,
		  backend_look_fn fn, void *arg, struct ras_err *err)
{
	struct helper_client *helper = s->backends->helper;
	struct look *l;
	int r;

	if (!helper)
		return ras_fail(err, RAS_E_HELPER, "rasd-pagemap is not running");
	l = malloc(sizeof(*l));
	if (!l)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	*l = (struct look){ .s = s, .stamp = source_stamp_now(s), .fn = fn, .arg = arg };
	r = helper_slot(helper, at->gen.pid, at->gen.start_time, at->id, wait_us, on_slot, l, err);
	if (r < 0) {
		free(l);
		return r;
	}
	l->next = s->looks;
	l->prev = &s->looks;
	if (l->next)
		l->next->prev = &l->next;
	s->looks = l;
	return 0;
}
