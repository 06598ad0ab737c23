// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Guests that have a QMP socket for rasd: DIR/NAME.qmp of the configured directories, watched by
 * inotify. A directory may not exist yet (/run is empty after a boot), so the nearest one above it
 * that exists is watched until it does. Each time the watch is set first and the directory listed
 * then (scan.c): a socket that appears between the two is seen twice, never missed.
 *
 * Whoever may write in a directory may make files faster than rasd looks at them. So the loop gives
 * a slice of time to events and one to the listing, and then goes on with everything else. What is
 * left waits for the next turn. When the kernel drops events, the directories are listed again.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "guests/guest.h"
#include "guests/scan.h"
#include "qmp/holder.h"

#define SLICE_NS 300000	 /* nothing in the loop takes over 1 ms, and there is other work */
#define PAUSE_NS 1000000 /* after a slice that has not ended a flood: a quarter of a CPU at most */
#define SLICE_EVENTS 128
#define CLOCK_EVERY 8

struct guests_sockets {
	struct guests *gs;
	const struct conf *conf;
	int inotify_fd;
	struct event *inotify_ev;
	struct event *more;	  /* the rest of the events or of a listing */
	int watch[CONF_MAX_DIRS]; /* of each qmp-directory, -1 while it does not exist */
	int above[CONF_MAX_DIRS]; /* then: of the nearest directory above it that does, else -1 */
	struct scan scan;
	size_t at, len; /* of the events in buf that are not handled yet */
	char buf[8192] __attribute__((aligned(__alignof__(struct inotify_event))));
};

/* NAME of "NAME.qmp" as it is shown, or false where it is no guest's socket name. */
static bool name_of(const char *file, char out[64])
{
	size_t len = strlen(file);

	if (len < 5 || strcmp(file + len - 4, ".qmp") != 0)
		return false;
	for (size_t i = 0; i < len - 4; i++)
		if ((unsigned char)file[i] <= ' ' || file[i] == 0x7f || strchr("\"\\", file[i]))
			return false;
	return utf8_name(out, 64, file, len - 4);
}

enum look sockets_look(struct guests_sockets *s, size_t i, const char *file, bool news)
{
	const char *dir = s->conf->qmp_directory[i];
	char name[64], path[sizeof(((struct guest *)0)->link.path)];
	enum look result = LOOK_KNOWN;
	enum qmp_holder holder;
	struct guest *g;

	if (!name_of(file, name) ||
	    (size_t)snprintf(path, sizeof(path), "%s/%s", dir, file) >= sizeof(path))
		return LOOK_NONE;
	holder = qmp_holder(path);
	if (holder != HOLDER_THERE)
		return holder == HOLDER_MAYBE ? LOOK_LATER : LOOK_NONE;
	if (guests_find(s->gs, name, &g, NULL) < 0) {
		g = guests_add(s->gs, name, true);
		result = LOOK_NEW;
	}
	if (!g)
		return LOOK_KNOWN;
	if (!news && (g->link.dirs & 1u << i))
		return LOOK_KNOWN;
	guest_socket_appeared(g, i, file);
	return result;
}

static void vanished(struct guests_sockets *s, size_t dir, const char *file)
{
	char name[64];
	struct guest *g;

	if (name_of(file, name) && guests_find(s->gs, name, &g, NULL) == 0)
		guest_socket_vanished(g, dir);
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
	scan_first(&s->scan, i);
	return 0;
}

/* What an event says of the i-th qmp-directory. */
static void on_event(struct guests_sockets *s, size_t i, const struct inotify_event *e)
{
	bool lost = e->mask & IN_Q_OVERFLOW;

	if (s->watch[i] < 0) {
		if (lost || e->wd == s->above[i])
			watch_dir(s, i);
	} else if (lost) {
		scan_again(&s->scan, i, SCAN_LOST);
	} else if (e->wd != s->watch[i]) {
		return;
	} else if (e->mask & IN_IGNORED) {
		watch_dir(s, i); /* it was removed: wait for the next of that name */
	} else if (e->len && (e->mask & (IN_CREATE | IN_MOVED_TO | IN_ATTRIB))) {
		if (sockets_look(s, i, e->name, true) == LOOK_LATER)
			scan_again(&s->scan, i, SCAN_YOUNG);
	} else if (e->len) {
		vanished(s, i, e->name);
	}
}

static bool read_events(struct guests_sockets *s)
{
	ssize_t n;

	if (s->at < s->len)
		return true;
	n = read(s->inotify_fd, s->buf, sizeof(s->buf));
	s->at = 0;
	s->len = n > 0 ? (size_t)n : 0;
	return s->len > 0;
}

/* Handle events until end_ns; true if there are more. */
static bool take_events(struct guests_sockets *s, int64_t end_ns)
{
	for (size_t n = 1; read_events(s); n++) {
		const struct inotify_event *e = (const void *)(s->buf + s->at);

		for (size_t i = 0; i < s->conf->n_qmp_directories; i++)
			on_event(s, i, e);
		s->at += sizeof(*e) + e->len;
		if (n >= SLICE_EVENTS || (n % CLOCK_EVERY == 0 && clock_boot_ns() > end_ns))
			return true;
	}
	return false;
}

/* Events have come, or it is time for more of them or of a listing. */
static void on_work(evutil_socket_t fd, short what, void *arg)
{
	struct guests_sockets *s = arg;
	bool more = take_events(s, clock_boot_ns() + SLICE_NS);
	int64_t wait_ns = scan_step(&s->scan, clock_boot_ns() + SLICE_NS);
	struct timeval tv;

	(void)fd, (void)what;
	/* A flood is not heard until the pause is over. */
	if (more)
		event_del(s->inotify_ev);
	else
		event_add(s->inotify_ev, NULL);
	if (more)
		wait_ns = PAUSE_NS;
	if (wait_ns < 0)
		return;
	tv.tv_sec = wait_ns / 1000000000;
	tv.tv_usec = wait_ns % 1000000000 / 1000;
	evtimer_add(s->more, &tv);
}

void sockets_place_is_free(struct guests_sockets *s)
{
	static const struct timeval soon = { 0, 0 };

	for (size_t i = 0; i < s->conf->n_qmp_directories; i++)
		if (s->watch[i] >= 0)
			scan_again(&s->scan, i, SCAN_PLACE);
	/* Otherwise on_work() comes anyway. */
	if (!event_pending(s->more, EV_TIMEOUT, NULL))
		evtimer_add(s->more, &soon);
}

bool sockets_discovering(const struct guests_sockets *s)
{
	return scan_is_first(&s->scan);
}

int sockets_new(struct guests_sockets **out, struct guests *gs, struct ras_err *err)
{
	struct guests_sockets *s = calloc(1, sizeof(*s));

	if (!s)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	s->gs = gs;
	s->conf = guests_conf(gs);
	scan_init(&s->scan, s, gs);
	s->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (s->inotify_fd < 0) {
		int r = ras_fail(err, RAS_E_IO, "inotify: %s", strerror(errno));

		free(s);
		return r;
	}
	s->more = evtimer_new(guests_base(gs), on_work, s);
	s->inotify_ev = event_new(guests_base(gs), s->inotify_fd, EV_READ | EV_PERSIST, on_work, s);
	event_add(s->inotify_ev, NULL);
	for (size_t i = 0; i < s->conf->n_qmp_directories; i++) {
		int why;

		s->watch[i] = s->above[i] = -1;
		why = watch_dir(s, i);
		if (why)
			log_limited(LOG_WARNING, s->conf->qmp_directory[i],
				    "qmp-directory %s: %s; waiting for it",
				    s->conf->qmp_directory[i], strerror(why));
	}
	scan_step_at_start(&s->scan);
	on_work(s->inotify_fd, 0, s);
	*out = s;
	return 0;
}

void sockets_free(struct guests_sockets *s)
{
	if (!s)
		return;
	scan_free(&s->scan);
	event_free(s->inotify_ev);
	event_free(s->more);
	close(s->inotify_fd);
	free(s);
}
