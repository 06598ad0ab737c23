// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Backend qemu-ghes: QEMU's command inject-ghes-v2-error, on any machine that has it.
 *
 * QEMU (hw/acpi/ghes.c) copies the record into the guest's status block, clears the read-ack
 * register and notifies the guest. While read-ack is clear it answers "OSPM does not acknowledge
 * previous error" instead, and has written nothing. Its success is not delivery: the proof is the
 * status block, read through rasd-pagemap.
 *
 * Today only aarch64's "virt" machine has the property ras. Upstream works on the same for x86; so
 * nothing here asks for an architecture, only whether QEMU has what the command needs.
 */
#include <stdlib.h>
#include <string.h>

#include "backend/private.h"
#include "base/cleanup.h"
#include "cper/cper.h"
#include "guests/guest.h"
#include "guests/manager.h"

/* Of QEMU's error text where the guest has not acknowledged the record before. */
#define BUSY_TEXT "does not acknowledge"

#define COMMAND "inject-ghes-v2-error"

/* What must be known of a machine. */
#define HAS_COMMAND "qemu-ghes.command"
#define RAS "qemu-ghes.ras"
static const struct guest_question questions[] = {
	{ .key = HAS_COMMAND, .command = COMMAND },
	{ .key = RAS, .path = "/machine", .property = "ras", .shown = "ras" },
};

/* Notification types of ACPI 6.5, table 18.14. */
enum { NOTIFY_EXTERNAL = 1, NOTIFY_SCI = 3, NOTIFY_GPIO = 7, NOTIFY_GSIV = 10 };

struct sending {
	backend_submit_fn fn;
	void *arg;
};

int qemu_ghes_hint_ras(const struct guest *g, unsigned long v, struct ras_err *err)
{
	if (!guest_is_managed(g))
		return ras_hint(err,
				"start it with -machine %s,ras=on (libvirt: <ras state='on'/> in "
				"<features>)",
				g->machine.type[0] ? g->machine.type : "virt");
	if (v && v < 10004000) /* <ras> came with libvirt 10.4.0 */
		return ras_hint(
			err,
			"virsh edit %s: <domain "
			"xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'> ... "
			"<qemu:commandline><qemu:arg value='-machine'/><qemu:arg value='ras=on'/>"
			"</qemu:commandline>, then restart it",
			g->name);
	return ras_hint(err,
			"virsh edit %s: <features>%s<ras state='on'/></features>, then restart it",
			g->name, guest_is_described(g) && !g->dom.facts.acpi ? "<acpi/>" : "");
}

/* Nothing of its memory can be read from outside, so nothing can be proved. */
int guest_readable(const struct guest *g, struct ras_err *err)
{
	if (guest_is_described(g) && g->dom.facts.launch_security[0]) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s is a confidential guest (launch security %s): its memory cannot be "
			 "read, so nothing can be proved",
			 g->name, g->dom.facts.launch_security);
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
	return 0;
}

bool qemu_ghes_offers(const struct guest *g)
{
	return guest_fact(g, RAS) != FACT_NONE;
}

static int probe(const struct guest *g, struct ras_err *err)
{
	const struct guest_machine *m = &g->machine;
	int r = guest_readable(g, err);

	if (r < 0)
		return r;
	if (guest_fact(g, HAS_COMMAND) != FACT_ON) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s cannot take GHES errors: its QEMU %d.%d has no " COMMAND, g->name,
			 m->version / 10000, m->version / 100 % 100);
		return ras_hint(err, "run it under QEMU 10.2 or newer");
	}
	if (m->unstable_rejected) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s cannot take GHES errors: its QEMU rejects unstable commands", g->name);
		return ras_hint(err, "start it without -compat unstable-input=reject");
	}
	if (guest_fact(g, RAS) == FACT_NONE) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s cannot take GHES errors: its machine %s (%s) has no option ras",
			 g->name, m->type, m->arch);
		return ras_hint(err, "QEMU up to 11.1 has it for aarch64 machines (virt) only");
	}
	if (guest_fact(g, RAS) == FACT_OFF) {
		ras_fail(err, RAS_E_NOT_CAPABLE,
			 "%s cannot take GHES errors: started without ras=on", g->name);
		return qemu_ghes_hint_ras(g, manager_version(g->gs), err);
	}
	return 0;
}

/*
 * The table has other sources, too: those that QEMU raises itself when the host's kernel sends it a
 * SIGBUS are synchronous exceptions (SEA on arm64, MCE or NMI on x86). The command's source uses an
 * interrupt. Of several the one that QEMU would take first: GED on "virt" (GPIO), SCI on a PC.
 */
const struct hest_source *qemu_ghes_choose(const struct hest_source *list, size_t n)
{
	static const uint8_t interrupts[] = { NOTIFY_GPIO, NOTIFY_SCI, NOTIFY_GSIV,
					      NOTIFY_EXTERNAL };

	for (size_t t = 0; t < ARRAY_LEN(interrupts); t++)
		for (size_t i = 0; i < n; i++)
			if (list[i].notify_type == interrupts[t])
				return &list[i];
	return NULL;
}

static void prepare(struct error_source *s)
{
	hest_prepare(s, qemu_ghes_choose);
}

static void on_reply(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct sending *p = arg;
	enum submit_outcome so = backend_outcome(o, err);

	(void)ret;
	if (o == QMP_ERROR && strstr(err->text, BUSY_TEXT))
		so = SUBMIT_BUSY;
	p->fn(p->arg, so, err);
	free(p);
}

static int submit(struct error_source *s, const uint8_t *rec, size_t len, backend_submit_fn fn,
		  void *arg, struct ras_err *err)
{
	struct sending *p = malloc(sizeof(*p));
	int r;

	if (!p)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	*p = (struct sending){ .fn = fn, .arg = arg };
	r = qmp_cmd_inject_ghes(s->guest->link.mon, rec, len, on_reply, p, err);
	if (r < 0)
		free(p);
	return r;
}

const struct backend backend_qemu_ghes = {
	.name = "qemu-ghes",
	.cper_profile = CPER_SPEC | CPER_LINUX_GUEST | CPER_QEMU_SLOT,
	.traits = { .proof = PROOF_READ_ACK, .keeps_block_over_reset = false, .fence = true },
	.questions = questions,
	.n_questions = ARRAY_LEN(questions),
	.probe = probe,
	.prepare = prepare,
	.foretell = monitor_foretell,
	.submit = submit,
	.readback = hest_readback,
};
