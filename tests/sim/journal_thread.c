// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Stands in for daemon/journal/thread.c: the writer without a thread.
 *
 * It takes its work when that is due in virtual time; the commit happens at one moment some time
 * after. The writer, sqlite and all files are real. A commit fails where the disk is to fail, and
 * always once rasd is dead: what was not committed when rasd was killed is lost, and nothing else.
 */
#include <sqlite3.h>
#include <stdlib.h>

#include "base/clock.h"
#include "disk.h"
#include "journal/thread.h"

struct sim_disk_faults sim_disk;

struct journal_thread {
	struct writer *writer;
	struct mailbox *box;
	journal_finished_fn fn;
	void *arg;
	struct work work;
	struct list group; /* on its way to the disk */
	bool busy;
	int64_t wakes_ns; /* the next look that is scheduled */
};

static struct journal_thread *the_thread;
static uint64_t life; /* events of an earlier thread find another number */

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

static void on_mail(void *arg, struct mail *m)
{
	const struct journal_thread *t = arg;

	/* The mail is the first member of its item. */
	t->fn(t->arg, (struct item *)(void *)m);
}

static void hand_over(struct journal_thread *t, struct list *finished)
{
	struct item *it;

	while ((it = list_pop(finished))) {
		if (!it->failed && (it->kind == IT_TRANSITION || it->kind == IT_CURSOR))
			mailbox_put_quietly(t->box, &it->mail);
		else
			mailbox_put(t->box, &it->mail);
	}
}

static void look_soon(struct journal_thread *t);

static struct journal_thread *this_life(void *arg)
{
	return (uint64_t)(uintptr_t)arg == life && sim_rasd_alive() ? the_thread : NULL;
}

static void on_disk(void *arg)
{
	struct journal_thread *t = this_life(arg);
	struct list finished;

	if (!t)
		return;
	list_init(&finished);
	writer_commit(t->writer, &t->group, &finished);
	hand_over(t, &finished);
	if (sim_rasd_alive())
		writer_tidy(t->writer, work_due_ns(&t->work) > clock_mono_ns());
	t->busy = false;
	look_soon(t);
}

static int64_t due_ns(const struct journal_thread *t)
{
	int64_t work = work_due_ns(&t->work), writer = writer_due_ns(t->writer);

	return work < writer ? work : writer;
}

static void on_due(void *arg)
{
	struct journal_thread *t = this_life(arg);

	if (!t || t->busy)
		return;
	t->wakes_ns = INT64_MAX;
	if (due_ns(t) > clock_mono_ns()) {
		look_soon(t);
		return;
	}
	work_take(&t->work, clock_mono_ns(), false, &t->group);
	t->busy = true;
	sim_after(sim_between_log(20 * SIM_US, sim_disk.commit_max_ns), on_disk,
		  (void *)(uintptr_t)life);
}

/* Be called when something is due, if that is sooner than what is scheduled. */
static void look_soon(struct journal_thread *t)
{
	int64_t due = due_ns(t), now = clock_mono_ns();

	if (t->busy || due == INT64_MAX || due >= t->wakes_ns)
		return;
	t->wakes_ns = due > now ? due : now;
	sim_after(t->wakes_ns - now, on_due, (void *)(uintptr_t)life);
}

int journal_thread_start(struct journal_thread **out, struct event_base *base, struct writer *w,
			 journal_finished_fn fn, void *arg, struct ras_err *err)
{
	struct journal_thread *t = calloc(1, sizeof(*t));

	life++;
	t->writer = w;
	t->fn = fn;
	t->arg = arg;
	t->wakes_ns = INT64_MAX;
	work_init(&t->work);
	list_init(&t->group);
	mailbox_new(&t->box, base, on_mail, t, err);
	the_thread = t;
	look_soon(t);
	*out = t;
	return 0;
}

void journal_thread_put(struct journal_thread *t, struct item *it, int64_t delay_ns)
{
	sim_border("journal");
	work_put(&t->work, it, clock_mono_ns() + delay_ns);
	look_soon(t);
}

void journal_thread_wake(struct journal_thread *t, bool always)
{
	(void)t, (void)always; /* nobody waits for transitions here */
}

void journal_thread_hurry(struct journal_thread *t)
{
	work_hurry(&t->work);
	look_soon(t);
}

static void commit_all(struct journal_thread *t)
{
	struct list finished;

	list_init(&finished);
	do {
		if (!t->group.head)
			work_take(&t->work, clock_mono_ns(), true, &t->group);
		writer_commit(t->writer, &t->group, &finished);
	} while (work_due_ns(&t->work) != INT64_MAX);
	hand_over(t, &finished);
}

void sim_journal_commit_all(void)
{
	if (the_thread)
		commit_all(the_thread);
}

/* Where rasd was killed nothing is stored any more: what was queued is only freed. */
void journal_thread_stop(struct journal_thread *t)
{
	struct list finished;

	if (!t)
		return;
	the_thread = NULL;
	commit_all(t);
	list_init(&finished);
	writer_finish(t->writer, &finished);
	hand_over(t, &finished);
	mailbox_free(t->box);
	work_free(&t->work);
	free(t);
}

int journal_run_within(int64_t budget_ns, void (*run)(void *arg), void (*stop)(void *arg),
		       void *arg)
{
	(void)budget_ns, (void)stop;
	run(arg);
	return 0;
}
