// SPDX-License-Identifier: LGPL-2.1-or-later
/* What the files that read rasd.conf share. */
#pragma once

#include <stdio.h>

#include "conf/conf.h"

/* Two in a day: as the mcelog of the big fleets, and as the kernel's own collector (RAS_CEC). */
#define CONF_THRESHOLD_DEFAULT 2
#define CONF_A_MINUTE_DEFAULT 600 /* of the 15,000 records that a guest can take (4 ms each) */

struct parse {
	struct conf conf;
	unsigned int seen; /* single keys met, bit = row of the table */
	unsigned int grant_seen, events_seen;
	unsigned int source_seen; /* bit = row of source_paths */
	struct conf_grant *grant;
	struct conf_injector *injector;
	unsigned int injector_seen, limits_seen;
	FILE *f;
	char section[80];
	char header[80]; /* the section line read last, whole; "" if it is not usable */
	struct ras_err *err;
	bool failed;
};

/* Every bounded value is copied here. One that is too long is an error and never cut. */
int conf_copy(struct parse *p, char *to, size_t size, const char *value, const char *key);

/* RAS_E_CONFIG for a path that does not begin at the root. */
int conf_absolute(struct parse *p, const char *key, const char *value);

/* Section [injector ...] begins; name is what follows "injector ". One key of it; all are read. */
int conf_injector_enter(struct parse *p, const char *name);
int conf_injector_key(struct parse *p, const char *key, const char *value);
int conf_injectors_end(struct parse *p);

/* The ids of the groups. */
void conf_roles_find(struct conf_roles *r);

/* One key of [limits]. */
int conf_limits_key(struct parse *p, const char *key, const char *value);

/* One key of [events]. */
int conf_events_key(struct parse *p, const char *key, const char *value);
