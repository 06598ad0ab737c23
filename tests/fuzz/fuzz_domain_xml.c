// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Domain XML never crashes the parser. Grants that are reported as odd allow nothing. A grant that
 * is allowed survives a round trip.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libvirt/metadata.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct domain_facts x, again;
	char element[256], doc[512];
	struct ras_err err;

	if (domain_xml_parse((const char *)data, size, &x, &err) < 0)
		return 0;
	if (strlen(x.arch) >= sizeof(x.arch) || strlen(x.machine) >= sizeof(x.machine) ||
	    (x.grants_why[0] && (x.grants.target_max_severity || x.grants.forward_corrected ||
				 x.grants.forward_uncorrected || x.grants.forward_label)) ||
	    (!x.has_grants && x.grants.target_max_severity))
		abort();
	domain_grants_format(&x.grants, element, sizeof(element));
	snprintf(doc, sizeof(doc),
		 "<domain><metadata><grants xmlns='" DOMAIN_GRANTS_URI "'>%s</metadata></domain>",
		 element + strlen("<grants>"));
	if (domain_xml_parse(doc, strlen(doc), &again, &err) < 0 || again.grants_why[0] ||
	    again.grants.target_max_severity != x.grants.target_max_severity)
		abort();
	return 0;
}
