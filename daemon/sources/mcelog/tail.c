// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * mcelog's log file.
 *
 * inotify on its directory says when something was added, when the file was moved away (logrotate)
 * and when there is another. What the old file still has is read before the new one is opened. The
 * position is the file's inode and an offset; a file that is not known begins at its end, because
 * what mcelog has logged before rasd was first started is history.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/clock.h"
#include "sources/mcelog/private.h"
#include "sources/mcelog/record.h"

#define CHUNK 16384
#define LOOK_MS 60000 /* for a directory, or for permission */
#define COLD_MS 20    /* until the disk has read what is not in memory */
#define QUIET_MS 200  /* mcelog writes a record at once: after so long it is whole */
#define CHANGES (IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_ONLYDIR)

struct mcelog_tail {
	struct mcelog *m;
	char path[PATH_MAX], dir[PATH_MAX], name[NAME_MAX + 1];
	int fd; /* of the log, -1: not open */
	uint64_t inode;
	int watch_fd, wd;
	struct event *watch, *timer;
	struct mcelog_record record;
	int64_t boot_real_ns;
	uint64_t old_bytes;		  /* so much of it was there before rasd started */
	uint64_t from_inode, from_offset; /* the position, until the log is open */
	bool first;			  /* no log was open yet */
	bool quiet;			  /* all was read; the timer ends the record */
};

static void in(struct mcelog_tail *t, long ms)
{
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	evtimer_add(t->timer, &tv);
}

static void on_record(void *arg, struct ras_event *e)
{
	const int64_t margin_ns = INT64_C(5000000000);
	struct mcelog_tail *t = arg;

	e->when.catch_up = t->record.line_at <= t->old_bytes;
	if (e->when.real_ns > t->boot_real_ns + margin_ns &&
	    e->when.real_ns < clock_real_ns() + margin_ns)
		e->when.boot_id = t->m->boot_id;
	snprintf(e->position, sizeof(e->position), "%" PRIu64 " %" PRIu64, t->inode,
		 t->record.line_at);
	mcelog_report(t->m, e);
}

static void begin_at(struct mcelog_tail *t, uint64_t offset)
{
	uint64_t vendor = t->record.host_vendor;

	mcelog_record_begin(&t->record, vendor, on_record, t);
	t->record.at = t->record.line_at = offset;
}

/* Open the log; false, with the state set, where that cannot be done now. */
static bool open_log(struct mcelog_tail *t)
{
	char mend[sizeof(t->m->status.mend)];
	struct stat st;
	uint64_t size;

	snprintf(mend, sizeof(mend), "setfacl -m u:%s:r %.100s", t->m->user, t->path);
	t->fd = open(t->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	if (t->fd < 0) {
		/* What will be written to a file that is not there yet is no history. */
		if (errno == ENOENT)
			t->first = false;
		mcelog_state(t->m, errno == EACCES ? SOURCE_UNREADABLE : SOURCE_WAITING, t->path,
			     strerror(errno), errno == EACCES ? mend : "");
		return false;
	}
	if (fstat(t->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(t->fd);
		t->fd = -1;
		mcelog_state(t->m, SOURCE_UNREADABLE, t->path, "it is no file", "");
		return false;
	}
	t->inode = st.st_ino;
	size = (uint64_t)st.st_size;
	t->old_bytes = t->first ? size : 0;
	if (t->from_inode == t->inode && t->from_offset <= size)
		begin_at(t, t->from_offset);
	else
		begin_at(t, t->first && !t->from_inode ? size : 0);
	t->first = false;
	mcelog_state(t->m, SOURCE_LIVE, "", "", "");
	return true;
}

static bool was_replaced(const struct mcelog_tail *t)
{
	struct stat st;

	return lstat(t->path, &st) == 0 && st.st_ino != t->inode;
}

/* The end of the file: was it cut, or is there another? */
static void at_end(struct mcelog_tail *t)
{
	struct stat st;

	if (was_replaced(t)) {
		mcelog_record_end(&t->record);
		close(t->fd);
		t->fd = -1;
		in(t, 0);
		return;
	}
	if (fstat(t->fd, &st) == 0 && (uint64_t)st.st_size < t->record.at) {
		mcelog_record_end(&t->record);
		t->old_bytes = 0;
		begin_at(t, 0);
		in(t, 0);
		return;
	}
	t->quiet = true;
	if (t->record.has_status)
		in(t, QUIET_MS);
}

/* At most one chunk, and only what is in memory: the loop does not wait for the disk. */
static void read_log(struct mcelog_tail *t)
{
	static char buf[CHUNK]; /* the loop's alone */
	struct iovec iov = { buf, sizeof(buf) };
	off_t at = (off_t)t->record.at;
	ssize_t n = preadv2(t->fd, &iov, 1, at, RWF_NOWAIT);
	uint64_t malformed = t->record.malformed;

	if (n < 0 && errno == EAGAIN) {
		posix_fadvise(t->fd, at, sizeof(buf), POSIX_FADV_WILLNEED);
		in(t, COLD_MS);
		return;
	}
	if (n < 0 && (errno == EOPNOTSUPP || errno == ENOSYS))
		n = pread(t->fd, buf, sizeof(buf), at);
	if (n < 0) {
		mcelog_state(t->m, SOURCE_WAITING, t->path, strerror(errno), "");
		in(t, LOOK_MS);
		return;
	}
	if (n == 0) {
		at_end(t);
		return;
	}
	t->quiet = false;
	mcelog_record_feed(&t->record, buf, (size_t)n);
	t->m->status.malformed += t->record.malformed - malformed;
	in(t, 0);
}

static bool watch_directory(struct mcelog_tail *t)
{
	char mend[sizeof(t->m->status.mend)];

	if (t->wd >= 0)
		return true;
	t->wd = inotify_add_watch(t->watch_fd, t->dir, CHANGES);
	if (t->wd >= 0)
		return true;
	snprintf(mend, sizeof(mend), "setfacl -m u:%s:rx %.100s", t->m->user, t->dir);
	mcelog_state(t->m,
		     errno == EACCES			 ? SOURCE_UNREADABLE :
		     errno == ENOENT || errno == ENOTDIR ? SOURCE_ABSENT :
							   SOURCE_WAITING,
		     t->dir, strerror(errno), errno == EACCES ? mend : "");
	return false;
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct mcelog_tail *t = arg;

	(void)fd, (void)what;
	if (t->quiet) {
		t->quiet = false;
		mcelog_record_end(&t->record);
	}
	if (!watch_directory(t) || (t->fd < 0 && !open_log(t))) {
		in(t, LOOK_MS);
		return;
	}
	read_log(t);
}

static void on_changes(evutil_socket_t fd, short what, void *arg)
{
	char buf[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	struct mcelog_tail *t = arg;
	bool ours = false;
	ssize_t n;

	(void)what;
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		for (ssize_t at = 0; at < n;) {
			const struct inotify_event *e = (const void *)(buf + at);

			if (e->mask & IN_IGNORED && e->wd == t->wd)
				t->wd = -1;
			ours |= !e->len || strcmp(e->name, t->name) == 0;
			at += (ssize_t)(sizeof(*e) + e->len);
		}
	}
	if (!ours)
		return;
	t->quiet = false;
	in(t, 0);
}

void mcelog_tail_free(struct mcelog_tail *t)
{
	if (!t)
		return;
	if (t->watch)
		event_free(t->watch);
	if (t->timer)
		event_free(t->timer);
	if (t->watch_fd >= 0)
		close(t->watch_fd);
	if (t->fd >= 0)
		close(t->fd);
	free(t);
}

static void split(struct mcelog_tail *t, const char *path)
{
	char copy[PATH_MAX];

	snprintf(t->path, sizeof(t->path), "%s", path);
	strcpy(copy, t->path);
	snprintf(t->name, sizeof(t->name), "%s", basename(copy));
	strcpy(copy, t->path);
	strcpy(t->dir, dirname(copy));
}

int mcelog_tail_new(struct mcelog_tail **out, struct mcelog *m, const char *path,
		    const char *position, struct ras_err *err)
{
	struct mcelog_tail *t = calloc(1, sizeof(*t));

	if (!t)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	t->m = m;
	t->fd = t->wd = -1;
	t->first = true;
	split(t, path);
	if (sscanf(position, "%" SCNu64 " %" SCNu64, &t->from_inode, &t->from_offset) != 2)
		t->from_inode = t->from_offset = 0;
	t->boot_real_ns = clock_real_ns() - clock_boot_ns();
	t->record.host_vendor = mce_host_vendor();
	t->watch_fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	m->status.state = SOURCE_WAITING;
	if (t->watch_fd < 0) {
		mcelog_state(m, SOURCE_WAITING, "inotify", strerror(errno),
			     "raise sysctl fs.inotify.max_user_instances, then start rasd again");
		*out = t;
		return 0;
	}
	t->timer = evtimer_new(m->base, on_timer, t);
	t->watch = event_new(m->base, t->watch_fd, EV_READ | EV_PERSIST, on_changes, t);
	if (!t->timer || !t->watch) {
		mcelog_tail_free(t);
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	}
	event_add(t->watch, NULL);
	in(t, 0);
	*out = t;
	return 0;
}
