// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * An injection backend: how bytes reach the guest and how the proof is read. One file each,
 * exporting a const struct backend; the state machine in inject.c does the rest.
 */
#pragma once

#include "guests/guest.h"
#include "journal/journal.h"

enum submit_outcome {
	SUBMIT_OK,	 /* the backend says the bytes are in the slot */
	SUBMIT_BUSY,	 /* not written: the guest has not acknowledged the previous record */
	SUBMIT_NOT_SENT, /* not written: the way to the guest is down for now */
	SUBMIT_REFUSED,	 /* not written, and trying again will not help */
	SUBMIT_UNKNOWN	 /* sent, and nobody knows */
};

typedef void (*backend_submit_fn)(void *arg, enum submit_outcome o, const struct ras_err *err);

/* What the slot says about our bytes. */
struct slot_view {
	bool ours;	  /* bytes 4..end equal ours */
	bool status_zero; /* block_status == 0 */
	bool acked;	  /* read-ack bit is set */
	bool blank;	  /* the whole block is zero: firmware has made it anew */
};

typedef void (*backend_readback_fn)(void *arg, const struct slot_view *v,
				    const struct ras_err *err);

struct backend {
	const char *name;
	unsigned int cper_profile; /* CPER_* profiles a block must pass */
	/* 0 if this guest can take a record by this backend as far as known. */
	int (*probe)(const struct guest *g, struct ras_err *err);
	/*
	 * A record for this guest is being stored and will be sent soon: what can be asked
	 * meanwhile is.
	 */
	void (*ask_ahead)(struct guest *g, int64_t unless_younger_ns);
	/* Send; fn runs once from the loop unless < 0 is returned (then nothing was sent). */
	int (*submit)(struct guest *g, const uint8_t *rec, size_t len, backend_submit_fn fn,
		      void *arg, struct ras_err *err);
	/*
	 * Read the slot of the generation in row, when it is acknowledged or after wait_us (0:
	 * now); fn runs once unless < 0 is returned.
	 */
	int (*readback)(struct helper_client *helper, const struct journal_row *row,
			struct guest *g, uint32_t wait_us, backend_readback_fn fn, void *arg,
			struct ras_err *err);
};

extern const struct backend backend_qemu_ghes;
