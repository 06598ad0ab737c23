// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to daemon/translate. */
#pragma once

#include <stddef.h>

#include "base/backoff.h"
#include "base/notify.h"
#include "guests/guest.h"
#include "translate/translate.h"
#include "translate/lane.h"

/* What is kept for one guest. */
struct place {
	struct place *next;
	struct translator *t;
	char domain[64];
	uint64_t id;
	uint64_t seen;		   /* the round that last met its guest */
	struct xlate_space *space; /* NULL: not known; why says why */
	char why[128];
	/* what space was made of */
	pid_t pid;
	uint64_t start_time;
	struct ram_section ram[HELPER_MAX_SECTIONS];
	size_t n_ram;
	bool asking; /* the helper has not answered yet */
	bool layout_asked, pagemap_asked;
	int64_t refreshed_ns; /* when its layout was last doubted */
};

enum question_kind { Q_HPA, Q_GPA, Q_VERIFY };

struct question {
	struct question *next;
	struct translator *t;
	enum question_kind kind;
	struct hpa hpa;
	struct gpa gpa;
	char domain[64];
	translate_fn fn;
	void *arg;
	struct event *timer;
	int64_t deadline_ns, prepare_until_ns;
	int tries;
	struct xlate_space **space;
	size_t n_spaces;
	struct xlate_index *index;
	struct xlate_job job;
	struct xlate_answer ans;
	struct ras_err err;
	int rc;
};

#define JOB_OF(j) ((struct question *)(void *)((char *)(j)-offsetof(struct question, job)))

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

struct translator {
	struct event_base *base;
	struct guests *guests;
	struct helper_client *helper;
	bool stopping;
	struct place *places;
	uint64_t last_id, round;
	bool spaces_changed; /* since the index was built */
	struct question *questions;
	size_t n_questions;
	struct kpage kpage[XLATE_N_KPAGE];
	struct backoff kpage_backoff;
	struct event *kpage_timer;
	struct notify_sub helper_sub;
	struct xlate_lane *fast, *noted, *search, *builder;
	struct xlate_index *index;
	struct index_job *building;
	struct event *index_timer;
	int64_t index_until_ns;
};

/* translate.c */

/* Bring the places of all guests (or one) up to date; how many are still being asked. */
size_t places_update(struct translator *t, const char *only, bool restart);
/* Go on with a question whose guests are ready; or end it with q->err. */
void question_read(struct question *q);
void question_fail(struct question *q);

/* guard.c: gpa2hva must agree with the layout; question_read() or question_fail() follows. */
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
