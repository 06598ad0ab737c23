// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The registry of guests. A guest is a socket DIR/NAME.qmp. inotify tells when sockets come and go; a guest
 * whose monitor closes is retried with back-off while its socket file exists. Everything known of a
 * guest dies with its monitor connection: the next connection may be another process.
 */
#include "guests/guests.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "guests/guest.h"

#define GREETING_MS 3000
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 10000

struct guests {
	struct event_base *base;
	const struct conf *conf;
	struct helper_client *helper;
	guest_event_fn fn;
	void *arg;
	struct guest *first;
	size_t n;
	int inotify_fd;
	struct event *inotify_ev;
	int watch[CONF_MAX_DIRS];	/* of each qmp-directory, -1 while it does not exist */
	int above[CONF_MAX_DIRS];	/* then: of the nearest directory above it that does, else -1 */
};

struct helper_client *guests_helper(struct guests *gs)
{
	return gs->helper;
}

const struct conf *guests_conf(struct guests *gs)
{
	return gs->conf;
}

/* Forget all that belongs to one process of the guest. */
static void forget(struct guest *g)
{
	guest_layout_drop(g);
	g->pid = -1;
	g->start_time = 0;
	g->reset_count = 0;
	g->arch[0] = '\0';
	g->version = 0;
	g->has_inject = false;
	g->ras = -1;
	g->panicked = false;
	g->layout_ok = g->hest_ok = g->void_check = false;
	g->old_slot_len = 0;
	g->outstanding = 0;
}

static void connect_guest(struct guest *g);

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	connect_guest(arg);
}

static void schedule_retry(struct guest *g)
{
	struct timeval tv = { g->backoff_ms / 1000, g->backoff_ms % 1000 * 1000 };

	if (!g->socket_present)
		return;
	evtimer_add(g->retry, &tv);
	g->backoff_ms = g->backoff_ms * 2 > BACKOFF_MAX_MS ? BACKOFF_MAX_MS : g->backoff_ms * 2;
}

static void link_down(struct guest *g, const struct ras_err *err)
{
	bool was_up = g->link == LINK_UP || g->link == LINK_PROBING;
	struct qmp *q = TAKE(g->qmp);

	g->link = LINK_DOWN;
	g->down = *err;
	qmp_close(q);
	if (was_up) {
		log_info("guest %s: monitor lost: %s", g->name, err->text);
		g->gs->fn(g->gs->arg, g, GUEST_GONE);
	}
	forget(g);
	guest_prepare_fail(g, err);
	schedule_retry(g);
}

static void on_closed(void *arg, const struct ras_err *err)
{
	link_down(arg, err);
}

static void on_ready(void *arg)
{
	struct guest *g = arg;

	g->link = LINK_PROBING;
	g->n_resumes++; /* unseen since the last connection */
	g->pid = qmp_peer_pid(g->qmp);
	g->uid = qmp_peer_uid(g->qmp);
	guest_probe(g);
}

void guest_probe_done(struct guest *g)
{
	if (g->link != LINK_PROBING)
		return; /* the monitor went meanwhile */
	if (g->probe_failed) {
		struct ras_err err;

		ras_fail(&err, RAS_E_MONITOR, "the monitor did not answer the first questions");
		link_down(g, &err);
		return;
	}
	g->link = LINK_UP;
	g->backoff_ms = BACKOFF_MIN_MS;
	log_info("guest %s: pid %d, %s, QEMU %d.%d, ras=%s, %s", g->name, (int)g->pid, g->arch,
		 g->version / 10000, g->version / 100 % 100,
		 g->ras > 0 ? "on" : g->ras == 0 ? "off" : "none", run_state_name(g->state));
	g->gs->fn(g->gs->arg, g, GUEST_UP);
	guest_prepare_next(g);
}

void guest_reconnect(struct guest *g)
{
	struct ras_err err;

	ras_fail(&err, RAS_E_MONITOR, "the monitor did not answer in time");
	if (g->link != LINK_DOWN)
		link_down(g, &err);
}

bool guest_is_up(const struct guest *g)
{
	return g->link == LINK_UP;
}

/* A RESET: RAM is kept, so a HEST found before is void until the firmware has run again. */
static void on_reset(struct guest *g)
{
	g->gs->fn(g->gs->arg, g, GUEST_RESET);
	g->reset_count++;
	g->hest_ok = g->layout_ok = false;
	g->void_check = true;
	g->panicked = false;
}

static void tell_stopped(struct guest *g, enum run_state state, enum guest_event ev)
{
	g->state = state;
	g->gs->fn(g->gs->arg, g, ev);
}

static void on_event(void *arg, const char *name, json_object *data)
{
	struct guest *g = arg;

	(void)data;
	if (strcmp(name, "STOP") == 0) {
		if (g->state == RUN_STATE_RUNNING)
			g->state = RUN_STATE_PAUSED;
	} else if (strcmp(name, "RESUME") == 0) {
		g->state = RUN_STATE_RUNNING;
		g->n_resumes++;
	} else if (strcmp(name, "RESET") == 0) {
		on_reset(g);
	} else if (strcmp(name, "SHUTDOWN") == 0) {
		tell_stopped(g, RUN_STATE_SHUTDOWN, GUEST_STOPPED);
	} else if (strcmp(name, "GUEST_PANICKED") == 0) {
		g->panicked = true;
		tell_stopped(g, RUN_STATE_GUEST_PANICKED, GUEST_PANICKED);
	} else if (strcmp(name, "SUSPEND") == 0) {
		g->state = RUN_STATE_SUSPENDED;
	} else if (strcmp(name, "WAKEUP") == 0) {
		g->state = RUN_STATE_RUNNING;
		g->n_resumes++;
	} else if (strcmp(name, "DEVICE_DELETED") == 0 || strcmp(name, "MEMORY_DEVICE_SIZE_CHANGE") == 0) {
		g->layout_ok = false;
	}
}

static void connect_guest(struct guest *g)
{
	static const struct qmp_callbacks cb = {
		.ready = on_ready, .event = on_event, .closed = on_closed
	};
	struct ras_err err;

	if (g->link != LINK_DOWN)
		return;
	event_del(g->retry);
	forget(g);
	if (qmp_open(&g->qmp, g->gs->base, g->path, GREETING_MS, &cb, g, &err) < 0) {
		link_down(g, &err);
		return;
	}
	g->link = LINK_CONNECTING;
}

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

static void socket_appeared(struct guests *gs, const char *dir, const char *file)
{
	char name[sizeof(gs->first->name)];
	struct guest **at, *g;

	if (!name_of(file, name, sizeof(name)))
		return;
	for (at = &gs->first; *at && strcmp((*at)->name, name) < 0; at = &(*at)->next)
		;
	g = *at;
	if (g && strcmp(g->name, name) == 0) {
		if (strncmp(g->path, dir, strlen(dir)) != 0 || g->path[strlen(dir)] != '/') {
			log_warn("guest %s: a second socket in %s is ignored", name, dir);
			return;
		}
	} else {
		if (gs->n >= GUEST_MAX || !(g = calloc(1, sizeof(*g)))) {
			log_warn("guest %s: ignored, at most %d guests", name, GUEST_MAX);
			return;
		}
		g->gs = gs;
		memcpy(g->name, name, sizeof(name));
		snprintf(g->path, sizeof(g->path), "%s/%s", dir, file);
		g->retry = evtimer_new(gs->base, on_retry, g);
		g->pid = -1;
		g->ras = -1;
		ras_fail(&g->down, RAS_E_GONE, "not connected yet");
		g->next = *at;
		*at = g;
		gs->n++;
	}
	g->socket_present = true;
	g->backoff_ms = BACKOFF_MIN_MS;
	if (g->link == LINK_DOWN) {
		struct timeval soon = { 0, 1000 };

		evtimer_add(g->retry, &soon);
	}
}

static void free_guest(struct guest *g)
{
	qmp_close(TAKE(g->qmp));
	forget(g);
	event_free(g->retry);
	free(g);
}

static void socket_vanished(struct guests *gs, const char *dir, const char *file)
{
	char path[sizeof(gs->first->path)];

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	for (struct guest **at = &gs->first; *at; at = &(*at)->next) {
		struct guest *g = *at;

		if (strcmp(g->path, path) != 0)
			continue;
		g->socket_present = false;
		if (g->link == LINK_DOWN && !g->waiters) {
			/* An unlinked socket of a living QEMU keeps its guest until the monitor closes. */
			*at = g->next;
			gs->n--;
			free_guest(g);
		}
		return;
	}
}

static void scan_dir(struct guests *gs, const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *de;

	if (!d) {
		log_warn("qmp-directory %s: %s", dir, strerror(errno));
		return;
	}
	while ((de = readdir(d)))
		socket_appeared(gs, dir, de->d_name);
	closedir(d);
}

#define WATCH_MASK (IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_ATTRIB)

static void drop_above(struct guests *gs, size_t i)
{
	int wd = gs->above[i];

	gs->above[i] = -1;
	for (size_t k = 0; k < gs->conf->n_qmp_directories; k++)
		if (gs->watch[k] == wd || gs->above[k] == wd)
			return; /* one directory has one watch, and another needs it */
	if (wd >= 0)
		inotify_rm_watch(gs->inotify_fd, wd);
}

/* Watch the nearest existing directory above the i-th; false where that is none. */
static bool watch_above(struct guests *gs, size_t i)
{
	char path[sizeof(gs->conf->qmp_directory[0])];
	char *slash;
	int wd = -1;

	snprintf(path, sizeof(path), "%s", gs->conf->qmp_directory[i]);
	while (wd < 0 && (slash = strrchr(path, '/'))) {
		slash[slash == path] = '\0';
		wd = inotify_add_watch(gs->inotify_fd, path,
				       IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR | IN_MASK_ADD);
		if (slash == path)
			break;
	}
	if (wd != gs->above[i])
		drop_above(gs, i);
	gs->above[i] = wd;
	return wd >= 0;
}

/*
 * Watch the i-th qmp-directory and list it; where it does not exist (yet), wait for it: /run is empty after
 * a boot. Watch first, look after: nothing falls between. Returns 0, or the errno while it waits.
 */
static int watch_dir(struct guests *gs, size_t i)
{
	const char *dir = gs->conf->qmp_directory[i];
	int before, why;

	do {
		gs->watch[i] = inotify_add_watch(gs->inotify_fd, dir, WATCH_MASK | IN_ONLYDIR | IN_MASK_ADD);
		why = errno;
		before = gs->above[i];
	} while (gs->watch[i] < 0 && watch_above(gs, i) && gs->above[i] != before);
	if (gs->watch[i] < 0)
		return why;
	drop_above(gs, i);
	scan_dir(gs, dir);
	return 0;
}

static void on_inotify(evutil_socket_t fd, short what, void *arg)
{
	struct guests *gs = arg;
	char buf[8192] __attribute__((aligned(__alignof__(struct inotify_event))));
	ssize_t n;

	(void)what;
	while ((n = read((int)fd, buf, sizeof(buf))) > 0) {
		for (char *p = buf; p < buf + n;) {
			const struct inotify_event *e = (const void *)p;

			for (size_t i = 0; i < gs->conf->n_qmp_directories; i++) {
				const char *dir = gs->conf->qmp_directory[i];

				if ((e->mask & IN_Q_OVERFLOW) && gs->watch[i] >= 0)
					scan_dir(gs, dir);
				else if ((e->mask & IN_IGNORED) && e->wd == gs->watch[i])
					watch_dir(gs, i); /* it was removed: wait for the next of that name */
				else if (gs->watch[i] < 0 &&
					 (e->wd == gs->above[i] || (e->mask & IN_Q_OVERFLOW)))
					watch_dir(gs, i);
				else if (e->wd != gs->watch[i] || !e->len)
					continue;
				else if (e->mask & (IN_CREATE | IN_MOVED_TO | IN_ATTRIB))
					socket_appeared(gs, dir, e->name);
				else
					socket_vanished(gs, dir, e->name);
			}
			p += sizeof(*e) + e->len;
		}
	}
}

int guests_new(struct guests **out, struct event_base *base, const struct conf *conf,
	       struct helper_client *helper, guest_event_fn fn, void *arg, struct ras_err *err)
{
	struct guests *gs = calloc(1, sizeof(*gs));

	if (!gs)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	gs->base = base;
	gs->conf = conf;
	gs->helper = helper;
	gs->fn = fn;
	gs->arg = arg;
	gs->inotify_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (gs->inotify_fd < 0) {
		int r = ras_fail(err, RAS_E_IO, "inotify: %s", strerror(errno));

		free(gs);
		return r;
	}
	gs->inotify_ev = event_new(base, gs->inotify_fd, EV_READ | EV_PERSIST, on_inotify, gs);
	event_add(gs->inotify_ev, NULL);
	for (size_t i = 0; i < conf->n_qmp_directories; i++) {
		int why;

		gs->watch[i] = gs->above[i] = -1;
		why = watch_dir(gs, i);
		if (why)
			log_warn("qmp-directory %s: %s; waiting for it", conf->qmp_directory[i], strerror(why));
	}
	*out = gs;
	return 0;
}

void guests_free(struct guests *gs)
{
	struct ras_err err;

	if (!gs)
		return;
	ras_fail(&err, RAS_E_GONE, "rasd is stopping");
	while (gs->first) {
		struct guest *g = gs->first;

		gs->first = g->next;
		guest_prepare_fail(g, &err);
		free_guest(g);
	}
	event_free(gs->inotify_ev);
	close(gs->inotify_fd);
	free(gs);
}

/* Edit distance, capped by the names' 63 bytes; for hints only. */
static size_t distance(const char *a, const char *b)
{
	size_t row[65], la = strlen(a), lb = strlen(b);

	if (la > 63 || lb > 63)
		return 64;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diag = row[0];

		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t up = row[j], best = diag + (a[i - 1] != b[j - 1]);

			if (up + 1 < best)
				best = up + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diag = up;
			row[j] = best;
		}
	}
	return row[lb];
}

int guests_find(struct guests *gs, const char *name, struct guest **out, struct ras_err *err)
{
	const char *near = NULL;
	size_t best = 4;

	for (struct guest *g = gs->first; g; g = g->next) {
		size_t d;

		if (strcmp(g->name, name) == 0) {
			*out = g;
			return 0;
		}
		d = distance(g->name, name);
		if (d < best) {
			best = d;
			near = g->name;
		}
	}
	ras_fail(err, RAS_E_NO_DOMAIN, "there is no domain \"%.63s\"", name);
	if (near)
		ras_hint(err, "did you mean \"%s\"? 'rasctl domains' lists them", near);
	else
		ras_hint(err, "'rasctl domains' lists them; a guest is a socket NAME.qmp in a qmp-directory of rasd.conf");
	return ras_field(err, "domain");
}

void guests_each(struct guests *gs, void (*fn)(void *arg, struct guest *g), void *arg)
{
	for (struct guest *g = gs->first; g; g = g->next)
		fn(arg, g);
}
