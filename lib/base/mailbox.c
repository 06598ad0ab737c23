// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Problem: worker threads finish things that only the loop may handle, and must not wait for it.
 *
 * Rule: mails are kept in a list under a mutex, and an eventfd wakes the loop. The loop takes the
 * whole list at once, so a thread waits no longer than two pointers take to exchange.
 *
 * Otherwise: with one lock held during delivery a slow callback would stop every worker.
 */
#include "base/mailbox.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct mailbox {
	int fd;
	struct event *ev;
	mailbox_fn fn;
	void *arg;
	pthread_mutex_t lock;
	struct mail *first, **last; /* under lock */
	/* under lock: the loop was woken and has not taken the list yet */
	bool woken;
};

static struct mail *take_all(struct mailbox *b)
{
	struct mail *m;

	pthread_mutex_lock(&b->lock);
	m = b->first;
	b->first = NULL;
	b->last = &b->first;
	b->woken = false;
	pthread_mutex_unlock(&b->lock);
	return m;
}

void mailbox_drain(struct mailbox *b)
{
	struct mail *m = take_all(b);

	while (m) {
		struct mail *next = m->next;

		m->next = NULL;
		b->fn(b->arg, m);
		m = next;
	}
}

static void on_woken(evutil_socket_t fd, short what, void *arg)
{
	eventfd_t n;

	(void)what;
	eventfd_read(fd, &n);
	mailbox_drain(arg);
}

static void put(struct mailbox *b, struct mail *m, bool wake)
{
	m->next = NULL;
	pthread_mutex_lock(&b->lock);
	*b->last = m;
	b->last = &m->next;
	wake = wake && !b->woken;
	b->woken |= wake;
	pthread_mutex_unlock(&b->lock);
	if (wake)
		eventfd_write(b->fd, 1);
}

void mailbox_put(struct mailbox *b, struct mail *m)
{
	put(b, m, true);
}

void mailbox_put_quietly(struct mailbox *b, struct mail *m)
{
	put(b, m, false);
}

int mailbox_new(struct mailbox **out, struct event_base *base, mailbox_fn fn, void *arg,
		struct ras_err *err)
{
	struct mailbox *b = calloc(1, sizeof(*b));

	if (!b)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	b->fn = fn;
	b->arg = arg;
	b->last = &b->first;
	pthread_mutex_init(&b->lock, NULL);
	b->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (b->fd < 0) {
		int r = ras_fail(err, RAS_E_IO, "eventfd: %s", strerror(errno));

		mailbox_free(b);
		return r;
	}
	b->ev = event_new(base, b->fd, EV_READ | EV_PERSIST, on_woken, b);
	if (!b->ev || event_add(b->ev, NULL) < 0) {
		mailbox_free(b);
		return ras_fail(err, RAS_E_NOMEM, "no event for a mailbox");
	}
	*out = b;
	return 0;
}

void mailbox_free(struct mailbox *b)
{
	if (!b)
		return;
	mailbox_drain(b);
	if (b->ev)
		event_free(b->ev);
	if (b->fd >= 0)
		close(b->fd);
	pthread_mutex_destroy(&b->lock);
	free(b);
}
