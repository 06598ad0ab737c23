// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The journal's files: whether those that are written are still those in the directory.
 *
 * sqlite goes on to write into files that were removed or moved, and reports success. What it wrote
 * is gone when rasd ends. It also goes on behind the end of a log that was cut, and the next
 * checkpoint would then copy the hole into the database. So all files are held open, and before
 * each commit and checkpoint they are compared with what the directory has under their names.
 *
 *   gone               what rasd does
 *   log, shared memory copy the log into journal.db (nothing is lost), end: a new life, a new log
 *   journal.db, lock,  refuse what is to be stored. Reading is right, and while rasd runs it holds
 *   directory          what is perhaps the only copy. It goes on when the file was put back
 *   cut: either file   end at once, without a checkpoint: what is read may be wrong
 *
 * What happens while no rasd runs, or just before it is killed, is seen by the next one. The lock
 * file, which is as old as the journal, holds a mark: the number of the newest transition that was
 * stored. A journal that ends before that has lost something, whatever became of its files: a log
 * that is missing or cut, an old copy. The mark is written before whoever waits for the commit is
 * answered, so a row that somebody was told of is never missed in silence.
 *
 * When the host dies, commits that were not synced may be lost, and that is no damage. So the mark
 * has a second number, that of the last synced commit, which counts after another boot. The mark
 * itself is synced only at the start: of a host that died it may be older, never too new. Each
 * journal of version 5 or later has a mark, so one without it has lost its lock file.
 */
#include "journal/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/log.h"
#include "journal/private.h"

#define MARK_SIZE 160 /* it has 111 bytes */
#define PUT_BACK "move it back; if it is lost, save what `rasctl log` shows and start rasd again"

static const char *const names[JF__MAX] = {
	[JF_DB] = "journal.db",
	[JF_WAL] = "journal.db-wal",
	[JF_SHM] = "journal.db-shm",
	[JF_LOCK] = "journal.lock",
};

static const struct {
	enum files_remedy remedy;
	const char *text, *hint;
} faults[FILES_FAULT__MAX] = {
	[FILES_LOG_GONE] = { REMEDY_SAVE, "journal.db-wal was removed or replaced",
			     "start rasd again; nobody but rasd may touch journal.db-wal" },
	[FILES_SHM_GONE] = { REMEDY_SAVE, "journal.db-shm was removed or replaced",
			     "start rasd again; nobody but rasd may touch journal.db-shm" },
	[FILES_DB_GONE] = { REMEDY_WAIT, "journal.db was removed or replaced", PUT_BACK },
	[FILES_LOCK_GONE] = { REMEDY_WAIT, "journal.lock was removed or replaced", PUT_BACK },
	[FILES_DIR_GONE] = { REMEDY_WAIT, "the state directory was removed or replaced", PUT_BACK },
	[FILES_DB_CUT] = { REMEDY_STOP, "journal.db was cut short",
			   "bring back a copy of journal.db, or start with --new-journal" },
	[FILES_LOG_CUT] = { REMEDY_STOP, "journal.db-wal was cut short",
			    "injections are missing: start with --new-journal to do without them" },
};

const char *files_fault_text(enum files_fault fault)
{
	return faults[fault].text;
}

const char *files_fault_hint(enum files_fault fault)
{
	return faults[fault].hint;
}

enum files_remedy files_fault_remedy(enum files_fault fault)
{
	return faults[fault].remedy;
}

int journal_directory_open(const char *dir, struct ras_err *err)
{
	char path[4096];
	size_t n = strlen(dir);
	int fd;

	/* "DIR/" would follow a symbolic link. */
	while (n > 1 && dir[n - 1] == '/')
		n--;
	if (n >= sizeof(path))
		return ras_fail(err, RAS_E_JOURNAL, "journal: the directory's path is too long");
	memcpy(path, dir, n);
	path[n] = '\0';
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return ras_fail(err, RAS_E_JOURNAL, "journal: cannot create %.150s: %m", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	ras_fail(err, RAS_E_JOURNAL, "journal: cannot use %.150s: %m", path);
	if (errno == ELOOP || errno == ENOTDIR)
		ras_hint(err, "state-directory must be a directory and no symbolic link: name the "
			      "directory itself");
	return -RAS_E_JOURNAL;
}

static void read_mark(struct journal_files *f)
{
	char text[MARK_SIZE] = "", boot_id[CLOCK_BOOT_ID_SIZE];
	unsigned long long stored, synced;
	ssize_t n = pread(f->file[JF_LOCK].fd, text, sizeof(text) - 1, 0);

	f->marked = n > 0;
	if (sscanf(text, "rasd-journal 1 boot %36s stored %llu synced %llu", boot_id, &stored,
		   &synced) == 3)
		f->expected = strcmp(boot_id, f->boot_id) == 0 ? stored : synced;
}

/* Always of the same length: a shorter one would leave the end of the one before. */
static int write_mark(struct journal_files *f)
{
	char text[MARK_SIZE];
	int n = snprintf(text, sizeof(text),
			 "rasd-journal 1 boot %36s stored %20llu synced %20llu\n", f->boot_id,
			 (unsigned long long)f->stored, (unsigned long long)f->synced);

	return pwrite(f->file[JF_LOCK].fd, text, (size_t)n, 0) == n ? 0 : -1;
}

static int no_mark(const struct journal_files *f, struct ras_err *err)
{
	return ras_fail(err, RAS_E_JOURNAL, "journal: cannot write %.150s/%s: %m", f->dir,
			names[JF_LOCK]);
}

static int hold(struct journal_files *f, enum journal_file which, int flags, struct ras_err *err)
{
	struct held_file *h = &f->file[which];
	struct stat st;

	h->fd = openat(f->dir_fd, names[which], flags | O_CLOEXEC | O_NOFOLLOW, 0600);
	/* O_PATH opens a symbolic link itself. */
	if (h->fd < 0 || fstat(h->fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		ras_fail(err, RAS_E_JOURNAL, "journal: cannot use %.150s/%s: %s", f->dir,
			 names[which],
			 h->fd < 0 && errno != ELOOP ? strerror(errno) : "it is no regular file");
		return h->fd < 0 && errno != ELOOP ?
			       -RAS_E_JOURNAL :
			       ras_hint(err, "put the file itself there: a symbolic link may lead "
					     "to somebody else's file");
	}
	h->dev = st.st_dev;
	h->ino = st.st_ino;
	h->size = st.st_size;
	return 0;
}

static int lost(const char *what, struct ras_err *err)
{
	ras_fail(err, RAS_E_JOURNAL, "journal: %s", what);
	return ras_hint(err, "put the files back. If they are lost, or a backup was restored: rasd "
			     "--new-journal, once; a request_id that is missing may be injected "
			     "again");
}

/* Whether there was a journal here and is none any more. */
static int check_present(const struct journal_files *f, bool accept_loss, struct ras_err *err)
{
	struct stat st;
	char what[200];

	if (fstatat(f->dir_fd, names[JF_DB], &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > 0)
		return 0;
	snprintf(what, sizeof(what), "%.120s had a journal, and journal.db is gone or empty",
		 f->dir);
	/* Where nothing was ever stored, nothing is lost. */
	if (f->expected > 0 ||
	    (fstatat(f->dir_fd, names[JF_WAL], &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_size > 0)) {
		if (!accept_loss)
			return lost(what, err);
		log_warn("journal: %s; a new one is begun (--new-journal)", what);
	} else {
		log_info("journal: a new one is begun in %s", f->dir);
	}
	/* sqlite would remove the log of a database that is gone. */
	renameat(f->dir_fd, names[JF_WAL], f->dir_fd, "journal.db-wal.left");
	return 0;
}

int files_open(struct journal_files *f, const char *dir, bool accept_loss, struct ras_err *err)
{
	struct stat st;
	int ret;

	*f = (struct journal_files){ .dir_fd = -1 };
	for (int i = 0; i < JF__MAX; i++)
		f->file[i].fd = -1;
	clock_boot_id(f->boot_id);
	f->dir = strdup(dir);
	if (!f->dir)
		return ras_fail(err, RAS_E_NOMEM, "journal: out of memory");
	f->dir_fd = journal_directory_open(dir, err);
	if (f->dir_fd < 0)
		return f->dir_fd;
	if (fstat(f->dir_fd, &st) < 0)
		return ras_fail(err, RAS_E_JOURNAL, "journal: %.150s: %m", dir);
	f->dir_dev = st.st_dev;
	f->dir_ino = st.st_ino;
	ret = hold(f, JF_LOCK, O_RDWR | O_CREAT, err);
	if (ret == 0 && flock(f->file[JF_LOCK].fd, LOCK_EX | LOCK_NB) < 0) {
		ras_fail(err, RAS_E_JOURNAL, "journal: %.150s is used by another rasd", dir);
		ret = ras_hint(err, "end that one, or give this one a state-directory of its own");
	}
	if (ret == 0) {
		read_mark(f);
		ret = check_present(f, accept_loss, err);
	}
	if (ret == 0) {
		int fd = openat(f->dir_fd, names[JF_DB], O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
				0600);

		if (fd >= 0)
			close(fd);
		else if (errno != ELOOP) /* hold() says it better */
			ret = ras_fail(err, RAS_E_JOURNAL, "journal: cannot open %.150s/%s: %m",
				       dir, names[JF_DB]);
	}
	return ret ? ret : hold(f, JF_DB, O_PATH, err);
}

int files_check_mark(struct journal_files *f, bool empty, bool must_have, bool accept_loss,
		     struct ras_err *err)
{
	char what[200];

	if (empty && f->expected)
		snprintf(what, sizeof(what), "%.120s had a journal, and journal.db is empty",
			 f->dir);
	else if (must_have && !f->marked)
		snprintf(what, sizeof(what),
			 "%.80s/journal.lock has no mark any more, so nobody knows what is missing",
			 f->dir);
	else
		what[0] = '\0';
	if (what[0] && !accept_loss)
		return lost(what, err);
	if (what[0])
		log_warn("journal: %s; going on with what is there (--new-journal)", what);
	if (f->marked)
		return 0;
	/* Before the journal is one that must have a mark: rasd may be killed in between. */
	if (write_mark(f) < 0 || fdatasync(f->file[JF_LOCK].fd) < 0)
		return no_mark(f, err);
	f->marked = true;
	return 0;
}

int files_check_end(struct journal_files *f, uint64_t newest, bool accept_loss, struct ras_err *err)
{
	char what[200];

	f->stored = f->synced = newest;
	if (newest >= f->expected)
		return 0;
	snprintf(what, sizeof(what),
		 "the newest %llu of %llu changes of state in %.80s are missing",
		 (unsigned long long)(f->expected - newest), (unsigned long long)f->expected,
		 f->dir);
	if (!accept_loss)
		return lost(what, err);
	log_warn("journal: %s; going on with what is there (--new-journal)", what);
	return 0;
}

/* sqlite has no lock on the log itself, so a descriptor of it may be closed. */
static int sync_log(const struct journal_files *f)
{
	_close_ int fd = openat(f->dir_fd, names[JF_WAL], O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	return fd < 0 ? -1 : fdatasync(fd);
}

int files_hold_log(struct journal_files *f, struct ras_err *err)
{
	enum files_fault fault;
	int ret = hold(f, JF_WAL, O_PATH, err);

	if (ret == 0)
		ret = hold(f, JF_SHM, O_PATH, err);
	if (ret)
		return ret;
	/* An earlier rasd of this boot was killed: what it did not sync counts from here on. */
	if (sync_log(f) < 0)
		return ras_fail(err, RAS_E_JOURNAL, "journal: cannot sync %.150s/%s: %m", f->dir,
				names[JF_WAL]);
	fault = files_look(f);
	if (fault)
		return ras_fail(err, RAS_E_JOURNAL, "journal: %s", files_fault_text(fault));
	if (write_mark(f) < 0 || fdatasync(f->file[JF_LOCK].fd) < 0 || fsync(f->dir_fd) < 0)
		return no_mark(f, err);
	f->holding = true;
	return 0;
}

static bool in_place(const struct journal_files *f, enum journal_file which, struct stat *st)
{
	const struct held_file *h = &f->file[which];

	return fstatat(f->dir_fd, names[which], st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       st->st_ino == h->ino && st->st_dev == h->dev;
}

static bool is_cut(const struct journal_files *f, enum journal_file which, bool present,
		   struct stat *st)
{
	const struct held_file *h = &f->file[which];

	return (present || fstat(h->fd, st) == 0) && st->st_size < h->size;
}

enum files_fault files_look(const struct journal_files *f)
{
	struct stat db, wal, st;
	bool has_db = in_place(f, JF_DB, &db), has_wal = in_place(f, JF_WAL, &wal);

	if (is_cut(f, JF_WAL, has_wal, &wal))
		return FILES_LOG_CUT;
	if (is_cut(f, JF_DB, has_db, &db))
		return FILES_DB_CUT;
	if (lstat(f->dir, &st) < 0 || st.st_ino != f->dir_ino || st.st_dev != f->dir_dev)
		return FILES_DIR_GONE;
	if (!in_place(f, JF_LOCK, &st))
		return FILES_LOCK_GONE;
	if (!has_db)
		return FILES_DB_GONE;
	if (!in_place(f, JF_SHM, &st))
		return FILES_SHM_GONE;
	return has_wal ? FILES_WHOLE : FILES_LOG_GONE;
}

void files_note_sizes(struct journal_files *f)
{
	for (int i = JF_DB; i <= JF_WAL; i++) {
		struct stat st;

		if (fstat(f->file[i].fd, &st) == 0 && st.st_size > f->file[i].size)
			f->file[i].size = st.st_size;
	}
}

void files_note_commit(struct journal_files *f, uint64_t newest, bool synced)
{
	files_note_sizes(f);
	f->stored = newest;
	if (synced)
		f->synced = newest;
	/* It has its place on the disk. Where it fails a loss may be overlooked, no more. */
	write_mark(f);
}

void files_close(struct journal_files *f)
{
	for (int i = 0; i < JF__MAX; i++)
		if (f->file[i].fd >= 0)
			close(f->file[i].fd);
	if (f->dir_fd >= 0)
		close(f->dir_fd);
	free(f->dir);
}
