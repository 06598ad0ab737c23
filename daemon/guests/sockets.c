// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Guests that have a QMP socket for rasd: DIR/NAME.qmp of the configured directories, watched by
 * inotify. A directory may not exist yet (/run is empty after a boot), so the nearest one above it
 * that exists is watched until it does. Each time the watch is set first and the directory listed
 * then: a socket that appears between the two is seen twice, never missed.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/log.h"
#include "guests/guest.h"

struct guests_sockets {
	struct guests *gs;
	const struct conf *conf;
	int inotify_fd;
	struct event *inotify_ev;
	int watch[CONF_MAX_DIRS]; /* of each qmp-directory, -1 while it does not exist */
	int above[CONF_MAX_DIRS]; /* then: of the nearest directory above it that does, else -1 */
};

/* NAME of "NAME.qmp", or false where it is no guest's socket name. */
static bool name_of(const char *file, char *out, size_t size)
{
	size_t len = strlen(file);

	if (len < 5 || strcmp(file + len - 4, ".qmp") != 0 || len - 4 >= size)
		return false;
	for (size_t i = 0; i < len - 4; i++)
		if ((unsigned char)file[i] <= ' ' || file[i] == 0x7f || strchr("/\"\\", file[i]))
			return false;
	memcpy(out, file, len - 4);
	out[len - 4] = '\0';
	return true;
}

static void appeared(struct guests_sockets *s, const char *dir, const char *file)
{
	char name[64];
	struct guest *g;

	if (!name_of(file, name, sizeof(name)))
		return;
	g = guests_add(s->gs, name, true);
	if (!g)
		return;
	if (g->link.path[0] &&
	    (strncmp(g->link.path, dir, strlen(dir)) != 0 || g->link.path[strlen(dir)] != '/')) {
		log_warn("guest %s: a second socket in %s is ignored", name, dir);
		return;
	}
	snprintf(g->link.path, sizeof(g->link.path), "%s/%s", dir, file);
	g->link.socket = SOCKET_THERE;
	guest_connect_soon(g);
}

static void vanish_if(void *arg, struct guest *g)
{
	if (!g->link.path[0] || strcmp(g->link.path, arg) != 0)
		return;
	g->link.socket = SOCKET_NONE;
	if (guests_drop_unseen(g))
		return;
	if (g->link.state == LINK_DOWN) {
		g->link.path[0] = '\0';
		guest_connect_soon(g); /* perhaps through libvirt */
	}
}

static void vanished(struct guests_sockets *s, const char *dir, const char *file)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	guests_each(s->gs, vanish_if, path);
}

static void scan_dir(struct guests_sockets *s, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *de;

	if (!d) {
		log_warn("qmp-directory %s: %s", dir, strerror(errno));
		return;
	}
	while ((de = readdir(d)))
		appeared(s, dir, de->d_name);
	closedir(d);
}

#define WATCH_MASK (IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_ATTRIB)

static void drop_above(struct guests_sockets *s, size_t i)
{
	int wd = s->above[i];

	s->above[i] = -1;
	for (size_t k = 0; k < s->conf->n_qmp_directories; k++)
		if (s->watch[k] == wd || s->above[k] == wd)
			return; /* one directory has one watch, and another needs it */
	if (wd >= 0)
		inotify_rm_watch(s->inotify_fd, wd);
}

/* Watch the nearest existing directory above the i-th; false where that is none. */
static bool watch_above(struct guests_sockets *s, size_t i)
{
	char path[sizeof(s->conf->qmp_directory[0])];
	char *slash;
	int wd = -1;

	snprintf(path, sizeof(path), "%s", s->conf->qmp_directory[i]);
	while (wd < 0 && (slash = strrchr(path, '/'))) {
		slash[slash == path] = '\0';
		wd = inotify_add_watch(s->inotify_fd, path,
				       IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR |
					       IN_MASK_ADD);
		if (slash == path)
			break;
	}
	if (wd != s->above[i])
		drop_above(s, i);
	s->above[i] = wd;
	return wd >= 0;
}

/*
 * Watch the i-th qmp-directory and list it; where it does not exist (yet), wait for it: /run is
 * empty after a boot. Watch first, look after: nothing falls between. Returns 0, or the errno while
 * it waits.
 */
static int watch_dir(struct guests_sockets *s, size_t i)
{
	const char *dir = s->conf->qmp_directory[i];
	int before, why;

	do {
		s->watch[i] = inotify_add_watch(s->inotify_fd, dir,
						WATCH_MASK | IN_ONLYDIR | IN_MASK_ADD);
		why = errno;
		before = s->above[i];
	} while (s->watch[i] < 0 && watch_above(s, i) && s->above[i] != before);
	if (s->watch[i] < 0)
		return why;
	drop_above(s, i);
	scan_dir(s, dir);
	return 0;
}

/* What an event says of the i-th qmp-directory. */
static void on_event(struct guests_sockets *s, size_t i, const struct inotify_event *e)
{
	const char *dir = s->conf->qmp_directory[i];
	bool lost = e->mask & IN_Q_OVERFLOW;

	if (s->watch[i] < 0) {
		if (lost || e->wd == s->above[i])
			watch_dir(s, i);
	} else if (lost) {
		scan_dir(s, dir);
	} else if (e->wd != s->watch[i]) {
		return;
	} else if (e->mask & IN_IGNORED) {
		watch_dir(s, i); /* it was removed: wait for the next of that name */
	} else if (e->len && (e->mask & (IN_CREATE | IN_MOVED_TO | IN_ATTRIB))) {
		appeared(s, dir, e->name);
	} else if (e->len) {
		vanished(s, dir, e->name);
	}
}

static void on_inotify(evutil_socket_t fd, short what, void *arg)
{
	struct guests_sockets *s = arg;
	char buf[8192] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;

	(void)what;
	while ((n = read((int)fd, buf, sizeof(buf))) > 0) {
		for (char *p = buf; p < buf + n;) {
			const struct inotify_event *e = (const void *)p;

			for (size_t i = 0; i < s->conf->n_qmp_directories; i++)
				on_event(s, i, e);
			p += sizeof(*e) + e->len;
		}
	}
}

int sockets_new(struct guests_sockets **out, struct guests *gs, struct ras_err *err)
{
	struct guests_sockets *s = calloc(1, sizeof(*s));

	if (!s)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	s->gs = gs;
	s->conf = guests_conf(gs);
	s->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (s->inotify_fd < 0) {
		int r = ras_fail(err, RAS_E_IO, "inotify: %s", strerror(errno));

		free(s);
		return r;
	}
	s->inotify_ev =
		event_new(guests_base(gs), s->inotify_fd, EV_READ | EV_PERSIST, on_inotify, s);
	event_add(s->inotify_ev, NULL);
	for (size_t i = 0; i < s->conf->n_qmp_directories; i++) {
		int why;

		s->watch[i] = s->above[i] = -1;
		why = watch_dir(s, i);
		if (why)
			log_warn("qmp-directory %s: %s; waiting for it", s->conf->qmp_directory[i],
				 strerror(why));
	}
	*out = s;
	return 0;
}

void sockets_free(struct guests_sockets *s)
{
	if (!s)
		return;
	event_free(s->inotify_ev);
	close(s->inotify_fd);
	free(s);
}
