// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The cost of translation, beside its peers, in one run. Figures are printed beside their bar and
 * never judged. Times are wall clock, except for single reads: CPU.
 *
 *   translate PAGE-TYPES GPA2HPA-SOCKET|- GIB...
 */
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "bench/tool.h"
#include "tests/standin.h"

#define GIB (UINT64_C(1) << 30)
#define ROUNDS 7
#define HITS 20000
#define COLD 200
#define PAIRS 24

static uint64_t seed = 88172645463325252u;
static struct xlate_linux_host lh;
static struct xlate_host h;
static int rmap_fd;
static double gpa2hpa_ns, gpa2hva_ns;

static double now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static double cpu_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e9 + (double)ts.tv_nsec;
}

static double quantile(double *v, size_t n, double q)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[(size_t)((double)(n - 1) * q)];
}

static uint64_t random_page(const struct standin *s)
{
	return s->hva / 4096 + standin_random(&seed) % (s->len / 4096);
}

/* An index hit, and the one read that every answer needs. */
static void index_hits(const struct standin *s, struct xlate_space *sp, const struct xlate_index *x)
{
	static struct xlate_answer a;
	static uint64_t page[HITS];
	static struct hpa hpa[HITS];
	double bare[ROUNDS], hit[ROUNDS], verify[ROUNDS], ratio[ROUNDS];
	struct ras_err err;
	size_t missed = 0, n = 0;

	while (n < HITS) {
		page[n] = random_page(s);
		hpa[n].v = (standin_entry(s, page[n] * 4096) & PM_PFN_MASK) * 4096;
		/* The few small pages at the ends of an unaligned block are not hits. */
		if (xlate_find_indexed(&h, x, hpa[n], &a))
			n++;
		else if (++missed > HITS)
			return;
	}
	missed = 0;
	for (int r = 0; r < ROUNDS; r++) {
		double t0 = cpu_ns(), t1, t2, t3;
		uint64_t e;

		for (size_t i = 0; i < HITS; i++)
			if (pread(s->pagemap_fd, &e, 8, (off_t)(page[i] * 8)) != 8)
				abort();
		t1 = cpu_ns();
		for (size_t i = 0; i < HITS; i++)
			missed += !xlate_find_indexed(&h, x, hpa[i], &a);
		t2 = cpu_ns();
		for (size_t i = 0; i < HITS; i++)
			missed +=
				xlate_verify(&h, sp, (struct gpa){ standin_gpa(s, page[i] * 4096) },
					     hpa[i], NULL, &err) < 0;
		t3 = cpu_ns();
		bare[r] = (t1 - t0) / HITS;
		hit[r] = (t2 - t1) / HITS;
		verify[r] = (t3 - t2) / HITS;
		ratio[r] = hit[r] / bare[r];
	}
	printf("  index hit %.0f ns CPU, bare pread8 of pagemap %.0f ns: ratio %.2f (bar <= 1.5); "
	       "%zu missed\n",
	       quantile(hit, ROUNDS, 0.5), quantile(bare, ROUNDS, 0.5),
	       quantile(ratio, ROUNDS, 0.5), missed);
	printf("  inject --hpa adds pagemap and kpageflags again, %.0f ns, and a gpa2hva: %.3f ms "
	       "in all "
	       "(bar <= 1)\n",
	       quantile(verify, ROUNDS, 0.5), (quantile(verify, ROUNDS, 0.5) + gpa2hva_ns) / 1e6);
}

static void pace(long pause_ns, bool rested)
{
	lh.pause_ns = pause_ns;
	h.burst = rested ? XLATE_BURST : 0;
}

enum manner { NOTED, NOTED_AGAIN, SEARCHED, UNPACED };

/* Look-ups without an index; median in ns. */
static double cold(const struct standin *s, enum manner m, size_t n)
{
	static const char *const name[] = { "the first of this guest",
					    "of a guest asked about before",
					    "no BPF program: a search, paced, after a rest",
					    "a search without pauses" };
	struct xlate_space *sp = standin_space(s, 1);
	static struct xlate_answer a;
	static double t[COLD];
	size_t how[XLATE_N_FOUND] = { 0 }, wrong = 0;
	double sum = 0;

	pace(m == UNPACED ? 0 : XLATE_SEARCH_PAUSE_NS, m != UNPACED);
	lh.kpage_fd[XLATE_KPAGERMAP] = m <= NOTED_AGAIN ? rmap_fd : -1;
	for (size_t i = 0; i < n; i++) {
		uint64_t page = random_page(s);
		struct hpa hpa = { (standin_entry(s, page * 4096) & PM_PFN_MASK) * 4096 };
		struct ras_err err;
		double t0;
		int r;

		if (m != NOTED_AGAIN) {
			xlate_space_unref(sp);
			sp = standin_space(s, 1); /* each is the first after a pause */
		}
		t0 = now_ns();
		r = m <= NOTED_AGAIN && xlate_find_noted(&h, &sp, 1, hpa, &a) ?
			    0 :
			    xlate_find(&h, &sp, 1, NULL, hpa, &a, &err);

		t[i] = now_ns() - t0;
		sum += t[i];
		wrong +=
			r < 0 || a.n_owners != 1 || a.owner[0].gpa.v != standin_gpa(s, page * 4096);
		how[a.found]++;
	}
	lh.kpage_fd[XLATE_KPAGERMAP] = rmap_fd;
	printf("  cold look-up, %s: median %.4f ms, mean %.4f, p99 %.4f;", name[m],
	       quantile(t, n, 0.5) / 1e6, sum / (double)n / 1e6, quantile(t, n, 0.99) / 1e6);
	for (size_t i = 0; i < XLATE_N_FOUND; i++)
		if (how[i])
			printf(" %zu %s", how[i], xlate_found_name((enum xlate_found)i));
	printf("; %zu wrong\n", wrong);
	xlate_space_unref(sp);
	return quantile(t, n, 0.5);
}

/* All of pagemap in slices without pauses: ns a page. */
static double full_scan(const struct standin *s)
{
	double v[3];

	for (int r = 0; r < 3; r++) {
		uint64_t page = s->hva / 4096, end = page + s->len / 4096;
		double t0 = now_ns();

		for (; page < end; page += XLATE_SLICE_PAGES)
			if (pread(s->pagemap_fd, h.buf, XLATE_SLICE_PAGES * 8, (off_t)(page * 8)) <=
			    0)
				abort();
		v[r] = (now_ns() - t0) / (double)(s->len / 4096);
	}
	return quantile(v, 3, 0.5);
}

static double page_types(const char *exe, const struct standin *s)
{
	char pid[16];
	double t0 = now_ns();
	int status;
	pid_t child;

	snprintf(pid, sizeof(pid), "%d", (int)s->pid);
	child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 1);
		execl(exe, exe, "-p", pid, "-L", "-N", (char *)NULL);
		_exit(127);
	}
	waitpid(child, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		fprintf(stderr, "page-types failed\n");
	return now_ns() - t0;
}

/* --- the cost to the guest --- */

struct churn {
	double done, p99;
};

/* One round of mmap and munmap in the stand-in guest while this process does work(). */
static struct churn churn(const struct standin *s,
			  void (*work)(const struct standin *s, struct xlate_space *sp),
			  struct xlate_space *sp)
{
	uint64_t r[2];
	struct pollfd p = { .fd = s->answer_fd, .events = POLLIN };

	if (write(s->request_fd, "m", 1) != 1)
		abort();
	while (work && poll(&p, 1, 0) == 0)
		work(s, sp);
	if (read(s->answer_fd, r, sizeof(r)) != sizeof(r))
		abort();
	return (struct churn){ (double)r[0], (double)r[1] };
}

/* The longest search: for a page of this process, which no guest has. */
static void search_in_vain(const struct standin *s, struct xlate_space *sp)
{
	static struct xlate_answer a;
	struct ras_err err;
	uint64_t e = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	(void)s;
	if (pread(fd, &e, 8, (off_t)((uintptr_t)h.buf / 4096 * 8)) != 8)
		abort();
	close(fd);
	(void)xlate_find(&h, &sp, 1, NULL, (struct hpa){ (e & PM_PFN_MASK) * 4096 }, &a, &err);
}

static void search_once(const struct standin *s, struct xlate_space *sp)
{
	struct pollfd p = { .fd = s->answer_fd, .events = POLLIN };

	search_in_vain(s, sp);
	poll(&p, 1, -1);
}

static void build_index(const struct standin *s, struct xlate_space *sp)
{
	struct xlate_index *x = NULL;
	struct ras_err err;

	(void)s;
	if (xlate_index_new(&h, &sp, 1, NULL, NULL, &x, &err) == 0)
		xlate_index_unref(x);
}

/* Ends a search that lasts longer than the guest's 100 ms. */
static int watched_fd;

static bool answered(void *ctx)
{
	struct pollfd p = { .fd = watched_fd, .events = POLLIN };

	(void)ctx;
	return poll(&p, 1, 0) == 1;
}

static void effect(const struct standin *s, struct xlate_space *sp, const char *what, long pause_ns,
		   bool rested, void (*work)(const struct standin *s, struct xlate_space *sp))
{
	double ratio[PAIRS], p99[PAIRS], alone_ratio[PAIRS], alone_p99[PAIRS];

	pace(pause_ns, rested);
	h.cancelled = answered;
	watched_fd = s->answer_fd;
	for (int i = 0; i < PAIRS; i++) {
		/* It runs between two rounds alone, so that a drift of the machine cancels out. */
		struct churn a = churn(s, NULL, sp), c = churn(s, work, sp), b = churn(s, NULL, sp);

		alone_ratio[i] = b.done / a.done;
		alone_p99[i] = b.p99 / a.p99;
		ratio[i] = c.done / ((a.done + b.done) / 2);
		p99[i] = c.p99 / ((a.p99 + b.p99) / 2);
	}
	h.cancelled = NULL;
	printf("  %-34s mmap+munmap completed x %.2f (quartiles %.2f-%.2f), p99 x %.2f "
	       "(%.2f-%.2f); "
	       "alone/alone x %.2f (%.2f-%.2f), p99 x %.2f (%.2f-%.2f)\n",
	       what, quantile(ratio, PAIRS, 0.5), quantile(ratio, PAIRS, 0.25),
	       quantile(ratio, PAIRS, 0.75), quantile(p99, PAIRS, 0.5), quantile(p99, PAIRS, 0.25),
	       quantile(p99, PAIRS, 0.75), quantile(alone_ratio, PAIRS, 0.5),
	       quantile(alone_ratio, PAIRS, 0.25), quantile(alone_ratio, PAIRS, 0.75),
	       quantile(alone_p99, PAIRS, 0.5), quantile(alone_p99, PAIRS, 0.25),
	       quantile(alone_p99, PAIRS, 0.75));
}

static void pin(pid_t pid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(pid, sizeof(set), &set);
}

/* --- gpa2hpa and gpa2hva of a real QEMU --- */

static double hmp_ns(FILE *f, const char *command, int n)
{
	char line[4096];
	double t0 = now_ns();

	for (int i = 0; i < n; i++) {
		fprintf(f,
			"{\"execute\":\"human-monitor-command\","
			"\"arguments\":{\"command-line\":\"%s 0x%x\"}}\n",
			command, 0x48000000 + i * 4096);
		fflush(f);
		do
			if (!fgets(line, sizeof(line), f))
				return 0;
		while (strncmp(line, "{\"return\"", 9) != 0);
	}
	return (now_ns() - t0) / n;
}

static void monitor(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	char line[4096];
	FILE *f;

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	if (connect(fd, (struct sockaddr *)&sa, sizeof(sa)) < 0 || !(f = fdopen(fd, "r+"))) {
		perror(path);
		return;
	}
	if (fgets(line, sizeof(line), f) && fputs("{\"execute\":\"qmp_capabilities\"}\n", f) >= 0 &&
	    fflush(f) == 0 && fgets(line, sizeof(line), f)) {
		gpa2hpa_ns = hmp_ns(f, "gpa2hpa", 2000);
		gpa2hva_ns = hmp_ns(f, "gpa2hva", 2000);
		printf("QEMU's monitor: gpa2hpa %.0f us, gpa2hva %.0f us (2000 each)\n",
		       gpa2hpa_ns / 1e3, gpa2hva_ns / 1e3);
	}
	fclose(f);
}

static void effects(const struct standin *s, struct xlate_space *sp)
{
	pin(s->pid, 0);
	pin(0, 1);
	lh.kpage_fd[XLATE_KPAGERMAP] = -1;
	effect(s, sp, "a search each 100 ms:", XLATE_SEARCH_PAUSE_NS, true, search_once);
	effect(s, sp, "one search after the other:", XLATE_SEARCH_PAUSE_NS, true, search_in_vain);
	effect(s, sp, "building the index, as rasd does:", XLATE_INDEX_PAUSE_NS, false,
	       build_index);
	effect(s, sp, "searching without a pause:", 0, false, search_in_vain);
	lh.kpage_fd[XLATE_KPAGERMAP] = rmap_fd;
	pin(0, 0);
}

static void measure(enum standin_backing b, uint64_t len, const char *page_types_exe)
{
	struct xlate_index *x = NULL;
	struct xlate_space *sp;
	struct ras_err err;
	struct standin s;
	double t0, peer, noted, paced;

	if (!standin_start(&s, b, len)) {
		printf("%s %.1f GiB: the host cannot give it: %s\n", standin_name[b],
		       (double)len / GIB, strerror(errno));
		return;
	}
	printf("%s, %.1f GiB\n", standin_name[b], (double)len / (double)GIB);
	sp = standin_space(&s, 1);
	pace(0, false);
	t0 = now_ns();
	if (xlate_index_new(&h, &sp, 1, NULL, NULL, &x, &err) < 0)
		abort();
	printf("  index: %zu blocks, %.2f KiB a GiB (bar <= 8), built in %.1f ms without pauses\n",
	       xlate_index_blocks(x), (double)xlate_index_bytes(x) / 1024 / ((double)len / GIB),
	       (now_ns() - t0) / 1e6);
	if (xlate_index_blocks(x) > len / TWO_MIB / 2)
		index_hits(&s, sp, x);
	printf("  full scan: %.1f ns a page\n", full_scan(&s));
	cold(&s, UNPACED, COLD);
	paced = cold(&s, SEARCHED, COLD);
	noted = cold(&s, NOTED, COLD);
	cold(&s, NOTED_AGAIN, COLD);
	peer = page_types(page_types_exe, &s);
	printf("  page-types -p -L -N: %.0f ms = %.0f x a cold look-up (bar >= 100 at 4 GiB), %.0f "
	       "x a search\n",
	       peer / 1e6, peer / noted, peer / paced);
	if (gpa2hpa_ns > 0)
		printf("  gpa2hpa loop, extrapolated to half the guest: %.1f s = %.0f x (bar >= "
		       "10000 at 4 GiB), %.0f x a search\n",
		       gpa2hpa_ns * (double)(len / 4096) / 2e9,
		       gpa2hpa_ns * (double)(len / 4096) / 2 / noted,
		       gpa2hpa_ns * (double)(len / 4096) / 2 / paced);
	if (len <= GIB && (b == STANDIN_4K || b == STANDIN_THP))
		effects(&s, sp);
	fflush(stdout);
	xlate_index_unref(x);
	xlate_space_unref(sp);
	standin_stop(&s);
}

int main(int argc, char **argv)
{
	if (argc < 4 || !standin_host(&h, &lh)) {
		fprintf(stderr, "usage: translate PAGE-TYPES SOCKET|- GIB...; as root\n");
		return 2;
	}
	rmap_fd = lh.kpage_fd[XLATE_KPAGERMAP];
	if (rmap_fd < 0)
		printf("this kernel takes no BPF program: every look-up is a search\n");
	prctl(PR_SET_TIMERSLACK, 1000UL);
	if (strcmp(argv[2], "-") != 0)
		monitor(argv[2]);
	for (int i = 3; i < argc; i++) {
		uint64_t len = strtoull(argv[i], NULL, 10) * GIB;

		measure(STANDIN_4K, len, argv[1]);
		if (i == 3)
			measure(STANDIN_4K_RANDOM, len, argv[1]);
		measure(STANDIN_THP, len, argv[1]);
		if (i == 3) {
			measure(STANDIN_MEMFD, len, argv[1]);
			measure(STANDIN_HUGETLB, len, argv[1]);
		}
	}
	return 0;
}
