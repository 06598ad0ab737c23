// SPDX-License-Identifier: LGPL-2.1-or-later
/* The page of rasd's error sources in a domain's XML: what is there, how it is changed. Pure. */
#pragma once

#include <stddef.h>

#include "guests/page.h"
#include "libvirt/metadata.h"

/* Bytes [begin, end) of the text; 0, 0: not there. */
struct xml_range {
	size_t begin, end;
};

/* An element that others can be put into. */
struct xml_element {
	struct xml_range all;
	size_t inner_end; /* where its end tag begins; 0: it has none, "<x/>" */
};

/* What is in the XML that matters here, and where. */
struct page_xml {
	struct domain_memory memory;
	char uuid[40], machine[48];
	uint64_t n_vcpus;
	struct xml_element domain, os, os_acpi, cpu, numa, devices, commandline;
	struct xml_range memory_tag, max_memory;
	struct xml_range page; /* the <memory> of the page */
	uint64_t page_bytes;
	struct xml_range table; /* its <table>, or its arguments of QEMU */
	struct xml_range ssdt;	/* the arguments of its second table */
	size_t n_cells;		/* of <numa> */
	bool other_hest, low_split;
};

/* RAS_E_MONITOR: not well-formed or too long. */
int page_xml_scan(const char *text, size_t len, struct page_xml *out, struct ras_err *err);

/*
 * The XML text without the page: new text in *out, what was changed in changes. undo says what was
 * put in.
 */
int page_xml_remove(const char *text, const struct domain_page_undo *undo, char **out,
		    struct domain_changes *changes, struct ras_err *err);

/* The XML with the page, of a text without it. native: <table type='raw'>. */
int page_xml_add(const char *text, const struct domain_page *page, bool native, char **out,
		 struct domain_changes *changes, struct ras_err *err);
