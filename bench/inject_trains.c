// SPDX-License-Identifier: LGPL-2.1-or-later
/* Trains of records: how many a second, by rasd and by clients that do less than rasd. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/num.h"
#include "bench/bare.h"

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

static double bare_train(FILE *q, sqlite3_stmt *st, const char *gpa, const struct slot_at *at,
			 bool tight)
{
	int64_t ns = 0;

	for (int i = 0; i < TRAIN; i++)
		ns += bare(q, st, gpa, at, tight);
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

void trains(FILE *rasd, FILE *q, sqlite3_stmt *st, const char *domain, const char *gpa,
	    const struct slot_at *at)
{
	double r[TRAINS], b[TRAINS], t[TRAINS], y[TRAINS], rb[TRAINS], rt[TRAINS], ry[TRAINS];

	for (int i = 0; i < TRAINS; i++) {
		r[i] = rasd_train(rasd, domain, gpa);
		b[i] = bare_train(q, st, gpa, at, false);
		t[i] = bare_train(q, st, gpa, at, true);
		y[i] = bare_by_page ? 1 : retry_train(q, gpa);
		rb[i] = r[i] / b[i];
		rt[i] = r[i] / t[i];
		ry[i] = r[i] / y[i];
	}
	printf("acknowledged records a second, %d in a row, median of %d: rasd %.0f\n", TRAIN,
	       TRAINS, median(r, TRAINS));
	printf("  bare %s, median; ratio rasd/bare turn by turn, "
	       "median (bar: >= 0.95)\n",
	       bare_by_page ? "writer of the page, a commit each" :
			      "QMP client that journals nothing");
	printf("  reads the slot at rasd's former cadence (200 us, then ever later)  %6.0f  %.3f\n",
	       median(b, TRAINS), median(rb, TRAINS));
	printf("  reads the slot every 200 us                                        %6.0f  %.3f\n",
	       median(t, TRAINS), median(rt, TRAINS));
	if (bare_by_page)
		return;
	printf("  reads no memory, tries every 200 us until QEMU takes the next      %6.0f  %.3f\n",
	       median(y, TRAINS), median(ry, TRAINS));
}
