// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Runs in a machine whose kernel has MEMORY_FAILURE, and plays the host: poison ACTION BACKING. One
 * or two child processes play guests. A page of theirs is poisoned from outside: hard_offline_page
 * stands for a real error, soft_offline_page for too many corrected errors. Then the program asks
 * whose page it was. It prints one line of facts for each question. Its caller judges them.
 */
#include "tests/standin.h"

#define GUEST_BYTES (UINT64_C(16) << 20)
#define GPA UINT64_C(0x40000000)
#define KSM_PAGES 8u

static struct xlate_linux_host lh;
static struct xlate_host h;
static struct xlate_space *space[2];
static size_t n_spaces;
static struct standin guest[2];

static _Noreturn void die(const char *what)
{
	printf("error: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	if (!f || fputs(text, f) < 0 || fclose(f) != 0)
		die(path);
}

/*
 * A guest's memory: [hva, hva+GUEST_BYTES). Each page begins with its tag (KSM: all pages are the
 * same).
 */
static void play(struct standin *s, const char *backing, int fd, int out)
{
	bool ksm = strcmp(backing, "ksm") == 0;
	char *p;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (fd >= 0) {
		p = mmap(NULL, GUEST_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	} else {
		p = mmap(NULL, GUEST_BYTES + TWO_MIB, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p != MAP_FAILED)
			p = (char *)((uintptr_t)(p + TWO_MIB - 1) & ~(TWO_MIB - 1));
		madvise(p, GUEST_BYTES,
			strcmp(backing, "thp") == 0 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
		if (ksm)
			madvise(p, KSM_PAGES * 4096, MADV_MERGEABLE);
	}
	if (p == MAP_FAILED)
		die("guest memory");
	for (uint64_t at = 0; at < GUEST_BYTES; at += 4096) {
		uint64_t tag = standin_tag(ksm && at < KSM_PAGES * 4096 ? 1 : GPA + at);

		memcpy(p + at, &tag, sizeof(tag));
	}
	s->hva = (uintptr_t)p;
	if (write(out, s, sizeof(*s)) != sizeof(*s))
		_exit(1);
	for (;;)
		pause();
}

static void start_guests(const char *backing)
{
	bool shared = strcmp(backing, "memfd") == 0, huge = strcmp(backing, "hugetlb") == 0;
	int fd = -1;

	if (shared || huge) {
		fd = memfd_create("guest", MFD_CLOEXEC | (huge ? MFD_HUGETLB | MFD_HUGE_2MB : 0));
		if (fd < 0 || ftruncate(fd, (off_t)GUEST_BYTES) < 0)
			die("memfd");
	}
	n_spaces = shared || strcmp(backing, "ksm") == 0 ? 2 : 1;
	for (size_t i = 0; i < n_spaces; i++) {
		struct standin *s = &guest[i];
		char path[64];
		int p[2];
		pid_t pid;

		if (pipe(p) < 0 || (pid = fork()) < 0)
			die("fork");
		if (pid == 0)
			play(s, backing, fd, p[1]);
		if (read(p[0], s, sizeof(*s)) != sizeof(*s))
			die("guest");
		s->pid = pid;
		s->len = GUEST_BYTES;
		s->n_sections = 1;
		s->section[0] = (struct xlate_section){ GPA, GUEST_BYTES, s->hva };
		snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
		s->pagemap_fd = open(path, O_RDONLY | O_CLOEXEC);
		space[i] = standin_space(s, i + 1);
	}
}

static uint64_t flags_of(uint64_t pfn)
{
	uint64_t v = 0;

	h.kpage(h.ctx, XLATE_KPAGEFLAGS, pfn, &v);
	return v;
}

/* Wait until KSM has merged the first pages of both guests. */
static void wait_merged(void)
{
	write_file("/sys/kernel/mm/ksm/sleep_millisecs", "1\n");
	write_file("/sys/kernel/mm/ksm/pages_to_scan", "5000\n");
	write_file("/sys/kernel/mm/ksm/run", "1\n");
	for (int i = 0; i < 300; i++) {
		uint64_t a = standin_entry(&guest[0], guest[0].hva) & PM_PFN_MASK, same = 0;

		for (uint64_t k = 0; k < KSM_PAGES; k++)
			for (size_t g = 0; g < 2; g++)
				same += (standin_entry(&guest[g], guest[g].hva + k * 4096) &
					 PM_PFN_MASK) == a;
		if (same == 2 * KSM_PAGES) {
			write_file("/sys/kernel/mm/ksm/run", "0\n");
			return;
		}
		usleep(100000);
	}
	errno = ETIME;
	die("KSM");
}

static void tell(const char *question, int rc, const struct xlate_answer *a,
		 const struct ras_err *err)
{
	if (rc < 0) {
		printf("%s error=%s\n", question, ras_err_reason(err->code));
		return;
	}
	printf("%s state=%s found=%s owners=%zu hpa=%#" PRIx64 " now=%#" PRIx64 " gpas=", question,
	       xlate_state_name(a->state), xlate_found_name(a->found), a->n_owners,
	       a->has_hpa ? a->hpa.v : 0, a->hpa_now);
	for (size_t i = 0; i < a->n_owners; i++)
		printf("%s%" PRIu64 ":%#" PRIx64 ":%s", i ? "," : "", a->owner[i].id,
		       a->owner[i].gpa.v, xlate_state_name(a->owner[i].state));
	printf("\n");
}

/*
 * Look up with x only; or, if x is NULL and noted is set, by what the kernel records of the page.
 */
static void ask_how(const char *question, uint64_t hpa, const struct xlate_index *x, bool noted)
{
	static struct xlate_answer a;
	struct ras_err err;
	int rc, fd = lh.kpage_fd[XLATE_KPAGERMAP];

	if (!noted)
		lh.kpage_fd[XLATE_KPAGERMAP] = -1;
	rc = xlate_find(&h, space, n_spaces, x, (struct hpa){ hpa }, &a, &err);
	lh.kpage_fd[XLATE_KPAGERMAP] = fd;
	tell(question, rc, &a, &err);
}

static void ask(const char *question, uint64_t hpa, const struct xlate_index *x)
{
	ask_how(question, hpa, x, false);
}

static void ask_gpa(const char *question, uint64_t gpa)
{
	static struct xlate_answer a;
	struct ras_err err;
	int rc = xlate_gpa(&h, space[0], (struct gpa){ gpa }, &a, &err);

	tell(question, rc, &a, &err);
}

static void offline(bool hard, uint64_t hpa)
{
	char text[32];
	int fd = open(hard ? "/sys/devices/system/memory/hard_offline_page" :
			     "/sys/devices/system/memory/soft_offline_page",
		      O_WRONLY | O_CLOEXEC);

	snprintf(text, sizeof(text), "%#" PRIx64, hpa);
	/*
	 * Hard offlining returns an error if the kernel could not save the page. That is expected
	 * here.
	 */
	if (fd < 0 || (write(fd, text, strlen(text)) < 0 && !hard))
		die(hard ? "hard offline" : "soft offline");
	close(fd);
}

int main(int argc, char **argv)
{
	bool hard = argc == 3 && strcmp(argv[1], "hard") == 0;
	struct xlate_index *x = NULL, *later = NULL;
	uint64_t page = 3, hva, hpa, huge2 = 0;
	struct ras_err err;

	if (argc != 3 || !standin_host(&h, &lh) || lh.kpage_fd[XLATE_KPAGERMAP] < 0) {
		fprintf(stderr, "usage: poison hard|soft 4k|thp|memfd|hugetlb|ksm; as root\n");
		return 2;
	}
	if (strcmp(argv[2], "hugetlb") == 0)
		write_file("/proc/sys/vm/nr_hugepages", "16\n");
	start_guests(argv[2]);
	if (strcmp(argv[2], "ksm") == 0)
		wait_merged();
	else
		page = 700; /* in the second huge page, not at its start */
	hva = guest[0].hva + page * 4096;
	if (xlate_index_new(&h, space, n_spaces, NULL, NULL, &x, &err) < 0)
		die(err.text);
	hpa = (standin_entry(&guest[0], hva) & PM_PFN_MASK) * 4096;
	printf("page hpa=%#" PRIx64 " gpa=%#" PRIx64 " flags=%#" PRIx64
	       " blocks=%zu entry=%#" PRIx64 "\n",
	       hpa, GPA + page * 4096, flags_of(hpa / 4096), xlate_index_blocks(x),
	       standin_entry(&guest[0], hva));
	ask_how("before-noted", hpa + 8, NULL, true);
	ask("before", hpa + 8, x);
	offline(hard, hpa);
	printf("after flags=%#" PRIx64 " entry=%#" PRIx64 "\n", flags_of(hpa / 4096),
	       standin_entry(&guest[0], hva));
	ask("with-index", hpa + 8, x);
	if (xlate_index_new(&h, space, n_spaces, NULL, x, &later, &err) < 0)
		die(err.text);
	ask("next-index", hpa + 8, later);
	ask("no-index", hpa + 8, NULL);
	ask_how("noted", hpa + 8, NULL, true);
	ask("neighbour", hpa + 4096, x);
	ask_gpa("guest-page", GPA + page * 4096 + 8);
	printf("verify=%d\n", xlate_verify(&h, space[0], (struct gpa){ GPA + page * 4096 + 8 },
					   (struct hpa){ hpa + 8 }, NULL, &err));
	if (hard && strcmp(argv[2], "hugetlb") == 0) {
		huge2 = (standin_entry(&guest[0], guest[0].hva + 3 * TWO_MIB) & PM_PFN_MASK) * 4096;
		offline(true, huge2);
		ask("one-of-two", hpa + 8, NULL);
		ask("second", huge2, later);
		ask_how("one-of-two-noted", hpa + 8, NULL, true);
		ask_how("second-noted", huge2, NULL, true);
	}
	return puts("done") < 0;
}
