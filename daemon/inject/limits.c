// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Limits count what was accepted, not what arrived: a caller whose injections are refused later has
 * asked for them all the same, and a rasd that starts again can count the rows of its journal.
 *
 * After a restart the buckets are filled from the newest rows, by the age that their wall clock
 * times say. A clock that was set back makes them younger, which is safe; one that was set forward
 * empties the buckets, once.
 */
#include "inject/limits.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "inject/bucket.h"

#define HOUR_MS INT64_C(3600000)
/* A bucket holds at most 10,000 (rasd.conf): with more rows than that it is full anyway. */
#define MAX_ROWS 16384
/* As many as the guests that rasd keeps. One more takes the place of the one used longest ago. */
#define MAX_SPENDERS 4096

/* A guest or a person. */
struct spender {
	struct spender *next;
	char domain[64]; /* "": a person */
	uid_t uid;
	struct bucket bucket;
	int64_t last_ms; /* when one was accepted last */
};

struct spenders {
	struct spender *first; /* the one that was asked for last is first */
	size_t n;
};

struct limits {
	const struct conf_limits *conf;
	struct bucket host;
	struct spenders guests, persons;
};

static int64_t now_ms(void)
{
	return clock_boot_ns() / 1000000;
}

static struct spender *find(struct spenders *list, const char *domain, uid_t uid)
{
	for (struct spender **at = &list->first, *s; (s = *at); at = &s->next)
		if (s->uid == uid && strcmp(s->domain, domain) == 0) {
			*at = s->next;
			s->next = list->first;
			list->first = s;
			return s;
		}
	return NULL;
}

/* The one that was not asked for for the longest time makes room. */
static struct spender *last_of(struct spenders *list)
{
	struct spender **at = &list->first, *s;

	while ((*at)->next)
		at = &(*at)->next;
	s = *at;
	*at = NULL;
	list->n--;
	return s;
}

/* NULL without memory: then it is not counted, and asks again with a full bucket. */
static struct spender *find_or_add(struct spenders *list, const char *domain, uid_t uid)
{
	struct spender *s = find(list, domain, uid);

	if (s)
		return s;
	s = list->n < MAX_SPENDERS ? malloc(sizeof(*s)) : last_of(list);
	if (!s)
		return NULL;
	*s = (struct spender){ .next = list->first, .uid = uid, .last_ms = INT64_MIN };
	memcpy(s->domain, domain, strnlen(domain, sizeof(s->domain) - 1));
	list->first = s;
	list->n++;
	return s;
}

static void list_free(struct spenders *list)
{
	while (list->first) {
		struct spender *s = list->first;

		list->first = s->next;
		free(s);
	}
}

/* --- what the journal says --- */

struct past {
	struct journal_past row[MAX_ROWS];
	size_t n;
	int64_t since_ns;
};

static int remember(void *arg, const struct journal_past *row)
{
	struct past *p = arg;

	if (row->created_real_ns < p->since_ns)
		return 1;
	p->row[p->n++] = *row;
	return p->n == MAX_ROWS;
}

static void count(struct limits *l, const struct journal_past *row, int64_t real_ns)
{
	int64_t age_ms = (real_ns - row->created_real_ns) / 1000000;
	int64_t at_ms = now_ms() - (age_ms > 0 ? age_ms : 0);
	struct spender *guest = find_or_add(&l->guests, row->domain, 0);
	struct spender *person = find_or_add(&l->persons, "", row->uid);

	bucket_add(&l->host, l->conf->host_per_minute, at_ms);
	if (guest) {
		bucket_add(&guest->bucket, l->conf->guest_per_minute, at_ms);
		guest->last_ms = at_ms;
	}
	/* A person's limit is not known yet; what is older than a minute counts for none. */
	if (person && age_ms < 60000)
		bucket_add(&person->bucket, 0, at_ms);
}

static int note_guest(void *arg, const struct journal_past *row)
{
	struct limits *l = arg;
	int64_t age_ms = (clock_real_ns() - row->created_real_ns) / 1000000;
	struct spender *s = age_ms < HOUR_MS ? find_or_add(&l->guests, row->domain, 0) : NULL;

	if (s && s->last_ms == INT64_MIN)
		s->last_ms = now_ms() - (age_ms > 0 ? age_ms : 0);
	return 0;
}

/* How long a bucket takes to empty. */
static int64_t window_ms(int64_t per_minute, int64_t burst)
{
	return per_minute ? burst * 60000 / per_minute : 0;
}

static int count_past(struct limits *l, struct journal *j, struct ras_err *err)
{
	const struct conf_limits *c = l->conf;
	int64_t guest = window_ms(c->guest_per_minute, c->guest_burst);
	int64_t window = window_ms(c->host_per_minute, c->host_burst);
	int64_t real_ns = clock_real_ns();
	struct past *p = malloc(sizeof(*p));
	int r;

	if (!p)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	if (window < guest)
		window = guest;
	p->n = 0;
	p->since_ns = real_ns - 1000000 * (window > 60000 ? window : 60000);
	r = journal_past_of_persons(j, false, MAX_ROWS, remember, p, err);
	if (r == 0)
		r = journal_past_of_persons(j, true, MAX_SPENDERS, note_guest, l, err);
	for (size_t i = r == 0 ? p->n : 0; i > 0; i--)
		count(l, &p->row[i - 1], real_ns);
	free(p);
	return r;
}

int limits_new(struct limits **out, const struct conf_limits *conf, struct journal *j,
	       struct ras_err *err)
{
	struct limits *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	l->conf = conf;
	r = count_past(l, j, err);
	if (r < 0)
		limits_free(l);
	else
		*out = l;
	return r;
}

void limits_free(struct limits *l)
{
	if (!l)
		return;
	list_free(&l->guests);
	list_free(&l->persons);
	free(l);
}

/* --- asked and taken --- */

int64_t limits_guest_wait_ms(struct limits *l, const char *domain)
{
	const struct spender *s = find(&l->guests, domain, 0);

	return s ? bucket_wait_ms(&s->bucket, l->conf->guest_per_minute, l->conf->guest_burst,
				  now_ms()) :
		   0;
}

int64_t limits_host_wait_ms(const struct limits *l)
{
	return bucket_wait_ms(&l->host, l->conf->host_per_minute, l->conf->host_burst, now_ms());
}

int64_t limits_person_wait_ms(struct limits *l, uid_t person, int64_t per_minute)
{
	const struct spender *s = find(&l->persons, "", person);

	return s ? bucket_wait_ms(&s->bucket, per_minute, per_minute, now_ms()) : 0;
}

int64_t limits_guests_wait_ms(struct limits *l, const char *domain)
{
	const struct spender *own = find(&l->guests, domain, 0);
	const int64_t since = now_ms() - HOUR_MS;
	int64_t n = 0, oldest = INT64_MAX;

	if (!l->conf->guests_per_hour || (own && own->last_ms > since))
		return 0;
	for (const struct spender *s = l->guests.first; s; s = s->next)
		if (s->last_ms > since) {
			n++;
			oldest = s->last_ms < oldest ? s->last_ms : oldest;
		}
	return n < l->conf->guests_per_hour ? 0 : oldest - since;
}

int64_t limits_guest_used(struct limits *l, const char *domain)
{
	const struct spender *s = find(&l->guests, domain, 0);

	return s ? bucket_used(&s->bucket, l->conf->guest_per_minute, now_ms()) : 0;
}

int64_t limits_host_used(const struct limits *l)
{
	return bucket_used(&l->host, l->conf->host_per_minute, now_ms());
}

int64_t limits_guests_used(const struct limits *l)
{
	const int64_t since = now_ms() - HOUR_MS;
	int64_t n = 0;

	for (const struct spender *s = l->guests.first; s; s = s->next)
		n += s->last_ms > since;
	return n;
}

void limits_take(struct limits *l, const char *domain, uid_t person, int64_t per_minute)
{
	struct spender *guest = find_or_add(&l->guests, domain, 0);
	struct spender *p = find_or_add(&l->persons, "", person);

	bucket_add(&l->host, l->conf->host_per_minute, now_ms());
	if (guest) {
		bucket_add(&guest->bucket, l->conf->guest_per_minute, now_ms());
		guest->last_ms = now_ms();
	}
	/* One without a limit leaks at the rate that makes it empty after a minute. */
	if (p)
		bucket_add(&p->bucket, per_minute ? per_minute : 10000, now_ms());
}
