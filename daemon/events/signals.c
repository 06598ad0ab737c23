// SPDX-License-Identifier: LGPL-2.1-or-later
#include "events/signals.h"

void signals_note(struct signals *s, pid_t pid, int code, int64_t boot_ns)
{
	s->v[s->next++ % SIGNALS_KEPT] =
		(struct signal_seen){ .pid = pid, .code = code, .boot_ns = boot_ns };
}

int signals_match(struct signals *s, pid_t pid, uint64_t pfn, int64_t boot_ns, int64_t after_ns)
{
	struct signal_seen *best = NULL;

	for (unsigned int i = 0; i < SIGNALS_KEPT; i++) {
		struct signal_seen *v = &s->v[i];

		if (v->pid != pid || !v->code)
			continue;
		if (v->matched && v->pfn == pfn)
			return v->code;
		if (v->matched || v->boot_ns < boot_ns - SIGNAL_BEFORE_NS ||
		    v->boot_ns > boot_ns + after_ns)
			continue;
		if (!best || v->boot_ns < best->boot_ns)
			best = v;
	}
	if (!best)
		return 0;
	best->matched = 1;
	best->pfn = pfn;
	return best->code;
}

bool signals_qemu_said(const int64_t *said_ns, size_t n, int64_t at_ns, int64_t margin_ns)
{
	int64_t from_ns = at_ns - margin_ns - SIGNAL_BEFORE_NS;
	int64_t to_ns = at_ns + margin_ns + QEMU_SAYS_AFTER_NS;

	for (size_t i = 0; i < n; i++)
		if (said_ns[i] && said_ns[i] >= from_ns && said_ns[i] <= to_ns)
			return true;
	return false;
}
