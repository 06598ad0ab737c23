// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What all of the world shares but time: chance, memory, the trace with its digest, the count of
 * broken rules, and the borders at which rasd may be killed (also lib/base/failpoint.c and
 * getrandom(2)).
 */
#include "sim.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/failpoint.h"

struct room {
	struct room *next, **prev;
	max_align_t data[];
};

static struct {
	struct room *rooms;
	uint64_t random[2];
	bool alive, print;
	uint64_t border, die_at;
	uint64_t digest;
	size_t n_failures;
	char failure[256];
} sim;

/* --- chance (xorshift128+, seeded by splitmix64) --- */

static uint64_t splitmix(uint64_t *s)
{
	uint64_t z = *s += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint64_t sim_random(void)
{
	uint64_t a = sim.random[0], b = sim.random[1];

	sim.random[0] = b;
	a ^= a << 23;
	sim.random[1] = a ^ b ^ (a >> 17) ^ (b >> 26);
	return sim.random[1] + b;
}

uint64_t sim_below(uint64_t n)
{
	return sim_random() % n;
}

bool sim_percent(unsigned int percent)
{
	return sim_below(100) < percent;
}

int64_t sim_between(int64_t from_ns, int64_t to_ns)
{
	return from_ns + (int64_t)sim_below((uint64_t)(to_ns - from_ns) + 1);
}

int64_t sim_between_log(int64_t from_ns, int64_t to_ns)
{
	int64_t top = from_ns > 0 ? from_ns : 1, steps = 0;

	for (int64_t t = top; t < to_ns; t *= 2)
		steps++;
	for (int64_t n = (int64_t)sim_below((uint64_t)steps + 1); n > 0; n--)
		top *= 2;
	return sim_between(from_ns, top < to_ns ? top : to_ns);
}

ssize_t getrandom(void *buf, size_t len, unsigned int flags)
{
	uint8_t *p = buf;

	(void)flags;
	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)sim_random();
	return (ssize_t)len;
}

/* --- the trace --- */

static void digest_text(const char *s)
{
	for (; *s; s++)
		sim.digest = (sim.digest ^ (uint8_t)*s) * 0x100000001b3u;
}

static void trace_line(const char *line)
{
	char stamp[32];
	int64_t us = sim_now() / 1000;

	snprintf(stamp, sizeof(stamp), "%5lld.%06lld ", (long long)(us / 1000000),
		 (long long)(us % 1000000));
	digest_text(stamp);
	digest_text(line);
	if (sim.print)
		printf("%s%s\n", stamp, line);
}

void sim_trace(const char *fmt, ...)
{
	char line[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	trace_line(line);
}

void sim_trace_to_stdout(bool on)
{
	sim.print = on;
}

uint64_t sim_digest(void)
{
	return sim.digest;
}

void sim_fail(const char *fmt, ...)
{
	char line[sizeof(sim.failure)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (sim.n_failures++ == 0)
		memcpy(sim.failure, line, sizeof(line));
	sim_trace("FAILED: %s", line);
}

size_t sim_failures(void)
{
	return sim.n_failures;
}

const char *sim_failure(void)
{
	return sim.failure;
}

/* --- a run --- */

void sim_begin(uint64_t seed)
{
	bool print = sim.print;

	memset(&sim, 0, sizeof(sim));
	sim.print = print;
	sim.random[0] = splitmix(&seed);
	sim.random[1] = splitmix(&seed);
	sim.digest = 0xcbf29ce484222325u;
	sim_begin_time();
}

void *sim_alloc(size_t size)
{
	struct room *r = calloc(1, sizeof(*r) + size);

	r->next = sim.rooms;
	r->prev = &sim.rooms;
	if (r->next)
		r->next->prev = &r->next;
	sim.rooms = r;
	return r->data;
}

void sim_release(void *p)
{
	struct room *r = (struct room *)(void *)((char *)p - offsetof(struct room, data));

	*r->prev = r->next;
	if (r->next)
		r->next->prev = r->prev;
	free(r);
}

void sim_release_all(void)
{
	while (sim.rooms)
		sim_release(sim.rooms->data);
}

/* --- the life and death of rasd --- */

bool sim_rasd_alive(void)
{
	return sim.alive;
}

void sim_rasd_set_alive(bool alive)
{
	sim.alive = alive;
}

void sim_die_at_border(uint64_t n)
{
	sim.die_at = n ? sim.border + n : 0;
}

void sim_border(const char *name)
{
	if (!sim.alive || ++sim.border != sim.die_at)
		return;
	sim_trace("rasd: killed at %s", name);
	sim.alive = false;
}

void failpoint_hit(enum failpoint p)
{
	sim_border(failpoint_name(p));
}

const char *failpoint_name(enum failpoint p)
{
	static const char *const names[] = {
#define NAME(name) #name,
		FAILPOINTS(NAME)
#undef NAME
	};

	return (unsigned int)p < FP__MAX ? names[p] : NULL;
}
