// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Private to inject/: one injection in memory, and the queue of one error source.
 *
 * A queue belongs to an error source, not to a guest: two sources of a guest have a block each, so
 * a record in one says nothing about the other. Its key (domain, backend, source id) outlives
 * resets and lost monitors, which error sources do not.
 *
 * Who calls whom, in one direction only:
 *
 *   create, inject  ->  step  ->  send, settle, look  ->  verdict, pace, share, queue
 *
 * step.c alone changes an injection's step or state. The others return a struct outcome (or a
 * struct settlement); where the answer comes later they hand it over by injector.outcome_fn.
 */
#pragma once

#include "backend/backend.h"
#include "guests/guest.h"
#include "inject/inject.h"
#include "inject/verdict.h"

struct queue;

enum step {
	STEP_SETTLE,  /* left undecided by an earlier life or a lost reply: fence, then read back */
	STEP_COMMIT,  /* the intent is on its way to the disk */
	STEP_QUEUED,  /* durable, waits until it is first, or for the monitor */
	STEP_HELD,    /* first and durable, waits for who verifies its page */
	STEP_BARRIER, /* waits until the previous outcome is durable */
	STEP_PREPARE, /* the guest is looked at again before the send */
	STEP_SENDING, /* the backend has it */
	STEP_BACKOFF, /* proved not written: tried again later */
	STEP_WATCH,   /* written: the block is watched */
	STEP_DONE     /* decided; a look is still to come back */
};

/* What sending needs. */
struct inj_send {
	int64_t deadline_boot_ns; /* an injection that is not sent by then is refused */
	int64_t sent_boot_ns;
	uint64_t n_links; /* the guest's monitor connections by then */
	bool time_known;  /* sent_boot_ns is the time of its send (not of an earlier life's) */
	bool own_id;	  /* its bytes have its own id: no other record has the same */
	bool may_have;	  /* the block may have held these very bytes before */
	struct inject_hold *hold; /* NULL: none */
	struct caller *caller;	  /* one reference; NULL: rasd itself */
};

enum look_state {
	LOOK_IDLE,
	LOOK_READING,  /* a read of the block is under way */
	LOOK_STALE,    /* the same, and the guest has ended since it was asked for */
	LOOK_SEARCHING /* the source is looked for again */
};

/* Since when our record is cleared or wiped and only read-ack is missing. */
struct inj_unacked {
	int64_t since_boot_ns; /* 0: it is not */
	int64_t asked_boot_ns; /* when the monitor was asked for a sign of life */
	struct source_stamp stamp;
};

enum confirm_state { CONFIRM_NONE, CONFIRM_ASKED, CONFIRM_ANSWERED };

/* What was seen of a written record. */
struct inj_watch {
	enum look_state look;
	enum block_best best;
	enum guest_ran ran; /* as of the last look, while n_resumes is this */
	uint64_t ran_resumes;
	struct source_stamp asked;  /* the guest's counters when the look was asked for */
	struct source_stamp seen;   /* ... when our bytes were seen last */
	enum confirm_state confirm; /* the monitor's answer that makes it sure */
	struct inj_unacked unacked;
	enum guest_end end;
	char moved_how[48]; /* END_MOVED: "migrated to another host" ... */
};

struct waiter {
	struct waiter *next;
	struct injection *inj;
	bool until_final;
	struct event *timer; /* ends the wait */
	inject_done_fn done;
	void *arg;
};

struct injection {
	struct injector *in;
	struct queue *queue;
	struct injection *next; /* in the queue's order */
	struct journal_row row;
	enum step step;
	struct event *timer; /* the one timer; what it means depends on step */
	int64_t delay_us;    /* of the last wait */
	struct inj_send send;
	struct inj_watch watch;
	struct waiter *waiters;
};

/* How fast the guest is, and what it has shown. */
struct queue_pace {
	int64_t typical_ack_ns;	    /* moving average of send to acknowledgement, 0: not known */
	int64_t alive_boot_ns;	    /* the last sign of life of its QEMU */
	struct generation acked;    /* the generation that acknowledged last ... */
	uint64_t up_links;	    /* its OS was seen up on that monitor connection, 0: not */
	int64_t hold_until_boot_ns; /* ... and until when it is left alone (BOOT_HOLD_NS) */
};

/* Transitions of this queue in the journal. */
struct queue_stored {
	uint64_t last;	   /* the latest */
	uint64_t required; /* the latest that was neither "written" nor an acknowledgement */
};

/* What is known of the fence behind records that may have been sent (settle.c). */
struct queue_fence {
	unsigned int answered; /* monitors that have answered since, a bit each */
	enum fence fence;
	bool away; /* the guest is reached by the fence's monitor, not by its preferred one */
	struct event *back_ev; /* the queue was empty: back to the preferred one; NULL until then */
};

#define SHARE_TURNS 32

/* share.c: the round of places that is going on, and who had a turn in it. */
struct queue_share {
	int64_t place; /* of the injection that was worked on last */
	struct share_turn {
		uid_t uid;
		int64_t place;
	} turn[SHARE_TURNS];
	size_t n_turns;
};

/* Whether step_run() is at work on a queue further up the stack. */
enum stepping { STEPPING_NOT, STEPPING, STEPPING_AGAIN /* and something has changed since */ };

struct queue {
	struct queue *next;
	struct injector *in; /* NULL: the injector is gone, the last answer frees the queue */
	char domain[64], backend_name[16];
	const struct backend *backend; /* NULL: this rasd has none of that name */
	uint32_t source_id;
	struct injection *first; /* the one that is worked on */
	size_t n;
	unsigned int n_asked; /* answers still to come that know this queue */
	enum stepping stepping;
	struct queue_stored stored;
	struct queue_fence fence;
	struct queue_pace pace;
	struct queue_share share;
};

/* What a part of the path has found out about an injection; step.c acts on it. */
enum outcome_what {
	OUT_PENDING,	/* nothing yet: the answer comes by outcome_fn, or an event of the guest */
	OUT_AGAIN,	/* call again after delay_us */
	OUT_STATE,	/* its state is known */
	OUT_RETRY,	/* it is proved not written: send it again after delay_us */
	OUT_LOST_REPLY, /* it may have been sent: settle it */
	OUT_SEND,	/* the guest is known again: send it now */
	OUT_OPEN	/* what its hold waited for has come: go on with it */
};

struct outcome {
	enum outcome_what what;
	int64_t delay_us;
	enum inj_state state;
	enum record_read read;
	char text[160];
};

/* What settling has found out about a queue. */
enum settlement_what {
	SETTLED_PENDING,
	SETTLED_LATER,	 /* call again after a while: text says why */
	SETTLED_FIRST,	 /* the state of the first is known */
	SETTLED_INTENTS, /* so is that of all intents from the first on, the same */
	SETTLED_AT	 /* the block holds the record of at */
};

struct settlement {
	enum settlement_what what;
	enum inj_state state;
	struct injection *at;
	enum inj_state behind; /* SETTLED_AT: of what is behind it ... */
	enum verdict_text behind_text;
	char text[160];
};

struct answer;
struct creation;
struct bad_pages_asked;

struct injector {
	struct event_base *base;
	const struct conf *conf;
	struct guests *guests;
	struct notify_sub guest_sub;
	struct journal *journal;
	struct backends *backends;
	struct queue *queues;
	struct creation *creations; /* requests that are not accepted yet */
	struct answer *answers, **answers_tail;
	struct event *answer_ev;
	struct policy *policy;
	size_t n_open;			   /* injections of persons in the queues */
	struct bad_pages_asked *bad_pages; /* questions under way, bad_pages.c */
	/* step.c: what became of something that was OUT_PENDING or SETTLED_PENDING. */
	void (*outcome_fn)(struct injection *i, const struct outcome *o);
	void (*settled_fn)(struct queue *q, const struct settlement *s);
};

/* --- queue.c --- */

/* The queue of that source; made where there is none, NULL without memory. */
struct queue *queue_of(struct injector *in, const char *domain, const char *backend,
		       uint32_t source_id);
/* Its events end now; the loop may not live as long as the answers that know the queue. */
void queue_free_events(struct queue *q);
/* Free it if it is empty, nobody knows it, and its guest is gone (or in is NULL). */
void queue_release(struct queue *q);
/* An answer that knows q is to come; it has come: false if q is gone with it. */
void queue_hold(struct queue *q);
bool queue_unhold(struct queue *q);

/* An injection in memory, at its place in the queue; NULL without memory. timer_fn gets it. */
struct injection *inj_new(struct queue *q, const struct journal_row *row,
			  event_callback_fn timer_fn);
/* Out of its queue and out of memory. */
void inj_free(struct injection *i);
/* Arm the injection's one timer. */
void inj_timer(struct injection *i, int64_t us);

/* The guest; NULL while there is none of that name. */
struct guest *queue_guest(const struct queue *q);
/* The error source of that guest; NULL while there is no guest or no such backend. */
struct error_source *queue_source(const struct queue *q);
/*
 * Who g said to be, for a row; 0 if g says to be the one that the row's injection was accepted for,
 * as far as the row says, else RAS_E_OTHER_GUEST.
 */
void inj_note_guest(struct journal_row *row, const struct guest *g);
int inj_check_guest(const struct injection *i, const struct guest *g, struct ras_err *err);
/* Where i's record was sent. */
struct source_at inj_at(const struct injection *i);

/* --- pace.c --- */

/* Its QEMU has just given a sign of life. */
void pace_alive(struct queue *q);
/* False once the process of the row has ended. */
bool inj_process_alive(const struct injection *i);
/* The same, without asking the kernel where there was a sign of life a moment ago. */
bool inj_seems_alive(const struct injection *i);
/* i was acknowledged just now: learn from it, set its ack_ns. */
void pace_acked(struct injection *i);
/* How long its guest is to be left alone before it gets a record; 0: not at all. */
int64_t pace_hold_ns(const struct injection *i);
/* The first delay after "does not acknowledge". */
int64_t pace_first_retry_us(const struct queue *q);
/* When i will be sent, at the earliest: half of what is usual, for safety. */
int64_t pace_turn_ns(const struct injection *i);
/* When this guest has usually acknowledged, after the send; 0: not known, or too late to wait. */
int64_t pace_usual_ns(const struct injection *i);

/* --- hold.c --- */

enum hold_state { HOLD_OPEN, HOLD_WAITS, HOLD_FORBIDS };

/* May i be sent? HOLD_WAITS: OUT_OPEN follows. HOLD_FORBIDS: err says why. h NULL: open. */
enum hold_state hold_look(struct inject_hold *h, struct injection *i, struct ras_err *err);
/* The injection is gone. */
void hold_leave(struct inject_hold *h);

/* --- share.c --- */

/* A new queue. */
void share_init(struct queue *q);
/* i is the first of its queue now, or was until now. */
void share_worked_on(const struct injection *i);
/* The place of the person's next injection; the row stores it. */
int64_t share_place(struct queue *q, uid_t uid);
/* row, which is newer, is to be sent behind other. */
bool share_is_behind(const struct journal_row *row, const struct journal_row *other);
/* 0 if the person may have one more injection in the queue, else RAS_E_BUSY. */
int share_room(const struct queue *q, uid_t uid, struct ras_err *err);

/* --- answer.c --- */

/* Call done on the next turn of the loop; row (NULL) and err (NULL) are copied. */
void answer_later(struct injector *in, inject_done_fn done, void *arg,
		  const struct journal_row *row, const struct ras_err *err);
/* done waits for i: until its state is final, or until timeout_ms or the first news have come. */
void answer_wait(struct injection *i, bool until_final, int64_t timeout_ms, inject_done_fn done,
		 void *arg);
/* Who waits for i is answered; only those who want any news, or all. */
void answer_waiters(struct injection *i, bool all, const struct ras_err *err);
/* All answers that are due are given now; the injector goes. */
void answers_flush(struct injector *in);
int answers_init(struct injector *in, struct ras_err *err);

/* --- bad_pages.c --- */

/* The guest is connected: its list of bad pages may belong to an earlier QEMU of that name. */
void bad_pages_guest_up(struct injector *in, struct guest *g);
/* Answers that are to come find no injector. */
void bad_pages_end(struct injector *in);

/* --- send.c --- */

/* Check everything once more and give the first of a queue to its backend. */
struct outcome send_start(struct injection *i);
/* May it still be sent? Also of a guest that is away (g NULL). */
int send_allowed(const struct injection *i, const struct guest *g, struct ras_err *err);
/* Its time in the queue is over, or its retry is due. */
struct outcome send_tick(struct injection *i);

/* --- look.c --- */

/* i was written just now (or found in the block). */
struct outcome look_begin(struct injection *i);
struct outcome look_tick(struct injection *i);
/* Something happened to its guest. */
struct outcome look_event(struct injection *i, enum guest_event ev);
/* i is sent now: note whether the guest runs. */
void look_note_send(struct injection *i);

/* --- settle.c --- */

/* Take on what is undecided in a queue: fence, source, block. */
struct settlement settle_start(struct queue *q);
/* A reply was lost: the fence is needed again. Drops the monitor's connection. */
void settle_lost_reply(struct injection *i);
/* The queue is empty: its guest goes back to the monitor that is preferred. */
void settle_end(struct queue *q);

/* --- step.c --- */

/* Go on with a queue, as far as it goes. */
void step_run(struct queue *q);
/* i was added and its intent is being stored; done: it is durable (or err). */
void step_intent(struct injection *i, const struct ras_err *err);
/* A guest has changed. */
void step_guest(struct injector *in, struct guest *g, enum guest_event ev);
/* The timer of an injection. */
void step_timer(evutil_socket_t fd, short what, void *injection);
/* What an earlier life left in a queue. */
void step_settle_first(struct queue *q);
void step_init(struct injector *in);
/* The rules have changed: what waits and is not allowed any more is refused. How many that were. */
size_t step_recheck(struct injector *in);
/* It waits in its queue, and no answer that knows it is to come. */
bool step_waits(const struct injection *i);

/* --- create.c --- */

/* The injector goes: requests that wait for their guest find nobody. */
void creations_free(struct injector *in);
