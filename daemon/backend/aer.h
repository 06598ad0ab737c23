// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to aer.c and aer_open.c. */
#pragma once

#include "backend/aer_map.h"
#include "backend/device.h"
#include "backend/road.h"

/* Finding the port; asked of one connection. */
struct aer_opening;

/* The record that is being sent. */
struct aer_sending {
	struct aer_error error;
	struct source_stamp stamp;
};

/* The record that was sent last. */
struct aer_sent {
	bool any; /* in this life of rasd */
	struct generation gen;
	struct aer_error error;
	struct aer_port before;
	bool was_set;	       /* the error was seen in the port since */
	bool has_look, is_set; /* one is here that has not been told */
};

struct aer {
	struct road road;
	struct aer_opening *opening; /* under way, NULL */
	char id[QMP_ID_SIZE];	     /* of the port */
	uint64_t config_gpa; /* of its configuration space; 0: it cannot be read from outside */
	struct aer_sending sending;
	struct aer_sent sent;
};

/* aer_open.c: the QOM types of root ports. */
extern const char *const aer_root_ports[DEVICE_TYPES_MAX];

/* aer_open.c: the question whether a guest has root ports. */
extern const struct guest_question aer_question;

/* aer_open.c: the prepare of the backend. */
void aer_open(struct error_source *s, struct aer *x);
/* aer_open.c: it is given up; its answers find nobody. */
void aer_open_drop(struct road *r);

static inline struct aer *aer_of(const struct error_source *s)
{
	return (struct aer *)s->road;
}
