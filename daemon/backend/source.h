// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An error source of a guest: where records go in, and what was seen there last.
 *
 * What is known of a source holds for one generation of its guest only, and guests are reset,
 * paused, restored and lost sight of at any moment. So each finding carries a stamp: the guest's
 * counters at the moment when the search for it began. The finding counts while the guest's
 * counters are still those. Nobody has to hear an event in time for it to become void, and a search
 * during which anything happened has a stale stamp when it ends: it is thrown away and made again.
 * Without the stamp a search that overlaps a resume would be believed, though the guest's memory
 * may have been replaced by a snapshot's in between.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"

struct asked;
struct backend;
struct backends;
struct error_source;
struct guest;
struct look;
struct road;
struct search;
struct shm;

/* One life of a guest: its process, and the RESETs of that process. */
struct generation {
	pid_t pid;
	uint64_t start_time; /* clock ticks, field 22 of /proc/PID/stat */
	uint64_t reset_count;
};

#define SOURCE_ANY UINT32_MAX

/*
 * A guest that cleared a record and has not set read-ack after it ran for so long will not set it
 * for that record any more. Linux and FreeBSD do both in one function (2 ms at most were measured);
 * a guest that polls does it at its next poll, which our HEST puts at one second. Ten of these.
 */
#define SOURCE_ACK_LONG_NS INT64_C(10000000000)

/* The source that a record was sent to. */
struct source_at {
	struct generation gen;
	uint32_t id;
};

/* What must not change between the beginning of a search and the use of what it found. */
struct source_stamp {
	struct generation gen;
	uint64_t n_resumes, n_stops; /* its memory may be replaced while it stands still */
	uint64_t n_memories;	     /* its memory came from elsewhere */
	uint64_t n_links;   /* monitor connections: a RESET in between may have been missed */
	uint64_t n_helpers; /* rasd-pagemap knows only what it has found itself */
};

enum source_state {
	SOURCE_UNKNOWN,	  /* not looked for yet, or not there; why says more */
	SOURCE_SEARCHING, /* a search is under way */
	SOURCE_FOUND	  /* place is right while the stamp is */
};

/* Where it is in the guest's memory. */
struct source_place {
	uint64_t table_gpa; /* of the HEST */
	uint64_t block_gpa;
	uint64_t read_ack_gpa;
	bool has_read_ack;
	uint32_t n_ignored; /* tables passed over */
	uint32_t n_rivals;  /* of these: valid ones that say something else */
};

/* The status block as it was read last; len_bytes 0: not known. */
struct source_last {
	struct source_stamp stamp;
	uint8_t *bytes;
	size_t len_bytes, room_bytes;
};

/* Since when a generation has been looked at in vain. */
struct source_missing {
	struct generation gen;
	int64_t since_boot_ns;
};

/* Why it was not found when it was looked for last. */
struct source_why {
	enum ras_code code;	   /* RAS_OK: it was found, or was not looked for */
	struct source_stamp stamp; /* what has happened since makes it void */
	int64_t boot_ns;
	char text[200], hint[200]; /* "" with RAS_OK */
};

/* fn: 0 and the source, or why the guest cannot take a record by that backend now. */
typedef void (*source_fn)(void *arg, struct guest *g, struct error_source *s,
			  const struct ras_err *err);

struct source_waiter {
	struct source_waiter *next;
	source_fn fn;
	void *arg;
};

/* Questions to the backend, NULL: answered. */
struct source_asked {
	struct asked *submitting, *looking;
};

struct error_source {
	struct error_source *next; /* of the same guest */
	struct backends *backends;
	struct guest *guest;
	const struct backend *backend;
	uint32_t id;
	enum source_state state;
	struct source_stamp stamp;
	struct source_place place;
	struct source_last last;
	struct source_missing missing;
	struct search *search; /* while SOURCE_SEARCHING */
	struct look *looks;    /* reads of the block that have not come back */
	struct shm *shm;       /* shm_ghes.c: the page, NULL: not that backend */
	struct road *road;     /* road.c, NULL: not such a backend */
	struct source_asked asked;
	struct source_waiter *waiters;
	uint64_t stops_at_send; /* guest's n_stops when the last record was sent */
	struct source_why why;
	char look_why[160]; /* the last read of the block failed: why; else empty */
};

/* Whether they are the same life of the same guest. */
bool generation_equal(const struct generation *a, const struct generation *b);

/* The generation of g now; pid -1 while that is not known. */
struct generation generation_of(const struct guest *g);

/* The counters of the source's guest, as they are now. */
struct source_stamp source_stamp_now(const struct error_source *s);

/*
 * True if nothing is known to have happened to the guest since the stamp was made: no reset, stop
 * or resume, and its monitor was there throughout.
 */
bool source_unbroken(const struct error_source *s, const struct source_stamp *since);

/* True while the place is known, and nothing has happened since that could make it wrong. */
bool source_found(const struct error_source *s);

/*
 * The source of guest g by backend b; made where there is none. id says which one if b has several
 * (SOURCE_ANY: the first); of other backends the search says the id. NULL without memory.
 */
struct error_source *source_of(struct backends *bs, struct guest *g, const struct backend *b,
			       uint32_t id);
/* The same where there is one already, else NULL. */
struct error_source *source_known(const struct guest *g, const struct backend *b, uint32_t id);

/* Remember what the block holds, unless the finding it was read by is void by now. */
void source_seen(struct error_source *s, const uint8_t *block, size_t len);
/* The block is not known any more. */
void source_unseen(struct error_source *s);

/* True if the block as seen last holds these bytes. The first four are the guest's to clear. */
bool source_holds(const struct error_source *s, const uint8_t *rec, size_t len);
/* True if the block may hold these bytes, as far as known. */
bool source_may_hold(const struct error_source *s, const uint8_t *rec, size_t len);

/* True if the guest stood still since the last record was sent: its memory may be another's. */
bool source_may_be_exchanged(const struct error_source *s);

/* It was looked for and is not found, for that reason. */
void source_note_why(struct error_source *s, const struct ras_err *err);

/* All waiters of s are told, and s has none. err NULL: it is found. */
void source_finish(struct error_source *s, const struct ras_err *err);

/* Free all sources of a guest that is about to be freed; who waits is told. */
void sources_free(struct guest *g);
