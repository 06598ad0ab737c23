// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Who is calling: the kernel's word only (SO_PEERCRED, SO_PEERGROUPS); nothing a request says
 * counts.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "control/persons.h"
#include "control/server_private.h"

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

/* The peer's supplementary groups behind its own; NULL: it has none, or there is no memory. */
static gid_t *groups_of(int fd, gid_t own, size_t *n)
{
	socklen_t len = 0;
	gid_t *groups;

	/* The first call tells the size: ERANGE with the bytes needed. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) == 0 || errno != ERANGE)
		return NULL;
	groups = malloc(len + sizeof(*groups));
	if (!groups)
		return NULL;
	groups[0] = own;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups + 1, &len) < 0)
		len = 0;
	*n = 1 + len / sizeof(*groups);
	return groups;
}

struct caller *role_caller(const struct server *s, int fd, const struct ucred *cred)
{
	size_t n = 1;
	_free_ gid_t *groups = groups_of(fd, cred->gid, &n);

	return caller_new(cred->uid, persons_of(s->persons, cred->uid),
			  groups ? groups : &cred->gid, n);
}

enum rpc_role role_of(const struct server *s, const struct caller *c)
{
	static const enum rpc_role roles[] = { [CALLER_NONE] = RPC_NONE,
					       [CALLER_VIEW] = RPC_VIEW,
					       [CALLER_INJECT] = RPC_INJECT,
					       [CALLER_ADMIN] = RPC_ADMIN };

	return roles[caller_role(&s->conf->roles, c)];
}
