// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The RAM layout of a guest: which guest physical addresses are RAM, and where QEMU has them. Three
 * questions (the flat view of memory, the table of RAM blocks, the memory backends) are joined by
 * lib/qmp/layout.c; then gpa2hva must agree at both ends of every section. Any disagreement is
 * "layout unknown", never a guess: a wrong address is worse than none. gpa2hpa is never used, its
 * answers are wrong for huge pages.
 *
 * The question under way is an object of its own, which the replies hold. When the monitor is lost
 * or the guest goes, it is cut off from the guest: a late reply then meets nothing that it could
 * change.
 *
 * Our own queue being full, or memory being short, says nothing of the guest. It fails this
 * question, and whoever asked may ask again; the monitor and what is under way on it stay.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "guests/guest.h"

#define GUEST_PAGE 4096u

struct layout_question {
	struct guest *g;	       /* NULL: nobody is interested any more */
	unsigned int outstanding;      /* replies still to come */
	uint64_t generation;	       /* of the layout, when it was asked for */
	json_object *mtree, *ramblock; /* texts, until joined */
	struct qmp_memdevs memdevs;
	struct ras_err failed;	      /* the first one without an answer */
	struct qmp_ram_section *join; /* n_join; room for QMP_SECTIONS_MAX */
	size_t n_join;
	unsigned int hva_at; /* ends that gpa2hva has confirmed, two a section */
};

static void free_question(struct layout_question *q)
{
	json_object_put(q->mtree);
	json_object_put(q->ramblock);
	free(q->join);
	free(q);
}

/* Cut the question off; it goes with its last reply. */
static void drop_question(struct guest *g)
{
	struct layout_question *q = TAKE(g->ram.asking);

	if (!q)
		return;
	q->g = NULL;
	if (!q->outstanding)
		free_question(q);
}

void guest_layout_forget(struct guest *g)
{
	drop_question(g);
	g->ram.known = false;
	g->ram.why[0] = '\0';
	g->ram.tries = 0;
	free(TAKE(g->ram.section));
	g->ram.n = 0;
}

/* The end of a question. err NULL: the layout is known. */
static void end(struct guest *g, const struct ras_err *err)
{
	bool changed = g->ram.generation != g->ram.asking->generation;
	struct ras_err changing;

	drop_question(g);
	/* Changed meanwhile, or in the middle of a change: once more, then it is unknown. */
	if ((err || changed) && g->ram.tries++ == 0 && g->link.state == LINK_UP) {
		guest_layout(g);
		return;
	}
	g->ram.tries = 0;
	if (!err && changed) {
		ras_fail(&changing, RAS_E_LAYOUT, "it keeps changing");
		err = &changing;
	}
	g->ram.known = !err;
	if (!err) {
		g->ram.generation++;
		g->ram.why[0] = '\0';
	} else if (err->code != RAS_E_BUSY && err->code != RAS_E_NOMEM) {
		snprintf(g->ram.why, sizeof(g->ram.why), "%.*s", (int)sizeof(g->ram.why) - 1,
			 err->text);
		log_limited(LOG_WARNING, g->name, "guest %s: RAM layout unknown: %s", g->name,
			    g->ram.why);
	}
	guest_layout_done(g, err);
}

static void fail(struct guest *g, enum ras_code code, const char *why)
{
	struct ras_err err;

	ras_fail(&err, code, "%s", why);
	end(g, &err);
}

/* A reply has come: the question's guest, or NULL where that is over. */
static struct guest *replied(struct layout_question *q)
{
	struct guest *g = q->g;

	q->outstanding--;
	if (!g && !q->outstanding)
		free_question(q);
	return g;
}

/* --- the ends of each section --- */

static void ask_hva(struct layout_question *q);

/* All sections agree: they are the layout. */
static void take(struct layout_question *q)
{
	struct ram_section *ram = calloc(q->n_join, sizeof(*ram));
	struct guest *g = q->g;

	if (!ram) {
		fail(g, RAS_E_NOMEM, "out of memory");
		return;
	}
	for (size_t i = 0; i < q->n_join; i++)
		ram[i] = (struct ram_section){ .gpa = q->join[i].gpa,
					       .len_bytes = q->join[i].len_bytes,
					       .hva = q->join[i].hva };
	free(g->ram.section);
	g->ram.section = ram;
	g->ram.n = q->n_join;
	end(g, NULL);
}

/* The end of a section that is asked next. */
static uint64_t end_gpa(const struct layout_question *q)
{
	const struct qmp_ram_section *s = &q->join[q->hva_at / 2];

	return q->hva_at % 2 ? s->gpa + s->len_bytes - GUEST_PAGE : s->gpa;
}

/* 0 if QEMU's answer is what the join says of this end. */
static int check_hva(struct layout_question *q, json_object *ret, struct ras_err *err)
{
	struct qmp_ram_section *s = &q->join[q->hva_at / 2];
	char block[QMP_BLOCK_NAME_SIZE];
	const char *text;
	size_t len;
	uint64_t hva;
	int r = qmp_parse_text(ret, &text, &len, err);

	if (r == 0)
		r = qmp_gpa2hva_parse(text, len, end_gpa(q), &hva, block, err);
	if (r < 0)
		return r;
	if (!s->has_hva) {
		s->hva = hva; /* QEMU < 10 has no HVA column; the other end still has to agree */
		s->has_hva = true;
	}
	if (hva != s->hva + (end_gpa(q) - s->gpa) || strcmp(block, s->block) != 0)
		return ras_fail(err, RAS_E_LAYOUT, "gpa2hva disagrees with the memory tree");
	return 0;
}

static void on_hva(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct layout_question *q = arg;
	struct guest *g = replied(q);
	struct ras_err e;

	if (!g)
		return;
	if (o != QMP_OK) {
		end(g, err);
	} else if (check_hva(q, ret, &e) < 0) {
		end(g, &e);
	} else {
		q->hva_at++;
		ask_hva(q);
	}
}

static void ask_hva(struct layout_question *q)
{
	struct ras_err err;

	if (q->hva_at == 2 * q->n_join) {
		take(q);
		return;
	}
	q->outstanding++;
	if (qmp_cmd_gpa2hva(q->g->link.mon, end_gpa(q), on_hva, q, &err) < 0) {
		q->outstanding--;
		end(q->g, &err);
	}
}

/* --- the three questions --- */

static int join(struct layout_question *q, struct ras_err *err)
{
	const char *tree, *blocks;
	size_t tree_len, blocks_len;
	int r;

	q->join = calloc(QMP_SECTIONS_MAX, sizeof(*q->join));
	if (!q->join)
		return ras_fail(err, RAS_E_NOMEM, "out of memory");
	r = qmp_parse_text(q->mtree, &tree, &tree_len, err);
	if (r == 0)
		r = qmp_parse_text(q->ramblock, &blocks, &blocks_len, err);
	if (r == 0)
		r = qmp_layout_join(tree, tree_len, blocks, blocks_len, &q->memdevs, q->join,
				    &q->n_join, err);
	return r;
}

/* A reply has been kept, or all are asked: go on once none is missing. */
static void proceed(struct layout_question *q)
{
	struct guest *g = replied(q);
	struct ras_err err;

	if (!g || q->outstanding)
		return;
	err = q->failed;
	if (err.code || join(q, &err) < 0)
		end(g, &err);
	else
		ask_hva(q);
}

static void keep_reply(struct layout_question *q, json_object **at, enum qmp_outcome o,
		       json_object *ret, const struct ras_err *said)
{
	if (o == QMP_OK && at)
		*at = json_object_get(ret);
	else if (o != QMP_OK && !q->failed.code)
		q->failed = *said;
	proceed(q);
}

static void on_mtree(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct layout_question *q = arg;

	keep_reply(q, &q->mtree, o, ret, err);
}

static void on_ramblock(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct layout_question *q = arg;

	keep_reply(q, &q->ramblock, o, ret, err);
}

static void on_memdev(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct layout_question *q = arg;
	struct ras_err e;

	/* Parsed at once: its values may take a hundred times the memory of the ids in it. */
	if (o == QMP_OK && qmp_parse_memdevs(ret, &q->memdevs, &e) < 0) {
		o = QMP_ERROR;
		err = &e;
	}
	keep_reply(q, NULL, o, ret, err);
}

typedef int (*ask_fn)(struct monitor *m, qmp_reply_fn fn, void *arg, struct ras_err *err);

void guest_layout(struct guest *g)
{
	static const struct {
		ask_fn ask;
		qmp_reply_fn fn;
	} questions[] = { { qmp_cmd_info_mtree, on_mtree },
			  { qmp_cmd_query_ramblock, on_ramblock },
			  { qmp_cmd_query_memdev, on_memdev } };
	struct layout_question *q;
	struct ras_err err;

	if (g->ram.asking)
		return;
	q = calloc(1, sizeof(*q));
	if (!q) {
		ras_fail(&err, RAS_E_NOMEM, "out of memory");
		guest_layout_done(g, &err);
		return;
	}
	q->g = g;
	q->generation = g->ram.generation;
	g->ram.asking = q;
	q->outstanding = 1; /* ours, until all are asked */
	for (size_t i = 0; i < ARRAY_LEN(questions) && q->g && !q->failed.code; i++) {
		q->outstanding++;
		if (questions[i].ask(g->link.mon, questions[i].fn, q, &err) < 0) {
			q->outstanding--;
			q->failed = err;
		}
	}
	proceed(q);
}

bool guest_has_ram(const struct guest *g, struct gpa gpa)
{
	for (size_t i = 0; i < g->ram.n; i++)
		if (gpa.v >= g->ram.section[i].gpa &&
		    gpa.v - g->ram.section[i].gpa < g->ram.section[i].len_bytes)
			return true;
	return false;
}
