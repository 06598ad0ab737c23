// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * rasd-pagemap: the privileged part of rasd. Reads what a few verbs (helper/protocol.h) allow from
 * processes that qualify (qualify.c), and trusts nobody, rasd included. The main thread receives
 * and checks requests; workers (worker.c) answer. With one connected socket it ends with its peer.
 */
#include <errno.h>
#include <getopt.h>
#include <linux/capability.h>
#include <poll.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "base/systemd.h"
#include "helper/kpage.h"
#include "helper/request.h"
#include "helper/shm.h"
#include "helper/trace.h"
#include "helper/worker.h"

#define MAX_PEERS 4
#define MAX_FDS 2048

static struct conf conf;

/* Keep three capabilities, and make sure that no more can come. */
static int drop_privileges(struct ras_err *err)
{
	const uint64_t keep = UINT64_C(1) << CAP_SYS_ADMIN | UINT64_C(1) << CAP_DAC_READ_SEARCH |
			      UINT64_C(1) << CAP_SYS_PTRACE;
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return ras_fail(err, RAS_E_HELPER, "no_new_privs: %s", strerror(errno));
	/* Started without CAP_SETPCAP (systemd) the bounding set is already narrow. */
	for (unsigned long cap = 0; cap < 64; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			break;
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	memset(data, 0, sizeof(data));
	data[0].effective = data[0].permitted = (uint32_t)keep;
	if (syscall(SYS_capset, &head, data) < 0) {
		ras_fail(err, RAS_E_HELPER, "cannot keep the needed capabilities: %s",
			 strerror(errno));
		return ras_hint(err, "start rasd-pagemap as root or with CAP_SYS_ADMIN, "
				     "CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE");
	}
	return 0;
}

/* Four descriptors a guest: the usual soft limit of 1024 is just too few. */
static void allow_descriptors(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == 0) {
		rl.rlim_cur = rl.rlim_max < MAX_FDS ? rl.rlim_max : MAX_FDS;
		setrlimit(RLIMIT_NOFILE, &rl);
	}
}

static void handle(struct conn *c, const struct helper_request *req, size_t len)
{
	struct ras_err err;

	if (len < REQUEST_HEAD_BYTES)
		log_limited(LOG_WARNING, "packet", "packet of %zu bytes ignored", len);
	else if (request_check(req, len, &err) < 0)
		conn_refuse(c, req->id, &err);
	else if (req->verb == HELPER_KPAGE)
		kpage_answer(c, req);
	else if (req->verb == HELPER_TRACE)
		trace_answer(c, req);
	else if (req->verb == HELPER_SHM && req->pid == 0)
		shm_answer(&conf, c, req);
	else
		worker_submit(&conf, c, req);
}

/* Take one packet; false when the peer has gone. */
static bool serve(struct conn *c)
{
	struct helper_request req;
	ssize_t n;

	memset(&req, 0, sizeof(req));
	n = recv(conn_fd(c), &req, sizeof(req), MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n == 0)
		return false;
	handle(c, &req, (size_t)n);
	return true;
}

static void accept_peer(int listener, struct conn **peer, bool have_uid, uid_t uid)
{
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (fd < 0)
		return;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 ||
	    (cred.uid != 0 && !(have_uid && cred.uid == uid))) {
		log_limited_id(LOG_WARNING, cred.uid, "peer of uid %u refused",
			       (unsigned int)cred.uid);
		close(fd);
		return;
	}
	for (size_t i = 0; i < MAX_PEERS; i++) {
		if (peer[i])
			continue;
		peer[i] = conn_new(fd);
		if (!peer[i])
			break;
		return;
	}
	log_limited(LOG_WARNING, "peers", "too many peers");
	close(fd);
}

/* What the file of the configuration was when it was read. */
static struct stat conf_stat;

static bool conf_has_changed(const char *path)
{
	struct stat now;

	return stat(path, &now) == 0 &&
	       (now.st_ino != conf_stat.st_ino || now.st_dev != conf_stat.st_dev ||
		now.st_size != conf_stat.st_size ||
		now.st_mtim.tv_sec != conf_stat.st_mtim.tv_sec ||
		now.st_mtim.tv_nsec != conf_stat.st_mtim.tv_nsec);
}

/*
 * Serve a connected socket until its end. A listening one is served until somebody connects after
 * the configuration was changed: rasd was restarted for that, and both must go by the same file.
 * systemd starts another helper then, which finds the connection waiting.
 */
static int run(int fd, bool listening, const char *config)
{
	struct conn *peer[MAX_PEERS] = { NULL };
	struct passwd *pw = getpwnam(conf.user);
	uid_t uid = pw ? pw->pw_uid : 0;

	if (!listening && !(peer[0] = conn_new(fd)))
		return EXIT_FAILURE;
	for (;;) {
		struct pollfd p[MAX_PEERS + 1];

		for (size_t i = 0; i < MAX_PEERS; i++)
			p[i] = (struct pollfd){ .fd = peer[i] ? conn_fd(peer[i]) : -1,
						.events = POLLIN };
		p[MAX_PEERS] = (struct pollfd){ .fd = listening ? fd : -1, .events = POLLIN };
		if (poll(p, MAX_PEERS + 1, -1) < 0) {
			if (errno == EINTR)
				continue;
			return EXIT_FAILURE;
		}
		for (size_t i = 0; i < MAX_PEERS; i++) {
			if (!p[i].revents || serve(peer[i]))
				continue;
			conn_unref(peer[i]);
			peer[i] = NULL;
			if (!listening)
				return EXIT_SUCCESS;
		}
		if (!p[MAX_PEERS].revents)
			continue;
		if (conf_has_changed(config)) {
			log_info("%s has changed: another helper goes on", config);
			return EXIT_SUCCESS;
		}
		accept_peer(fd, peer, pw != NULL, uid);
	}
}

static int socket_option(int fd, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) < 0 ? -1 : value;
}

/* What rasd-trace.service does as root, because the helper itself may write nothing. */
static int setup_trace(void)
{
	struct ras_err err;

	if (trace_setup(&err) == 0)
		return EXIT_SUCCESS;
	log_error("%s", err.text);
	/* Without tracefs there is nothing to set up, and rasd says what it lacks. */
	return err.code == RAS_E_NOT_FOUND ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' },
						 { "fd", required_argument, NULL, 'f' },
						 { "setup-trace", no_argument, NULL, 't' },
						 { NULL, 0, NULL, 0 } };
	const char *config = "/etc/rasd/rasd.conf";
	struct ras_err err = RAS_ERR_NULL;
	uint64_t n;
	bool listening;
	int fd = -1, o, rc;

	while ((o = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (o == 'c') {
			config = optarg;
		} else if (o == 'f' && num_parse_range(optarg, 0, 1 << 20, &n, &err) == 0) {
			fd = (int)n;
		} else if (o == 't') {
			return setup_trace();
		} else {
			fprintf(stderr, "usage: rasd-pagemap [--config FILE] [--fd N] | "
					"--setup-trace\n");
			return 2;
		}
	}
	if (fd < 0 && systemd_fds() == 1)
		fd = SYSTEMD_FIRST_FD;
	if (fd < 0 || socket_option(fd, SO_TYPE) != SOCK_SEQPACKET) {
		log_error("no SOCK_SEQPACKET socket. hint: rasd or systemd starts this program");
		return 2;
	}
	trace_take_kmsg();	  /* with dmesg_restrict it takes a capability that is not kept */
	stat(config, &conf_stat); /* before it is read; if it cannot be, conf_load() says why */
	if (conf_load(config, &conf, &err) < 0 || drop_privileges(&err) < 0) {
		log_error("%s%s%s", err.text, err.hint[0] ? ". hint: " : "", err.hint);
		return err.code == RAS_E_CONFIG ? EX_CONFIG : EXIT_FAILURE;
	}
	allow_descriptors();
	listening = socket_option(fd, SO_ACCEPTCONN) == 1;
	kpage_load();
	if (listening) /* else NOTIFY_SOCKET is of the unit that started rasd */
		systemd_tell("READY=1");
	rc = run(fd, listening, config);
	log_limit_end();
	return rc;
}
