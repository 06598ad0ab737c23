// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A bound for lines that others can cause.
 *
 * A guest that is reset in a loop, a QEMU that sends events, or a client that connects again and
 * again could fill the host's log, and push out of it what matters. So such lines are counted in
 * buckets: one for each format and who it is about, found by a hash. A bucket lets LOG_BURST lines
 * through, then one each LOG_EVERY_NS.
 *
 * The table has a fixed size and forgets nothing. So who has many names cannot log more than the
 * table lets through, but may share its buckets with others, whose lines are left out then. The
 * hash has a secret start, so that nobody can choose whom to share with.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/log_private.h"

#define SAMPLE_SIZE 200 /* of the last line that was left out */
#define FNV_START 0xcbf29ce484222325

struct bucket {
	int64_t full_ns;     /* when it has all LOG_BURST lines again; clock_mono_ns() */
	int64_t left_out_ns; /* when the first of n_left_out was */
	uint64_t n_left_out;
	int level;
	char sample[SAMPLE_SIZE];
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct bucket bucket[LOG_BUCKETS];
static _Atomic size_t n_waiting; /* buckets whose number of dropped lines is not logged yet */
static uint64_t secret;

/* FNV-1a. */
static uint64_t hash(uint64_t h, const char *s)
{
	do
		h = (h ^ (unsigned char)*s) * 0x100000001b3;
	while (*s++);
	return h;
}

static struct bucket *find(const char *who, const char *fmt)
{
	uint64_t h;

	if (!secret && (getrandom(&secret, sizeof(secret), GRND_NONBLOCK) < 0 || !secret))
		secret = FNV_START;
	h = hash(hash(secret, fmt), who);
	return &bucket[(h ^ h >> 32) % LOG_BUCKETS];
}

/* Whether a line may pass. */
static bool take(struct bucket *b, int64_t now_ns)
{
	/* A clock that went back is that of another run of a simulation. */
	if (b->full_ns < now_ns || b->full_ns > now_ns + LOG_BURST * LOG_EVERY_NS)
		b->full_ns = now_ns;
	if (b->full_ns > now_ns + (LOG_BURST - 1) * LOG_EVERY_NS)
		return false;
	b->full_ns += LOG_EVERY_NS;
	return true;
}

/* With the lock held. */
static void tell(struct bucket *b)
{
	char line[LOG_TEXT_SIZE];

	snprintf(line, sizeof(line), "%llu lines were left out, the last: %s",
		 (unsigned long long)b->n_left_out, b->sample);
	b->n_left_out = 0;
	atomic_fetch_sub(&n_waiting, 1);
	log_write(b->level, line);
}

/* With the lock held: to the end of the line, which may be cut for it. */
static void add_number(struct bucket *b, char line[LOG_TEXT_SIZE])
{
	char number[64];
	size_t n = strlen(line);
	size_t len = (size_t)snprintf(number, sizeof(number), " (%llu lines before were left out)",
				      (unsigned long long)b->n_left_out);

	if (n > LOG_TEXT_SIZE - 1 - len)
		n = LOG_TEXT_SIZE - 1 - len;
	memcpy(line + n, number, len + 1);
	b->n_left_out = 0;
	atomic_fetch_sub(&n_waiting, 1);
}

static void tell_before(int64_t before_ns)
{
	if (!atomic_load(&n_waiting))
		return;
	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < LOG_BUCKETS; i++)
		if (bucket[i].n_left_out && bucket[i].left_out_ns <= before_ns)
			tell(&bucket[i]);
	pthread_mutex_unlock(&lock);
}

void log_limit_tell(void)
{
	if (atomic_load(&n_waiting))
		tell_before(clock_mono_ns() - LOG_EVERY_NS);
}

void log_limit_end(void)
{
	tell_before(INT64_MAX);
}

void log_limit_reset(void)
{
	pthread_mutex_lock(&lock);
	memset(bucket, 0, sizeof(bucket));
	secret = FNV_START;
	atomic_store(&n_waiting, 0);
	pthread_mutex_unlock(&lock);
}

static void vlimited(int level, const char *who, const char *fmt, va_list ap)
	__attribute__((format(printf, 3, 0)));

static void vlimited(int level, const char *who, const char *fmt, va_list ap)
{
	int64_t now_ns = clock_mono_ns();
	char line[LOG_TEXT_SIZE];
	struct bucket *b;

	if (!log_wants(level))
		return;
	vsnprintf(line, sizeof(line), fmt, ap);
	pthread_mutex_lock(&lock);
	b = find(who, fmt);
	if (take(b, now_ns)) {
		if (b->n_left_out)
			add_number(b, line);
		log_write(level, line);
	} else {
		if (!b->n_left_out++) {
			b->left_out_ns = now_ns;
			atomic_fetch_add(&n_waiting, 1);
		}
		b->level = level;
		snprintf(b->sample, sizeof(b->sample), "%.*s", SAMPLE_SIZE - 1, line);
	}
	pthread_mutex_unlock(&lock);
	log_limit_tell();
}

void log_limited(int level, const char *who, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vlimited(level, who, fmt, ap);
	va_end(ap);
}

void log_limited_id(int level, uint64_t who, const char *fmt, ...)
{
	char text[24];
	va_list ap;

	snprintf(text, sizeof(text), "%llu", (unsigned long long)who);
	va_start(ap, fmt);
	vlimited(level, text, fmt, ap);
	va_end(ap);
}
