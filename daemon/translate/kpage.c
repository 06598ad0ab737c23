// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Theory of operation.
 *
 * The threads need four descriptors that tell about host pages: kpageflags, kpagecount,
 * kpagecgroup and the BPF program that looks a page up (rmap). rasd-pagemap passes them. Without
 * kpageflags nothing can be translated; without rmap every look-up is a search.
 *
 * A question without an answer is not a refusal. A helper that is still starting, or a machine that
 * is busy, answers late, and rasd would search until its restart if it took that for a no. So the
 * two are told apart:
 *
 *   the helper did not answer, is gone, busy    wanted   asked again, with back-off, and at once
 *   or short of memory                                   when a helper connects
 *   the helper says why it cannot, or the       refused  asked again only of another helper
 *   kernel does not let rasd run the program
 *
 * The threads start once kpageflags is there and no question is open. A program that arrives later
 * is given to them by a job, because only its own thread may touch a thread's descriptors.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "base/systemd.h"
#include "translate/private.h"

#define ASK_AGAIN_MIN_US 100000	 /* a helper that is starting needs 10 to 100 ms */
#define ASK_AGAIN_MAX_US 5000000 /* how long at most a look-up stays a search after a stall */

static void ask_again_later(struct translator *t)
{
	int64_t us = backoff_next_us(&t->kpage_backoff);
	struct timeval tv = { us / 1000000, us % 1000000 };

	evtimer_add(t->kpage_timer, &tv);
}

bool kpage_asking(const struct translator *t)
{
	for (size_t i = 0; i < XLATE_N_KPAGE; i++)
		if (t->kpage[i].state == KPAGE_ASKED)
			return true;
	return false;
}

bool kpage_coming(const struct translator *t)
{
	enum kpage_state flags = t->kpage[XLATE_KPAGEFLAGS].state;

	return !t->workers.index && t->helper && helper_client_alive(t->helper) &&
	       (kpage_asking(t) || flags == KPAGE_WANTED);
}

/* --- the threads --- */

static int start_worker(struct translator *t, struct xlate_worker **worker, const char *name,
			long pause_ns, int64_t burst, struct ras_err *err)
{
	struct xlate_linux_host lh = { .pause_ns = pause_ns };

	if (*worker)
		return 0;
	for (size_t i = 0; i < XLATE_N_KPAGE; i++)
		lh.kpage_fd[i] = t->kpage[i].fd;
	return xlate_worker_new(worker, t->base, name, &lh, burst, err);
}

static void start_workers(struct translator *t)
{
	struct kpage *flags = &t->kpage[XLATE_KPAGEFLAGS];
	struct ras_err err;

	if (start_worker(t, &t->workers.page, "rasd-page", 0, 0, &err) < 0 ||
	    start_worker(t, &t->workers.note, "rasd-note", 0, 0, &err) < 0 ||
	    start_worker(t, &t->workers.search, "rasd-search", XLATE_SEARCH_PAUSE_NS, XLATE_BURST,
			 &err) < 0 ||
	    start_worker(t, &t->workers.range, "rasd-range", XLATE_SEARCH_PAUSE_NS, 0, &err) < 0 ||
	    start_worker(t, &t->workers.index, "rasd-index", XLATE_INDEX_PAUSE_NS, 0, &err) < 0)
		snprintf(flags->why, sizeof(flags->why), "%.150s", err.text);
}

struct handover {
	struct xlate_job job;
	enum xlate_kpage which;
	int fd;
};

/* In the thread that it is for. */
static void run_handover(struct xlate_job *j, struct xlate_host *h)
{
	const struct handover *o = (const struct handover *)(void *)j;
	struct xlate_linux_host *lh = h->ctx;

	lh->kpage_fd[o->which] = o->fd;
}

static void on_handover(struct xlate_job *j)
{
	free(j);
}

static void hand_over(struct xlate_worker *worker, const struct kpage *k)
{
	struct handover *o = calloc(1, sizeof(*o));
	struct ras_err err;

	_Static_assert(offsetof(struct handover, job) == 0, "freed by its job");
	if (!o)
		return;
	*o = (struct handover){ .job = { .run = run_handover, .done = on_handover },
				.which = (enum xlate_kpage)k->which,
				.fd = k->fd };
	if (xlate_worker_submit(worker, &o->job, SIZE_MAX, &err) < 0)
		free(o);
}

static void give_to_workers(struct translator *t, const struct kpage *k)
{
	struct xlate_worker *const worker[] = { t->workers.page, t->workers.note, t->workers.search,
						t->workers.range, t->workers.index };

	for (size_t i = 0; i < ARRAY_LEN(worker); i++)
		if (worker[i])
			hand_over(worker[i], k);
}

/* --- asking --- */

static void say(const struct kpage *k, const char *before)
{
	if (k->which != HELPER_KPAGERMAP || strcmp(k->why, before) == 0)
		return;
	if (k->state == KPAGE_HELD)
		log_limited(LOG_INFO, "helper", "pages are found where the kernel notes them");
	else
		log_limited(LOG_INFO, "helper", "pages are found by searching%s: %s",
			    k->state == KPAGE_WANTED ? " for now" : "", k->why);
}

/* Take the answer to one question; fd is ours. */
static void settle(struct kpage *k, int fd, bool answered, const struct ras_err *err)
{
	struct ras_err why = err ? *err : RAS_ERR_NULL;

	if (!why.code && k->which == HELPER_KPAGERMAP)
		xlate_rmap_check(fd, &why);
	if (!why.code) {
		k->fd = fd;
		k->state = KPAGE_HELD;
		k->why[0] = '\0';
		return;
	}
	if (fd >= 0)
		close(fd);
	snprintf(k->why, sizeof(k->why), "%.150s", why.text);
	k->state = answered && why.code != RAS_E_BUSY && why.code != RAS_E_NOMEM ? KPAGE_REFUSED :
										   KPAGE_WANTED;
}

static void on_kpage(void *arg, const struct helper_reply *rep, int fd, const struct ras_err *err)
{
	struct kpage *k = arg;
	struct translator *t = k->t;
	char before[sizeof(k->why)];

	memcpy(before, k->why, sizeof(before));
	settle(k, fd, rep != NULL, err);
	if (t->stopping)
		return;
	say(k, before);
	systemd_status_changed();
	if (k->state == KPAGE_HELD)
		give_to_workers(t, k);
	if (k->state == KPAGE_WANTED)
		ask_again_later(t);
	if (!kpage_asking(t) && t->kpage[XLATE_KPAGEFLAGS].state == KPAGE_HELD)
		start_workers(t);
	translator_look(t);
}

/* Ask for whatever is wanted. Without a helper nothing is asked: its connection comes here. */
static void ask(struct translator *t)
{
	struct ras_err err;

	if (!t->helper || !helper_client_alive(t->helper))
		return;
	for (size_t i = 0; i < XLATE_N_KPAGE; i++) {
		struct kpage *k = &t->kpage[i];

		if (k->state != KPAGE_WANTED)
			continue;
		if (helper_kpage(t->helper, k->which, on_kpage, k, &err) < 0) {
			snprintf(k->why, sizeof(k->why), "%.150s", err.text);
			systemd_status_changed();
			ask_again_later(t);
		} else {
			k->state = KPAGE_ASKED;
		}
	}
}

static void on_ask_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	ask(arg);
}

/* Another helper may have what the one before refused. */
static void on_helper_link(void *arg, const void *what)
{
	const struct helper_link *link = what;
	struct translator *t = arg;

	if (!link->up)
		return;
	for (size_t i = 0; i < XLATE_N_KPAGE; i++)
		if (t->kpage[i].state == KPAGE_REFUSED)
			t->kpage[i].state = KPAGE_WANTED;
	backoff_reset(&t->kpage_backoff);
	ask(t);
}

int kpage_ready(struct translator *t, struct ras_err *err)
{
	const struct kpage *flags = &t->kpage[XLATE_KPAGEFLAGS];

	if (!t->workers.index && flags->state == KPAGE_HELD && !kpage_asking(t))
		start_workers(t);
	if (t->workers.index)
		return 0;
	ask(t); /* for the next question */
	ras_fail(err, RAS_E_HELPER, "translation needs rasd-pagemap: %s",
		 flags->why[0]		     ? flags->why :
		 flags->state == KPAGE_ASKED ? "it has not answered yet" :
					       "it is not running");
	return ras_hint(err, "start rasd-pagemap.socket, or start rasd as root with --helper");
}

const char *translator_pages(const struct translator *t, const char **why)
{
	const struct kpage *flags = &t->kpage[XLATE_KPAGEFLAGS], *rmap = &t->kpage[XLATE_KPAGERMAP];
	const struct kpage *k = flags->state == KPAGE_HELD ? rmap : flags;

	*why = "";
	if (k == rmap && k->state == KPAGE_HELD)
		return "rmap";
	*why = k->why[0]	       ? k->why :
	       k->state == KPAGE_ASKED ? "rasd-pagemap has not answered yet" :
					 "rasd-pagemap is not running";
	return k == rmap ? "search" : "none";
}

int kpage_init(struct translator *t, struct ras_err *err)
{
	_Static_assert((int)HELPER_KPAGERMAP == (int)XLATE_KPAGERMAP, "same order");
	t->kpage_backoff =
		(struct backoff){ .min_us = ASK_AGAIN_MIN_US, .max_us = ASK_AGAIN_MAX_US };
	for (size_t i = 0; i < XLATE_N_KPAGE; i++)
		t->kpage[i] = (struct kpage){ .t = t, .which = (enum helper_kpage)i, .fd = -1 };
	t->kpage_timer = evtimer_new(t->base, on_ask_again, t);
	if (!t->kpage_timer)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	if (t->helper)
		helper_client_subscribe(t->helper, &t->helper_sub, on_helper_link, t);
	ask(t);
	return 0;
}

void kpage_fini(struct translator *t)
{
	if (t->kpage_timer)
		event_free(t->kpage_timer);
	for (size_t i = 0; i < XLATE_N_KPAGE; i++)
		if (t->kpage[i].fd >= 0)
			close(t->kpage[i].fd);
}

const struct translate_stat *translator_stat(const struct translator *t)
{
	return &t->stat;
}
