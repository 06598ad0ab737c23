// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to backend/. */
#pragma once

#include <sys/queue.h>

#include "backend/backend.h"

struct backends {
	struct event_base *base;
	struct guests *guests;
	struct helper_client *helper;
	uint64_t n_helpers; /* grows when the helper goes; never reset */
	struct notify_sub guest_sub, helper_sub;
	struct looks *looks;		  /* ready.c; NULL: nobody has asked for any */
	LIST_HEAD(, devices_asked) asked; /* devices.c */
};

/* devices.c: bs is freed, who waits is told. */
void devices_end(struct backends *bs);

/* ready.c: bs is freed. */
void looks_end(struct backends *bs);

/* Which of the table's sources this backend's records go into; NULL where it is none of them. */
typedef const struct hest_source *(*hest_choose_fn)(const struct hest_source *list, size_t n);

/*
 * hest.c: the prepare of backends whose source is in the guest's HEST: have the table found,
 * choose, set place and stamp of s, end with source_finish().
 */
void hest_prepare(struct error_source *s, hest_choose_fn choose);

/* hest.c: the search under way is given up; its answer finds nobody. */
void hest_drop(struct error_source *s);

/* hest.c: the readback of such a backend. */
int hest_readback(struct error_source *s, const struct source_at *at, uint32_t wait_us,
		  backend_look_fn fn, void *arg, struct ras_err *err);

/* hest.c: the looks under way find no source any more when they come back. */
void hest_forget_looks(struct error_source *s);

/*
 * hest.c: no rasd-pagemap, so nothing can be found or proved: s is finished with that error. False:
 * there is one.
 */
bool source_lacks_helper(struct error_source *s);

/* shm_open.c: the search under way is given up; all that is known is freed, answers are given. */
void shm_drop(struct error_source *s);
void shm_forget(struct error_source *s);

/* road.c: the same two. */
void road_drop(struct error_source *s);
void road_forget(struct error_source *s);

/* backend.c: what an answer of the monitor other than success says of a record. */
enum submit_outcome backend_outcome(enum qmp_outcome o, const struct ras_err *err);

/* backend.c: the foretell of backends whose records are monitor commands. */
void monitor_foretell(struct error_source *s, int64_t unless_younger_ns);

/* qemu_ghes.c: its machine has the option for error sources of QEMU's own, on or off. */
bool qemu_ghes_offers(const struct guest *g);

/* qemu_ghes.c: 0 if the guest's memory can be read from outside; else RAS_E_NOT_CAPABLE. */
int guest_readable(const struct guest *g, struct ras_err *err);

/* backend.c: answers of the backend find no source any more. */
void source_forget_asked(struct error_source *s);

/* hest.c: RAS_E_NOT_READY, why the source is not found, and what to do about it. */
void source_not_ready(const struct error_source *s, struct ras_err *err);

/* source.c: nothing has happened to the guest since the stamp was made. */
bool source_stamp_current(const struct error_source *s, const struct source_stamp *stamp);

/* qemu_ghes.c: the source of list[n] that QEMU's command writes to; NULL: none of them. */
const struct hest_source *qemu_ghes_choose(const struct hest_source *list, size_t n);

/*
 * qemu_ghes.c: how to get ras=on, in the words of what manages the guest; v is libvirt's version as
 * it counts, 0 where it is not known.
 */
int qemu_ghes_hint_ras(const struct guest *g, unsigned long v, struct ras_err *err);
