// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A guest's socket NAME.qmp, which may be in several qmp-directories.
 *
 * Problem: two sockets of one name are two QEMUs that pass for one guest. Whichever rasd took, the
 * operator may mean the other. Rule: while there are two, neither is used, and that is said; when
 * one of them goes, the other is the guest's socket. Two directories that show the same socket (a
 * link, a mount) have one socket.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "guests/guest.h"
#include "qmp/holder.h"

static void path_in(const struct guest *g, size_t dir, char *out, size_t size)
{
	const char *slash = strrchr(g->link.path, '/');

	snprintf(out, size, "%s/%s", guests_conf(g->gs)->qmp_directory[dir],
		 slash ? slash + 1 : "");
}

static size_t first_dir(unsigned int dirs)
{
	return (size_t)__builtin_ctz(dirs);
}

/*
 * The directories whose socket is held by a process. One that nobody holds, left behind by a QEMU
 * that was killed, is no second guest.
 */
static unsigned int held(const struct guest *g)
{
	char path[sizeof(g->link.path)];
	unsigned int dirs = 0;

	for (size_t i = 0; i < CONF_MAX_DIRS; i++) {
		if (!(g->link.dirs & 1u << i))
			continue;
		path_in(g, i, path, sizeof(path));
		if (qmp_holder(path) != HOLDER_NONE)
			dirs |= 1u << i;
	}
	return dirs;
}

/* The socket is the same file in all of these directories. */
static bool is_one_file(const struct guest *g, unsigned int dirs)
{
	char path[sizeof(g->link.path)];
	struct stat first, st;
	bool seen = false;

	for (size_t i = 0; i < CONF_MAX_DIRS; i++) {
		if (!(dirs & 1u << i))
			continue;
		path_in(g, i, path, sizeof(path));
		if (stat(path, &st) < 0)
			return false;
		if (seen && (st.st_dev != first.st_dev || st.st_ino != first.st_ino))
			return false;
		first = st;
		seen = true;
	}
	return seen;
}

void guest_socket_is_other(struct guest *g, const char *why)
{
	/* Somebody may make and remove a second socket all day: said once. */
	if (strcmp(g->link.socket_why, why) != 0)
		log_warn("guest %s: its socket is not used: %s", g->name, why);
	g->link.socket = SOCKET_OTHER;
	snprintf(g->link.socket_why, sizeof(g->link.socket_why), "%.199s", why);
}

void guest_socket_review(struct guest *g)
{
	unsigned int dirs = g->link.dirs;
	char path[sizeof(g->link.path)];
	struct ras_err why;

	if (!dirs) {
		g->link.socket = SOCKET_NONE;
		return;
	}
	if (dirs & (dirs - 1))
		dirs = held(g);
	if (!dirs)
		dirs = g->link.dirs;
	path_in(g, first_dir(dirs), path, sizeof(path));
	memcpy(g->link.path, path, sizeof(path));
	if (!(dirs & (dirs - 1)) || is_one_file(g, dirs)) {
		g->link.socket = SOCKET_THERE;
		return;
	}
	ras_fail(&why, RAS_E_OTHER_GUEST, "%s.qmp is in %.70s and in %.70s: two of one name",
		 g->name, guests_conf(g->gs)->qmp_directory[first_dir(dirs)],
		 guests_conf(g->gs)->qmp_directory[first_dir(dirs & (dirs - 1))]);
	guest_socket_is_other(g, why.text);
}

bool guest_has_several_sockets(const struct guest *g)
{
	return g->link.dirs & (g->link.dirs - 1);
}

void guest_socket_appeared(struct guest *g, size_t dir, const char *file)
{
	unsigned int before = g->link.dirs;
	struct ras_err err;

	if (!before)
		snprintf(g->link.path, sizeof(g->link.path), "%s/%s",
			 guests_conf(g->gs)->qmp_directory[dir], file);
	g->link.dirs |= 1u << dir;
	guest_socket_review(g);
	if (g->link.socket == SOCKET_OTHER && g->link.state != LINK_DOWN && guest_by_socket(g)) {
		ras_fail(&err, RAS_E_OTHER_GUEST, "%s", g->link.socket_why);
		guest_link_refuse(g, &err);
		return;
	}
	guest_connect_soon(g);
	if (!before)
		identity_changed(g);
}

void guest_socket_vanished(struct guest *g, size_t dir)
{
	if (!(g->link.dirs & 1u << dir))
		return;
	g->link.dirs &= ~(1u << dir);
	guest_socket_review(g);
	if (guests_drop_unseen(g))
		return;
	if (g->link.state == LINK_DOWN)
		guest_connect_soon(g); /* the other one, or perhaps libvirt */
}

void guest_socket_compare(struct guest *g)
{
	char path[sizeof(g->link.path)], name[sizeof(g->name)];
	struct guests *gs = g->gs;
	struct stat st;

	memcpy(name, g->name, sizeof(name));
	for (size_t i = 0; i < CONF_MAX_DIRS && guests_find(gs, name, &g, NULL) == 0; i++) {
		if (!(g->link.dirs & 1u << i))
			continue;
		path_in(g, i, path, sizeof(path));
		if (lstat(path, &st) < 0 && errno == ENOENT)
			guest_socket_vanished(g, i);
	}
}
