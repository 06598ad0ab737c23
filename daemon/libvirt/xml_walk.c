// SPDX-License-Identifier: LGPL-2.1-or-later
#include "libvirt/xml_walk.h"

#include "libvirt/metadata.h"

static void XMLCALL on_doctype(void *user, const XML_Char *name, const XML_Char *sysid,
			       const XML_Char *pubid, int has_internal)
{
	struct xml_walk *w = user;

	(void)name, (void)sysid, (void)pubid, (void)has_internal;
	w->doctype = true;
	XML_StopParser(w->xml, XML_FALSE);
}

int xml_walk(struct xml_walk *w, const char *text, size_t len, XML_StartElementHandler on_start,
	     XML_EndElementHandler on_end, XML_CharacterDataHandler on_text, struct ras_err *err)
{
	enum XML_Status s;

	if (len > DOMAIN_XML_MAX)
		return ras_fail(err, RAS_E_MONITOR, "domain XML of %zu bytes", len);
	w->xml = XML_ParserCreateNS("UTF-8", XML_NS_SEPARATOR);
	if (!w->xml)
		return ras_fail(err, RAS_E_NOMEM, "no memory for the domain XML");
	XML_SetUserData(w->xml, w);
	XML_SetElementHandler(w->xml, on_start, on_end);
	XML_SetCharacterDataHandler(w->xml, on_text);
	XML_SetStartDoctypeDeclHandler(w->xml, on_doctype);
	s = XML_Parse(w->xml, text, (int)len, 1);
	if (s != XML_STATUS_OK)
		ras_fail(err, RAS_E_MONITOR, "domain XML, line %lu: %s",
			 XML_GetCurrentLineNumber(w->xml),
			 w->doctype ? "a document type" :
				      XML_ErrorString(XML_GetErrorCode(w->xml)));
	XML_ParserFree(w->xml);
	w->xml = NULL;
	return s == XML_STATUS_OK ? 0 : -RAS_E_MONITOR;
}
