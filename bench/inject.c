// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Time from request to acknowledgement. rasd is compared with the least that any client must do for
 * the same promise, in one run.
 *
 *   rasd   injection.create with wait over its socket, as a client sees it
 *   bare   one sqlite WAL FULL commit of a row of the same size, then a QMP client that sends the
 *          same block and reads the guest's status block in /proc/PID/mem (as root) as often as
 *          rasd does
 *
 * Then records a second: 500 pipelined records, against the bare client without any commit. The two
 * alternate in blocks, because machines drift. A bare fdatasync is printed beside them.
 *
 *   inject RASD-SOCKET DOMAIN GPA QMP-SOCKET PID HVA-OF-BLOCK HVA-OF-READ-ACK STATE-DIR
 *   inject RASD-SOCKET DOMAIN - QMP-SOCKET /PAGE-FILE OFFSET-OF-BLOCK OFFSET-OF-READ-ACK STATE-DIR
 *
 * By the second line a record goes into the page of a provisioned guest and an NMI follows; the
 * bare client writes and reads the same page. There the bare client of the trains commits, too.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "bench/bare.h"

#define BLOCKS 5
#define PER_BLOCK 40
#define N (BLOCKS * PER_BLOCK)

static double rasd_us[N], bare_us[N], sync_us[N];

static void one_rasd(FILE *f, const char *domain, const char *gpa, int at)
{
	const char *line = request(domain, gpa);
	int64_t t0 = clock_boot_ns();

	if (!strstr(ask(f, line), "\"acknowledged\""))
		die("rasd did not get an acknowledgement");
	rasd_us[at] = (double)(clock_boot_ns() - t0) / 1e3;
}

static void one_sync(int fd, int at)
{
	static const char row[500] = "x";
	int64_t t0 = clock_boot_ns();

	if (write(fd, row, sizeof(row)) != sizeof(row) || fdatasync(fd) < 0)
		die("fdatasync");
	sync_us[at] = (double)(clock_boot_ns() - t0) / 1e3;
}

/* PID or page file, block, read-ack. */
static struct slot_at open_slot(char **argv)
{
	struct slot_at at = { .block = (off_t)strtoull(argv[1], NULL, 0),
			      .ack = (off_t)strtoull(argv[2], NULL, 0) };
	char path[300];

	bare_by_page = argv[0][0] == '/';
	snprintf(path, sizeof(path), bare_by_page ? "%s" : "/proc/%s/mem", argv[0]);
	at.mem = open(path, bare_by_page ? O_RDWR : O_RDONLY);
	if (at.mem < 0)
		die(path);
	return at;
}

int main(int argc, char **argv)
{
	FILE *rasd, *qmp;
	sqlite3_stmt *st;
	char path[300], line[4096];
	double a, b;
	struct slot_at at;
	int sync_fd, n = 0;

	if (argc != 9)
		return 2;
	rasd = dial(argv[1]);
	qmp = dial(argv[4]);
	if (!fgets(line, sizeof(line), qmp))
		die("no greeting");
	ask(qmp, "{\"execute\":\"qmp_capabilities\"}\n");
	at = open_slot(argv + 5);
	st = open_db(argv[8]);
	snprintf(path, sizeof(path), "%s/bare.log", argv[8]);
	sync_fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
	if (sync_fd < 0)
		die(path);
	for (int i = 0; i < 10; i++) { /* warm up */
		one_rasd(rasd, argv[2], argv[3], 0);
		bare(qmp, st, argv[3], &at, false);
	}
	for (int blk = 0; blk < BLOCKS; blk++) {
		for (int i = 0; i < PER_BLOCK; i++)
			one_rasd(rasd, argv[2], argv[3], n + i);
		for (int i = 0; i < PER_BLOCK; i++)
			bare_us[n + i] = (double)bare(qmp, st, argv[3], &at, false) / 1e3;
		for (int i = 0; i < PER_BLOCK; i++)
			one_sync(sync_fd, n + i);
		n += PER_BLOCK;
	}
	printf("%-58s %8s %8s %8s\n", "request to acknowledgement, us (200 each)", "p10", "median",
	       "p90");
	a = show("rasd", rasd_us, N);
	b = show(bare_by_page ? "bare writer of the page + inject-nmi + one WAL FULL commit" :
				"bare QMP client + one sqlite WAL FULL commit",
		 bare_us, N);
	show("write 500 bytes + fdatasync, alone", sync_us, N);
	printf("ratio rasd/bare of the medians: %.3f (bar: <= 1.15)\n", a / b);
	trains(rasd, qmp, bare_by_page ? st : NULL, argv[2], argv[3], &at);
	return 0;
}
