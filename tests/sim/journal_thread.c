// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The journal's writer without a thread: it takes its work when it is due in virtual time, and the
 * commit happens at one moment some time after. sqlite and all files are real. A commit fails where
 * the disk is to fail, and always once rasd is dead: so whatever was not committed when rasd was
 * killed is lost, and nothing else is.
 */
#include <sqlite3.h>
#include <time.h>

#include "disk.h"

static int sim_gettime(clockid_t id, struct timespec *ts);

#define clock_gettime sim_gettime
#define journal_thread_start journal_real_thread_start
#include "../../daemon/journal/thread.c"
#undef journal_thread_start
#undef clock_gettime

struct sim_disk_faults sim_disk;

static struct {
	struct journal *j;
	bool busy; /* a group is on its way to the disk */
	bool sync;
	struct list group;
	int64_t wakes_ns;
	uint64_t life;
} w;

static int sim_gettime(clockid_t id, struct timespec *ts)
{
	(void)id;
	ts->tv_sec = clock_boot_ns() / SIM_S;
	ts->tv_nsec = clock_boot_ns() % SIM_S;
	return 0;
}

/* sqlite asks before each commit: not 0 turns it into a rollback. */
static int may_not_commit(void *arg)
{
	(void)arg;
	if (!sim_rasd_alive())
		return 1;
	if (sim_disk.full || sim_percent(sim_disk.fail)) {
		sim_trace("disk: a commit fails");
		return 1;
	}
	return 0;
}

static int on_open(sqlite3 *db, char **message, const struct sqlite3_api_routines *api)
{
	(void)message, (void)api;
	sqlite3_commit_hook(db, may_not_commit, NULL);
	return SQLITE_OK;
}

void sim_disk_init(void)
{
	sqlite3_auto_extension((void (*)(void))(void *)on_open);
}

int journal_check(sqlite3 *db, int64_t budget_ns, bool *whole, struct ras_err *err)
{
	(void)db, (void)budget_ns, (void)err;
	*whole = true;
	return 0;
}

int journal_thread_start(struct journal *j, struct ras_err *err);
int journal_thread_start(struct journal *j, struct ras_err *err)
{
	(void)err;
	w.life++;
	w.j = j;
	w.busy = false;
	w.wakes_ns = INT64_MAX;
	list_init(&w.group);
	return 0;
}

static void commit(struct journal *j)
{
	struct list finished;

	list_init(&finished);
	journal_db_sync(j->db, w.sync);
	do_group(j, &w.group, &finished);
	j->retry_ns = journal_mono_ns() + RETRY_NS;
	list_splice(&j->finished, &finished);
	if (sim_rasd_alive() && j->finished.head)
		eventfd_write(j->fd, 1);
	if (journal_db_wants_checkpoint(j->db, true))
		journal_db_checkpoint(j->db);
}

static void on_disk(void *arg)
{
	if ((uint64_t)(uintptr_t)arg != w.life || !w.j || !sim_rasd_alive())
		return;
	w.busy = false;
	commit(w.j);
}

static void on_due(void *arg)
{
	if ((uint64_t)(uintptr_t)arg != w.life || !w.j || !sim_rasd_alive())
		return;
	w.wakes_ns = INT64_MAX;
	if (w.busy || due_ns(w.j) > clock_boot_ns())
		return;
	w.sync = take_work(w.j, &w.group);
	w.busy = true;
	sim_after(sim_between_log(20 * SIM_US, sim_disk.commit_max_ns), on_disk,
		  (void *)(uintptr_t)w.life);
}

void sim_journal_poll(void)
{
	int64_t due, at;

	if (!w.j || !sim_rasd_alive() || w.busy)
		return;
	due = due_ns(w.j);
	at = due > clock_boot_ns() ? due : clock_boot_ns();
	if (due == INT64_MAX || at >= w.wakes_ns)
		return;
	w.wakes_ns = at;
	sim_after(at - clock_boot_ns(), on_due, (void *)(uintptr_t)w.life);
}

void sim_journal_commit_all(void)
{
	w.j->stop = true;
	for (int n = 0; n < 3; n++) {
		list_splice(&w.group, &w.j->changes);
		list_splice(&w.group, &w.j->intents);
		w.sync = true;
		commit(w.j);
	}
}

/* What was on its way to the disk is lost. */
void sim_journal_forget(void)
{
	w.j = NULL;
	w.life++;
	list_free(&w.group);
}
