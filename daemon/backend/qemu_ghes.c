// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Backend qemu-ghes: QEMU's inject-ghes-v2-error on aarch64 virt with ras=on.
 *
 * QEMU (hw/acpi/ghes.c) copies the block into the guest's slot, clears the read-ack register and
 * raises the GED GPIO; it answers "OSPM does not acknowledge previous error" while read-ack is
 * clear. Its success is not delivery: the proof is the slot, read through rasd-pagemap.
 */
#include <stdlib.h>
#include <string.h>

#include "cper/cper.h"
#include "backend/backend.h"
#include "inject/record.h"

#define INJECT_TIMEOUT_TEXT "does not acknowledge"

struct pending {
	backend_submit_fn submit_fn;
	backend_readback_fn readback_fn;
	void *arg;
	char guest_name[64];
	struct guests *guests;
	bool own_id;
	size_t len;
	uint8_t rec[JOURNAL_MAX_RECORD];
};

static int probe(const struct guest *g, struct ras_err *err)
{
	return guest_capable(g, err);
}

static void ask_ahead(struct guest *g, int64_t unless_younger_ns)
{
	if (guest_is_up(g))
		g->link.mon->ops->ask_ahead(g->link.mon, unless_younger_ns);
}

static void on_submit(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct pending *p = arg;
	enum submit_outcome so = SUBMIT_OK;

	(void)ret;
	if (o == QMP_ERROR)
		so = strstr(err->text, INJECT_TIMEOUT_TEXT) ? SUBMIT_BUSY : SUBMIT_REFUSED;
	else if (o == QMP_NOT_SENT)
		so = err->code == RAS_E_NOT_RUNNING || err->code == RAS_E_PERMISSION ?
			     SUBMIT_REFUSED :
			     SUBMIT_NOT_SENT;
	else if (o == QMP_UNKNOWN)
		so = SUBMIT_UNKNOWN;
	p->submit_fn(p->arg, so, err);
	free(p);
}

static int submit(struct guest *g, const uint8_t *rec, size_t len, backend_submit_fn fn, void *arg,
		  struct ras_err *err)
{
	struct pending *p = malloc(sizeof(*p));
	int r;

	if (!p)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	p->submit_fn = fn;
	p->arg = arg;
	r = qmp_cmd_inject_ghes(g->link.mon, rec, len, on_submit, p, err);
	if (r < 0)
		free(p);
	else
		g->life.stops_at_send = g->life.n_stops;
	return r;
}

static bool is_zero(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (p[i])
			return false;
	return true;
}

static void on_slot(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	struct pending *p = arg;
	struct slot_view v = { 0 };
	struct guest *g = NULL;

	(void)fd;
	if (guests_find(p->guests, p->guest_name, &g, NULL) == 0)
		guest_slot_told(g, err);
	if (g && err && err->code == RAS_E_NOT_FOUND)
		guest_hest_forgotten(g); /* another rasd-pagemap: the next look finds it again */
	if (!err) {
		v.ours = rep->block_len_bytes >= p->len &&
			 memcmp(rep->block + 4, p->rec + 4, p->len - 4) == 0;
		v.status_zero = is_zero(rep->block, 4);
		v.acked = rep->read_ack & 1;
		v.blank = is_zero(rep->block, rep->block_len_bytes);
		/*
		 * A snapshot that the monitor loads exchanges the memory; QEMU 11.1 tells no more
		 * than STOP and RESUME, of a paused guest nothing. The restored slot may hold an
		 * older record of the same bytes, acknowledged.
		 */
		if (v.ours && v.status_zero && !p->own_id && g &&
		    g->life.n_stops != g->life.stops_at_send)
			v.ours = v.blank = false;
		if (g)
			guest_slot_seen(g, rep->block, rep->block_len_bytes);
	}
	p->readback_fn(p->arg, &v, err);
	free(p);
}

static int readback(struct helper_client *helper, const struct journal_row *row, struct guest *g,
		    uint32_t wait_us, backend_readback_fn fn, void *arg, struct ras_err *err)
{
	struct pending *p;
	int r;

	if (!helper)
		return ras_fail(err, RAS_E_HELPER, "rasd-pagemap is not running");
	p = malloc(sizeof(*p));
	if (!p)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	p->readback_fn = fn;
	p->arg = arg;
	p->guests = g->gs;
	memcpy(p->guest_name, row->domain, sizeof(p->guest_name));
	p->own_id = record_has_own_id(row);
	p->len = row->record_len;
	memcpy(p->rec, row->record, row->record_len);
	r = helper_slot(helper, row->qemu_pid, row->qemu_start_time, row->source_id, wait_us,
			on_slot, p, err);
	if (r < 0)
		free(p);
	return r;
}

const struct backend backend_qemu_ghes = {
	.name = "qemu-ghes",
	.cper_profile = CPER_SPEC | CPER_LINUX_GUEST | CPER_QEMU_SLOT,
	.probe = probe,
	.ask_ahead = ask_ahead,
	.submit = submit,
	.readback = readback,
};
