// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Start to ready: from fork and exec of rasd to its READY=1, with journals of several sizes.
 *
 * rasd's own journal code writes the journals. "killed" is a start after SIGKILL: the log (WAL) of
 * the last commits still exists. Decided rows are acknowledged. Undecided rows name a QEMU that has
 * ended, so they become unknown right after the start. "cold": nothing of the journal is in the
 * page cache.
 *
 *   restart RASD CONFIG STATE-DIRECTORY USER    (as root: rasd becomes USER)
 */
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "bench/journal_row.h"
#include "bench/tool.h"
#include "journal/db.h"

#define STARTS 7

static const struct {
	const char *name;
	int n_rows, n_undecided;
	bool log_left, cold;
} journals[] = {
	{ "empty", 0, 0, false, false },
	{ "100,000 rows", 100000, 0, false, false },
	{ "100,000 rows, cold", 100000, 0, false, true },
	{ "100,000 rows, killed, long log left", 100000, 0, true, false },
	{ "100,000 rows, 1,000 of them undecided", 100000, 1000, false, false },
};

static const struct passwd *user;

/* Runs as the user that rasd becomes, in a process of its own. */
static void fill(const char *dir, int n_rows, int n_undecided, bool log_left)
{
	struct journal_db *db = journal_of(dir);
	struct ras_err err;

	for (int n = 0; n < n_rows; n++) {
		struct journal_row row = journal_row_of(n);
		struct journal_step c = { .id = row.id,
					  .state = INJ_WRITTEN,
					  .real_ns = row.created_real_ns };

		/* The log of the last commits is as large as rasd lets it grow. */
		journal_db_sync(db, n == n_rows - 1);
		if (n % PER_COMMIT == 0 && journal_db_begin(db, &err) < 0)
			die_of("begin", &err);
		if (journal_db_intent(db, &row, clock_boot_ns(), &err) < 0 ||
		    journal_db_change(db, &c, false, &err) < 0)
			die_of("row", &err);
		c.state = INJ_ACKNOWLEDGED;
		if (n < n_rows - n_undecided && journal_db_change(db, &c, false, &err) < 0)
			die_of("row", &err);
		if ((n % PER_COMMIT == PER_COMMIT - 1 || n == n_rows - 1) &&
		    journal_db_commit(db, &err) < 0)
			die_of("commit", &err);
		if (journal_db_wants_checkpoint(db, true))
			journal_db_checkpoint(db);
	}
	if (!log_left) /* else as if killed */
		journal_db_close(db);
	_exit(0);
}

static void in_child(const char *dir, int n_rows, int n_undecided, bool log_left)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		if (geteuid() == 0 && (setgid(user->pw_gid) < 0 || setuid(user->pw_uid) < 0))
			die("setuid");
		fill(dir, n_rows, n_undecided, log_left);
	}
	if (waitpid(pid, &status, 0) < 0 || status)
		die("fill");
}

static void shell(const char *fmt, ...)
{
	char cmd[1200];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	if (system(cmd) != 0)
		die(cmd);
}

static int open_db(const char *dir)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "%s/journal.db", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		die(path);
	return fd;
}

static void out_of_cache(const char *dir)
{
	_close_ int fd = open_db(dir);

	if (fsync(fd) < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0)
		die("fadvise");
}

static double size_mib(const char *dir)
{
	_close_ int fd = open_db(dir);
	struct stat st;

	if (fstat(fd, &st) < 0)
		die(dir);
	return (double)st.st_size / (1 << 20);
}

static int notify_socket(const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(sa.sun_path))
		die("path too long");
	strcpy(sa.sun_path, path);
	unlink(path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)&sa, sizeof(sa)) < 0 ||
	    chmod(path, 0666) < 0)
		die(path);
	setenv("NOTIFY_SOCKET", path, 1);
	return fd;
}

static double start_once(const char *rasd, const char *config, int notify)
{
	struct pollfd p = { .fd = notify, .events = POLLIN };
	int64_t t0 = clock_boot_ns(), t1;
	char text[256] = "";
	pid_t pid = fork();

	if (pid == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(1);
		execl(rasd, "rasd", "--config", config, (char *)NULL);
		_exit(127);
	}
	if (poll(&p, 1, 60000) != 1 || recv(notify, text, sizeof(text) - 1, 0) <= 0 ||
	    !strstr(text, "READY=1"))
		die("rasd did not get ready");
	t1 = clock_boot_ns();
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return (double)(t1 - t0) / 1e6;
}

int main(int argc, char **argv)
{
	char made[256], path[256];
	int notify;

	if (argc != 5 || !(user = getpwnam(argv[4])))
		return 2;
	snprintf(made, sizeof(made), "%s.made", argv[3]);
	snprintf(path, sizeof(path), "%s.notify", argv[3]);
	notify = notify_socket(path);
	printf("%-44s %10s %10s %10s %10s\n", "start to ready, ms (7 starts)", "least", "median",
	       "most", "MiB");
	for (size_t j = 0; j < ARRAY_LEN(journals); j++) {
		double ms[STARTS];

		if (mkdir(made, 0700) < 0 ||
		    (geteuid() == 0 && chown(made, user->pw_uid, user->pw_gid) < 0))
			die(made);
		in_child(made, journals[j].n_rows, journals[j].n_undecided, journals[j].log_left);
		for (int i = 0; i < STARTS; i++) {
			shell("rm -rf '%s' && cp -a '%s' '%s'", argv[3], made, argv[3]);
			if (journals[j].cold)
				out_of_cache(argv[3]);
			ms[i] = start_once(argv[1], argv[2], notify);
		}
		qsort(ms, STARTS, sizeof(*ms), by_value);
		printf("%-44s %10.1f %10.1f %10.1f %10.1f\n", journals[j].name, ms[0],
		       ms[STARTS / 2], ms[STARTS - 1], size_mib(made));
		fflush(stdout);
		shell("rm -rf '%s' '%s'", made, argv[3]);
	}
	printf("bar with 100,000 rows: < 1000 ms\n");
	return 0;
}
