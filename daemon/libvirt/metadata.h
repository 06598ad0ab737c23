// SPDX-License-Identifier: LGPL-2.1-or-later
/* What rasd reads in a domain's XML, and the one element that it writes there: the grants. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/conf.h"

/* Namespace and prefix of rasd's element in <metadata>; documented in rasd(8). */
#define DOMAIN_GRANTS_URI "urn:rasd:grants:1"
#define DOMAIN_GRANTS_PREFIX "rasd"

#define DOMAIN_XML_MAX ((size_t)4 << 20)

struct domain_xml {
	char arch[24];		  /* "aarch64" */
	char machine[48];	  /* "virt-11.1" */
	char launch_security[24]; /* "sev-snp"; "" = none */
	bool ras;		  /* <features><ras state='on'/> */
	bool acpi;		  /* <features><acpi/> */
	uint64_t memory_bytes;	  /* <memory>, 0 = not told */
	bool has_grants;
	char grants_why[96]; /* why the grants element counts as "denied" although it is there */
	struct conf_grant grants; /* .domain is not filled */
};

/*
 * Parse text[len] of virDomainGetXMLDesc(). Never resolves anything: a document type is an error. A
 * grants element with an unknown element, attribute or value denies, with grants_why.
 * RAS_E_MONITOR: not well-formed, or too long.
 */
int domain_xml_parse(const char *text, size_t len, struct domain_xml *out, struct ras_err *err);

/* The grants as the element to store, for virDomainSetMetadata(); size >= 256. */
void domain_grants_format(const struct conf_grant *g, char *out, size_t size);
