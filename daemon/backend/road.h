// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What a backend keeps of an error source whose records are monitor commands: who waits for which
 * answer. Answers of the monitor may come when the source is gone; then the struct lives until the
 * last of them.
 */
#pragma once

#include "backend/later.h"

struct road_looking {
	backend_look_fn fn; /* NULL: none */
	void *arg;
	struct generation gen;
	struct event *timer; /* tells what is known already */
};

/* The first member of the backend's own struct. */
struct road {
	void (*drop)(struct road *r); /* the search under way is given up */
	struct error_source *s;	      /* NULL: it is gone */
	unsigned int n_asked;	      /* answers still to come that know it */
	struct later answer;	      /* to the submit */
	struct road_looking looking;
};

/*
 * 0 with s->road, made where there is none: size zeroed bytes but for the road; on_timer is called
 * with it. Otherwise s is finished with the error. It is freed with the source, or with the last
 * answer after it.
 */
int road_open(struct error_source *s, size_t size, event_callback_fn on_timer,
	      void (*drop)(struct road *r));

/* An answer has come. False: the source is gone, and r perhaps too. */
bool road_unhold(struct road *r);

/* asked: what asking QEMU returned. If it is 0, fn gets the answer. Returns asked. */
int road_submitted(struct road *r, int asked, backend_submit_fn fn, void *arg);

/* Somebody looks; road_told() follows. */
void road_looks(struct road *r, const struct source_at *at, backend_look_fn fn, void *arg);

/*
 * The readback where nothing has to be asked: the timer's callback follows. RAS_E_NOT_FOUND: s has
 * no road.
 */
int road_look_now(struct error_source *s, const struct source_at *at, backend_look_fn fn, void *arg,
		  struct ras_err *err);

/* The answer to the look is known; err: there is none. */
void road_told(struct road *r, enum source_told told, const struct ras_err *err);
