// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Is the simulation worth anything? Two properties are shown at each run:
 *   - A seed reproduces bit for bit: each scenario's first seed, run twice with the others between,
 *     has the same digest of its trace.
 *   - The oracle can fail: in worlds with a bug (a record is written twice, QEMU lies, a block
 *     reads as acknowledged that is not) it must find a broken rule within SEEDS seeds.
 */
#include "selftest.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "scenario.h"

#define SEEDS 20
#define DIGESTS_MAX 128

static bool same_digests(void)
{
	uint64_t first[DIGESTS_MAX];
	bool ok = !scenario_at(DIGESTS_MAX);
	size_t n = 0;

	for (size_t i = 0; ok && scenario_at(i); i++, n++) {
		scenario_run(scenario_at(i), 1);
		first[i] = sim_digest();
	}
	for (size_t i = n; ok && i-- > 0;) {
		scenario_run(scenario_at(i), 1);
		if (sim_digest() == first[i])
			continue;
		printf("FAILED: scenario %s, seed 1 has digest %016" PRIx64 ", then %016" PRIx64
		       "\n",
		       scenario_at(i)->name, first[i], sim_digest());
		ok = false;
	}
	return ok;
}

static bool finds(const struct scenario *s)
{
	for (uint64_t seed = 1; seed <= SEEDS; seed++)
		if (!scenario_run(s, seed))
			return true;
	printf("FAILED: the oracle sees nothing wrong where %s\n", s->what);
	return false;
}

bool sim_self_test(void)
{
	struct scenario world[] = {
		{ .what = "QEMU writes each record twice", .wire = { .twice = 50 } },
		{ .what = "QEMU writes a record and says it did not", .wire = { .lie = 50 } },
		{ .what = "a block reads as acknowledged that is not", .helper = { .lie = 50 } },
	};
	bool ok = same_digests();

	for (size_t i = 0; i < ARRAY_LEN(world); i++) {
		world[i].name = "a world with a bug";
		world[i].n_guests = 1;
		world[i].step_max_ms = 50;
		world[i].load = (struct sim_load){ .n = 12, .within_ms = 600 };
		world[i].terms.states = ~0u;
		ok &= finds(&world[i]);
	}
	return ok;
}
