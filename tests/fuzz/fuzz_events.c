// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * From reports of host errors to decisions: any reports of any source, in any order and at any age,
 * while pages change owners, guests and rasd are started again, and the host reboots. What is real
 * is daemon/events; other rooms are played (tests/unit/events_env.h). The rules:
 *   a guest is told only of a page that it had when the error was, or where the page is poisoned,
 *     or where the report was fresh and its QEMU older than the error (stale.h);
 *   of one page a QEMU is told once in a boot, unless the poison was gone in between;
 *   nobody is told without a grant, or of what a CPU has used;
 *   nothing stays undecided, and where rasd lived through it each error is in the count of one row.
 */
#include "events/case.h"
#include "tests/unit/events_env.h"

#define PAGES 8u
#define OPS_MAX 96
#define BURST 80u /* reports: more than have a row each at a time */
#define CLAIMS_MAX OPS_MAX
#define CHANGES_MAX (OPS_MAX + PAGES)
#define FRESH_NS INT64_C(2000000000)

/* What a report says, and what was true then. */
struct claim {
	unsigned int page, boot;
	int64_t at_ns; /* boot clock, 0: not known */
	bool fresh, corrected, may_originate, required;
	int owner;
	pid_t pid;
};

/* A page goes to a guest (-1: to nobody). */
struct change {
	unsigned int page;
	int64_t at_ns; /* virtual time */
	int owner;
	pid_t pid;
};

static struct {
	const uint8_t *at, *end;
	struct claim claim[CLAIMS_MAX];
	size_t n_claims;
	struct change change[CHANGES_MAX];
	size_t n_changes;
	unsigned int boot;
	bool restarted;
	uint64_t delivered;
	/* Whom the poison of a page belongs to, and who was told of it since. */
	pid_t poisoned_pid[PAGES], told_pid[PAGES];
	unsigned int told_boot[PAGES];
} fuzz;

static uint8_t take(void)
{
	return fuzz.at < fuzz.end ? *fuzz.at++ : 0;
}

static void give(unsigned int page, int owner)
{
	struct change *c = &fuzz.change[fuzz.n_changes++];

	*c = (struct change){ page, sim_now(), owner, owner < 0 ? 0 : env.guest[owner].life.pid };
	env.page[page] = (struct ev_page){ .owner = owner };
	fuzz.poisoned_pid[page] = 0;
}

/* Who had the page at a virtual time. */
static const struct change *owner_at(unsigned int page, int64_t at_ns)
{
	static const struct change nobody = { .owner = -1 };
	const struct change *found = &nobody;

	for (size_t i = 0; i < fuzz.n_changes; i++)
		if (fuzz.change[i].page == page && fuzz.change[i].at_ns <= at_ns)
			found = &fuzz.change[i];
	return found;
}

/* --- the rules --- */

static bool allows(const struct claim *c, const struct forward_error *e, unsigned int page)
{
	int64_t start_ns = (int64_t)e->start_time * EV_TICK_NS;

	if (c->page != page || c->boot != fuzz.boot || c->corrected == e->host.has_forward ||
	    !c->may_originate || c->required)
		return false;
	return c->pid == e->pid || fuzz.poisoned_pid[page] == e->pid ||
	       (c->fresh && start_ns < c->at_ns);
}

static void on_told(const struct forward_error *e, unsigned int guest)
{
	unsigned int page = (unsigned int)((e->hpa.v >> 12) - EV_FIRST_PFN);
	bool allowed = false;

	for (size_t i = 0; i < fuzz.n_claims; i++)
		allowed |= allows(&fuzz.claim[i], e, page);
	if (!allowed || guest == 2 || e->gpa.v >> 12 != page)
		abort();
	if (!e->host.has_forward)
		return;
	if (fuzz.told_pid[page] == e->pid && fuzz.told_boot[page] == fuzz.boot)
		abort();
	fuzz.told_pid[page] = e->pid;
	fuzz.told_boot[page] = fuzz.boot;
}

static void judge(void)
{
	uint64_t counted = 0;

	for (size_t i = 0; i < env.n_rows; i++) {
		if (env.row[i].decision == HOST_PENDING)
			abort();
		counted += env.row[i].count;
	}
	if (!fuzz.restarted && counted != fuzz.delivered)
		abort();
}

/* --- what happens --- */

/* Whether daemon/events stores a row for it. */
static bool counts(const struct ras_event *e, bool may_originate)
{
	struct uuid boot = { { 0 } };
	char text[CLOCK_BOOT_ID_SIZE];

	clock_boot_id(text);
	uuid_parse(text, &boot, NULL);
	if (e->kind == EVENT_SIGBUS)
		return false;
	return event_class(e) != DECIDE_CORRECTED || !e->where.has_hpa ||
	       (may_originate &&
		(uuid_equal(&e->when.boot_id, &boot) || uuid_is_nil(&e->when.boot_id)));
}

static void report(void)
{
	struct claim *c = &fuzz.claim[fuzz.n_claims++];
	unsigned int page = take() % PAGES;
	enum ev_source from = take() % EV_N_SOURCES;
	uint8_t flags = take(), when = take();
	int64_t age_ns = (int64_t)(when & 63) * (when & 64 ? 200 * SIM_MS : 50 * SIM_US);
	struct ras_event e;

	ev_lost(&e, EV_FIRST_PFN + page);
	e.kind = (enum event_kind)(take() % (EVENT_OTHER + 1));
	e.severity = (enum event_severity)(take() % (EVENT_SEVERITY_UNKNOWN + 1));
	e.action_required = flags & 1;
	e.when.catch_up = flags & 2;
	e.where.has_hpa = flags & 12;
	e.where.no_struct_page = (flags & 0x30) == 0x30;
	e.count = 1 + take() % 5;
	e.signal.pid = env.guest[page % EV_GUESTS].life.pid;
	e.signal.code = flags & 4 ? 4 : 5;
	/* Two that report corrected errors of one page may mean the same: one does here. */
	if (event_class(&e) == DECIDE_CORRECTED)
		from = env.dead[EV_KERNEL] && !env.dead[EV_KMSG] ? EV_KMSG : EV_KERNEL;
	if (from == EV_RASDAEMON) {
		e.when.boot_ns = 0;
		e.when.real_ns = (e.when.real_ns - age_ns) / SIM_S * SIM_S;
	} else {
		e.when.boot_ns = when & 128 && (flags & 0x40) ? 0 : e.when.boot_ns - age_ns;
	}
	if ((flags & 0xc0) == 0xc0)
		e.when.boot_id.b[15] ^= 1;
	*c = (struct claim){ .page = page,
			     .boot = (flags & 0xc0) == 0xc0 ? ~0u : fuzz.boot,
			     .at_ns = e.when.boot_ns,
			     .fresh = !e.when.catch_up && e.when.boot_ns && age_ns <= FRESH_NS,
			     .corrected = event_class(&e) == DECIDE_CORRECTED,
			     .required = e.action_required,
			     .may_originate = from != EV_RASDAEMON ||
					      (env.dead[EV_KERNEL] && env.dead[EV_KMSG]) };
	if (event_class(&e) == DECIDE_OTHER || !e.where.has_hpa)
		c->page = PAGES;
	c->owner = owner_at(page, sim_now() - age_ns)->owner;
	c->pid = owner_at(page, sim_now() - age_ns)->pid;
	for (unsigned int n = take() == 255 ? BURST : 1; n; n--) {
		if (counts(&e, c->may_originate))
			fuzz.delivered += e.count;
		ev_report(from, &e);
	}
}

static void restart(void)
{
	ev_stop();
	ev_pass(take() * SIM_MS + SIM_S);
	ev_start();
	fuzz.restarted = true;
}

static void new_qemu(unsigned int guest)
{
	ev_pass(2 * EV_TICK_NS);
	ev_new_qemu(guest);
	for (unsigned int i = 0; i < PAGES; i++)
		if (env.page[i].owner == (int)guest && fuzz.n_changes < CHANGES_MAX)
			give(i, -1);
}

/* All that ran ends; nothing is poisoned. */
static void reboot(void)
{
	ev_stop();
	ev_pass(SIM_S);
	sim_host_boots();
	fuzz.boot++;
	for (unsigned int i = 0; i < EV_GUESTS; i++)
		ev_new_qemu(i);
	for (unsigned int i = 0; i < PAGES; i++) {
		env.page[i].owner = -1;
		env.page[i].poisoned = false;
		fuzz.poisoned_pid[i] = 0;
	}
	ev_start();
	fuzz.restarted = true;
}

static void poison(unsigned int page)
{
	env.page[page].poisoned = env.page[page].owner >= 0;
	if (env.page[page].poisoned)
		fuzz.poisoned_pid[page] = env.guest[env.page[page].owner].life.pid;
}

static void step(void)
{
	uint8_t op = take(), n;

	switch (op % 16) {
	case 0:
		ev_pass((int64_t)1000 << take() % 26);
		break;
	case 1:
		n = take();
		if (fuzz.n_changes < CHANGES_MAX)
			give(n % PAGES, (n / PAGES) % (EV_GUESTS + 1) - 1);
		break;
	case 2:
		poison(take() % PAGES);
		break;
	case 3: /* it is good again */
		n = take() % PAGES;
		if (env.page[n].poisoned)
			fuzz.told_pid[n] = 0;
		env.page[n].poisoned = false;
		fuzz.poisoned_pid[n] = 0;
		break;
	case 4:
		new_qemu(take() % EV_GUESTS);
		break;
	case 5:
		restart();
		break;
	case 6:
		if (fuzz.boot < 6)
			reboot();
		break;
	case 7:
		n = take();
		env.refuse[n % EV_GUESTS] = n & 0x80 ? RAS_E_BUSY : 0;
		break;
	case 8:
		n = take() % EV_GUESTS;
		env.guest[n].life.memory_failed_ns[env.guest[n].life.n_memory_failures++ %
						   GUEST_FAILURES_KEPT] = clock_boot_ns();
		break;
	default:
		report();
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t how;

	memset(&fuzz, 0, sizeof(fuzz));
	fuzz.at = data;
	fuzz.end = data + size;
	ev_begin(1 + take(), PAGES);
	how = take();
	env.on_told = on_told;
	env.dead[EV_KERNEL] = how & 1;
	env.dead[EV_KMSG] = how & 2;
	env.tells = (enum qemu_tells)(how >> 2 & 3);
	env.conf.events.corrected = (enum conf_corrected)((how >> 4) % 3);
	for (unsigned int i = 0; i < PAGES; i++)
		give(i, (int)(i % (EV_GUESTS + 1)) - 1);
	ev_pass(SIM_S);
	ev_start();
	ev_pass(4 * SIM_S);
	for (int i = 0; i < OPS_MAX && fuzz.at < fuzz.end; i++)
		step();
	memset(env.refuse, 0, sizeof(env.refuse));
	ev_pass(200 * SIM_S);
	ev_stop();
	ev_pass(SIM_S);
	judge();
	ev_end();
	return 0;
}
