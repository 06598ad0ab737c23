// SPDX-License-Identifier: LGPL-2.1-or-later
/* Private to provision.c and arguments.c: one request under way. */
#pragma once

#include <sys/queue.h>

#include "provision/base.h"
#include "provision/provision.h"

/* A guest that is worked on: of two requests the second would undo what the first has made. */
struct provisions_claim {
	LIST_ENTRY(provisions_claim) all;
	bool held;
	struct uuid uuid;
};

/* provisions.c: false: somebody else has it. claim stays where it is until it is released. */
bool provisions_claim(struct provisions *p, struct provisions_claim *claim,
		      const struct uuid *uuid);
void provisions_release(struct provisions_claim *claim);

struct provisioning {
	struct provisions *p;
	struct provisions_claim claim;
	struct helper_client *helper;
	struct guests *gs;
	char name[64];
	struct provision_request request;
	provision_fn fn;
	void *arg;
	bool again;		       /* it was provisioned before */
	struct domain_definition *def; /* of a domain of libvirt */
	char *text;		       /* its new definition */
	struct ras_err why;	       /* why it failed, while what was made is removed */
	struct provision_result result;
};

/* provision.c: the answer, err NULL: it is done. Frees x. */
void provision_end(struct provisioning *x, const struct ras_err *err);
/* provision.c: the guest; NULL: it has gone meanwhile. */
struct guest *provision_guest(struct provisioning *x, struct ras_err *err);
/* provision.c: page and table, then what is remembered, then the definition. */
void provision_make_files(struct provisioning *x);
void provision_remove_files(struct provisioning *x);
/* arguments.c: what the place means for the metadata. */
void provision_take_place(struct provisioning *x, const struct ghes_place *place,
			  enum ghes_style style);
/* arguments.c: a guest that is known by its socket: ask QEMU for its memory, go on. */
int provision_arguments(struct provisioning *x, struct guest *g, struct ras_err *err);
