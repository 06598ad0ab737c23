// SPDX-License-Identifier: LGPL-2.1-or-later
/* The audit trail alone, with a played journald. */
#pragma once

#include "tests/unit/audit_env.h"

static char dir[64], said[512];
static struct event_base *base;
static int n_said;

static inline void keep_log(int level, const char *line)
{
	(void)level;
	n_said++;
	snprintf(said, sizeof(said), "%s", line);
}

static inline int setup(void **state)
{
	struct ras_err err;

	(void)state;
	strcpy(dir, "/tmp/test-audit-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(journald_path, sizeof(journald_path), "%s/socket", dir);
	base = event_base_new();
	log_limit_reset();
	log_set_sink(keep_log);
	n_said = 0;
	play_journald();
	return audit_open(base, journald_path, &err);
}

static inline int teardown(void **state)
{
	(void)state;
	audit_close();
	event_base_free(base);
	end_journald();
	return rmdir(dir);
}

static inline void refuse(const char *domain, int64_t uid)
{
	struct ras_err why;

	ras_fail(&why, RAS_E_NOT_GRANTED, "%s does not allow it", domain);
	audit_refused(&(struct audit_subject){ .domain = domain, .uid = uid }, &why);
}
