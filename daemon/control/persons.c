// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Which person a uid belongs to.
 *
 * The problem: /etc/subuid gives each user 65,536 more uids, and newuidmap lets processes of the
 * user have them, with all of the user's groups. So limits for each uid limit nobody, and the
 * journal names a uid that no account has.
 *
 * The rule: a uid in a range of that file is its owner. This is the file that newuidmap obeys, and
 * only root can write it; so whoever may have these uids is counted as one.
 *
 * Why the user namespace of the peer is not asked for: a user can make a file with the setuid bit
 * that belongs to a subordinate uid, and run it in the first namespace. That process has the uid
 * and the groups, and no namespace tells. Nor does a namespace belong to a connection: before
 * SO_PEERPIDFD (Linux 6.5) the kernel names only the pid of the process that connected, and that
 * may be another process by then.
 *
 * NSS may block for as long as a directory server does not answer, so a thread asks it, except when
 * rasd starts. Until the thread has ended the ranges from before count.
 */
#include "control/persons.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "base/num.h"

#define FILE_DEFAULT "/etc/subuid"
/* A host with more users than this has its uids from a directory server, and no such file. */
#define MAX_RANGES 65536u
#define MAX_NAME_BYTES 256

struct range {
	uid_t first, last, person;
};

/* What is compared to see that the file is another. */
struct stamp {
	ino_t ino;
	off_t size;
	struct timespec changed;
};

struct table {
	struct stamp stamp;
	size_t n;
	struct range range[];
};

struct persons {
	const char *file;
	struct mailbox *mailbox;
	struct table *table; /* NULL: no ranges */
	struct stamp tried;  /* the file as it was when it was read last */
	bool reading;	     /* the thread is at work, or its mail is on the way */
	pthread_t thread;
	struct mail ended;
	struct table *read; /* the thread's, until ended is here; NULL: no memory */
};

static struct stamp stamp_of(const struct stat *st)
{
	return (struct stamp){ st->st_ino, st->st_size, st->st_ctim };
}

static bool same(const struct stamp *a, const struct stamp *b)
{
	return a->ino == b->ino && a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
	       a->changed.tv_nsec == b->changed.tv_nsec;
}

static uid_t owner_of(const char *name, uid_t first)
{
	char text[4096];
	struct passwd pw, *found = NULL;
	struct ras_err err;
	uint64_t n;

	if (num_parse_range(name, 0, UINT32_MAX - 1, &n, &err) == 0)
		return n ? (uid_t)n : first;
	if (getpwnam_r(name, &pw, text, sizeof(text), &found) != 0 || !found || !found->pw_uid)
		return first;
	return found->pw_uid;
}

/* A line that fits; one that is too long is skipped. False: there are no more. */
static bool next_line(FILE *f, char *line, int size)
{
	while (fgets(line, size, f)) {
		if (strchr(line, '\n') || feof(f))
			return true;
		while (!feof(f) && !ferror(f) && getc(f) != '\n')
			;
	}
	return false;
}

/* NAME:FIRST:COUNT. What is not of this form gives nobody a uid. */
static bool read_line(char *line, struct range *r)
{
	char *first = strchr(line, ':'), *count = first ? strchr(first + 1, ':') : NULL;
	struct ras_err err;
	uint64_t from, n;

	if (!count)
		return false;
	*first++ = *count++ = '\0';
	count[strcspn(count, "\n")] = '\0';
	if (!*line || num_parse_range(first, 0, UINT32_MAX - 1, &from, &err) < 0 ||
	    num_parse_range(count, 1, UINT32_MAX - from, &n, &err) < 0)
		return false;
	r->first = (uid_t)from;
	r->last = (uid_t)(from + n - 1);
	r->person = owner_of(line, r->first);
	return true;
}

static struct table *table_add(struct table *t, const struct range *r)
{
	struct table *more = t;

	if (t->n % 64 == 0)
		more = realloc(t, sizeof(*t) + (t->n + 64) * sizeof(*r));
	if (!more) {
		free(t);
		return NULL;
	}
	more->range[more->n++] = *r;
	return more;
}

/* NULL without memory. */
static struct table *table_read(const char *file)
{
	struct table *t = calloc(1, sizeof(*t));
	_fclose_ FILE *f = fopen(file, "re");
	char line[MAX_NAME_BYTES + 32];
	struct range r;
	struct stat st;

	if (!f && errno != ENOENT)
		log_warn("%s: %s: subordinate uids are not known", file, strerror(errno));
	if (f && t && fstat(fileno(f), &st) == 0)
		t->stamp = stamp_of(&st);
	while (f && t && t->n < MAX_RANGES && next_line(f, line, sizeof(line)))
		if (read_line(line, &r))
			t = table_add(t, &r);
	if (t && t->n == MAX_RANGES)
		log_warn("%s: only the first %u ranges are known", file, MAX_RANGES);
	return t;
}

static void *read_again(void *arg)
{
	struct persons *p = arg;

	p->read = table_read(p->file);
	mailbox_put(p->mailbox, &p->ended);
	return NULL;
}

static void on_read(void *arg, struct mail *m)
{
	struct persons *p = arg;

	(void)m;
	if (p->reading)
		pthread_join(p->thread, NULL);
	p->reading = false;
	if (!p->read) {
		log_warn("%s: no memory for it, the ranges from before count", p->file);
		return;
	}
	log_info("%s: %zu ranges of subordinate uids", p->file, p->read->n);
	free(p->table);
	p->table = p->read;
	p->tried = p->table->stamp;
	p->read = NULL;
}

static void look_for_change(struct persons *p)
{
	struct stamp now = { 0 };
	struct stat st;

	if (stat(p->file, &st) == 0)
		now = stamp_of(&st);
	if (p->reading || same(&now, &p->tried))
		return;
	p->tried = now;
	p->reading = pthread_create(&p->thread, NULL, read_again, p) == 0;
	if (!p->reading)
		p->tried = (struct stamp){ 0 };
}

int persons_new(struct persons **out, struct event_base *base, const char *file,
		struct ras_err *err)
{
	struct persons *p = calloc(1, sizeof(*p));
	int r = p ? 0 : ras_fail(err, RAS_E_NOMEM, "out of memory");

	if (r == 0)
		r = mailbox_new(&p->mailbox, base, on_read, p, err);
	if (r == 0) {
		p->file = file ? file : FILE_DEFAULT;
		p->table = table_read(p->file);
		if (!p->table)
			r = ras_fail(err, RAS_E_NOMEM, "out of memory");
	}
	if (r < 0) {
		persons_free(p);
		return r;
	}
	p->tried = p->table->stamp;
	*out = p;
	return 0;
}

void persons_free(struct persons *p)
{
	if (!p)
		return;
	/* NSS has its own time limits; the process must not end under its feet. */
	if (p->reading)
		pthread_join(p->thread, NULL);
	p->reading = false;
	mailbox_free(p->mailbox);
	free(p->table);
	free(p);
}

uid_t persons_of(struct persons *p, uid_t uid)
{
	/* Whatever the file says, root is root. */
	if (uid == 0)
		return 0;
	look_for_change(p);
	for (size_t i = 0; i < p->table->n; i++)
		if (uid >= p->table->range[i].first && uid <= p->table->range[i].last)
			return p->table->range[i].person;
	return uid;
}
