// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * rasd gives up on an answer after a while. To read the kernel's type information and to load a
 * program takes 10 to 100 ms, seconds on an emulated machine, and the thread that receives requests
 * would answer nothing meanwhile. So the program is loaded before the first request is received; a
 * request then costs one packet. A failure is kept as text and is the answer to every request: the
 * helper serves everything else, and rasd knows at once why it has to search.
 */
#include "helper/kpage.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "helper/rmap.h"

static int rmap_fd = -1;
static struct ras_err rmap_why;

void kpage_load(void)
{
	rmap_fd = rmap_open(&rmap_why);
	if (rmap_fd < 0)
		log_limited(LOG_INFO, "kpage", "no look-up of pages: %s", rmap_why.text);
}

/* Whether a later request may succeed: rasd asks again then. */
static enum ras_code open_failure(int e)
{
	return e == EMFILE || e == ENFILE || e == ENOMEM ? RAS_E_BUSY : RAS_E_HELPER;
}

void kpage_answer(struct conn *c, const struct helper_request *req)
{
	static const char *const path[] = { [HELPER_KPAGEFLAGS] = "/proc/kpageflags",
					    [HELPER_KPAGECOUNT] = "/proc/kpagecount",
					    [HELPER_KPAGECGROUP] = "/proc/kpagecgroup",
					    [HELPER_KPAGERMAP] = NULL };
	struct helper_reply rep;
	struct ras_err err = RAS_ERR_NULL;
	_close_ int file = -1;

	memset(&rep, 0, offsetof(struct helper_reply, block));
	rep.id = req->id;
	if (req->source_id >= ARRAY_LEN(path)) {
		ras_fail(&err, RAS_E_HELPER, "no such file %u", req->source_id);
	} else if (!path[req->source_id]) {
		if (rmap_fd < 0)
			err = rmap_why;
	} else if ((file = open(path[req->source_id], O_RDONLY | O_CLOEXEC)) < 0) {
		/* kpagecgroup needs CONFIG_MEMCG; it is only a hint. */
		ras_fail(&err, open_failure(errno), "cannot open %s: %s", path[req->source_id],
			 strerror(errno));
	}
	if (err.code)
		conn_refuse(c, req->id, &err);
	else
		conn_reply(c, &rep, file >= 0 ? file : rmap_fd);
}
