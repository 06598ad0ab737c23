// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * THE PATH: record -> backend -> state machine -> journal. The only caller of a backend and
 * of journal_intent().
 */
#pragma once

#include "backend/backend.h"
#include "conf/conf.h"
#include "guests/guests.h"
#include "inject/caller.h"
#include "journal/journal.h"

struct injector;

/* How a record is to be sent. */
struct inject_via {
	const char *backend; /* NULL: the first that can reach the guest */
	bool allow_crash;    /* it may send what makes the guest panic */
	struct hpa hpa;	     /* if has_hpa: by which the page was found; the journal notes it */
	bool has_hpa;
};

/* Who asks. */
struct inject_peer {
	uid_t uid;    /* the person */
	uid_t as_uid; /* the uid that this person used */
	pid_t pid;
	struct caller *caller; /* what may be asked by that person, borrowed; NULL: rasd itself */
};

/*
 * One request, as checked by the RPC layer. Strings are borrowed for the call of injector_create().
 */
struct inject_request {
	const char *domain, *request_id, *tag, *params_digest;
	struct inject_via via;
	struct inject_peer peer;
	struct gpa gpa;
	enum conf_severity severity;
	enum { FRU_OWN, FRU_NONE, FRU_GIVEN } fru;
	struct uuid fru_id;    /* FRU_GIVEN */
	const uint8_t *record; /* a block instead of gpa/severity, or NULL */
	size_t record_len;
	bool typed; /* record was made from sections: their addresses must be RAM, their kind fit */
	bool malformed; /* record may be invalid on purpose, but not harmful */
	bool confirm_fatal;
	bool dry_run; /* all checks, nothing journalled or sent */
	bool wait;    /* answer when the state is final or timeout_ms has passed */
	int64_t timeout_ms;
};

/*
 * Answers that are waited for before a record is sent, while its intent is being stored. It goes
 * with the last reference.
 */
struct inject_hold;

/* One reference; NULL without memory. */
struct inject_hold *inject_hold_new(void);
struct inject_hold *inject_hold_ref(struct inject_hold *h);
void inject_hold_unref(struct inject_hold *h);
/* One more answer is to come ... */
void inject_hold_expect(struct inject_hold *h);
/* ... and here it is. err (NULL: the record may be sent): the injection is refused. */
void inject_hold_answer(struct inject_hold *h, const struct ras_err *err);

/*
 * What is stored together with the injection. It is copied; the injection's id and the times are
 * filled in. Such an injection needs the guest's forward grant, and takes no place of others in the
 * queue.
 */
struct inject_host {
	struct uuid event_id;
	bool has_event, has_forward;
	struct host_event event;     /* decided; not stored yet */
	struct host_forward forward; /* the page must not have been forwarded before */
	struct inject_hold *hold;    /* borrowed for the call; NULL: none */
};

/*
 * row: the injection as it was when this answer was decided; err set only when it was not accepted
 * (nothing was sent). Runs on a later turn of the loop than the call or the event it answers.
 */
typedef void (*inject_done_fn)(void *arg, const struct journal_row *row, const struct ras_err *err);

/*
 * The pieces are borrowed and outlive the injector; free it after the helper client (NULL allowed).
 */
int injector_new(struct injector **out, struct event_base *base, const struct conf *conf,
		 struct guests *guests, struct journal *journal, struct backends *backends,
		 struct ras_err *err);
void injector_free(struct injector *in);

/*
 * Accept a request; done runs exactly once, from the loop. Without wait it runs when the monitor
 * has answered (state written, refused, unknown ...), with wait when final or on timeout (row
 * undecided then). The same request_id again = the stored row. While rasd still finds out which
 * guests there are, a request waits for its guest within its own timeout.
 */
void injector_create(struct injector *in, const struct inject_request *rq, inject_done_fn done,
		     void *arg);

/* The same for a real error of this host; host is copied. */
void injector_forward(struct injector *in, const struct inject_request *rq,
		      const struct inject_host *host, inject_done_fn done, void *arg);

/* The gate. Borrowed. */
struct policy;
struct policy *injector_policy(const struct injector *in);

/*
 * The rules have changed (lever, grants, rasd.conf): what waits in a queue and is not allowed any
 * more is refused now. Returns how many that were.
 */
size_t injector_recheck(struct injector *in);

/* How many injections wait in queues: of persons, and real errors of this host as well. */
size_t injector_waiting(const struct injector *in, bool host_events_too);

/* Injections of persons that are not decided yet. */
size_t injector_open(const struct injector *in);

/* Find out whether g can take a record now, as injector_create() would; fn as for guest_know(). */
void injector_prepare(struct injector *in, struct guest *g, guest_know_fn fn, void *arg);

/* A record for g is likely to follow at once: its backends ask what they must know by then. */
void injector_foretell(struct injector *in, struct guest *g);

/* A row as it is now, in memory before the journal. RAS_E_NOT_FOUND. */
int injector_get(struct injector *in, const struct uuid *id, struct journal_row *out,
		 struct ras_err *err);

/* The stored row of a request_id, for a caller who is about to ask again. RAS_E_NOT_FOUND. */
int injector_find_request(struct injector *in, uid_t uid, const char *request_id,
			  struct journal_row *out, struct ras_err *err);
