// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What the monitor is asked: first the facts of the machine, all at once; later, on demand, the RAM
 * layout (flat view "memory" x ramblocks), each section of which must agree with gpa2hva at both
 * ends. Any disagreement is "layout unknown", never a guess. gpa2hpa is never used: it lies.
 */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/log.h"
#include "guests/guest.h"

#define GUEST_PAGE 4096u

/* Field 22 of /proc/PID/stat; 0 where the process is gone or only waits to be reaped. */
static uint64_t proc_start_time(pid_t pid)
{
	char path[40], line[1024], *p;
	_fclose_ FILE *f = NULL;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f || !fgets(line, sizeof(line), f))
		return 0;
	p = strrchr(line, ')'); /* the name may hold anything, ')' too */
	if (!p || !p[1] || strchr("ZXx", p[2]))
		return 0;
	for (int field = 2; p && field < 22; field++)
		p = strchr(p + 1, ' ');
	return p ? strtoull(p + 1, NULL, 10) : 0;
}

bool guest_process_alive(pid_t pid, uint64_t start_time)
{
	return pid > 0 && proc_start_time(pid) == start_time;
}

static void probe_reply(struct guest *g)
{
	if (--g->outstanding)
		return;
	g->start_time = proc_start_time(g->pid);
	if (!g->start_time)
		g->probe_failed = true;
	guest_probe_done(g);
}

static void on_status(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	(void)err;
	if (o != QMP_OK || qmp_parse_status(ret, &g->state, NULL) < 0)
		g->probe_failed = true;
	probe_reply(g);
}

static void on_version(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	(void)err;
	if (o != QMP_OK || qmp_parse_version(ret, &g->version, NULL) < 0)
		g->probe_failed = true;
	probe_reply(g);
}

static void on_target(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;
	const char *s;

	(void)err;
	if (o == QMP_OK && qmp_parse_target(ret, &s, NULL) == 0)
		snprintf(g->arch, sizeof(g->arch), "%s", s);
	else
		g->probe_failed = true;
	probe_reply(g);
}

static void on_commands(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	(void)err;
	if (o == QMP_OK)
		g->has_inject = qmp_commands_have(ret, "inject-ghes-v2-error");
	else
		g->probe_failed = true;
	probe_reply(g);
}

static void on_ras(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	(void)err;
	/* An error is the answer of a machine without the property (x86). */
	g->ras = o == QMP_OK && json_object_is_type(ret, json_type_boolean) ?
			 json_object_get_boolean(ret) :
			 -1;
	probe_reply(g);
}

void guest_probe(struct guest *g)
{
	struct ras_err err = RAS_ERR_NULL;
	int r = 0;

	g->probe_failed = false;
	g->outstanding = 5;
	r |= qmp_cmd_query_status(g->qmp, on_status, g, &err);
	r |= qmp_cmd_query_version(g->qmp, on_version, g, &err);
	r |= qmp_cmd_query_target(g->qmp, on_target, g, &err);
	r |= qmp_cmd_query_commands(g->qmp, on_commands, g, &err);
	r |= qmp_cmd_qom_get(g->qmp, "/machine", "ras", on_ras, g, &err);
	if (r)
		log_warn("guest %s: %s", g->name, err.text);
}

/* --- RAM layout --- */

void guest_layout_drop(struct guest *g)
{
	json_object_put(TAKE(g->memdevs));
	json_object_put(TAKE(g->mtree));
	json_object_put(TAKE(g->ramblock));
	free(TAKE(g->join));
}

static void layout_end(struct guest *g, const char *why)
{
	if (why) {
		snprintf(g->layout_why, sizeof(g->layout_why), "%s", why);
		log_warn("guest %s: RAM layout unknown: %s", g->name, why);
	}
	g->layout_ok = !why;
	guest_layout_drop(g);
	guest_layout_done(g);
}

static void ask_hva(struct guest *g);

/* The end of a section that is asked next: hva_at counts ends, two a section. */
static uint64_t end_gpa(const struct guest *g)
{
	const struct qmp_ram_section *s = &g->join[g->hva_at / 2];

	return g->hva_at % 2 ? s->gpa + s->len_bytes - GUEST_PAGE : s->gpa;
}

static void on_hva(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;
	struct qmp_ram_section *s;
	struct ras_err e;
	char block[QMP_BLOCK_NAME_SIZE];
	const char *text;
	size_t len;
	uint64_t hva, want;

	if (!g->join)
		return;
	if (o != QMP_OK) {
		layout_end(g, err->text);
		return;
	}
	if (qmp_parse_text(ret, &text, &len, &e) < 0 ||
	    qmp_gpa2hva_parse(text, len, end_gpa(g), &hva, block, &e) < 0) {
		layout_end(g, e.text);
		return;
	}
	s = &g->join[g->hva_at / 2];
	if (!s->has_hva) {
		s->hva = hva; /* QEMU < 10 has no HVA column; the other end still has to agree */
		s->has_hva = true;
	}
	want = s->hva + (end_gpa(g) - s->gpa);
	if (hva != want || strcmp(block, s->block) != 0) {
		layout_end(g, "gpa2hva disagrees with the memory tree");
		return;
	}
	g->hva_at++;
	ask_hva(g);
}

static void ask_hva(struct guest *g)
{
	struct ras_err err;

	if (g->hva_at == 2 * g->n_join) {
		for (size_t i = 0; i < g->n_join; i++)
			g->ram[i] = (struct ram_section){ .gpa = g->join[i].gpa,
							  .len_bytes = g->join[i].len_bytes,
							  .hva = g->join[i].hva };
		g->n_ram = g->n_join;
		layout_end(g, NULL);
		return;
	}
	if (qmp_cmd_gpa2hva(g->qmp, end_gpa(g), on_hva, g, &err) < 0)
		layout_end(g, err.text);
}

/* All three replies are here: join them. */
static void layout_join(struct guest *g)
{
	const char *tree, *blocks;
	size_t tree_len, blocks_len;
	struct qmp_memdevs devs;
	struct ras_err err;

	if (--g->outstanding)
		return;
	if (!g->mtree || !g->ramblock || !g->memdevs) {
		layout_end(g, "the monitor did not tell the memory tree");
		return;
	}
	g->join = calloc(QMP_SECTIONS_MAX, sizeof(*g->join));
	g->hva_at = 0;
	if (!g->join)
		layout_end(g, "out of memory");
	else if (qmp_parse_text(g->mtree, &tree, &tree_len, &err) < 0 ||
		 qmp_parse_text(g->ramblock, &blocks, &blocks_len, &err) < 0 ||
		 qmp_parse_memdevs(g->memdevs, &devs, &err) < 0 ||
		 qmp_layout_join(tree, tree_len, blocks, blocks_len, &devs, g->join, &g->n_join, &err) < 0)
		layout_end(g, err.text);
	else
		ask_hva(g);
}

static void keep_reply(struct guest *g, json_object **at, enum qmp_outcome o, json_object *ret)
{
	if (o == QMP_OK)
		*at = json_object_get(ret);
	layout_join(g);
}

static void on_mtree(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	(void)err;
	keep_reply(g, &g->mtree, o, ret);
}

static void on_ramblock(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	(void)err;
	keep_reply(g, &g->ramblock, o, ret);
}

static void on_memdev(void *arg, enum qmp_outcome o, json_object *ret, const struct ras_err *err)
{
	struct guest *g = arg;

	(void)err;
	keep_reply(g, &g->memdevs, o, ret);
}

bool guest_layout_busy(const struct guest *g)
{
	return g->outstanding || g->join;
}

void guest_layout(struct guest *g)
{
	struct ras_err err = RAS_ERR_NULL;

	if (guest_layout_busy(g))
		return;
	guest_layout_drop(g);
	g->outstanding = 3;
	if (qmp_cmd_info_mtree(g->qmp, on_mtree, g, &err) < 0 ||
	    qmp_cmd_query_ramblock(g->qmp, on_ramblock, g, &err) < 0 ||
	    qmp_cmd_query_memdev(g->qmp, on_memdev, g, &err) < 0)
		log_warn("guest %s: %s", g->name, err.text);
}
