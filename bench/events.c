// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * From an event in the kernel to the record in the guest's memory. rasd is compared with a program
 * that does the least (events_floor.c), in one run. What both lead to is seen in the same way: the
 * guest's status block, in the memory of its QEMU, holds the address of the bad page.
 *
 *   events play QMP PID BLOCK ACK RAM DIR CAPTURE RASD-SOCKET RASD-PID STATE-DIR <GPAS
 *       FIFOs in DIR stand in for the kernel's files. Then events a second, and a storm.
 *   events host QMP PID BLOCK ACK RAM INSTANCE RASD-PID STATE-DIR <GPAS
 *       a real kernel poisons the pages (hwpoison-inject), and its trace instance says when.
 *
 * BLOCK, ACK, RAM: addresses in QEMU. GPAS: guest pages to be lost, one on a line.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/bare.h"
#include "bench/events.h"

#define BLOCK_BYTES 1024
#define PATIENCE_NS INT64_C(60000000000)
#define LOOK_US 50
#define REST_US 20000 /* rasd looks for the acknowledgement at most every 5 ms */

#define BLOCKS 5
#define PER_BLOCK 40
#define N (BLOCKS * PER_BLOCK)
#define MCE_ID 113 /* of the captured page */
#define LOST_ID 1406

#define STORM 1000000
#define STORM_NS INT64_C(10000000000)
#define STORM_PAGES 512
#define BEHIND 20
#define BEHIND_EVENTS 30000
#define RATE_KERNEL 300000
#define RATE_KMSG 5000

static struct watched w;

/* --- what is watched --- */

static void read_pages(const char *pid)
{
	char path[64], line[64];
	int map;

	snprintf(path, sizeof(path), "/proc/%s/pagemap", pid);
	map = open(path, O_RDONLY | O_CLOEXEC);
	if (map < 0)
		die(path);
	while (w.n < ERRORS_MAX && fgets(line, sizeof(line), stdin)) {
		struct bad_page *p = &w.page[w.n++];
		uint64_t hva, entry = 0;
		char byte;

		p->gpa = strtoull(line, NULL, 0);
		hva = w.ram_hva + (p->gpa - RAM_GPA);
		/* So that there is a page. */
		if (pread(w.mem, &byte, 1, (off_t)hva) != 1 ||
		    pwrite(w.mem, &byte, 1, (off_t)hva) != 1 ||
		    pread(map, &entry, 8, (off_t)(hva / 4096 * 8)) != 8 || !(entry >> 63))
			die("a guest page is not there");
		p->pfn = entry & ((UINT64_C(1) << 55) - 1);
	}
	close(map);
}

static void watch(char **argv)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%s/mem", argv[0]);
	w.mem = open(path, O_RDWR | O_CLOEXEC);
	if (w.mem < 0)
		die(path);
	w.block = (off_t)strtoull(argv[1], NULL, 0);
	w.ack = (off_t)strtoull(argv[2], NULL, 0);
	w.ram_hva = strtoull(argv[3], NULL, 0);
	read_pages(argv[0]);
}

/* When the guest's status block told of that page. Waits until the guest has read it, too. */
static int64_t written_at(uint64_t gpa)
{
	int64_t end = clock_boot_ns() + PATIENCE_NS, at = 0;
	uint8_t block[BLOCK_BYTES];
	uint64_t reg = 0;

	while (!at || !(reg & 1)) {
		if (pread(w.mem, block, sizeof(block), w.block) != sizeof(block) ||
		    pread(w.mem, &reg, 8, w.ack) != 8)
			die("/proc/PID/mem");
		if (!at && memmem(block, sizeof(block), &gpa, sizeof(gpa)))
			at = clock_boot_ns();
		errno = ETIMEDOUT;
		if (clock_boot_ns() > end)
			die(at ? "no acknowledgement" : "no record");
		usleep(LOOK_US);
	}
	usleep(REST_US);
	return at;
}

/* --- figures --- */

static double show_us(const char *what, double *v, size_t n)
{
	qsort(v, n, sizeof(*v), by_value);
	printf("%-52s %8.0f %8.0f\n", what, v[n / 2], v[n * 99 / 100]);
	return v[n / 2];
}

static void compare(const char *source, double *rasd, double *least, double *commit, size_t n)
{
	double r, f, c, r99, f99, c99;

	printf("%s: event to record, us (%zu each)%*s %8s %8s\n", source, n,
	       (int)(17 - strlen(source)), "", "median", "p99");
	r = show_us("  rasd", rasd, n);
	f = show_us("  floor", least, n);
	c = show_us("  one sqlite WAL FULL commit", commit, n);
	r99 = rasd[n * 99 / 100];
	f99 = least[n * 99 / 100];
	c99 = commit[n * 99 / 100];
	printf("  (rasd - one commit) / floor: median %.2f, p99 %.2f (bar: <= 1.5)\n", (r - c) / f,
	       (r99 - c99) / f99);
}

static void commits(sqlite3_stmt *st, double *us, size_t n)
{
	static const uint8_t rec[300] = { 1 };

	for (size_t i = 0; i < n; i++) {
		int64_t t0 = clock_boot_ns();

		commit_row(st, rec, sizeof(rec));
		us[i] = (double)(clock_boot_ns() - t0) / 1e3;
	}
}

/* --- stand-ins of the kernel --- */

static int open_in(const char *dir, const char *name, bool packets)
{
	char path[300];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return feed_open(path, packets);
}

static void lose(int fd, bool kmsg, const struct bad_page *p, double *us)
{
	int64_t t0 = clock_boot_ns();

	if (kmsg) {
		kmsg_record(fd, "recoverable", p->pfn * 4096);
	} else {
		uint8_t page[TRACE_PAGE];

		page_of_lost(page, LOST_ID, p->pfn);
		feed(fd, page, sizeof(page));
	}
	*us = (double)(written_at(p->gpa) - t0) / 1e3;
}

static void play_latency(const char *dir, const char *qmp, sqlite3_stmt *st)
{
	static double us[4][N], commit[N];
	static const char *const names[4] = { "trace", "trace.floor", "kmsg", "kmsg.floor" };
	struct floor f;
	size_t next = 0;
	int fd[4];

	for (int k = 0; k < 4; k++)
		fd[k] = open_in(dir, names[k], k >= 2);
	floor_start(&f, &w, qmp, &fd[1], 1, fd[3], LOST_ID);
	*f.act = true;
	for (int k = 0; k < 4; k++) /* warm up */
		lose(fd[k], k >= 2, &w.page[next++], &us[k][0]);
	for (int b = 0; b < BLOCKS; b++) {
		for (int k = 0; k < 4; k++)
			for (int i = 0; i < PER_BLOCK; i++)
				lose(fd[k], k >= 2, &w.page[next++], &us[k][b * PER_BLOCK + i]);
		commits(st, commit + b * PER_BLOCK, PER_BLOCK);
	}
	floor_stop(&f);
	compare("kernel", us[0], us[1], commit, N);
	compare("kmsg", us[2], us[3], commit, N);
}

/* How many events rasd has had from a source. */
static uint64_t events_of(FILE *rasd, const char *source)
{
	char key[64];
	const char *a = ask(rasd, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"source.list\"}\n");

	snprintf(key, sizeof(key), "\"name\":\"%s\"", source);
	a = strstr(a, key);
	a = a ? strstr(a, "\"events\":") : NULL;
	if (!a)
		die("source.list");
	return strtoull(a + strlen("\"events\":"), NULL, 10);
}

static void wait_events(FILE *rasd, const char *source, uint64_t n)
{
	int64_t end = clock_boot_ns() + PATIENCE_NS;

	errno = ETIMEDOUT;
	while (events_of(rasd, source) < n) {
		if (clock_boot_ns() > end)
			die("rasd does not read on");
		usleep(1000);
	}
}

/* Returns how many it has fed. */
static uint64_t play_rate(const char *dir, FILE *rasd)
{
	int trace = open_in(dir, "trace", false), kmsg = open_in(dir, "kmsg", true);
	uint64_t before = events_of(rasd, "kernel"), n = 0;
	const size_t first = w.n - STORM_PAGES;
	int64_t t0 = clock_boot_ns();
	uint8_t page[TRACE_PAGE];
	size_t next = 0;

	while (n < RATE_KERNEL) {
		n += page_of_storm(page, w.page + first, STORM_PAGES, &next);
		feed(trace, page, sizeof(page));
	}
	wait_events(rasd, "kernel", before + n);
	printf("kernel: %.0f corrected events/s, of %d pages\n",
	       (double)n * 1e9 / (double)(clock_boot_ns() - t0), STORM_PAGES);
	before = events_of(rasd, "kmsg");
	t0 = clock_boot_ns();
	for (int i = 0; i < RATE_KMSG; i++)
		kmsg_record(kmsg, "corrected", w.page[first + (size_t)i % STORM_PAGES].pfn * 4096);
	wait_events(rasd, "kmsg", before + RATE_KMSG);
	printf("kmsg: %.0f corrected records/s, of %d pages\n",
	       (double)RATE_KMSG * 1e9 / (double)(clock_boot_ns() - t0), STORM_PAGES);
	close(trace);
	close(kmsg);
	return n; /* kmsg's are the same errors once more: of one page in two seconds */
}

/* Corrected errors in rasd's journal: all of them, or those that are counted for a guest. */
static uint64_t counted(const char *state, bool of_guests)
{
	char path[300];
	sqlite3_stmt *st = NULL;
	sqlite3 *db;
	uint64_t n = 0;

	snprintf(path, sizeof(path), "%s/journal.db", state);
	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) ||
	    sqlite3_prepare_v2(db,
			       of_guests ? "SELECT total(corrected) FROM host_count" :
					   "SELECT total(count) FROM host_event"
					   " WHERE severity = 'corrected'",
			       -1, &st, NULL))
		die(path);
	if (sqlite3_step(st) == SQLITE_ROW)
		n = (uint64_t)sqlite3_column_double(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return n;
}

static void wait_counted(const char *state, uint64_t n)
{
	int64_t end = clock_boot_ns() + PATIENCE_NS;

	while (counted(state, false) < n && clock_boot_ns() < end)
		usleep(200000);
}

static void show_memory(const char *pid)
{
	char path[64], line[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		if (strncmp(line, "VmHWM", 5) == 0)
			printf("storm: %s", line);
	if (f)
		fclose(f);
}

/* One million in ten seconds, and behind them in the same buffer a page that is lost. */
static void play_storm(const char *dir, const char *state, const char *rasd_pid)
{
	uint64_t before = counted(state, false), of_guests = counted(state, true), all;
	const struct bad_page *bad = &w.page[w.n - STORM_PAGES - 1];
	int fd = open_in(dir, "trace", false);
	int64_t t0 = clock_boot_ns(), t1;
	uint8_t page[TRACE_PAGE];
	uint64_t n = 0;
	size_t next = 0;
	double us;

	while (n < STORM) {
		int64_t ahead = t0 + (int64_t)(n * (STORM_NS / STORM)) - clock_boot_ns();

		if (ahead > 1000000)
			usleep((useconds_t)(ahead / 1000));
		n += page_of_storm(page, bad + 1, STORM_PAGES, &next);
		feed(fd, page, sizeof(page));
	}
	t1 = clock_boot_ns();
	lose(fd, false, bad, &us);
	printf("storm: %" PRIu64 " corrected events in %.2f s; the uncorrected one behind them was "
	       "written after %.1f ms (bar: <= 100)\n",
	       n, (double)(t1 - t0) / 1e9, us / 1e3);
	show_memory(rasd_pid);
	wait_counted(state, before + n);
	all = counted(state, false) - before;
	of_guests = counted(state, true) - of_guests;
	printf("storm: %" PRIu64 " in the journal %.0f s later (%" PRId64 " too few), %" PRIu64
	       " of them for the guest\n",
	       all, (double)(clock_boot_ns() - t1) / 1e9, (int64_t)(n - all), of_guests);
	close(fd);
}

/* A lost page behind as many corrected events as the buffer holds, again and again. */
static void play_behind(const char *dir)
{
	int fd = open_in(dir, "trace", false);
	uint8_t page[TRACE_PAGE];
	double us[BEHIND];
	size_t next = 0;

	for (size_t i = 0; i < BEHIND; i++) {
		for (uint64_t n = 0; n < BEHIND_EVENTS;) {
			n += page_of_storm(page, w.page + w.n - STORM_PAGES, STORM_PAGES, &next);
			feed(fd, page, sizeof(page));
		}
		lose(fd, false, &w.page[w.n - STORM_PAGES - 2 - i], &us[i]);
	}
	qsort(us, BEHIND, sizeof(*us), by_value);
	printf("behind %d events as fast as they are taken: %.1f ms median, %.1f ms at most, of %d"
	       " (bar: <= 100)\n",
	       BEHIND_EVENTS, us[BEHIND / 2] / 1e3, us[BEHIND - 1] / 1e3, BEHIND);
	close(fd);
}

static void play(char **argv)
{
	const char *dir = argv[5], *state = argv[9];
	FILE *rasd = dial(argv[7]);

	if (w.n < 4 + 4 * N + 1 + BEHIND + STORM_PAGES)
		die("too few guest pages");
	play_latency(dir, argv[0], open_db(dir));
	storm_template(argv[6], MCE_ID);
	wait_counted(state, play_rate(dir, rasd));
	printf("counted after that: %" PRIu64 "\n", counted(state, false));
	play_storm(dir, state, argv[8]);
	play_behind(dir);
}

/* --- a real kernel --- */

static void host_lose(struct floor *f, const struct bad_page *p, double *us)
{
	char text[32];
	int fd = open("/sys/kernel/debug/hwpoison/corrupt-pfn", O_WRONLY | O_CLOEXEC);
	int len = snprintf(text, sizeof(text), "%" PRIu64, p->pfn);
	struct floor_time t;
	int64_t at;

	if (fd < 0 || write(fd, text, (size_t)len) != len)
		die("corrupt-pfn");
	close(fd);
	at = written_at(p->gpa);
	do {
		if (read(f->times, &t, sizeof(t)) != sizeof(t))
			die("the floor has ended");
	} while (t.pfn != p->pfn);
	*us = (double)(at - t.boot_ns) / 1e3;
}

static unsigned int id_of(const char *instance)
{
	char path[300], line[128];
	unsigned int id = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/events/ras/memory_failure_event/format", instance);
	f = fopen(path, "re");
	while (f && !id && fgets(line, sizeof(line), f))
		if (sscanf(line, "ID: %u", &id) != 1)
			id = 0;
	if (f)
		fclose(f);
	if (!id)
		die(path);
	return id;
}

static void host(char **argv)
{
	static double us[2][ERRORS_MAX], commit[ERRORS_MAX];
	const pid_t rasd = (pid_t)atoi(argv[6]);
	const size_t n = w.n / 2;
	struct floor f;
	char path[300];
	int trace[2];

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/per_cpu/cpu%d/trace_pipe_raw", argv[5], i);
		trace[i] = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (trace[i] < 0)
			die(path);
	}
	floor_start(&f, &w, argv[0], trace, 2, -1, id_of(argv[5]));
	for (size_t i = 0; i < n; i++)
		host_lose(&f, &w.page[i], &us[0][i]);
	commits(open_db(argv[7]), commit, n);
	kill(rasd, SIGSTOP);
	*f.act = true;
	for (size_t i = 0; i < n; i++)
		host_lose(&f, &w.page[n + i], &us[1][i]);
	floor_stop(&f);
	kill(rasd, SIGCONT);
	compare("kernel", us[0], us[1], commit, n);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc < 2 || argc != (strcmp(argv[1], "play") == 0 ? 12 : 10))
		return 2;
	watch(argv + 3);
	if (strcmp(argv[1], "play") == 0)
		play(argv + 2);
	else
		host(argv + 2);
	return 0;
}
