// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * sim [--seeds N] [--first N] [--scenario NAME] [--seed N] [--trace] [--jobs N] [--list]
 *
 * Runs each scenario with seeds 1..N (40). A broken rule prints the scenario, the seed, the rule
 * and how to see the trace. The self-test (selftest.c) comes first. The last line counts
 * scenarios: "sim: N passed, N failed".
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "scenario.h"
#include "selftest.h"

#define DEFAULT_SEEDS 40
#define SHOWN_MAX 3 /* failing seeds that are named, a scenario */

static struct {
	uint64_t first, n_seeds;
	const char *only;
	bool trace;
	size_t jobs;
} opt = { .first = 1, .n_seeds = DEFAULT_SEEDS, .jobs = 1 };

/* Shared by the processes that work off the list of scenarios. */
static struct {
	_Atomic size_t next, passed, failed;
} * count;

static void on_log(int level, const char *line)
{
	(void)level;
	sim_trace("log: %s", line);
}

static void finished(bool ok)
{
	if (ok)
		count->passed++;
	else
		count->failed++;
	fflush(stdout);
}

static bool run_all_seeds(const struct scenario *s)
{
	uint64_t n_failed = 0;

	for (uint64_t seed = opt.first; seed < opt.first + opt.n_seeds; seed++) {
		bool ok = scenario_run(s, seed);

		if (opt.trace)
			printf("digest %016" PRIx64 "\n", sim_digest());
		if (!ok && n_failed++ < SHOWN_MAX)
			printf("FAILED: scenario %s, seed %" PRIu64 ": %s\n"
			       "  see it: build/asan/sim --scenario %s --seed %" PRIu64
			       " --trace\n",
			       s->name, seed, sim_failure(), s->name, seed);
	}
	printf("%-6s %-24s %" PRIu64 " seeds, %" PRIu64 " failed: %s\n", n_failed ? "FAILED" : "ok",
	       s->name, opt.n_seeds, n_failed, s->what);
	return n_failed == 0;
}

/* Scenario after scenario, each by the process that is free. Number 0 is the self-test. */
static void work(void)
{
	const struct scenario *s;

	for (size_t i; (i = count->next++) == 0 || scenario_at(i - 1);) {
		s = i > 0 ? scenario_at(i - 1) : NULL;
		if (i == 0 && !opt.only && !opt.trace) {
			bool ok = sim_self_test();

			printf("%-6s self-test: a seed reproduces, and the oracle can fail\n",
			       ok ? "ok" : "FAILED");
			finished(ok);
		} else if (s && (!opt.only || strcmp(opt.only, s->name) == 0)) {
			finished(run_all_seeds(s));
		}
	}
}

/* A process that dies (a sanitizer's report) counts as a failure. */
static void work_in_parallel(void)
{
	int status;

	fflush(stdout);
	for (size_t j = 0; j < opt.jobs; j++)
		if (fork() == 0) {
			work();
			exit(0); /* not _exit(): leaks are looked for at exit */
		}
	while (wait(&status) > 0)
		if (status != 0)
			count->failed++;
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
			"[--trace] [--jobs N] [--list]\n");
	return 2;
}

static bool known(const char *name)
{
	const struct scenario *s;

	for (size_t i = 0; (s = scenario_at(i)); i++)
		if (strcmp(s->name, name) == 0)
			return true;
	fprintf(stderr, "sim: there is no scenario %s; --list names them\n", name);
	return false;
}

static bool parse(int argc, char **argv)
{
	static const struct option options[] = { { "seeds", required_argument, NULL, 'n' },
						 { "first", required_argument, NULL, 'f' },
						 { "scenario", required_argument, NULL, 's' },
						 { "seed", required_argument, NULL, 'o' },
						 { "jobs", required_argument, NULL, 'j' },
						 { "trace", no_argument, NULL, 't' },
						 { "list", no_argument, NULL, 'l' },
						 { 0 } };
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
		case 'j':
			opt.jobs = strtoull(optarg, NULL, 10);
			break;
		case 't':
			opt.trace = true;
			break;
		case 'l':
			for (size_t i = 0; scenario_at(i); i++)
				printf("%-24s %s\n", scenario_at(i)->name, scenario_at(i)->what);
			exit(0);
		default:
			return false;
		}
	}
	return optind == argc && (!opt.only || known(opt.only));
}

int main(int argc, char **argv)
{
	if (!parse(argc, argv))
		return usage();
	count = mmap(NULL, sizeof(*count), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (count == MAP_FAILED) {
		perror("mmap");
		return 2;
	}
	log_set_sink(on_log);
	log_set_level(LOG_DEBUG);
	sim_disk_init();
	warm_up();
	sim_trace_to_stdout(opt.trace);
	if (opt.jobs > 1)
		work_in_parallel();
	else
		work();
	printf("sim: %zu passed, %zu failed\n", count->passed, count->failed);
	return count->failed || !count->passed;
}
