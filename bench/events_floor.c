// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The floor: a program that reads the same trace descriptors (or the same log) and sends the same
 * QMP command. It knows beforehand which guest page belongs to which host page, has built the
 * records, asks nobody for leave and remembers nothing.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/num.h"
#include "bench/bare.h"
#include "bench/events.h"

#define TRACE_FDS 8
#define LINE_SIZE 2400

struct job {
	const struct watched *w;
	FILE *qmp;
	char (*line)[LINE_SIZE]; /* of each bad page */
	unsigned int id;
	int times;
	volatile bool *act;
};

static void make_lines(struct job *j)
{
	char gpa[32], b64[2048];
	uint8_t rec[1024];
	struct uuid u;

	j->line = calloc(j->w->n, sizeof(*j->line));
	for (size_t i = 0; i < j->w->n; i++) {
		snprintf(gpa, sizeof(gpa), "0x%llx", (unsigned long long)j->w->page[i].gpa);
		uuid_generate(&u, NULL);
		b64_encode(rec, make_record(gpa, &u, rec, sizeof(rec)), b64);
		snprintf(j->line[i], LINE_SIZE,
			 "{\"execute\":\"inject-ghes-v2-error\",\"arguments\":{\"cper\":\"%s\"}}\n",
			 b64);
	}
}

static void lost(struct job *j, uint64_t pfn, uint64_t time_ns)
{
	struct floor_time t = { pfn, (int64_t)time_ns };

	for (size_t i = 0; *j->act && i < j->w->n; i++)
		if (j->w->page[i].pfn == pfn) {
			if (!strstr(ask(j->qmp, j->line[i]), "\"return\""))
				die("QEMU refused the floor's record");
			break;
		}
	if (write(j->times, &t, sizeof(t)) != sizeof(t))
		die("write");
}

/* As the kernel's documentation of the ring buffer says; see daemon/sources/trace/page.c. */
static void read_page(struct job *j, const uint8_t *page)
{
	uint64_t time, commit, pfn;
	size_t at = 16, end;

	memcpy(&time, page, 8);
	memcpy(&commit, page + 8, 8);
	end = 16 + (commit & 0xfffff);
	while (at + 4 <= end && end <= TRACE_PAGE) {
		uint32_t head, word = 0;
		uint16_t id;
		size_t len;

		memcpy(&head, page + at, 4);
		memcpy(&word, page + at + 4, 4);
		at += 4;
		if ((head & 31) == 29 && head >> 5 == 0)
			return;
		if ((head & 31) == 30) {
			time += ((uint64_t)word << 27) + (head >> 5);
			at += 4;
			continue;
		}
		if ((head & 31) == 31) {
			time = (time >> 59 << 59) | (uint64_t)word << 27 | head >> 5;
			at += 4;
			continue;
		}
		time += head >> 5;
		len = (head & 31) == 29 || (head & 31) == 0 ? word : 4 * (head & 31);
		memcpy(&id, page + at, 2);
		memcpy(&pfn, page + at + 8, 8);
		if ((head & 31) != 29 && (head & 31) && id == j->id)
			lost(j, pfn, time);
		at += len;
	}
}

static void read_line(struct job *j, int fd)
{
	static const char key[] = "physical_address: ";
	char text[1024];
	ssize_t n = read(fd, text, sizeof(text) - 1);
	const char *at;

	if (n <= 0)
		return;
	text[n] = '\0';
	at = strstr(text, key);
	if (at)
		lost(j, strtoull(at + sizeof(key) - 1, NULL, 0) / 4096, 0);
}

_Noreturn static void run(struct job *j, const char *qmp, const int *trace, size_t n, int kmsg)
{
	struct pollfd p[TRACE_FDS + 1];
	uint8_t page[TRACE_PAGE];
	char greeting[4096];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	j->qmp = dial(qmp);
	if (!fgets(greeting, sizeof(greeting), j->qmp))
		die("no greeting");
	ask(j->qmp, "{\"execute\":\"qmp_capabilities\"}\n");
	make_lines(j);
	for (size_t i = 0; i < n; i++)
		p[i] = (struct pollfd){ .fd = trace[i], .events = POLLIN };
	p[n] = (struct pollfd){ .fd = kmsg, .events = POLLIN };
	lost(j, 0, 0); /* ready */
	for (;;) {
		if (poll(p, n + 1, -1) < 0)
			die("poll");
		for (size_t i = 0; i < n; i++)
			if (p[i].revents && read(p[i].fd, page, sizeof(page)) > 0)
				read_page(j, page);
		if (p[n].revents)
			read_line(j, kmsg);
	}
}

void floor_start(struct floor *f, const struct watched *w, const char *qmp, const int *trace,
		 size_t n_trace, int kmsg, unsigned int id)
{
	struct job j = { .w = w, .id = id };
	struct floor_time ready;
	int ends[2];

	f->act = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (f->act == MAP_FAILED || n_trace > TRACE_FDS || pipe(ends) < 0)
		die("floor");
	j.act = f->act;
	j.times = ends[1];
	f->times = ends[0];
	f->pid = fork();
	if (f->pid < 0)
		die("fork");
	if (f->pid == 0)
		run(&j, qmp, trace, n_trace, kmsg);
	close(ends[1]);
	if (read(f->times, &ready, sizeof(ready)) != sizeof(ready))
		die("the floor has ended");
}

void floor_stop(struct floor *f)
{
	kill(f->pid, SIGKILL);
	waitpid(f->pid, NULL, 0);
}
