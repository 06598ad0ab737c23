// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How long others wait while clients ask for long answers: the time of a rpc.ping, asked one after
 * another on a connection of its own, beside each kind of load. Each load runs in processes of its
 * own and takes its answers as fast as it can, but for "reads nothing".
 *
 *   lists fill STATE-DIRECTORY ROWS      write a journal with so many injections
 *   lists guests DIRECTORY N             N sockets that nobody serves, as guests
 *   lists run SOCKET SECONDS             measure; prints figures and judges nothing
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "bench/journal_row.h"
#include "bench/tool.h"
#include "journal/db.h"

#define MAX_PINGS 2000000
#define PING_EVERY_US 200
#define LINE_BYTES (1 << 20)

static int fill(const char *dir, int n_rows)
{
	struct journal_db *db = journal_of(dir);
	struct ras_err err;

	for (int n = 0; n < n_rows; n++) {
		struct journal_row row = journal_row_of(n);

		if (n % PER_COMMIT == 0 && journal_db_begin(db, &err) < 0)
			die_of("begin", &err);
		if (journal_db_intent(db, &row, clock_boot_ns(), &err) < 0)
			die_of("row", &err);
		if ((n % PER_COMMIT == PER_COMMIT - 1 || n == n_rows - 1) &&
		    journal_db_commit(db, &err) < 0)
			die_of("commit", &err);
	}
	journal_db_close(db);
	return 0;
}

static int guests(const char *dir, int n)
{
	for (int i = 0; i < n; i++) {
		struct sockaddr_un sa = { .sun_family = AF_UNIX };
		_close_ int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/vm%d.qmp", dir, i);
		if (fd < 0 || bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0)
			die(sa.sun_path);
	}
	return 0;
}

/* --- the loads --- */

static const char list_rq[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"injection.list\","
			      "\"params\":{\"limit\":1000}}";
static const char domains_rq[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"domain.list\"}";
static const char discover_rq[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc.discover\"}";

static char line[LINE_BYTES + 64];

static void make_batch(const char *rq, int n)
{
	size_t at = 0;

	for (int i = 0; i < n; i++)
		at += (size_t)sprintf(line + at, "%s%s", i ? "," : "[", rq);
	strcpy(line + at, "]\n");
}

/* One line of LINE_BYTES that is no use: {"x":[{},{},...]} */
static void make_values(void)
{
	size_t at = (size_t)sprintf(line, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc.ping\","
					  "\"params\":{\"x\":[{}");

	while (at < LINE_BYTES - 8)
		at += (size_t)sprintf(line + at, ",{}");
	strcpy(line + at, "]}}\n");
}

static void make_lists(void)
{
	make_batch(list_rq, 22);
}

static void make_domains(void)
{
	make_batch(domains_rq, 4);
}

static void make_discover(void)
{
	make_batch(discover_rq, 100);
}

static const struct load {
	const char *name;
	void (*make)(void);
	int n_conns;
	bool reads;
} loads[] = {
	{ "nothing else", NULL, 0, true },
	{ "8 x batch of 22 injection.list {limit:1000}", make_lists, 8, true },
	{ "8 x batch of 4 domain.list", make_domains, 8, true },
	{ "8 x batch of 100 rpc.discover", make_discover, 8, true },
	{ "8 x line of 1 MiB, 349,000 values", make_values, 8, true },
	{ "60 x batch of 22 injection.list, reads nothing", make_lists, 60, false },
};

/* Send and take answers for ever. */
static void one_load(const char *path, const struct load *l)
{
	struct pollfd *p = calloc((size_t)l->n_conns, sizeof(*p));
	size_t *sent = calloc((size_t)l->n_conns, sizeof(*sent)), len;
	static char in[1 << 18];

	signal(SIGPIPE, SIG_IGN);
	l->make();
	len = strlen(line);
	for (int i = 0; i < l->n_conns; i++)
		p[i] = (struct pollfd){ connect_to(path), POLLOUT | (l->reads ? POLLIN : 0), 0 };
	while (poll(p, (nfds_t)l->n_conns, -1) > 0)
		for (int i = 0; i < l->n_conns; i++) {
			if (p[i].revents & POLLIN && read(p[i].fd, in, sizeof(in)) <= 0)
				p[i].fd = -1;
			if (p[i].fd >= 0 && p[i].revents & POLLOUT) {
				ssize_t n =
					send(p[i].fd, line + sent[i], len - sent[i], MSG_DONTWAIT);

				if (n > 0)
					sent[i] = (sent[i] + (size_t)n) % len;
			}
			if (p[i].revents & (POLLERR | POLLHUP | POLLNVAL))
				p[i].fd = -1;
		}
	_exit(0);
}

/* --- the pings --- */

static double us[MAX_PINGS];

static long rss_kib(pid_t pid)
{
	char path[64], text[128];
	_fclose_ FILE *f = NULL;
	long kib = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	while (f && fgets(text, sizeof(text), f))
		if (sscanf(text, "VmRSS: %ld", &kib) == 1)
			break;
	return kib;
}

static pid_t server_of(int fd)
{
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);

	getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len);
	return cred.pid;
}

static void measure(const char *path, const struct load *l, int seconds)
{
	static const char ping[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc.ping\"}\n";
	int fd = connect_to(path);
	long before = rss_kib(server_of(fd));
	int64_t end;
	char in[4096];
	size_t n = 0;
	pid_t pid = l->make ? fork() : -1;

	if (pid == 0)
		one_load(path, l);
	usleep(300000);
	end = clock_boot_ns() + seconds * 1000000000LL;
	while (clock_boot_ns() < end && n < MAX_PINGS) {
		int64_t t0 = clock_boot_ns();

		if (write(fd, ping, sizeof(ping) - 1) < 0 || read(fd, in, sizeof(in)) <= 0)
			die("ping");
		us[n++] = (double)(clock_boot_ns() - t0) / 1e3;
		usleep(PING_EVERY_US);
	}
	qsort(us, n, sizeof(us[0]), by_value);
	printf("%-48s %8zu %9.2f %9.2f %9.2f %10.1f\n", l->name, n, us[n / 2] / 1e3,
	       us[n * 99 / 100] / 1e3, us[n - 1] / 1e3,
	       (double)(rss_kib(server_of(fd)) - before) / 1024);
	fflush(stdout);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	close(fd);
	usleep(500000); /* until the server has seen them go */
}

int main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "fill") == 0)
		return fill(argv[2], atoi(argv[3]));
	if (argc == 4 && strcmp(argv[1], "guests") == 0)
		return guests(argv[2], atoi(argv[3]));
	if (argc != 4 || strcmp(argv[1], "run") != 0)
		return 2;
	printf("%-48s %8s %9s %9s %9s %10s\n", "a rpc.ping beside", "pings", "p50 ms", "p99 ms",
	       "max ms", "RSS + MiB");
	for (size_t i = 0; i < ARRAY_LEN(loads); i++)
		measure(argv[2], &loads[i], atoi(argv[3]));
	printf("bar: p99 < 5 ms, RSS + < 16 MiB\n");
	return 0;
}
