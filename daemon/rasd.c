// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasd: options, wiring, signals, readiness. The only file that knows all rooms.
 *
 * Started by systemd it is an ordinary user from the first instruction and gets its sockets passed.
 * Started as root (no systemd) it makes the control socket and starts rasd-pagemap on one end of a
 * socketpair, then becomes its own user with no capability and no way back.
 *
 * A stop commits what is queued for the journal. Nothing else has to be undone: after the next
 * start undecided injections are settled, as after a crash.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <grp.h>
#include <linux/capability.h>
#include <malloc.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/failpoint.h"
#include "base/log.h"
#include "base/passed.h"
#include "base/systemd.h"
#include "audit/audit.h"
#include "audit/feed.h"
#include "backend/backend.h"
#include "control/listen.h"
#include "control/reload.h"
#include "control/server.h"
#include "control/service.h"
#include "daemon.h"
#include "events/events.h"
#include "forward/forward.h"
#include "guests/guests.h"
#include "libvirt/domains.h"
#include "pagemap/client.h"
#include "provision/files.h"
#include "provision/meta.h"
#include "translate/translate.h"
#include "inject/inject.h"
#include "journal/journal.h"

#define MAX_FDS 16384

static struct daemon daemon_state;

static int usage(FILE *f, int rc)
{
	fprintf(f, "usage: rasd [--config FILE] [--helper PATH] [--new-journal] [--debug] "
		   "[--version]\n"
		   "       rasd --check-config [--config FILE]\n"
		   "Injects hardware errors into guests; see rasd(8).\n");
	return rc;
}

/* Test builds list where they can be made to die, in the order in which a request passes. */
static int list_failpoints(void)
{
#ifdef RASD_FAILPOINTS
	for (enum failpoint p = 0; p < FP__MAX; p++)
		puts(failpoint_name(p));
	return 0;
#else
	fprintf(stderr, "rasd: no fail-points in this build. hint: make VARIANT=asan\n");
	return 1;
#endif
}

/*
 * The socket of rasd-trigger, beside the control socket, where systemd did not pass one: root's, as
 * whoever sends to it says which memory of the host is bad. rasd can do without.
 */
static void make_trigger_socket(const struct conf *c)
{
	_free_ char *path = strdup(c->sockets.control);
	char *slash = path ? strrchr(path, '/') : NULL;
	struct sockaddr_un sa;
	const int on = 1;
	_close_ int fd = -1;

	if (!slash || (size_t)(slash - path) + sizeof("/trigger.sock") > sizeof(sa.sun_path))
		return;
	*slash = '\0';
	sa.sun_family = AF_UNIX;
	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s/trigger.sock", path);
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	unlink(sa.sun_path);
	/* The umask lets nobody else send, from the first moment. */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) < 0 ||
	    bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0) {
		log_warn("%s: %s: rasd-trigger cannot reach rasd", sa.sun_path, strerror(errno));
		return;
	}
	passed_set(PASSED_TRIGGER, TAKE_FD(fd));
}

/* Where rasd-pagemap makes the files of provisioned guests. rasd can do without. */
static void make_ghes_directory(const struct conf *c)
{
	struct ras_err err;

	if (ghes_directory_make(c->ghes_directory, 0711, &err) < 0)
		log_warn("%s: no guest can be provisioned", err.text);
}

/* Start rasd-pagemap on one end of a socketpair, while this process still has the right to. */
static int start_helper(const char *path, const char *config, int *out, struct ras_err *err)
{
	int sv[2];
	char fd_text[16];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return ras_fail(err, RAS_E_IO, "socketpair: %s", strerror(errno));
	pid = fork();
	if (pid < 0) {
		close(sv[0]);
		close(sv[1]);
		return ras_fail(err, RAS_E_IO, "fork: %s", strerror(errno));
	}
	if (pid == 0) {
		fcntl(sv[1], F_SETFD, 0);
		snprintf(fd_text, sizeof(fd_text), "%d", sv[1]);
		execl(path, "rasd-pagemap", "--config", config, "--fd", fd_text, (char *)NULL);
		fprintf(stderr, "rasd: %s: %s\n", path, strerror(errno));
		_exit(127);
	}
	close(sv[1]);
	*out = sv[0];
	return 0;
}

/* Become the configured user for good: groups, ids, no capability in any set, no new privileges. */
static int drop_root(const struct conf *c, struct ras_err *err)
{
	struct __user_cap_header_struct hdr = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 } };
	const struct passwd *pw = getpwnam(c->user);
	_close_ int state_fd = -1;

	if (!pw || pw->pw_uid == 0) {
		ras_fail(err, RAS_E_CONFIG, "there is no unprivileged user \"%s\" to become",
			 c->user);
		return ras_hint(err,
				"systemd-sysusers systemd/rasd.sysusers, or useradd --system %s",
				c->user);
	}
	/* Never chown() by name: a symbolic link would give away what it leads to. */
	state_fd = journal_directory_open(c->state_directory, err);
	if (state_fd < 0)
		return state_fd;
	if (fchown(state_fd, pw->pw_uid, pw->pw_gid) < 0)
		return ras_fail(err, RAS_E_IO, "state-directory %s: %s", c->state_directory,
				strerror(errno));
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap) >= 0; cap++)
		prctl(PR_CAPBSET_DROP, cap);
	if (initgroups(pw->pw_name, pw->pw_gid) < 0 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) < 0 ||
	    syscall(SYS_capset, &hdr, none) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return ras_fail(err, RAS_E_IO, "cannot become %s: %s", c->user, strerror(errno));
	if (setuid(0) == 0)
		return ras_fail(err, RAS_E_INTERNAL, "root could be had back");
	return 0;
}

static void on_signal(evutil_socket_t sig, short what, void *arg)
{
	(void)what;
	log_info("signal %d: stopping", (int)sig);
	event_base_loopbreak(arg);
}

/*
 * systemd starts a helper for the next connection, so its loss is a pause. One that rasd started as
 * root cannot be had again by the user that rasd is now: without it nothing can be injected or
 * proved, so rasd ends, and whoever started it (supervisor, operator) starts both. The journal
 * makes that safe.
 */
static void on_helper_link(void *arg, const void *what)
{
	const bool up = ((const struct helper_link *)what)->up;
	struct daemon *d = arg;

	if (up || !d->own_helper)
		return;
	log_error("rasd-pagemap has ended, and only root could start another: stopping. "
		  "hint: start rasd again; "
		  "a supervisor or systemd's rasd-pagemap.socket does so by itself");
	ras_fail(&d->failed, RAS_E_HELPER, "stopped: no rasd-pagemap");
	event_base_loopbreak(d->base);
}

/* A room cannot go on. The journal has what was decided; the next life settles the rest. */
static void on_fatal(void *arg, const struct ras_err *why)
{
	struct daemon *d = arg;

	d->failed = *why;
	event_base_loopbreak(d->base);
}

static struct event_base *make_base(void)
{
	struct event_config *cfg = event_config_new();
	struct event_base *base = NULL;

	if (cfg) {
		/* The first look at the read-ack register comes after 200 us. */
		event_config_set_flag(cfg, EVENT_BASE_FLAG_PRECISE_TIMER);
		base = event_base_new_with_config(cfg);
		event_config_free(cfg);
	}
	return base;
}

static int open_helper(struct daemon *d, int fd, struct helper_client **out, struct ras_err *err)
{
	int r;

	d->own_helper = fd >= 0;
	r = d->own_helper ?
		    helper_client_new(out, d->base, fd, &helper_waits, err) :
		    helper_client_connect(out, d->base, d->conf.sockets.helper, &helper_waits, err);
	if (r < 0)
		return r;
	d->helper = *out;
	if (!helper_client_alive(*out))
		log_warn("no helper yet, so no proof and no injection: %s",
			 helper_client_why(*out));
	return 0;
}

static int run(struct daemon *d, const struct listeners *listeners, int helper_fd,
	       struct ras_err *err)
{
	struct helper_client *helper = NULL;
	struct notify_sub helper_sub = { 0 };
	struct server *server = NULL;
	struct service *service = NULL;
	struct audit_feed *feed = NULL;
	struct event *term, *intr;
	size_t n_undecided = 0;
	int r;

	d->base = make_base();
	if (!d->base)
		return ras_fail(err, RAS_E_NOMEM, "no event loop");
	r = audit_open(d->base, AUDIT_JOURNALD, err);
	if (r < 0)
		return r;
	r = journal_open(&d->journal, d->base, d->conf.state_directory,
			 &(struct journal_options){ .keep = { .days = d->conf.journal_keep_days,
							      .rows = d->conf.journal_keep_rows },
						    .accept_loss = d->new_journal,
						    .on_fatal = on_fatal,
						    .arg = d },
			 &n_undecided, err);
	if (r < 0)
		return r;
	r = audit_feed_new(&feed, d->base, d->journal, err);
	if (r < 0)
		return r;
	if (n_undecided)
		log_warn("%zu injections of an earlier life are undecided: to be read back, "
			 "never sent again",
			 n_undecided);
	r = open_helper(d, helper_fd, &helper, err);
	if (r < 0)
		return r;
	r = guests_new(&d->guests, d->base, &d->conf, err);
	if (r == 0 && d->conf.libvirt_uri[0])
		r = libvirt_manager_new(d->guests, err);
	if (r < 0)
		return r;
	r = provisions_new(&d->provisions, d->guests, d->conf.state_directory, err);
	if (r < 0)
		return r;
	r = backends_new(&d->backends, d->base, d->guests, helper, err);
	if (r < 0)
		return r;
	r = translator_new(&d->translator, d->base, d->guests, helper, err);
	if (r < 0)
		return r;
	r = injector_new(&d->injector, d->base, &d->conf, d->guests, d->journal, d->backends, err);
	if (r < 0)
		return r;
	r = forward_new(&d->forward, d->guests, d->translator, d->injector, err);
	if (r < 0)
		return r;
	r = events_new(&d->events,
		       &(struct events_parts){ .base = d->base,
					       .conf = &d->conf,
					       .helper = helper,
					       .guests = d->guests,
					       .translator = d->translator,
					       .injector = d->injector,
					       .forward = d->forward,
					       .journal = d->journal },
		       err);
	if (r < 0)
		return r;
	r = server_new(&server, d->base, listeners, &d->conf, d, err);
	if (r < 0)
		return r;
	helper_client_subscribe(helper, &helper_sub, on_helper_link, d);
	term = evsignal_new(d->base, SIGTERM, on_signal, d->base);
	intr = evsignal_new(d->base, SIGINT, on_signal, d->base);
	event_add(term, NULL);
	event_add(intr, NULL);
	r = service_new(&service, d, err);
	if (r == 0)
		r = reload_new(&d->reload, d, server, d->config, err);
	if (r < 0)
		return r;
	systemd_tell("READY=1");
	log_info("ready on %s", d->conf.sockets.control);
	event_base_dispatch(d->base);
	systemd_tell("STOPPING=1");
	reload_free(d->reload);
	service_free(service);
	server_free(server);
	audit_feed_free(feed);
	journal_close(d->journal);
	audit_close();
	if (d->failed.code)
		*err = d->failed;
	return -d->failed.code;
}

/*
 * Two a guest that runs (monitor, pagemap) and one a client: the usual soft limit of 1024 is too
 * few for hundreds.
 */
static void allow_descriptors(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur < MAX_FDS) {
		rl.rlim_cur = rl.rlim_max < MAX_FDS ? rl.rlim_max : MAX_FDS;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
}

/* The exit status. A wrong configuration has its own: rasd.service does not start again for it. */
static int ended(int r, const struct ras_err *err)
{
	if (r == 0)
		return 0;
	log_error("%s%s%s", err->text, err->hint[0] ? ". hint: " : "", err->hint);
	return err->code == RAS_E_CONFIG ? EX_CONFIG : 1;
}

int main(int argc, char **argv)
{
	static const struct option opts[] = { { "config", required_argument, NULL, 'c' },
					      { "helper", required_argument, NULL, 'H' },
					      { "debug", no_argument, NULL, 'd' },
					      { "new-journal", no_argument, NULL, 'N' },
					      { "help", no_argument, NULL, 'h' },
					      { "version", no_argument, NULL, 'V' },
					      { "failpoints", no_argument, NULL, 'F' },
					      { "check-config", no_argument, NULL, 'C' },
					      { 0 } };
	const char *config = "/etc/rasd/rasd.conf", *helper = NULL;
	struct daemon *d = &daemon_state;
	struct ras_err err = RAS_ERR_NULL;
	struct listeners listeners = LISTENERS_NONE;
	int opt, helper_fd = -1, r;
	bool check = false;

	while ((opt = getopt_long(argc, argv, "c:H:dhV", opts, NULL)) != -1) {
		switch (opt) {
		case 'c':
			config = optarg;
			break;
		case 'H':
			helper = optarg;
			break;
		case 'N':
			d->new_journal = true;
			break;
		case 'd':
			log_set_level(LOG_DEBUG);
			break;
		case 'h':
			return usage(stdout, 0);
		case 'V':
			puts("rasd " RASD_VERSION);
			return 0;
		case 'F':
			return list_failpoints();
		case 'C':
			check = true;
			break;
		default:
			return usage(stderr, 2);
		}
	}
	if (optind != argc)
		return usage(stderr, 2);
	if (check)
		return ended(conf_load(config, &d->conf, &err), &err);
	/* The threads allocate little: one heap for all is smaller than one for each. */
	mallopt(M_ARENA_MAX, 1);
	/*
	 * libvirt's messages of 64 KiB would grow and trim the heap at each call, and stop all
	 * threads for it.
	 */
	mallopt(M_TRIM_THRESHOLD, 1 << 20);
	signal(SIGPIPE, SIG_IGN);
	allow_descriptors();
	umask(077);
	d->started_boot_ns = clock_boot_ns();
	d->config = config;
	r = conf_load(config, &d->conf, &err);
	passed_take();
	if (r == 0 && geteuid() == 0)
		make_ghes_directory(&d->conf);
	/*
	 * The helper comes first: until it is executed, the child has all descriptors of rasd. If
	 * rasd were killed then, the next one would find its control socket still served.
	 */
	if (r == 0 && helper)
		r = start_helper(helper, config, &helper_fd, &err);
	if (r == 0)
		r = listeners_open(&listeners, &d->conf, &err);
	if (r == 0 && geteuid() == 0 && passed_fd(PASSED_TRIGGER) < 0)
		make_trigger_socket(&d->conf);
	if (r == 0 && geteuid() == 0)
		r = drop_root(&d->conf, &err);
	if (r == 0)
		r = run(d, &listeners, helper_fd, &err);
	log_limit_end();
	return ended(r, &err);
}
