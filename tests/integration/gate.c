// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The correctness gate on a process that is there already: gate PID QUESTIONS GPA HVA BYTES [GPA
 * HVA BYTES]. The stretches follow each other in the process; each page of them begins with its
 * tag. Prints a line of counts.
 */
#include "tests/standin.h"

int main(int argc, char **argv)
{
	struct standin s = { .pid = argc > 1 ? atoi(argv[1]) : 0 };
	struct gate_result r = { 0 };
	struct xlate_linux_host lh = { .pause_ns = 0 };
	struct xlate_index *x = NULL;
	struct xlate_space *sp;
	struct xlate_host h;
	struct ras_err err;
	uint64_t n, seed = 88172645463325252u, *before;
	char path[64];

	if (argc < 6 || (argc - 3) % 3 || argc > 3 + 6 || !standin_host(&h, &lh)) {
		fprintf(stderr, "usage: gate PID QUESTIONS GPA HVA BYTES...; as root\n");
		return 2;
	}
	n = strtoull(argv[2], NULL, 0);
	for (int i = 3; i < argc; i += 3, s.n_sections++)
		s.section[s.n_sections] = (struct xlate_section){ strtoull(argv[i], NULL, 0),
								  strtoull(argv[i + 2], NULL, 0),
								  strtoull(argv[i + 1], NULL, 0) };
	s.hva = s.section[0].hva;
	for (size_t i = 0; i < s.n_sections; i++)
		s.len += s.section[i].len_bytes;
	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)s.pid);
	s.pagemap_fd = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)s.pid);
	s.mem_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (s.pagemap_fd < 0 || s.mem_fd < 0) {
		perror(path);
		return 2;
	}
	sp = standin_space(&s, 1);
	before = standin_snapshot(&s);
	if (xlate_index_new(&h, &sp, 1, NULL, NULL, &x, &err) < 0) {
		fprintf(stderr, "%s\n", err.text);
		return 2;
	}
	for (int i = 0; i < 10; i++) {
		standin_compact();
		standin_gate(&s, &h, sp, x, before, n / 10, &seed, &r);
	}
	printf("asked %" PRIu64 " right %" PRIu64 " by_index %" PRIu64 " moved_since %" PRIu64
	       " moved_meanwhile %" PRIu64 " missed %" PRIu64 " wrong %" PRIu64 "\n",
	       r.asked, r.right, r.by_index, r.moved_since, r.moved_meanwhile, r.missed, r.wrong);
	return 0;
}
