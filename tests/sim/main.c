// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * sim [--seeds N] [--first N] [--scenario NAME] [--seed N] [--trace] [--list]
 *
 * Runs each scenario with seeds 1..N (40). A broken rule prints the scenario, the seed, the rule
 * and how to see the trace. The last line counts scenarios: "sim: N passed, N failed".
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "scenario.h"

#define DEFAULT_SEEDS 40
#define SHOWN_MAX 3 /* failing seeds that are named, a scenario */

static struct {
	uint64_t first, n_seeds;
	const char *only;
	bool trace;
} opt = { .first = 1, .n_seeds = DEFAULT_SEEDS };

static void on_log(int level, const char *line)
{
	(void)level;
	sim_trace("log: %s", line);
}

static bool run_all_seeds(const struct scenario *s)
{
	uint64_t n_failed = 0;

	for (uint64_t seed = opt.first; seed < opt.first + opt.n_seeds; seed++) {
		if (scenario_run(s, seed)) {
			if (opt.trace)
				printf("digest %016" PRIx64 "\n", sim_digest());
			continue;
		}
		if (n_failed++ < SHOWN_MAX)
			printf("FAILED: scenario %s, seed %" PRIu64 ": %s\n"
			       "  see it: build/asan/sim --scenario %s --seed %" PRIu64
			       " --trace\n",
			       s->name, seed, sim_failure(), s->name, seed);
	}
	printf("%-6s %-24s %" PRIu64 " seeds, %" PRIu64 " failed: %s\n", n_failed ? "FAILED" : "ok",
	       s->name, opt.n_seeds, n_failed, s->what);
	fflush(stdout);
	return n_failed == 0;
}

/* json-c draws its hash seed once in the life of a process: before the first run, then. */
static void warm_up(void)
{
	json_object *o = json_object_new_object();

	sim_begin(1);
	json_object_object_add(o, "a", json_object_new_int(1));
	json_object_put(o);
}

static int usage(void)
{
	fprintf(stderr, "usage: sim [--seeds N] [--first N] [--scenario NAME] [--seed N] "
			"[--trace] [--list]\n");
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "seeds", required_argument, NULL, 'n' },
						 { "first", required_argument, NULL, 'f' },
						 { "scenario", required_argument, NULL, 's' },
						 { "seed", required_argument, NULL, 'o' },
						 { "trace", no_argument, NULL, 't' },
						 { "list", no_argument, NULL, 'l' },
						 { 0 } };
	size_t passed = 0, failed = 0;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'n':
			opt.n_seeds = strtoull(optarg, NULL, 10);
			break;
		case 'f':
			opt.first = strtoull(optarg, NULL, 10);
			break;
		case 's':
			opt.only = optarg;
			break;
		case 'o':
			opt.first = strtoull(optarg, NULL, 10);
			opt.n_seeds = 1;
			break;
		case 't':
			opt.trace = true;
			break;
		case 'l':
			for (size_t i = 0; i < n_scenarios; i++)
				printf("%-24s %s\n", scenarios[i].name, scenarios[i].what);
			return 0;
		default:
			return usage();
		}
	}
	if (optind != argc)
		return usage();
	log_set_sink(on_log);
	log_set_level(LOG_DEBUG);
	sim_disk_init();
	warm_up();
	sim_trace_to_stdout(opt.trace);
	for (size_t i = 0; i < n_scenarios; i++) {
		if (opt.only && strcmp(opt.only, scenarios[i].name) != 0)
			continue;
		if (run_all_seeds(&scenarios[i]))
			passed++;
		else
			failed++;
	}
	printf("sim: %zu passed, %zu failed\n", passed, failed);
	return failed || !passed;
}
