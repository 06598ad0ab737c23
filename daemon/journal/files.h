// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Private to the journal: its files are held open, and compared with those in the directory. See
 * files.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/err.h"

enum journal_file { JF_DB, JF_WAL, JF_SHM, JF_LOCK, JF__MAX };

/* What is wrong with the files, the worst last. */
enum files_fault {
	FILES_WHOLE,
	FILES_LOG_GONE,
	FILES_SHM_GONE,
	FILES_DB_GONE,
	FILES_LOCK_GONE,
	FILES_DIR_GONE,
	FILES_DB_CUT,
	FILES_LOG_CUT,
	FILES_FAULT__MAX
};

/* What can be done about it. */
enum files_remedy {
	REMEDY_NONE,
	REMEDY_WAIT, /* refuse what is to be stored until the file is back */
	REMEDY_SAVE, /* put the log into journal.db, then end: the next rasd begins a new log */
	REMEDY_STOP  /* what is read may be wrong: end at once */
};

struct held_file {
	int fd; /* O_PATH: closing it leaves sqlite's locks alone; JF_LOCK: the lock */
	dev_t dev;
	ino_t ino;
	off_t size; /* JF_DB, JF_WAL: it never was and never will be less */
};

struct journal_files {
	char *dir;
	int dir_fd;
	dev_t dir_dev;
	ino_t dir_ino;
	struct held_file file[JF__MAX];
	char boot_id[CLOCK_BOOT_ID_SIZE];
	bool marked;		 /* the rasd before has noted something */
	bool holding;		 /* the log as well */
	uint64_t expected;	 /* the newest transition that must be there */
	uint64_t stored, synced; /* the newest of ours */
};

/*
 * Make the directory and journal.db where there are none, and lock them. RAS_E_JOURNAL where there
 * was a journal.db; accept_loss: then that is only logged.
 */
int files_open(struct journal_files *f, const char *dir, bool accept_loss, struct ras_err *err);

/*
 * Before the database is changed. empty: it has no tables; must_have: it is of a version that has a
 * mark. A first mark is made. RAS_E_JOURNAL as files_open().
 */
int files_check_mark(struct journal_files *f, bool empty, bool must_have, bool accept_loss,
		     struct ras_err *err);

/* newest: the last transition in the database. RAS_E_JOURNAL as files_open(). */
int files_check_end(struct journal_files *f, uint64_t newest, bool accept_loss,
		    struct ras_err *err);

/* sqlite has made the log: sync and hold that as well, and begin to note. RAS_E_JOURNAL. */
int files_hold_log(struct journal_files *f, struct ras_err *err);

/* Compare what is held with what is in the directory: six system calls. */
enum files_fault files_look(const struct journal_files *f);

/* After a checkpoint: the files may have grown. */
void files_note_sizes(struct journal_files *f);

/* After a commit: newest is the last transition now. */
void files_note_commit(struct journal_files *f, uint64_t newest, bool synced);

/* Let go of them, the lock included. */
void files_close(struct journal_files *f);

/* How it is told, how it is mended, what is to be done. */
const char *files_fault_text(enum files_fault fault);
const char *files_fault_hint(enum files_fault fault);
enum files_remedy files_fault_remedy(enum files_fault fault);
