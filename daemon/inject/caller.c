// SPDX-License-Identifier: LGPL-2.1-or-later
#include "inject/caller.h"

#include <stdlib.h>
#include <string.h>

struct caller *caller_new(uid_t uid, uid_t person, const gid_t *gid, size_t n)
{
	struct caller *c = malloc(sizeof(*c) + n * sizeof(*gid));

	if (!c)
		return NULL;
	*c = (struct caller){ .refs = 1, .uid = uid, .person = person, .n_gids = n };
	if (n)
		memcpy(c->gid, gid, n * sizeof(*gid));
	return c;
}

struct caller *caller_ref(struct caller *c)
{
	if (c)
		c->refs++;
	return c;
}

void caller_unref(struct caller *c)
{
	if (c && --c->refs == 0)
		free(c);
}

static bool has_gid(const struct caller *c, gid_t gid)
{
	for (size_t i = 0; gid != (gid_t)-1 && i < c->n_gids; i++)
		if (c->gid[i] == gid)
			return true;
	return false;
}

bool caller_is_in(const struct caller *c, const struct conf_injector *in)
{
	/* A section for a person counts for the person's subordinate uids, too. */
	return in->is_user ? c->uid == in->id || c->person == in->id : has_gid(c, in->id);
}

enum caller_role caller_role(const struct conf_roles *r, const struct caller *c)
{
	if (c->uid == 0 || has_gid(c, r->gids.admin))
		return CALLER_ADMIN;
	if (has_gid(c, r->gids.inject))
		return CALLER_INJECT;
	for (size_t i = 0; i < r->n_injectors; i++)
		if (caller_is_in(c, &r->injector[i]))
			return CALLER_INJECT;
	return has_gid(c, r->gids.view) ? CALLER_VIEW : CALLER_NONE;
}
