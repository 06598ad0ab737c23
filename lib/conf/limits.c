// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sections [limits] and [injector group NAME], [injector user NAME] of rasd.conf: how much persons
 * may inject, and who may inject where.
 */
#include <grp.h>
#include <pwd.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/num.h"
#include "conf/private.h"

/*
 * Why these are the defaults. A guest can take some 15,000 records a minute (4 ms each); Linux
 * prints a few in 5 s. A test that needs more than 1,000 at once, or ten a second for long, is
 * rare and knows it; a loop in a script that was meant to inject one is stopped after 1,000. The
 * host may have ten such guests at a time.
 * 256 different guests in an hour is more than a host of this size runs for tests, and fewer than
 * what "every guest of this host" would be on a big one.
 * 1,024 undecided injections are 32 guests with a full queue of one person each.
 */

#define NUMBER_MAX 1000000
/* A burst is counted from the journal when rasd starts: 10,000 rows are read in some 20 ms. */
#define BURST_MAX 10000

static const struct {
	const char *key;
	size_t offset;
	uint64_t min, max; /* min 0: 0 is "no limit" */
} numbers[] = {
	{ "guest-per-minute", offsetof(struct conf_limits, guest_per_minute), 0, NUMBER_MAX },
	{ "guest-burst", offsetof(struct conf_limits, guest_burst), 1, BURST_MAX },
	{ "host-per-minute", offsetof(struct conf_limits, host_per_minute), 0, NUMBER_MAX },
	{ "host-burst", offsetof(struct conf_limits, host_burst), 1, BURST_MAX },
	{ "guests-per-hour", offsetof(struct conf_limits, guests_per_hour), 0, NUMBER_MAX },
	{ "concurrent", offsetof(struct conf_limits, concurrent), 0, NUMBER_MAX },
};

static int number(struct parse *p, const char *key, const char *value, uint64_t min, uint64_t max,
		  int64_t *out)
{
	uint64_t n;

	if (num_parse_range(value, min, max, &n, NULL) < 0)
		return ras_fail(p->err, RAS_E_CONFIG, "%s must be a number from %llu%s to %llu",
				key, (unsigned long long)min, min ? "" : " (no limit)",
				(unsigned long long)max);
	*out = (int64_t)n;
	return 0;
}

static int severity(struct parse *p, const char *key, const char *value, enum conf_severity *out)
{
	if (conf_severity_parse(value, out, NULL) < 0)
		return ras_fail(p->err, RAS_E_CONFIG,
				"%s must be none, info, corrected, recoverable or fatal", key);
	return 0;
}

static int once(struct parse *p, const char *key, unsigned int *seen, unsigned int bit)
{
	if (*seen & bit)
		return ras_fail(p->err, RAS_E_CONFIG, "%s is given twice", key);
	*seen |= bit;
	return 0;
}

int conf_limits_key(struct parse *p, const char *key, const char *value)
{
	struct conf_limits *l = &p->conf.limits;

	if (strcmp(key, "max-severity") == 0)
		return once(p, key, &p->limits_seen, 1u << 31) < 0 ?
			       -RAS_E_CONFIG :
			       severity(p, key, value, &l->max_severity);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		if (strcmp(key, numbers[i].key) == 0)
			return once(p, key, &p->limits_seen, 1u << i) < 0 ?
				       -RAS_E_CONFIG :
				       number(p, key, value, numbers[i].min, numbers[i].max,
					      (int64_t *)(void *)((char *)l + numbers[i].offset));
	return ras_fail(p->err, RAS_E_CONFIG, "unknown key \"%.40s\" in [limits]", key);
}

/* --- [injector ...] --- */

/* The uid or gid of "user NAME" or "group NAME". */
static int find_id(struct parse *p, const char *name, struct conf_injector *in)
{
	const struct passwd *pw;
	const struct group *gr;

	if (strncmp(name, "user ", 5) == 0) {
		in->is_user = true;
		pw = getpwnam(name + 5);
		if (pw)
			in->id = pw->pw_uid;
		return pw ? 0 :
			    ras_fail(p->err, RAS_E_CONFIG, "there is no user \"%.32s\"", name + 5);
	}
	if (strncmp(name, "group ", 6) == 0) {
		gr = getgrnam(name + 6);
		if (gr)
			in->id = gr->gr_gid;
		return gr ? 0 :
			    ras_fail(p->err, RAS_E_CONFIG, "there is no group \"%.32s\"", name + 6);
	}
	return ras_fail(p->err, RAS_E_CONFIG,
			"it must be [injector group NAME] or [injector user NAME]");
}

int conf_injector_enter(struct parse *p, const char *name)
{
	struct conf_roles *r = &p->conf.roles;
	struct conf_injector *in = &r->injector[r->n_injectors];

	for (size_t i = 0; i < r->n_injectors; i++)
		if (strcmp(r->injector[i].name, name) == 0)
			return ras_fail(p->err, RAS_E_CONFIG, "[injector %s] is given twice", name);
	if (r->n_injectors == CONF_MAX_INJECTORS)
		return ras_fail(p->err, RAS_E_CONFIG, "more than %d [injector] sections",
				CONF_MAX_INJECTORS);
	if (conf_copy(p, in->name, sizeof(in->name), name, "injector") < 0 ||
	    find_id(p, name, in) < 0)
		return -RAS_E_CONFIG;
	p->injector = in;
	p->injector_seen = 0;
	r->n_injectors++;
	return 0;
}

static int add_globs(struct parse *p, const char *value)
{
	struct conf_injector *in = p->injector;

	for (const char *at = value + strspn(value, " \t"); *at; at += strspn(at, " \t")) {
		size_t len = strcspn(at, " \t");

		if (in->n_domains == CONF_MAX_GLOBS)
			return ras_fail(p->err, RAS_E_CONFIG, "more than %d domains",
					CONF_MAX_GLOBS);
		if (len >= sizeof(in->domains[0]))
			return ras_fail(p->err, RAS_E_CONFIG,
					"a name in domains must have at most %zu characters",
					sizeof(in->domains[0]) - 1);
		memcpy(in->domains[in->n_domains], at, len);
		in->domains[in->n_domains++][len] = '\0';
		at += len;
	}
	return 0;
}

int conf_injector_key(struct parse *p, const char *key, const char *value)
{
	struct conf_injector *in = p->injector;

	if (strcmp(key, "domains") == 0)
		return add_globs(p, value);
	if (strcmp(key, "max-severity") == 0)
		return once(p, key, &p->injector_seen, 1) < 0 ?
			       -RAS_E_CONFIG :
			       severity(p, key, value, &in->max_severity);
	if (strcmp(key, "per-minute") == 0)
		return once(p, key, &p->injector_seen, 2) < 0 ?
			       -RAS_E_CONFIG :
			       number(p, key, value, 0, BURST_MAX, &in->per_minute);
	return ras_fail(p->err, RAS_E_CONFIG, "unknown key \"%.40s\" in [injector %s]", key,
			in->name);
}

/* A section that allows nothing is a mistake, not a way to say so. */
int conf_injectors_end(struct parse *p)
{
	const struct conf_roles *r = &p->conf.roles;

	for (size_t i = 0; i < r->n_injectors; i++) {
		const struct conf_injector *in = &r->injector[i];

		if (in->n_domains && in->max_severity != CONF_SEV_NONE)
			continue;
		ras_fail(p->err, RAS_E_CONFIG, "[injector %s] allows nothing: it has no %s",
			 in->name, in->n_domains ? "max-severity" : "domains");
		return ras_hint(p->err, "domains = * and max-severity = corrected, for example");
	}
	return 0;
}

static gid_t gid_of(const char *name)
{
	const struct group *gr = getgrnam(name);

	return gr ? gr->gr_gid : (gid_t)-1;
}

void conf_roles_find(struct conf_roles *r)
{
	r->gids.view = gid_of(r->view_group);
	r->gids.inject = gid_of(r->inject_group);
	r->gids.admin = gid_of(r->admin_group);
}

/*
 * Without recursion: after a '*' that did not lead to a match, one character more belongs to it.
 * Only the last '*' has to be tried again, so this takes at most pattern times name steps.
 */
static bool glob(const char *pattern, const char *name)
{
	const char *star = NULL, *from = NULL;

	while (*name) {
		if (*pattern == '*') {
			star = ++pattern;
			from = name;
		} else if (*pattern == '?' || *pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star;
			name = ++from;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

bool conf_injector_covers(const struct conf_injector *in, const char *name)
{
	for (size_t i = 0; i < in->n_domains; i++)
		if (glob(in->domains[i], name))
			return true;
	return false;
}
