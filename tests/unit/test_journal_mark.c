// SPDX-License-Identifier: LGPL-2.1-or-later
/* The journal's files are removed, moved, cut or replaced while no rasd has it open. */
#include <sys/wait.h>

#include "tests/unit/journal_files_env.h"

/* rasd is killed: what it has stored stays, and nothing is put in order. */
static void store_and_die(struct env *e, int from, int to)
{
	int status;
	pid_t pid;

	journal_close(e->j);
	e->j = NULL;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct ras_err err;

		event_reinit(e->base);
		if (try_open(e, false, &err))
			_exit(1);
		add_rows(e, from, to);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void killed_without_its_log(void **state)
{
	struct env *e = *state;
	struct ras_err err;

	store_and_die(e, 1, 21);
	assert_int_equal(unlink(at(e, "journal.db-wal")), 0);
	assert_int_equal(try_open(e, false, &err), -RAS_E_JOURNAL);
	assert_non_null(strstr(err.text, "newest 20 of 20"));
	assert_int_equal(try_open(e, true, &err), 0);
	assert_true(count_log("are missing; going on") == 1);
}

static void killed_and_looked_at(void **state)
{
	struct env *e = *state;
	struct ras_err err;

	/* The sqlite3 tool moves the log into the database: nothing is missing. */
	store_and_die(e, 1, 21);
	assert_int_equal(sql_int(e, "SELECT count(*) FROM injection"), 20);
	assert_int_equal(access(at(e, "journal.db-wal"), F_OK), -1);
	assert_int_equal(try_open(e, false, &err), 0);
	assert_int_equal(e->n_undecided, 20);
}

static void killed_with_a_cut_log(void **state)
{
	struct env *e = *state;
	struct ras_err err;
	struct stat st;

	store_and_die(e, 1, 21);
	assert_int_equal(stat(at(e, "journal.db-wal"), &st), 0);
	assert_int_equal(truncate(at(e, "journal.db-wal"), st.st_size / 2), 0);
	assert_int_equal(try_open(e, false, &err), -RAS_E_JOURNAL);
	assert_non_null(strstr(err.text, "are missing"));
	/* what is left of it stays */
	assert_int_equal(access(at(e, "journal.db-wal"), F_OK), 0);
}

static void gone_or_old_at_start(void **state)
{
	struct env *e = *state;
	struct ras_err err;
	char copy[300];

	add_rows(e, 1, 3);
	journal_close(e->j);
	snprintf(copy, sizeof(copy), "cp %s %s", at(e, "journal.db"), at(e, "moved"));
	assert_int_equal(system(copy), 0);
	assert_int_equal(try_open(e, false, &err), 0);
	add_rows(e, 3, 5);
	journal_close(e->j);
	e->j = NULL;
	/* an old copy */
	assert_int_equal(rename(at(e, "moved"), at(e, "journal.db")), 0);
	assert_int_equal(try_open(e, false, &err), -RAS_E_JOURNAL);
	assert_non_null(strstr(err.text, "newest 2 of 4"));
	/* none, or an empty one */
	assert_int_equal(truncate(at(e, "journal.db"), 0), 0);
	assert_int_equal(try_open(e, false, &err), -RAS_E_JOURNAL);
	assert_non_null(strstr(err.text, "had a journal"));
	assert_int_equal(unlink(at(e, "journal.db")), 0);
	assert_int_equal(try_open(e, false, &err), -RAS_E_JOURNAL);
	assert_non_null(strstr(err.text, "had a journal"));
	assert_non_null(strstr(err.hint, "--new-journal"));
	assert_int_equal(access(at(e, "journal.db"), F_OK), -1);
	assert_int_equal(try_open(e, true, &err), 0);
	assert_false(has(e, 1));
}

/* Without the mark nobody knows what is missing. */
static void lock_file_gone_too(void **state)
{
	struct env *e = *state;
	struct ras_err err;

	/* also together with the log, and before anything was ever moved out of that */
	assert_int_equal(unlink(at(e, "journal.lock")), 0);
	journal_close(e->j);
	e->j = NULL;
	assert_int_equal(try_open(e, false, &err), -RAS_E_JOURNAL);
	assert_int_equal(try_open(e, true, &err), 0);
	store_and_die(e, 1, 21);
	assert_int_equal(unlink(at(e, "journal.lock")), 0);
	for (int tries = 0; tries < 2; tries++) {
		assert_int_equal(try_open(e, false, &err), -RAS_E_JOURNAL);
		assert_non_null(strstr(err.text, "has no mark any more"));
	}
	assert_int_equal(try_open(e, true, &err), 0);
	assert_true(has(e, 20));
	journal_close(e->j);
	assert_int_equal(try_open(e, false, &err), 0);
}

/* What the mark demands of a journal of 20 changes of state. */
static void host_died(void **state)
{
	static const char other[] = "01234567-89ab-cdef-0123-456789abcdef";
	struct env *e = *state;
	char boot_id[CLOCK_BOOT_ID_SIZE];
	struct ras_err err;
	const struct {
		const char *boot_id;
		int stored, synced;
		bool whole;
	} marks[] = {
		{ boot_id, 21, 20, false }, /* rasd died: what it wrote is there */
		{ boot_id, 20, 20, true },  { boot_id, 20, 12, true },
		{ other, 25, 20, true }, /* the host died: what was not synced may be lost */
		{ other, 25, 12, true },    { other, 25, 21, false },
	};

	clock_boot_id(boot_id);
	add_rows(e, 1, 21);
	for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
		FILE *f;

		journal_close(e->j);
		e->j = NULL;
		f = fopen(at(e, "journal.lock"), "we");
		assert_non_null(f);
		fprintf(f, "rasd-journal 1 boot %36s stored %20d synced %20d\n", marks[i].boot_id,
			marks[i].stored, marks[i].synced);
		fclose(f);
		assert_int_equal(try_open(e, false, &err), marks[i].whole ? 0 : -RAS_E_JOURNAL);
	}
}

static int n_log_syncs;

/* Instead of the C library's, for sqlite as well. */
int fdatasync(int fd)
{
	static const char log_name[] = "/journal.db-wal";
	char link[64], path[256];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	if (n >= (ssize_t)sizeof(log_name) &&
	    strcmp(path + n - (ssize_t)strlen(log_name), log_name) == 0)
		n_log_syncs++;
	return 0;
}

/* What a rasd that was killed did not sync is synced before the mark says that it was. */
static void what_is_found_is_synced(void **state)
{
	struct env *e = *state;
	struct ras_err err;

	store_and_die(e, 1, 21);
	n_log_syncs = 0;
	assert_int_equal(try_open(e, false, &err), 0);
	assert_int_equal(n_log_syncs, 1);
}

/* rasd was killed when it had noted that there is nothing, and made nothing yet. */
static void killed_at_its_first_start(void **state)
{
	struct env *e = *state;
	struct ras_err err;

	journal_close(e->j);
	e->j = NULL;
	assert_int_equal(unlink(at(e, "journal.db")), 0);
	assert_int_equal(try_open(e, false, &err), 0);
	assert_string_equal(refusal(e, 1), "");
}

static void symbolic_links(void **state)
{
	struct env *e = *state;
	struct ras_err err;
	char other[96], sub[sizeof(e->sub)];

	journal_close(e->j);
	e->j = NULL;
	assert_int_equal(rename(at(e, "journal.db"), at(e, "moved")), 0);
	assert_int_equal(symlink("moved", at(e, "journal.db")), 0);
	assert_int_equal(try_open(e, false, &err), -RAS_E_JOURNAL);
	assert_int_equal(rename(at(e, "moved"), at(e, "journal.db")), 0);

	snprintf(other, sizeof(other), "%s/other", e->dir);
	assert_int_equal(symlink(e->sub, other), 0);
	strcpy(sub, e->sub);
	for (int slash = 0; slash < 2; slash++) {
		snprintf(e->sub, sizeof(e->sub), "%.90s%s", other, slash ? "/" : "");
		assert_int_equal(try_open(e, false, &err), -RAS_E_JOURNAL);
		assert_non_null(strstr(err.hint, "symbolic link"));
	}
	strcpy(e->sub, sub);
	unlink(other);
	assert_int_equal(try_open(e, false, &err), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup_files, teardown_files)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(killed_without_its_log),  T(killed_and_looked_at),	  T(killed_with_a_cut_log),
		T(gone_or_old_at_start),    T(lock_file_gone_too),	  T(host_died),
		T(what_is_found_is_synced), T(killed_at_its_first_start), T(symbolic_links),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
