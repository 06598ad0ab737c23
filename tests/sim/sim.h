// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * tests/sim: a deterministic world around inject/, backend/, guests/ and journal/.
 *
 * Problem: the faults that matter (a reply is lost while the guest is reset while rasd dies) need
 * an order of events that no test with real processes meets twice.
 * Rule: everything outside those rooms is replaced when the program is linked: the event loop, the
 * clock, the monitors, rasd-pagemap, libvirt, the journal's thread and the list of processes. All
 * of it runs on one virtual clock and draws from one generator of random numbers.
 * So a scenario and a seed give the same trace each time, and a failing seed can be looked at.
 *
 * This header is the part that all files share: time, chance and the trace.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SIM_US INT64_C(1000)
#define SIM_MS INT64_C(1000000)
#define SIM_S INT64_C(1000000000)

/* --- chance: one generator for all, seeded for each run --- */

uint64_t sim_random(void);
/* A number in [0, n); n > 0. */
uint64_t sim_below(uint64_t n);
bool sim_percent(unsigned int percent);
/* A time in [from, to] nanoseconds. */
int64_t sim_between(int64_t from_ns, int64_t to_ns);
/* As sim_between(), but each power of two is as likely: short times are met often. */
int64_t sim_between_log(int64_t from_ns, int64_t to_ns);

/* --- the trace: one line an event, and a digest of all lines --- */

void sim_trace(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Print the lines, or only count them into the digest. */
void sim_trace_to_stdout(bool on);
uint64_t sim_digest(void);

/* A rule is broken: traced, counted, and the seed fails. */
void sim_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
size_t sim_failures(void);
/* The first failure of this run in words. */
const char *sim_failure(void);

/* --- a run --- */

/* Clock, generator, trace and failures anew. */
void sim_begin(uint64_t seed);

/* Memory of the world, zeroed. sim_release_all() ends a run. */
void *sim_alloc(size_t size);
void sim_release(void *p);
void sim_release_all(void);

/* --- time and events (loop.c) --- */

void sim_begin_time(void);

#define SIM_UPTIME_NS (1000 * SIM_S) /* of the host, when a run begins */

/* Nanoseconds of virtual time since the run began. */
int64_t sim_now(void);

/* The wall clock jumps by so much. */
void sim_jump_wall_clock(int64_t ns);

/* The host is started again: another boot id, and the boot clock begins near 0. */
void sim_host_boots(void);

/* The virtual time of what that boot's clock calls boot_ns. */
int64_t sim_time_of(const char *boot_id, int64_t boot_ns);

/* Call fn(arg) once after delay_ns of virtual time. World events outlive rasd. */
void sim_after(int64_t delay_ns, void (*fn)(void *arg), void *arg);

/* Run the next event and return true; false where there is none before until_ns. */
bool sim_step(int64_t until_ns);

/* Drop all world events (end of a run). */
void sim_drop_events(void);

/* Events of rasd that exist now: a leak where rasd is gone. */
size_t sim_rasd_events(void);

/* --- the life and death of rasd --- */

/* Cleared when rasd is killed: from then on nothing leaves it and nothing enters the journal. */
bool sim_rasd_alive(void);
void sim_rasd_set_alive(bool alive);

/*
 * A place where rasd may be killed: each crossing of its border and each fail-point. The run's
 * scenario says at which one it dies.
 */
void sim_border(const char *name);
/* Die at the n-th border from now; 0: not at all. */
void sim_die_at_border(uint64_t n);
