// SPDX-License-Identifier: LGPL-2.1-or-later
/* A rasd.conf of a text that the test gives: what was read of it is in c. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "conf/conf.h"

static struct conf c;

/* As conf_load(). */
static inline int load(const char *text, struct ras_err *err)
{
	char path[] = "/tmp/test-conf.XXXXXX";
	int fd = mkstemp(path), r;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	r = conf_load(path, &c, err);
	unlink(path);
	return r;
}
