// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Who a guest is.
 *
 * Problem: a guest is known by a name, and so are its grants and its records. A socket NAME.qmp
 * proves nothing of who serves it: sockets are renamed, copied and swapped, and whoever may write
 * in a qmp-directory may choose the name.
 * Rule: at each connect QEMU is asked who it is (-name, -uuid), the kernel which process serves the
 * socket and with which uid, and libvirt's pid file which process a domain is. What contradicts the
 * name is refused (RAS_E_OTHER_GUEST): nothing more is asked of it, nothing is sent to it.
 * Without the rule a record for one guest goes into another, with the first one's grant.
 *
 *   what is known                                      then
 *   uid of the process is no qemu-user                 refused
 *   rasd.conf gives a uuid, QEMU another or none       refused
 *   a domain of libvirt has this name, and the         the socket is not used,
 *     socket's process is not its process              libvirt is
 *   QEMU says the name or uuid of another guest,       refused; not the other one,
 *     of a domain, or of a section of rasd.conf          as anybody can say any name
 *   two QEMUs say one name, and no socket has it       both are refused
 *   one QEMU serves the sockets of two names           that which it says itself, else none
 *   the name looks like the uuid of another domain     refused
 *   QEMU says a name that nobody else has              accepted and shown
 *   QEMU says nothing                                  accepted: its socket's name is what there is
 *
 * A domain that libvirt itself reaches is that domain, and so is the process that its pid file
 * names: what its QEMU says of other guests does not count against that.
 *
 * What a guest said last is kept while it is refused (struct guest_identity), so that others can be
 * compared with it as long as that process runs.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/process.h"
#include "guests/guest.h"

uid_t identity_pid_file_owner;

/*
 * libvirt writes NAME.pid as root into a directory of QEMU's user, who can put files of its own
 * there: they do not count.
 */
pid_t identity_libvirt_pid(const struct guest *g)
{
	char path[240], text[24], *end;
	_close_ int fd = -1;
	struct stat st;
	ssize_t n;
	long pid;

	if (!guests_conf(g->gs)->libvirt_uri[0] || strchr(g->name, '\\'))
		return -1; /* libvirt is not used; or its own name of it is another */
	snprintf(path, sizeof(path), "%s/%s.pid", guests_conf(g->gs)->libvirt_run_directory,
		 g->name);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_uid != identity_pid_file_owner || st.st_nlink != 1 || (st.st_mode & 022))
		return -1;
	n = read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	pid = strtol(text, &end, 10);
	return end != text && (*end == '\0' || *end == '\n') && pid > 1 && pid <= INT32_MAX ?
		       (pid_t)pid :
		       -1;
}

/* --- one guest alone --- */

/* What of rasd.conf says who may be this guest. */
static int hint(struct ras_err *err)
{
	return ras_hint(err, "'rasctl explain' shows who answers; see GUESTS in rasd(8)");
}

int identity_check_socket(const struct guest *g, struct ras_err *err)
{
	pid_t pid = identity_libvirt_pid(g);

	if (pid > 0 && pid == g->life.pid)
		return 0;
	if (pid > 0 && process_start_time(pid)) {
		ras_fail(err, RAS_E_OTHER_GUEST,
			 "the socket of %s leads to process %d, and libvirt's domain is process %d",
			 g->name, (int)g->life.pid, (int)pid);
		return hint(err);
	}
	if (!guest_is_managed(g))
		return 0;
	ras_fail(err, RAS_E_OTHER_GUEST,
		 "the socket of %s leads to process %d, which is not provably libvirt's domain",
		 g->name, (int)g->life.pid);
	return hint(err);
}

static int check_uid(const struct guest *g, struct ras_err *err)
{
	const struct conf *c = guests_conf(g->gs);
	bool ok = !c->n_qemu_uids;

	for (size_t i = 0; i < c->n_qemu_uids; i++)
		ok |= c->qemu_uid[i] == g->id.uid;
	if (ok)
		return 0;
	ras_fail(err, RAS_E_OTHER_GUEST,
		 "%s is not used: its process %d has uid %u, which is no qemu-user", g->name,
		 (int)g->id.of.pid, (unsigned int)g->id.uid);
	return ras_hint(err, "QEMU's user is named in rasd.conf: [guests] qemu-user = NAME");
}

/* It is libvirt that says that this is its domain. */
static bool by_libvirt(const struct guest *g)
{
	return guest_is_managed(g) &&
	       (!guest_by_socket(g) || identity_libvirt_pid(g) == g->id.of.pid);
}

static int check_uuid(const struct guest *g, const struct uuid *want, const char *whose,
		      struct ras_err *err)
{
	char text[UUID_TEXT_SIZE] = "none", wanted[UUID_TEXT_SIZE];

	if (g->id.said.has_uuid && uuid_equal(&g->id.said.uuid, want))
		return 0;
	uuid_format(want, wanted);
	if (g->id.said.has_uuid)
		uuid_format(&g->id.said.uuid, text);
	ras_fail(err, RAS_E_OTHER_GUEST, "%s is not used: the uuid of its QEMU is %s, %s says %s",
		 g->name, text, whose, wanted);
	return hint(err);
}

static int check_alone(const struct guest *g, struct ras_err *err)
{
	const struct conf_grant *c = conf_grant_for(guests_conf(g->gs), g->name);
	int r = check_uid(g, err);

	if (r == 0 && guest_is_managed(g) && g->dom.ambiguous) {
		ras_fail(err, RAS_E_OTHER_GUEST,
			 "%s is not used: it is the uuid of one domain and the name of another",
			 g->name);
		r = ras_hint(err, "rename the other one: virsh domrename");
	}
	if (r == 0 && c && c->has_uuid)
		r = check_uuid(g, &c->uuid, "rasd.conf", err);
	if (r == 0 && guest_is_managed(g) && g->id.said.has_uuid)
		r = check_uuid(g, &g->dom.uuid, "libvirt", err);
	return r;
}

/* --- two guests --- */

/* Its words count: they are of a process that runs, or that libvirt vouches for. */
static bool has_said(const struct guest *g)
{
	return g->id.of.pid > 0 && process_alive(g->id.of.pid, g->id.of.start_time);
}

static bool says(const struct guest *g, const char *name)
{
	return g->id.said.name[0] && strcmp(g->id.said.name, name) == 0;
}

static bool same_name(const struct guest *g, const struct guest *h)
{
	return g->id.said.name[0] && strcmp(g->id.said.name, h->id.said.name) == 0;
}

/* g has the uuid of a domain that is not g, as its name or as what it says. */
static bool has_uuid_of(const struct guest *g, const struct guest *h)
{
	struct uuid named;

	if (!guest_is_managed(h))
		return false;
	if (!guest_is_managed(g) && g->id.said.has_uuid &&
	    uuid_equal(&g->id.said.uuid, &h->dom.uuid))
		return true;
	return uuid_parse(g->name, &named, NULL) == 0 && uuid_equal(&named, &h->dom.uuid);
}

static int is_other(const struct guest *g, const char *what, const char *name, struct ras_err *err)
{
	ras_fail(err, RAS_E_OTHER_GUEST, "%s is not used: %s %s", g->name, what, name);
	return hint(err);
}

/* 0 if g may be hit although h is there. */
static int compare(const struct guest *g, const struct guest *h, struct ras_err *err)
{
	bool sure = by_libvirt(g);
	char what[120];

	if (has_uuid_of(g, h)) {
		snprintf(what, sizeof(what), "its %s is the uuid of the domain",
			 guest_is_managed(g) || !g->id.said.has_uuid ? "name" : "name or uuid");
		return is_other(g, what, h->name, err);
	}
	if (sure)
		return 0;
	if (says(g, h->name) && !says(g, g->name))
		return is_other(g, "its QEMU says that it is", h->name, err);
	if (says(g, g->name) || !has_said(h))
		return 0;
	if (g->id.of.pid == h->id.of.pid && g->id.of.start_time == h->id.of.start_time) {
		snprintf(what, sizeof(what), "its process %d is also that of", (int)g->id.of.pid);
		return is_other(g, what, h->name, err);
	}
	if (!same_name(g, h))
		return 0;
	snprintf(what, sizeof(what), "two QEMUs say that they are %.50s, the other is",
		 g->id.said.name);
	return is_other(g, what, h->name, err);
}

/* The name or uuid that g says is in a section of rasd.conf of another name. */
static int compare_conf(const struct guest *g, struct ras_err *err)
{
	const struct conf *c = guests_conf(g->gs);

	if (by_libvirt(g))
		return 0;
	for (size_t i = 0; i < c->n_grants; i++) {
		const struct conf_grant *s = &c->grant[i];

		if (strcmp(s->domain, g->name) == 0)
			continue;
		if (says(g, s->domain) ||
		    (s->has_uuid && g->id.said.has_uuid && uuid_equal(&s->uuid, &g->id.said.uuid)))
			return is_other(g, "rasd.conf knows its QEMU by name or uuid as", s->domain,
					err);
	}
	return 0;
}

struct comparison {
	const struct guest *g;
	int r;
	struct ras_err *err;
};

static void compare_with(void *arg, struct guest *h)
{
	struct comparison *c = arg;

	if (c->r == 0 && h != c->g)
		c->r = compare(c->g, h, c->err);
}

static int check(const struct guest *g, struct ras_err *err)
{
	struct comparison c = { .g = g, .err = err };

	c.r = check_alone(g, err);
	if (c.r == 0)
		c.r = compare_conf(g, err);
	if (c.r == 0)
		guests_each(g->gs, compare_with, &c);
	return c.r;
}

/* What serves the socket is not the domain: it is not used from here on. */
static int check_socket(struct guest *g, struct ras_err *err)
{
	int r = guest_by_socket(g) ? identity_check_socket(g, err) : 0;

	if (r < 0)
		guest_socket_is_other(g, err->text);
	return r;
}

int identity_take(struct guest *g, struct ras_err *err)
{
	int r;

	g->id = (struct guest_identity){ .said = g->machine.said,
					 .of = { .pid = g->life.pid,
						 .start_time = g->life.start_time } };
	if (!process_uid(g->life.pid, &g->id.uid))
		return ras_fail(err, RAS_E_GONE, "QEMU has ended");
	r = check_socket(g, err);
	return r < 0 ? r : check(g, err);
}

/* h is up: may it still be hit, now that arg has changed? */
static void review(void *arg, struct guest *h)
{
	const struct guest *g = arg;
	struct ras_err err;

	if (h != g && h->link.state == LINK_UP && compare(h, g, &err) < 0)
		guest_link_refuse(h, &err);
}

void identity_changed(struct guest *g)
{
	struct ras_err err;

	guests_each(g->gs, review, g);
	/* It has become a domain of libvirt while its socket was in use. */
	if (g->link.state == LINK_UP && check_socket(g, &err) < 0)
		guest_link_refuse(g, &err);
}
