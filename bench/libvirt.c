// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Time from request to acknowledgement through libvirt. Five methods alternate on the same guest.
 *
 *   rasd by libvirt   injection.create with wait, as a client sees it
 *   bare libvirt      one sqlite WAL FULL commit of a row of the same size, then
 *                     virDomainQemuMonitorCommand with the same block, then the status block and
 *                     read-ack in /proc/PID/mem (as root) after 200 us and after ever longer
 *                     pauses; and the same with a look every 100 us
 *   rasd by socket    a second rasd, on a QMP socket of the same guest
 *   virsh             what a user would type: virsh qemu-monitor-command with the same block, then
 *                     the same look
 *
 *   libvirt RASD-BY-LIBVIRT RASD-BY-SOCKET DOMAIN GPA URI PID HVA-OF-BLOCK HVA-OF-READ-ACK
 *           STATE-DIR
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <libvirt/libvirt-qemu.h>
#include <libvirt/libvirt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/uuid.h"
#include "bench/bare.h"

#define BLOCKS 5
#define PER_BLOCK 40
#define N (BLOCKS * PER_BLOCK)
#define N_VIRSH 20

static double lv_us[N], bare_us[N], steady_us[N], socket_us[N], virsh_us[N_VIRSH];
static const char *domain, *gpa, *uri;
static int mem;
static off_t block_at, ack_at;

static double by_rasd(FILE *f)
{
	const char *line = request(domain, gpa);
	char answer[65536];
	ssize_t n = (ssize_t)strlen(line);
	int64_t t0 = clock_boot_ns();

	if (write(fileno(f), line, (size_t)n) != n || !fgets(answer, sizeof(answer), f) ||
	    !strstr(answer, "\"acknowledged\"")) {
		fprintf(stderr, "%s", answer);
		die("rasd did not get an acknowledgement");
	}
	return (double)(clock_boot_ns() - t0) / 1e3;
}

static size_t new_record(uint8_t *rec, size_t cap, char *b64)
{
	struct uuid u;
	size_t len;

	uuid_generate(&u, NULL);
	len = make_record(gpa, &u, rec, cap);
	b64_encode(rec, len, b64);
	return len;
}

/* Look after delay_us. Each later pause is half as long again, or the same. */
static void await_ack(const uint8_t *rec, size_t len, useconds_t delay_us, bool steady)
{
	uint8_t slot[1024];
	uint64_t reg = 0;

	for (;;) {
		usleep(delay_us);
		if (pread(mem, slot, len, block_at) != (ssize_t)len ||
		    pread(mem, &reg, sizeof(reg), ack_at) != 8)
			die("/proc/PID/mem");
		if (memcmp(slot + 4, rec + 4, len - 4) == 0 && !slot[0] && (reg & 1))
			return;
		if (!steady)
			delay_us += delay_us / 2;
		if (delay_us > 5000)
			delay_us = 5000;
	}
}

static double by_libvirt(virDomainPtr dom, sqlite3_stmt *st, useconds_t delay_us, bool steady)
{
	char b64[2048], line[2400], *reply = NULL;
	uint8_t rec[1024];
	size_t len;
	int64_t t0 = clock_boot_ns();

	len = new_record(rec, sizeof(rec), b64);
	commit_row(st, rec, len);
	snprintf(line, sizeof(line),
		 "{\"execute\":\"inject-ghes-v2-error\",\"arguments\":{\"cper\":\"%s\"}}", b64);
	if (virDomainQemuMonitorCommand(dom, line, &reply, 0) < 0 || !strstr(reply, "\"return\""))
		die("libvirt");
	free(reply);
	await_ack(rec, len, delay_us, steady);
	return (double)(clock_boot_ns() - t0) / 1e3;
}

static double by_virsh(void)
{
	char b64[2048], line[2400];
	uint8_t rec[1024];
	size_t len = new_record(rec, sizeof(rec), b64);
	int64_t t0 = clock_boot_ns();
	int status, null;
	pid_t pid;

	snprintf(line, sizeof(line),
		 "{\"execute\":\"inject-ghes-v2-error\",\"arguments\":{\"cper\":\"%s\"}}", b64);
	pid = fork();
	if (pid == 0) {
		null = open("/dev/null", O_WRONLY);
		dup2(null, 1);
		execlp("virsh", "virsh", "-c", uri, "qemu-monitor-command", domain, line,
		       (char *)NULL);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || status)
		die("virsh");
	await_ack(rec, len, 200, false);
	return (double)(clock_boot_ns() - t0) / 1e3;
}

static void report(void)
{
	double a, b, s, c, d;

	printf("%-58s %8s %8s %8s\n", "request to acknowledgement, us (200 each, virsh 20)", "p10",
	       "median", "p90");
	a = show("rasd through libvirt", lv_us, N);
	b = show("bare virDomainQemuMonitorCommand + one sqlite FULL commit", bare_us, N);
	s = show("the same, looking every 100 us", steady_us, N);
	c = show("rasd through a QMP socket", socket_us, N);
	d = show("virsh qemu-monitor-command, no journal", virsh_us, N_VIRSH);
	printf("ratio rasd/bare through libvirt: %.3f (bar: <= 1.1); to the one that looks every "
	       "100 us: %.3f\n",
	       a / b, a / s);
	printf("ratio rasd through libvirt/through a socket: %.3f; virsh/rasd through libvirt: "
	       "%.2f\n",
	       a / c, d / a);
}

int main(int argc, char **argv)
{
	FILE *lv, *direct;
	virConnectPtr conn;
	virDomainPtr dom;
	sqlite3_stmt *st;
	char path[64];

	if (argc != 10)
		return 2;
	lv = dial(argv[1]);
	direct = dial(argv[2]);
	domain = argv[3];
	gpa = argv[4];
	uri = argv[5];
	snprintf(path, sizeof(path), "/proc/%s/mem", argv[6]);
	mem = open(path, O_RDONLY);
	block_at = (off_t)strtoull(argv[7], NULL, 0);
	ack_at = (off_t)strtoull(argv[8], NULL, 0);
	conn = virConnectOpen(uri);
	dom = conn ? virDomainLookupByName(conn, domain) : NULL;
	if (mem < 0 || !dom)
		die("guest");
	st = open_db(argv[9]);
	for (int i = 0; i < 10; i++) { /* warm up */
		by_rasd(lv);
		by_libvirt(dom, st, 200, false);
		by_rasd(direct);
	}
	for (int i = 0; i < N; i += PER_BLOCK) {
		for (int k = 0; k < PER_BLOCK; k++)
			lv_us[i + k] = by_rasd(lv);
		for (int k = 0; k < PER_BLOCK; k++)
			bare_us[i + k] = by_libvirt(dom, st, 200, false);
		for (int k = 0; k < PER_BLOCK; k++)
			steady_us[i + k] = by_libvirt(dom, st, 100, true);
		for (int k = 0; k < PER_BLOCK; k++)
			socket_us[i + k] = by_rasd(direct);
		for (int k = 0; k < N_VIRSH / BLOCKS; k++)
			virsh_us[i / PER_BLOCK * (N_VIRSH / BLOCKS) + k] = by_virsh();
	}
	report();
	virDomainFree(dom);
	virConnectClose(conn);
	return 0;
}
