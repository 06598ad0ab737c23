// SPDX-License-Identifier: LGPL-2.1-or-later
/* Shared by the parts of bench/events: pages of a trace buffer, the floor, and what is watched. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TRACE_PAGE 4096
#define ERRORS_MAX 4096

/* One page of the guest that is made bad. */
struct bad_page {
	uint64_t gpa, pfn;
};

/* QEMU and the guest in it, as root sees them. */
struct watched {
	int mem;
	off_t block, ack; /* the guest's status block and read-ack register, in QEMU's memory */
	uint64_t ram_hva; /* where guest address RAM_GPA is */
	struct bad_page page[ERRORS_MAX];
	size_t n;
};

#define RAM_GPA UINT64_C(0x40000000)

/* Tracepoints, as the format files of this kernel number them. */
struct ids {
	unsigned int page_lost; /* ras:memory_failure_event */
};

/* --- events_feed.c: what the kernel would write --- */

/* A page with one memory_failure_event of this page, now. */
void page_of_lost(uint8_t out[TRACE_PAGE], unsigned int id, uint64_t pfn);
/* The mce_record in a captured page (of a corrected error), or the end of the program. */
void storm_template(const char *path, unsigned int id);
/* A page of that record as often as it fits, at n pages in turn. Returns how many records. */
size_t page_of_storm(uint8_t out[TRACE_PAGE], const struct bad_page *at, size_t n, size_t *next);
/* The lines of a GHES record, one write each, as /dev/kmsg has them. */
void kmsg_record(int fd, const char *severity, uint64_t address);
/* An end of a FIFO that stands in for a kernel file; packets: one write is one read. */
int feed_open(const char *path, bool packets);
void feed(int fd, const void *bytes, size_t len);

/* --- events_floor.c: the least that any program must do --- */

struct floor {
	pid_t pid;
	int times; /* of each event that it read: struct floor_time */
	volatile bool *act;
};

struct floor_time {
	uint64_t pfn;
	int64_t boot_ns;
};

/*
 * Start it. It reads the trace descriptors and the lines of kmsg (-1: none), and where *act is set
 * sends the record of the guest page that it was given beforehand.
 */
void floor_start(struct floor *f, const struct watched *w, const char *qmp, const int *trace,
		 size_t n_trace, int kmsg, unsigned int id);
void floor_stop(struct floor *f);
