// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Can a guest be migrated, as far as errors of this host go?
 *
 * QEMU with KVM keeps the pages that the kernel signalled it for, and refuses to migrate while
 * there are any; also where it told the guest nothing (arm64, an error that nobody has used yet). A
 * reset replaces them. Without KVM QEMU gets no such list: it reads all memory to migrate it, and
 * the kernel kills it at the bad page, after a reset as well.
 *
 * Evidence, of this process only and since its last reset that rasd saw: QEMU's event
 * MEMORY_FAILURE about the guest's memory, and errors of the host that were found to be on a page
 * of the guest. A reset that happened while rasd did not run is not known to it.
 */
#include "backend/tells.h"
#include "base/clock.h"
#include "control/views/views.h"
#include "guests/guest.h"

#define REFUSES "cannot be migrated: QEMU refuses after an uncorrected error, reboot it first"
#define DIES                                                                            \
	"cannot be migrated: QEMU would be killed when it reads the bad page, shut it " \
	"down and start it again first"

struct evidence {
	bool qemu_said; /* MEMORY_FAILURE */
	bool host;	/* event: an uncorrected error of the host hit one of its pages */
	struct host_event event;
};

/* From when on an error counts, on the boot clock. */
static int64_t since_ns(const struct guest *g)
{
	int64_t start_ns = guest_start_boot_ns(g);
	bool reset_mends = backend_qemu_tells(g) != QEMU_TELLS_NOTHING;

	return reset_mends && g->life.reset_ns > start_ns ? g->life.reset_ns : start_ns;
}

static bool find_evidence(struct journal *j, const struct guest *g, struct evidence *e)
{
	int64_t since = since_ns(g);

	if (g->life.pid <= 0 || !g->life.start_time)
		return false;
	e->qemu_said = g->life.poisoned_ns > since;
	e->host = journal_host_lost(j, g->name, since, &e->event, NULL) == 0;
	return e->qemu_said || e->host;
}

static bool guest_heard(enum host_decision d)
{
	return d == HOST_FORWARDED || d == HOST_GUEST_TOLD || d == HOST_CONSUMED;
}

static json_object *evidence_json(const struct evidence *e, const struct guest *g)
{
	json_object *list = json_object_new_array(), *o;
	const struct host_verdict *v = &e->event.verdict;
	char id[UUID_TEXT_SIZE];

	if (e->qemu_said) {
		o = json_object_new_object();
		json_object_object_add(o, "by", json_object_new_string("memory-failure-event"));
		json_object_object_add(o, "detail", json_new_text(g->life.memory_failure));
		json_object_array_add(list, o);
	}
	if (!e->host)
		return list;
	o = json_object_new_object();
	uuid_format(&e->event.id, id);
	json_object_object_add(o, "by", json_object_new_string("host-event"));
	json_object_object_add(o, "event", json_new_text(id));
	if (e->event.seen.has_hpa)
		json_object_object_add(o, "hpa", json_new_hex64(e->event.seen.hpa.v, 0));
	if (v->has_gpa)
		json_object_object_add(o, "gpa", json_new_hex64(v->gpa.v, 0));
	json_object_object_add(o, "seen_ns", json_object_new_int64(e->event.seen.real_ns));
	json_object_object_add(o, "decision",
			       json_object_new_string(host_decision_name(v->decision)));
	json_object_object_add(o, "guest_told", json_object_new_boolean(guest_heard(v->decision)));
	json_object_array_add(list, o);
	return list;
}

json_object *view_migration(struct journal *j, const struct guest *g, bool always)
{
	struct evidence e = { .qemu_said = false };
	bool blocked = find_evidence(j, g, &e), kvm;
	json_object *o;

	if (!blocked && !always)
		return NULL;
	o = json_object_new_object();
	json_object_object_add(o, "blocked", json_object_new_boolean(blocked));
	if (!blocked)
		return o;
	kvm = backend_qemu_tells(g) != QEMU_TELLS_NOTHING;
	json_object_object_add(o, "reason", json_new_text(kvm ? REFUSES : DIES));
	json_object_object_add(o, "evidence", evidence_json(&e, g));
	return o;
}
