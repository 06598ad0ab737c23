// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to sockets.c: listing the qmp-directories in slices. */
#pragma once

#include <dirent.h>

#include "conf/conf.h"
#include "guests/guest.h"

/* What a look at a file of a qmp-directory has found. */
enum look {
	LOOK_NONE,  /* no socket of a guest */
	LOOK_LATER, /* perhaps its process is about to take it */
	LOOK_KNOWN,
	LOOK_NEW /* a guest more */
};

/* Why a directory is listed again. */
enum scan_why {
	SCAN_LOST,  /* the kernel has dropped events: files may have come and gone */
	SCAN_YOUNG, /* some file was LOOK_LATER */
	SCAN_PLACE  /* a guest was left out, and there is a place for it now */
};

struct scan_dir {
	bool due;
	bool first; /* it has not been listed to its end since it is watched */
	bool lost;  /* SCAN_LOST */
	int64_t due_ns, not_before_ns;
};

struct scan {
	struct guests_sockets *sockets;
	struct guests *gs;
	struct scan_dir dir[CONF_MAX_DIRS];
	size_t at; /* which of them is being listed */
	DIR *open; /* NULL: none */
	size_t n_entries;
	int64_t busy_ns;
	bool lost;	/* it is listed because of SCAN_LOST, or for the first time */
	bool comparing; /* then: guests whose file is gone are looked for, from after on */
	char after[64];
};

/* Nothing is to be listed; and nothing is being listed any more. */
void scan_init(struct scan *sc, struct guests_sockets *sockets, struct guests *gs);
void scan_free(struct scan *sc);

/* The i-th qmp-directory is watched now. */
void scan_first(struct scan *sc, size_t i);
/* List it again, at a time that depends on why. */
void scan_again(struct scan *sc, size_t i, enum scan_why why);
/* Some directory is being listed for the first time. */
bool scan_is_first(const struct scan *sc);

/*
 * List until end_ns. Returns 0: there is more to do now; > 0: in so many ns; -1: nothing is to be
 * done.
 */
int64_t scan_step(struct scan *sc, int64_t end_ns);
/* The first step, before there is a loop: usually it lists everything. */
void scan_step_at_start(struct scan *sc);

/*
 * sockets.c: look at a file of the i-th directory. news: its guest, if known, is connected again.
 */
enum look sockets_look(struct guests_sockets *s, size_t i, const char *file, bool news);
