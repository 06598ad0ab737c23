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

/*
 * Memory of a machine, as its definition says it. The RAM that it starts with is total_bytes less
 * devices_bytes.
 */
struct domain_memory {
	uint64_t total_bytes;	/* <memory>; 0 = not said */
	uint64_t devices_bytes; /* of memory devices: DIMMs, NVDIMMs, virtio; the page, too */
	uint64_t devices_end; /* behind the highest device that is given its address; 0: none is */
	uint64_t max_bytes;   /* <maxMemory>; 0 = none: no device can be added */
	uint32_t slots;	      /* of <maxMemory> */
	uint64_t page_gpa;    /* of the page of rasd's own error sources; 0 = there is none */
};

/* From the domain's description: libvirt's XML. */
struct domain_facts {
	char arch[24];		  /* as libvirt names it */
	char machine[48];	  /* "virt-11.1" */
	char launch_security[24]; /* "sev-snp"; "" = none */
	bool acpi;		  /* <features><acpi/> */
	struct domain_memory memory;
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
