// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to shm_*.c: one source of a guest that has a page. */
#pragma once

#include <event2/event.h>

#include "backend/later.h"
#include "backend/backend.h"
#include "backend/shm_page.h"

struct opening;

/* The record that is being sent. */
struct shm_sending {
	struct later answer;
	struct source_stamp stamp;
	size_t len;
	uint8_t rec[GHES_PAGE_BLOCK_BYTES];
};

/* The look that is being taken. */
struct shm_looking {
	backend_look_fn fn; /* NULL: none */
	void *arg;
	struct source_stamp stamp;
	int64_t until_boot_ns;
	struct event *timer;
};

/* "No migration is in progress": the question and its last answer. */
struct shm_job {
	bool asking;
	int64_t asked_boot_ns;
	int64_t no_job_boot_ns; /* when the question of that answer was asked; 0: not known */
};

/* shm_notify.c */
struct shm_notice {
	int64_t tried_boot_ns;	    /* the last NMI, or the last time that it was not sent */
	struct source_stamp up;	    /* the operating system was up then */
	struct source_stamp kernel; /* its kernel was seen then, first at that time */
	int64_t kernel_boot_ns;
	unsigned int n_halted; /* at so many looks in succession it was halted */
	bool asking;
	struct source_stamp asked;
	struct event *timer; /* the next look at a kernel that is halted */
};

/* Since when the block is cleared and only read-ack is missing, with the guest running. */
struct shm_unacked {
	int64_t since_boot_ns; /* 0: it is not */
	struct source_stamp stamp;
};

struct shm {
	struct error_source *s; /* NULL: it is gone */
	unsigned int n_asked;	/* answers still to come that know it */
	struct shm_page page;	/* fd -1: not open */
	enum ghes_notify notify;
	struct generation gen;	 /* whose page it is */
	struct opening *opening; /* under way, NULL */
	struct shm_unacked unacked;
	struct shm_sending sending;
	struct shm_looking looking;
	struct shm_job job;
	struct shm_notice notice;
};

/* shm_open.c: probe, meant and prepare of the backend. */
enum backend_meant shm_meant(const struct guest *g);
int shm_probe(const struct guest *g, struct ras_err *err);
void shm_prepare(struct error_source *s);

/*
 * shm_open.c: 0 if no other QEMU has g's UUID, whose page is that of this UUID. RAS_E_NOT_CAPABLE:
 * the other might read and acknowledge g's record.
 */
int shm_check_alone(const struct guest *g, const struct uuid *uuid, struct ras_err *err);

/* shm_ghes.c: the timer of x->looking. */
void shm_on_look(evutil_socket_t fd, short what, void *x);

/* shm_notify.c: the timer of x->notice. */
void shm_on_notice(evutil_socket_t fd, short what, void *x);

/* An answer is to come that knows x; it has come. False: the source is gone, and x perhaps too. */
void shm_hold(struct shm *x);
bool shm_unhold(struct shm *x);

/* A record was published in x's block just now: tell the guest, if that is not its own business. */
void shm_notify(struct shm *x);

/* The record is still not read: tell the guest again, if it was not told for a while. */
void shm_notify_again(struct shm *x);
