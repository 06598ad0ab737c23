// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * hostevents HELPER CONFIG HOW: rasd's two kernel sources alone, on the kernel of a guest. It
 * starts the real helper, becomes a user without rights and prints one line a status and one an
 * event, until its input ends. HOW:
 *
 *   as-root     as `rasd --helper`: root, which gives up its capabilities
 *   as-service  as the units: --setup-trace as root without capabilities; then the helper as
 *               another user with three capabilities, and /dev/kmsg as its input
 *   as-alone    the same without --setup-trace
 *
 * hostevents lose CPU: has the kernel, on that CPU, take a page out of use. Its process has asked
 * to be told at once; printed are that process and the page's address.
 */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "sources/source.h"

#define RASD_UID 64057
#define HELPER_UID 64058

static struct event_base *base;
static const struct event_source *source[8];
static void *self[8];

static void die(const char *what)
{
	printf("hostevents: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void set_caps(uint32_t keep, uint32_t inheritable)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	memset(data, 0, sizeof(data));
	data[0].effective = data[0].permitted = keep;
	data[0].inheritable = inheritable;
	if (syscall(SYS_capset, &head, data) < 0)
		die("capset");
}

/* Run to its end as root that has nothing but its uid. */
static void set_up(const char *helper)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		for (unsigned long cap = 0; cap < 64; cap++)
			prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
		set_caps(0, 0);
		execl(helper, helper, "--setup-trace", (char *)NULL);
		die(helper);
	}
	if (waitpid(pid, &status, 0) != pid || status != 0)
		printf("hostevents: --setup-trace failed: %d\n", status);
}

static void become_service(void)
{
	static const unsigned long keep[] = { CAP_SYS_ADMIN, CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE };
	uint32_t mask = 0;
	int kmsg = open("/dev/kmsg", O_RDONLY);

	for (size_t i = 0; i < 3; i++)
		mask |= 1u << keep[i];
	if (kmsg < 0 || dup2(kmsg, 0) < 0 || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0 ||
	    setresgid(HELPER_UID, HELPER_UID, HELPER_UID) < 0 ||
	    setresuid(HELPER_UID, HELPER_UID, HELPER_UID) < 0)
		die("becoming the helper's user");
	set_caps(mask, mask);
	for (size_t i = 0; i < 3; i++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, keep[i], 0, 0) < 0)
			die("ambient capabilities");
}

static int start_helper(const char *helper, const char *config, const char *how)
{
	char num[16];
	const bool as_service = strcmp(how, "as-root") != 0;
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		die("socketpair");
	if (strcmp(how, "as-service") == 0)
		set_up(helper);
	if (fork() == 0) {
		int fd = dup(sv[1]);

		if (as_service)
			become_service();
		snprintf(num, sizeof(num), "%d", fd);
		execl(helper, helper, "--config", config, "--fd", num, (char *)NULL);
		die(helper);
	}
	close(sv[1]);
	return sv[0];
}

static void on_event(void *arg, const struct ras_event *e)
{
	(void)arg;
	printf("EVENT %s/%s kind=%d severity=%d hpa=%s0x%" PRIx64 "+%" PRIu64
	       " count=%u catch_up=%d boot_us=%" PRId64 " late_ms=%" PRId64
	       " outcome=%d type='%s' pid=%d code=%d label='%s' detail='%s' position='%s'\n",
	       e->source, e->report, e->kind, e->severity,
	       e->where.has_hpa ? "" : "none:", e->where.hpa.v, e->where.len_bytes, e->count,
	       e->when.catch_up, e->when.boot_ns / 1000,
	       (clock_boot_ns() - e->when.boot_ns) / 1000000, e->outcome.kind, e->outcome.page_type,
	       e->signal.pid, e->signal.code, e->label, e->detail, e->position);
}

static void on_changed(void *arg)
{
	(void)arg;
	for (size_t i = 0; source[i] && self[i]; i++) {
		struct source_status s;

		source[i]->status(self[i], &s);
		printf("STATUS %s %s events=%" PRIu64 " missed=%" PRIu64 " malformed=%" PRIu64
		       " why='%s' mend='%s'\n",
		       source[i]->name, event_source_state_name(s.state), s.events, s.missed,
		       s.malformed, s.why, s.mend);
	}
}

static void on_input(evutil_socket_t fd, short what, void *arg)
{
	char line[64];

	(void)what;
	(void)arg;
	if (read(fd, line, sizeof(line)) <= 0)
		event_base_loopbreak(base);
	on_changed(NULL); /* a line: the status now */
}

static volatile sig_atomic_t told;

static void on_sigbus(int sig, siginfo_t *si, void *context)
{
	(void)sig;
	(void)context;
	told = si->si_code;
}

/* Have a page, say where it is, and end with the code of the signal about it. */
static _Noreturn void be_victim(int say)
{
	const struct sigaction act = { .sa_sigaction = on_sigbus, .sa_flags = SA_SIGINFO };
	const size_t size = (size_t)sysconf(_SC_PAGESIZE);
	char *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry, address;

	if (page == MAP_FAILED || fd < 0 ||
	    prctl(PR_MCE_KILL, PR_MCE_KILL_SET, PR_MCE_KILL_EARLY, 0, 0) < 0)
		die("preparing to lose a page");
	sigaction(SIGBUS, &act, NULL);
	page[0] = 1;
	if (pread(fd, &entry, 8, (off_t)((uintptr_t)page / size * 8)) != 8)
		die("pagemap");
	address = (entry & ((UINT64_C(1) << 55) - 1)) * size;
	if (write(say, &address, sizeof(address)) != sizeof(address))
		die("telling the address");
	while (!told)
		usleep(1000);
	exit(told);
}

static int lose(int cpu)
{
	int p[2], status, fd = open("/sys/devices/system/memory/hard_offline_page", O_WRONLY);
	uint64_t address;
	char text[32];
	cpu_set_t set;
	pid_t victim;

	if (fd < 0 || pipe(p) < 0 || (victim = fork()) < 0)
		die("making a victim");
	if (victim == 0)
		be_victim(p[1]);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (read(p[0], &address, sizeof(address)) != sizeof(address) ||
	    sched_setaffinity(0, sizeof(set), &set) < 0)
		die("asking the victim");
	snprintf(text, sizeof(text), "0x%" PRIx64, address);
	if (write(fd, text, strlen(text)) < 0)
		die("hard_offline_page");
	if (waitpid(victim, &status, 0) != victim)
		die("waiting");
	printf("LOST pid=%d hpa=0x%" PRIx64 " told=%d\n", victim, address, WEXITSTATUS(status));
	return 0;
}

int main(int argc, char **argv)
{
	static struct conf conf;
	struct source_setup setup = { .position = "", .conf = &conf };
	struct event *input;
	size_t n = 0;
	int sock;

	if (argc == 3)
		return lose(atoi(argv[2]));
	if (argc != 4)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	sock = start_helper(argv[1], argv[2], argv[3]);
	if (setresgid(RASD_UID, RASD_UID, RASD_UID) < 0 ||
	    setresuid(RASD_UID, RASD_UID, RASD_UID) < 0)
		die("becoming rasd's user");
	base = event_base_new();
	if (!base || helper_client_new(&setup.helper, base, sock, &helper_waits, NULL) < 0)
		die("the helper's client");
	conf_defaults(&conf);
	setup.base = base;
	setup.sink = (struct event_sink){ .event = on_event, .changed = on_changed };
	for (size_t i = 0; event_sources[i]; i++) {
		if (event_sources[i]->rank != SOURCE_KERNEL)
			continue;
		if (event_sources[i]->open(&self[n], &setup, NULL) < 0)
			die(event_sources[i]->name);
		source[n++] = event_sources[i];
	}
	input = event_new(base, 0, EV_READ | EV_PERSIST, on_input, NULL);
	event_add(input, NULL);
	event_base_dispatch(base);
	for (size_t i = 0; source[i]; i++)
		source[i]->close(self[i]);
	helper_client_free(setup.helper);
	puts("END");
	return 0;
}
