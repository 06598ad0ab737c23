// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A few facts of a domain's XML by expat, element by element with the path so far; nothing is kept
 * but these. The metadata belongs to whoever may define the domain, so the grants in it are read
 * strictly: what is not understood is denied, and said.
 */
#include "libvirt/metadata.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/utf8.h"
#include "libvirt/page_xml.h"
#include "libvirt/xml_walk.h"

#define DEPTH_MAX 64
#define SEP XML_NS_SEPARATOR
#define GRANTS DOMAIN_GRANTS_URI "|grants"
#define TARGET DOMAIN_GRANTS_URI "|target"
#define FORWARD DOMAIN_GRANTS_URI "|forward"

struct parse {
	struct xml_walk walk; /* first */
	struct domain_facts out;
	int depth;
	/* Name of each open element of the paths that matter: its place in known[], 0 others. */
	unsigned char path[DEPTH_MAX];
	bool seen_target, seen_forward;
};

enum { OTHER, DOMAIN, OS, TYPE, FEATURES, ACPI, SECURITY, METADATA, E_GRANTS, E_TARGET, E_FORWARD };

static const char *const known[] = { "",     "domain",	       "os",	   "type", "features",
				     "acpi", "launchSecurity", "metadata", GRANTS, TARGET,
				     FORWARD };

static bool at(const struct parse *p, int depth, int a, int b, int c, int d)
{
	const int want[] = { a, b, c, d };

	if (p->depth != depth)
		return false;
	for (int i = 0; i < depth; i++)
		if (p->path[i] != want[i])
			return false;
	return true;
}

static const char *attr(const XML_Char **atts, const char *name)
{
	for (; *atts; atts += 2)
		if (strcmp(atts[0], name) == 0)
			return atts[1];
	return NULL;
}

static void copy(char *out, size_t size, const char *in)
{
	char clean[64];

	if (in && utf8_clean(clean, sizeof(clean), in, strlen(in)) < size)
		memcpy(out, clean, strlen(clean) + 1);
}

static void odd_grant(struct parse *p, const char *what, const char *value)
{
	if (!p->out.grants_why[0])
		utf8_format(p->out.grants_why, sizeof(p->out.grants_why),
			    "%s \"%.40s\" in the grants of the domain", what, value);
}

/* Where an attribute of <forward> is kept; NULL: it is none. */
static bool *forward_flag(struct conf_grant *g, const char *name)
{
	if (strcmp(name, "corrected") == 0)
		return &g->forward_corrected;
	if (strcmp(name, "uncorrected") == 0)
		return &g->forward_uncorrected;
	return strcmp(name, "label") == 0 ? &g->forward_label : NULL;
}

static void grant_attr(struct parse *p, int element, const char *name, const char *value)
{
	struct conf_grant *g = &p->out.grants;
	bool yes = strcmp(value, "yes") == 0, *flag;

	if (element == E_TARGET && strcmp(name, "max-severity") == 0) {
		if (conf_severity_parse(value, &g->target_max_severity, NULL) < 0)
			odd_grant(p, "unknown severity", value);
	} else if (element == E_FORWARD && (flag = forward_flag(g, name))) {
		if (!yes && strcmp(value, "no") != 0)
			odd_grant(p, "neither yes nor no:", value);
		*flag = yes;
	} else {
		odd_grant(p, "unknown attribute", name);
	}
}

/* An element of the grants, which may stand there once: of two, who can say which one is meant? */
static void once(struct parse *p, int element)
{
	bool *seen = element == E_TARGET ? &p->seen_target : &p->seen_forward;

	if (*seen)
		odd_grant(p, "a second element", element == E_TARGET ? "target" : "forward");
	*seen = true;
}

static void XMLCALL on_start(void *user, const XML_Char *name, const XML_Char **atts)
{
	struct parse *p = user;
	int element = OTHER;

	if (p->depth == DEPTH_MAX) {
		XML_StopParser(p->walk.xml, XML_FALSE);
		return;
	}
	for (size_t i = 1; i < ARRAY_LEN(known); i++)
		if (strcmp(name, known[i]) == 0)
			element = (int)i;
	p->path[p->depth++] = (unsigned char)element;
	if (at(p, 3, DOMAIN, OS, TYPE, 0)) {
		copy(p->out.arch, sizeof(p->out.arch), attr(atts, "arch"));
		copy(p->out.machine, sizeof(p->out.machine), attr(atts, "machine"));
	} else if (at(p, 3, DOMAIN, FEATURES, ACPI, 0)) {
		p->out.acpi = true;
	} else if (at(p, 2, DOMAIN, SECURITY, 0, 0)) {
		copy(p->out.launch_security, sizeof(p->out.launch_security), "of unknown type");
		copy(p->out.launch_security, sizeof(p->out.launch_security), attr(atts, "type"));
	} else if (at(p, 3, DOMAIN, METADATA, E_GRANTS, 0)) {
		if (p->out.has_grants)
			odd_grant(p, "a second element", "grants");
		p->out.has_grants = true;
		if (*atts)
			odd_grant(p, "unknown attribute", atts[0]);
	} else if (p->depth == 4 && p->path[1] == METADATA && p->path[2] == E_GRANTS) {
		if (element != E_TARGET && element != E_FORWARD)
			odd_grant(p, "unknown element",
				  strrchr(name, SEP) ? strrchr(name, SEP) + 1 : name);
		else
			once(p, element);
		for (; *atts; atts += 2)
			grant_attr(p, element, atts[0], atts[1]);
	} else if (p->depth > 4 && p->path[1] == METADATA && p->path[2] == E_GRANTS) {
		odd_grant(p, "unknown element", strrchr(name, SEP) ? strrchr(name, SEP) + 1 : name);
	}
}

static void XMLCALL on_end(void *user, const XML_Char *name)
{
	struct parse *p = user;

	(void)name;
	p->depth--;
}

int domain_xml_parse(const char *text, size_t len, struct domain_facts *out, struct ras_err *err)
{
	struct parse p = { .depth = 0 };
	struct page_xml page;
	int r = xml_walk(&p.walk, text, len, on_start, on_end, NULL, err);

	if (r == 0)
		r = page_xml_scan(text, len, &page, err);
	if (r < 0)
		return r;
	p.out.memory = page.memory;
	if (p.out.grants_why[0])
		p.out.grants = (struct conf_grant){ .target_max_severity = CONF_SEV_NONE };
	*out = p.out;
	return 0;
}

void domain_grants_format(const struct conf_grant *g, char *out, size_t size)
{
	snprintf(out, size,
		 "<grants><target max-severity='%s'/>"
		 "<forward corrected='%s' uncorrected='%s' label='%s'/></grants>",
		 conf_severity_name(g->target_max_severity), g->forward_corrected ? "yes" : "no",
		 g->forward_uncorrected ? "yes" : "no", g->forward_label ? "yes" : "no");
}
