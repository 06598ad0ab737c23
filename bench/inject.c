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
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "base/uuid.h"
#include "cper/cper.h"

#define BLOCKS 5
#define PER_BLOCK 40
#define N (BLOCKS * PER_BLOCK)

static double rasd_us[N], bare_us[N], sync_us[N];

static void die(const char *what)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
	exit(1);
}

static FILE *dial(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	FILE *f;

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    !(f = fdopen(fd, "r")))
		die(path);
	return f;
}

/* Send one line and return the answer's line. QMP events are skipped. */
static const char *ask(FILE *f, const char *line)
{
	static char answer[65536];
	size_t len = strlen(line);

	if (write(fileno(f), line, len) != (ssize_t)len)
		die("write");
	do {
		if (!fgets(answer, sizeof(answer), f))
			die("read");
	} while (strstr(answer, "\"event\""));
	return answer;
}

static size_t make_record(const char *gpa, const struct uuid *id, uint8_t *rec, size_t cap)
{
	struct cper_entry_info info = { .severity = CPER_SEV_CORRECTED };
	struct cper_memory m = { .validation_bits = CPER_MEM_VALID_PA | CPER_MEM_VALID_PA_MASK |
						    CPER_MEM_VALID_ERROR_TYPE,
				 .physical_address_mask = ~UINT64_C(0xfff),
				 .memory_error_type = 2 };
	struct cper_builder b;
	struct cper_guid guid;
	struct cper_err ce;
	size_t len;

	if (num_parse_u64(gpa, &m.physical_address, NULL) < 0)
		die(gpa);
	cper_build_begin(&b, rec, cap);
	cper_put_memory(&b, &info, &m);
	cper_guid_from_uuid(id, &guid);
	if (cper_build_end(&b, &len, &ce) < 0 || cper_set_fru(rec, len, &guid, "bench", &ce) < 0)
		die("record");
	return len;
}

static const char *request(const char *domain, const char *gpa)
{
	static char line[512];
	char id[UUID_TEXT_SIZE];
	struct uuid u;

	uuid_generate(&u, NULL);
	uuid_format(&u, id);
	snprintf(line, sizeof(line),
		 "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"injection.create\","
		 "\"params\":{\"request_id\":\"%s\","
		 "\"domain\":\"%s\",\"gpa\":\"%s\",\"tag\":\"bench\","
		 "\"wait\":true,\"timeout_ms\":60000}}\n",
		 id, domain, gpa);
	return line;
}

static void one_rasd(FILE *f, const char *domain, const char *gpa, int at)
{
	const char *line = request(domain, gpa);
	int64_t t0 = clock_boot_ns();

	if (!strstr(ask(f, line), "\"acknowledged\""))
		die("rasd did not get an acknowledgement");
	rasd_us[at] = (double)(clock_boot_ns() - t0) / 1e3;
}

static void commit_row(sqlite3_stmt *st, const uint8_t *rec, size_t len)
{
	/* The other columns of rasd's row are about 300 bytes of text and numbers. */
	static const char rest[300] = "the rest of a row";

	sqlite3_bind_blob(st, 1, rec, (int)len, SQLITE_STATIC);
	sqlite3_bind_blob(st, 2, rest, sizeof(rest), SQLITE_STATIC);
	if (sqlite3_step(st) != SQLITE_DONE)
		die("sqlite");
	sqlite3_reset(st);
}

/* Where the guest's status block and read-ack register are in QEMU's memory. */
struct slot_at {
	int mem;
	off_t block, ack;
};

/* st NULL: no commit. tight: look every 200 us, as a client does that wants only speed. */
static int64_t bare(FILE *q, sqlite3_stmt *st, const char *gpa, const struct slot_at *at,
		    bool tight)
{
	uint8_t rec[1024], slot[1024];
	char b64[2048], line[2400];
	uint64_t reg = 0;
	struct uuid u;
	int64_t t0 = clock_boot_ns();
	useconds_t delay = 200;
	size_t len;

	uuid_generate(&u, NULL);
	len = make_record(gpa, &u, rec, sizeof(rec));
	if (st)
		commit_row(st, rec, len);
	b64_encode(rec, len, b64);
	snprintf(line, sizeof(line),
		 "{\"execute\":\"inject-ghes-v2-error\",\"arguments\":{\"cper\":\"%s\"}}\n", b64);
	if (!strstr(ask(q, line), "\"return\""))
		die("QEMU refused the bare client's record");
	for (;;) {
		usleep(delay);
		if (pread(at->mem, slot, len, at->block) != (ssize_t)len ||
		    pread(at->mem, &reg, sizeof(reg), at->ack) != 8)
			die("/proc/PID/mem");
		if (memcmp(slot + 4, rec + 4, len - 4) == 0 && !slot[0] && (reg & 1))
			break;
		if (!tight)
			delay += delay / 2;
		if (delay > 5000)
			delay = 5000;
	}
	return clock_boot_ns() - t0;
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

#define TRAIN 500
#define TRAINS 9
#define WINDOW 24

/* Records a second: TRAIN acknowledged records over one connection, WINDOW of them in flight. */
static double rasd_train(FILE *f, const char *domain, const char *gpa)
{
	char answer[65536];
	int64_t t0 = clock_boot_ns();
	int sent = 0;

	for (int got = 0; got < TRAIN; got++) {
		for (; sent < TRAIN && sent - got < WINDOW; sent++) {
			const char *line = request(domain, gpa);

			if (write(fileno(f), line, strlen(line)) != (ssize_t)strlen(line))
				die("write");
		}
		if (!fgets(answer, sizeof(answer), f) || !strstr(answer, "\"acknowledged\""))
			die("rasd did not get an acknowledgement");
	}
	return TRAIN * 1e9 / (double)(clock_boot_ns() - t0);
}

static double bare_train(FILE *q, const char *gpa, const struct slot_at *at, bool tight)
{
	int64_t ns = 0;

	for (int i = 0; i < TRAIN; i++)
		ns += bare(q, NULL, gpa, at, tight);
	return TRAIN * 1e9 / (double)ns;
}

/*
 * What a user without access to guest memory can do: send, and send again while QEMU says that the
 * guest has not acknowledged. Only the next record shows that the last one was acknowledged.
 */
static double retry_train(FILE *q, const char *gpa)
{
	int64_t t0 = clock_boot_ns();

	for (int i = 0; i < TRAIN; i++) {
		uint8_t rec[1024];
		char b64[2048], line[2400];
		struct uuid u;

		uuid_generate(&u, NULL);
		b64_encode(rec, make_record(gpa, &u, rec, sizeof(rec)), b64);
		snprintf(line, sizeof(line),
			 "{\"execute\":\"inject-ghes-v2-error\",\"arguments\":{\"cper\":\"%s\"}}\n",
			 b64);
		while (!strstr(ask(q, line), "\"return\""))
			usleep(200);
	}
	return TRAIN * 1e9 / (double)(clock_boot_ns() - t0);
}

static double median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_value);
	return v[n / 2];
}

static void trains(FILE *rasd, FILE *q, const char *domain, const char *gpa,
		   const struct slot_at *at)
{
	double r[TRAINS], b[TRAINS], t[TRAINS], y[TRAINS], rb[TRAINS], rt[TRAINS], ry[TRAINS];

	for (int i = 0; i < TRAINS; i++) {
		r[i] = rasd_train(rasd, domain, gpa);
		b[i] = bare_train(q, gpa, at, false);
		t[i] = bare_train(q, gpa, at, true);
		y[i] = retry_train(q, gpa);
		rb[i] = r[i] / b[i];
		rt[i] = r[i] / t[i];
		ry[i] = r[i] / y[i];
	}
	printf("acknowledged records a second, %d in a row, median of %d: rasd %.0f\n", TRAIN,
	       TRAINS, median(r, TRAINS));
	printf("  bare QMP client that journals nothing, median; ratio rasd/bare turn by turn, "
	       "median (bar: >= 0.95)\n");
	printf("  reads the slot at rasd's former cadence (200 us, then ever later)  %6.0f  %.3f\n",
	       median(b, TRAINS), median(rb, TRAINS));
	printf("  reads the slot every 200 us                                        %6.0f  %.3f\n",
	       median(t, TRAINS), median(rt, TRAINS));
	printf("  reads no memory, tries every 200 us until QEMU takes the next      %6.0f  %.3f\n",
	       median(y, TRAINS), median(ry, TRAINS));
}

static void one_sync(int fd, int at)
{
	static const char row[500] = "x";
	int64_t t0 = clock_boot_ns();

	if (write(fd, row, sizeof(row)) != sizeof(row) || fdatasync(fd) < 0)
		die("fdatasync");
	sync_us[at] = (double)(clock_boot_ns() - t0) / 1e3;
}

static double show(const char *what, double *v)
{
	qsort(v, N, sizeof(*v), by_value);
	printf("%-44s %8.0f %8.0f %8.0f\n", what, v[N / 10], v[N / 2], v[N * 9 / 10]);
	return v[N / 2];
}

static sqlite3_stmt *open_db(const char *dir, int *sync_fd)
{
	char path[300];
	sqlite3 *db;
	sqlite3_stmt *st;

	snprintf(path, sizeof(path), "%s/bare.db", dir);
	if (sqlite3_open(path, &db) ||
	    sqlite3_exec(db,
			 "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
			 "CREATE TABLE t(id INTEGER PRIMARY KEY, rec BLOB, rest BLOB);",
			 NULL, NULL, NULL) ||
	    sqlite3_prepare_v2(db, "INSERT INTO t(rec, rest) VALUES(?, ?)", -1, &st, NULL))
		die(path);
	snprintf(path, sizeof(path), "%s/bare.log", dir);
	*sync_fd = open(path, O_CREAT | O_WRONLY | O_TRUNC, 0600);
	if (*sync_fd < 0)
		die(path);
	return st;
}

int main(int argc, char **argv)
{
	FILE *rasd, *qmp;
	sqlite3_stmt *st;
	char path[64], line[4096];
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
	snprintf(path, sizeof(path), "/proc/%s/mem", argv[5]);
	at = (struct slot_at){ open(path, O_RDONLY), (off_t)strtoull(argv[6], NULL, 0),
			       (off_t)strtoull(argv[7], NULL, 0) };
	if (at.mem < 0)
		die(path);
	st = open_db(argv[8], &sync_fd);
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
	printf("%-44s %8s %8s %8s\n", "request to acknowledgement, us (200 each)", "p10", "median",
	       "p90");
	a = show("rasd", rasd_us);
	b = show("bare QMP client + one sqlite WAL FULL commit", bare_us);
	show("write 500 bytes + fdatasync, alone", sync_us);
	printf("ratio rasd/bare of the medians: %.3f (bar: <= 1.15)\n", a / b);
	trains(rasd, qmp, argv[2], argv[3], &at);
	return 0;
}
