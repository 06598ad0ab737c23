// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The safety lever. Engaging takes effect in memory first and is stored then; a release is stored
 * first. So if a client has heard that the lever is engaged, a rasd that is killed starts again
 * with the lever engaged, unless a release was stored.
 */
#include "base/systemd.h"
#include "inject/rules.h"

const struct journal_lever *policy_lever(const struct policy *p)
{
	return &p->lever;
}

int policy_lever_check(const struct policy *p, enum origin origin, struct ras_err *err)
{
	const struct journal_lever *l = &p->lever;

	if (!l->engaged || (origin == ORIGIN_HOST_EVENT && !l->also_forwarding))
		return 0;
	ras_fail(err, RAS_E_SAFETY, "the safety lever is engaged by uid %u: %s",
		 (unsigned int)l->uid, l->reason);
	return ras_hint(err,
			"rasctl safety status says since when; a member of group %s releases "
			"it: rasctl safety release --reason TEXT",
			p->conf->roles.admin_group);
}

int policy_lever_engage(struct policy *p, const struct journal_lever *l, journal_done_fn done,
			void *arg, struct ras_err *err)
{
	bool forwarding = p->lever.engaged && p->lever.also_forwarding;

	/* Who may not hold back real errors must not stand there as who did. */
	if (!forwarding || l->also_forwarding)
		p->lever = *l;
	p->lever.engaged = true;
	p->n_engaged++;
	systemd_status_changed();
	return journal_lever_put(p->journal, &p->lever, done, arg, err);
}

static void on_released(void *arg, const struct ras_err *err)
{
	struct policy *p = arg;
	struct policy_release r = p->release;

	p->release.pending = false;
	/* Somebody has engaged it again meanwhile: that is stored behind the release. */
	if (!err && p->n_engaged == r.n_engaged)
		p->lever = r.lever;
	systemd_status_changed();
	r.done(r.arg, err);
}

int policy_lever_release(struct policy *p, const struct journal_lever *l, journal_done_fn done,
			 void *arg, struct ras_err *err)
{
	struct journal_lever now = *l;
	int r;

	if (p->release.pending)
		return ras_fail(err, RAS_E_BUSY, "the safety lever is being released already");
	now.engaged = now.also_forwarding = false;
	p->release = (struct policy_release){ true, p->n_engaged, now, done, arg };
	r = journal_lever_put(p->journal, &now, on_released, p, err);
	p->release.pending = r == 0;
	return r;
}
