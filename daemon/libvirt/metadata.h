// SPDX-License-Identifier: LGPL-2.1-or-later
/* What rasd reads in a domain's XML, and the one element that it writes there: the grants. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guests/domain.h"

/* Namespace and prefix of rasd's element in <metadata>; documented in rasd(8). */
#define DOMAIN_GRANTS_URI "urn:rasd:grants:1"
#define DOMAIN_GRANTS_PREFIX "rasd"

#define DOMAIN_XML_MAX ((size_t)4 << 20)

/*
 * Parse text[len] of virDomainGetXMLDesc(). Never resolves anything: a document type is an error. A
 * grants element with an unknown element, attribute or value, or with an element twice, denies,
 * with grants_why.
 * RAS_E_MONITOR: not well-formed, or too long.
 */
int domain_xml_parse(const char *text, size_t len, struct domain_facts *out, struct ras_err *err);

/* The grants as the element to store, for virDomainSetMetadata(); size >= 256. */
void domain_grants_format(const struct conf_grant *g, char *out, size_t size);
