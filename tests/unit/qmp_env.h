// SPDX-License-Identifier: LGPL-2.1-or-later
/* Shared by the tests of the QMP client. */
#ifndef RASD_TEST_QMP_ENV_H
#define RASD_TEST_QMP_ENV_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "fake_qmp.h"
#include "silent.h"

static inline int exec(struct fake *f, int timeout_ms)
{
	struct ras_err err;

	return qmp_exec(f->q, "query-name", NULL, timeout_ms, fake_on_reply, f, &err);
}

struct tally {
	int n[4];
};

static inline void count(void *arg, enum qmp_outcome outcome, json_object *ret,
			 const struct ras_err *err)
{
	(void)ret, (void)err;
	((struct tally *)arg)->n[outcome]++;
}

#endif
