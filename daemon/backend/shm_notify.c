// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Telling a guest of a record in its urgent source by an NMI.
 *
 * Problem: an NMI that nobody expects does harm. A kernel that finds no record prints "unknown
 * reason", and panics if it was told to (unknown_nmi_panic). Firmware halts the machine (EDK2), and
 * an early kernel may reset it.
 *
 * Rules:
 *   - the NMI is sent only if a record is published in the block and the pointers are right
 *   - and if the guest's OS is up (os_is_up()). Firmware, boot loaders and a kernel that boots
 *     expect no NMI. The kernel's driver reads the record when it starts
 *   - that it was up counts only while nothing has happened to the guest since (source_unbroken()).
 *     A reset may be missed while the monitor is away, a snapshot of a guest that boots may be
 *     loaded while it stands still, and libvirt may tell of a reset before it hands out QEMU's
 *     earlier answer
 *   - if not, the record stays: the OS finds it when it boots, or an NMI follows when it is up
 *   - a record that is still unread after NOTIFY_AGAIN_NS gets another one. So a kill of rasd
 *     between record and NMI does not leave it unread for ever.
 *
 * What is left: the kernel may read the record for another NMI's sake (a watchdog's) after our last
 * look and before our NMI; then it finds nothing. Real firmware has the same race.
 */
#include "backend/private.h"
#include "backend/shm.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "guests/guest.h"

/* A guest under TCG on a busy host takes an NMI within 0.3 s. */
#define NOTIFY_AGAIN_NS INT64_C(2000000000)
/* Until its OS is known to be up, the guest is looked at again after this. */
#define LOOK_AGAIN_NS INT64_C(250000000)
/*
 * A kernel that boots halts for moments only, also where its host has no time for it. One that is
 * halted at so many looks, three seconds, has nothing to do.
 */
#define HALTED_LOOKS 12u
/* So long after a start or a reset a guest may still be booting, on a crowded host. */
#define BOOTED_NS INT64_C(300000000000)
/* A kernel that was seen so long ago has booted, even if it is never halted. */
#define KERNEL_LONG_NS INT64_C(60000000000)

static bool by_nmi(const struct shm *x)
{
	return x->s->id == GHES_SOURCE_URGENT && x->notify == GHES_NOTIFY_NMI;
}

static void on_nmi(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct shm *x = arg;

	(void)ret;
	if (shm_unhold(x) && o != QMP_OK)
		log_limited(LOG_WARNING, x->s->guest->name,
			    "guest %s: no NMI for the record in its block: %s", x->s->guest->name,
			    err->text);
}

static bool is_unread(const struct shm *x)
{
	uint32_t status = 0;

	return shm_page_check(&x->page, NULL) == 0 &&
	       shm_page_status(&x->page, x->s->id, &status, NULL) == 0 && status != 0;
}

static void send_nmi(struct shm *x)
{
	struct guest *g = x->s->guest;

	if (!guest_is_up(g) || g->life.state != RUN_STATE_RUNNING || !is_unread(x))
		return;
	FAILPOINT(shm_nmi);
	if (qmp_cmd_inject_nmi(g->link.mon, on_nmi, x, NULL) == 0)
		shm_hold(x);
}

/* How long ago the guest began to boot. */
static int64_t boot_age_ns(const struct guest *g)
{
	int64_t start_ns = guest_start_boot_ns(g);

	return clock_boot_ns() - (g->life.reset_ns > start_ns ? g->life.reset_ns : start_ns);
}

/*
 * By what its first processor was doing:
 *
 *   user mode                       up
 *   a kernel that is halted         up, unless it boots: a kernel that brings up its processors
 *                                   halts, too (seen: Linux on OVMF, "unknown reason")
 *   a kernel that is busy           perhaps. One that idles in a loop, or for which the host cannot
 *                                   tell (KVM with cpu-pm=on), is never seen halted
 *   elsewhere, as firmware is       no
 *
 * No time after a reset proves that a guest has booted: a crowded host is thirty times slower.
 */
static bool os_is_up(struct shm *x, enum qmp_cpu cpu)
{
	struct shm_notice *n = &x->notice;
	const struct guest *g = x->s->guest;

	if (cpu == QMP_CPU_OTHER || cpu == QMP_CPU_USER)
		return cpu == QMP_CPU_USER;
	if (!source_unbroken(x->s, &n->kernel)) {
		n->kernel = n->asked;
		n->kernel_boot_ns = clock_boot_ns();
		n->n_halted = 0;
	}
	n->tried_boot_ns = clock_boot_ns() - NOTIFY_AGAIN_NS + LOOK_AGAIN_NS;
	n->n_halted = cpu == QMP_CPU_HALTED ? n->n_halted + 1 : 0;
	return n->n_halted >= HALTED_LOOKS || (n->n_halted && boot_age_ns(g) >= BOOTED_NS) ||
	       clock_boot_ns() - n->kernel_boot_ns >= KERNEL_LONG_NS;
}

/*
 * Looks at the block become rare while a record waits (inject/pace), and HALTED_LOOKS of them would
 * take ten seconds. So a halted kernel is looked at by this timer, too.
 */
static void look_soon(struct shm *x)
{
	static const struct timeval soon = { 0, LOOK_AGAIN_NS / 1000 };

	if (x->notice.n_halted)
		evtimer_add(x->notice.timer, &soon);
}

void shm_on_notice(evutil_socket_t fd, short what, void *arg)
{
	struct shm *x = arg;

	(void)fd, (void)what;
	if (is_unread(x) && !source_unbroken(x->s, &x->notice.up))
		shm_notify(x);
}

static void on_registers(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct shm *x = arg;

	(void)err;
	if (!shm_unhold(x))
		return;
	x->notice.asking = false;
	/* What the processor did before a reset says nothing of it now. */
	if (o != QMP_OK || !source_unbroken(x->s, &x->notice.asked))
		return;
	if (!os_is_up(x, qmp_registers_cpu(ret))) {
		look_soon(x);
		return;
	}
	x->notice.up = x->notice.asked;
	send_nmi(x);
}

void shm_notify(struct shm *x)
{
	struct guest *g = x->s->guest;

	if (!by_nmi(x) || !guest_is_up(g))
		return;
	x->notice.tried_boot_ns = clock_boot_ns();
	if (source_unbroken(x->s, &x->notice.up)) {
		send_nmi(x);
	} else if (!x->notice.asking &&
		   qmp_cmd_info_registers(g->link.mon, on_registers, x, NULL) == 0) {
		x->notice.asking = true;
		x->notice.asked = source_stamp_now(x->s);
		shm_hold(x);
	}
}

void shm_notify_again(struct shm *x)
{
	if (clock_boot_ns() - x->notice.tried_boot_ns >= NOTIFY_AGAIN_NS)
		shm_notify(x);
}
