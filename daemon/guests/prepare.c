// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Making a guest ready to take a record: monitor up and asked, RAM layout verified, HEST found by
 * the helper. Each is done on demand and kept for the generation, so an idle rasd asks nobody
 * anything.
 *
 * The HEST rule after a RESET: RAM survives it, so the old table is still there before the firmware
 * has written the new one. The slot tells: firmware zeroes it. While it still holds the bytes seen
 * before the RESET the firmware has not run, and the table does not count.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "guests/guest.h"

#define NOTIFY_GPIO 7 /* what QEMU raises for inject-ghes-v2-error on virt: hw/arm/virt.c, GED */

static void finish(struct guest *g, const struct ras_err *err)
{
	struct guest_waiter *w = TAKE(g->ask.waiters);

	g->ask.preparing = false;
	while (w) {
		struct guest_waiter *next = w->next;

		w->fn(w->arg, g, err);
		free(w);
		w = next;
	}
}

void guest_prepare_fail(struct guest *g, const struct ras_err *err)
{
	/* What is under way is about a process that is no more, or a guest that goes. */
	helper_client_forget(guests_helper(g->gs), g);
	finish(g, err);
}

void guest_slot_seen(struct guest *g, const uint8_t *block, size_t len)
{
	if (g->ghes.void_check && !g->ghes.known)
		return; /* bytes of before the RESET are what the rule compares with */
	if (len > g->ghes.last_block_len_bytes) {
		uint8_t *room = realloc(g->ghes.last_block, len);

		if (!room) {
			g->ghes.last_block_len_bytes = 0; /* as if it had not been seen */
			return;
		}
		g->ghes.last_block = room;
	}
	g->ghes.last_block_len_bytes = len;
	memcpy(g->ghes.last_block, block, len);
}

bool guest_slot_same(const struct guest *g, const uint8_t *rec, size_t len)
{
	return g->ghes.last_block_len_bytes >= len &&
	       memcmp(g->ghes.last_block + 4, rec + 4, len - 4) == 0;
}

int guest_hint_ras(const struct guest *g, unsigned long v, struct ras_err *err)
{
	if (!g->dom.managed)
		return ras_hint(
			err,
			"start it with -machine virt,ras=on (libvirt: <ras state='on'/> in <features>)");
	if (v && v < 10004000) /* <ras> came with libvirt 10.4.0 */
		return ras_hint(
			err,
			"virsh edit %s: <domain xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'> ... "
			"<qemu:commandline><qemu:arg value='-machine'/><qemu:arg value='ras=on'/>"
			"</qemu:commandline>, then restart it",
			g->name);
	return ras_hint(err,
			"virsh edit %s: <features>%s<ras state='on'/></features>, then restart it",
			g->name, g->dom.described && !g->dom.xml.acpi ? "<acpi/>" : "");
}

/* As guest_capable(), but for the state that it is in: its slot can be read in every one. */
static int capable_in_any_state(const struct guest *g, struct ras_err *err)
{
	if (guest_why_down(g, err) < 0)
		return -err->code;
	if (g->dom.managed && g->dom.described && g->dom.xml.launch_security[0]) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s is a confidential guest (launch security %s): its memory cannot be "
			 "read, so nothing can be proved",
			 g->name, g->dom.xml.launch_security);
		return ras_hint(err,
				"remove <launchSecurity> and restart it, if it may be hit at all");
	}
	if (g->machine.confidential[0]) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s is a confidential guest (%s): its memory cannot be read, so "
			 "nothing can be proved",
			 g->name, g->machine.confidential);
		return ras_hint(
			err,
			"start it without confidential-guest-support, if it may be hit at all");
	}
	if (strcmp(g->machine.arch, "aarch64") != 0) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s cannot take GHES errors: its architecture is %s", g->name,
			 g->machine.arch);
		return ras_hint(err, "this release injects into aarch64 guests only");
	}
	if (!g->machine.has_inject) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s cannot take GHES errors: its QEMU %d.%d has no inject-ghes-v2-error",
			 g->name, g->machine.version / 10000, g->machine.version / 100 % 100);
		return ras_hint(err, "run it under QEMU 10.2 or newer");
	}
	if (g->machine.unstable_rejected) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s cannot take GHES errors: its QEMU rejects unstable commands", g->name);
		return ras_hint(err, "start it without -compat unstable-input=reject");
	}
	if (g->machine.ras <= 0) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s cannot take GHES errors: started without ras=on", g->name);
		return guest_hint_ras(g, libvirt_version(g->gs), err);
	}
	return 0;
}

int guest_capable(const struct guest *g, struct ras_err *err)
{
	int r = capable_in_any_state(g, err);

	if (r < 0)
		return r;
	if (g->life.state != RUN_STATE_RUNNING) {
		ras_fail(err, RAS_E_NOT_RUNNING, "%s is in state %s", g->name,
			 run_state_name(g->life.state));
		return ras_hint(err, "start or resume the guest first");
	}
	return 0;
}

static void hest_found(struct guest *g)
{
	struct ras_err err;

	log_info("guest %s: HEST at 0x%" PRIx64 ", source %u, block at 0x%" PRIx64 ", %u ignored",
		 g->name, g->ghes.hest_gpa, g->ghes.source.source_id, g->ghes.source.block_gpa,
		 g->ghes.n_ignored);
	if (g->ghes.n_rivals)
		log_warn(
			"guest %s: %u more valid tables in its memory say something else: one of them was planted or is old",
			g->name, g->ghes.n_rivals);
	g->ghes.known = true;
	if (guest_capable(g, &err) < 0)
		finish(g, &err);
	else
		finish(g, NULL);
}

static void not_ready(struct guest *g, const char *why)
{
	struct ras_err err;

	g->ghes.known = false;
	snprintf(g->ghes.why, sizeof(g->ghes.why), "%s", why);
	/* That it does not run says more. */
	if (guest_capable(g, &err) < 0) {
		finish(g, &err);
		return;
	}
	ras_fail(&err, RAS_E_NOT_READY, "%s is not ready: %s", g->name, g->ghes.why);
	ras_hint(&err, "wait until the guest's firmware and kernel are up, then try again");
	finish(g, &err);
}

/* The helper's answer is an error: the guest's fault, or the helper's own. */
static void helper_failed(struct guest *g, const struct ras_err *why)
{
	struct ras_err err;

	if (why->code == RAS_E_NOT_READY) {
		not_ready(g, why->text);
		return;
	}
	g->ghes.known = false;
	snprintf(g->ghes.why, sizeof(g->ghes.why), "%.*s", (int)sizeof(g->ghes.why) - 1, why->text);
	ras_fail(&err, (enum ras_code)why->code, "memory of %s cannot be read: %s", g->name,
		 g->ghes.why);
	if (why->code == RAS_E_TIMEOUT || why->code == RAS_E_BUSY)
		ras_hint(
			&err,
			"its memory does not answer (post-copy migration, userfaultfd, swap?); try again later");
	else
		ras_hint(&err, "see the log of rasd-pagemap");
	finish(g, &err);
}

static int no_helper(const struct guest *g, struct ras_err *err)
{
	const struct helper_client *helper = guests_helper(g->gs);

	ras_fail(err, RAS_E_HELPER,
		 "rasd-pagemap is not running: %s cannot be proved to acknowledge: %s", g->name,
		 helper ? helper_client_why(helper) : "none is configured");
	return ras_hint(err, "start rasd-pagemap.socket, or start rasd as root with --helper");
}

static void helper_gone(void *arg, struct guest *g)
{
	(void)arg;
	g->ghes.known = false;
	snprintf(g->ghes.why, sizeof(g->ghes.why), "rasd-pagemap has gone");
}

void guests_helper_gone(struct guests *gs)
{
	guests_each(gs, helper_gone, NULL);
}

void guest_slot_told(struct guest *g, const struct ras_err *err)
{
	snprintf(g->ghes.block_why, sizeof(g->ghes.block_why), "%.*s",
		 (int)sizeof(g->ghes.block_why) - 1, err ? err->text : "");
}

static void forgotten_done(void *arg, struct guest *g, const struct ras_err *err)
{
	(void)arg, (void)g, (void)err;
}

void guest_hest_forgotten(struct guest *g)
{
	g->ghes.known = false;
	guest_prepare(g, forgotten_done, NULL);
}

static bool all_zero(const uint8_t *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (p[i])
			return false;
	return true;
}

/* After a RESET: has the firmware replaced what the slot held before? */
static void on_void_check(void *arg, const struct helper_reply *rep, int fd,
			  const struct ras_err *err)
{
	struct guest *g = arg;
	size_t n = g->ghes.last_block_len_bytes;

	(void)fd;
	if (!g->ask.preparing)
		return;
	if (err) {
		helper_failed(g, err);
		return;
	}
	if (n > rep->block_len_bytes)
		n = rep->block_len_bytes;
	/* The first four bytes are the guest's to clear; an all-zero slot tells nothing. */
	if (n > 20 && !all_zero(g->ghes.last_block + 4, n - 4) &&
	    memcmp(g->ghes.last_block + 4, rep->block + 4, n - 4) == 0) {
		not_ready(g, "the firmware has not run since the last reset");
		return;
	}
	g->ghes.void_check = g->ghes.gap_check = false;
	hest_found(g);
}

/*
 * The monitor was away for a while: was there a RESET that nobody told? Firmware blanks the slot,
 * and the table may come to lie elsewhere. A RESET whose firmware has not come that far yet is not
 * seen here; its record would be lost, and said to be.
 */
static void on_gap_check(void *arg, const struct helper_reply *rep, int fd,
			 const struct ras_err *err)
{
	struct guest *g = arg;

	(void)fd;
	if (!g->ask.preparing)
		return;
	if (err) {
		helper_failed(g, err);
		return;
	}
	if (g->ghes.source.block_gpa != g->life.before.block_gpa ||
	    (g->ghes.last_block_len_bytes > 4 &&
	     !all_zero(g->ghes.last_block + 4, g->ghes.last_block_len_bytes - 4) &&
	     all_zero(rep->block, rep->block_len_bytes))) {
		log_info("guest %s: it was reset while there was no monitor", g->name);
		g->life.reset_count++;
		g->ghes.last_block_len_bytes = 0;
	}
	g->ghes.gap_check = false;
	hest_found(g);
}

static void on_hest(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	struct guest *g = arg;
	struct ras_err e;

	(void)fd;
	if (!g->ask.preparing)
		return;
	g->ghes.n_ignored = rep ? rep->n_ignored : 0;
	g->ghes.n_rivals = rep ? rep->n_rivals : 0;
	if (err) {
		helper_failed(g, err);
		return;
	}
	for (uint32_t i = 0; i < rep->n_sources && i < HELPER_MAX_SOURCES; i++) {
		if (rep->source[i].notify_type != NOTIFY_GPIO)
			continue;
		g->ghes.source = rep->source[i];
		g->ghes.hest_gpa = rep->hest_gpa;
		if (!g->ghes.void_check && !g->ghes.gap_check) {
			hest_found(g);
			return;
		}
		if (helper_slot(guests_helper(g->gs), g->life.pid, g->life.start_time,
				g->ghes.source.source_id, 0,
				g->ghes.void_check ? on_void_check : on_gap_check, g, &e) < 0)
			helper_failed(g, &e);
		return;
	}
	not_ready(g, rep->n_sources ? "its HEST has no source with GPIO notification" :
				      "no HEST in its memory: the firmware has not run yet");
}

static void on_known(void *arg, struct guest *g, const struct ras_err *why)
{
	struct ras_err err;
	struct helper_client *helper = guests_helper(g->gs);

	(void)arg;
	if (!g->ask.preparing)
		return;
	if (why) {
		/* That it cannot take a record at all says more than that its layout is unknown. */
		if (why->code == RAS_E_LAYOUT && guest_capable(g, &err) < 0)
			why = &err;
		finish(g, why);
		return;
	}
	if (capable_in_any_state(g, &err) < 0) {
		finish(g, &err);
		return;
	}
	if (g->ghes.known) {
		finish(g, guest_capable(g, &err) < 0 ? &err : NULL);
		return;
	}
	if (!helper || !helper_client_alive(helper)) {
		no_helper(g, &err);
		finish(g, &err);
		return;
	}
	if (helper_hest(helper, g->life.pid, g->life.start_time, g->ram.section, g->ram.n, on_hest,
			g, &err) < 0)
		finish(g, &err);
}

bool guest_is_ready(const struct guest *g)
{
	return g->link.state == LINK_UP && g->ram.known && g->ghes.known &&
	       guest_capable(g, NULL) == 0;
}

void guest_prepare(struct guest *g,
		   void (*fn)(void *arg, struct guest *g, const struct ras_err *err), void *arg)
{
	struct guest_waiter *w, **at;
	struct ras_err err;

	if (guest_is_ready(g)) {
		fn(arg, g, NULL);
		return;
	}
	w = calloc(1, sizeof(*w));
	if (!w) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		fn(arg, g, &err);
		return;
	}
	w->fn = fn;
	w->arg = arg;
	/* Requests are taken in the order in which they came. */
	for (at = &g->ask.waiters; *at; at = &(*at)->next)
		;
	*at = w;
	if (g->ask.preparing)
		return;
	g->ask.preparing = true;
	guest_know(g, on_known, NULL);
}
