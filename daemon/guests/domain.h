// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the manager of guests (manager.h) says of one of them. The manager fills it; the other rooms
 * read it.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/uuid.h"
#include "conf/conf.h"

/* From the domain's description: libvirt's XML. */
struct domain_facts {
	char arch[24];		  /* as libvirt names it */
	char machine[48];	  /* "virt-11.1" */
	char launch_security[24]; /* "sev-snp"; "" = none */
	bool acpi;		  /* <features><acpi/> */
	uint64_t memory_bytes;	  /* <memory>, 0 = not said */
	bool has_grants;
	char grants_why[96]; /* why the grants element counts as "denied" although it is there */
	struct conf_grant grants; /* .domain is not filled */
};

enum domain_knowledge {
	DOMAIN_NONE,	 /* the manager does not know this guest: the rest is void */
	DOMAIN_LISTED,	 /* uuid and id are known, the facts are not yet */
	DOMAIN_DESCRIBED /* the facts are there, of the last description */
};

struct manager_domain;

struct guest_domain {
	enum domain_knowledge known;
	int id; /* -1: it does not run */
	struct uuid uuid;
	bool ambiguous; /* the guest is named by its uuid, which is also another domain's name */
	struct domain_facts facts;
	struct manager_domain *own; /* what the manager itself needs */
};
