// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A backend is a road into guests: how a record gets into an error source, and by what it is proved
 * what became of it. One file each, exporting a const struct backend. Nobody calls its functions
 * but backend.c, which checks that they keep what is said here.
 */
#pragma once

#include <event2/event.h>

#include "backend/source.h"
#include "guests/facts.h"
#include "guests/guests.h"
#include "pagemap/client.h"

enum submit_outcome {
	SUBMIT_OK,	 /* the backend says that the record is in the status block */
	SUBMIT_BUSY,	 /* not written: the guest has not acknowledged the record before */
	SUBMIT_NOT_SENT, /* not written: the monitor cannot be reached for now */
	SUBMIT_REFUSED,	 /* not written, and trying again will not help */
	SUBMIT_UNKNOWN	 /* sent, and nobody knows what became of it */
};

/* err says why; NULL with SUBMIT_OK only. */
typedef void (*backend_submit_fn)(void *arg, enum submit_outcome o, const struct ras_err *err);

/* What a backend without a block says of the record that was sent last. */
enum source_told {
	TOLD_NOTHING,
	TOLD_RAISED,  /* QEMU has raised it, and more will not be known */
	TOLD_PENDING, /* it is in the device's registers, and the guest has not cleared it */
	TOLD_ACKED    /* it was, and the guest has cleared it */
};

/* What was read of an error source, at one moment. */
struct source_look {
	const uint8_t *block; /* len_bytes, borrowed for the call; 0 where the source has none */
	size_t len_bytes;
	bool read_ack;	  /* the read-ack bit is set */
	bool unpublished; /* what lies in the block was never shown to the guest (shm_page.c) */
	enum source_told told;
};

/* err NULL: look is valid. */
typedef void (*backend_look_fn)(void *arg, const struct source_look *look,
				const struct ras_err *err);

/* What proves that a record arrived. */
enum backend_proof {
	PROOF_READ_ACK, /* the guest's OS clears the block and sets read-ack */
	PROOF_EVENT,	/* QEMU sends an event when it has raised it; nobody acknowledges */
	PROOF_REGISTERS /* a device's registers show it, until the guest's driver clears them */
};

struct backend_traits {
	enum backend_proof proof;
	bool keeps_block_over_reset; /* a record survives a RESET, and is reported afterwards */
	bool fence; /* records travel by the monitor: a lost reply needs its fence */
};

/* Whether somebody wants this backend for a guest. */
enum backend_meant {
	MEANT_NO,
	MEANT_POSSIBLE, /* nobody has set it up; where no backend can serve, its reason is told */
	MEANT_SET_UP	/* somebody has: while it cannot serve, no later one takes its place */
};

struct backend {
	const char *name;   /* in the journal, so never changed */
	const char *limits; /* what it can not do, for people; NULL: it takes all records */
	/*
	 * It takes errors of single devices: it is chosen by name only, and its sources (one a
	 * device) are looked for when a record comes.
	 */
	bool per_device;
	const char *const *device_types; /* then: their QOM types, NULL at the end; else NULL */
	/* Errors that one record may report; 0: as many as it has room for. */
	unsigned int errors_max;
	unsigned int cper_profile; /* CPER_* profiles that a record must pass */
	struct backend_traits traits;
	/* What probe needs to know of a machine: guests/ asks it of each, guests/facts.h. */
	const struct guest_question *questions;
	size_t n_questions;
	/*
	 * 0 if this guest, whose monitor was asked, can take records by this backend as far as the
	 * answers tell; else why not and how to mend it. By evidence, not by architecture.
	 */
	int (*probe)(const struct guest *g, struct ras_err *err);
	/* NULL: MEANT_NO. */
	enum backend_meant (*meant)(const struct guest *g);
	/*
	 * 0 if it can send this record, which has passed the profile. RAS_E_NOT_CAPABLE: which ones
	 * it can, and how to send the others; RAS_E_NOT_RAM; RAS_E_BUSY: not now. s NULL: its
	 * source was not looked for yet, and what follows from that is not asked. NULL: every
	 * record.
	 */
	int (*fits)(const struct guest *g, const struct error_source *s, const uint8_t *rec,
		    size_t len, bool allow_crash, struct ras_err *err);
	/*
	 * Which of the guest's sources a record goes into, by its bytes. NULL: there is one, and
	 * prepare finds it.
	 */
	uint32_t (*choose)(const uint8_t *rec, size_t len);
	/*
	 * Look for the source in the guest, which is known (guest_know()). Ends with
	 * source_finish() from the loop or at once; on success the place and stamp of s are set.
	 */
	void (*prepare)(struct error_source *s);
	/* A record follows soon: what has to be asked before it is asked now. NULL: nothing. */
	void (*foretell)(struct error_source *s, int64_t unless_younger_ns);
	/* Send. fn runs once, from the loop, unless < 0 is returned: then nothing was sent. */
	int (*submit)(struct error_source *s, const uint8_t *rec, size_t len, backend_submit_fn fn,
		      void *arg, struct ras_err *err);
	/*
	 * Read the source where at says, when the record is acknowledged or after
	 * wait_us (0: now). fn runs once, from the loop, unless < 0 is returned.
	 */
	int (*readback)(struct error_source *s, const struct source_at *at, uint32_t wait_us,
			backend_look_fn fn, void *arg, struct ras_err *err);
	/*
	 * The guest has ended, and its source outlives it: a later start shall not read this
	 * record. 0: it was there, unread, and is not shown any more. NULL: nothing outlives.
	 */
	int (*take_back)(struct error_source *s, const uint8_t *rec, size_t len,
			 struct ras_err *err);
	/* The outcome is known: what was kept to prove it may go. NULL: nothing is kept. */
	void (*ack)(struct error_source *s);
};

extern const struct backend backend_qemu_ghes;
extern const struct backend backend_shm_ghes;
extern const struct backend backend_hmp_mce;
extern const struct backend backend_aer;
extern const struct backend backend_cxl;

/*
 * Guests and helper (NULL allowed: nothing can be proved) are borrowed and outlive it. Made before
 * the loop runs, so that no guest is connected before the backends' questions are known.
 */
int backends_new(struct backends **out, struct event_base *base, struct guests *guests,
		 struct helper_client *helper, struct ras_err *err);
void backends_free(struct backends *bs);

/* For tests: serve these backends and no others; NULL: the usual ones. The table is borrowed. */
void backends_override(const struct backend *const *table, size_t n);

/* The backends, in the order in which they are preferred; NULL at the end. */
const struct backend *backend_at(size_t i);
/* The one of that name; NULL where there is none. */
const struct backend *backend_named(const char *name);

/*
 * The backend for a new record into g: the one of that name, or (NULL) the first that can serve it.
 * RAS_E_NOT_CAPABLE and others: why none can.
 */
int backend_pick(const struct guest *g, const char *name, const struct backend **out,
		 struct ras_err *err);

/*
 * Why it is b, for people: it was asked for by name, or why those that are preferred cannot serve
 * g. "" where it is the first.
 */
void backend_why(const struct guest *g, const struct backend *b, bool by_name, char *out,
		 size_t size);

/* 0 if b can send this record: struct backend, fits. */
int backend_fits(const struct backend *b, const struct guest *g, const struct error_source *s,
		 const uint8_t *rec, size_t len, bool allow_crash, struct ras_err *err);

/* A device that errors can be injected into, by the names that QEMU and the guest have for it. */
struct backend_device {
	const struct backend *backend;
	const char *id, *type;
	uint16_t bdf; /* bus, device and function as in a requester id */
};

/* Strings are borrowed for the call. err: RAS_E_NOT_READY, RAS_E_GONE; then n is 0. */
typedef void (*backend_devices_fn)(void *arg, const struct backend_device *list, size_t n,
				   const struct ras_err *err);

/*
 * Ask g's QEMU for those that backends of single devices can serve now. fn runs once, from the loop
 * or at once.
 */
void backends_devices(struct backends *bs, const struct guest *g, backend_devices_fn fn, void *arg);

/*
 * What the backends have asked of g's QEMU, for people: fn once a fact, with its name and whether
 * it holds.
 */
void backend_each_fact(const struct guest *g, void (*fn)(void *arg, const char *name, bool on),
		       void *arg);

/* True if g has processors of the kind that CPER sections for ARM, or else for IA32/X64, report. */
bool backend_fits_processor(const struct guest *g, bool arm);

/* 0 if g can take a record by b now, as far as known: reachable, capable and running; else why. */
int backend_capable(const struct backend *b, const struct guest *g, struct ras_err *err);

enum readiness {
	READY_YES,
	READY_NO,     /* err: why not */
	READY_UNKNOWN /* something was not asked yet; err: what it waits for */
};

/*
 * Can g take a record by b now? What domain.list, domain.explain and status show comes from here
 * and from nowhere else. Asks nobody.
 */
enum readiness backend_readiness(const struct backends *bs, const struct backend *b,
				 const struct guest *g, struct ras_err *err);

/* The same of the backend that a new record would go by: *b, NULL where none can be named. */
enum readiness backends_readiness(const struct backends *bs, const struct guest *g,
				  const struct backend **b, struct ras_err *err);

/* Somebody is shown that: have what is not known yet found out, from the loop, a few at a time. */
void backends_look(struct backends *bs);

/* 0 if rasd-pagemap is there; RAS_E_HELPER: then nothing of g can be found or proved. */
int backends_helper(const struct backends *bs, const struct guest *g, struct ras_err *err);

/* Which source of b a record goes into: for source_of() and source_prepare(). */
uint32_t backend_choose(const struct backend *b, const uint8_t *rec, size_t len);

/*
 * Find the source of g by b (NULL: the backend that backend_pick() chooses; which of its sources:
 * source_of()) and call fn once, from the loop or at once. With an error fn gets the source, too,
 * where it was found: its block can be read though the guest can take no record now.
 */
void source_prepare(struct backends *bs, struct guest *g, const struct backend *b, uint32_t id,
		    source_fn fn, void *arg);

/* True if source_prepare() would call back at once, without an error. */
bool source_ready(const struct error_source *s);

/* The calls of struct backend, checked. The outcome of submit and readback comes exactly once. */
void source_foretell(struct error_source *s, int64_t unless_younger_ns);
int source_submit(struct error_source *s, const uint8_t *rec, size_t len, backend_submit_fn fn,
		  void *arg, struct ras_err *err);
int source_readback(struct error_source *s, const struct source_at *at, uint32_t wait_us,
		    backend_look_fn fn, void *arg, struct ras_err *err);
int source_take_back(struct error_source *s, const uint8_t *rec, size_t len, struct ras_err *err);
void source_ack(struct error_source *s);
