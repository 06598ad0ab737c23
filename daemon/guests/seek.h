// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to the registry: requests that wait for a guest to be found; guests_seek(). */
#pragma once

#include <event2/event.h>
#include <sys/queue.h>

#include "guests/guests.h"

#define GUESTS_SEEK_MAX 1024 /* some 200 bytes each; one a request, and requests are fewer */

struct seek;

struct guest_seeks {
	TAILQ_HEAD(, seek) waiting;
	size_t n;
	struct event *look; /* on the next turn of the loop */
};

/* RAS_E_NOMEM. */
int seeks_init(struct guest_seeks *s, struct guests *gs, struct ras_err *err);
/* Every waiting request is answered: rasd stops. */
void seeks_free(struct guest_seeks *s);
/* The timer of look: answer those whose answer is known by now. */
void seeks_look(evutil_socket_t fd, short what, void *arg);
