// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Give a guest error sources of rasd's own, or take them back: its files, its definition, and what
 * rasd remembers of it. All of it takes effect when the guest is started the next time.
 */
#pragma once

#include "guests/page.h"
#include "pagemap/client.h"
#include "provision/meta.h"

struct provision_request {
	bool remove;
	bool dry_run;
	bool error_device; /* an SSDT with PNP0C33 and _OSC, too */
	enum ghes_notify notify;
};

#define PROVISION_ARGUMENTS 12

/* What was done, or would be. */
struct provision_result {
	bool dry_run;
	bool runs;	       /* the guest runs: it has to be shut down and started */
	struct ghes_meta meta; /* of a removed one: as it was */
	char page_path[256], table_path[256];
	char ssdt_path[256];	       /* "": it has none */
	struct domain_changes changes; /* in its definition */
	/* For a guest that is no domain of libvirt: QEMU's arguments, to be added by its owner. */
	char argument[PROVISION_ARGUMENTS][320];
	size_t n_arguments;
};

/* res NULL: err says why not. */
typedef void (*provision_fn)(void *arg, const struct provision_result *res,
			     const struct ras_err *err);

/*
 * fn runs once, from the loop or at once. helper may be NULL: then nothing can be made.
 * RAS_E_NOT_CAPABLE, RAS_E_LAYOUT: not this machine; RAS_E_BUSY: a QEMU uses the page;
 * RAS_E_NOT_FOUND: there is nothing to take back; others as they come from libvirt and the helper.
 */
void provision_run(struct provisions *p, struct helper_client *helper, struct guest *g,
		   const struct provision_request *request, provision_fn fn, void *arg);

/*
 * Take back what a guest has left that this host does not have any more: its domain was undefined,
 * or it is on another host now. Only its UUID is known of it. RAS_E_NOT_FOUND: there is nothing;
 * RAS_E_BUSY: a guest of this host has that UUID; RAS_E_NOT_READY: that cannot be told just now.
 */
void provision_remove_left(struct provisions *p, struct helper_client *helper, struct guests *gs,
			   const struct uuid *uuid, bool dry_run, provision_fn fn, void *arg);
