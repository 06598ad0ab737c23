// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Requests a second and server CPU for each: rasd's rpc.ping against ovsdb-server's echo, in one
 * run.
 *
 * One load generator with one thread serves both. Each connection has a fixed number of open
 * requests; as many new ones leave in one write as answers came in one read. Answers end where
 * their braces close, because ovsdb sends no newline, and each is checked. The peers alternate in
 * short blocks, each first in every other round, because machines drift. A ratio is the median of
 * the rounds' own ratios. CPU is what the scheduler accounts to all threads of the server
 * (/proc/PID/task/TID/schedstat).
 *
 *   rpc RASD-SOCKET RASD-PID OVSDB-SOCKET OVSDB-PID
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "bench/tool.h"

#define ROUNDS 31
#define RUN_NS 120000000LL
#define MAX_CONNS 512
#define MAX_WINDOW 32
#define IN_BYTES 16384

struct peer {
	const char *name, *socket, *pid, *request, *want;
};

static const struct shape {
	const char *name;
	size_t n_conns, window;
	bool rasd_only;
} shapes[] = {
	{ "1 connection, one at a time", 1, 1, false },
	{ "1 connection, 32 open", 1, MAX_WINDOW, false },
	{ "64 connections, one open on each", 64, 1, false },
	{ "512 connections, one open on each", MAX_CONNS, 1, true },
};

struct conn {
	int fd;
	char in[IN_BYTES];
	size_t len;
};

struct figure {
	double per_s, cpu_us;
};

static struct conn conns[MAX_CONNS];

static double cpu_us(const char *pid)
{
	char path[300];
	struct dirent *e;
	uint64_t sum_ns = 0, ns;
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%s/task", pid);
	d = opendir(path);
	if (!d)
		die(path);
	while ((e = readdir(d))) {
		_fclose_ FILE *f = NULL;

		if (e->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/task/%s/schedstat", pid, e->d_name);
		f = fopen(path, "re");
		if (!f || fscanf(f, "%" SCNu64, &ns) != 1)
			die(path);
		sum_ns += ns;
	}
	closedir(d);
	return (double)sum_ns / 1e3;
}

static void send_requests(struct conn *c, const struct peer *p, size_t n)
{
	static char burst[MAX_WINDOW * 256];
	size_t len = strlen(p->request);

	for (size_t i = 0; i < n; i++)
		memcpy(burst + i * len, p->request, len);
	if (write(c->fd, burst, n * len) != (ssize_t)(n * len))
		die("write");
}

/* Bytes of the first whole {...} in text, or 0. Its strings must not contain braces. */
static size_t message(const char *text, size_t len)
{
	int depth = 0;

	for (size_t i = 0; i < len; i++) {
		depth += text[i] == '{';
		if (text[i] == '}' && --depth == 0)
			return i + 1;
	}
	return 0;
}

/* One read. Returns how many answers are complete now. */
static size_t answers(struct conn *c, const struct peer *p)
{
	size_t n = 0, at = 0, one;
	ssize_t r = read(c->fd, c->in + c->len, sizeof(c->in) - c->len);

	if (r <= 0)
		die("a server closed a connection");
	c->len += (size_t)r;
	for (; (one = message(c->in + at, c->len - at)); n++) {
		if (!memmem(c->in + at, one, p->want, strlen(p->want))) {
			fprintf(stderr, "bench: %s answered %.*s\n", p->name, (int)one, c->in + at);
			exit(1);
		}
		at += one;
	}
	memmove(c->in, c->in + at, c->len - at);
	c->len -= at;
	return n;
}

static struct figure run(const struct peer *p, const struct shape *s)
{
	struct epoll_event ev[MAX_CONNS];
	int ep = epoll_create1(0);
	size_t n_answers = 0;
	int64_t t0, t1;
	double cpu;

	for (size_t i = 0; i < s->n_conns; i++) {
		struct conn *c = &conns[i];

		c->fd = connect_to(p->socket);
		c->len = 0;
		ev[0] = (struct epoll_event){ .events = EPOLLIN, .data.ptr = c };
		epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &ev[0]);
		/* The server has accepted it before the clock starts. */
		send_requests(c, p, 1);
		while (!answers(c, p))
			;
	}
	cpu = cpu_us(p->pid);
	t0 = clock_boot_ns();
	for (size_t i = 0; i < s->n_conns; i++)
		send_requests(&conns[i], p, s->window);
	while ((t1 = clock_boot_ns()) - t0 < RUN_NS) {
		int n = epoll_wait(ep, ev, MAX_CONNS, 1000);

		if (n <= 0)
			die("no answer in a second");
		for (int i = 0; i < n; i++) {
			size_t k = answers(ev[i].data.ptr, p);

			n_answers += k;
			if (k)
				send_requests(ev[i].data.ptr, p, k);
		}
	}
	cpu = cpu_us(p->pid) - cpu;
	for (size_t i = 0; i < s->n_conns; i++)
		close(conns[i].fd);
	close(ep);
	usleep(20000); /* until the server has seen them close */
	return (struct figure){ (double)n_answers * 1e9 / (double)(t1 - t0),
				cpu / (double)n_answers };
}

/* v keeps its order: its places are rounds. */
static double median_of(const double *v)
{
	double sorted[ROUNDS];

	memcpy(sorted, v, sizeof(sorted));
	return median(sorted, ROUNDS);
}

/* The figures of each round for one load: [0] of rasd, [1] of ovsdb-server. */
struct rounds {
	double per_s[2][ROUNDS], cpu_us[2][ROUNDS], ratio[ROUNDS];
};

static void one_round(const struct peer *peers, const struct shape *s, struct rounds *r, int at)
{
	for (int i = 0; i < 2; i++) {
		int p = (i + at) & 1;
		struct figure f;

		if (p == 1 && s->rasd_only)
			continue;
		f = run(&peers[p], s);
		r->per_s[p][at] = f.per_s;
		r->cpu_us[p][at] = f.cpu_us;
	}
	r->ratio[at] = r->per_s[0][at] / (s->rasd_only ? 1 : r->per_s[1][at]);
}

int main(int argc, char **argv)
{
	static struct rounds got[ARRAY_LEN(shapes)];
	double cpu[ARRAY_LEN(shapes)];

	if (argc != 5)
		return 2;
	const struct peer peers[2] = {
		{ "rasd", argv[1], argv[2],
		  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc.ping\"}\n", "\"pong\":true" },
		{ "ovsdb-server", argv[3], argv[4], "{\"id\":1,\"method\":\"echo\",\"params\":[]}",
		  "\"error\":null" },
	};
	for (int r = -1; r < ROUNDS; r++) /* the first round warms up */
		for (size_t s = 0; s < ARRAY_LEN(shapes); s++)
			one_round(peers, &shapes[s], &got[s], r < 0 ? 0 : r);
	printf("medians of %d rounds%17s %14s %14s %10s %22s\n", ROUNDS, "", "rasd req/s",
	       "ovsdb req/s", "ratio", "CPU us/req rasd, ovsdb");
	for (size_t s = 0; s < ARRAY_LEN(shapes); s++) {
		const struct rounds *r = &got[s];

		cpu[s] = median_of(r->cpu_us[0]);
		printf("%-36s %14.0f", shapes[s].name, median_of(r->per_s[0]));
		if (shapes[s].rasd_only)
			printf(" %14s %10s %14.2f\n", "", "", cpu[s]);
		else
			printf(" %14.0f %10.2f %14.2f %7.2f\n", median_of(r->per_s[1]),
			       median_of(r->ratio), cpu[s], median_of(r->cpu_us[1]));
	}
	printf("bar of every ratio: >= 1\n");
	printf("CPU for a rpc.ping: 512 connections/64: %.2f (bar: <= 1.3); 64/1: %.2f (bar: <= "
	       "1)\n",
	       cpu[3] / cpu[2], cpu[2] / cpu[0]);
	return 0;
}
