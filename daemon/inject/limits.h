// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to the gate (policy.c): how much was injected lately, of each guest and person. */
#pragma once

#include <stdbool.h>

#include "conf/conf.h"
#include "journal/journal.h"

struct limits;

/* Count what the journal says. conf is borrowed. RAS_E_NOMEM, RAS_E_JOURNAL. */
int limits_new(struct limits **out, const struct conf_limits *conf, struct journal *j,
	       struct ras_err *err);
void limits_free(struct limits *l);

/* How long until the limit has room for one more, in ms; 0: it has. */
int64_t limits_guest_wait_ms(struct limits *l, const char *domain);
int64_t limits_host_wait_ms(const struct limits *l);
int64_t limits_guests_wait_ms(struct limits *l, const char *domain);
int64_t limits_person_wait_ms(struct limits *l, uid_t person, int64_t per_minute);

/* How much of each is used: injections in the buckets, guests in the last hour. */
int64_t limits_guest_used(struct limits *l, const char *domain);
int64_t limits_host_used(const struct limits *l);
int64_t limits_guests_used(const struct limits *l);

/* One more was accepted. per_minute: the person's own limit, 0: none. */
void limits_take(struct limits *l, const char *domain, uid_t person, int64_t per_minute);
