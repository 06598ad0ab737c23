// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Domain XML never crashes the parser. Grants that are reported as odd allow nothing. A grant that
 * is allowed survives a round trip. What the page of rasd's error sources is put into, or taken out
 * of, is XML still.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "libvirt/metadata.h"
#include "libvirt/page_xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void still_xml(char *text)
{
	struct page_xml page;
	struct ras_err err;

	if (page_xml_scan(text, strlen(text), &page, &err) < 0)
		abort();
	free(text);
}

static void change_page(const char *text)
{
	static const struct domain_page puts[] = {
		{ .page_path = "/g/p",
		  .table_path = "/g/h",
		  .gpa = 1ull << 32,
		  .bytes = 2 << 20,
		  .max_bytes = 3ull << 30,
		  .slots = 2,
		  .slot = 1 },
		{ .page_path = "/g/p",
		  .table_path = "/g/h",
		  .ssdt_path = "/g/s",
		  .gpa = 1ull << 32,
		  .bytes = 2 << 20,
		  .max_bytes = 3ull << 30,
		  .slots = 2,
		  .slot = 1 },
	};
	const struct domain_page_undo undo[] = {
		{ .grown_bytes = 1 << 30 },
		{ .page = true, .set_bytes = 3ull << 30, .set_slots = 2, .max_bytes = 2ull << 30 },
	};
	struct domain_changes changes = { .n = 0 };
	struct ras_err err;
	char *out;

	for (size_t i = 0; i < 2; i++) {
		if (page_xml_remove(text, &undo[i], &out, &changes, &err) == 0)
			still_xml(out);
		if (page_xml_add(text, &puts[i], i, &out, &changes, &err) == 0)
			still_xml(out);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;
	struct domain_facts x, again;
	char element[256], doc[512];
	struct ras_err err;

	if (domain_xml_parse((const char *)data, size, &x, &err) < 0)
		return 0;
	text = strndup((const char *)data, size);
	if (!text)
		abort();
	change_page(text);
	free(text);
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
