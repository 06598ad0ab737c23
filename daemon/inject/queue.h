// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to inject/: one injection in memory and the lane (queue) of one guest. */
#pragma once

#include "backend/backend.h"
#include "guests/guest.h"
#include "inject/inject.h"

#define LANE_MAX 32 /* undecided injections a guest; more are answered "busy" */

/* What the block says about a record. */
struct slot_view {
	bool ours;	  /* bytes 4..end equal ours */
	bool status_zero; /* block_status == 0 */
	bool acked;	  /* read-ack bit is set */
	bool blank;	  /* the whole block is zero: firmware has made it anew */
};

struct waiter {
	struct waiter *next;
	struct injection *inj;
	bool until_final;
	struct event *timer; /* ends the wait, NULL where none */
	inject_done_fn done;
	void *arg;
};

enum step {
	STEP_SETTLE,  /* left undecided by an earlier life or a lost reply: fence, then read back */
	STEP_COMMIT,  /* the intent is on its way to the disk */
	STEP_QUEUED,  /* durable, waits for its turn */
	STEP_BARRIER, /* its turn, but what must be stored of the one before is not yet */
	STEP_PREPARE, /* its turn, and the monitor is back: guest looked at anew */
	STEP_SENDING, /* the monitor has it */
	STEP_BACKOFF, /* proved not written: the guest has not acknowledged, try again later */
	STEP_WATCH,   /* written: the slot is watched */
	STEP_DONE
};

struct injection {
	struct injector *in;
	struct lane *lane;
	struct injection *next; /* in the lane's order */
	struct injection *all_next;
	const struct backend *backend;
	struct journal_row row;
	enum step step;
	int64_t deadline_boot_ns; /* for getting sent; after it an unsent one is refused */
	int64_t sent_boot_ns;
	struct event *timer;
	int delay_us;
	bool settled;		 /* the time of its send is not known */
	bool own_id;		 /* its bytes have its own id: no other record is like it */
	bool twin;		 /* the slot held these very bytes before: read-back cannot tell */
	bool reading;		 /* a read-back is under way ... */
	bool stale;		 /* ... that was asked for before the guest ended */
	bool seen;		 /* our bytes were in the slot ... */
	bool unread;		 /* ... and unread */
	bool unread_asleep;	 /* last look: ours, unread, and the guest did not run ... */
	uint64_t asleep_resumes; /* ... and has not since if it has resumed no more often */
	bool consumed_seen; /* our bytes, status 0, read-ack clear: consumed if the guest ends now */
	enum guest_event end; /* the event that asked for a last look */
	bool ending;
	char moved_how[48]; /* GUEST_MOVED: migrated, saved ... */
	struct waiter *waiters;
	struct journal_row *before; /* the row whose bytes are looked for instead, or NULL */
};

struct lane {
	struct lane *next;
	struct injector *in;
	char domain[64];
	struct injection *first; /* first = the one whose turn it is */
	size_t n;
	uint64_t last_change,
		required; /* the latest change of state; the latest that was no acknowledgement */
	int64_t alive_boot_ns; /* when its QEMU last gave a sign of life */
	bool settling;	       /* several are being decided at once */
	unsigned int
		fenced; /* monitors that have answered anew since the loss, a bit each (settle.c) */
	bool detour;	/* its guest may be reached by the fence's monitor still ... */
	bool ending;	/* ... and is about to go back (settle_end()) */
	bool unfenced;	/* one of them is gone: that a record is not in the slot proves nothing */
	int64_t typical_ack_ns; /* moving average of send to acknowledgement, 0 = not known */
	/*
	 * The generation that has acknowledged last, and how long it is left alone since (send.c).
	 */
	pid_t acked_pid;
	uint64_t acked_start_time, acked_reset_count;
	int64_t hold_until_boot_ns;
};

struct injector {
	struct event_base *base;
	const struct conf *conf;
	struct guests *guests;
	struct notify_sub guest_sub;
	struct journal *journal;
	struct backends *backends;
	struct lane *lanes;
};

/* inject.c: record the state, tell who waits, and when final start the next of the lane. */
void inj_decide(struct injection *i, enum inj_state state, const char *detail);

/* inject.c: the proof was seen just now: decide so, and learn how fast this guest is. */
void inj_acknowledged(struct injection *i);

/* inject.c: answer who waits (err: was never accepted), leave lane and memory, run the lane on. */
void inj_forget(struct injection *i, const struct ras_err *err);

/* send.c: start the first injection of the lane if it is its turn. */
void lane_run(struct lane *l);

/* send.c: the injection has just been acknowledged. */
void lane_note_ack(struct lane *l, const struct injection *i);

/* watch.c: begin to look at the slot; watch_end() takes a last look for an event. */
void watch_start(struct injection *i);
void watch_end(struct injection *i, enum guest_event ev);

/* watch.c: not read yet; remember whether the guest, as it is now, could read it from here on. */
void watch_note_unread(struct injection *i);

/* watch.c: what a look says about i's record. */
struct slot_view inj_view(const struct injection *i, const struct error_source *s,
			  const struct source_look *look);
/* watch.c: the error source of i's guest; NULL while there is no such guest. */
struct error_source *inj_source(const struct injection *i);
/* watch.c: where i's record was sent. */
struct source_at inj_at(const struct injection *i);

/* Arm the injection's one timer. */
void inj_timer(struct injection *i, int64_t us);
void watch_tick(struct injection *i);
void send_tick(struct injection *i);

/* watch.c: its QEMU has just given a sign of life. */
void inj_saw_life(struct injection *i);

/* watch.c: true without asking the kernel, if there was a sign of life within 50 ms. */
bool inj_seems_alive(const struct injection *i);

/* watch.c: false once the process of the row has ended. */
bool inj_process_alive(const struct injection *i);

/* inject.c: an injection in memory at the end of its guest's lane; NULL without memory. */
struct injection *inj_new(struct injector *in, const struct journal_row *row);

/* settle.c: begin with what an earlier life left in a lane. */
void settle_begin(struct lane *l);
/* settle.c: take the first of a lane on, if it is one to settle and its guest's monitor is up. */
void settle_run(struct lane *l);
void settle_tick(struct injection *i);
/* settle.c: the lane is empty, its guest goes back to the way that it is reached by otherwise. */
void settle_end(struct lane *l);
/* settle.c: a reply was lost: drop the monitor connection, and settle behind the fence. */
void settle_lost_reply(struct injection *i, const char *why);
