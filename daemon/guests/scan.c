// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Listing the qmp-directories.
 *
 * The problem: whoever may write in one can put a hundred thousand files there, and change them
 * faster than they can be listed. The loop must not wait for that, and a guest among them must be
 * found.
 * The rule: a directory is listed in slices of time, and of a few new guests, because each means a
 * connection on the next turn. After a listing the directory rests for REST times as long as the
 * listing took. Nothing is remembered of files that are no guests: the directory itself is the
 * list. So what such files cost is bounded, in memory and in time.
 */
#include "guests/scan.h"

#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

#define MS INT64_C(1000000)
#define SLICE_ENTRIES 256
#define SLICE_GUESTS 8	  /* connecting one takes some 50 us */
#define SLICE_COMPARED 64 /* one lstat() each */
#define CLOCK_EVERY 8
#define START_ENTRIES 1024 /* only the start of rasd waits for them */
#define START_GUESTS 64
#define MAX_ENTRIES 1000000 /* of one listing: files may come as fast as they are listed */
#define REST 20
#define REST_MAX_MS 30000

/* bind() needs microseconds to take the file that it has made. A place may be taken by others. */
static const int64_t delay_ms[] = { [SCAN_LOST] = 0, [SCAN_YOUNG] = 200, [SCAN_PLACE] = 10000 };

void scan_init(struct scan *sc, struct guests_sockets *sockets, struct guests *gs)
{
	*sc = (struct scan){ .sockets = sockets, .gs = gs };
}

static void close_dir(struct scan *sc)
{
	if (sc->open)
		closedir(sc->open);
	sc->open = NULL;
}

void scan_free(struct scan *sc)
{
	close_dir(sc);
}

static void set_due(struct scan_dir *d, int64_t at_ns)
{
	if (at_ns < d->not_before_ns)
		at_ns = d->not_before_ns;
	if (!d->due || at_ns < d->due_ns)
		d->due_ns = at_ns;
	d->due = true;
}

void scan_first(struct scan *sc, size_t i)
{
	sc->dir[i].first = true;
	sc->dir[i].not_before_ns = 0;
	set_due(&sc->dir[i], clock_boot_ns());
}

void scan_again(struct scan *sc, size_t i, enum scan_why why)
{
	sc->dir[i].lost |= why == SCAN_LOST;
	set_due(&sc->dir[i], clock_boot_ns() + delay_ms[why] * MS);
}

bool scan_is_first(const struct scan *sc)
{
	for (size_t i = 0; i < CONF_MAX_DIRS; i++)
		if (sc->dir[i].first)
			return true;
	return false;
}

/* Open the directory that is due; 0, or how long until one is, -1: never. */
static int64_t open_due(struct scan *sc)
{
	int64_t now = clock_boot_ns();
	struct scan_dir *d = NULL;

	for (size_t i = 0; i < CONF_MAX_DIRS; i++)
		if (sc->dir[i].due && (!d || sc->dir[i].due_ns < d->due_ns))
			d = &sc->dir[i];
	if (!d)
		return -1;
	if (d->due_ns > now)
		return d->due_ns - now;
	sc->at = (size_t)(d - sc->dir);
	sc->n_entries = 0;
	sc->busy_ns = 0;
	sc->lost = d->lost || d->first;
	d->due = d->lost = false;
	sc->open = opendir(guests_conf(sc->gs)->qmp_directory[sc->at]);
	return 0;
}

static void end(struct scan *sc)
{
	struct scan_dir *d = &sc->dir[sc->at];
	int64_t rest_ns = sc->busy_ns * REST;

	if (rest_ns > REST_MAX_MS * MS)
		rest_ns = REST_MAX_MS * MS;
	d->not_before_ns = clock_boot_ns() + rest_ns;
	if (d->due_ns < d->not_before_ns)
		d->due_ns = d->not_before_ns;
	if (d->first) {
		d->first = false;
		guests_seek_again(sc->gs);
	}
	sc->comparing = sc->lost;
	sc->after[0] = '\0';
	close_dir(sc);
}

/* Some entries of the open directory. */
static void list(struct scan *sc, size_t max_entries, size_t max_guests, int64_t end_ns)
{
	struct dirent *de = NULL;
	size_t n_new = 0;

	for (size_t n = 1; n <= max_entries && n_new < max_guests; n++) {
		enum look l;

		if (++sc->n_entries > MAX_ENTRIES || !(de = readdir(sc->open))) {
			end(sc);
			return;
		}
		l = sockets_look(sc->sockets, sc->at, de->d_name, sc->lost);
		n_new += l == LOOK_NEW;
		if (l == LOOK_LATER)
			scan_again(sc, sc->at, SCAN_YOUNG);
		if (n % CLOCK_EVERY == 0 && clock_boot_ns() > end_ns)
			return;
	}
}

/* Some guests: is the file of each still there? Events may have been lost that said so. */
static void compare(struct scan *sc)
{
	struct guest *g = NULL;

	for (size_t n = 0; n < SLICE_COMPARED && (g = guests_next(sc->gs, sc->after)); n++) {
		memcpy(sc->after, g->name, sizeof(sc->after));
		guest_socket_compare(g);
	}
	if (!g)
		sc->comparing = false;
}

static int64_t step(struct scan *sc, size_t max_entries, size_t max_guests, int64_t end_ns)
{
	int64_t start = clock_boot_ns(), wait;

	if (sc->comparing) {
		compare(sc);
		return 0;
	}
	if (!sc->open) {
		wait = open_due(sc);
		if (wait)
			return wait;
		if (!sc->open) {
			log_limited(LOG_WARNING, guests_conf(sc->gs)->qmp_directory[sc->at],
				    "qmp-directory %s: %s",
				    guests_conf(sc->gs)->qmp_directory[sc->at], strerror(errno));
			end(sc);
			return 0;
		}
	}
	list(sc, max_entries, max_guests, end_ns);
	sc->busy_ns += clock_boot_ns() - start;
	return 0;
}

int64_t scan_step(struct scan *sc, int64_t end_ns)
{
	return step(sc, SLICE_ENTRIES, SLICE_GUESTS, end_ns);
}

void scan_step_at_start(struct scan *sc)
{
	while (scan_is_first(sc) && step(sc, START_ENTRIES, START_GUESTS, INT64_MAX) == 0 &&
	       !sc->open)
		;
}
