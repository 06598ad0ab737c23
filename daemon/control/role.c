// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Who is calling: the kernel's word only (SO_PEERCRED, SO_PEERGROUPS); nothing a request says
 * counts.
 */
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "control/server_private.h"

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

static gid_t gid_of(const char *name)
{
	const struct group *gr = getgrnam(name);

	return gr ? gr->gr_gid : (gid_t)-1;
}

void role_init(struct server *s)
{
	s->gids.view = gid_of(s->conf->view_group);
	s->gids.inject = gid_of(s->conf->inject_group);
	s->gids.admin = gid_of(s->conf->admin_group);
}

static enum rpc_role role_of_gid(const struct server *s, gid_t gid)
{
	if (gid == (gid_t)-1)
		return RPC_NONE;
	if (gid == s->gids.admin)
		return RPC_ADMIN;
	if (gid == s->gids.inject)
		return RPC_INJECT;
	return gid == s->gids.view ? RPC_VIEW : RPC_NONE;
}

enum rpc_role role_of(const struct server *s, int fd, uid_t uid, gid_t gid)
{
	enum rpc_role best = role_of_gid(s, gid);
	_free_ gid_t *groups = NULL;
	socklen_t len = 0;

	if (uid == 0)
		return RPC_ADMIN;
	/* The first call tells the size: ERANGE with the bytes needed. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) == 0 || errno != ERANGE)
		return best;
	groups = malloc(len);
	if (!groups || getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) < 0)
		return best;
	for (size_t i = 0; i < len / sizeof(gid_t); i++)
		if (role_of_gid(s, groups[i]) > best)
			best = role_of_gid(s, groups[i]);
	return best;
}
