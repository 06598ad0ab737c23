// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How rasd gets the descriptors that tell about host pages: from a helper that is slow, refuses,
 * dies or is replaced (played here, on a socket of ours), and from the real rasd-pagemap where the
 * kernel does not let it load its program. Needs root.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "helper/rmap.h"
#include "tests/unit/helper_env.h"
#include "tests/unit/kernel.h"
#include "tests/unit/played_helper.h"
#include "tests/unit/silent.h"
#include "translate/translate.h"
#include "translate/worker.h"
#include "xlate/io.h"

static struct translator *translator;

/* --- a helper that we play --- */

static void open_listener(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/pagemap.sock", dir);
	unlink(path); /* an earlier test's */
	played_listen(path);
	assert_int_equal(translator_new(&translator, base, NULL, client, NULL), 0);
}

/* The next request, which is for a file of host pages; the loop runs meanwhile. */
static struct helper_request next_kpage(void)
{
	struct helper_request req = next_request();

	assert_int_equal(req.verb, HELPER_KPAGE);
	return req;
}

/* All but the look-up are given; returns the request for the look-up. */
static struct helper_request give_files(void)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct helper_request req;

	while ((req = next_kpage()).source_id != HELPER_KPAGERMAP)
		reply(&req, 0, "", null);
	close(null);
	return req;
}

static void run_until(const char *pages, const char *why)
{
	int64_t end_ns = patience_end_ns();
	const char *p, *w = "";

	while (strcmp(p = translator_pages(translator, &w), pages) != 0 || !strstr(w, why)) {
		if (clock_boot_ns() > end_ns)
			fail_msg("%s, not %s: %s", p, pages, w);
		turn();
	}
}

/* The loop runs for so long and nothing is asked. */
static void assert_nothing_asked(int ms)
{
	struct helper_request req;
	struct timeval tv = { 0, ms * 1000 };

	event_base_loopexit(base, &tv);
	event_base_dispatch(base);
	assert_int_equal(recv(peer, &req, sizeof(req), 0), -1);
	assert_int_equal(errno, EAGAIN);
}

/* No answer in time is no refusal: asked again, and the late answer's descriptor is closed. */
static void test_late(void **state)
{
	struct helper_request first, again;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), fds;
	const char *why = "";

	(void)state;
	test_waits = helper_waits;
	open_listener();
	be_patient(); /* from the second question on */
	take_peer();
	first = give_files();
	/* On a slow machine the files came too late as well. */
	while ((again = next_kpage()).source_id != HELPER_KPAGERMAP)
		reply(&again, 0, "", null);
	assert_string_equal(translator_pages(translator, &why), "search");
	assert_non_null(strstr(why, "not answered in time"));
	assert_int_equal(again.source_id, HELPER_KPAGERMAP);
	assert_int_not_equal(again.id, first.id);
	fds = open_fds();
	reply(&first, 0, "", null);
	reply(&again, RAS_E_BUSY, "busy for a moment", -1);
	run_until("search", "busy for a moment");
	assert_int_equal(open_fds(), fds);
	assert_int_equal((again = next_kpage()).source_id, HELPER_KPAGERMAP);
	close(null);
	reply(&again, RAS_E_HELPER, "the kernel has no type information", -1);
	run_until("search", "no type information");
}

/* A reason is final for this helper, and is asked again of the next one. */
static void test_refused(void **state)
{
	struct helper_request req;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_nothing_asked(700); /* a second try would come after 100 to 400 ms */
	close(peer);
	take_peer();
	req = next_kpage(); /* what is held is not asked for again */
	assert_int_equal(req.source_id, HELPER_KPAGERMAP);
	/* Not a program: rasd tries it once and says what is wrong. */
	reply(&req, 0, "", null);
	run_until("search", "cannot run the look-up");
	assert_nothing_asked(700);
	close(null);
}

static void stop_rasd(void)
{
	played_hang_up();
	translator_free(TAKE(translator));
	end(helper_pid);
	helper_pid = 0;
}

/* Without a helper nothing is asked; its connection is enough. */
static void test_no_helper(void **state)
{
	char path[128];
	const char *why;

	(void)state;
	stop_rasd();
	snprintf(path, sizeof(path), "%s/nobody.sock", dir);
	assert_int_equal(helper_client_connect(&client, base, path, &test_waits, NULL), 0);
	assert_int_equal(translator_new(&translator, base, NULL, client, NULL), 0);
	assert_string_equal(translator_pages(translator, &why), "none");
	assert_non_null(strstr(why, "not running"));
	stop_rasd();
}

/* --- places --- */

static size_t n_answered, n_busy;

static void on_answer(void *arg, const struct xlate_answer *ans, const struct ras_err *err)
{
	(void)arg, (void)ans;
	n_answered++;
	n_busy += err && err->code == RAS_E_BUSY;
}

static void ask_pages(enum translate_for who, size_t n)
{
	for (size_t i = 0; i < n; i++)
		translate_hpa(translator, who, (struct hpa){ i << 12 }, PATIENCE_MS, on_answer,
			      NULL);
}

/* However many questions clients have, one about an error of the host finds a place. */
static void test_places_of_host_events(void **state)
{
	(void)state;
	open_listener();
	take_peer();
	ask_pages(FOR_CLIENT, 256);
	assert_int_equal(n_answered, 0); /* they wait for the helper */
	ask_pages(FOR_CLIENT, 3);
	assert_int_equal(n_busy, 3);
	ask_pages(FOR_HOST_EVENT, 512);
	assert_int_equal(n_answered, 3);
	ask_pages(FOR_HOST_EVENT, 2);
	ask_pages(FOR_CLIENT, 1);
	assert_int_equal(n_busy, 6);
	stop_rasd();
	assert_int_equal(n_answered, 256 + 512 + 6);
	assert_int_equal(n_busy, 6);
}

/* --- the real one --- */

static void test_kpage(void **state)
{
	static const char *const name[] = { "kpageflags", "kpagecount", "kpagecgroup" };
	uint64_t entry, flags;
	char link[64], path[64];
	off_t at;
	int fd;

	(void)state;
	qemu = start_qemu("x.qmp", UID);
	start_helper();
	assert_int_equal(ask(helper_pagemap(client, qemu, start_of(qemu), on_reply, NULL, NULL)),
			 0);
	fd = got_fd;
	at = (off_t)((uintptr_t)ram / (uintptr_t)sysconf(_SC_PAGESIZE) * 8);
	assert_int_equal(pread(fd, &entry, 8, at), 8);
	close(fd);
	/* The opener's privilege counts: the page is present and its number is shown. */
	assert_true(entry >> 63 && (entry & ((UINT64_C(1) << 55) - 1)) != 0);
	for (unsigned int i = 0; i < 3; i++) {
		ssize_t len;
		int r = ask(helper_kpage(client, (enum helper_kpage)i, on_reply, NULL, NULL));

		snprintf(path, sizeof(path), "/proc/%s", name[i]);
		if (access(path, F_OK) < 0) { /* kpagecgroup needs CONFIG_MEMCG */
			assert_int_equal(r, -RAS_E_HELPER);
			continue;
		}
		assert_int_equal(r, 0);
		fd = got_fd;
		assert_true(fd >= 0);
		assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		len = readlink(path, link, sizeof(link) - 1);
		assert_true(len > 6);
		link[len] = '\0';
		assert_string_equal(link + strlen("/proc/"), name[i]);
		if (i == HELPER_KPAGEFLAGS) {
			at = (off_t)((entry & ((UINT64_C(1) << 55) - 1)) * 8);
			assert_int_equal(pread(fd, &flags, 8, at), 8);
			assert_true(flags & 1u << 11); /* mmap: at least one process maps it */
		}
		close(fd);
	}
	assert_int_equal(ask(helper_kpage(client, (enum helper_kpage)4, on_reply, NULL, NULL)),
			 -RAS_E_HELPER);
	assert_int_equal(got_fd, -1);
}

/*
 * What the kernel records of each page here that is present. The program shows no kernel addresses.
 */
static void test_rmap(void **state)
{
	struct xlate_linux_host lh = { .kpage_fd = { -1, -1, -1, -1 } };
	struct xlate_host h;
	struct ras_err err;
	const uint64_t page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	const uint64_t n_pages = (uint64_t)sysconf(_SC_PHYS_PAGES) + (1u << 18);
	const uint64_t step = 13 + n_pages / 500000; /* a host of any size in a second or so */
	uint64_t e = 0, word = 0, flags, told = 0;
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	volatile char *anon =
		mmap(NULL, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t page = (uintptr_t)anon / page_bytes;
	int r;

	(void)state;
	r = ask(helper_kpage(client, HELPER_KPAGERMAP, on_reply, NULL, NULL));
	if (!kernel_shows_rmap()) {
		assert_int_equal(r, -RAS_E_HELPER);
		stop_rasd();
		return;
	}
	assert_int_equal(r, 0);
	lh.kpage_fd[XLATE_KPAGEFLAGS] = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC);
	lh.kpage_fd[XLATE_KPAGERMAP] = got_fd;
	assert_int_equal(xlate_linux_host_init(&h, &lh, &err), 0);
	anon[0] = 1;
	/* The kernel may move the page between the two reads. */
	for (int i = 0; i < 100 && word != (page << 1 | XLATE_RMAP_ANON); i++) {
		assert_int_equal(pread(pagemap, &e, 8, (off_t)(page * 8)), 8);
		h.kpage(&lh, XLATE_KPAGERMAP, e & PM_PFN_MASK, &word);
	}
	assert_int_equal(word, page << 1 | XLATE_RMAP_ANON);
	/*
	 * Any page of the host: an answer or none, and never a pointer. Then numbers that are no
	 * page's.
	 */
	for (uint64_t pfn = 0; pfn < n_pages; pfn += step)
		if (h.kpage(&lh, XLATE_KPAGERMAP, pfn, &word)) {
			assert_true(word >> 46 == 0);
			told++;
		}
	assert_true(told > 100);
	for (unsigned int bit = 30; bit < 64; bit++)
		if (!h.kpage(&lh, XLATE_KPAGEFLAGS, UINT64_C(1) << bit, &flags) ||
		    flags & KPF_NOPAGE)
			assert_false(h.kpage(&lh, XLATE_KPAGERMAP, UINT64_C(1) << bit, &word));
	/* A second request costs nothing, because the program is loaded once. */
	assert_int_equal(ask(helper_kpage(client, HELPER_KPAGERMAP, on_reply, NULL, NULL)), 0);
	close(got_fd);
	close(lh.kpage_fd[XLATE_KPAGERMAP]);
	close(lh.kpage_fd[XLATE_KPAGEFLAGS]);
	close(pagemap);
	munmap((void *)(uintptr_t)anon, page_bytes);
	xlate_host_fini(&h);
	stop_rasd();
}

static bool holds_program(pid_t pid)
{
	char path[64], link[64];
	bool found = false;
	struct dirent *de;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	d = opendir(path);
	assert_non_null(d);
	while ((de = readdir(d))) {
		ssize_t n = readlinkat(dirfd(d), de->d_name, link, sizeof(link) - 1);

		if (n <= 0)
			continue;
		link[n] = '\0';
		found |= strcmp(link, "anon_inode:bpf-prog") == 0;
	}
	closedir(d);
	return found;
}

/* What this kernel gives to a process with our privileges: "" or the reason. */
static const char *kernel_says(void)
{
	static struct ras_err err;
	int fd;

	err = RAS_ERR_NULL;
	fd = rmap_open(&err);
	if (fd >= 0)
		close(fd);
	else if (kernel_shows_rmap())
		fail_msg("%s", err.text);
	return err.text;
}

/* The program is there when the first request is answered, whatever was asked. */
static void test_loaded_before_serving(void **state)
{
	(void)state;
	start_helper();
	assert_int_equal(ask(helper_kpage(client, HELPER_KPAGEFLAGS, on_reply, NULL, NULL)), 0);
	close(got_fd);
	assert_true(holds_program(helper_pid) == (*kernel_says() == '\0'));
	stop_rasd();
}

/*
 * A helper that cannot answer while rasd starts: every first question is lost. It must not cost the
 * look-up for rasd's life.
 */
static void test_slow_start(void **state)
{
	(void)state;
	start_helper();
	kill(helper_pid, SIGSTOP);
	assert_int_equal(waitpid(helper_pid, NULL, WUNTRACED), helper_pid);
	test_waits = helper_waits;
	assert_int_equal(translator_new(&translator, base, NULL, client, NULL), 0);
	be_patient();
	run_until("none", "not answered in time");
	kill(helper_pid, SIGCONT);
	if (*kernel_says())
		run_until("search", kernel_says());
	else
		run_until("rmap", "");
	stop_rasd();
}

static void forbid_bpf(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_bpf, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { ARRAY_LEN(code), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) < 0)
		_exit(1);
}

static void hide_btf(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    (access("/sys/kernel/btf", F_OK) == 0 &&
	     mount("none", "/sys/kernel/btf", "tmpfs", 0, NULL) < 0))
		_exit(1);
}

/* The helper serves without its program, and the true reason is there with the first answer. */
static void test_cannot_load(void **state)
{
	static const struct {
		void (*also)(void);
		const char *why;
	} cause[] = { { forbid_bpf, "bpf() is not permitted" }, { hide_btf, "(BTF)" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cause); i++) {
		bool other = *kernel_says() != '\0'; /* this kernel has a reason of its own */

		start_helper_also(cause[i].also);
		assert_int_equal(translator_new(&translator, base, NULL, client, NULL), 0);
		run_until("search", other ? "" : cause[i].why);
		stop_rasd();
	}
}

static int stop(void **state)
{
	stop_rasd();
	return teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_helper),
		cmocka_unit_test(test_kpage),
		cmocka_unit_test(test_rmap),
		cmocka_unit_test(test_loaded_before_serving),
		cmocka_unit_test(test_slow_start),
		cmocka_unit_test(test_cannot_load),
		cmocka_unit_test(test_places_of_host_events),
	};

	log_set_sink(silent);
	return cmocka_run_group_tests(tests, setup, stop);
}
