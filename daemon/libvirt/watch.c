// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Threads: "events" runs virEventRunDefaultImpl() for ever, and libvirt calls the callbacks below
 * from it: they only append a record. "watcher" does what may block: connect, register, list,
 * close. A mailbox brings the records to the loop. The connection is closed by the watcher, never
 * from within its close callback.
 *
 * Refused as an ordinary client it goes on read-only, so that the domains can be shown with the
 * reason, and tries again.
 */
#include "libvirt/watch.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/backoff.h"
#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mailbox.h"
#include "libvirt/api.h"

#define BACKOFF_MIN_MS 500
#define BACKOFF_MAX_MS 10000
#define READ_ONLY_RETRY_MS 10000
/*
 * A libvirtd that hangs is noticed after 10 to 20 s: it has KEEPALIVE_S to answer. What waits for a
 * call has a deadline of its own; only events come no more. Each question is 18 system calls of an
 * idle rasd, and libvirtd asks as often again.
 */
#define KEEPALIVE_S 10
#define KEEPALIVE_COUNT 1
#define STACK_BYTES ((size_t)256 << 10)
#define QUEUE_MAX 65536 /* records the loop has not taken */

struct libvirt_watch {
	char uri[256];
	char socket[2][108]; /* either shows that a libvirtd may be there */
	libvirt_record_fn fn;
	void *arg;
	struct mailbox *records; /* to the loop */
	int kick_fd;		 /* to the watcher */
	pthread_mutex_t lock;
	size_t n;	       /* under lock: records that the loop has not taken */
	bool ended;	       /* under lock: there is no loop any more, and no mailbox */
	struct timespec tried; /* the socket of the last attempt */
	atomic_bool closed;    /* of the connection that is open */
	bool events_running;
};

static void signal_fd(int fd)
{
	const uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		log_error("libvirt: eventfd: %s", strerror(errno));
}

/*
 * Append a record for the loop; any thread. Over the cap the connection is given up: a new list
 * makes good.
 */
static void put(struct libvirt_watch *w, const struct libvirt_record *rec)
{
	struct libvirt_record *r = malloc(sizeof(*r));

	pthread_mutex_lock(&w->lock);
	if (w->ended) {
		free(r);
	} else if (!r || w->n >= QUEUE_MAX) {
		free(r);
		atomic_store(&w->closed, true);
		signal_fd(w->kick_fd);
	} else {
		*r = *rec;
		w->n++;
		mailbox_put(w->records, &r->mail);
	}
	pthread_mutex_unlock(&w->lock);
}

/* --- callbacks, on libvirt's event thread --- */

static struct libvirt_record about(enum libvirt_what what, virDomainPtr dom)
{
	struct libvirt_record r = { .what = what };
	const char *name = lv.virDomainGetName(dom);

	lv.virDomainGetUUID(dom, r.uuid.b);
	snprintf(r.name, sizeof(r.name), "%s", name ? name : "");
	return r;
}

static int on_lifecycle(virConnectPtr c, virDomainPtr dom, int event, int detail, void *arg)
{
	struct libvirt_record r = about(LIBVIRT_LIFECYCLE, dom);

	(void)c;
	r.number[0] = event;
	r.number[1] = detail;
	r.number[2] = (int)lv.virDomainGetID(dom);
	put(arg, &r);
	return 0;
}

static void simple(enum libvirt_what what, virDomainPtr dom, void *arg)
{
	struct libvirt_record r = about(what, dom);

	put(arg, &r);
}

static void on_reboot(virConnectPtr c, virDomainPtr dom, void *arg)
{
	(void)c;
	simple(LIBVIRT_RESET, dom, arg);
}

static void on_device(virConnectPtr c, virDomainPtr dom, const char *alias, void *arg)
{
	(void)c, (void)alias;
	simple(LIBVIRT_DEVICES, dom, arg);
}

static void on_size(virConnectPtr c, virDomainPtr dom, const char *alias, unsigned long long size,
		    void *arg)
{
	(void)c, (void)alias, (void)size;
	simple(LIBVIRT_DEVICES, dom, arg);
}

static void on_metadata(virConnectPtr c, virDomainPtr dom, int type, const char *ns, void *arg)
{
	(void)c, (void)type, (void)ns;
	simple(LIBVIRT_METADATA, dom, arg);
}

static void on_job(virConnectPtr c, virDomainPtr dom, virTypedParameterPtr params, int n, void *arg)
{
	(void)c, (void)params, (void)n;
	simple(LIBVIRT_JOB_DONE, dom, arg);
}

static void on_memory_failure(virConnectPtr c, virDomainPtr dom, int recipient, int action,
			      unsigned int flags, void *arg)
{
	struct libvirt_record r = about(LIBVIRT_MEMORY_FAILURE, dom);

	(void)c;
	r.number[0] = recipient;
	r.number[1] = action;
	r.number[2] = flags;
	put(arg, &r);
}

static void on_close(virConnectPtr c, int reason, void *arg)
{
	struct libvirt_watch *w = arg;

	(void)c;
	log_limited(LOG_DEBUG, "libvirt", "libvirt: the connection was closed (%s)",
		    reason == VIR_CONNECT_CLOSE_REASON_KEEPALIVE ? "libvirtd does not answer" :
								   "libvirtd went");
	atomic_store(&w->closed, true);
	signal_fd(w->kick_fd);
}

static const struct {
	int id;
	virConnectDomainEventGenericCallback fn;
} subscriptions[] = {
	{ VIR_DOMAIN_EVENT_ID_LIFECYCLE, VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle) },
	{ VIR_DOMAIN_EVENT_ID_REBOOT, VIR_DOMAIN_EVENT_CALLBACK(on_reboot) },
	{ VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, VIR_DOMAIN_EVENT_CALLBACK(on_device) },
	{ VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, VIR_DOMAIN_EVENT_CALLBACK(on_device) },
	{ VIR_DOMAIN_EVENT_ID_MEMORY_DEVICE_SIZE_CHANGE, VIR_DOMAIN_EVENT_CALLBACK(on_size) },
	{ VIR_DOMAIN_EVENT_ID_METADATA_CHANGE, VIR_DOMAIN_EVENT_CALLBACK(on_metadata) },
	{ VIR_DOMAIN_EVENT_ID_JOB_COMPLETED, VIR_DOMAIN_EVENT_CALLBACK(on_job) },
	{ VIR_DOMAIN_EVENT_ID_MEMORY_FAILURE, VIR_DOMAIN_EVENT_CALLBACK(on_memory_failure) },
};

/* --- the watcher thread --- */

static void *events_main(void *arg)
{
	(void)arg;
	libvirt_thread_has_no_caller();
	for (;;)
		if (lv.virEventRunDefaultImpl() < 0) {
			log_limited(LOG_WARNING, "libvirt", "libvirt: its event loop failed");
			sleep(1);
		}
	return NULL;
}

static int start_thread(void *(*fn)(void *), void *arg)
{
	pthread_attr_t attr;
	pthread_t id;
	int r;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	r = pthread_create(&id, &attr, fn, arg);
	pthread_attr_destroy(&attr);
	return r;
}

static void down(struct libvirt_watch *w, const struct ras_err *err)
{
	struct libvirt_record r = { .what = LIBVIRT_DOWN, .err = *err };

	put(w, &r);
}

/* Whether a libvirtd may be there; id tells one socket from its successor of the same name. */
static bool socket_there(const struct libvirt_watch *w, struct timespec *id)
{
	struct stat st;

	*id = (struct timespec){ 0 };
	for (size_t i = 0; i < ARRAY_LEN(w->socket); i++)
		if (w->socket[i][0] && stat(w->socket[i], &st) == 0 && S_ISSOCK(st.st_mode)) {
			*id = st.st_ctim;
			return true;
		}
	return false;
}

/* Sleep, but wake when kicked or when a socket appears. True in the latter case. */
static bool rest(struct libvirt_watch *w, int ms)
{
	_close_ int ino = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	struct pollfd p[2] = { { .fd = w->kick_fd, .events = POLLIN },
			       { .fd = ino, .events = POLLIN } };
	struct timespec now;
	uint64_t count;

	for (size_t i = 0; ino >= 0 && i < ARRAY_LEN(w->socket); i++) {
		char dir[sizeof(w->socket[i])];
		char *slash;

		snprintf(dir, sizeof(dir), "%s", w->socket[i]);
		slash = strrchr(dir, '/');
		if (!slash || slash == dir)
			continue;
		*slash = '\0';
		inotify_add_watch(ino, dir, IN_CREATE | IN_MOVED_TO | IN_ATTRIB);
	}
	socket_there(w, &now);
	if (ms < 0 || memcmp(&now, &w->tried, sizeof(now)) == 0)
		poll(p, ARRAY_LEN(p), ms);
	else
		p[1].revents = POLLIN; /* it came before the watch */
	if (p[0].revents && read(w->kick_fd, &count, sizeof(count)) < 0)
		return false;
	if (!(p[1].revents & POLLIN))
		return false;
	/* bind() makes the file, listen() follows. */
	usleep(20000);
	return true;
}

static virConnectPtr dial(struct libvirt_watch *w, bool *read_only, struct ras_err *why)
{
	virConnectPtr c = NULL;

	if (!socket_there(w, &w->tried)) {
		ras_fail(why, RAS_E_GONE, "libvirtd is not running: there is no %s", w->socket[0]);
		return NULL;
	}
	if (libvirt_load(why) < 0)
		return NULL;
	if (!w->events_running)
		w->events_running = start_thread(events_main, NULL) == 0;
	lv.virResetLastError();
	*read_only = false;
	c = libvirt_connect(w->uri, false);
	if (c)
		return c;
	libvirt_error(why, "cannot connect to libvirt");
	if (!libvirt_error_is_permission())
		return NULL;
	*read_only = true;
	return libvirt_connect(w->uri, true);
}

static int list(struct libvirt_watch *w, virConnectPtr c)
{
	struct libvirt_record end = { .what = LIBVIRT_LISTED };
	virDomainPtr *doms = NULL;
	int n = lv.virConnectListAllDomains(c, &doms, 0);

	for (int i = 0; i < n; i++) {
		struct libvirt_record r = about(LIBVIRT_DOMAIN, doms[i]);

		r.number[0] = (int)lv.virDomainGetID(doms[i]);
		put(w, &r);
		lv.virDomainFree(doms[i]);
	}
	free(doms);
	if (n >= 0)
		put(w, &end);
	return n;
}

/* One connection, from the first word to the last. */
static void serve(struct libvirt_watch *w, virConnectPtr c, bool read_only,
		  const struct ras_err *why)
{
	struct libvirt_record up = { .what = LIBVIRT_UP, .number = { 0, read_only } };
	int ids[ARRAY_LEN(subscriptions)];
	unsigned long version = 0;
	struct ras_err err;

	if (read_only)
		up.err = *why;
	lv.virConnectSetKeepAlive(c, KEEPALIVE_S, KEEPALIVE_COUNT);
	lv.virConnectRegisterCloseCallback(c, on_close, w, NULL);
	for (size_t i = 0; i < ARRAY_LEN(subscriptions); i++) {
		ids[i] = lv.virConnectDomainEventRegisterAny(c, NULL, subscriptions[i].id,
							     subscriptions[i].fn, w, NULL);
		if (ids[i] < 0) {
			libvirt_error(&err, "an event that libvirt does not offer");
			log_limited(LOG_WARNING, "libvirt", "libvirt: %s", err.text);
		}
	}
	if (lv.virConnectGetLibVersion(c, &version) == 0)
		up.number[0] = (long)version;
	put(w, &up);
	if (list(w, c) < 0)
		atomic_store(&w->closed, true);
	while (!atomic_load(&w->closed)) {
		rest(w, read_only ? READ_ONLY_RETRY_MS : -1);
		if (read_only && !atomic_load(&w->closed)) {
			virConnectPtr full = libvirt_connect(w->uri, false);

			if (full) {
				lv.virConnectClose(full);
				break; /* and again, as an ordinary client */
			}
		}
	}
	libvirt_error(&err, "libvirt");
	for (size_t i = 0; i < ARRAY_LEN(subscriptions); i++)
		if (ids[i] >= 0)
			lv.virConnectDomainEventDeregisterAny(c, ids[i]);
	lv.virConnectUnregisterCloseCallback(c, on_close);
	lv.virConnectClose(c);
}

static void *watcher_main(void *arg)
{
	struct libvirt_watch *w = arg;
	struct backoff backoff = { .min_us = BACKOFF_MIN_MS * 1000,
				   .max_us = BACKOFF_MAX_MS * 1000 };

	for (;;) {
		struct ras_err why = RAS_ERR_NULL;
		int64_t t0 = clock_boot_ns();
		bool read_only = false;
		virConnectPtr c;

		atomic_store(&w->closed, false);
		c = dial(w, &read_only, &why);
		if (c) {
			serve(w, c, read_only, &why);
			ras_fail(&why, RAS_E_GONE, "libvirtd closed the connection");
			down(w, &why);
			if (clock_boot_ns() - t0 > BACKOFF_MAX_MS * INT64_C(1000000))
				backoff_reset(&backoff);
			rest(w, read_only ? BACKOFF_MIN_MS : 50);
			if (!backoff.next_us)
				continue;
		} else {
			down(w, &why);
		}
		if (rest(w, (int)(backoff_next_us(&backoff) / 1000)))
			backoff_reset(&backoff);
	}
	return NULL;
}

/* --- the loop's side --- */

static void on_mail(void *arg, struct mail *m)
{
	struct libvirt_record *r = (struct libvirt_record *)m;
	struct libvirt_watch *w = arg;
	bool ended;

	pthread_mutex_lock(&w->lock);
	w->n--;
	ended = w->ended;
	pthread_mutex_unlock(&w->lock);
	if (!ended)
		w->fn(w->arg, r);
	free(r);
}

/* Where libvirtd's socket is, by the URI. */
static void find_sockets(struct libvirt_watch *w)
{
	const char *s = strstr(w->uri, "socket=");

	if (s) {
		snprintf(w->socket[0], sizeof(w->socket[0]), "%.*s", (int)strcspn(s + 7, "&"),
			 s + 7);
		return;
	}
	snprintf(w->socket[0], sizeof(w->socket[0]), "/run/libvirt/libvirt-sock");
	snprintf(w->socket[1], sizeof(w->socket[1]), "/run/libvirt/virtqemud-sock");
}

int libvirt_watch_new(struct libvirt_watch **out, struct event_base *base, const char *uri,
		      libvirt_record_fn fn, void *arg, struct ras_err *err)
{
	struct libvirt_watch *w = calloc(1, sizeof(*w));

	if (!w)
		return ras_fail(err, RAS_E_NOMEM, "no memory to watch libvirt");
	snprintf(w->uri, sizeof(w->uri), "%s", uri);
	find_sockets(w);
	w->fn = fn;
	w->arg = arg;
	pthread_mutex_init(&w->lock, NULL);
	w->kick_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (w->kick_fd < 0 || mailbox_new(&w->records, base, on_mail, w, NULL) < 0 ||
	    start_thread(watcher_main, w) != 0) {
		mailbox_free(w->records);
		if (w->kick_fd >= 0)
			close(w->kick_fd);
		free(w);
		return ras_fail(err, RAS_E_NOMEM, "no thread to watch libvirt");
	}
	*out = w;
	return 0;
}

void libvirt_watch_free(struct libvirt_watch *w)
{
	if (!w)
		return;
	/* The threads, which hold w, end with the process. */
	pthread_mutex_lock(&w->lock);
	w->ended = true;
	pthread_mutex_unlock(&w->lock);
	mailbox_free(w->records);
}
