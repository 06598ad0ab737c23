// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to daemon/translate. */
#pragma once

#include <stddef.h>
#include <sys/queue.h>

#include "base/backoff.h"
#include "base/notify.h"
#include "guests/guest.h"
#include "translate/translate.h"
#include "translate/worker.h"

enum place_state {
	PLACE_IDLE,    /* its space is what is known of the guest, or why says why there is none */
	PLACE_KNOWING, /* guest_know() has not called back yet */
	PLACE_ASKING   /* rasd-pagemap has been asked for the pagemap */
};

/* What is kept for one guest: hangs off struct guest. */
struct place {
	LIST_ENTRY(place) all, same_hash;
	struct translator *t;
	struct guest *g; /* NULL: it is gone, and the place goes when guest_know() calls back */
	uint64_t id;
	enum place_state state;
	struct xlate_space *space; /* NULL: not known; why says why */
	char why[128];
	/* what space was made of */
	pid_t pid;
	uint64_t start_time;
	struct ram_section ram[HELPER_MAX_SECTIONS];
	size_t n_ram;
	int64_t refreshed_ns; /* when its layout was last doubted */
};

LIST_HEAD(place_list, place);
#define PLACE_HASH 512 /* of up to GUEST_MAX places: eight in a list */

/* places.c */
struct places {
	struct place_list all, by_id[PLACE_HASH];
	uint64_t last_id;
	size_t n_busy;	     /* places that are not idle */
	bool spaces_changed; /* since the index was built */
	/* The walk over all guests: some of them on each turn of the loop. */
	uint64_t round; /* of the walk that is going on, or was the last */
	bool walking, again;
	char walked_to[64];
	struct event *walk, *look;
	struct notify_sub guests_sub;
};

enum question_kind { Q_HPA, Q_GPA, Q_VERIFY, Q_RANGE };

struct range_asked;

enum question_state {
	Q_HELPER,    /* what the workers need has not come from rasd-pagemap yet */
	Q_PREPARING, /* the guests are not ready yet */
	Q_READING    /* QEMU, a worker or nobody has it */
};

/* What is asked, and by whom. */
struct asked {
	enum question_kind kind;
	enum translate_for who;
	enum verify_what verify; /* Q_VERIFY */
	struct hpa hpa;
	struct gpa gpa;
	char domain[64];
	struct range_asked *range; /* owners.c's */
	translate_fn fn;
	void *arg;
};

struct question {
	struct question *next;
	struct translator *t;
	struct asked what;
	enum question_state state;
	struct event *timer; /* ends the state that it is in */
	int64_t asked_ns, deadline_ns;
	uint64_t round; /* the walk that it waits for */
	int tries;
	struct xlate_space **space;
	size_t n_spaces;
	struct xlate_index *index;
	struct xlate_job job;
	struct xlate_answer ans;
	struct ras_err err;
	int rc;
};

#define QUESTION_OF(j) ((struct question *)(void *)((char *)(j)-offsetof(struct question, job)))

/* One descriptor that tells about host pages; see kpage.c. */
enum kpage_state {
	KPAGE_WANTED, /* to be asked for, at once or when the timer says so */
	KPAGE_ASKED,
	KPAGE_HELD,
	KPAGE_REFUSED /* this helper said why it cannot; another may */
};

struct kpage {
	struct translator *t;
	enum helper_kpage which;
	enum kpage_state state;
	int fd;	       /* -1 unless held */
	char why[160]; /* why it is not held; empty where nobody has said */
};

struct workers {
	struct xlate_worker *page, *note, *search, *index, *range;
};

/* index.c: the index of huge pages. */
enum index_state { INDEX_IDLE, INDEX_PREPARING, INDEX_BUILDING };

struct index_keeper {
	struct xlate_index *index; /* NULL: none yet */
	enum index_state state;
	struct event *timer;
	int64_t until_ns; /* INDEX_PREPARING: guests that are not ready then are left out */
	uint64_t round;
};

struct translator {
	struct event_base *base;
	struct guests *guests;
	struct helper_client *helper;
	bool stopping;
	struct places places;
	struct question *questions;
	size_t n_questions[2]; /* by enum translate_for */
	struct translate_stat stat;
	struct kpage kpage[XLATE_N_KPAGE];
	struct backoff kpage_backoff;
	struct event *kpage_timer;
	struct notify_sub helper_sub;
	struct workers workers;
	struct index_keeper keeper;
};

/* places.c: before the first question; and after the last. RAS_E_NOMEM. */
int places_init(struct translator *t, struct ras_err *err);
void places_fini(struct translator *t);
/* The guest's place, made where there is none; NULL without memory. */
struct place *place_of(struct translator *t, struct guest *g);
/* NULL: no place has that id. */
struct place *place_by_id(const struct translator *t, uint64_t id);
/* Is its space what is known of the guest now? */
bool place_current(const struct place *p);
/* Why its memory is not known; never empty (borrowed). */
const char *place_why(const struct place *p);
/* Bring it up to date: it is idle then, or at some later time, and translator_look() follows. */
void place_begin(struct place *p);
/* Bring all up to date; the round that tells when each has been begun. */
uint64_t places_begin(struct translator *t);
/* All places were begun in that round, and are idle. */
bool places_ready(const struct translator *t, uint64_t round);

/* question.c */

/* Something that a question or the index may wait for has changed: look on the next turn. */
void translator_look(struct translator *t);
void questions_look(struct translator *t);
/* Go on with a question whose guests are ready; or end it with q->err. */
void question_read(struct question *q);
/* QEMU has said what the layout says. */
void question_guarded(struct question *q);
void question_fail(struct question *q);

/* End it; err may be NULL. */
void question_end(struct question *q, const struct ras_err *err);
/* Ask; what->fn runs exactly once. */
void question_ask(struct translator *t, const struct asked *what, int64_t timeout_ms);

/* owners.c: a Q_RANGE whose guests are ready. */
void range_start(struct question *q);

/* guard.c: gpa2hva must agree with the layout; question_guarded() or question_fail() follows. */
void guard_start(struct question *q);

/* kpage.c */

/* Ask for the descriptors; and close them, after the threads have ended. RAS_E_NOMEM. */
int kpage_init(struct translator *t, struct ras_err *err);
void kpage_fini(struct translator *t);
/* True while the helper owes an answer about one of them. */
bool kpage_asking(const struct translator *t);
/* True where nothing can be translated yet and a helper is there that may still answer. */
bool kpage_coming(const struct translator *t);
/* RAS_E_HELPER where kpageflags is not there (yet), or the threads could not be started. */
int kpage_ready(struct translator *t, struct ras_err *err);

/* index.c */

/* See to it that the index is rebuilt soon if the guests have changed. */
void index_schedule(struct translator *t);
/* It may wait for guests or descriptors. */
void index_look(struct translator *t);
