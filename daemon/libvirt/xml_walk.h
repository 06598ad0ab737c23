// SPDX-License-Identifier: LGPL-2.1-or-later
/* Going through a domain's XML, element by element; nothing is kept of it, nothing resolved. */
#pragma once

#include <expat.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define XML_NS_SEPARATOR '|' /* between namespace and name; cannot be in either */

/* First member of the caller's struct, which the handlers get as their user data. */
struct xml_walk {
	XML_Parser xml; /* during the walk */
	bool doctype;
};

/*
 * Walk through text[len]. A document type is an error: entities could only come with one, and
 * libvirt never writes it. RAS_E_MONITOR: not well-formed or too long.
 */
int xml_walk(struct xml_walk *w, const char *text, size_t len, XML_StartElementHandler on_start,
	     XML_EndElementHandler on_end, XML_CharacterDataHandler on_text, struct ras_err *err);
