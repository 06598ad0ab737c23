// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Who may do what: the kernel's word for the peer (uid, gid, supplementary groups as they were at
 * connect), never anything the peer says. Groups are resolved once: name service look-ups may block.
 */
#include <errno.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "control/server_private.h"

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59
#endif

#define NOBODY ((gid_t)-1)
#define MAX_GROUPS 65536u /* NGROUPS_MAX of Linux */

static gid_t group_id(const char *name)
{
	const struct group *gr = name[0] ? getgrnam(name) : NULL;

	if (name[0] && !gr)
		log_warn("there is no group \"%s\": nobody but root has its role", name);
	return gr ? gr->gr_gid : NOBODY;
}

void role_groups_load(const struct conf *conf, struct role_groups *out)
{
	out->view = group_id(conf->view_group);
	out->inject = group_id(conf->inject_group);
	out->admin = group_id(conf->admin_group);
}

static enum rpc_role role_of_gid(const struct role_groups *g, gid_t gid)
{
	if (gid == NOBODY)
		return RPC_NONE;
	if (gid == g->admin)
		return RPC_ADMIN;
	if (gid == g->inject)
		return RPC_INJECT;
	return gid == g->view ? RPC_VIEW : RPC_NONE;
}

enum rpc_role role_of(const struct role_groups *g, uid_t uid, gid_t gid, const gid_t *groups, size_t n)
{
	enum rpc_role best = role_of_gid(g, gid);

	if (uid == 0)
		return RPC_ADMIN;
	for (size_t i = 0; i < n; i++) {
		enum rpc_role r = role_of_gid(g, groups[i]);

		if (r > best)
			best = r;
	}
	return best;
}

int role_of_peer(const struct role_groups *g, int fd, uid_t *uid, pid_t *pid, enum rpc_role *role,
		 struct ras_err *err)
{
	struct ucred cred = { 0 };
	socklen_t len = sizeof(cred);
	gid_t few[64];
	_free_ gid_t *many = NULL;
	gid_t *groups = few;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0)
		return ras_fail(err, RAS_E_IO, "SO_PEERCRED: %s", strerror(errno));
	len = sizeof(few);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, few, &len) < 0) {
		/* ERANGE has put the size wanted into len. */
		if (errno != ERANGE || len > MAX_GROUPS * sizeof(gid_t))
			return ras_fail(err, RAS_E_IO, "SO_PEERGROUPS: %s", strerror(errno));
		many = malloc(len);
		if (!many)
			return ras_fail(err, RAS_E_NOMEM, "out of memory");
		if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, many, &len) < 0)
			return ras_fail(err, RAS_E_IO, "SO_PEERGROUPS: %s", strerror(errno));
		groups = many;
	}
	*uid = cred.uid;
	*pid = cred.pid;
	*role = role_of(g, cred.uid, cred.gid, groups, len / sizeof(gid_t));
	return 0;
}

const char *role_name(enum rpc_role role)
{
	static const char *const names[] = {
		[RPC_NONE] = "none", [RPC_VIEW] = "view", [RPC_INJECT] = "inject", [RPC_ADMIN] = "admin"
	};

	return (size_t)role < ARRAY_LEN(names) ? names[role] : "none";
}

int role_check(const struct conf *conf, enum rpc_role have, enum rpc_role want, const char *what,
	       struct ras_err *err)
{
	const char *group = want == RPC_ADMIN ? conf->admin_group :
			    want == RPC_INJECT ? conf->inject_group : conf->view_group;

	if (have != RPC_NONE && have >= want)
		return 0;
	ras_fail(err, RAS_E_PERMISSION, "%s needs the role %s, yours is %s", what, role_name(want),
		 role_name(have));
	return ras_hint(err, "be root or a member of the group \"%s\" (log in again after joining)", group);
}
